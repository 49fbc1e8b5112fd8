"""Public data sets, read as published: Touché23-ValueEval and ArgKP-2021."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.models import VALUES
from pipeline.records import Stance


@dataclass(frozen=True)
class Topic:
    """Arguments and key points of one topic and side; ``labels[argument, key point]`` is 0 or 1."""

    name: str
    arguments: tuple[str, ...]
    key_points: tuple[str, ...]
    labels: dict[tuple[int, int], int]


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


def argument_sides(folder: Path, split: str) -> list[tuple[str, str, Stance]]:
    """Arguments of ArgKP-2021 with their topic and the side they take."""
    sides = {"1": Stance.SUPPORTS, "-1": Stance.OPPOSES}
    return [
        (row["argument"], row["topic"], sides[row["stance"]])
        for row in _table(folder / f"arguments_{split}.csv", ",")
    ]


def _table(path: Path, delimiter: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream, delimiter=delimiter))
    except OSError as error:
        raise PipelineError(f"{path}: {error.strerror}; check --data") from error
