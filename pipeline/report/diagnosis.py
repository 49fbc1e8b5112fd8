"""Where a coalition may crack, what is mistaken for what, and what each partner may decide.

Corpus functions over one axiom map. Every record carries the claims it was drawn from; all of
them are suggestions to people, and say so where they are shown.

Source: Sabatier & Jenkins-Smith 1999 on the three layers; the two costly mistakes (a deep conflict
treated as tactical, a tactical one grown into a question of loyalty) from practice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from pipeline.records import (
    BELIEF_LAYERS,
    Conclusion,
    Divergence,
    Layer,
    Standing,
    TaggedClaim,
    Tier,
    Voice,
)
from pipeline.report.index import Index, side_ids
from pipeline.report.language import OURSELVES, THEM, Names, moral_words, repertoires
from pipeline.report.reach import PairReach, pair_reach

Right = Literal["consensus", "coordination", "autonomy"]
RIGHT_BY_LAYER: dict[Layer, Right] = {
    Layer.DEEP_CORE: "consensus", Layer.POLICY_CORE: "coordination", Layer.SECONDARY: "autonomy",
    Layer.NONE: "coordination",
}  # fmt: skip
NEIGHBOURS = 4  # claims on each side that show what a passage is about; a paragraph or two


@dataclass(frozen=True)
class Fracture:
    """Agreement on a conclusion over premises that differ; ``reliance`` is the share of partners
    asserting it, ``weight`` = reliance x divergence x share of the divergence in the deep core,
    ``inferred`` the share of the premises that neither partner states as a reason.
    """

    divergence: Divergence
    conclusion: Conclusion
    reliance: float
    weight: float
    inferred: float


@dataclass(frozen=True)
class Moralised:
    """A partner's words that cast doubt on another's good faith.

    ``matter`` is the conclusion whose evidence lies nearest in the same document, if any;
    ``layer`` what the passage around is mostly about; ``named`` whether the sentence itself names
    the other partner (else its surroundings do); ``others`` how many partners are named there: a
    report on a quarrel of others names two.
    """

    claim: TaggedClaim
    at: str
    kind: str
    words: str
    named: bool
    layer: Layer
    matter: Conclusion | None
    others: int


@dataclass(frozen=True)
class Hidden:
    """A matter of tactics on which two partners differ in the deep core, or dispute and differ
    there elsewhere.

    ``elsewhere`` is true when the deep difference was found on another conclusion, so that its
    bearing on this dispute is an inference.
    """

    matter: Conclusion
    divergence: Divergence
    elsewhere: bool


@dataclass(frozen=True)
class Containment:
    """A contested matter with the decision right that its layer suggests, and why."""

    matter: Conclusion
    right: Right
    asserting: tuple[str, ...]
    rejecting: tuple[str, ...]
    claims: tuple[str, ...]
    raised: str


@dataclass(frozen=True)
class Repertoire:
    """A way of acting and the claims in which each partner speaks of doing it."""

    name: str
    claims: dict[str, tuple[str, ...]]
    clashes: tuple[str, ...]


@dataclass(frozen=True)
class Diagnosis:
    """All findings about a coalition, strongest first; ``unsaid`` are differences like fractures
    of which every premise is inferred: questions to ask.
    """

    fractures: tuple[Fracture, ...] = ()
    unsaid: tuple[Fracture, ...] = ()
    moralised: tuple[Moralised, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    containment: tuple[Containment, ...] = ()
    repertoires: tuple[Repertoire, ...] = ()
    pairs: tuple[PairReach, ...] = ()


def diagnose(index: Index, tier: Tier = Tier.STEERING) -> Diagnosis:
    """What an audience may know of a coalition's condition: vulnerabilities for steering only."""
    if tier is Tier.PUBLIC:
        return Diagnosis()
    found = moralised(index)
    deep = hidden(index)
    bounds = (
        containment(index, found, deep) if tier is Tier.STEERING else containment(index, (), ())
    )
    shared = Diagnosis(
        containment=bounds, repertoires=ways_of_acting(index), pairs=pair_reach(index)
    )
    if tier is Tier.WORKING_GROUP:
        return shared
    over_deep = fractures(index)
    return replace(
        shared,
        fractures=tuple(f for f in over_deep if f.inferred < 1),
        unsaid=tuple(f for f in over_deep if f.inferred == 1), moralised=found, hidden=deep,
    )  # fmt: skip


def fractures(index: Index) -> tuple[Fracture, ...]:
    """Conclusions that two partners share over premises that differ mostly in the deep core,
    heaviest first.
    """
    found = []
    total = max(1, len(index.map.partners))
    for divergence in index.map.divergences:
        conclusion = index.conclusions[divergence.conclusion]
        both = all(
            index.standing(conclusion.id, p) is Standing.ASSERTS
            for p in (divergence.a, divergence.b)
        )
        if not both or not index.deep(divergence):
            continue
        reliance = len(index.partners_who(Standing.ASSERTS, conclusion.id)) / total
        weight = reliance * divergence.divergence * divergence.layers[Layer.DEEP_CORE]
        found.append(Fracture(divergence, conclusion, reliance, weight, index.inferred(divergence)))
    return tuple(
        sorted(found, key=lambda f: (-f.weight, f.conclusion.id, f.divergence.a, f.divergence.b))
    )


def moralised(index: Index) -> tuple[Moralised, ...]:
    """Language of betrayal and bad faith aimed at another partner, secondary matters first."""
    names = Names(index.map.partners)
    evidence = _evidence(index)
    found: list[Moralised] = []
    for items in index.claims_by_document.values():
        for at, tagged in enumerate(items):
            claim = tagged.claim
            if claim.voice is not Voice.PARTNER or tagged.layer is Layer.NONE:
                continue
            for kind, words in moral_words(claim.text)[:1]:
                here = [p for p in names.found(claim.text) if p != claim.partner]
                near = [p for p in names.found(claim.before + claim.after) if p != claim.partner]
                for other in (here or near)[:1]:
                    matter = _nearest(tagged, items, evidence, index)
                    layer = _about(items, at)
                    found.append(
                        Moralised(
                            tagged, other, kind, words, bool(here), layer, matter, len(here or near)
                        )
                    )
    return tuple(sorted(found, key=_loudness))


def _loudness(found: Moralised) -> tuple[bool, bool, bool, bool, str]:
    """Over means, one partner named, in the sentence itself, speaking of somebody else first."""
    layer = found.matter.layer if found.matter else found.layer
    over_means = Layer.SECONDARY in (layer, found.layer)
    text = found.claim.claim.text
    them = THEM.search(text)
    return (not over_means, found.others > 1, not found.named, not them, found.claim.claim.id)


def _evidence(index: Index) -> dict[str, str]:
    return {
        claim_id: position.conclusion
        for position in index.map.positions
        for claim_id in (*position.claim_ids, *position.contrary_ids)
    }


def _nearest(
    tagged: TaggedClaim, items: list[TaggedClaim], evidence: dict[str, str], index: Index
) -> Conclusion | None:
    near = [t for t in items if t.claim.id in evidence]
    if not near:
        return None
    best = min(near, key=lambda t: abs(t.claim.start - tagged.claim.start))
    return index.conclusions.get(evidence[best.claim.id])


def _about(items: list[TaggedClaim], at: int) -> Layer:
    around = [*items[max(0, at - NEIGHBOURS) : at], *items[at + 1 : at + 1 + NEIGHBOURS]]
    layers: list[Layer] = [t.layer for t in around if t.layer is not Layer.NONE]
    if not layers:
        return items[at].layer
    order = list(BELIEF_LAYERS)
    return max(order, key=lambda layer: (layers.count(layer), order.index(layer)))


def hidden(index: Index) -> tuple[Hidden, ...]:
    """Secondary matters on which two partners differ in the deep core, and those that partners
    dispute who differ there elsewhere; differences of inferred premises alone are left out.
    """

    def stated(d: Divergence) -> bool:
        return index.deep(d) and index.inferred(d) < 1

    found = []
    for matter in index.map.conclusions:
        if matter.layer is not Layer.SECONDARY:
            continue
        direct = [d for d in index.divergences.get(matter.id, []) if stated(d)]
        found += [Hidden(matter, d, False) for d in direct]
        told = {frozenset((d.a, d.b)) for d in direct}
        yes = index.partners_who(Standing.ASSERTS, matter.id)
        no = index.partners_who(Standing.REJECTS, matter.id)
        for a, b in ((a, b) for a in yes for b in no if frozenset((a, b)) not in told):
            elsewhere = [d for d in index.between(a, b) if stated(d)]
            if elsewhere:
                best = max(elsewhere, key=lambda d: d.divergence)
                found.append(Hidden(matter, best, True))
    return tuple(sorted(found, key=lambda f: (f.elsewhere, -f.divergence.divergence, f.matter.id)))


def containment(
    index: Index, moral: tuple[Moralised, ...], deep: tuple[Hidden, ...]
) -> tuple[Containment, ...]:
    """Contested matters with the decision right that their layer suggests."""
    found = []
    for matter in index.map.conclusions:
        if not index.contested(matter.id):
            continue
        yes = index.partners_who(Standing.ASSERTS, matter.id)
        no = index.partners_who(Standing.REJECTS, matter.id)
        right, raised = RIGHT_BY_LAYER[matter.layer], ""
        if right == "autonomy":
            if any(m.matter and m.matter.id == matter.id for m in moral):
                right, raised = "coordination", "its language has turned against good faith"
            elif any(h.matter.id == matter.id and _across(h.divergence, yes, no) for h in deep):
                right, raised = "coordination", "the same partners differ in the deep core"
        claims = tuple(
            claim_id
            for partner in (*yes, *no)
            for claim_id in side_ids(index.positions[matter.id, partner])[:2]
        )
        found.append(Containment(matter, right, tuple(yes), tuple(no), claims, raised))
    order = list(BELIEF_LAYERS)
    return tuple(
        sorted(found, key=lambda c: order.index(c.matter.layer) if c.matter.layer in order else 9)
    )


def _across(d: Divergence, yes: list[str], no: list[str]) -> bool:
    """True when the two partners take opposite sides."""
    return (d.a in yes and d.b in no) or (d.a in no and d.b in yes)


def ways_of_acting(index: Index) -> tuple[Repertoire, ...]:
    """Which partners speak of litigation, mobilisation and so on as their own doing."""
    claims: dict[str, dict[str, list[str]]] = {}
    for partner in index.map.partners:
        for tagged in index.own_claims(partner):
            if not OURSELVES.search(tagged.claim.text):
                continue
            for name in repertoires(tagged.claim.text):
                claims.setdefault(name, {}).setdefault(partner, []).append(tagged.claim.id)
    contested = [c for c in index.map.conclusions if index.contested(c.id)]
    return tuple(
        Repertoire(
            name,
            {partner: tuple(ids) for partner, ids in by_partner.items()},
            tuple(c.id for c in contested if name in repertoires(c.text)),
        )
        for name, by_partner in sorted(claims.items())
    )
