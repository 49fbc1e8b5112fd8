"""What a model learns: each task cuts its examples into batches and gives a batch's loss.

All tasks share one encoder (adapter) and read the mean state of the sentence's tokens.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 (the field's usual name)

from pipeline.embed import WINDOW, Passage, pair_features, stance_passages
from pipeline.train.examples import LayerExample, ValueExample
from pipeline.train.pairs import PairExample, PairExamples, Proposition
from pipeline.train.published import Topic
from pipeline.train.recipe import Layers, Matching, Pairs, Values

Length = Callable[[Passage], int]


class Reader(Protocol):
    """What a task needs of the model that learns it."""

    def states(self, passages: Sequence[Passage], context: tuple[int, int] = ...) -> torch.Tensor:
        """Mean states ``(n, d)`` of the passages' sentences."""
        ...

    def head(self, name: str, states: torch.Tensor) -> torch.Tensor:
        """Output of a head."""
        ...


SORT_WITHIN = 512
"""Examples are shuffled, then sorted by length inside runs of this many, then batched."""


class Task(Protocol):
    """Something to learn."""

    name: str
    heads: dict[str, int]

    def batches(self, rng: random.Random, length: Length, budget: int) -> list[Any]:
        """One epoch of batches, shuffled by ``rng``."""
        ...

    def loss(self, batch: Any, learner: Reader, rng: random.Random) -> torch.Tensor:
        """Scalar loss of a batch."""
        ...


def batch_by_length(lengths: Sequence[int], rng: random.Random, budget: int) -> list[list[int]]:
    """Indices in batches of at most ``budget`` padded tokens, little padding, random order."""
    order = list(range(len(lengths)))
    rng.shuffle(order)
    batches: list[list[int]] = []
    for low in range(0, len(order), SORT_WITHIN):
        run = sorted(order[low : low + SORT_WITHIN], key=lambda i: lengths[i])
        current: list[int] = []
        for i in run:
            if current and (len(current) + 1) * lengths[i] > budget:
                batches.append(current)
                current = []
            current.append(i)
        batches.append(current)
    rng.shuffle(batches)
    return batches


def drop_context(passage: Passage, rng: random.Random, rate: float) -> Passage:
    """The passage, at ``rate`` without context, without what follows, or with less before."""
    draw = rng.random()
    if draw < rate / 2:
        return Passage(passage.text)
    if draw < rate:
        if rng.random() < 0.5:
            return replace(passage, after="")
        return replace(passage, before=passage.before[rng.randint(0, len(passage.before)) :])
    return passage


@dataclass
class LayerTask:
    """Layer and facet, cross-entropy weighted by confidence and by class."""

    examples: Sequence[LayerExample]
    settings: Layers
    classes: int
    facets: int
    name: str = "layers"

    def __post_init__(self) -> None:
        self.heads = {"layer": self.classes, "facet": self.facets}
        counts = torch.bincount(
            torch.tensor([e.layer for e in self.examples]), minlength=self.classes
        ).clamp(min=1)
        share = len(self.examples) / counts / self.classes
        self.class_weight = share**self.settings.balance

    def batches(self, rng: random.Random, length: Length, budget: int) -> list[Any]:
        """Batches of examples."""
        lengths = [length(e.passage) for e in self.examples]
        return [[self.examples[i] for i in b] for b in batch_by_length(lengths, rng, budget)]

    def loss(self, batch: Any, learner: Reader, rng: random.Random) -> torch.Tensor:
        """Weighted, smoothed cross-entropy of layers plus that of the facets that were coded."""
        rate = self.settings.context_dropout
        vectors = learner.states([drop_context(e.passage, rng, rate) for e in batch])
        layer = torch.tensor([e.layer for e in batch])
        weight = torch.tensor([e.weight for e in batch]) * self.class_weight[layer]
        target = torch.tensor([e.target for e in batch])
        each = F.cross_entropy(
            learner.head("layer", vectors), target, label_smoothing=self.settings.smoothing,
            reduction="none",
        )  # fmt: skip
        loss = (each * weight).sum() / weight.sum()
        facet = torch.tensor([e.facet for e in batch])
        if bool((facet >= 0).any()):
            loss = loss + self.settings.facet_weight * F.cross_entropy(
                learner.head("facet", vectors), facet, ignore_index=-1
            )
        return loss


@dataclass
class ValueTask:
    """The 20 human values, one binary decision each."""

    examples: Sequence[ValueExample]
    settings: Values
    name: str = "values"

    def __post_init__(self) -> None:
        self.heads = {"value": len(self.examples[0].values)}

    def batches(self, rng: random.Random, length: Length, budget: int) -> list[Any]:
        """Batches of examples; a teacher's are read once an epoch."""
        lengths = [length(e.passage) for e in self.examples]
        coded = [i for i, e in enumerate(self.examples) if not e.taught]
        taught = [i for i, e in enumerate(self.examples) if e.taught]
        return [
            [self.examples[own[i]] for i in batch]
            for own in (*[coded] * self.settings.repeat, taught)
            for batch in batch_by_length([lengths[i] for i in own], rng, budget)
        ]

    def loss(self, batch: Any, learner: Reader, rng: random.Random) -> torch.Tensor:
        """Binary cross-entropy; half of the arguments are read without their conclusion."""
        vectors = learner.states([drop_context(e.passage, rng, 1.0) for e in batch])
        wanted = torch.tensor([e.values for e in batch])
        weight = torch.tensor([[1.0 if e.taught else self.settings.positive_weight] for e in batch])
        loss = F.binary_cross_entropy_with_logits(
            learner.head("value", vectors), wanted, pos_weight=weight
        )
        return self.settings.weight * loss


@dataclass
class MatchingTask:
    """Sentences that give the same reason lie close, other reasons of the same topic apart.

    Contrastive over the topic's own key points, so that closeness means the reason and not the
    topic (InfoNCE: van den Oord et al. 2018).
    """

    topics: Sequence[Topic]
    settings: Matching
    size: int
    name: str = "matching"

    def __post_init__(self) -> None:
        self.heads = {"reason": self.size}

    def batches(self, rng: random.Random, length: Length, budget: int) -> list[Any]:
        """Batches of ``(topic, [(argument, key point)])`` with matching pairs of one topic."""
        batches = []
        for topic in self.topics:
            pairs = [pair for pair, label in topic.labels.items() if label]
            rng.shuffle(pairs)
            for low in range(0, len(pairs), self.settings.batch):
                part = pairs[low : low + self.settings.batch]
                if len(part) >= 2:
                    batches.append((topic, part))
        rng.shuffle(batches)
        return batches

    def loss(self, batch: Any, learner: Reader, rng: random.Random) -> torch.Tensor:
        """Argument against key points, plus argument against arguments of the same key point."""
        topic, pairs = batch
        sentences = [topic.arguments[a] for a, _ in pairs] + list(topic.key_points)
        vectors = F.normalize(
            learner.head("reason", learner.states([Passage(s) for s in sentences])), dim=-1
        )
        mine, keys = vectors[: len(pairs)], vectors[len(pairs) :]
        labels = torch.tensor(
            [[topic.labels.get((a, k), -1) for k in range(len(keys))] for a, _ in pairs]
        )
        logits = (mine @ keys.T / self.settings.temperature).masked_fill(labels < 0, -1e4)
        right = logits.masked_fill(labels != 1, -1e4)
        loss = (torch.logsumexp(logits, 1) - torch.logsumexp(right, 1)).mean()
        loss = loss + 0.5 * apart(mine, [key for _, key in pairs], self.settings.temperature)
        return self.settings.weight * loss


def apart(vectors: torch.Tensor, groups: Sequence[int], temperature: float) -> torch.Tensor:
    """Mean loss of unit vectors ``(n, d)`` that should lie with their group and away from the rest
    (several positives: Khosla et al. 2020, eq. 2); vectors alone in their group do not count.
    """
    group = torch.tensor(groups)
    itself = torch.eye(len(groups), dtype=torch.bool)
    same = (group[:, None] == group[None]) & ~itself
    log = (vectors @ vectors.T / temperature).masked_fill(itself, -1e4).log_softmax(1)
    has = same.any(1)
    if not bool(has.any()):
        return vectors.sum() * 0.0
    return (-(log * same).sum(1)[has] / same.sum(1)[has]).mean()


@dataclass
class PairTask:
    """Side, same reason and same position of two texts read together (cross-encoding)."""

    examples: PairExamples
    settings: Pairs
    name: str = "pairs"

    def __post_init__(self) -> None:
        self.heads = {"stance": 3, "same": 1}
        if self.examples.teach_positions:
            self.heads["position"] = 1

    def batches(self, rng: random.Random, length: Length, budget: int) -> list[Any]:
        """Batches of the epoch's examples."""
        drawn = self.examples.epoch(rng)
        lengths = [length(stance_passages(e.text, e.target)[1]) for e in drawn]
        return [[drawn[i] for i in b] for b in batch_by_length(lengths, rng, budget)]

    def loss(
        self, batch: Sequence[PairExample], learner: Reader, rng: random.Random
    ) -> torch.Tensor:
        """Cross-entropy of the sides plus binary cross-entropy of the two samenesses."""
        passages = [p for e in batch for p in stance_passages(e.text, e.target)]
        features = pair_features(learner.states(passages, (WINDOW, WINDOW)))
        loss = features.sum() * 0.0
        sided = [i for i, e in enumerate(batch) if e.stance is not None]
        if sided:
            wanted = torch.tensor([batch[i].stance for i in sided])
            each = F.cross_entropy(
                learner.head("stance", features[sided]), wanted, reduction="none"
            )
            loss = loss + each.sum() / len(batch)
        for head, weight, known in (
            ("same", self.settings.same_weight, [e.same for e in batch]),
            ("position", self.settings.position_weight, [e.position for e in batch]),
        ):
            judged = [i for i, p in enumerate(known) if p is not None]
            if judged:
                each = F.binary_cross_entropy_with_logits(
                    learner.head(head, features[judged]),
                    torch.tensor([[known[i]] for i in judged]),
                    reduction="none",
                )
                loss = loss + weight * each.sum() / len(batch)
        return loss


@dataclass
class TopicTask:
    """Sentences that take a side on one question lie close, whichever side, others apart.

    Contrastive over the sentences of a batch; the propositions of a field stand in one batch where
    they can, so that closeness means the question and not the field.
    """

    propositions: Sequence[Proposition]
    settings: Pairs
    size: int
    name: str = "topics"

    def __post_init__(self) -> None:
        self.heads = {"topic": self.size}

    def batches(self, rng: random.Random, length: Length, budget: int) -> list[Any]:
        """Batches of ``[(number of the proposition, sentence)]``, five sentences of each."""
        fields = sorted({p.field for p in self.propositions})
        rng.shuffle(fields)
        order = sorted(
            range(len(self.propositions)),
            key=lambda i: (fields.index(self.propositions[i].field), rng.random()),
        )
        batches: list[list[tuple[int, str]]] = []
        current: list[tuple[int, str]] = []
        longest = 0
        for number in order:
            sided = self.propositions[number].sided
            drawn = [(number, text) for text in rng.sample(sided, min(5, len(sided)))]
            longest = max(longest, *(length(Passage(text)) for _, text in drawn))
            if current and longest * (len(current) + len(drawn)) > budget:
                batches.append(current)
                current, longest = [], max(length(Passage(text)) for _, text in drawn)
            current += drawn
        batches.append(current)
        rng.shuffle(batches)
        return batches

    def loss(self, batch: Any, learner: Reader, rng: random.Random) -> torch.Tensor:
        """Each sentence against all others of the batch."""
        states = learner.states([Passage(text) for _, text in batch])
        vectors = F.normalize(learner.head("topic", states), dim=-1)
        loss = apart(vectors, [number for number, _ in batch], self.settings.topic_temperature)
        return self.settings.topic_weight * loss
