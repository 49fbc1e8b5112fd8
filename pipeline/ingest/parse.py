"""Bytes of one file -> the texts in it, by format. Runs inside the worker process."""

from __future__ import annotations

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Extract, Found, Limits
from pipeline.ingest.formats import format_of

FORMATS = "txt, md, html, pdf, docx"


def parse(data: bytes, name: str, limits: Limits) -> list[Found]:
    """Texts found in ``data``; ``name`` is the file's name, used as a hint only.

    Raises:
        PipelineError: nothing in it can be read; says what was found and what to do.
    """
    kind, refusal = format_of(data, name)
    if refusal:
        raise PipelineError(refusal)
    if kind == "html":
        from pipeline.ingest.html import read_html

        return [read_html(data, limits)]
    if kind == "pdf":
        from pipeline.ingest.pdf import read_pdf

        return read_pdf(data, limits)
    if kind == "docx":
        from pipeline.ingest.docx import read_docx

        return [read_docx(data, limits)]
    from pipeline.ingest.text import decode, reflow

    if kind == "markdown":
        from pipeline.ingest.markdown import read_markdown

        return [read_markdown(decode(data))]
    if kind == "text":
        return [Extract(text=reflow(decode(data)))]
    raise PipelineError(f"a {kind} file; these are read: {FORMATS}")
