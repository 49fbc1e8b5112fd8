"""CSV with a head, UTF-8; the columns are the keys of the JSON lines."""

from __future__ import annotations

import csv
import io
from typing import Any

from pipeline.annotate.codings import row_of
from pipeline.annotate.exchange.bundle import Bundle, Loaded
from pipeline.errors import PipelineError

COLUMNS = (
    "id", "coder", "document", "start", "end", "layer", "facet", "confidence", "comment", "text",
    "before", "after", "at", "seconds", "suggested", "history", "source", "codebook", "sha1",
)  # fmt: skip

_NUMBERS = {"start": int, "end": int, "confidence": int, "seconds": float}


def dump(bundle: Bundle) -> bytes:
    """One row a code. Cells that a spreadsheet would read as a formula are quoted with ``'``."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for coding in bundle.codings:
        row = row_of(coding, with_text=bundle.with_text)
        writer.writerow({key: _safe(value) for key, value in row.items()})
    return out.getvalue().encode("utf-8-sig")


def _safe(value: Any) -> Any:
    # A cell that begins with ' is escaped too, so that reading takes off exactly what was added.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r", "'"):
        return "'" + value
    return value


def load(data: bytes, name: str) -> Loaded:
    """Rows of the table; further columns are ignored."""
    loaded = Loaded()
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise PipelineError(f"{name}: no CSV in UTF-8 ({error}); save it as CSV UTF-8") from error
    if "layer" not in (reader.fieldnames or ()):
        raise PipelineError(f"{name}: no column layer; columns are {', '.join(COLUMNS)}")
    for number, cells in enumerate(rows, start=2):
        row: dict[str, Any] = {}
        for key in COLUMNS:
            value = cells.get(key) or ""
            if not value:
                continue
            value = value[1:] if value.startswith("'") else value
            try:
                row[key] = _NUMBERS.get(key, str)(value)
            except ValueError as error:
                raise PipelineError(f"{name}:{number}: {key} {value!r} is no number") from error
        row["suggested"] = str(row.get("suggested", "")).lower() == "true"
        loaded.rows.append((f"{name}:{number}", row))
    return loaded
