"""Comparing two partners' premises: energy, its test, the verdict and where the difference lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from compare_claims import CONFIG

from pipeline.compare.divergence import (
    PremiseSet,
    distances,
    document_sums,
    energies,
    permutation_test,
)
from pipeline.compare.sets import (
    Comparison,
    adjust,
    compare_sets,
    layer_shares,
    least_documents,
    least_p,
    needed_documents,
    numbered,
    to_unit,
    verdict_of,
)
from pipeline.records import BELIEF_LAYERS, LAYERS, Verdict


def premise_set(rng: np.random.Generator, centre: float, documents: Sequence[int]) -> PremiseSet:
    vectors = rng.normal(size=(len(documents), 8)).astype(np.float32)
    vectors[:, 0] += centre
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return PremiseSet(
        vectors, rng.normal(size=(len(documents), 20)).astype(np.float32), np.array(documents)
    )


def test_energy_is_the_published_formula() -> None:
    # Points 0 and 2 against 3 and 7 on a line: 2*mean|a-b| - mean|a-a'| - mean|b-b'|, pairs of
    # one document left out: 2*(3+7+1+5)/4 - 2 - 4 = 2.
    line = np.array([0.0, 2.0, 3.0, 7.0])
    distance = np.abs(line[:, None] - line[None])
    mean, weight = document_sums(distance, np.arange(4))
    side = np.array([[1.0, 1.0, 0.0, 0.0]])
    assert energies(mean, side * weight, (1 - side) * weight)[0] == pytest.approx(2.0)


def test_a_document_drawn_twice_weighs_twice_and_is_no_pair_with_itself() -> None:
    rng = np.random.default_rng(3)
    mean = rng.random((5, 5))
    mean = mean + mean.T
    a, b = [0, 0, 1], [2, 4, 4]  # of the documents 0, 1 and 2, 3, 4
    counts = np.array([[2.0, 1.0, 0.0, 0.0, 0.0]]), np.array([[0.0, 0.0, 1.0, 0.0, 2.0]])
    across = np.mean([mean[i, j] for i in a for j in b])
    within = [np.mean([mean[i, j] for i in side for j in side if i != j]) for side in (a, b)]
    assert energies(mean, *counts)[0] == pytest.approx(2 * across - sum(within))


def test_sentences_of_one_document_are_one_voice() -> None:
    mean, weight = document_sums(np.ones((5, 5)) - np.eye(5), np.array([0, 0, 0, 0, 1]))
    assert mean.shape == (2, 2)
    assert mean[0, 1] == pytest.approx(1.0)
    assert weight.tolist() == pytest.approx([2.0, 1.0])


def test_p_values_keep_their_level_and_find_what_is_there() -> None:
    rng = np.random.default_rng(0)

    def rate(shift: float) -> float:
        hits = 0
        for seed in range(60):
            a = premise_set(rng, 0.0, range(8))
            b = premise_set(rng, shift, range(8))
            test = permutation_test(a, b, weights={"reason": 1.0}, permutations=99,
                                    bootstraps=0, seed=seed)  # fmt: skip
            hits += test.p_value <= 0.05
        return hits / 60

    assert rate(0.0) <= 0.13  # 0.05 and three standard errors
    assert rate(4.0) >= 0.9


def test_repeating_sentences_inside_documents_adds_no_certainty() -> None:
    rng = np.random.default_rng(1)
    a, b = premise_set(rng, 0.0, range(4)), premise_set(rng, 2.0, range(4))
    again = [np.repeat(np.arange(4), 5)] * 2
    repeated = [
        PremiseSet(s.vectors[r], s.values[r], s.documents[r])
        for s, r in zip((a, b), again, strict=True)
    ]
    once = permutation_test(a, b, weights={"reason": 1.0}, permutations=199, bootstraps=0, seed=0)
    five = permutation_test(
        *repeated, weights={"reason": 1.0}, permutations=199, bootstraps=0, seed=0
    )
    assert five.p_value == pytest.approx(once.p_value)
    assert five.energy == pytest.approx(once.energy)


def test_distance_is_symmetric_and_zero_on_itself() -> None:
    rng = np.random.default_rng(2)
    a, b = premise_set(rng, 0.0, range(3)), premise_set(rng, 1.0, range(2))
    table = distances(a, b, {"reason": 1.0, "value": 0.1})
    assert table.shape == (5, 5)
    np.testing.assert_allclose(table, table.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(table), 0.0, atol=1e-3)


# Sets


def test_p_values_are_corrected_for_false_discoveries() -> None:
    # Benjamini & Hochberg (1995): sorted p times m / rank, never falling.
    assert adjust([0.01, 0.04, 0.03, 0.005]) == [0.02, 0.04, 0.04, 0.02]
    assert adjust([]) == []
    # Whatever the number of pairs, those at the floor of the permutations can be told apart.
    many = adjust([0.001] * 500 + [0.5] * 3000)
    assert max(many[:500]) < 0.05 < min(many[500:])


def test_so_few_documents_that_no_test_could_tell_are_too_little() -> None:
    assert least_p(3, 3) == pytest.approx(0.1)
    assert least_p(4, 4) == pytest.approx(2 / 70)
    settings = replace(CONFIG.compare, min_documents=2)
    assert least_documents(settings) == 4
    rng = np.random.default_rng(5)
    for count, verdict in ((3, Verdict.TOO_LITTLE), (4, Verdict.OVERLAPPING)):
        sides = [premise_set(rng, centre, range(count)) for centre in (0.0, 4.0)]
        found = compare_sets(*sides, settings, layers=np.zeros(2 * count, np.int64))
        assert found.verdict == verdict


def test_an_interval_does_not_rest_on_one_document_drawn_throughout() -> None:
    # Both sides have the same three documents, equally far apart. However they are drawn, the
    # sides are no farther apart than a side within itself; one document alone has no such inside.
    side = PremiseSet(np.eye(3, dtype=np.float32), np.zeros((3, 20), np.float32), np.arange(3))
    test = permutation_test(
        side, side, weights={"reason": 1.0}, permutations=9, bootstraps=400, seed=0
    )
    assert test.high <= 1e-9


def test_divergence_rises_with_energy_and_stays_in_bounds() -> None:
    steps = [to_unit(e) for e in np.linspace(-0.5, 2.0, 50)]
    assert steps == sorted(steps)
    assert 0 < steps[0] < steps[-1] <= 1


def test_verdicts() -> None:
    base = Comparison(Verdict.OVERLAPPING, 0.5, 0.3, 0.8, 0.01, 3, (0.0,) * 4)
    settings = CONFIG.compare
    assert verdict_of(base, 0.01, settings) == Verdict.DIVERGENT
    small = replace(base, divergence=0.2, high=0.4)  # sure, and hardly there
    assert verdict_of(small, 0.01, settings) == Verdict.ALIGNED
    assert verdict_of(base, 0.2, settings) == Verdict.OVERLAPPING
    near = replace(base, divergence=0.15, high=0.4)
    assert verdict_of(near, 0.6, settings) == Verdict.ALIGNED
    unsure = replace(base, divergence=0.15, high=0.9)
    assert verdict_of(unsure, 0.6, settings) == Verdict.OVERLAPPING
    little = replace(base, verdict=Verdict.TOO_LITTLE)
    assert verdict_of(little, 0.001, settings) == Verdict.TOO_LITTLE


def test_too_little_evidence_is_said_with_what_would_be_enough() -> None:
    rng = np.random.default_rng(3)
    found = compare_sets(
        premise_set(rng, 0.0, [0]), premise_set(rng, 1.0, range(5)), CONFIG.compare,
        layers=np.zeros(6, np.int64),
    )  # fmt: skip
    assert found.verdict == Verdict.TOO_LITTLE
    assert found.needed >= CONFIG.compare.min_documents


def test_weaker_differences_need_more_documents() -> None:
    settings = CONFIG.compare
    needed = [needed_documents(z, 6, settings) for z in (4.0, 2.0, 1.0, 0.5)]
    assert needed == sorted(needed)
    assert needed_documents(2.49, 6, settings) == 6


def test_layer_shares_lie_where_no_counterpart_is() -> None:
    eye = np.eye(6, dtype=np.float32)
    none = np.zeros((5, 20), np.float32)
    deep, core, secondary = (LAYERS.index(layer) for layer in BELIEF_LAYERS)
    # The first premise of each side has its counterpart; one document of b has two that have none.
    a = PremiseSet(eye[[0, 1]], none[:2], np.array([0, 1]))
    b = PremiseSet(eye[[0, 2, 3]], none[:3], np.array([0, 1, 1]))
    shares = layer_shares(a, b, np.array([secondary, deep, secondary, core, core]), 0.6)
    assert shares[deep] == shares[core] == 0.5
    assert shares[secondary] == 0.0
    alike = PremiseSet(eye[[0, 0]], none[:2], np.array([0, 1]))
    assert layer_shares(alike, alike, np.array([deep] * 4), 0.6) == (0.0,) * 4


def test_documents_are_numbered_by_first_appearance() -> None:
    assert numbered(["b", "a", "b", "c"]).tolist() == [0, 1, 0, 2]
