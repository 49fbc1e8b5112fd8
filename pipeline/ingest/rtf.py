"""Rich text (rtf) to text, by striprtf."""

from __future__ import annotations

import re

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Extract

_INFO = re.compile(r"\{\\title ([^{}\\]{1,300})\}")
_CREATED = re.compile(r"\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_ANSI = re.compile(rb"\\ansicpg(\d{3,5})")


def read_rtf(data: bytes) -> Extract:
    """Text and metadata of an RTF document.

    Raises:
        PipelineError: nothing but control words inside.
    """
    from striprtf.striprtf import rtf_to_text

    page = _ANSI.search(data[:2000])
    markup = data.replace(b"\x00", b"").decode("latin-1")
    text = rtf_to_text(
        markup, encoding=f"cp{page[1].decode()}" if page else "cp1252", errors="replace"
    )
    if not text.strip():
        raise PipelineError("an RTF document without text; save it as docx or PDF")
    title = _INFO.search(markup)
    made = _CREATED.search(markup)
    return Extract(
        text=re.sub(r"\n(?!\n)", "\n\n", text),
        title=title[1] if title else "",
        date=f"{made[1]}-{int(made[2]):02d}-{int(made[3]):02d}" if made else "",
    )
