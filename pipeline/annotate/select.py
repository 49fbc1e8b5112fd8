"""Which sentences to code next.

A random share is always drawn, by simple random sampling from the whole pool, so that prevalence
can be estimated whatever the strategy. The rest is picked greedily: the strategy's worth of a
sentence, less its likeness to what is already picked, and never more than a few of one document
(loops over the same documents: inception#2197, #3426). Without a model, sentences are compared
with the codebook's anchor examples.

Diversity alone draws oddities ("Plum crop best since 2009."): on the demo models/fast put 59 % of
30 diverse sentences into layer none, of the pool 28 %. So a sentence that is like few others is
worth less (information density; Settles & Craven 2008), which brought it to 24 %.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.annotate.codebook import Codebook, load_codebook
from pipeline.annotate.sources import Pool, classified, read_pool
from pipeline.annotate.tasks import Header, Suggestion, Task, TaskFile
from pipeline.errors import PipelineError
from pipeline.models import codebook_sha256
from pipeline.records import LAYERS, Claim, Layer, content_id

STRATEGIES = ("random", "uncertain", "diverse", "balanced", "deep-core")

LIKENESS = 0.5
"""How much of its worth a sentence loses when it equals one already picked."""

PRIOR = 0.05
"""Likeness to the examples of every layer that is taken for granted, so that a sentence which is
hardly like any example is not taken for a sure case: of 30 sentences drawn as ``deep-core`` on the
demo, models/fast put 50 % into layer none without it and 20 % with it."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Draw:
    """Settings of a draw. ``overlap`` is the share coded twice, ``cap`` the most of a document."""

    n: int = 200
    strategy: str = "uncertain"
    overlap: float = 0.2
    random_share: float = 0.2
    cap: int = 5
    seed: int = 0
    coders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A task file, and what the user should know about how it was drawn."""

    file: TaskFile
    notes: tuple[str, ...]


def draw_from(
    source: Path, texts: Sequence[Path], draw: Draw, *, done: Collection[tuple[str, int, int]],
    model: str | None,
) -> Drawn:  # fmt: skip
    """Tasks drawn from a file, whose sentences ``model`` reads first where one is named.

    Raises:
        PipelineError: as ``read_pool`` and ``draw_tasks`` say.
    """
    pool = read_pool(source, texts)
    if model is not None:
        pool = classified(pool, model)
    return draw_tasks(pool, draw, load_codebook(), done=done)


def draw_tasks(
    pool: Pool, draw: Draw, book: Codebook, *, done: Collection[tuple[str, int, int]] = ()
) -> Drawn:
    """Tasks drawn from a pool, without spans that are ``done``.

    Raises:
        PipelineError: an unknown strategy, nothing left to draw, or an overlap with one coder.
    """
    if draw.strategy not in STRATEGIES:
        raise PipelineError(f"strategy {draw.strategy!r}; allowed: {', '.join(STRATEGIES)}")
    if draw.overlap and len(draw.coders) == 1:
        raise PipelineError(f"one coder ({draw.coders[0]}) cannot code twice; set --overlap 0")
    skip = set(done)
    claims = [c for c in pool.claims if (c.document, c.start, c.end) not in skip]
    if not claims:
        raise PipelineError(f"all {len(pool.claims)} sentences are coded; give another source")
    notes: list[str] = []
    rng = random.Random(draw.seed)
    n = min(draw.n, len(claims))
    if n < draw.n:
        notes.append(f"only {n} sentences are left to draw from")
    share = 1.0 if draw.strategy == "random" else draw.random_share
    at_random = rng.sample(range(len(claims)), min(n, round(n * share)))
    drawn = dict.fromkeys(at_random, "random")
    if len(drawn) < n:
        vectors = _vectors(claims, pool)
        worth, strategy = _worth(claims, pool, draw.strategy, book, notes)
        if strategy == "diverse" or not _seen(claims, pool):
            worth = worth * _typical(vectors)[:, None]
        like = _likeness(vectors)
        picked = _pick(claims, like, worth, n - len(drawn), at_random, cap=draw.cap, rng=rng)
        drawn.update(dict.fromkeys(picked, strategy))
        if len(drawn) < n:
            notes.append(
                f"{n - len(drawn)} fewer than asked: no more than {draw.cap} of one document are "
                "picked; raise --cap or give more documents"
            )
    order = list(drawn)
    rng.shuffle(order)
    twice = set(rng.sample(order, round(len(order) * draw.overlap)))
    tasks = [_task(claims[i], pool, drawn[i], 2 if i in twice else 1) for i in order]
    if draw.coders:
        tasks = _assigned(tasks, draw.coders)
    used = {task.document for task in tasks}
    header = Header(
        codebook=codebook_sha256(), strategy=draw.strategy, seed=draw.seed,
        model=next((t.model for t in pool.tagged.values()), ""), pool=len(claims),
    )  # fmt: skip
    documents = {key: d for key, d in pool.documents.items() if key in used}
    return Drawn(TaskFile(header, documents, tuple(tasks)), tuple(notes))


def _task(claim: Claim, pool: Pool, drawn: str, copies: int) -> Task:
    tagged = pool.tagged.get(claim.id)
    suggestion = None
    if tagged is not None:
        best = round(max(tagged.probabilities.values()), 4)
        suggestion = Suggestion(tagged.layer, tagged.facet, best, tagged.model)
    return Task(
        id=content_id(claim.document, str(claim.start), str(claim.end)), document=claim.document,
        start=claim.start, end=claim.end, text=claim.text, before=claim.before, after=claim.after,
        drawn=drawn, copies=copies, suggestion=suggestion,
    )  # fmt: skip


def _assigned(tasks: Sequence[Task], coders: Sequence[str]) -> list[Task]:
    """Tasks with named coders, the load spread evenly."""
    load: Counter[str] = Counter(dict.fromkeys(coders, 0))
    result = []
    for task in tasks:
        least = sorted(coders, key=lambda coder: (load[coder], coders.index(coder)))
        chosen = tuple(least[: task.copies])
        load.update(chosen)
        result.append(replace(task, coders=chosen))
    return result


Likeness = Callable[[int], Floats]
"""Likeness in [0, 1] of every sentence to the one with a number."""


def _vectors(claims: Sequence[Claim], pool: Pool) -> Any:
    """The model's unit vectors where it gave one to all sentences, else sparse ones of words."""
    raw = [pool.tagged[c.id].vector if c.id in pool.tagged else b"" for c in claims]
    if all(raw):
        return np.stack([np.frombuffer(vector, dtype="<f2") for vector in raw]).astype(float)
    return _words([c.text for c in claims])


def _likeness(vectors: Any) -> Likeness:
    if isinstance(vectors, np.ndarray):
        return lambda row: np.maximum(vectors @ vectors[row], 0)
    return lambda row: np.asarray((vectors @ vectors[row].T).todense()).ravel()


def _typical(vectors: Any) -> Floats:
    """1 for the half of the sentences most like all others, then falling to 0 by rank."""
    to_all = vectors @ np.asarray(vectors.sum(axis=0)).ravel()
    rank = to_all.argsort(kind="stable").argsort() + 1
    typical: Floats = np.minimum(1.0, 2 * rank / len(rank))
    return typical


def _words(texts: Sequence[str]) -> Any:
    """Sparse unit vectors from words and pairs of words (tf-idf)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit_transform(texts)


def _worth(
    claims: Sequence[Claim], pool: Pool, strategy: str, book: Codebook, notes: list[str]
) -> tuple[Floats, str]:
    """Worth of each sentence in [0, 1], a column for each purpose, and what the strategy became."""
    probabilities = _probabilities(claims, pool)
    if probabilities is None:
        if strategy == "uncertain":
            notes.append("no model has seen these sentences: drawn for diversity instead")
            strategy = "diverse"
        elif strategy != "diverse":
            notes.append("no model has seen these sentences: compared with the codebook's examples")
            probabilities = _likeness_to_examples(claims, book)
    if probabilities is None or strategy == "diverse":
        return np.ones((len(claims), 1)), strategy
    if strategy == "balanced":
        return probabilities, strategy
    if strategy == "deep-core":
        return probabilities[:, [LAYERS.index(Layer.DEEP_CORE)]], strategy
    ordered = np.sort(probabilities, axis=1)
    return (1 - (ordered[:, -1] - ordered[:, -2]))[:, None], strategy


def _seen(claims: Sequence[Claim], pool: Pool) -> bool:
    """Whether a model has seen all sentences."""
    return all(claim.id in pool.tagged for claim in claims)


def _probabilities(claims: Sequence[Claim], pool: Pool) -> Floats | None:
    if not _seen(claims, pool):
        return None
    found = [pool.tagged[claim.id].probabilities for claim in claims]
    return np.array([[p[layer] for layer in LAYERS] for p in found])


def _likeness_to_examples(claims: Sequence[Claim], book: Codebook) -> Floats:
    """Share of each layer in a sentence's likeness to the anchor examples ``(n, 4)``."""
    vectors = _words([*(c.text for c in claims), *(e.sentence for e in book.examples)])
    like = np.asarray((vectors[: len(claims)] @ vectors[len(claims) :].T).todense())
    by_layer = np.zeros((len(claims), len(LAYERS)))
    for column, layer in enumerate(LAYERS):
        mine = [i for i, example in enumerate(book.examples) if example.label == layer]
        if mine:
            by_layer[:, column] = like[:, mine].max(1)
    shares: Floats = (by_layer + PRIOR) / (by_layer + PRIOR).sum(1, keepdims=True)
    return shares


def _pick(
    claims: Sequence[Claim], like: Likeness, worth: Floats, n: int, taken: Sequence[int],
    *, cap: int, rng: random.Random,
) -> list[int]:  # fmt: skip
    """Indices picked greedily, the columns of ``worth`` taking turns."""
    per_document = Counter(claims[i].document for i in taken)
    free = np.ones(len(claims), dtype=bool)
    free[list(taken)] = False
    likeness = np.zeros(len(claims))
    for i in taken:
        likeness = np.maximum(likeness, like(i))
    # Ties are broken at random, not by the order of the file.
    noise = np.array([rng.random() for _ in claims]) * 1e-6
    rows: dict[str, list[int]] = {}
    for i, claim in enumerate(claims):
        rows.setdefault(claim.document, []).append(i)
    for document, count in per_document.items():
        if count >= cap:
            free[rows[document]] = False
    picked: list[int] = []
    while len(picked) < n and free.any():
        column = worth[:, len(picked) % worth.shape[1]]
        value = np.where(free, column * (1 - LIKENESS * likeness) + noise, -np.inf)
        best = int(value.argmax())
        picked.append(best)
        free[best] = False
        likeness = np.maximum(likeness, like(best))
        document = claims[best].document
        per_document[document] += 1
        if per_document[document] >= cap:
            free[rows[document]] = False
    return picked
