"""Premises: the reasons a partner rests a conclusion on, and what to ask where it gives none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.compare.conclusions import Stated, is_position
from pipeline.compare.evidence import Evidence
from pipeline.compare.neighbours import nearest
from pipeline.compare.pairs import PairModel
from pipeline.config import CompareConfig
from pipeline.records import BELIEF_LAYERS, Layer, Premise

MARKER = re.compile(
    r"\b(because|so that|which means|given that|therefore|that is why|in order to|"
    r"as long as|for the sake of|on the ground[s]? that|the reason|thus|hence|otherwise)\b|"
    r"[^\s.]\s+since (?!then|last|\d|(the )?(early|late|mid|end|start|19|20)|"
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d)",
    re.IGNORECASE,
)
"""Discourse connectives that introduce a reason or a consequence (PDTB 3.0, contingency); "since"
not where it opens a sentence or a date follows, for there it mostly tells the time."""

NEIGHBOURHOOD = 3
"""Claims before and after a position that are read as its possible reasons."""

PER_DOCUMENT = 8
"""Deep- and policy-core claims elsewhere in a document that takes the position which are read as
its possible reasons, nearest to the conclusion first."""

BELIEFS = 12
"""The same of the partner's other documents, all together."""

PLACE = {"neighbour": 1.0, "document": 0.7, "belief": -0.5}
"""Log odds that the place of a claim adds to its being a reason. Of claims near the conclusion in
content, coders called 43 % a reason within 700 characters of a claim that asserts it, 42 %
elsewhere in its document, 11 % in other documents and 17 % in all
(``annotations/real/roles-dev.jsonl``); less than these shares say, for nearness in content is read
too."""


@dataclass(frozen=True)
class Candidate:
    """A claim that may be a reason: its row and what links it to the position."""

    row: int
    link: str


def candidates(
    evidence: Evidence, stated: Stated, partner: str, own: Sequence[int]
) -> list[Candidate]:
    """Claims of ``partner`` that may be its reasons for the side that its claims ``own`` take.

    What merely takes a position again is no reason, unless a connective says so; copies of a claim
    in copies of one letter are one.
    """
    held = evidence.by_partner[partner]
    own_rows = set(own)
    possible = {int(r) for r in held if int(r) not in own_rows and may_be_reason(evidence, int(r))}
    found = {row: "marker" for row in own if MARKER.search(evidence.claims[row].claim.text)}
    for row in own:
        for near in range(row - NEIGHBOURHOOD, row + NEIGHBOURHOOD + 1):
            if (
                near in possible
                and evidence.document(near) == evidence.document(row)
                and evidence.claims[near].layer in BELIEF_LAYERS
            ):
                found.setdefault(near, "neighbour")
    documents = {evidence.document(row) for row in own}
    core = evidence.of(partner, (Layer.DEEP_CORE, Layer.POLICY_CORE))
    core = core[np.argsort(-(evidence.vectors[core] @ stated.vector), kind="stable")]
    taken: dict[str, int] = {}
    for row in map(int, core):
        if row not in possible or row in found:
            continue
        inside = evidence.document(row) in documents
        place = evidence.document(row) if inside else ""
        taken[place] = taken.get(place, 0) + 1
        if taken[place] <= (PER_DOCUMENT if inside else BELIEFS):
            found[row] = "document" if inside else "belief"
    distinct = {
        (evidence.origin[row], evidence.claims[row].claim.text): Candidate(row, link)
        for row, link in sorted(found.items(), reverse=True)
    }
    return sorted(distinct.values(), key=lambda c: c.row)


def may_be_reason(evidence: Evidence, row: int) -> bool:
    """Whether a claim says more than a position, which would only state the conclusion again."""
    tagged = evidence.claims[row]
    return (
        MARKER.search(tagged.claim.text) is not None
        or tagged.facet not in DEMANDING
        or not is_position(tagged.claim)
    )


DEMANDING = frozenset(
    ("position", "instrument", "state_market", "level", "financing", "participation",
     "provision", "budget", "process")
)  # fmt: skip
"""Facets that say what should be done, rather than how things are or what ought to be."""


def find_premises(
    evidence: Evidence, stated: Stated, partner: str, own: Sequence[int], side: int,
    stance: PairModel, config: CompareConfig,
) -> list[Premise]:  # fmt: skip
    """Premises of ``partner`` for a conclusion or against it, the best supported first.

    Args:
        evidence: all claims.
        stated: the conclusion.
        partner: whose premises.
        own: rows of its claims that take this side.
        side: ``SUPPORTS`` or ``OPPOSES``.
        stance: reads each candidate against the conclusion.
        config: ``premise_at`` and ``match_at``.

    ``support`` is the probability that the claim is a reason for that side, from how it reads and
    from its place; a reason given in so many words is one. ``documents`` counts independent
    documents in which the partner says as much: the premise's own and those of its claims that
    give the same reason.
    """
    possible = candidates(evidence, stated, partner, own)
    texts = [(evidence.claims[c.row].claim.text, stated.conclusion.text) for c in possible]
    kept = []
    for candidate, p in zip(possible, stance.grounds(texts, side), strict=True):
        # A sentence that takes the side speaks for it trivially; its marker is the evidence.
        support = 1.0
        if candidate.link != "marker":
            support = float(1 / (1 + np.exp(-(p + PLACE[candidate.link]))))
        if support >= config.premise_at:
            kept.append((candidate, support))
    rows = [candidate.row for candidate, _ in kept]
    same = evidence.vectors[rows] @ evidence.vectors[rows].T >= config.match_at
    premises = [
        Premise(
            conclusion=stated.conclusion.id,
            partner=partner,
            claim_id=evidence.claims[candidate.row].claim.id,
            layer=evidence.claims[candidate.row].layer,
            support=round(support, 4),
            link=candidate.link,
            documents=evidence.documents([rows[j] for j in np.flatnonzero(same[i])]),
        )
        for i, (candidate, support) in enumerate(kept)
    ]
    return sorted(premises, key=lambda p: (-p.support, p.claim_id))


def closest_beliefs(
    evidence: Evidence, stated: Stated, partner: str, count: int = 3
) -> tuple[str, ...]:
    """Ids of the partner's deep-core claims nearest to a conclusion: candidates, not reasons."""
    deep = evidence.of(partner, (Layer.DEEP_CORE,))
    close, _ = nearest(stated.vector[None], evidence.vectors[deep], count)
    return tuple(evidence.claims[int(deep[i])].claim.id for i in close[0])


def questions(
    conclusion: str, beliefs: Sequence[str], layers: Sequence[Layer], *, against: bool
) -> tuple[str, ...]:
    """Two or three questions to put to a partner about what its position rests on.

    Args:
        conclusion: text of the conclusion.
        beliefs: the partner's own deep-core sentences nearest to the conclusion.
        layers: layers on which it has stated reasons.
        against: whether it rejects the conclusion.
    """
    said = ("You are against: " if against else "") + f"“{conclusion.rstrip('.!? ')}”"
    asked = []
    if Layer.DEEP_CORE not in layers:
        asked.append(
            f"{said}: whose welfare matters most to you here, and would you still say so if "
            "the cost fell on people or places elsewhere?"
        )
    if beliefs:
        asked.append(
            f"You published: “{beliefs[0].strip()}” Is that why you hold this position, or is it "
            "something else?"
        )
    if Layer.POLICY_CORE not in layers:
        asked.append("What would have to change in the proposal for you to accept it?")
    else:
        asked.append("Which of your reasons would remain if the others were met?")
    return tuple(asked)
