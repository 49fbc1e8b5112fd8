"""Training: a recipe and annotated sentences -> a model folder with its card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from pipeline import codec
from pipeline.compare.pairs import SUPPORTS, PairModel, agreement_features, ground_features
from pipeline.config import data_dir
from pipeline.embed import (
    Encoder,
    Passage,
    load_heads,
    pair_features,
    stance_passages,
)
from pipeline.errors import PipelineError
from pipeline.labels import read_labels
from pipeline.models import (
    BASES,
    FACET_NAMES,
    VALUES,
    ModelInfo,
    base_folder,
    codebook_sha256,
    file_sha256,
    load_info,
)
from pipeline.records import LAYERS, Stance
from pipeline.train.calibrate import best_threshold, fit_logistic, fit_temperature
from pipeline.train.examples import (
    layer_examples,
    matching_topics,
    taught_layers,
    taught_values,
    value_examples,
)
from pipeline.train.loop import Learner, Notify, fit
from pipeline.train.pairs import STANCES, CodedPair, PairExamples, coded_pair
from pipeline.train.published import value_table
from pipeline.train.recipe import Recipe, load_recipe
from pipeline.train.tasks import (
    LayerTask,
    MatchingTask,
    PairTask,
    Task,
    TopicTask,
    ValueTask,
)
from pipeline.update import Factors, factorised, load_changes, save_by_bits, save_by_rank

__all__ = ["average", "calibrate", "load_recipe", "train"]


def train(
    recipe: Recipe, out: Path, *, data: Path, notify: Notify = lambda message: None
) -> ModelInfo:
    """Trains the model a recipe describes into the folder ``out``.

    Paths in the recipe are looked up in ``data``, then in ``annotations/``. Progress is kept in
    ``<out>.training`` until the model is complete.

    Raises:
        PipelineError: a data file is missing or malformed, or the recipe has no task.
    """
    tasks = _tasks(recipe, data)
    if not tasks:
        raise PipelineError(f"recipe {recipe.name}: names no data to learn from")
    scratch = out.with_name(out.name + ".training")
    learner = fit(recipe, tasks, scratch, notify)
    info = _write(learner, recipe, tasks, out)
    shutil.rmtree(scratch, ignore_errors=True)
    return info


def calibrate(
    folder: Path, rows: Sequence[dict[str, Any]], value_folder: Path | None = None
) -> ModelInfo:
    """Fits what turns a model's layer or stance outputs into probabilities, and stores it.

    Args:
        folder: the model.
        rows: what it was not trained on, to fit the temperature: coded sentences, or for a pair
            model pairs ``{text, target, stance}``.
        value_folder: Touché23-ValueEval, whose validation split fits a claims model's value
            threshold.
    """
    encoder = Encoder(str(folder), precision="fp32")
    if encoder.info.task == "pairs":
        coded = [coded_pair(row, f"pair {number}") for number, row in enumerate(rows, start=1)]
        info = _calibrate_pairs(encoder, coded)
        write_info(folder, info)
        return info
    passages = [Passage(r["text"], r.get("before") or "", r.get("after") or "") for r in rows]
    logits = encoder.head("layer", encoder.states(passages))
    labels = torch.tensor([LAYERS.index(r["layer"]) for r in rows])
    info = replace(encoder.info, temperature=fit_temperature(logits, labels), bias=())
    if value_folder is not None:
        table = value_table(value_folder, "validation")
        states = encoder.states([Passage(text, f"{claim}. ") for claim, text, _ in table])
        probabilities = torch.sigmoid(encoder.head("value", states))
        wanted = torch.tensor([labels for _, _, labels in table])
        info = replace(info, value_threshold=best_threshold(probabilities, wanted))
    write_info(folder, info)
    return info


def _calibrate_pairs(encoder: Encoder, coded: Sequence[CodedPair]) -> ModelInfo:
    """Temperature of the sides from all pairs; from those coded for it what tells, with that
    temperature, that two texts state one position, and that one which does not is a reason.
    """
    passages = [p for pair in coded for p in stance_passages(pair.text, pair.target)]
    logits = encoder.head("stance", pair_features(encoder.states(passages)))
    temperature = fit_temperature(logits, torch.tensor([pair.side for pair in coded]))
    encoder.info = replace(encoder.info, temperature=temperature, bias=(), agreement=(), grounds=())
    known = [pair for pair in coded if pair.same is not None]
    if not known:
        return encoder.info
    model = PairModel(encoder)
    one, other = [p.text for p in known], [p.target for p in known]
    read = model.both_ways(list(zip(one, other, strict=True)))
    cosine = (model.topics(one) * model.topics(other)).sum(1)
    same = np.array([pair.same == 1.0 for pair in known])
    speaks_for = np.array([STANCES[pair.side] is Stance.SUPPORTS for pair in known])
    return replace(
        encoder.info,
        agreement=fit_logistic(agreement_features(read, cosine), same),
        grounds=fit_logistic(ground_features(read.forward[~same, SUPPORTS]), speaks_for[~same]),
    )


def write_info(folder: Path, info: ModelInfo) -> None:
    """Writes ``model.json``, readable by people."""
    text = json.dumps(codec.to_dict(info), indent=1, ensure_ascii=False)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")


def find(name: str, data: Path) -> Path:
    """A data file or folder of a recipe: below ``data``, else below ``annotations/``."""
    for root in (data, data_dir("annotations")):
        if (root / name).exists():
            return root / name
    raise PipelineError(
        f"recipe: {name} is neither in {data} nor in annotations/; name the data folder with --data"
    )


def _tasks(recipe: Recipe, data: Path) -> list[Task]:
    tasks: list[Task] = []
    if recipe.layers.files or recipe.layers.taught:
        recoded = {
            label.id: label for f in recipe.layers.recoded for label in read_labels(find(f, data))
        }
        layers = [
            example
            for f in recipe.layers.files
            for example in layer_examples(find(f, data), recipe.layers, recoded)
        ]
        for f in recipe.layers.taught:
            layers += taught_layers(find(f, data), recipe.layers)
        tasks.append(LayerTask(layers, recipe.layers, len(LAYERS), len(FACET_NAMES)))
    if recipe.values.folder:
        values = value_examples(find(recipe.values.folder, data), recipe.values)
        for f in recipe.values.taught:
            values += taught_values(find(f, data))
        tasks.append(ValueTask(values, recipe.values))
    if recipe.matching.folder:
        topics = matching_topics(find(recipe.matching.folder, data), recipe.matching)
        tasks.append(MatchingTask(topics, recipe.matching, hidden_size(recipe.base)))
    if recipe.task == "pairs":
        pairs = PairExamples(recipe.pairs, lambda name: find(name, data))
        tasks.append(PairTask(pairs, recipe.pairs))
        if pairs.propositions:
            size = hidden_size(recipe.base)
            tasks.append(TopicTask(pairs.propositions, recipe.pairs, size))
    return tasks


def hidden_size(base: str) -> int:
    """Width of a base encoder's states."""
    return int(json.loads((base_folder(base) / "config.json").read_text())["hidden_size"])


def average(models: Sequence[str], out: Path, *, rank: int = 64, bits: int = 0) -> ModelInfo:
    """A model whose weights are the mean of several that were trained on one base: often better
    than each, at the cost of one (Wortsman et al. 2022, sec. 2).

    Args:
        models: names or folders of one task and one base. A head that some of them lack is the mean
            over those that have it.
        out: folder to write; probabilities are to be calibrated anew.
        rank: of the stored update; the sum of the models' ranks loses nothing.
        bits: 1, 2 or 4 to store the update in so many bits a weight instead.

    Raises:
        PipelineError: fewer than two models, or they do not go together.
    """
    if len(models) < 2:
        raise PipelineError(f"average: {len(models)} model; two or more are needed")
    found = [load_info(name) for name in models]
    folders, infos = [folder for folder, _ in found], [info for _, info in found]
    first = infos[0]
    for name, info in zip(models, infos, strict=True):
        if (info.task, info.base_sha256) != (first.task, first.base_sha256):
            raise PipelineError(
                f"average: {name} is for {info.task} on {info.base}, {models[0]} for {first.task} "
                f"on {first.base}; one task and one base are needed"
            )
    changes: dict[str, torch.Tensor] = {}
    for folder in folders:
        for name, change in load_changes(folder):
            share = change / len(folders)
            changes[name] = changes[name] + share if name in changes else share
    heads = [load_heads(folder, torch.device("cpu")) for folder in folders]
    mean = {
        name: torch.stack([own[name] for own in heads if name in own]).mean(0)
        for name in dict.fromkeys(name for own in heads for name in own)
    }
    settings = {"average": ",".join(f"{info.name}@{info.hash}" for info in infos)}
    info = replace(
        first, name=out.name, codebook=codebook_sha256(), settings=settings, metrics={},
        heads=tuple(dict.fromkeys(name for info in infos for name in info.heads)),
    )  # fmt: skip
    return _save(out, {}, changes, mean, rank=rank, bits=bits, info=info)


def _write(learner: Learner, recipe: Recipe, tasks: Sequence[Task], out: Path) -> ModelInfo:
    claims = recipe.task == "claims"
    heads = {
        f"{name}.{part}": getattr(linear, part).detach()
        for name, linear in learner.heads.items()
        for part in ("weight", "bias")
    }
    info = ModelInfo(
        name=out.name, task=recipe.task, base=recipe.base,
        base_sha256=file_sha256(learner.base / "model.safetensors"),
        codebook=codebook_sha256(),
        labels=tuple(LAYERS) if claims else tuple(STANCES),
        facets=FACET_NAMES if claims else (), values=VALUES if claims else (),
        heads=tuple(learner.heads),
        settings={
            "recipe": json.dumps(codec.to_dict(recipe)),
            "tasks": ",".join(task.name for task in tasks),
        },
    )  # fmt: skip
    return _save(
        out, learner.factors(), learner.changes(), heads, rank=recipe.rank, bits=recipe.bits,
        info=info,
    )  # fmt: skip


def _save(
    out: Path, factors: Mapping[str, Factors], changes: Mapping[str, torch.Tensor],
    heads: Mapping[str, torch.Tensor], *, rank: int, bits: int, info: ModelInfo,
) -> ModelInfo:  # fmt: skip
    """Writes a model folder; ``info`` gets the hashes of its files."""
    out.mkdir(parents=True, exist_ok=True)
    for old in ("adapter_model.safetensors", "adapter_config.json", "update.safetensors"):
        (out / old).unlink(missing_ok=True)
    if bits and changes:
        files = save_by_bits(out, changes, bits)
    else:
        known = BASES.get(info.base)
        cut = {name: factorised(change, rank) for name, change in changes.items()}
        files = save_by_rank(out, {**factors, **cut}, rank, known.hub if known else info.base)
    save_file(
        {name: weight.half().contiguous() for name, weight in heads.items()},
        out / "heads.safetensors",
    )
    info = replace(
        info, files={name: file_sha256(out / name) for name in (*files, "heads.safetensors")}
    )
    write_info(out, info)
    return info
