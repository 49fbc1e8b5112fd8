"""One map for one audience: what it may not see is taken out of the records, not hidden.

========================  ======  =============  ========
what                      public  working group  steering
========================  ======  =============  ========
documents and quotes      public  public, w.g.   all
who stands where           yes     yes            yes
reasons, axes             no      yes            yes
tacit, questions to ask   no      yes            yes
pairwise verdicts         no      yes            yes
closest deep-core words   no      no             yes
vulnerabilities           no      no             yes
========================  ======  =============  ========

A position stays only where claims of the side it takes may be seen (of both sides, where a partner
says both), a verdict or reason only where the positions do. What is left out the page shows as "not
told"; it never becomes "silent".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.records import (
    AxiomMap,
    AxisPlace,
    Conclusion,
    Divergence,
    Document,
    Position,
    Premise,
    Standing,
    TaggedClaim,
    Tier,
    content_id,
)  # fmt: skip

SEES: dict[Tier, tuple[Tier, ...]] = {
    Tier.PUBLIC: (Tier.PUBLIC,),
    Tier.WORKING_GROUP: (Tier.PUBLIC, Tier.WORKING_GROUP),
    Tier.STEERING: tuple(Tier),
}
OPENING = 30  # characters of a hidden claim by which a question is recognised as quoting it


def restrict(axiom_map: AxiomMap, tier: Tier | str) -> AxiomMap:
    """The map with only what ``tier`` may see; see the module for the table."""
    tier = Tier(tier)
    if tier is Tier.STEERING:
        return axiom_map
    documents = {d.id: d for d in axiom_map.documents if d.tier in SEES[tier]}
    claims = {t.claim.id: t for t in axiom_map.claims if t.claim.document in documents}
    public = tier is Tier.PUBLIC

    openings = tuple(
        t.claim.text[:OPENING].strip(".!? ")  # questions quote without the full stop
        for t in axiom_map.claims
        if t.claim.id not in claims
    )
    sight = _Sight(claims, documents, openings, public)
    conclusions, renamed = _conclusions(axiom_map, claims)
    positions = tuple(
        sight.position(p, renamed[p.conclusion])
        for p in axiom_map.positions
        if p.conclusion in renamed and sight.tells_side(p)
    )
    stands = {(p.conclusion, p.partner) for p in positions}
    premises: tuple[Premise, ...] = ()
    divergences: tuple[Divergence, ...] = ()
    places: tuple[AxisPlace, ...] = ()
    if not public:
        premises = tuple(
            replace(p, conclusion=renamed[p.conclusion])
            for p in axiom_map.premises
            if p.claim_id in claims and (renamed.get(p.conclusion), p.partner) in stands
        )
        divergences = tuple(
            d
            for d in _divergences(axiom_map, claims, renamed)
            if {(d.conclusion, d.a), (d.conclusion, d.b)} <= stands
        )
        told = {(d.conclusion, partner) for d in divergences for partner in (d.a, d.b)}
        places = tuple(
            replace(p, conclusion=renamed[p.conclusion])
            for p in axiom_map.places
            if p.conclusion in renamed and (renamed[p.conclusion], p.partner) in told
        )
    kept = _kept_claims(claims.values(), positions, public)
    origins = set(documents)
    return replace(
        axiom_map,
        documents=tuple(_document(d, origins) for d in documents.values()),
        claims=kept, conclusions=conclusions, positions=positions, premises=premises,
        divergences=divergences, axes=() if public else axiom_map.axes, places=places,
        failures=(),
    )  # fmt: skip


def _document(document: Document, known: set[str]) -> Document:
    return document if document.origin in known else replace(document, origin=document.id)


def _conclusions(
    axiom_map: AxiomMap, claims: dict[str, TaggedClaim]
) -> tuple[tuple[Conclusion, ...], dict[str, str]]:
    """Conclusions with a visible claim, in words this audience may read, and their new ids."""
    kept: list[Conclusion] = []
    renamed: dict[str, str] = {}
    for conclusion in axiom_map.conclusions:
        ids = tuple(i for i in conclusion.claim_ids if i in claims)
        if not ids and not conclusion.stated:
            continue
        texts = [claims[i].claim.text for i in ids]
        if conclusion.stated or conclusion.text in texts:
            renamed[conclusion.id] = conclusion.id
            kept.append(replace(conclusion, claim_ids=ids))
            continue
        fresh = content_id("conclusion", texts[0], *ids)
        renamed[conclusion.id] = fresh
        kept.append(replace(conclusion, id=fresh, text=texts[0], claim_ids=ids))
    return tuple(kept), renamed


@dataclass(frozen=True)
class _Sight:
    """What an audience sees of ids and words."""

    claims: dict[str, TaggedClaim]
    documents: dict[str, Document]
    openings: tuple[str, ...]
    public: bool

    def seen(self, ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(i for i in ids if i in self.claims)

    def independent(self, ids: Iterable[str]) -> int:
        """Independent documents behind claims."""
        return len({self.documents[self.claims[i].claim.document].origin for i in ids})

    def tells_side(self, position: Position) -> bool:
        """True when claims of the side that a partner takes may be seen."""
        sides = {
            Standing.ASSERTS: (position.claim_ids,), Standing.REJECTS: (position.contrary_ids,),
            Standing.MIXED: (position.claim_ids, position.contrary_ids), Standing.SILENT: (),
        }[position.standing]  # fmt: skip
        return all(self.seen(ids) for ids in sides)

    def tells(self, question: str) -> bool:
        """True when a question quotes a claim that this audience may not see."""
        return any(opening in question for opening in self.openings)

    def position(self, position: Position, conclusion: str) -> Position:
        """A position with its visible evidence only."""
        claims, contrary = self.seen(position.claim_ids), self.seen(position.contrary_ids)
        against = position.standing is Standing.REJECTS
        asked = () if self.public else position.questions
        return replace(
            position, conclusion=conclusion, claim_ids=claims, contrary_ids=contrary,
            documents=self.independent(contrary if against else claims), candidates=(),
            tacit=position.tacit and not self.public,
            questions=tuple(q for q in asked if not self.tells(q)),
        )  # fmt: skip


def _divergences(
    axiom_map: AxiomMap, claims: dict[str, TaggedClaim], renamed: dict[str, str]
) -> Iterable[Divergence]:
    """Verdicts all of whose premises this audience may see."""
    hidden = {
        (p.conclusion, p.partner) for p in axiom_map.premises if p.claim_id not in claims
    }  # fmt: skip
    for d in axiom_map.divergences:
        cited = (*d.lone_a, *d.lone_b, *(i for m in d.matches for i in (m.a, m.b)))
        rests_on_hidden = (d.conclusion, d.a) in hidden or (d.conclusion, d.b) in hidden
        if d.conclusion in renamed and not rests_on_hidden and all(i in claims for i in cited):
            yield replace(d, conclusion=renamed[d.conclusion])


def _kept_claims(
    claims: Iterable[TaggedClaim], positions: tuple[Position, ...], public: bool
) -> tuple[TaggedClaim, ...]:
    if not public:
        return tuple(claims)
    cited = {i for p in positions for i in (*p.claim_ids, *p.contrary_ids)}
    return tuple(replace(t, vector=b"") for t in claims if t.claim.id in cited)
