"""Axes: interpretable dimensions on which partners' premises differ."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.config import data_dir
from pipeline.embed import TextEncoder, Vectors
from pipeline.errors import PipelineError
from pipeline.models import VALUES
from pipeline.records import Axis, AxisPlace


@dataclass(frozen=True)
class AxisDefinition:
    """An axis and the statements that define its poles."""

    axis: Axis
    negative: tuple[str, ...]
    positive: tuple[str, ...]


def load_axes(name: str) -> list[AxisDefinition]:
    """Axes from a TOML file: a path, or a file shipped in ``configs/``.

    Raises:
        PipelineError: no such file, no TOML, or an axis without name or statements.
    """
    path = Path(name) if Path(name).is_file() else data_dir("configs") / name
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PipelineError(f"axes {name}: {error}; configs/axes.toml shows the layout") from error
    axes = []
    for key, entry in table.items():
        poles = [entry.get(pole) if isinstance(entry, dict) else None
                 for pole in ("negative", "positive")]  # fmt: skip
        title = entry.get("name") if isinstance(entry, dict) else None
        if not title or not all(isinstance(pole, list) and pole for pole in poles):
            raise PipelineError(
                f"axes {name}: [{key}] needs a name and lists of statements negative and positive"
            )
        low, _, high = str(title).partition(" – ")
        axes.append(
            AxisDefinition(
                Axis(key, str(title), low.strip(), high.strip() or low.strip()),
                tuple(map(str, poles[0] or ())), tuple(map(str, poles[1] or ())),
            )
        )  # fmt: skip
    return axes


def axis_scores(definitions: Sequence[AxisDefinition], vectors: Vectors,
                encoder: TextEncoder) -> Vectors:  # fmt: skip
    """Place ``(n, axes)`` in [-1, 1] of each sentence on each axis.

    The difference of the mean cosines to the statements of the poles, through tanh so that a
    difference of 0.25 (a clear lean, on the statements themselves) reads as about 0.76.
    """
    scores = np.zeros((len(vectors), len(definitions)), np.float32)
    for column, definition in enumerate(definitions):
        low = encoder.embed(definition.negative)
        high = encoder.embed(definition.positive)
        lean = (vectors @ high.T).mean(1) - (vectors @ low.T).mean(1)
        scores[:, column] = np.tanh(lean / 0.25)
    return scores


VALUE_AXES = tuple(Axis(f"value:{name}", name, "not appealed to", "appealed to") for name in VALUES)
"""The 20 human values as axes from never appealed to (-1) to always (1)."""


def telling_values(means: Sequence[Vectors], most: int) -> list[int]:
    """Numbers of the values on which partners differ most, given each one's mean ``(20,)``
    probabilities; none where there are no two partners.
    """
    if len(means) < 2:
        return []
    spread = np.ptp(np.stack(means), axis=0)
    return sorted(np.argsort(-spread, kind="stable")[:most].tolist())


def place(
    scores: Vectors, documents: Sequence[str], axis: Axis, conclusion: str, partner: str, *,
    bootstraps: int, seed: int,
) -> AxisPlace:  # fmt: skip
    """A partner's mean place on an axis with a 95 % interval from resampling documents."""
    by_document: dict[str, list[float]] = {}
    for score, document in zip(scores, documents, strict=True):
        by_document.setdefault(document, []).append(float(score))
    means = np.array([np.mean(by_document[name]) for name in sorted(by_document)])
    rng = np.random.default_rng(seed)
    draws = rng.choice(means, (max(bootstraps, 1), len(means))).mean(1)
    low, high = (-1.0, 1.0) if len(means) < 2 else np.percentile(draws, [2.5, 97.5])
    return AxisPlace(
        conclusion=conclusion, partner=partner, axis=axis.id, value=round(float(means.mean()), 4),
        low=round(float(low), 4), high=round(float(high), 4), documents=len(means),
    )  # fmt: skip
