"""INCEpTION: a zip of UIMA CAS JSON (0.4), ``annotation/<document>/<coder>.json``.

The layer is the custom span layer ``webanno.custom.Belief`` with features ``layer``, ``facet``,
``confidence``, ``comment``. UIMA counts UTF-16 units. A single ``.json`` file is read too.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

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

TYPE = "webanno.custom.Belief"
LARGEST = 200_000_000
"""Bytes that one file of an archive may unpack to."""

_META = "axiomap.Document"
_FEATURES = ("layer", "facet", "comment", KEPT)
_STRING, _INTEGER = "uima.cas.String", "uima.cas.Integer"


def dump(bundle: Bundle) -> bytes:
    """The archive; entries carry a fixed date, so equal codes give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for document, coder, codings in bundle.by_coder():
            name = f"annotation/{quote(document.id, safe='')}/{quote(coder, safe='')}.json"
            text = json.dumps(_cas(document, codings), ensure_ascii=False, indent=1)
            archive.writestr(zipfile.ZipInfo(name), text.encode())
    return out.getvalue()


def _feature(name: str, kind: str) -> dict[str, Any]:
    return {"%NAME": name, "%RANGE": kind}


def _cas(document: TaskDocument, codings: list[Coding]) -> dict[str, Any]:
    units = Utf16(document.text)
    types: dict[str, Any] = {
        TYPE: {"%NAME": TYPE, "%SUPER_TYPE": "uima.tcas.Annotation",
               "confidence": _feature("confidence", _INTEGER),
               **{name: _feature(name, _STRING) for name in _FEATURES}},
        _META: {"%NAME": _META, "%SUPER_TYPE": "uima.tcas.Annotation",
                KEPT: _feature(KEPT, _STRING)},
    }  # fmt: skip
    whole = {"@sofa": 1, "begin": 0, "end": units.to[-1]}
    structures: list[dict[str, Any]] = [
        {"%ID": 1, "%TYPE": "uima.cas.Sofa", "sofaNum": 1, "sofaID": "_InitialView",
         "mimeType": "text", "sofaString": document.text},
        {"%ID": 2, "%TYPE": "uima.tcas.DocumentAnnotation", **whole, "language": "en"},
        {"%ID": 3, "%TYPE": _META, **whole, KEPT: json.dumps(about(document))},
    ]  # fmt: skip
    for number, coding in enumerate(codings, start=4):
        label = coding.label
        structure: dict[str, Any] = {
            "%ID": number, "%TYPE": TYPE, "@sofa": 1, "begin": units.to[label.start],
            "end": units.to[label.end], "layer": str(label.layer), "confidence": label.confidence,
            KEPT: json.dumps(kept_of(coding)),
        }  # fmt: skip
        if label.facet:
            structure["facet"] = label.facet
        if coding.comment:
            structure["comment"] = coding.comment
        structures.append(structure)
    members = [s["%ID"] for s in structures[1:]]
    view = {"%SOFA": 1, "%MEMBERS": members}
    return {"%TYPES": types, "%FEATURE_STRUCTURES": structures, "%VIEWS": {"_InitialView": view}}


def load(data: bytes, name: str) -> Loaded:
    """Spans of every CAS in the archive; the file's name is the coder, its folder the document."""
    loaded = Loaded()
    if not data.startswith(b"PK"):
        _load_cas(loaded, data, name, PurePosixPath(name).stem, "")
        return loaded
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                if info.is_dir() or not info.filename.endswith(".json"):
                    continue
                if info.file_size > LARGEST:
                    raise PipelineError(
                        f"{name}: {info.filename} unpacks to {info.file_size} bytes"
                    )
                path = PurePosixPath(info.filename)
                document, coder = unquote(path.parent.name), unquote(path.stem)
                _load_cas(loaded, archive.read(info), f"{name}: {path}", document, coder)
    except zipfile.BadZipFile as error:
        raise PipelineError(f"{name}: a damaged archive ({error}); export it again") from error
    return loaded


def _load_cas(loaded: Loaded, data: bytes, place: str, document: str, coder: str) -> None:
    try:
        cas = json.loads(data)
        structures = cas["%FEATURE_STRUCTURES"]
    except (ValueError, TypeError, KeyError) as error:
        raise PipelineError(f"{place}: no UIMA CAS JSON ({error}); export as CAS JSON") from error
    if isinstance(structures, dict):  # 0.4 allows a map from id to structure
        structures = [{"%ID": key, **value} for key, value in structures.items()]
    text = next(
        (s.get("sofaString") for s in structures if s.get("%TYPE") == "uima.cas.Sofa"), None
    )
    if text is None:
        return  # INCEpTION writes type systems too
    fields: dict[str, Any] = next(
        (json.loads(s[KEPT]) for s in structures if s.get("%TYPE") == _META), {}
    )
    found = document_of(text, fields, document)
    units = Utf16(text)
    for structure in structures:
        if structure.get("%TYPE") == TYPE:
            span = units.points(structure.get("begin", 0), structure.get("end", 0), place)
            kept = json.loads(structure[KEPT]) if structure.get(KEPT) else None
            label = {"coder": coder or None, "facet": structure.get("facet", "")}
            for key in ("layer", "confidence", "comment"):
                label[key] = structure.get(key)
            loaded.add(place, found, span, label, kept)
