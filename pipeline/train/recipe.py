"""A training recipe: everything that decides what a trained model will be, read from TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import codec
from pipeline.errors import PipelineError


@dataclass(frozen=True)
class Optimisation:
    """How long and how fast to learn. A step is one batch of one task."""

    epochs: float = 4.0
    learning_rate: float = 4e-4
    head_learning_rate: float = 1e-3
    warmup: float = 0.06
    weight_decay: float = 0.01
    batch_tokens: int = 2048
    seed: int = 0
    checkpoint_steps: int = 100


@dataclass(frozen=True)
class Layers:
    """Sentences with layer and facet.

    ``confidence`` weighs examples coded 1, 2 and 3; ``balance`` is the exponent of the inverse
    class frequency (0 none, 1 full); ``context_dropout`` how often a sentence is shown with part
    or all of its context removed. ``recoded`` names files of second codes (stand-off, joined by
    ``id``), whose share of the target is ``second_code`` where they differ from the first.
    """

    files: tuple[str, ...] = ()
    recoded: tuple[str, ...] = ()
    second_code: float = 0.7
    confidence: tuple[float, float, float] = (0.35, 0.8, 1.0)
    balance: float = 0.5
    smoothing: float = 0.08
    context_dropout: float = 0.3
    facet_weight: float = 0.5


@dataclass(frozen=True)
class Values:
    """Touché23-ValueEval: folder with ``arguments-*.tsv`` and ``labels-*.tsv``."""

    folder: str = ""
    split: str = "training"
    positive_weight: float = 1.5
    weight: float = 2.0


@dataclass(frozen=True)
class Matching:
    """ArgKP-2021: folder with ``arguments_*.csv``, ``key_points_*.csv``, ``labels_*.csv``."""

    folder: str = ""
    split: str = "train"
    temperature: float = 0.05
    batch: int = 48
    weight: float = 1.0


@dataclass(frozen=True)
class Teaching:
    """Outputs of a teacher on unlabelled sentences (see ``axiomap train --teach``)."""

    files: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True)
class StanceData:
    """``{text, target, stance}`` lines; ``negate`` adds every target negated, side turned."""

    files: tuple[str, ...] = ()
    negate: float = 0.5
    unrelated: float = 0.35


@dataclass(frozen=True)
class Recipe:
    """One model: name, base encoder, adapter, and the tasks it learns together.

    The adapter updates the linear layers named ``targets`` from encoder layer ``first_layer``
    (0 is the lowest) upwards; what lies below is only run forwards, which saves time.
    """

    name: str
    base: str
    task: str = "claims"
    rank: int = 32
    first_layer: int = 0
    targets: tuple[str, ...] = ("query", "key", "value", "dense")
    optimisation: Optimisation = field(default_factory=Optimisation)
    layers: Layers = field(default_factory=Layers)
    values: Values = field(default_factory=Values)
    matching: Matching = field(default_factory=Matching)
    teaching: Teaching = field(default_factory=Teaching)
    stance: StanceData = field(default_factory=StanceData)


def load_recipe(path: Path) -> Recipe:
    """Recipe from a TOML file; raises PipelineError naming what does not fit."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PipelineError(f"recipe {path}: {error}; configs/train-fast.toml shows one") from error
    return codec.from_dict(table, Recipe, f"recipe {path}")
