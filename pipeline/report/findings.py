"""The three or four findings that matter, in plain sentences, each with its evidence and doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.records import Conclusion, Divergence, Layer, Standing, Verdict
from pipeline.report.diagnosis import Diagnosis, Fracture, Moralised
from pipeline.report.index import SIDES, Index, is_told, side_ids
from pipeline.report.words import (
    LAYER_MEANS,
    LAYER_WORDS,
    listing,
    partner_name,
    plural,
    probability_words,
    said,
)  # fmt: skip

MOST = 4


@dataclass(frozen=True)
class Finding:
    """One finding: ``kind`` in two or three words, a sentence, why it matters, how sure, evidence.

    ``route`` leads to the evidence (``pair/0/1/2`` by number, ``claim/<id>``); ``tone`` is a layer
    or ``solid``; ``quotes`` are (partner, words) pairs.
    """

    kind: str
    text: str
    matters: str
    sure: str
    route: str
    tone: str
    quotes: tuple[tuple[str, str], ...] = ()


def evidence_words(index: Index, d: Divergence) -> str:
    """Divergence, interval, p-value, documents and what is only inferred as one phrase."""
    inferred = index.inferred(d)
    return (
        f"divergence {d.divergence:.2f}, interval {d.low:.2f} to {d.high:.2f}, "
        f"{probability_words(d.p_adjusted)} after correction; "
        f"{d.documents_a} and {d.documents_b} independent documents"
        + (
            f"; {round(100 * inferred)} % of the reasons compared are inferred, not stated"
            if inferred
            else ""
        )
    )


def findings(index: Index, diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """At most four findings: a fracture, open opposition, language, common ground, the unsaid."""
    order = {c.id: n for n, c in enumerate(index.map.conclusions)}
    people = {p: n for n, p in enumerate(index.map.partners)}
    found: list[Finding] = []
    found += [_fracture(index, f, order, people) for f in diagnosis.fractures[:1]]
    found += [_moralised(m) for m in diagnosis.moralised if _over_means(m)][:1]
    found += list(_contested(index, order))[:1]
    found += [_fracture(index, f, order, people) for f in _other_conclusion(diagnosis)]
    if not diagnosis.fractures:
        found += list(_shallow(index, order, people))[:1]
    found += list(_common(index, order))[:1]
    if len(found) < MOST:
        found += list(_tacit(index, order))[:1]
    return tuple(found[:MOST])


def _other_conclusion(diagnosis: Diagnosis) -> list[Fracture]:
    first = diagnosis.fractures[:1]
    return [
        f for f in diagnosis.fractures if first and f.conclusion.id != first[0].conclusion.id
    ][:1]  # fmt: skip


def _over_means(m: Moralised) -> bool:
    return m.layer is Layer.SECONDARY or bool(m.matter and m.matter.layer is Layer.SECONDARY)


def _lone_words(index: Index, d: Divergence) -> tuple[tuple[str, str], ...]:
    pairs = ((d.a, d.lone_a), (d.b, d.lone_b))
    return tuple(
        (partner_name(partner), index.claims[ids[0]].claim.text)
        for partner, ids in pairs
        if ids and ids[0] in index.claims
    )


def _fracture(index: Index, f: Fracture, order: dict[str, int], people: dict[str, int]) -> Finding:
    d = f.divergence
    share = round(f.reliance * len(index.map.partners))
    return Finding(
        "Same position, different roots",
        f"{partner_name(d.a)} and {partner_name(d.b)} both say {said(f.conclusion.text)}, and "
        f"rest it on different ground in the deep core: {LAYER_MEANS[Layer.DEEP_CORE]}.",
        f"{share} of {len(index.map.partners)} partners rely on this conclusion. Differences at "
        "this depth hardly ever close; they come back when events press on them.",
        evidence_words(index, d),
        f"pair/{order[d.conclusion]}/{people[d.a]}/{people[d.b]}",
        Layer.DEEP_CORE.value,
        _lone_words(index, d),
    )


def _shallow(index: Index, order: dict[str, int], people: dict[str, int]) -> Iterator[Finding]:
    told = [d for d in index.map.divergences if d.verdict is Verdict.DIVERGENT]
    for d in sorted(told, key=lambda d: (-d.divergence, d.conclusion, d.a, d.b)):
        if index.inferred(d) == 1:  # neither gives a reason: a question, no finding
            continue
        text = index.conclusions[d.conclusion].text
        where = f"the difference lies mostly on the {LAYER_WORDS[d.layer]} layer: "
        where += LAYER_MEANS[d.layer]
        if d.layer is Layer.NONE:
            where = "the difference is one of weight: each reason has a counterpart"
        yield Finding(
            "Same position, different reasons",
            f"{partner_name(d.a)} and {partner_name(d.b)} give different reasons on {said(text)}; "
            f"{where}.",
            "Deep-core beliefs are a part of it; they hardly ever change."
            if d.layer is Layer.DEEP_CORE
            else "A difference at this depth can be talked over; it need not be settled now.",
            evidence_words(index, d), f"pair/{order[d.conclusion]}/{people[d.a]}/{people[d.b]}",
            d.layer.value, _lone_words(index, d),
        )  # fmt: skip


def _moralised(m: Moralised) -> Finding:
    matter = f" while the matter is {said(m.matter.text, 100)}" if m.matter else ""
    return Finding(
        "A dispute over means, put as a question of loyalty",
        f"{partner_name(m.claim.claim.partner)} speaks of {partner_name(m.at)} in the "
        f"language of {m.kind}{matter}.",
        "Read as a dispute over means it can be contained; left alone, such language turns into a "
        "question of who belongs.",
        "found by its words (“" + m.words + "”); "
        + ("the sentence names the partner" if m.named else "the partner is named nearby")
        + "; read it in context before you judge",
        f"claim/{m.claim.claim.id}",
        Layer.SECONDARY.value,
        ((partner_name(m.claim.claim.partner), m.claim.claim.text),),
    )  # fmt: skip


def _contested(index: Index, order: dict[str, int]) -> Iterator[Finding]:
    contested = [c for c in index.map.conclusions if index.contested(c.id)]
    layers = list(Layer)

    def rank(c: Conclusion) -> tuple[int, int, int]:
        """The best documented first, by the side with fewer independent documents."""
        return (-_documents(index, c.id), layers.index(c.layer), order[c.id])

    for c in sorted(contested, key=rank):
        yes = index.partners_who(Standing.ASSERTS, c.id)
        no = index.partners_who(Standing.REJECTS, c.id)
        quotes = []
        for partner in (yes[0], no[0]):
            shown = index.claims_of(side_ids(index.positions[c.id, partner]))
            quotes += [(partner_name(partner), t.claim.text) for t in shown[:1]]
        yield Finding(
            "Open disagreement",
            f"{listing([partner_name(p) for p in yes])} {'says' if len(yes) == 1 else 'say'} "
            f"{said(c.text)}; {listing([partner_name(p) for p in no])} "
            f"{'rejects' if len(no) == 1 else 'reject'} it.",
            f"It lies on the {LAYER_WORDS[c.layer]} layer: {LAYER_MEANS[c.layer]}."
            + (" Disagreement here is normal." if c.layer is Layer.SECONDARY else ""),
            "stated by both sides, themselves or by an ally they quote",
            f"conclusion/{order[c.id]}", c.layer.value, tuple(quotes),
        )  # fmt: skip


def _documents(index: Index, conclusion: str) -> int:
    """Independent documents of the side that has fewer."""
    return min(
        sum(index.positions[conclusion, p].documents for p in index.partners_who(s, conclusion))
        for s in SIDES
    )


def _common(index: Index, order: dict[str, int]) -> Iterator[Finding]:
    """Conclusions that many assert and no tested pair disputes the grounds of."""
    shared = [c for c in index.map.conclusions if index.shared(c.id) and not index.contested(c.id)]
    for c in sorted(
        shared, key=lambda c: (-len(index.partners_who(Standing.ASSERTS, c.id)), order[c.id])
    ):
        told = [d for d in index.divergences.get(c.id, []) if is_told(d)]
        if any(map(index.differs, told)):
            continue
        yes = index.partners_who(Standing.ASSERTS, c.id)
        yield Finding(
            "Common position",
            f"{listing([partner_name(p) for p in yes])} say {said(c.text)}{_against(index, c.id)}.",
            "Where grounds could be compared, no reliable difference was found."
            if told else "Whether they mean it for the same reasons cannot be told yet.",
            f"{plural(len(told), 'pair')} compared; silence of the others is not agreement",
            f"conclusion/{order[c.id]}", "solid",
        )  # fmt: skip


def _against(index: Index, conclusion: str) -> str:
    """What was published against a conclusion; nothing where an audience is not told of all."""
    stands = {p: index.positions.get((conclusion, p)) for p in index.map.partners}
    against = [p for p, position in stands.items() if position and position.contrary_ids]
    if against:
        also = "; words against it stand in documents of "
        return also + listing([partner_name(p) for p in against])
    told = all(index.standing(conclusion, p) for p in stands)
    return "; nobody rejects it" if told else ""


def _tacit(index: Index, order: dict[str, int]) -> Iterator[Finding]:
    taken = [p for p in index.map.positions if p.standing in SIDES]
    tacit = [p for p in taken if p.tacit]
    if not tacit:
        return
    first = tacit[0]
    text = index.conclusions[first.conclusion].text
    yield Finding(
        "Reasons left unsaid",
        f"In {len(tacit)} of {len(taken)} cases a partner takes a position and states no reason; "
        f"for instance {partner_name(first.partner)} on {said(text)}.",
        "Insiders find such reasons self-evident. Ask, rather than guess: the page has questions.",
        "absence of a stated reason in what was read", f"conclusion/{order[first.conclusion]}",
        Layer.NONE.value,
    )  # fmt: skip


def certainty(index: Index) -> list[str]:
    """How sure the tool is, in two or three sentences."""
    told = [d for d in index.map.divergences if is_told(d)]
    total = len(index.map.divergences)
    lines = []
    if total:
        lines.append(
            f"{len(told)} of {plural(total, 'comparison')} of two partners had enough independent "
            "documents for a verdict; for the rest the map says “too little evidence”."
        )
        apart = sum(map(index.differs, told))
        lines.append(
            f"In {apart} of the {len(told)} the grounds differ more than chance explains."
            if told
            else "No verdict on any pair is therefore possible yet; read the quotes."
        )
    shares = [t.probabilities[t.layer] for t in index.map.claims if t.layer is not Layer.NONE]
    if shares:
        doubtful = sum(s < 0.6 for s in shares)
        lines.append(
            f"The layer of {doubtful} of {plural(len(shares), 'claim')} is doubtful (below 60 %); "
            "single labels can be wrong, so check the quotes that you rely on."
        )
    return lines
