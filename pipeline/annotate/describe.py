"""What a coded set is like: labels, lengths, near-duplicates and growth of vocabulary.

Sets differ in size, and the rate of near-duplicates and the size of the vocabulary depend on it;
so sets are compared on equally many sentences and tokens, drawn at random.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from pipeline.annotate.codings import Coding
from pipeline.records import LAYERS

ALIKE = 0.5
"""Jaccard similarity of word pairs from which two sentences count as near-duplicates."""

DRAWS = 5
"""Random orders that vocabulary growth is averaged over."""

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")


@dataclass(frozen=True)
class Description:
    """One set. ``vocabulary`` maps a number of tokens to the distinct words among so many;
    ``opening`` is the share of sentences whose first two words open more than 1 % of the set,
    and more than one of it.
    """

    name: str
    sentences: int
    documents: int
    layers: dict[str, int]
    facets: dict[str, int]
    coders: dict[str, int]
    words: float
    near_duplicates: float
    opening: float
    compared: int
    vocabulary: dict[int, int]


def describe(sets: Mapping[str, Sequence[Coding]], *, seed: int = 0) -> list[Description]:
    """Descriptions of sets of coded sentences with text, compared at the size of the smallest."""
    smallest = min(len(codings) for codings in sets.values())
    tokens = {name: [_words(c.text) for c in codings] for name, codings in sets.items()}
    shortest = min(sum(map(len, sentences)) for sentences in tokens.values())
    sizes = [n for n in (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000) if n < shortest]
    result = []
    for name, codings in sets.items():
        rng = random.Random(seed)
        drawn = rng.sample(tokens[name], smallest)
        result.append(
            Description(
                name, len(codings), len({c.label.document for c in codings}),
                layers={str(k): sum(c.label.layer == k for c in codings) for k in LAYERS},
                facets=dict(Counter(c.label.facet for c in codings if c.label.facet).most_common()),
                coders=dict(Counter(c.label.coder for c in codings)),
                words=float(median(map(len, tokens[name]))),
                near_duplicates=near_duplicates(drawn), opening=_same_opening(drawn),
                compared=smallest,
                vocabulary=_growth(tokens[name], [*sizes, shortest], rng),
            )
        )  # fmt: skip
    return result


def near_duplicates(sentences: Sequence[Sequence[str]]) -> float:
    """Share of sentences that have a near-duplicate among the others."""
    shingles = [set(pairwise(words)) for words in sentences]
    where: dict[tuple[str, str], list[int]] = {}
    for number, pairs in enumerate(shingles):
        for pair in pairs:
            where.setdefault(pair, []).append(number)
    alike = set()
    for number, pairs in enumerate(shingles):
        shared = Counter(other for pair in pairs for other in where[pair] if other != number)
        for other, common in shared.items():
            if common / (len(pairs) + len(shingles[other]) - common) >= ALIKE:
                alike.add(number)
                break
    return len(alike) / max(len(sentences), 1)


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _same_opening(sentences: Sequence[Sequence[str]]) -> float:
    openings = Counter(tuple(words[:2]) for words in sentences)
    often = sum(count for count in openings.values() if count > max(1, len(sentences) / 100))
    return often / max(len(sentences), 1)


def _growth(
    sentences: Sequence[Sequence[str]], sizes: Sequence[int], rng: random.Random
) -> dict[int, int]:
    found: dict[int, list[int]] = {size: [] for size in sizes}
    for _ in range(DRAWS):
        order = rng.sample(list(sentences), len(sentences))
        running = [word for words in order for word in words]
        for size in sizes:
            found[size].append(len(set(running[:size])))
    return {size: round(mean(counts)) for size, counts in found.items()}
