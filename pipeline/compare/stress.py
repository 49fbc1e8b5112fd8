"""What would split them: a new proposal held against the premises of every partner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.compare.conclusions import POSITION_LAYERS
from pipeline.compare.evidence import Evidence, gather
from pipeline.compare.neighbours import nearest
from pipeline.compare.pairs import OPPOSES, SUPPORTS, PairModel
from pipeline.compare.sets import reader_of
from pipeline.config import Config
from pipeline.records import AxiomMap, Layer

READ = 60
"""Claims of a partner that are read against a proposal, the nearest first."""

SURE = 0.7
"""Probability from which a claim counts as speaking for or against a proposal."""


@dataclass(frozen=True)
class Leaning:
    """Where a partner's published premises would carry it on a proposal.

    ``side`` is ``for``, ``against``, ``torn`` (both, neither clearly more) or ``silent``; counts
    are of independent documents, ids of claims, the clearest first.
    """

    partner: str
    side: str
    documents_for: int
    documents_against: int
    for_ids: tuple[str, ...]
    against_ids: tuple[str, ...]


def stress(axiom_map: AxiomMap, proposal: str, config: Config) -> list[Leaning]:
    """For each partner, which of its premises speak for a proposal and which against.

    Reads the claims of all layers nearest to the proposal, and the premises in the map.
    """
    reader = reader_of(config)
    stance = PairModel.from_config(config)
    evidence = gather(axiom_map.claims, axiom_map.documents, reader.encoder)
    vector = reader.encoder.embed([proposal])[0]
    named = {(p.partner, p.claim_id) for p in axiom_map.premises}
    return [_leaning(evidence, partner, proposal, vector, named, stance)
            for partner in evidence.partners]  # fmt: skip


def _leaning(
    evidence: Evidence, partner: str, proposal: str, vector: np.ndarray,
    named: set[tuple[str, str]], stance: PairModel,
) -> Leaning:  # fmt: skip
    rows = evidence.of(partner, (Layer.DEEP_CORE, *POSITION_LAYERS))
    close, _ = nearest(vector[None], evidence.vectors[rows], READ)
    chosen = {int(rows[i]) for i in close[0]}
    chosen |= {evidence.row[claim] for who, claim in named if who == partner}
    ordered = sorted(chosen)
    probability = stance.probabilities(
        [(evidence.claims[row].claim.text, proposal) for row in ordered]
    )
    sides: dict[int, list[tuple[float, int]]] = {SUPPORTS: [], OPPOSES: []}
    for row, p in zip(ordered, probability, strict=True):
        for side, found in sides.items():
            if p[side] >= SURE:
                found.append((-float(p[side]), row))
    pro = [row for _, row in sorted(sides[SUPPORTS])]
    contra = [row for _, row in sorted(sides[OPPOSES])]
    n_for, n_against = evidence.documents(pro), evidence.documents(contra)
    if not n_for and not n_against:
        leaning = "silent"
    elif n_for >= 2 * n_against:
        leaning = "for"
    elif n_against >= 2 * n_for:
        leaning = "against"
    else:
        leaning = "torn"
    return Leaning(
        partner, leaning, n_for, n_against, tuple(map(evidence.id, pro[:6])),
        tuple(map(evidence.id, contra[:6])),
    )  # fmt: skip
