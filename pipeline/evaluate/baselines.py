"""Baselines that every layer classifier is reported beside, on the same split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from pipeline.embed import frozen_vectors
from pipeline.evaluate.metrics import Floats
from pipeline.records import LAYERS

Row = dict[str, Any]


def _gold(rows: Sequence[Row]) -> list[int]:
    return [LAYERS.index(row["layer"]) for row in rows]


def majority(train: Sequence[Row], test: Sequence[Row]) -> Floats:
    """Always the most frequent layer of the training rows."""
    counts = np.bincount(_gold(train), minlength=len(LAYERS)).astype(np.float64)
    return np.tile(counts / counts.sum(), (len(test), 1))


def tfidf(train: Sequence[Row], test: Sequence[Row]) -> Floats:
    """Class-weighted logistic regression on TF-IDF of word 1-2-grams of the sentence."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=4.0, class_weight="balanced", max_iter=2000),
    )
    model.fit([row["text"] for row in train], _gold(train))
    return np.asarray(model.predict_proba([row["text"] for row in test]))


def frozen(train: Sequence[Row], test: Sequence[Row], base: str) -> Floats:
    """Class-weighted logistic regression on an untouched encoder's sentence vectors."""
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)
    model.fit(frozen_vectors(base, [row["text"] for row in train]), _gold(train))
    return np.asarray(model.predict_proba(frozen_vectors(base, [r["text"] for r in test])))
