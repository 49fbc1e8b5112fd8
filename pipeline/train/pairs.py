"""Pairs of texts to learn from: which side one takes towards the other, whether both give one
reason, whether they state one position.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.errors import PipelineError
from pipeline.labels import read_rows
from pipeline.records import Stance
from pipeline.train.examples import taught_probabilities
from pipeline.train.published import Topic, argument_sides, topics
from pipeline.train.recipe import Pairs

STANCES: tuple[Stance, ...] = tuple(Stance)


@dataclass(frozen=True)
class PairExample:
    """Two texts read together: probabilities of the side that ``text`` takes towards ``target``
    (supports, opposes, neither), the probability that both give the same reason, and that both
    state one position; None where it is not known.
    """

    text: str
    target: str
    stance: tuple[float, ...] | None = None
    same: float | None = None
    position: float | None = None


@dataclass(frozen=True)
class CodedPair:
    """Number of the side that ``text`` takes towards ``target``, and 1.0 where both state one
    position, 0.0 where not, None where that was not coded.
    """

    text: str
    target: str
    side: int
    same: float | None


@dataclass(frozen=True)
class Proposition:
    """A target with sentences that state its position, the contrary one, or another one on the
    same matter, and pairs of which the first supports it and the second opposes it.
    """

    target: str
    field: str
    same: tuple[str, ...]
    contrary: tuple[str, ...]
    near: tuple[str, ...]
    minimal: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if not (self.target and self.same and self.contrary):
            raise PipelineError(
                f"proposition {self.target!r}: a target and sentences in same and contrary are "
                "needed"
            )

    @property
    def sided(self) -> tuple[str, ...]:
        """All sentences that take a side, the target first."""
        return (self.target, *self.same, *self.contrary, *(s for p in self.minimal for s in p))


class PairExamples:
    """All that pairs are learnt from; :meth:`epoch` draws what one epoch reads.

    Args:
        settings: the recipe's section.
        find: gives the path of a file or folder that the recipe names.
    """

    def __init__(self, settings: Pairs, find: Callable[[str], Path]):
        self.settings = settings
        self.held_out = {
            text
            for name in settings.held_out
            for _, row in read_rows(find(name))
            for text in (str(row["text"]), str(row["target"]))
        }
        coded = [
            coded_pair(row, place)
            for name in settings.stances
            for place, row in read_rows(find(name))
        ]
        self.stances = [(p.text, p.target, p.side) for p in coded if p.same is None]
        self.reasons = [
            PairExample(str(row["a"]), str(row["b"]), same=float(row["same"]))
            for name in settings.reasons
            for _, row in read_rows(find(name))
        ]
        self.topics: list[Topic] = []
        if settings.argkp:
            folder = find(settings.argkp)
            self.topics = topics(folder, "train")
            self.stances += [
                (text, topic, STANCES.index(side))
                for text, topic, side in argument_sides(folder, "train")
                if not {text, topic} & self.held_out
            ]
        self.coded = [
            PairExample(p.text, p.target, self._soft(p.side), position=p.same)
            for p in coded
            if p.same is not None
        ]
        self.propositions = [p for n in settings.propositions for p in propositions(find(n))]
        self.restated: dict[str, list[tuple[str, bool]]] = {}
        for name in settings.restated:
            for _, row in read_rows(find(name)):
                self.restated.setdefault(row["id"], []).append((row["text"], bool(row["same"])))
        self.taught = [
            PairExample(
                *_two(row, place, "text", "target"),
                stance=taught_probabilities(row, place, STANCES, "stance"),
                position=_share(row, place, "same_position") if "same_position" in row else None,
            )
            for name in settings.taught_stances
            for place, row in read_rows(find(name))
        ] + [
            PairExample(*_two(row, place, "a", "b"), same=_share(row, place, "similarity"))
            for name in settings.taught_reasons
            for place, row in read_rows(find(name))
        ]

    @property
    def teach_positions(self) -> bool:
        """Whether any example says whether two texts state one position."""
        known = any(example.position is not None for example in (*self.coded, *self.taught))
        return known or bool(self.propositions or self.restated)

    def epoch(self, rng: random.Random) -> list[PairExample]:
        """Examples of one epoch, drawn by ``rng``."""
        return [
            *self._sides(rng),
            *self._rewordings(rng),
            *self._positions(rng),
            *self.coded,
            *self.reasons,
            *(
                example
                for topic in self.topics
                for example in _same_reason(topic, rng)
                if not {example.text, example.target} & self.held_out
            ),
            *self.taught,
        ]

    def _sides(self, rng: random.Random) -> Iterator[PairExample]:
        settings = self.settings
        targets = sorted({target for _, target, _ in self.stances})
        for text, target, stance in self.stances:
            side, read = stance, target
            rewordings = self.restated.get(target_id(target), ())
            draw = rng.random()
            if rewordings and draw < settings.restate:
                read, same = rng.choice(rewordings)
                side = stance if same else turned(stance)
            elif draw > 1 - settings.negate and negate(target):
                read, side = negate(target), turned(stance)
            yield PairExample(text, read, stance=self._soft(side))
            other = rng.choice(targets)
            if rng.random() < settings.unrelated and other != target:
                yield PairExample(text, other, stance=self._soft(STANCES.index(Stance.NEITHER)))

    def _rewordings(self, rng: random.Random) -> Iterator[PairExample]:
        """Rewordings of one target against each other."""
        for rewordings in self.restated.values():
            for _ in range(self.settings.restated_pairs):
                (text, one), (target, other) = rng.sample(rewordings, 2)
                side = Stance.SUPPORTS if one == other else Stance.OPPOSES
                yield PairExample(
                    text, target, self._soft(STANCES.index(side)), position=float(one == other)
                )

    def _positions(self, rng: random.Random) -> Iterator[PairExample]:
        """Sentences of one proposition against its target and each other, in either order, and
        against another proposition of the same field.
        """
        by_field: dict[str, list[Proposition]] = {}
        for proposition in self.propositions:
            by_field.setdefault(proposition.field, []).append(proposition)
        for own in self.propositions:
            for one, other, side in _drawn(own, by_field[own.field], rng):
                text, target = (one, other) if rng.random() < 0.7 else (other, one)
                yield PairExample(
                    text, target, self._soft(STANCES.index(side)),
                    position=float(side == Stance.SUPPORTS),
                )  # fmt: skip

    def _soft(self, side: int) -> tuple[float, ...]:
        rest = self.settings.smoothing / len(STANCES)
        return tuple(rest + (1 - self.settings.smoothing) * (i == side) for i in range(3))


def _drawn(
    own: Proposition, field: Sequence[Proposition], rng: random.Random
) -> list[tuple[str, str, Stance]]:
    """Pairs of one proposition's sentences, and of its with others of the field, with the side."""
    drawn = [(text, own.target, Stance.SUPPORTS) for text in own.same]
    drawn += [(text, own.target, Stance.OPPOSES) for text in own.contrary]
    drawn += [(text, own.target, Stance.NEITHER) for text in own.near]
    drawn += [(text, rng.choice(own.same), Stance.OPPOSES) for text in own.contrary]
    drawn += [(text, rng.choice(own.same + own.contrary), Stance.NEITHER) for text in own.near]
    for yes, no in own.minimal:
        drawn += [(yes, own.target, Stance.SUPPORTS), (no, own.target, Stance.OPPOSES)]
        drawn += [(yes, no, Stance.OPPOSES)]
        drawn += [(rng.choice(own.same), yes, Stance.SUPPORTS)]
        drawn += [(rng.choice(own.same), no, Stance.OPPOSES)]
    agreeing = [*combinations(own.same, 2), *combinations(own.contrary, 2)]
    drawn += [(*pair, Stance.SUPPORTS) for pair in rng.sample(agreeing, len(agreeing) // 2)]
    for other in rng.sample(field, min(2, len(field))):
        if other is not own:
            drawn += [(rng.choice(own.sided), rng.choice(other.sided), Stance.NEITHER)]
    return drawn


def _same_reason(topic: Topic, rng: random.Random) -> Iterator[PairExample]:
    """Arguments with key points, as many of another reason as of the same, and with each other."""
    right = [pair for pair, label in topic.labels.items() if label]
    wrong = [pair for pair, label in topic.labels.items() if not label]
    for argument, key in right + rng.sample(wrong, min(len(wrong), len(right))):
        one, other = topic.arguments[argument], topic.key_points[key]
        if rng.random() < 0.5:
            one, other = other, one
        yield PairExample(one, other, same=float(topic.labels[argument, key]))
    keys: dict[int, set[int]] = {}
    for argument, key in right:
        keys.setdefault(argument, set()).add(key)
    order = sorted(keys)
    for argument in order:
        second = rng.choice(order)
        if second != argument:
            # Sharing no key point is not proof of another reason where a label is missing.
            same = float(bool(keys[argument] & keys[second]))
            yield PairExample(
                topic.arguments[argument], topic.arguments[second], same=0.05 + 0.9 * same
            )


def propositions(path: Path) -> list[Proposition]:
    """Propositions of a file, each line one."""
    return [
        codec.from_dict(row, Proposition, place)
        for place, row in read_rows(path)
    ]  # fmt: skip


def coded_pair(row: dict[str, Any], place: str) -> CodedPair:
    """A line ``{text, target, stance, same?}``; raises PipelineError saying what does not fit."""
    text, target = _two(row, place, "text", "target")
    if row.get("stance") not in set(STANCES):
        raise PipelineError(f"{place}: stance {row.get('stance')!r}; allowed: {', '.join(STANCES)}")
    if row.get("same", 0) not in (0, 1):
        raise PipelineError(f"{place}: same {row['same']!r}; allowed: 0, 1")
    same = float(row["same"]) if "same" in row else None
    return CodedPair(text, target, STANCES.index(Stance(str(row["stance"]))), same)


def _two(row: dict[str, Any], place: str, first: str, second: str) -> tuple[str, str]:
    """Two texts of a line by their names."""
    found = [row.get(name) for name in (first, second)]
    if any(isinstance(text, dict) for text in found):
        raise PipelineError(
            f"{place}: a stand-off label, without words; join it to its text with `axiomap "
            "annotate hydrate` and put the result below --data"
        )
    if not all(isinstance(text, str) and text.strip() for text in found):
        raise PipelineError(f"{place}: {first} and {second} are needed, found {found}")
    return str(found[0]), str(found[1])


def _share(row: dict[str, Any], place: str, name: str) -> float:
    value = row.get(name)
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PipelineError(f"{place}: {name} {value!r}; a number from 0 to 1 is needed")
    return float(value)


def target_id(target: str) -> str:
    """Name of a target in files of its rewordings: first 12 hex digits of its SHA-256."""
    return hashlib.sha256(target.encode()).hexdigest()[:12]


def turned(stance: int) -> int:
    """The other side; neither stays neither."""
    opposite = {
        Stance.SUPPORTS: Stance.OPPOSES,
        Stance.OPPOSES: Stance.SUPPORTS,
        Stance.NEITHER: Stance.NEITHER,
    }
    return STANCES.index(opposite[STANCES[stance]])


def negate(target: str) -> str:
    """The contrary of a target with a modal or a form of "be"; empty where no rule applies.

    >>> negate("We should ban fracking")
    'We should not ban fracking'
    """
    removed = re.sub(r"\b(should|must|ought to|will|can|is|are) not\b", r"\1", target, count=1)
    if removed != target:
        return removed
    added = re.sub(r"\b(should|must|will|can|is|are)\b", r"\1 not", target, count=1)
    return added if added != target else ""
