"""Agreement coefficients and their bootstrap intervals, clustered by document.

Data are counts ``(units, categories)``: how many coders gave a unit a category; coders may be
missing. Each coefficient is a function of sums over units, so a bootstrap over documents is one
matrix product.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import krippendorff
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its 95 % bootstrap interval; NaN where it is not defined.

    ``units`` counts the units that two coders or more coded, ``clusters`` their documents.
    """

    value: float
    low: float
    high: float
    units: int
    clusters: int


def krippendorff_alpha(counts: npt.ArrayLike) -> float:
    """Krippendorff's alpha, nominal, by the ``krippendorff`` library; NaN if not defined.

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sec. C.
    """
    table = np.asarray(counts, dtype=float)
    table = table[table.sum(1) >= 2]
    used = table.sum(0) > 0
    if used.sum() < 2:
        return float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(
            krippendorff.alpha(value_counts=table[:, used], level_of_measurement="nominal")
        )


def alpha_sums(counts: Floats) -> Floats:
    """Per unit: its values' counts, then its agreeing pairs and its number of values."""
    size = counts.sum(1, keepdims=True)
    paired = np.where(size >= 2, counts, 0.0)
    agreeing = (paired * (paired - 1)).sum(1, keepdims=True) / np.maximum(size - 1, 1)
    return np.hstack([paired, agreeing, paired.sum(1, keepdims=True)])


def alpha_of(sums: Floats) -> Floats:
    """Nominal alpha from summed :func:`alpha_sums`, one a row."""
    values, agreeing, n = sums[:, :-2], sums[:, -2], sums[:, -1]
    observed = n - agreeing
    expected = (n**2 - (values**2).sum(1)) / np.maximum(n - 1, 1)
    return _one_minus(observed, expected)


def share_sums(counts: Floats) -> Floats:
    """Per unit: each category's share of its coders, then pair agreement, then 1s to average by."""
    size = counts.sum(1, keepdims=True)
    coded, paired = size >= 1, size >= 2
    shares = np.where(coded, counts / np.maximum(size, 1), 0.0)
    pairs = (counts * (counts - 1)).sum(1, keepdims=True) / np.maximum(size * (size - 1), 1)
    return np.hstack([shares, np.where(paired, pairs, 0.0), coded * 1.0, paired * 1.0])


def ac1_of(sums: Floats) -> Floats:
    """Gwet's AC1 from summed :func:`share_sums`, over as many categories as there are columns.

    Source: Gwet 2008, "Computing inter-rater reliability and its variance in the presence of high
    agreement", eq. 4-6; Gwet 2014, eq. 5.12 for missing codes.
    """
    shares, agreement = _shares(sums)
    chance = (shares * (1 - shares)).sum(1) / (shares.shape[1] - 1)
    return _one_minus(1 - agreement, 1 - chance)


def fleiss_of(sums: Floats) -> Floats:
    """Fleiss' kappa (Scott's pi for two coders) from summed :func:`share_sums`.

    Source: Fleiss 1971, "Measuring nominal scale agreement among many raters", eq. 2-7; with
    missing codes as in Gwet 2014, eq. 2.33.
    """
    shares, agreement = _shares(sums)
    return _one_minus(1 - agreement, 1 - (shares**2).sum(1))


def observed_of(sums: Floats) -> Floats:
    """Share of agreeing pairs from summed :func:`share_sums`."""
    return _shares(sums)[1]


def _shares(sums: Floats) -> tuple[Floats, Floats]:
    coded, paired = sums[:, -2], sums[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[:, :-3] / coded[:, None], sums[:, -3] / paired


def cohen_sums(pairs: npt.NDArray[np.int64], categories: int) -> Floats:
    """Per unit of two coders' category numbers ``(units, 2)``: one cell of the confusion table."""
    table = np.zeros((len(pairs), categories * categories))
    table[np.arange(len(pairs)), pairs[:, 0] * categories + pairs[:, 1]] = 1
    return table


def cohen_of(sums: Floats) -> Floats:
    """Cohen's kappa from summed confusion tables, one flattened table a row.

    Source: Cohen 1960, "A coefficient of agreement for nominal scales", eq. 1.
    """
    size = round(sums.shape[1] ** 0.5)
    tables = sums.reshape(-1, size, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        tables = tables / tables.sum((1, 2), keepdims=True)
    observed = np.trace(tables, axis1=1, axis2=2)
    chance = (tables.sum(2) * tables.sum(1)).sum(1)
    return _one_minus(1 - observed, 1 - chance)


def _one_minus(observed: Floats, expected: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Floats = np.where(expected > 1e-12, 1 - observed / expected, np.nan)
    return result


class Clusters:
    """Units grouped by document, and the draws of a bootstrap over documents."""

    def __init__(self, documents: Sequence[str], *, bootstraps: int, seed: int):
        names = sorted(set(documents))
        index = {name: row for row, name in enumerate(names)}
        self.count = len(names)
        self.rows = np.array([index[d] for d in documents], dtype=np.int64)
        rng = np.random.default_rng(seed)
        draws = rng.integers(0, max(self.count, 1), size=(bootstraps, self.count))
        self.weights = np.zeros((bootstraps, self.count))
        np.add.at(self.weights, (np.arange(bootstraps)[:, None], draws), 1)

    def estimate(
        self, sums: Floats, of: Callable[[Floats], Floats], *, units: int,
        keep: npt.NDArray[np.bool_] | None = None,
    ) -> Estimate:  # fmt: skip
        """The coefficient ``of`` the summed units, with its interval.

        ``keep`` says which of the clusters' units ``sums`` runs over, all by default.
        """
        rows = self.rows if keep is None else self.rows[keep]
        by_cluster = np.zeros((self.count, sums.shape[1]))
        np.add.at(by_cluster, rows, sums)
        value = float(of(by_cluster.sum(0, keepdims=True))[0])
        drawn = of(self.weights @ by_cluster)
        drawn = drawn[np.isfinite(drawn)]
        nan = float("nan")
        low, high = np.quantile(drawn, (0.025, 0.975)) if len(drawn) else (nan, nan)
        return Estimate(value, float(low), float(high), units, len(set(rows.tolist())))
