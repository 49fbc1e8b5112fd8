"""Codes to and from the files of other tools.

Each format is a module with ``dump(bundle) -> bytes`` and ``load(data, name) -> Loaded``. What a
tool has no place for travels in a field that the tool keeps and does not show (``axiomap``), so a
round trip loses nothing; what was changed in the tool wins over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.annotate.codings import Coding, ground, save
from pipeline.annotate.exchange import csv, dna, doccano, inception, jsonl, labelstudio, prodigy
from pipeline.annotate.exchange.bundle import Bundle, Loaded
from pipeline.errors import PipelineError

FORMATS: dict[str, tuple[Callable[[Bundle], bytes], Callable[[bytes, str], Loaded]]] = {
    "jsonl": (jsonl.dump, jsonl.load),
    "csv": (csv.dump, csv.load),
    "label-studio": (labelstudio.dump, labelstudio.load),
    "prodigy": (prodigy.dump, prodigy.load),
    "doccano": (doccano.dump, doccano.load),
    "inception": (inception.dump, inception.load),
    "dna": (dna.dump, dna.load),
}
"""Name of a format -> (writes it, reads it)."""

__all__ = ["FORMATS", "Bundle", "export_codes", "import_codes"]


def export_codes(bundle: Bundle, kind: str, path: Path) -> None:
    """Writes codes in a tool's format, whole or not at all."""
    save(path, FORMATS[kind][0](bundle))


def import_codes(
    path: Path, kind: str, texts: Mapping[str, str], *, coder: str = "",
    names: Mapping[str, str] | None = None,
) -> tuple[list[Coding], Loaded, list[str]]:  # fmt: skip
    """Codes of a tool's file, what the file holds, and a line for each that is not usable.

    Args:
        path: the file.
        kind: one of ``FORMATS``.
        texts: documents by id; those in the file need not be among them.
        coder: name for codes whose file does not say who made them.
        names: the tool's names of coders -> ours.
    """
    try:
        loaded = FORMATS[kind][1](path.read_bytes(), str(path))
    except OSError as error:
        raise PipelineError(f"{path}: {error.strerror}; check the path") from error
    known = {**{key: d.text for key, d in loaded.documents.items()}, **texts}
    codings: list[Coding] = []
    refused: list[str] = []
    seen: dict[tuple[str, str, int, int], str] = {}
    for place, row in loaded.rows:
        who = str(row.get("coder") or coder)
        if who:
            row["coder"] = (names or {}).get(who, who)
            if row["coder"] != row.get("coder"):
                row.pop("id", None)
        try:
            found, why = ground([(place, row)], known) if known else (_bare(place, row), [])
        except PipelineError as error:
            refused.append(str(error))
            continue
        refused += why
        for coding in found:
            key = (coding.label.coder, *coding.unit)
            if key in seen:
                refused.append(f"{place}: the same span by the same coder as {seen[key]}; keep one")
            seen[key] = place
            codings.append(coding)
    return codings, loaded, refused


def _bare(place: str, row: dict[str, object]) -> list[Coding]:
    from pipeline.annotate.codings import coding_of

    return [coding_of(row, place)]
