"""Watching an agreement: what partners agreed, and what they publish that contradicts it.

Defection is named with its quote and never inferred from silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import PipelineError
from pipeline.records import Layer, TaggedClaim, Voice

NEAREST = 40  # claims read against each commitment; a contradiction is about the same thing
SURE = 0.7  # as in the stress test: below it, stances are wrong too often to name a partner

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
Judge = Callable[[Sequence[tuple[str, str]]], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Breach:
    """A claim that speaks against a commitment; ``probability`` that it opposes it."""

    commitment: str
    claim: TaggedClaim
    probability: float


def commitments(text: str, name: str) -> list[str]:
    """What an agreement binds partners to: its list items, or else its sentences.

    Raises:
        PipelineError: the text has neither.
    """
    lines = [line.strip() for line in text.splitlines()]
    items = [
        found[1] for line in lines if (found := re.match(r"(?:[-*+•]|\(?\d+[.)])\s+(.+)", line))
    ]
    if not items:
        prose = " ".join(line for line in lines if line and not line.startswith("#"))
        items = [s.strip() for s in re.split(r"(?<=[.!?])\s+(?=[A-Z“\"])", prose)]
    found_items = [re.sub(r"[*_`]+", "", item) for item in items if len(item.split()) >= 3]
    if not found_items:
        raise PipelineError(
            f"{name}: no commitments found; write one a line as '- We will …', or in sentences"
        )
    return found_items


def breaches(
    agreed: Sequence[str], claims: Sequence[TaggedClaim], embed: Embed, judge: Judge
) -> list[Breach]:
    """Claims in partners' own voice that oppose a commitment, the surest first.

    ``embed`` gives unit vectors, ``judge`` probabilities of supports, opposes, neither for pairs
    of text and target.
    """
    own = [t for t in claims if t.claim.voice is Voice.PARTNER and t.layer is not Layer.NONE]
    if not own:
        return []
    vectors = embed([t.claim.text for t in own])
    cosines = embed(list(agreed)) @ vectors.T
    pairs = [
        (n, int(row))
        for n in range(len(agreed))
        for row in np.argsort(-cosines[n], kind="stable")[:NEAREST]
    ]
    judged = judge([(own[row].claim.text, agreed[n]) for n, row in pairs])
    found = [
        Breach(agreed[n], own[row], float(p[1]))
        for (n, row), p in zip(pairs, judged, strict=True)
        if p[1] >= SURE
    ]
    return sorted(found, key=lambda b: (-b.probability, b.claim.claim.id))
