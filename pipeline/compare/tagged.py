"""Tagged claims from the flat lines that ``axiomap claims | axiomap classify`` write."""

from __future__ import annotations

from typing import Any

from pipeline import codec
from pipeline.records import TaggedClaim, content_id


def tagged_from_row(row: dict[str, Any], place: str) -> TaggedClaim:
    """A tagged claim from one JSON object: a claim's fields and a classification's, flat.

    Lines that were not made by ``axiomap claims`` may lack ids, offsets and partner: then each
    text is its own document.
    """
    if "claim" in row:
        return codec.from_dict(row, TaggedClaim, place)
    text = str(row["text"])
    start = row.get("start", 0)
    claim = {
        "id": row.get("id") or content_id(place, text),
        "document": row.get("document") or content_id(place),
        "partner": row.get("partner") or "unknown",
        "speaker": row.get("speaker") or row.get("partner") or "unknown",
        "start": start,
        "end": row.get("end", start + len(text)),
        "text": text,
        **{k: row[k] for k in ("before", "after", "voice", "sha256") if row.get(k)},
    }
    return codec.from_dict(
        {
            "claim": claim,
            "layer": row["layer"],
            "facet": row.get("facet") or "",
            "probabilities": row["probabilities"],
            "model": str(row.get("model") or ""),
            "values": row.get("values") or {},
            "vector": row.get("vector") or "",
        },
        TaggedClaim,
        place,
    )
