"""Label Studio's JSON: one task a document, one annotation a coder.

Regions of the control ``layer`` hold the span; ``facet``, ``confidence`` and ``comment`` are
per-region controls with the same id; :func:`interface` shows them. Offsets count code points, as
Label Studio's own page does.
"""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import quoteattr

from pipeline.annotate.codings import Coding
from pipeline.annotate.exchange.bundle import (
    KEPT,
    Bundle,
    Loaded,
    Utf16,
    about,
    document_of,
    kept_of,
)
from pipeline.annotate.tasks import TaskDocument
from pipeline.errors import PipelineError
from pipeline.records import FACETS, LAYERS


def interface() -> str:
    """The labelling interface (XML) of a project that takes our tasks."""
    labels = "".join(f"<Label value={quoteattr(layer)}/>" for layer in LAYERS)
    facets = "".join(
        f"<Choice value={quoteattr(facet)}/>"
        for facet in dict.fromkeys(f for layer in LAYERS for f in FACETS[layer])
    )
    return (
        '<View><Labels name="layer" toName="text">' + labels + "</Labels>"
        '<Text name="text" value="$text"/>'
        '<Choices name="facet" toName="text" perRegion="true">' + facets + "</Choices>"
        '<Rating name="confidence" toName="text" perRegion="true" maxRating="3"/>'
        '<TextArea name="comment" toName="text" perRegion="true" editable="true"/></View>'
    )


def dump(bundle: Bundle) -> bytes:
    """Tasks with annotations, for Label Studio's import."""
    tasks = []
    for document, codings in bundle.by_document():
        annotations = []
        for coder in sorted({c.label.coder for c in codings}):
            mine = [c for c in codings if c.label.coder == coder]
            results = [result for c in mine for result in _results(document, c)]
            annotations.append({"result": results, "ground_truth": False})
        data = {"text": document.text, **about(document)}
        tasks.append({"data": data, "annotations": annotations})
    return json.dumps(tasks, ensure_ascii=False, indent=1).encode()


def _results(document: TaskDocument, coding: Coding) -> list[dict[str, Any]]:
    label = coding.label
    words = document.text[label.start : label.end]
    span = {"start": label.start, "end": label.end, "text": words}
    base = {"id": label.id, "to_name": "text"}
    controls: list[tuple[str, str, dict[str, Any]]] = [
        ("layer", "labels", {"labels": [label.layer]})
    ]
    if label.facet:
        controls.append(("facet", "choices", {"choices": [label.facet]}))
    controls.append(("confidence", "rating", {"rating": label.confidence}))
    if coding.comment:
        controls.append(("comment", "textarea", {"text": [coding.comment]}))
    results = [
        {**base, "from_name": name, "type": kind, "value": {**span, **value}}
        for name, kind, value in controls
    ]
    results[0]["meta"] = {KEPT: kept_of(coding)}
    return results


def load(data: bytes, name: str) -> Loaded:
    """Regions of Label Studio's JSON export (not JSON-MIN)."""
    try:
        tasks = json.loads(data)
    except ValueError as error:
        raise PipelineError(f"{name}: not JSON ({error}); export as JSON") from error
    if not isinstance(tasks, list) or not all(isinstance(t, dict) and "data" in t for t in tasks):
        raise PipelineError(f"{name}: no list of tasks; export as JSON, not JSON-MIN")
    loaded = Loaded()
    for task in tasks:
        fields = task["data"]
        key = next((k for k in ("text", *fields) if isinstance(fields.get(k), str)), "")
        document = document_of(str(fields.get(key, "")), fields, str(task.get("id", "")))
        for annotation in task.get("annotations", []):
            if not annotation.get("was_cancelled"):
                place = f"{name}: task {task.get('id', document.id)}"
                _load_annotation(loaded, place, document, annotation)
    return loaded


def _load_annotation(
    loaded: Loaded, place: str, document: TaskDocument, annotation: dict[str, Any]
) -> None:
    regions: dict[str, dict[str, Any]] = {}
    for result in annotation.get("result", []):
        region = regions.setdefault(str(result.get("id")), {})
        value, kind = result.get("value", {}), result.get("type")
        if kind == "labels":
            labels = value.get("labels") or [""]
            kept = (result.get("meta") or {}).get(KEPT)
            region.update(value=value, layer=labels[0], kept=kept)
        elif kind == "choices":
            region["facet"] = (value.get("choices") or [""])[0]
        elif kind == "rating":
            region["confidence"] = value.get("rating")
        elif kind == "textarea":
            text = value.get("text") or [""]
            region["comment"] = text if isinstance(text, str) else "\n".join(text)
    for region in regions.values():
        if "layer" not in region:
            continue
        value, kept = region.pop("value"), region.pop("kept", None)
        coder = (kept or {}).get("coder") or _coder(annotation.get("completed_by"))
        at = None if kept else annotation.get("updated_at") or annotation.get("created_at")
        span = _span(document.text, value, place)
        loaded.add(place, document, span, {"coder": coder, "facet": "", "at": at, **region}, kept)


def _span(text: str, value: dict[str, Any], place: str) -> tuple[int, int]:
    """Characters of a region; older versions counted UTF-16 units, its words tell."""
    start, end, words = int(value["start"]), int(value["end"]), value.get("text")
    if words is None or _same(text[start:end], words):
        return start, end
    found = Utf16(text).points(start, end, place)
    if not _same(text[slice(*found)], words):
        raise PipelineError(
            f"{place}: [{start}, {end}) holds {text[start:end][:40]!r}, the region says "
            f"{str(words)[:40]!r}; export it again"
        )
    return found


def _same(inside: str, words: Any) -> bool:
    """Equal but for white space, which some versions write as an escape."""
    return inside.split() == str(words).replace("\\n", " ").split()


def _coder(who: Any) -> str:
    if isinstance(who, dict):
        return str(who.get("email") or who.get("username") or who.get("id") or "")
    return "" if who is None else f"user{who}"
