"""The page ``map.html``: one self-contained file from a template, with a strict security policy.

Only this module's own style sheet and script may run: the policy names their hashes. Everything
that comes from documents is escaped by the template or enters as JSON and is shown as text.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from pipeline.config import ReportConfig
from pipeline.records import BELIEF_LAYERS, Divergence, Layer, Standing, Tier
from pipeline.report.diagnosis import Diagnosis, diagnose
from pipeline.report.figures import Figure
from pipeline.report.findings import Finding, certainty, evidence_words, findings
from pipeline.report.index import Index, agrees, is_told
from pipeline.report.view import TEXT_BUDGET, page_data, safe_json
from pipeline.report.words import (
    GLOSSARY,
    LAYER_MEANS,
    LAYER_SHAPES,
    LAYER_WORDS,
    STANDING_SHAPES,
    STANDING_WORDS,
    TIER_WORDS,
    VOICE_WORDS,
    partner_name,
    plural,
    said,
    visible,
)  # fmt: skip

PAGE_LIMIT = 2_900_000  # bytes; mail systems and phones still take a page of 3 MB

RIGHTS = {
    "consensus": "full consensus; nobody is bound without consent",
    "coordination": "coordination, because it touches the common name",
    "autonomy": "each member's own decision",
}


@dataclass(frozen=True)
class Cell:
    """One partner's standing to one conclusion; ``standing`` is None where it is not told, or the
    partner was not ``read``.
    """

    standing: Standing | None
    tacit: bool
    read: bool = True


@dataclass(frozen=True)
class Split:
    """A pair whose grounds differ on a conclusion."""

    layer: Layer
    names: str
    route: str


@dataclass(frozen=True)
class Row:
    """One conclusion in the matrix; ``matter`` when grounds differ or partners disagree."""

    number: int
    text: str
    layer: Layer
    cells: tuple[Cell, ...]
    different: tuple[Split, ...]
    summary: str
    matter: bool


@dataclass(frozen=True)
class Read:
    """What was read of one partner."""

    name: str
    documents: int
    first: str
    last: str
    layers: tuple[int, ...]


def shipped(name: str) -> str:
    """Text of a file that lies beside this module."""
    return (files("pipeline.report") / name).read_text(encoding="utf-8")


def trusted(text: str) -> Markup:
    """Text of our own making (style, script, figures, escaped JSON) that is not escaped again."""
    return Markup(text)  # noqa: S704


def environment() -> Environment:
    """Jinja with escaping on and the report's filters."""
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    made.filters["visible"] = visible
    made.filters["partner_name"] = partner_name
    made.filters["said"] = said
    return made


def _source_hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + base64.b64encode(digest).decode("ascii")


def rows(index: Index) -> tuple[Row, ...]:
    """The matrix: conclusions over different grounds first, then contested, then widely shared."""
    people = {p: n for n, p in enumerate(index.map.partners)}
    made = []
    for number, conclusion in enumerate(index.map.conclusions):
        told = index.divergences.get(conclusion.id, [])
        contested = index.contested(conclusion.id)
        different = sorted(
            filter(index.differs, told),
            key=lambda d: (BELIEF_LAYERS.index(d.layer) if d.layer in BELIEF_LAYERS else 9,
                           -d.divergence),
        )  # fmt: skip
        made.append(
            Row(
                number, conclusion.text, conclusion.layer,
                tuple(_cell(index, conclusion.id, p) for p in index.map.partners),
                tuple(
                    Split(d.layer, f"{partner_name(d.a)} and {partner_name(d.b)}",
                          f"pair/{number}/{people[d.a]}/{people[d.b]}")
                    for d in different
                ),
                _summary(index, told, contested), bool(different) or contested,
            )
        )  # fmt: skip

    def order(row: Row) -> tuple[Any, ...]:
        deep = any(s.layer is Layer.DEEP_CORE for s in row.different)
        yes = sum(c.standing is Standing.ASSERTS for c in row.cells)
        no = sum(c.standing is Standing.REJECTS for c in row.cells)
        return (not deep, not row.different, not (yes and no), -yes - no, row.number)

    return tuple(sorted(made, key=order))


def _cell(index: Index, conclusion: str, partner: str) -> Cell:
    position = index.positions.get((conclusion, partner))
    standing = index.standing(conclusion, partner)
    tacit = bool(position and position.tacit)
    return Cell(standing, tacit, read=position is None or standing is not None)


def _summary(index: Index, told: list[Divergence], contested: bool) -> str:
    same = sum(map(agrees, told))
    little = sum(not is_told(d) for d in told)
    open_ = len(told) - same - little - sum(map(index.differs, told))
    parts = ["partners disagree openly"] if contested else []
    if same:
        parts.append(f"{plural(same, 'pair')}: same grounds")
    if open_:
        parts.append(f"{plural(open_, 'pair')}: no reliable difference")
    if little:
        parts.append(f"{plural(little, 'pair')}: too little evidence")
    return "; ".join(parts)


def _read(index: Index) -> tuple[Read, ...]:
    found = []
    for partner in index.map.partners:
        documents = index.documents_of(partner)
        dates = [d.date for d in documents if d.date]
        own = [t.layer for t in index.own_claims(partner)]
        found.append(
            Read(
                partner_name(partner), len(documents), dates[0] if dates else "undated",
                dates[-1] if dates else "undated", tuple(own.count(n) for n in BELIEF_LAYERS),
            )
        )  # fmt: skip
    return tuple(found)


def _warnings(index: Index, tier: Tier) -> list[str]:
    found = []
    if tier is not Tier.STEERING:
        found.append(
            f"This map was written for: {TIER_WORDS[tier]}. What that audience may not see is not "
            "in this file."
        )
    if not index.map.documents:
        found.append("No document is marked for this audience, so there is nothing to quote.")
    for partner in index.map.partners:
        if partner in index.unread:
            count = plural(len(index.documents_of(partner)), "document")
            found.append(
                f"{partner_name(partner)} was not read: {count}, none in a language that is read. "
                "The map does not count that as silence."
            )
    if len(index.map.partners) == 1:
        found.append("Only one partner was read, so nothing can be compared.")
    return found


def _facts(index: Index) -> list[tuple[str, int]]:
    facts = [
        ("partners", len(index.map.partners)), ("documents", len(index.map.documents)),
        ("beliefs found", sum(t.layer is not Layer.NONE for t in index.map.claims)),
        ("conclusions", len(index.map.conclusions)),
        ("shared by two or more", sum(index.shared(c.id) for c in index.map.conclusions)),
        ("contested", sum(index.contested(c.id) for c in index.map.conclusions)),
    ]  # fmt: skip
    if index.map.divergences:
        apart = sum(map(index.differs, index.map.divergences))
        facts.append(("pairs on different grounds", apart))
    return facts


def mentioned(diagnosis: Diagnosis) -> list[str]:
    """Claims that the diagnosis quotes."""
    ids = [m.claim.claim.id for m in diagnosis.moralised]
    ids += [i for c in diagnosis.containment for i in c.claims]
    ids += [i for r in diagnosis.repertoires for found in r.claims.values() for i in found[:3]]
    return ids


def render(
    index: Index, config: ReportConfig, *, figures: dict[str, Figure],
    cards: dict[str, str] | None = None,
) -> str:  # fmt: skip
    """The whole page as HTML.

    The page stays below ``PAGE_LIMIT`` bytes: where it would not, the least cited documents are
    listed without their text, and say so. ``figures`` holds the ``network`` and ``intervals``
    figures where there is something to draw, ``cards`` the models' cards by
    name.
    """
    budget = TEXT_BUDGET
    while True:
        text = _render(index, config, figures, cards or {}, budget)
        over = len(text.encode("utf-8", "replace")) - PAGE_LIMIT
        if over <= 0 or budget <= 0:
            return text
        budget -= over + PAGE_LIMIT // 20


def _render(
    index: Index, config: ReportConfig, figures: dict[str, Figure],
    cards: dict[str, str], text_budget: int,
) -> str:  # fmt: skip
    tier = Tier(config.tier)
    diagnosis = diagnose(index, tier)
    told = findings(index, diagnosis)
    page = page_data(
        index,
        quotes=config.quotes_per_premise,
        tier=tier.value,
        also=mentioned(diagnosis),
        text_budget=text_budget,
    )
    documents = {d.id: n for n, d in enumerate(index.map.documents)}
    routes = {
        claim_id: f"document/{documents[index.claims[claim_id].claim.document]}/{number}"
        for claim_id, number in page.claims.items()
    }
    numbers = {c.id: n for n, c in enumerate(index.map.conclusions)}
    people = {p: n for n, p in enumerate(index.map.partners)}
    style, script = shipped("page.css"), shipped("page.js") + shipped("views.js")
    script = f'"use strict";(()=>{{{script}}})();'
    dates = sorted(d.date for d in index.map.documents if d.date)
    terms = {t.key: [t.name, t.meaning] for t in GLOSSARY}
    matrix = rows(index)
    context: dict[str, Any] = {
        "title": config.title, "tier_words": TIER_WORDS[tier], "index": index,
        "steering": tier is Tier.STEERING, "method": index.map.method,
        "period": f"{dates[0]} to {dates[-1]}" if dates else "",
        "years": (dates[0][:4], dates[-1][:4]) if dates else ("", ""),
        "facts": _facts(index), "warnings": _warnings(index, tier),
        "findings": [_routed(f, routes) for f in told], "certainty": certainty(index),
        "read": _read(index), "failures": index.map.failures, "rows": matrix,
        "untold": any(c.standing is None and c.read for row in matrix for c in row.cells),
        "unread": bool(index.unread),
        "names": [partner_name(p) for p in index.map.partners], "name": partner_name,
        "layers": BELIEF_LAYERS, "layer_words": LAYER_WORDS, "layer_shapes": LAYER_SHAPES,
        "layer_means": LAYER_MEANS, "standing_words": STANDING_WORDS,
        "standing_shapes": STANDING_SHAPES, "voices": list(VOICE_WORDS.values()),
        "genres": sorted({d.genre for d in index.map.documents if d.genre}),
        "standings": list(Standing),
        "advice": None if tier is Tier.PUBLIC else diagnosis, "rights": RIGHTS,
        "evidence": partial(evidence_words, index), "claim_route": routes,
        "pair_route": lambda d: f"pair/{numbers[d.conclusion]}/{people[d.a]}/{people[d.b]}",
        "conclusion_route": lambda c: f"conclusion/{numbers[c]}", "glossary": GLOSSARY,
        "network": trusted(figures["network"].inline) if "network" in figures else "",
        "network_words": figures["network"].words if "network" in figures else "",
        "intervals": trusted(figures["intervals"].inline) if "intervals" in figures else "",
        "cards": cards,
        "style": trusted(style), "style_hash": _source_hash(style), "script": trusted(script),
        "script_hash": _source_hash(script), "terms_json": trusted(safe_json(terms)),
        "data_json": trusted(safe_json(page.data)),
    }  # fmt: skip
    return environment().from_string(shipped("page.html.j2")).render(context)


def _routed(finding: Finding, routes: dict[str, str]) -> Finding:
    kind, _, claim_id = finding.route.partition("/")
    if kind != "claim":
        return finding
    return Finding(
        finding.kind, finding.text, finding.matters, finding.sure,
        routes.get(claim_id, "claims"), finding.tone, finding.quotes,
    )  # fmt: skip
