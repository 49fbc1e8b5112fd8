"""What a model has learned from the codes so far, and what the next hundred would add.

A quick learner stands in for the whole training: a logistic regression on the words of the
sentence, or on a model's states, cross-validated with whole documents held out. It shows how
macro-F1 grows with the number of codes; the gain of the next ones is read off a power law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.annotate.codings import Coding
from pipeline.errors import PipelineError
from pipeline.records import LAYERS

SIZES = (25, 50, 100, 200, 400, 800, 1600, 3200)
FOLDS, REPEATS = 5, 3
NEXT = 100
WORDS = 200


@dataclass(frozen=True)
class Point:
    """Macro-F1 with so many codes, over held-out documents: mean, lowest, highest draw."""

    codes: int
    f1: float
    low: float
    high: float


@dataclass(frozen=True)
class Mistake:
    """A sentence that the learner, not having seen its document, gets wrong most surely."""

    coded: str
    said: str
    probability: float
    text: str


@dataclass(frozen=True)
class Learned:
    """``gain`` is the estimated growth of macro-F1 from ``NEXT`` further codes (NaN: unknown)."""

    codes: int
    documents: int
    curve: tuple[Point, ...]
    f1: dict[str, float]
    gain: float
    mistakes: tuple[Mistake, ...]


def learned(
    codings: Sequence[Coding], *, model: str = "", seed: int = 0, sentences: int = 10
) -> Learned:
    """Learning curve, F1 by layer, gain of the next codes and the surest mistakes.

    Raises:
        PipelineError: fewer than 50 codes, five documents or two layers; too little to hold out.
    """
    documents = sorted({c.label.document for c in codings})
    labels = np.array([LAYERS.index(c.label.layer) for c in codings])
    if len(codings) < 2 * SIZES[0] or len(documents) < FOLDS or len(set(labels.tolist())) < 2:
        raise PipelineError(
            f"loop: {len(codings)} codes of {len(documents)} documents; at least {2 * SIZES[0]} "
            f"of {FOLDS}, with two layers, are needed to hold some out"
        )
    features = _features(codings, model)
    groups = np.array([documents.index(c.label.document) for c in codings])
    rng = np.random.default_rng(seed)
    sizes = [n for n in SIZES if n < len(codings) * (FOLDS - 1) / FOLDS]
    scores: dict[int, list[float]] = {n: [] for n in sizes}
    whole: list[npt.NDArray[np.float64]] = []
    for _ in range(REPEATS):
        fold_of = rng.permutation(len(documents)) % FOLDS
        predicted = {n: np.zeros((len(codings), len(LAYERS))) for n in [*sizes, 0]}
        for fold in range(FOLDS):
            held = fold_of[groups] == fold
            train = rng.permutation(np.flatnonzero(~held))
            for n, table in predicted.items():
                part = train[:n] if n else train
                table[held] = _fit(features[part], labels[part], features[held])
        for n in sizes:
            scores[n].append(_macro(labels, predicted[n].argmax(1)))
        whole.append(predicted[0])
    full = [_macro(labels, p.argmax(1)) for p in whole]
    curve = [Point(n, float(np.mean(s)), min(s), max(s)) for n, s in scores.items()]
    used = round(len(codings) * (FOLDS - 1) / FOLDS)
    curve.append(Point(used, float(np.mean(full)), min(full), max(full)))
    mean = np.mean(whole, axis=0)
    each = _f1(labels, mean.argmax(1))
    return Learned(
        len(codings), len(documents), tuple(curve),
        {str(layer): each[k] for k, layer in enumerate(LAYERS)}, expected_gain(curve),
        tuple(_mistakes(codings, labels, mean, sentences)),
    )  # fmt: skip


def expected_gain(curve: Sequence[Point]) -> float:
    """Growth of macro-F1 from ``NEXT`` more codes by ``1 - f1 = a * n ** -b``, fitted in logs.

    Learning curves of classifiers follow a power law over most of their course (Figueroa et al.
    2012, "Predicting sample size required for classification performance").
    """
    if len(curve) < 3:
        return float("nan")
    n = np.log([point.codes for point in curve])
    wrong = np.log([max(1 - point.f1, 1e-3) for point in curve])
    slope, intercept = np.polyfit(n, wrong, 1)
    last = curve[-1].codes
    now, then = (float(np.exp(intercept) * size**slope) for size in (last, last + NEXT))
    return max(0.0, now - then)


def _features(codings: Sequence[Coding], model: str) -> Any:
    if model:
        from pipeline.embed import Encoder, Passage

        encoder = Encoder(model, task="claims")
        return encoder.states([Passage(c.text, c.before, c.after) for c in codings]).numpy()
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from threadpoolctl import threadpool_limits

    vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    words = vectorizer.fit_transform([c.text for c in codings])
    # Fewer dimensions make the many fits of a curve quick; labels play no part in them.
    size = min(WORDS, words.shape[1] - 1, len(codings) - 1)
    with threadpool_limits(1):
        return TruncatedSVD(size, random_state=0).fit_transform(words)


def _fit(features: Any, labels: npt.NDArray[np.int64], held: Any) -> npt.NDArray[np.float64]:
    """Probabilities of all layers for held-out rows; of the one layer seen if there is but one."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    result = np.zeros((held.shape[0], len(LAYERS)))
    seen = np.unique(labels)
    if len(seen) < 2:
        result[:, seen] = 1
        return result
    learner = LogisticRegression(C=10, class_weight="balanced", max_iter=200)
    with threadpool_limits(1):  # beside other work, threads slow these small fits twentyfold
        result[:, seen] = learner.fit(features, labels).predict_proba(held)
    return result


def _f1(labels: npt.NDArray[np.int64], said: npt.NDArray[np.int64]) -> list[float]:
    from sklearn.metrics import f1_score

    found = f1_score(labels, said, labels=range(len(LAYERS)), average=None, zero_division=0)
    return [float(value) for value in found]


def _macro(labels: npt.NDArray[np.int64], said: npt.NDArray[np.int64]) -> float:
    """Macro-F1 over the layers that were coded."""
    each = _f1(labels, said)
    return float(np.mean([each[k] for k in np.unique(labels)]))


def _mistakes(
    codings: Sequence[Coding], labels: npt.NDArray[np.int64],
    probabilities: npt.NDArray[np.float64], sentences: int,
) -> list[Mistake]:  # fmt: skip
    said = probabilities.argmax(1)
    wrong = np.flatnonzero(said != labels)
    order = wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")][:sentences]
    return [
        Mistake(
            str(LAYERS[labels[i]]), str(LAYERS[said[i]]), round(float(probabilities[i].max()), 2),
            codings[i].text,
        )
        for i in order
    ]  # fmt: skip
