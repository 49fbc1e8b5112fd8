"""Examples to learn from, read from annotation files and public data sets as published."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.embed import Passage
from pipeline.errors import PipelineError
from pipeline.labels import Label, hydrate, read_labels, read_rows, read_texts
from pipeline.models import FACET_NAMES, VALUES
from pipeline.records import LAYERS, Layer, Stance
from pipeline.train.recipe import Layers, Matching, StanceData, Values

STANCES: tuple[Stance, ...] = tuple(Stance)


@dataclass(frozen=True)
class LayerExample:
    """A sentence in context with its layer, and a distribution over layers where coders differ;
    ``facet`` is -1 where it was not coded.
    """

    passage: Passage
    layer: int
    target: tuple[float, ...]
    facet: int
    weight: float


@dataclass(frozen=True)
class ValueExample:
    """A sentence in context with a 0/1 for each of the 20 values."""

    passage: Passage
    values: tuple[float, ...]


@dataclass(frozen=True)
class TaughtExample:
    """A sentence in context with a teacher's distributions and its reason vector's neighbours."""

    passage: Passage
    layers: tuple[float, ...]
    facets: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Topic:
    """Arguments and key points of one topic and side; ``labels[argument, key point]`` is 0 or 1."""

    name: str
    arguments: tuple[str, ...]
    key_points: tuple[str, ...]
    labels: dict[tuple[int, int], int]


@dataclass(frozen=True)
class StanceExample:
    """A text, a target and the side the text takes towards it."""

    text: str
    target: str
    stance: int


def layer_examples(
    path: Path, settings: Layers, recoded: dict[str, Label] | None = None
) -> list[LayerExample]:
    """Coded sentences of a file of lines ``{text, before?, after?, layer, facet?, confidence?}``,
    or of stand-off labels beside a ``documents.jsonl``.

    ``recoded`` holds second codes by the line's ``id``: they replace the first, which keeps
    ``1 - settings.second_code`` of the target where the two differ.
    """
    examples = []
    for passage, first in _coded(path):
        label = (recoded or {}).get(first.id, first)
        target = [0.0] * len(LAYERS)
        target[LAYERS.index(first.layer)] += 1 - settings.second_code
        target[LAYERS.index(label.layer)] += settings.second_code
        facet = "none" if label.layer == Layer.NONE else label.facet
        examples.append(
            LayerExample(
                passage, LAYERS.index(label.layer), tuple(target),
                FACET_NAMES.index(facet) if facet else -1,
                settings.confidence[label.confidence - 1],
            )
        )  # fmt: skip
    return examples


def _coded(path: Path) -> Iterable[tuple[Passage, Label]]:
    beside = path.with_name("documents.jsonl")
    labels = read_labels(path)
    if beside.is_file():
        joined, refused = hydrate(labels, read_texts([beside]))
        if refused:
            raise PipelineError(f"{path}: {refused[0]} ({len(refused)} such labels)")
        for item in joined:
            yield Passage(item.text, item.before, item.after), item.label
        return
    for (place, row), label in zip(read_rows(path), labels, strict=True):
        yield _passage(row, place), label


def _passage(row: dict[str, Any], place: str) -> Passage:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise PipelineError(f"{place}: no text; each line needs a text")
    return Passage(text, str(row.get("before") or ""), str(row.get("after") or ""))


def _table(path: Path, delimiter: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, delimiter=delimiter))
    except OSError as error:
        raise PipelineError(f"{path}: {error.strerror}; check --data") from error


def value_table(folder: Path, split: str) -> list[tuple[str, str, tuple[float, ...]]]:
    """Arguments of Touché23-ValueEval: conclusion, premise, a 0/1 for each of the 20 values."""
    labels = {
        row["Argument ID"]: tuple(float(row[name]) for name in VALUES)
        for row in _table(folder / f"labels-{split}.tsv", "\t")
    }
    return [
        (row["Conclusion"], row["Premise"], labels[row["Argument ID"]])
        for row in _table(folder / f"arguments-{split}.tsv", "\t")
    ]


def value_examples(folder: Path, settings: Values) -> list[ValueExample]:
    """Arguments of Touché23-ValueEval with their conclusion as context."""
    return [
        ValueExample(Passage(premise, f"{conclusion}. "), labels)
        for conclusion, premise, labels in value_table(folder, settings.split)
    ]


def topics(folder: Path, split: str) -> list[Topic]:
    """Topics of ArgKP-2021 with both kinds of labels, sorted by name and side."""
    arguments = {r["arg_id"]: r for r in _table(folder / f"arguments_{split}.csv", ",")}
    points = {r["key_point_id"]: r for r in _table(folder / f"key_points_{split}.csv", ",")}
    labels = _table(folder / f"labels_{split}.csv", ",")
    result = []
    for topic, stance in sorted({(r["topic"], r["stance"]) for r in points.values()}):
        own = [i for i, r in arguments.items() if (r["topic"], r["stance"]) == (topic, stance)]
        keys = [i for i, r in points.items() if (r["topic"], r["stance"]) == (topic, stance)]
        place = {name: number for number, name in enumerate(own)}
        key_place = {name: number for number, name in enumerate(keys)}
        known = {
            (place[r["arg_id"]], key_place[r["key_point_id"]]): int(r["label"])
            for r in labels
            if r["arg_id"] in place and r["key_point_id"] in key_place
        }
        result.append(
            Topic(
                f"{topic} ({stance})",
                tuple(arguments[i]["argument"] for i in own),
                tuple(points[i]["key_point"] for i in keys),
                known,
            )
        )
    return result


def matching_topics(folder: Path, settings: Matching) -> list[Topic]:
    """Topics to learn reason matching from."""
    return [t for t in topics(folder, settings.split) if t.arguments and t.key_points]


def taught_examples(path: Path) -> list[TaughtExample]:
    """Lines written by a teacher: passage, ``layers``, ``facets``, ``values``."""
    return [
        TaughtExample(
            _passage(row, place),
            *(tuple(float(p) for p in row[key]) for key in ("layers", "facets", "values")),
        )
        for place, row in read_rows(path)
    ]


def stance_examples(
    paths: Iterable[Path], settings: StanceData, rng: random.Random
) -> list[StanceExample]:
    """Texts with targets, some targets negated (side turned), some swapped (neither)."""
    examples = []
    for path in paths:
        for place, row in read_rows(path):
            if row.get("stance") not in set(STANCES):
                raise PipelineError(
                    f"{place}: stance {row.get('stance')!r}; allowed: {', '.join(STANCES)}"
                )
            passage = _passage(row, place)
            stance = STANCES.index(Stance(str(row["stance"])))
            examples.append(StanceExample(passage.text, str(row["target"]), stance))
    targets = sorted({example.target for example in examples})
    extra = []
    for example in examples:
        negated = negate(example.target)
        if negated and rng.random() < settings.negate:
            extra.append(StanceExample(example.text, negated, turned(example.stance)))
        if rng.random() < settings.unrelated:
            other = rng.choice(targets)
            if other != example.target:
                extra.append(StanceExample(example.text, other, STANCES.index(Stance.NEITHER)))
    return examples + extra


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
