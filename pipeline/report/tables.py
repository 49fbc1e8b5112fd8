"""Claims of a map as a table: CSV, Parquet, and pandas or polars frames in one call."""

from __future__ import annotations

import csv
import importlib
import io
from dataclasses import dataclass, fields
from typing import Any

from pipeline.records import AxiomMap, Layer
from pipeline.report.index import Index
from pipeline.store import table_bytes, to_table


@dataclass(frozen=True)
class ClaimRow:
    """One claim with its place, voice, layer, probabilities and what it is evidence of.

    ``start`` and ``end`` count characters in the document's text; ``asserts``, ``rejects`` and
    ``reason_for`` hold the words of conclusions, separated by `` | ``.
    """

    id: str
    partner: str
    document: str
    title: str
    date: str
    genre: str
    source: str
    url: str
    start: int
    end: int
    text: str
    voice: str
    speaker: str
    layer: str
    facet: str
    p_deep_core: float
    p_policy_core: float
    p_secondary: float
    p_none: float
    asserts: str
    rejects: str
    reason_for: str
    model: str


def claim_rows(index: Index) -> list[ClaimRow]:
    """Every claim of the map as a row, in the map's order."""
    asserts: dict[str, list[str]] = {}
    rejects: dict[str, list[str]] = {}
    reasons: dict[str, list[str]] = {}
    for position in index.map.positions:
        text = index.conclusions[position.conclusion].text
        for claim_id in position.claim_ids:
            asserts.setdefault(claim_id, []).append(text)
        for claim_id in position.contrary_ids:
            rejects.setdefault(claim_id, []).append(text)
    for premise in index.map.premises:
        reasons.setdefault(premise.claim_id, []).append(index.conclusions[premise.conclusion].text)
    rows = []
    for tagged in index.map.claims:
        claim, p = tagged.claim, tagged.probabilities
        document = index.documents[claim.document]
        rows.append(
            ClaimRow(
                claim.id, claim.partner, document.id, document.title, document.date,
                document.genre, document.source, document.url, claim.start, claim.end, claim.text,
                claim.voice.value, claim.speaker, tagged.layer.value, tagged.facet,
                p[Layer.DEEP_CORE], p[Layer.POLICY_CORE], p[Layer.SECONDARY], p[Layer.NONE],
                " | ".join(asserts.get(claim.id, [])), " | ".join(rejects.get(claim.id, [])),
                " | ".join(reasons.get(claim.id, [])), tagged.model,
            )
        )  # fmt: skip
    return rows


def claims_csv(index: Index) -> bytes:
    """Claims as CSV in UTF-8 with a byte order mark, as spreadsheets expect.

    A cell that a spreadsheet would run as a formula is preceded by an apostrophe.
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    names = [item.name for item in fields(ClaimRow)]
    writer.writerow(names)
    for row in claim_rows(index):
        writer.writerow([_cell(getattr(row, name)) for name in names])
    return stream.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip()[:1] in ("=", "+", "-", "@"):
        return "'" + value
    return value


def claims_parquet(index: Index) -> bytes:
    """Claims as Parquet."""
    return table_bytes(to_table(claim_rows(index), ClaimRow))


def to_pandas(axiom_map: AxiomMap) -> Any:
    """Claims of a map as a pandas frame (``pip install pandas``)."""
    return to_table(claim_rows(Index(axiom_map)), ClaimRow).to_pandas()


def to_polars(axiom_map: AxiomMap) -> Any:
    """Claims of a map as a polars frame (``pip install polars``)."""
    polars = importlib.import_module("polars")
    return polars.from_arrow(to_table(claim_rows(Index(axiom_map)), ClaimRow))
