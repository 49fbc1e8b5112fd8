"""Metrics with intervals. Resampling draws whole clusters (documents), not single sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BOOTSTRAPS = 500


@dataclass(frozen=True)
class Figure:
    """A value with a 95 % percentile bootstrap interval and the number of cases behind it."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.n})"


def bootstrapped(
    metric: Callable[[Ints], float], clusters: Sequence[str], *, seed: int = 0
) -> Figure:
    """``metric`` of all rows, with an interval from resampling whole clusters.

    Args:
        metric: takes row numbers (with repetition) and returns a float; nan is left out.
        clusters: cluster of each row, usually its document.
        seed: of the resampling.
    """
    groups: dict[str, list[int]] = {}
    for row, cluster in enumerate(clusters):
        groups.setdefault(cluster, []).append(row)
    rows = [np.array(groups[name], dtype=np.int64) for name in sorted(groups)]
    rng = np.random.default_rng(seed)
    draws = []
    for _ in range(BOOTSTRAPS):
        picked = np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])
        draws.append(metric(picked))
    finite = [draw for draw in draws if np.isfinite(draw)]
    low, high = np.percentile(finite, [2.5, 97.5]) if finite else (float("nan"),) * 2
    value = metric(np.arange(len(clusters), dtype=np.int64))
    return Figure(round(value, 4), round(float(low), 4), round(float(high), 4), len(clusters))


def macro_f1(gold: Ints, predicted: Ints, classes: int) -> float:
    """Unweighted mean of the classes' F1; a class that is nowhere counts 0."""
    table = np.bincount(gold * classes + predicted, minlength=classes**2).reshape(classes, classes)
    found = table.sum(0) + table.sum(1)
    each = np.divide(2 * table.diagonal(), found, out=np.zeros(classes), where=found > 0)
    return float(each.mean())


def calibration_error(probabilities: Floats, gold: Ints, bins: int = 15) -> float:
    """Expected calibration error of the likeliest class (Guo et al. 2017, eq. 3)."""
    sure = probabilities.max(1)
    right = probabilities.argmax(1) == gold
    which = np.clip((sure * bins).astype(int), 0, bins - 1)
    error = 0.0
    for number in range(bins):
        inside = which == number
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    return float(error)


def reliability(
    probabilities: Floats, gold: Ints, bins: int = 10
) -> list[tuple[float, float, int]]:
    """Per bin of confidence: mean confidence, accuracy, count; empty bins left out."""
    sure = probabilities.max(1)
    right = probabilities.argmax(1) == gold
    which = np.clip((sure * bins).astype(int), 0, bins - 1)
    return [
        (float(sure[which == b].mean()), float(right[which == b].mean()), int((which == b).sum()))
        for b in range(bins)
        if (which == b).any()
    ]


def coverage_curve(probabilities: Floats, gold: Ints) -> list[tuple[float, float, float]]:
    """For thresholds 0.3 … 0.9: threshold, share of sentences kept, accuracy among them."""
    sure = probabilities.max(1)
    right = probabilities.argmax(1) == gold
    curve = []
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        kept = sure >= threshold
        accuracy = float(right[kept].mean()) if kept.any() else float("nan")
        curve.append((threshold, float(kept.mean()), accuracy))
    return curve


def auc(scores: Floats, positive: npt.NDArray[np.bool_]) -> float:
    """Area under the ROC curve; nan when only one class is there."""
    if positive.all() or not positive.any():
        return float("nan")
    return float(roc_auc_score(positive, scores))


def key_point_precision(scores: Sequence[float], labels: Sequence[int]) -> float:
    """Average precision of the better half by score, times its share of positives.

    The scoring of the KPA-2021 shared task (Friedman-Melamed et al. 2021, sec. 3) as the issue
    of this project states it.
    """
    order = np.argsort(-np.asarray(scores), kind="stable")[: len(scores) // 2]
    top = np.asarray(labels)[order]
    if not top.any():
        return 0.0
    precision = average_precision_score(top, np.asarray(scores)[order])
    return float(precision * top.mean())


def b_cubed(gold: Sequence[str], found: Sequence[int]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 of a grouping (Bagga & Baldwin 1998)."""
    gold_codes = np.unique(np.asarray(gold), return_inverse=True)[1]
    same_gold = gold_codes[:, None] == gold_codes[None]
    codes = np.asarray(found)
    same_found = codes[:, None] == codes[None]
    both = (same_gold & same_found).sum(1)
    precision = float((both / same_found.sum(1)).mean())
    recall = float((both / same_gold.sum(1)).mean())
    return precision, recall, 2 * precision * recall / (precision + recall)
