"""Agreement coefficients against published worked examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotate import coefficients as c
from pipeline.annotate.unitizing import Span, disagreements, unitizing_alpha


def counts(rows: list[list[int | None]], categories: int) -> np.ndarray:
    """Counts ``(units, categories)`` from coders' rows of category numbers (from 1)."""
    table = np.zeros((len(rows[0]), categories))
    for row in rows:
        for unit, value in enumerate(row):
            if value is not None:
                table[unit, value - 1] += 1
    return table


def total(sums: np.ndarray) -> np.ndarray:
    return sums.sum(0, keepdims=True)


N = None
# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sec. C: four observers, twelve
# units, missing data; nominal alpha 0.743. The same data are Gwet's example of 4 raters (irrCAC,
# cac.raw4raters): AC1 0.775, Fleiss' kappa 0.761.
FOUR = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]
# Fleiss 1971, table 1: thirty patients, six psychiatrists, five diagnoses; kappa 0.430.
DIAGNOSES = [
    "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334", "114444",
    "555555", "144444", "124444", "222333", "144444", "224445", "333335", "111455", "111112",
    "224444", "133555", "555555", "244444", "224555", "114444", "144445", "222224", "111155",
    "224444", "133333", "555555",
]  # fmt: skip


def test_alpha_krippendorff_2011() -> None:
    assert c.krippendorff_alpha(counts(FOUR, 5)) == pytest.approx(0.743, abs=5e-4)
    # ibid., sec. A: binary data, two observers, no missing data: alpha 0.095
    binary = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]
    table = counts([[v + 1 for v in row] for row in binary], 2)
    assert c.krippendorff_alpha(table) == pytest.approx(0.095, abs=5e-4)
    # ibid., sec. B: nominal data, two observers: alpha 0.692
    two = [["a", "a", "b", "b", "d", "c", "c", "c", "e", "d", "d", "a"],
           ["b", "a", "b", "b", "b", "c", "c", "c", "e", "d", "d", "d"]]  # fmt: skip
    table = counts([["abcde".index(v) + 1 for v in row] for row in two], 5)
    assert c.krippendorff_alpha(table) == pytest.approx(0.692, abs=5e-4)


def test_own_alpha_is_the_librarys() -> None:
    table = counts(FOUR, 5)
    assert c.alpha_of(total(c.alpha_sums(table)))[0] == pytest.approx(c.krippendorff_alpha(table))


def test_gwet_four_raters() -> None:
    sums = total(c.share_sums(counts(FOUR, 5)))
    assert c.ac1_of(sums)[0] == pytest.approx(0.77544, abs=1e-5)
    assert c.fleiss_of(sums)[0] == pytest.approx(0.76117, abs=1e-5)


def test_fleiss_1971() -> None:
    rows = np.array([[int(v) for v in row] for row in DIAGNOSES]).T.tolist()
    assert c.fleiss_of(total(c.share_sums(counts(rows, 5))))[0] == pytest.approx(0.430, abs=5e-4)


def confusion(table: list[list[int]]) -> np.ndarray:
    pairs = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return np.array(pairs)


def test_cohen_fleiss_cohen_everitt_1969() -> None:
    pairs = confusion([[53, 5, 2], [11, 14, 5], [1, 6, 3]])
    assert c.cohen_of(total(c.cohen_sums(pairs, 3)))[0] == pytest.approx(0.429, abs=5e-4)


def test_skew_gwet_2002() -> None:
    # Gwet 2002, "Kappa statistic is not satisfactory": 118/5/2/0; kappa -0.0234, AC1 0.9408
    pairs = confusion([[118, 5], [2, 0]])
    assert c.cohen_of(total(c.cohen_sums(pairs, 2)))[0] == pytest.approx(-0.0234, abs=1e-4)
    table = counts((pairs + 1).T.tolist(), 2)
    assert c.ac1_of(total(c.share_sums(table)))[0] == pytest.approx(0.9408, abs=1e-4)


def unitized() -> list[Span]:
    """Krippendorff 2004, p. 254: two observers, continuum [150, 450)."""
    data = [
        ("i", 225, 70, "c"), ("i", 370, 30, "c"), ("j", 220, 80, "c"), ("j", 355, 20, "c"),
        ("j", 400, 20, "c"), ("i", 180, 60, "k"), ("i", 300, 50, "k"), ("j", 180, 60, "k"),
        ("j", 300, 50, "k"),
    ]  # fmt: skip
    return [Span(coder, at - 150, at - 150 + size, name) for coder, at, size, name in data]


def test_unitizing_krippendorff_2004() -> None:
    spans = unitized()
    observed, expected = disagreements([s for s in spans if s.category == "c"], ["i", "j"], 300)
    assert observed == pytest.approx(0.0144, abs=5e-5)
    assert expected == pytest.approx(0.0532, abs=5e-5)
    overall, each = unitizing_alpha([(spans, ["i", "j"], 300)])
    assert each == pytest.approx({"c": 0.7286, "k": 1.0}, abs=2e-4)
    assert overall == pytest.approx(0.8591, abs=5e-4)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.lists(st.integers(0, 3), min_size=2, max_size=4), min_size=3, max_size=30
    ),
    st.permutations(range(4)),
)  # fmt: skip
def test_coefficients_do_not_depend_on_names(units: list[list[int]], names: list[int]) -> None:
    table = np.array([[unit.count(k) for k in range(4)] for unit in units], dtype=float)
    both = ((c.alpha_sums, c.alpha_of), (c.share_sums, c.ac1_of), (c.share_sums, c.fleiss_of))
    for sums, of in both:
        one, other = of(total(sums(table)))[0], of(total(sums(table[:, names])))[0]
        assert one == pytest.approx(other, nan_ok=True)
        assert math.isnan(one) or one <= 1 + 1e-9
    lib = c.krippendorff_alpha(table)
    assert c.alpha_of(total(c.alpha_sums(table)))[0] == pytest.approx(lib, nan_ok=True)


def test_intervals_by_document_are_wider_than_by_sentence() -> None:
    rng = np.random.default_rng(0)
    documents = [f"d{i // 20}" for i in range(200)]
    bad = rng.random(10) < 0.4
    first = rng.integers(0, 3, 200)
    second = np.where(bad[np.arange(200) // 20], rng.integers(0, 3, 200), first)
    sums = c.cohen_sums(np.stack([first, second], 1), 3)
    grouped = c.Clusters(documents, bootstraps=400, seed=0)
    by_document = grouped.estimate(sums, c.cohen_of, units=200)
    alone = c.Clusters([str(i) for i in range(200)], bootstraps=400, seed=0)
    by_sentence = alone.estimate(sums, c.cohen_of, units=200)
    assert by_document.value == by_sentence.value
    assert by_document.low < by_document.value < by_document.high
    assert by_document.high - by_document.low > by_sentence.high - by_sentence.low
