"""A training recipe: everything that decides what a trained model will be, read from TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import codec
from pipeline.errors import PipelineError


@dataclass(frozen=True)
class Optimisation:
    """How long and how fast to learn. A step is one batch of one task.

    ``layer_decay`` multiplies the learning rate from each encoder layer to the one below.
    """

    epochs: float = 4.0
    learning_rate: float = 4e-4
    head_learning_rate: float = 1e-3
    layer_decay: float = 1.0
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
    ``taught`` names files of a teacher's lines, as ``axiomap classify`` writes them, whose
    probabilities are the target; ``taught_weight`` is what they weigh.
    """

    files: tuple[str, ...] = ()
    recoded: tuple[str, ...] = ()
    taught: tuple[str, ...] = ()
    taught_weight: float = 1.0
    second_code: float = 0.7
    confidence: tuple[float, float, float] = (0.35, 0.8, 1.0)
    balance: float = 0.5
    smoothing: float = 0.08
    context_dropout: float = 0.3
    facet_weight: float = 0.5


@dataclass(frozen=True)
class Values:
    """Touché23-ValueEval: folder with ``arguments-*.tsv`` and ``labels-*.tsv``, read ``repeat``
    times an epoch.

    ``taught`` names files of a teacher's lines, as ``axiomap classify`` writes them, whose
    probabilities of the values are the target; they are not tilted by ``positive_weight``.
    """

    folder: str = ""
    taught: tuple[str, ...] = ()
    split: str = "training"
    positive_weight: float = 1.5
    weight: float = 2.0
    repeat: int = 1


@dataclass(frozen=True)
class Matching:
    """ArgKP-2021: folder with ``arguments_*.csv``, ``key_points_*.csv``, ``labels_*.csv``."""

    folder: str = ""
    split: str = "train"
    temperature: float = 0.05
    batch: int = 48
    weight: float = 1.0


@dataclass(frozen=True)
class Pairs:
    """Two texts read together: the side one takes towards the other, and whether both give the
    same reason or state one position.

    ``stances`` names files of ``{text, target, stance}``, with ``same`` 0 or 1 where it was coded
    whether both state one position; ``propositions`` files of ``{target, field, same, contrary,
    near, minimal}``: sentences that state a target's position, the contrary one, another one on
    the same matter, and pairs of which the first supports the target and the second opposes it;
    ``restated`` files of ``{id, text,
    same}``, rewordings of targets by their :func:`pipeline.train.pairs.target_id`, of which
    one replaces the target at the rate ``restate`` and ``restated_pairs`` a target are read
    against each other; ``negate`` is the rate of targets negated by rule and ``unrelated`` that
    of targets swapped for another. ``reasons`` names files of ``{a, b, same}``; ``argkp`` the
    folder of ArgKP-2021, whose arguments take a side on their topic and give the reason of their
    key points, less what stands in ``held_out`` (texts or targets). ``taught_stances`` and
    ``taught_reasons`` are a teacher's lines, as ``axiomap stance`` and ``axiomap match`` write
    them. ``same_weight``, ``position_weight`` and ``topic_weight`` weigh the losses beside that of
    the sides; ``topic_temperature`` divides the cosines of topic vectors.
    """

    stances: tuple[str, ...] = ()
    propositions: tuple[str, ...] = ()
    restated: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    argkp: str = ""
    held_out: tuple[str, ...] = ()
    taught_stances: tuple[str, ...] = ()
    taught_reasons: tuple[str, ...] = ()
    restate: float = 0.5
    restated_pairs: int = 6
    negate: float = 0.05
    unrelated: float = 0.1
    smoothing: float = 0.05
    same_weight: float = 1.0
    position_weight: float = 1.0
    topic_weight: float = 0.5
    topic_temperature: float = 0.05


@dataclass(frozen=True)
class Recipe:
    """One model: name, base encoder, adapter, and the tasks it learns together.

    The adapter updates the linear layers named ``targets`` from encoder layer ``first_layer``
    (0 is the lowest) upwards; what lies below is only run forwards, which saves time. With
    ``full`` those layers learn all of their weights and ``rank`` is that of the stored update,
    unless ``bits`` (1, 2 or 4) asks for so many bits a weight instead.
    ``start`` is the model, by name or folder, whose weights and heads are learned on from.
    """

    name: str
    base: str
    start: str = ""
    task: str = "claims"
    rank: int = 32
    full: bool = False
    bits: int = 0
    first_layer: int = 0
    targets: tuple[str, ...] = ("query", "key", "value", "dense")
    optimisation: Optimisation = field(default_factory=Optimisation)
    layers: Layers = field(default_factory=Layers)
    values: Values = field(default_factory=Values)
    matching: Matching = field(default_factory=Matching)
    pairs: Pairs = field(default_factory=Pairs)


def load_recipe(path: Path) -> Recipe:
    """Recipe from a TOML file; raises PipelineError naming what does not fit."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PipelineError(f"recipe {path}: {error}; configs/train-fast.toml shows one") from error
    return codec.from_dict(table, Recipe, f"recipe {path}")
