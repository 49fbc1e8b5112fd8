"""Change of belief over time, by partner and layer, with intervals.

A partner's dated documents are cut into an earlier and a later half. Within a layer, drift is the
distance between the mean sentence vectors of the halves, beyond what halves dealt at random give:
0 means no more than chance, and 1 that nothing stayed. Whole documents are resampled and dealt, so
that one long document does not pass for many; copies of one letter are one document, and what
several signed counts for each. The theory expects the deep core to hold still
longest (Sabatier & Jenkins-Smith 1999); the map tests that and does not assume it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control

from pipeline.records import BELIEF_LAYERS, AxiomMap, Layer, TaggedClaim
from pipeline.report.index import Index
from pipeline.report.words import LAYER_WORDS, partner_name, plural, probability_words

MIN_DOCUMENTS = 4  # dated documents a half must have: with 3 and 3, chance alone gives p >= 0.05
DRAWS = 499

Matrix = npt.NDArray[np.float64]
Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Drift:
    """Drift of one partner on one layer between two periods.

    ``told`` is false when a half has fewer than ``MIN_DOCUMENTS`` documents with claims on the
    layer; then the numbers are 0 and ``p_value`` 1. ``earlier`` and ``later`` are claims far from
    the other half's mean, the most telling first: what faded and what came. ``p_adjusted`` is
    corrected for all partners and layers tested (false discovery rate); ``moved`` when it is at
    most the map's level.
    """

    partner: str
    layer: Layer
    told: bool
    first: str
    turn: str
    last: str
    documents: tuple[int, int]
    claims: tuple[int, int]
    drift: float
    low: float
    high: float
    p_value: float
    p_adjusted: float = 1.0
    moved: bool = False
    earlier: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def drift(
    axiom_map: AxiomMap, embed: Embed | None = None, *, seed: int = 0
) -> tuple[Drift, ...]:  # fmt: skip
    """Drift of every partner on every layer, in the map's order.

    ``embed`` turns texts into unit vectors, for claims that the map keeps without theirs; claims
    that have none either way are left out.
    """
    index = Index(_with_vectors(axiom_map, embed) if embed else axiom_map)
    found = []
    for number, partner in enumerate(axiom_map.partners):
        own = [
            t for t in index.own_claims(partner)
            if t.vector and index.documents[t.claim.document].date
        ]  # fmt: skip
        for layer in BELIEF_LAYERS:
            random = np.random.default_rng([seed, number, BELIEF_LAYERS.index(layer)])
            claims = [t for t in own if t.layer is layer]
            found.append(_drift(index, partner, layer, claims, random))
    return _corrected(found, index.alpha)


def _corrected(found: list[Drift], alpha: float) -> tuple[Drift, ...]:
    """With p-values for everything tested at once (Benjamini & Hochberg 1995)."""
    tested = [n for n, d in enumerate(found) if d.told]
    if not tested:
        return tuple(found)
    adjusted = false_discovery_control([found[n].p_value for n in tested], method="bh")
    for n, p in zip(tested, adjusted.tolist(), strict=True):
        found[n] = replace(found[n], p_adjusted=p, moved=p <= alpha)
    return tuple(found)


def _with_vectors(axiom_map: AxiomMap, embed: Embed) -> AxiomMap:
    bare = [t for t in axiom_map.claims if not t.vector and t.layer in BELIEF_LAYERS]
    if not bare:
        return axiom_map
    rows = embed([t.claim.text for t in bare])
    made = {
        t.claim.id: row.astype("<f2").tobytes() for t, row in zip(bare, rows, strict=True)
    }  # fmt: skip
    return replace(
        axiom_map,
        claims=tuple(replace(t, vector=made.get(t.claim.id, t.vector)) for t in axiom_map.claims),
    )


def _drift(
    index: Index, partner: str, layer: Layer, claims: list[TaggedClaim],
    random: np.random.Generator,
) -> Drift:  # fmt: skip
    by_document: dict[str, list[TaggedClaim]] = {}  # independent ones: copies are one
    first: dict[str, str] = {}
    for t in claims:
        document = index.documents[t.claim.document]
        by_document.setdefault(document.origin, []).append(t)
        first[document.origin] = min(first.get(document.origin, document.date), document.date)
    order = sorted(by_document, key=lambda d: (first[d], d))
    dates = [first[d] for d in order]
    half = _turn(dates)
    sizes = (half, len(order) - half)
    counts = tuple(sum(len(by_document[d]) for d in part) for part in (order[:half], order[half:]))
    span = (dates[0], dates[half] if half < len(order) else dates[-1], dates[-1]) if dates else (
        "", "", "")  # fmt: skip
    if min(sizes) < MIN_DOCUMENTS:
        return Drift(partner, layer, False, *span, sizes, (counts[0], counts[1]), 0, 0, 0, 1)
    matrices = [_vectors(by_document[d]) for d in order]
    value, p_value = _beyond_chance(matrices, half, random)
    draws = [_resampled(matrices, half, random) for _ in range(DRAWS)]
    # Resampling widens distances, so its spread is laid around the estimate.
    spread = np.quantile(np.array(draws) - float(np.mean(draws)), [0.025, 0.975])
    low, high = (float(np.clip(value + s, 0, 1)) for s in spread)
    telling = _telling(by_document, order, half)
    return Drift(
        partner, layer, True, *span, sizes, (counts[0], counts[1]), value, min(low, value),
        max(high, value), p_value, earlier=telling[0], later=telling[1],
    )  # fmt: skip


def _turn(dates: list[str]) -> int:
    """Where the later half begins: at the middle, moved so that one day is not cut in two."""
    half = len(dates) // 2
    while 0 < half < len(dates) and dates[half] == dates[half - 1]:
        half += 1
    return half


def _vectors(claims: list[TaggedClaim]) -> Matrix:
    rows = [np.frombuffer(t.vector, dtype="<f2").astype(np.float64) for t in claims]
    return np.stack(rows)


def _distance(a: list[Matrix], b: list[Matrix]) -> float:
    """Half of one minus the cosine of the two mean vectors, documents weighing equally."""
    x, y = (np.mean([m.mean(axis=0) for m in part], axis=0) for part in (a, b))
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float((1 - x @ y / scale) / 2) if scale else 0.0


def _beyond_chance(
    matrices: list[Matrix], half: int, random: np.random.Generator
) -> tuple[float, float]:
    observed = _distance(matrices[:half], matrices[half:])
    dealt = []
    for _ in range(DRAWS):
        mixed = [matrices[i] for i in random.permutation(len(matrices))]
        dealt.append(_distance(mixed[:half], mixed[half:]))
    p_value = (1 + sum(d >= observed - 1e-12 for d in dealt)) / (DRAWS + 1)
    chance = float(np.mean(dealt))
    return max(0.0, (observed - chance) / (1 - chance)) if chance < 1 else 0.0, float(p_value)


def _resampled(matrices: list[Matrix], half: int, random: np.random.Generator) -> float:
    a = random.integers(0, half, half)
    b = random.integers(half, len(matrices), len(matrices) - half)
    return _distance([matrices[i] for i in a], [matrices[i] for i in b])


def _telling(
    by_document: dict[str, list[TaggedClaim]], order: list[str], half: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = [[t for d in part for t in by_document[d]] for part in (order[:half], order[half:])]
    means = [_vectors(part).mean(axis=0) for part in parts]
    found = []
    for own, other, part in ((0, 1, parts[0]), (1, 0, parts[1])):
        scores = _vectors(part) @ (means[own] - means[other])
        best = np.argsort(-scores, kind="stable")[:3]
        found.append(tuple(part[i].claim.id for i in best))
    return found[0], found[1]


def sentence(d: Drift) -> str:
    """One finding on drift in plain words."""
    who, where = partner_name(d.partner), LAYER_WORDS[d.layer]
    if not d.told:
        return (
            f"{who}, {where}: too little evidence ({d.documents[0]} and "
            f"{plural(d.documents[1], 'dated document')}; {MIN_DOCUMENTS} on each side are needed)."
        )
    moved = "moved" if d.moved else "no more change than chance gives"
    return (
        f"{who}, {where}: {moved} between {d.first} to {d.turn} and {d.turn} to {d.last}; drift "
        f"{d.drift:.2f} ({d.low:.2f} to {d.high:.2f}), {probability_words(d.p_adjusted)} "
        f"after correction, {d.documents[0]} and {d.documents[1]} documents."
    )
