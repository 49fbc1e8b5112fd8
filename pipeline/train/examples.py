"""Sentences to learn from with their layers, values or reasons, coded or a teacher's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.embed import Passage
from pipeline.errors import PipelineError
from pipeline.labels import Label, hydrate, read_labels, read_rows, read_texts
from pipeline.models import FACET_NAMES, VALUES
from pipeline.records import LAYERS, Layer
from pipeline.train.published import Topic, topics, value_table
from pipeline.train.recipe import Layers, Matching, Values


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
    """A sentence in context with a 0/1 for each of the 20 values, or a teacher's probability."""

    passage: Passage
    values: tuple[float, ...]
    taught: bool = False


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


def taught_layers(path: Path, settings: Layers) -> list[LayerExample]:
    """A teacher's lines, as ``axiomap classify`` writes them: its probabilities are the target."""
    examples = []
    for place, row in read_rows(path):
        target = taught_probabilities(row, place, LAYERS, "classify")
        layer = target.index(max(target))
        examples.append(
            LayerExample(_passage(row, place), layer, target, -1, settings.taught_weight)
        )
    return examples


def _passage(row: dict[str, Any], place: str) -> Passage:
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise PipelineError(f"{place}: no text; each line needs a text")
    return Passage(text, str(row.get("before") or ""), str(row.get("after") or ""))


def taught_probabilities(
    row: dict[str, Any], place: str, names: Sequence[str], command: str
) -> tuple[float, ...]:
    """Probabilities of a teacher's line, in the order of ``names``, summing to 1."""
    try:
        taught = [float(row["probabilities"][name]) for name in names]
    except (KeyError, TypeError, ValueError) as error:
        raise PipelineError(f"{place}: {error}; a line of `axiomap {command}` is needed") from error
    if not (min(taught) >= 0 and abs(sum(taught) - 1) < 0.01):
        raise PipelineError(
            f"{place}: probabilities {taught}; they must be 0 or more and sum to 1, as in a line "
            f"of `axiomap {command}`"
        )
    return tuple(p / sum(taught) for p in taught)


def value_examples(folder: Path, settings: Values) -> list[ValueExample]:
    """Arguments of Touché23-ValueEval with their conclusion as context."""
    return [
        ValueExample(Passage(premise, f"{conclusion}. "), labels)
        for conclusion, premise, labels in value_table(folder, settings.split)
    ]


def taught_values(path: Path) -> list[ValueExample]:
    """A teacher's lines, as ``axiomap classify`` writes them, for its probabilities of values."""
    examples = []
    for place, row in read_rows(path):
        try:
            taught = tuple(float(row["values"][name]) for name in VALUES)
        except (KeyError, TypeError, ValueError) as error:
            raise PipelineError(
                f"{place}: {error}; a line of `axiomap classify` with its values is needed"
            ) from error
        if not (min(taught) >= 0 and max(taught) <= 1):
            raise PipelineError(f"{place}: values {taught}; they must be from 0 to 1")
        examples.append(ValueExample(_passage(row, place), taught, taught=True))
    return examples


def matching_topics(folder: Path, settings: Matching) -> list[Topic]:
    """Topics to learn reason matching from."""
    return [t for t in topics(folder, settings.split) if t.arguments and t.key_points]
