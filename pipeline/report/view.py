"""The data inside the page: an axiom map as short rows of numbers, for the script to show.

Rows refer to partners, documents, claims and conclusions by their place in the lists. Offsets
count UTF-16 units, as JavaScript does. Nothing here is rounded below what the page shows.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.records import BELIEF_LAYERS, LAYERS, Layer, Standing, Verdict, Voice
from pipeline.report.index import Index, is_told
from pipeline.report.words import (
    LAYER_IMPLIES,
    LAYER_MEANS,
    LAYER_SHAPES,
    LAYER_WORDS,
    LINK_WORDS,
    NOT_READ,
    STANDING_SHAPES,
    STANDING_WORDS,
    VERDICT_WORDS,
    VOICE_WORDS,
    partner_name,
)  # fmt: skip

TEXT_BUDGET = 1_400_000  # characters of documents in the page: leaves half of 3 MB for the rest

STANDINGS, VERDICTS, VOICES = tuple(Standing), tuple(Verdict), tuple(Voice)


def utf16(text: str) -> Any:
    """Function from an offset in characters to one in UTF-16 units."""
    wide = [at for at, char in enumerate(text) if ord(char) > 0xFFFF]
    return (lambda at: at + bisect_left(wide, at)) if wide else (lambda at: at)


def _cited(index: Index) -> dict[str, int]:
    """How often each claim serves as evidence anywhere in the map."""
    counts: dict[str, int] = {}

    def note(ids: Iterable[str]) -> None:
        for claim_id in ids:
            counts[claim_id] = counts.get(claim_id, 0) + 1

    for position in index.map.positions:
        note((*position.claim_ids, *position.contrary_ids, *position.candidates))
    note(premise.claim_id for premise in index.map.premises)
    return counts


def _texts_that_fit(index: Index, cited: dict[str, int], budget: int) -> set[str]:
    """Documents whose text goes into the page: the most cited first, within the budget."""
    weight = dict.fromkeys(index.documents, 0)
    for claim_id, count in cited.items():
        tagged = index.claims.get(claim_id)
        if tagged:
            weight[tagged.claim.document] += count
    fits: set[str] = set()
    for document_id in sorted(weight, key=lambda d: (-weight[d], d)):
        size = len(index.documents[document_id].text)
        if size <= budget:
            fits.add(document_id)
            budget -= size
    return fits


def _round(numbers: Sequence[float], digits: int = 3) -> list[float]:
    return [round(number, digits) for number in numbers]


@dataclass(frozen=True)
class PageData:
    """What the script shows, and the number in it of each claim by id."""

    data: dict[str, Any]
    claims: dict[str, int]


def page_data(
    index: Index, *, quotes: int, tier: str = "steering", also: Iterable[str] = (),
    text_budget: int = TEXT_BUDGET,
) -> PageData:  # fmt: skip
    """Everything the page's script shows, as plain lists; see the module for the conventions.

    ``also`` names claims that other parts of the page refer to.
    """
    axiom_map = index.map
    partners = {name: n for n, name in enumerate(axiom_map.partners)}
    conclusions = {item.id: n for n, item in enumerate(axiom_map.conclusions)}
    cited = _cited(index)
    for claim_id in also:
        cited[claim_id] = cited.get(claim_id, 0) + 1
    fits = _texts_that_fit(index, cited, text_budget)
    documents = {item.id: n for n, item in enumerate(axiom_map.documents)}
    claims: dict[str, int] = {}
    claim_rows: list[list[Any]] = []
    for document in axiom_map.documents:
        shift = utf16(document.text)
        for tagged in index.claims_by_document.get(document.id, []):
            claim = tagged.claim
            if claim.id not in cited and (tagged.layer is Layer.NONE or document.id not in fits):
                continue
            claims[claim.id] = len(claim_rows)
            row: list[Any] = [
                documents[document.id], shift(claim.start), shift(claim.end),
                VOICES.index(claim.voice), LAYERS.index(tagged.layer), tagged.facet,
                round(tagged.probabilities[tagged.layer] * 100), partners.get(claim.partner, -1),
                "" if claim.speaker == claim.partner else claim.speaker,
            ]  # fmt: skip
            if document.id not in fits:
                row.append(claim.text)
            claim_rows.append(row)
    questions: dict[str, int] = {}

    def ids(found: Iterable[str]) -> list[int]:
        return [claims[i] for i in found if i in claims]

    data = {
        "tier": tier,
        "partners": [partner_name(name) for name in axiom_map.partners],
        "documents": [
            {
                "p": [partners[p] for p in d.partners if p in partners], "t": d.title or d.source,
                "d": d.date, "g": d.genre, "s": d.source, "u": d.url, "r": d.ocr,
                "x": d.text if d.id in fits else None, "n": len(d.text),
                "o": documents.get(d.origin, documents[d.id]),
            }
            for d in axiom_map.documents
        ],
        "claims": claim_rows,
        "conclusions": [
            [c.text, LAYERS.index(c.layer), int(c.stated), len(c.claim_ids)]
            for c in axiom_map.conclusions
        ],
        "positions": [
            [
                conclusions[p.conclusion], partners[p.partner], STANDINGS.index(p.standing),
                ids(p.claim_ids), ids(p.contrary_ids), p.documents, int(p.tacit),
                ids(p.candidates),
                [questions.setdefault(q, len(questions)) for q in p.questions],
            ]
            for p in axiom_map.positions
        ],
        "premises": [
            [
                conclusions[p.conclusion], partners[p.partner], claims[p.claim_id],
                LAYERS.index(p.layer), round(p.support, 2), p.link, p.documents,
            ]
            for p in axiom_map.premises if p.claim_id in claims
        ],
        "divergences": [
            [
                conclusions[d.conclusion], partners[d.a], partners[d.b],
                VERDICTS.index(d.verdict), *_round([d.divergence, d.low, d.high], 2),
                *_round([d.p_value, d.p_adjusted]), LAYERS.index(d.layer),
                [round(d.layers.get(layer, 0.0), 2) for layer in BELIEF_LAYERS],
                d.documents_a, d.documents_b, d.needed, ids(d.lone_a), ids(d.lone_b),
                int(is_told(d)) + int(index.differs(d)),
                [
                    [claims[m.a], claims[m.b], round(m.similarity, 2)]
                    for m in d.matches if m.a in claims and m.b in claims
                ],
            ]
            for d in axiom_map.divergences
        ],
        "axes": [[a.name, a.negative, a.positive] for a in axiom_map.axes],
        "places": [
            [
                conclusions[p.conclusion], partners[p.partner], axis, *_round(
                    [p.value, p.low, p.high], 2), p.documents,
            ]
            for p in axiom_map.places
            for axis, item in enumerate(axiom_map.axes) if item.id == p.axis
        ],
        "questions": list(questions),
        "unread": [n for name, n in partners.items() if name in index.unread],
        "quotes": quotes,
        "words": {
            "layers": [
                [LAYER_WORDS[n], LAYER_SHAPES[n], LAYER_MEANS[n], LAYER_IMPLIES[n], n.value]
                for n in LAYERS
            ],
            "standings": [[STANDING_WORDS[s], STANDING_SHAPES[s], s.value] for s in STANDINGS],
            "verdicts": [[VERDICT_WORDS[v], v.name.lower()] for v in VERDICTS],
            "voices": [[VOICE_WORDS[v], v.value] for v in VOICES],
            "links": LINK_WORDS, "unread": NOT_READ,
        },
    }  # fmt: skip
    return PageData(data, claims)


def safe_json(value: object) -> str:
    """JSON that can stand inside ``<script type="application/json">``: no ``<``, ``>``, ``&``."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "replace").decode("utf-8")
