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

BELIEFS = 12
"""Deep- and policy-core claims elsewhere that are read as possible reasons, nearest first."""

PRIOR = {"marker": 1.0, "neighbour": 0.9, "belief": 0.75}
"""How much the place of a claim adds to its being a reason. Chosen, not measured: there is no gold
for reasons."""


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
    held = set(evidence.by_partner[partner].tolist())
    found: dict[int, str] = {}
    for row in own:
        claim = evidence.claims[row].claim
        if MARKER.search(claim.text):
            found[row] = "marker"
        for step in (*range(-NEIGHBOURHOOD, 0), *range(1, NEIGHBOURHOOD + 1)):
            near = row + step
            if (
                near in held
                and near not in own
                and evidence.claims[near].claim.document == claim.document
                and evidence.claims[near].layer in BELIEF_LAYERS
                and may_be_reason(evidence, near)
            ):
                found.setdefault(near, "neighbour")
    core = evidence.of(partner, (Layer.DEEP_CORE, Layer.POLICY_CORE))
    close, _ = nearest(stated.vector[None], evidence.vectors[core], 3 * BELIEFS)
    beliefs = [int(core[i]) for i in close[0]]
    for row in [r for r in beliefs if r not in own and may_be_reason(evidence, r)][:BELIEFS]:
        found.setdefault(row, "belief")
    distinct = {
        (evidence.origin[row], evidence.claims[row].claim.text): Candidate(row, link)
        for row, link in sorted(found.items(), reverse=True)
    }
    return sorted(distinct.values(), key=lambda c: c.row)


def may_be_reason(evidence: Evidence, row: int) -> bool:
    """Whether a claim says more than a position, which would only state the conclusion again."""
    tagged = evidence.claims[row]
    return MARKER.search(tagged.claim.text) is not None or not is_position(
        tagged.claim, tagged.facet
    )


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

    ``support`` is the probability that the claim speaks for that side, times a prior for its
    place. ``documents`` counts independent documents in which the partner says as much: the
    premise's own and those of its claims that give the same reason.
    """
    possible = candidates(evidence, stated, partner, own)
    texts = [(evidence.claims[c.row].claim.text, stated.conclusion.text) for c in possible]
    probability = stance.probabilities(texts)
    kept = []
    for candidate, p in zip(possible, probability, strict=True):
        # A sentence that takes the side speaks for it trivially; its marker is the evidence.
        supports = 1.0 if candidate.link == "marker" else float(p[side])
        support = supports * PRIOR[candidate.link]
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
