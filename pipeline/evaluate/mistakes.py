"""Typical mistakes of a layer classifier, described without the words they were made on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.metrics import Floats
from pipeline.records import LAYERS, Layer

CUES: dict[str, re.Pattern[str]] = {
    "figure": re.compile(r"\d"),
    "demand": re.compile(
        r"\b(?:must|should|ought|needs? to|have to|urge|demand|calls? (?:on|for))\b", re.I
    ),
    "first person": re.compile(r"\b(?:I|we|us|our|my)\b", re.I),
    "quotation": re.compile(r"[“”\"„«»]|â€"),
    "value word": re.compile(
        r"\b(?:rights?|free(?:dom)?|liberty|justice|fair(?:ness)?|dignity|equal(?:ity)?|democra\w+"
        r"|moral\w*|values?|principles?|human|god|peace)\b", re.I,
    ),
    "name inside": re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+"),
    "question": re.compile(r"\?\W*$"),
    "starts inside a sentence": re.compile(r"^\W*[a-z]"),
    "several sentences": re.compile(r"[a-z][.!?][\"”’]?\s*[A-Z]"),
    "under 10 words": re.compile(r"^\W*(?:\S+\s+){0,8}\S+\s*$"),
    "over 40 words": re.compile(r"^\W*(?:\S+\s+){40}"),
}  # fmt: skip
"""What is looked for in a sentence: signs on its surface, no judgement."""

DOUBTFUL = "doubtful to the coder"

CONTRAST = 0.08
"""Difference of shares from which a cue is named as part of a pattern."""


@dataclass(frozen=True)
class Mistake:
    """A sentence read wrongly: where it stands, and what it was taken for, how surely.

    ``confidence`` is the coder's (3 clear … 1 a coin-toss), ``probability`` the model's in what
    it found, ``cues`` which of :data:`CUES` the sentence has.
    """

    id: str
    document: str
    start: int
    end: int
    gold: Layer
    found: Layer
    probability: float
    confidence: int
    cues: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """A confusion: how often, and cues whose share differs from sentences of ``gold`` read right.

    ``cues`` maps a cue to its share among the confused and among those read right; ``doubtful``
    is the same for a coder's confidence below 3.
    """

    gold: Layer
    found: Layer
    n: int
    doubtful: tuple[float, float]
    cues: dict[str, tuple[float, float]]


def cues_of(text: str) -> tuple[str, ...]:
    """The cues that a sentence has."""
    return tuple(name for name, pattern in CUES.items() if pattern.search(text))


def typical_mistakes(
    rows: Sequence[Mapping[str, Any]], probabilities: Floats, *, n: int = 20
) -> list[Mistake]:
    """``n`` mistakes: each confusion gets its share of them, its surest first, one of a document.

    Shares follow the number of mistakes of each confusion (largest remainder). Confusions stand
    in order of that number.
    """
    wrong = _wrong(rows, probabilities)
    places = _shared(Counter((m.gold, m.found) for m in wrong), n)
    taken: list[Mistake] = []
    documents: set[str] = set()
    for pair, count in places.items():
        inside = [m for m in wrong if (m.gold, m.found) == pair]
        before = len(taken)
        for mistake in sorted(inside, key=lambda m: (-m.probability, m.id)):
            if len(taken) - before < count and mistake.document not in documents:
                taken.append(mistake)
                documents.add(mistake.document)
    return taken


def patterns(
    rows: Sequence[Mapping[str, Any]], probabilities: Floats, *, most: int = 6
) -> list[Pattern]:
    """The ``most`` frequent confusions and how their sentences differ from those read right."""
    guess = probabilities.argmax(1)
    right: dict[Layer, list[tuple[str, ...]]] = {layer: [] for layer in LAYERS}
    for row, found in zip(rows, guess, strict=True):
        if row["layer"] == LAYERS[int(found)]:
            right[Layer(row["layer"])].append((*cues_of(str(row["text"])), *_doubt(row)))
    wrong = _wrong(rows, probabilities)
    result = []
    for (gold, found), count in Counter((m.gold, m.found) for m in wrong).most_common(most):
        inside = [
            (*m.cues, *_doubt({"confidence": m.confidence}))
            for m in wrong
            if (m.gold, m.found) == (gold, found)
        ]
        shares = {cue: (_share(cue, inside), _share(cue, right[gold])) for cue in (*CUES, DOUBTFUL)}
        doubtful = shares.pop(DOUBTFUL)
        told = sorted(shares, key=lambda cue: -abs(shares[cue][0] - shares[cue][1]))
        cues = {c: shares[c] for c in told if abs(shares[c][0] - shares[c][1]) >= CONTRAST}
        result.append(Pattern(gold, found, count, doubtful, dict(list(cues.items())[:3])))
    return result


def _doubt(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (DOUBTFUL,) if int(row.get("confidence") or 3) < 3 else ()


def _wrong(rows: Sequence[Mapping[str, Any]], probabilities: Floats) -> list[Mistake]:
    return [
        Mistake(
            id=str(row.get("id") or number), document=str(row.get("document") or number),
            start=int(row.get("start") or 0), end=int(row.get("end") or len(str(row["text"]))),
            gold=Layer(row["layer"]), found=LAYERS[int(line.argmax())],
            probability=round(float(line.max()), 4), confidence=int(row.get("confidence") or 3),
            cues=cues_of(str(row["text"])),
        )
        for number, (row, line) in enumerate(zip(rows, probabilities, strict=True))
        if row["layer"] != LAYERS[int(line.argmax())]
    ]  # fmt: skip


def _shared(counts: Counter[tuple[Layer, Layer]], n: int) -> dict[tuple[Layer, Layer], int]:
    """``n`` places by largest remainder, the most frequent confusion first."""
    total = sum(counts.values())
    exact = {pair: n * count / total for pair, count in counts.most_common()}
    places = {pair: int(value) for pair, value in exact.items()}
    left = min(n, total) - sum(places.values())
    for pair in sorted(exact, key=lambda p: places[p] - exact[p])[: max(0, left)]:
        places[pair] += 1
    return {pair: min(count, counts[pair]) for pair, count in places.items() if count}


def _share(cue: str, found: Sequence[tuple[str, ...]]) -> float:
    return round(sum(cue in cues for cues in found) / len(found), 4) if found else 0.0
