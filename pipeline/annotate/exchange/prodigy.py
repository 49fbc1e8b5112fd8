"""Prodigy's JSON lines (``db-out``): one line a document and coder, spans counted in characters."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pipeline import codec
from pipeline.annotate.exchange.bundle import (
    KEPT,
    Bundle,
    Loaded,
    about,
    document_of,
    kept_of,
    label_name,
    split_name,
)
from pipeline.errors import PipelineError


def dump(bundle: Bundle) -> bytes:
    """Lines for ``prodigy db-in``."""
    lines = []
    for document, coder, codings in bundle.by_coder():
        spans = [
            {"start": c.label.start, "end": c.label.end, "label": label_name(c), KEPT: kept_of(c)}
            for c in codings
        ]
        line: dict[str, Any] = {"text": document.text, "spans": spans, "answer": "accept"}
        line |= {"meta": about(document), "_annotator_id": coder, "_session_id": coder}
        lines.append(codec.to_json(line) + b"\n")
    return b"".join(lines)


def load(data: bytes, name: str) -> Loaded:
    """Spans of accepted lines; rejected and ignored ones are left out."""
    loaded = Loaded()
    for place, row in codec.read_lines(BytesIO(data), name):
        if isinstance(row, PipelineError):
            raise row
        if row.get("answer", "accept") != "accept":
            continue
        fallback = str(row.get("_input_hash") or place)
        document = document_of(str(row.get("text", "")), row.get("meta") or {}, fallback)
        coder = row.get("_annotator_id") or row.get("_session_id") or ""
        for span in row.get("spans") or []:
            kept = span.get(KEPT)
            label = {**split_name(str(span.get("label", ""))), "coder": coder}
            loaded.add(place, document, (int(span["start"]), int(span["end"])), label, kept)
    return loaded
