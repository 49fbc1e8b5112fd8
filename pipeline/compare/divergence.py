"""Divergence of two premise sets: a distance, a test of it, and where it lies.

The distance between two sentences combines what they say (reason vectors), which human values
they appeal to and on which belief layer they speak. The distance between two sets is the energy
distance (Székely & Rizzo 2013, eq. 2.2, unbiased: pairs inside one document are left out), tested
by relabelling whole documents (same paper, sec. 4; documents because the sentences of one document
are not independent).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.embed import Vectors

Floats = npt.NDArray[np.float64]

WEIGHTS: dict[str, float] = {"reason": 1.0, "value": 0.1, "read": 0.5}
"""Weight of each distance in the combined one; see docs/experiments.md for how they were chosen.
"""


@dataclass(frozen=True)
class PremiseSet:
    """One side's premises: reason vectors ``(n, d)``, value logits ``(n, 20)``, and for each
    premise the number of its independent document, counted from 0.
    """

    vectors: Vectors
    values: npt.NDArray[np.float32]
    documents: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Test:
    """Energy distance of two sets, its p-value and bootstrap interval (same unit)."""

    energy: float
    p_value: float
    low: float
    high: float
    z: float


def distances(
    a: PremiseSet, b: PremiseSet, weights: dict[str, float], read: Floats | None = None
) -> Floats:
    """Combined distance ``(n, n)`` between all premises of both sets, ``a`` first.

    ``read`` is the probability ``(n, n)`` that two premises, read together, give other reasons,
    where that was asked.
    """
    vectors = np.concatenate([a.vectors, b.vectors]).astype(np.float64)
    values = np.concatenate([a.values, b.values]).astype(np.float64)
    total = np.zeros((len(vectors), len(vectors)))
    if weights.get("reason"):
        total += weights["reason"] * np.sqrt(np.clip(2 - 2 * vectors @ vectors.T, 0, None))
    if weights.get("value"):
        square = (values**2).sum(1)
        gram = square[:, None] + square[None] - 2 * values @ values.T
        total += weights["value"] * np.sqrt(np.clip(gram, 0, None) / values.shape[1])
    if read is not None:
        total += weights["read"] * read
    return total


def document_sums(distance: Floats, documents: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Mean distance between the premises of each two documents, and each document's weight.

    A document weighs the square root of its premises: more is said in it, but not by as many
    independent voices.
    """
    count = int(documents.max()) + 1
    member = np.zeros((count, len(documents)))
    member[documents, np.arange(len(documents))] = 1
    sizes = member.sum(1)
    mean = (member @ distance @ member.T) / np.outer(sizes, sizes)
    return mean, np.sqrt(sizes)


def energies(mean: Floats, left: Floats, right: Floats) -> Floats:
    """Unbiased energy distances ``(k,)`` of two sides on which documents weigh as given.

    Args:
        mean: ``(documents, documents)`` mean distances between documents.
        left: ``(k, documents)`` weights on side a, 0 where a document is not on it.
        right: the same of side b.
    """
    off = mean - np.diag(np.diag(mean))
    across = ((left @ mean) * right).sum(1) / (left.sum(1) * right.sum(1))
    within = []
    for side in (left, right):
        pairs = side.sum(1) ** 2 - (side**2).sum(1)
        within.append(((side @ off) * side).sum(1) / np.maximum(pairs, 1e-12))
    return np.asarray(2 * across - within[0] - within[1])


@lru_cache(maxsize=512)
def _relabellings(n_a: int, total: int, count: int, seed: int) -> Floats:
    """``(count, total)``: 1 where a document comes to lie on side a, ``n_a`` in each row."""
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(total), (count, 1)), axis=1)[:, :n_a]
    sides = np.zeros((count, total))
    np.put_along_axis(sides, order, 1.0, axis=1)
    return sides


@lru_cache(maxsize=512)
def _resamples(documents: int, count: int, seed: int) -> Floats:
    """``(count, documents)``: how often each of two or more documents is drawn, with replacement;
    two different ones at least.
    """
    rng = np.random.default_rng(seed)
    draws = np.zeros((0, documents))
    while len(draws) < count:
        drawn = rng.multinomial(documents, np.full(documents, 1 / documents), size=count)
        # One document alone has no distance within itself to tell spread by.
        draws = np.concatenate([draws, drawn[(drawn > 0).sum(1) > 1]])
    return draws[:count]


def permutation_test(
    a: PremiseSet, b: PremiseSet, *, weights: dict[str, float], permutations: int, bootstraps: int,
    seed: int, read: Floats | None = None,
) -> Test:  # fmt: skip
    """Energy distance of two sets with p-value and 95 % bootstrap interval over documents.

    Needs two documents a side at least; the p-value is ``(1 + hits) / (1 + permutations)``
    (Phipson & Smyth 2010). Two draws of one document are not a pair of independent ones. Tests
    with as many documents a side share their draws.
    """
    n_a = int(a.documents.max()) + 1
    documents = np.concatenate([a.documents, b.documents + n_a])
    mean, weight = document_sums(distances(a, b, weights, read), documents)
    total = len(mean)
    side = np.arange(total)[None] < n_a
    observed = float(energies(mean, side * weight, ~side * weight)[0])
    sides = _relabellings(n_a, total, permutations, seed)
    null = energies(mean, sides * weight, (1 - sides) * weight)
    p_value = (1 + int((null >= observed - 1e-12).sum())) / (1 + permutations)
    low = high = observed
    if bootstraps:
        left, right = np.zeros((bootstraps, total)), np.zeros((bootstraps, total))
        left[:, :n_a] = _resamples(n_a, bootstraps, seed) * weight[:n_a]
        right[:, n_a:] = _resamples(total - n_a, bootstraps, seed + 1) * weight[n_a:]
        low, high = map(float, np.percentile(energies(mean, left, right), [2.5, 97.5]))
    spread = float(null.std()) or 1e-9
    return Test(observed, p_value, low, high, (observed - float(null.mean())) / spread)
