"""Baselines that every layer classifier is reported beside, on the same split.

A learner takes coded training rows and rows to read and gives layer probabilities ``(n, 4)``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from pipeline.embed import Vectors, frozen_vectors, load_network
from pipeline.evaluate.metrics import Figure, Floats, bootstrapped, macro_f1
from pipeline.records import LAYERS

Row = dict[str, Any]
Learner = Callable[[Sequence[Row], Sequence[Row]], Floats]

SHARES = (0.1, 0.25, 0.5, 1.0)
"""Shares of the training documents at which a learning curve is measured."""

DRAWS = 5
"""Draws of documents at each share below 1; their mean is reported."""

FEW_SHOT_PAIRS, FEW_SHOT_BATCH, FEW_SHOT_RATE = 20, 16, 2e-5
"""Pairs of each kind a sentence, pairs a step, and learning rate: what the SetFit paper uses
(Tunstall et al. 2022, sec. 4 and its published code)."""


def _gold(rows: Sequence[Row]) -> list[int]:
    return [LAYERS.index(row["layer"]) for row in rows]


def _texts(rows: Sequence[Row]) -> list[str]:
    return [str(row["text"]) for row in rows]


def _full(model: Any, features: Any) -> Floats:
    """Probabilities over all layers, 0 for those that the model has not met."""
    found = np.zeros((len(features), len(LAYERS)))
    found[:, model.classes_] = model.predict_proba(features)
    return found


def majority(train: Sequence[Row], test: Sequence[Row]) -> Floats:
    """Always the most frequent layer of the training rows."""
    counts = np.bincount(_gold(train), minlength=len(LAYERS)).astype(np.float64)
    return np.tile(counts / counts.sum(), (len(test), 1))


def tfidf(train: Sequence[Row], test: Sequence[Row]) -> Floats:
    """Class-weighted logistic regression on TF-IDF of word 1-2-grams of the sentence."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=min(2, len(train)), sublinear_tf=True),
        LogisticRegression(C=4.0, class_weight="balanced", max_iter=2000),
    )
    model.fit(_texts(train), _gold(train))
    return _full(model, _texts(test))


class Frozen:
    """Class-weighted logistic regression on an untouched encoder's vectors of the sentence.

    Args:
        base: name of the base encoder.
        rows: all rows that will be learned from or read; they are encoded once.
    """

    def __init__(self, base: str, rows: Sequence[Row]):
        distinct = sorted(set(_texts(rows)))
        self.vectors = dict(zip(distinct, frozen_vectors(base, distinct), strict=True))

    def __call__(self, train: Sequence[Row], test: Sequence[Row]) -> Floats:
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)
        model.fit(self._of(train), _gold(train))
        return _full(model, self._of(test))

    def _of(self, rows: Sequence[Row]) -> Vectors:
        return np.stack([self.vectors[text] for text in _texts(rows)])


def few_shot(
    train: Sequence[Row], test: Sequence[Row], base: str, *, per_layer: int = 64, seed: int = 0
) -> Floats:
    """A base encoder tuned on pairs of few sentences, then logistic regression (SetFit).

    Pairs of one layer are drawn together and pairs of two layers apart (squared error of the
    cosine against 1 and 0), then a logistic regression learns from the same sentences.
    Source: Tunstall et al. 2022, Efficient few-shot learning without prompts, sec. 3.

    Args:
        train: rows to draw from.
        test: rows to read.
        base: name of the base encoder, or its folder.
        per_layer: sentences drawn of each layer, coders' surest first.
        seed: of the draw and of the pairs.
    """
    rng = random.Random(seed)
    shots = []
    for layer in LAYERS:
        rows = [row for row in train if row["layer"] == layer]
        rng.shuffle(rows)
        rows.sort(key=lambda row: -int(row.get("confidence") or 3))
        shots += rows[:per_layer]
    torch.manual_seed(seed)
    tokenizer, network = load_network(base, "", None)
    pairs = _pairs(_gold(shots), rng)
    optimiser = torch.optim.AdamW(network.parameters(), lr=FEW_SHOT_RATE)
    texts = _texts(shots)
    network.train()
    for low in range(0, len(pairs), FEW_SHOT_BATCH):
        left, right, same = zip(*pairs[low : low + FEW_SHOT_BATCH], strict=True)
        states = _pooled(tokenizer, network, [texts[i] for i in (*left, *right)])
        cosine = (states[: len(left)] * states[len(left) :]).sum(1)
        loss = torch.nn.functional.mse_loss(cosine, torch.tensor(same))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    network.eval()
    model = LogisticRegression(class_weight="balanced", max_iter=2000)
    model.fit(_read(tokenizer, network, texts), _gold(shots))
    return _full(model, _read(tokenizer, network, _texts(test)))


def _pairs(gold: Sequence[int], rng: random.Random) -> list[tuple[int, int, float]]:
    """For each sentence as many pairs of its own layer as of another, shuffled."""
    pairs = []
    for i, layer in enumerate(gold):
        for same in (True, False):
            others = [j for j, other in enumerate(gold) if j != i and (other == layer) is same]
            drawn = rng.choices(others, k=FEW_SHOT_PAIRS) if others else []
            pairs += [(i, j, float(same)) for j in drawn]
    rng.shuffle(pairs)
    return pairs


def _pooled(tokenizer: Any, network: Any, texts: Sequence[str]) -> torch.Tensor:
    batch = tokenizer(
        list(texts), padding=True, truncation=True, max_length=256, return_tensors="pt"
    )
    hidden = network(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
    ).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean, dim=-1)


def _read(tokenizer: Any, network: Any, texts: Sequence[str]) -> Vectors:
    with torch.inference_mode():
        parts = [
            _pooled(tokenizer, network, texts[low : low + 64]).numpy()
            for low in range(0, len(texts), 64)
        ]
    return np.concatenate(parts)


def learning_curve(
    learner: Learner, train: Sequence[Row], test: Sequence[Row], *, seed: int = 0
) -> dict[float, Figure]:
    """Macro-F1 by share of the training documents, with intervals over the test documents.

    Below 1 the figure is the mean over :data:`DRAWS` draws of whole documents.
    """
    rng = random.Random(seed)
    documents = sorted({str(row.get("document") or i) for i, row in enumerate(train)})
    clusters = [str(row.get("document") or i) for i, row in enumerate(test)]
    gold = np.array(_gold(test))
    curve = {}
    for share in SHARES:
        guesses = []
        for _ in range(DRAWS if share < 1 else 1):
            kept = set(rng.sample(documents, max(1, round(share * len(documents)))))
            rows = [r for i, r in enumerate(train) if str(r.get("document") or i) in kept]
            guesses.append(learner(rows, test).argmax(1))

        def mean(picked: Any, guesses: Sequence[Any] = tuple(guesses)) -> float:
            each = [macro_f1(gold[picked], guess[picked], len(LAYERS)) for guess in guesses]
            return float(np.mean(each))

        curve[share] = bootstrapped(mean, clusters)
    return curve
