"""Training that starts from trained models: learning on from one, and the average of several."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from train_lines import LINES, lines

from pipeline.classify import Classify
from pipeline.compare.pairs import PairModel
from pipeline.config import ClassifyConfig
from pipeline.embed import Encoder, Passage, load_weights
from pipeline.errors import PipelineError
from pipeline.records import LAYERS
from pipeline.train import average, train
from pipeline.train.recipe import Layers, Recipe


@pytest.mark.parametrize("full", [False, True])
def test_learning_on_starts_where_the_other_model_ended(
    recipe: Recipe, tmp_path: Path, full: bool
) -> None:
    first = replace(recipe, full=full, rank=32)
    train(first, tmp_path / "first", data=tmp_path)
    still = replace(
        first, start=str(tmp_path / "first"),
        optimisation=replace(
            first.optimisation, epochs=0.01, learning_rate=0.0, head_learning_rate=0.0
        ),
    )  # fmt: skip
    train(still, tmp_path / "second", data=tmp_path)
    couples = [(row["text"], row["target"]) for row in LINES]
    was, now = (
        PairModel(Encoder(str(tmp_path / name), precision="fp32")).probabilities(couples)
        for name in ("first", "second")
    )
    np.testing.assert_allclose(was, now, atol=2e-3)  # half precision in between
    fresh = replace(still, start="")
    train(fresh, tmp_path / "third", data=tmp_path)
    other = PairModel(Encoder(str(tmp_path / "third"), precision="fp32")).probabilities(couples)
    assert np.abs(was - other).max() > 0.02


def test_an_adapter_of_another_rank_cannot_be_learned_on(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "first", data=tmp_path)
    with pytest.raises(PipelineError, match=r"by rank 4; name it in targets, .* with that rank"):
        train(replace(recipe, start=str(tmp_path / "first"), rank=2), tmp_path / "m", data=tmp_path)


def test_a_model_of_another_base_cannot_be_learned_on(
    recipe: Recipe, tmp_path: Path, new_model: Callable[..., Path], tiny_base: Path
) -> None:
    other = shutil.copytree(tiny_base, tmp_path / "other-base")
    weights = load_file(other / "model.safetensors")
    save_file({n: w * 2 for n, w in weights.items()}, other / "model.safetensors")
    even = dict.fromkeys(LAYERS, 0.25)
    name = lines(tmp_path / "taught.jsonl", [{"text": "a river", "probabilities": even}])
    wrong = replace(
        recipe, start=str(new_model()), base=str(other), task="claims",
        layers=Layers(taught=(name,)),
    )  # fmt: skip
    with pytest.raises(
        PipelineError, match=r"was trained on .*, this recipe's base is .*other-base"
    ):
        train(wrong, tmp_path / "m", data=tmp_path)


def test_learning_on_keeps_what_it_does_not_teach(
    recipe: Recipe, tmp_path: Path, new_model: Callable[..., Path]
) -> None:
    rows = [{"text": "we reject the river", "layer": "policy_core"}] * 4
    for row in rows:
        row |= {"document": "d", "start": 0, "end": 19, "sha1": "0"}
    name = lines(tmp_path / "coded.jsonl", rows)
    own = replace(
        recipe, start=str(new_model()), task="claims", full=True, layers=Layers(files=(name,)),
        optimisation=replace(recipe.optimisation, epochs=40, head_learning_rate=2e-2),
    )  # fmt: skip
    train(own, tmp_path / "m", data=tmp_path)
    stage = Classify(ClassifyConfig(model=str(tmp_path / "m"), precision="fp32"))
    before = load_file(tmp_path / "model" / "heads.safetensors")
    after = load_file(tmp_path / "m" / "heads.safetensors")
    torch.testing.assert_close(after["value.weight"].float(), before["value.weight"], atol=2e-3,
                               rtol=1e-2)  # fmt: skip
    assert not torch.equal(after["layer.weight"].float(), before["layer.weight"])
    assert stage.tag([Passage("we reject the river")]).layers.argmax() == 1


# Averages


def test_an_average_lies_between_its_models(
    recipe: Recipe, tmp_path: Path, new_model: Callable[..., Path]
) -> None:
    for number in (0, 1):
        own = replace(recipe, optimisation=replace(recipe.optimisation, seed=number))
        train(own, tmp_path / f"m{number}", data=tmp_path)
    parts = [str(tmp_path / name) for name in ("m0", "m1")]
    info = average(parts, tmp_path / "mean", rank=8)
    assert info.settings["average"].startswith("m0@")
    weights = [
        load_weights(Path(recipe.base), Path(folder)) for folder in (*parts, tmp_path / "mean")
    ]
    for name, mean in weights[2].items():
        torch.testing.assert_close(
            mean, (weights[0][name] + weights[1][name]) / 2, atol=1e-3, rtol=1e-2
        )
    heads = [load_file(Path(f) / "heads.safetensors") for f in (*parts, tmp_path / "mean")]
    torch.testing.assert_close(
        heads[2]["same.weight"], (heads[0]["same.weight"] + heads[1]["same.weight"]) / 2,
        atol=1e-3, rtol=1e-2,
    )  # fmt: skip
    average(parts, tmp_path / "mean", rank=8, bits=4)  # over the one kept by rank
    kept = load_weights(Path(recipe.base), tmp_path / "mean")
    change = sum((kept[n] - weights[2][n]).norm() for n in kept)
    assert change < 0.2 * sum((weights[2][n] - weights[0][n]).norm() for n in kept)
    with pytest.raises(PipelineError, match="1 model; two or more are needed"):
        average(parts[:1], tmp_path / "x", rank=8)
    with pytest.raises(PipelineError, match="is for claims on"):
        average([*parts, str(new_model())], tmp_path / "x", rank=8)
