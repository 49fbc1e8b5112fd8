"""JSON lines, the tool's own format: one code a line, stand-off or with text."""

from __future__ import annotations

from io import BytesIO

from pipeline import codec
from pipeline.annotate.codings import row_of
from pipeline.annotate.exchange.bundle import Bundle, Loaded
from pipeline.errors import PipelineError


def dump(bundle: Bundle) -> bytes:
    """One flat row a code."""
    rows = (row_of(coding, with_text=bundle.with_text) for coding in bundle.codings)
    return b"".join(codec.to_json(row) + b"\n" for row in rows)


def load(data: bytes, name: str) -> Loaded:
    """Rows as they are; the first line that is no JSON object is an error."""
    loaded = Loaded()
    for place, row in codec.read_lines(BytesIO(data), name):
        if isinstance(row, PipelineError):
            raise row
        loaded.rows.append((place, row))
    return loaded
