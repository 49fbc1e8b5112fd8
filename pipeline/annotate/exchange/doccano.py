"""doccano's JSON lines for sequence labelling: ``label`` is a list of ``[start, end, name]``.

doccano exports one file a coder and keeps further fields as metadata.
"""

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
    """Lines for doccano's import (JSONL, sequence labelling), one a document and coder."""
    lines = []
    for document, coder, codings in bundle.by_coder():
        label = [[c.label.start, c.label.end, label_name(c)] for c in codings]
        line: dict[str, Any] = {"text": document.text, "label": label, "coder": coder}
        line |= {**about(document), KEPT: [kept_of(c) for c in codings]}
        lines.append(codec.to_json(line) + b"\n")
    return b"".join(lines)


def load(data: bytes, name: str) -> Loaded:
    """Spans of a doccano export; newer ones call the list ``label``, older ones ``labels``."""
    loaded = Loaded()
    for place, row in codec.read_lines(BytesIO(data), name):
        if isinstance(row, PipelineError):
            raise row
        document = document_of(str(row.get("text", "")), row, str(row.get("id") or place))
        kept = {(k["start"], k["end"]): k for k in row.get(KEPT) or []}
        for span in row.get("label") or row.get("labels") or []:
            start, end, label = int(span[0]), int(span[1]), str(span[2])
            found = {**split_name(label), "coder": row.get("coder")}
            loaded.add(place, document, (start, end), found, kept.get((start, end)))
    return loaded
