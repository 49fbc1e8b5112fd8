"""Overlap and reach, pair by pair: what two partners share, and what their difference brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.records import Standing
from pipeline.report.index import SIDES, SPEAKS, Index, agrees, is_told

Kind = Literal["near-identical", "incompatible", "complementary", "mixed", "too little evidence"]
MIN_TESTED = 2  # comparisons with a verdict before a pair as a whole is called anything


@dataclass(frozen=True)
class PairReach:
    """Two partners: ``shared`` and ``opposed`` conclusions, comparisons by verdict, and reach.

    ``reach`` in [0, 1] is the share of the conclusions either speaks to on which only one of them
    speaks: subjects that the pair covers only together. ``only_a`` and ``only_b`` are genres that
    one publishes in and the other does not.
    """

    a: str
    b: str
    shared: tuple[str, ...]
    opposed: tuple[str, ...]
    tested: int
    same: int
    different: int
    deep: int
    reach: float
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    kind: Kind


def pair_reach(index: Index) -> tuple[PairReach, ...]:
    """Every pair of partners, incompatible and near-identical ones first."""
    partners = index.map.partners
    found = [
        _pair(index, a, b) for n, a in enumerate(partners) for b in partners[n + 1 :]
    ]  # fmt: skip
    order: tuple[Kind, ...] = (
        "incompatible", "near-identical", "mixed", "complementary", "too little evidence",
    )  # fmt: skip
    return tuple(sorted(found, key=lambda p: (order.index(p.kind), -p.tested, p.a, p.b)))


def _pair(index: Index, a: str, b: str) -> PairReach:
    sides = {
        c.id: (index.standing(c.id, a), index.standing(c.id, b)) for c in index.map.conclusions
    }
    shared = tuple(c for c, (x, y) in sides.items() if x in SIDES and x is y)
    opposed = tuple(c for c, (x, y) in sides.items() if x in SIDES and y in SIDES and x is not y)
    either = [c for c, (x, y) in sides.items() if x in SPEAKS or y in SPEAKS]
    lone = sum(Standing.SILENT in sides[c] for c in either)
    told = [d for d in index.between(a, b) if is_told(d)]
    same = sum(agrees(d) for d in told)
    different = sum(index.differs(d) for d in told)
    deep = sum(index.deep(d) for d in told)
    genres_a, genres_b = ({d.genre for d in index.documents_of(p)} for p in (a, b))
    reach = lone / len(either) if either else 0.0
    return PairReach(
        a, b, shared, opposed, len(told), same, different, deep, reach,
        tuple(sorted(genres_a - genres_b)), tuple(sorted(genres_b - genres_a)),
        _kind(len(told), same, deep, len(shared), len(opposed), reach),
    )  # fmt: skip


def _kind(tested: int, same: int, deep: int, shared: int, opposed: int, reach: float) -> Kind:
    if tested < MIN_TESTED:
        return "too little evidence"
    if deep > tested / 2 or opposed > shared:
        return "incompatible"
    if same == tested and reach < 0.25 and not opposed:
        return "near-identical"
    if same >= tested / 2:
        return "complementary"
    return "mixed"
