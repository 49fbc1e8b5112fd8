"""Training: resuming, the folder that comes out, what it has learned, and its calibration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from train_lines import LINES, lines

from pipeline.compare.pairs import PairModel
from pipeline.embed import Encoder, load_network, pair_features, stance_passages
from pipeline.errors import PipelineError
from pipeline.records import LAYERS
from pipeline.train import calibrate, train
from pipeline.train.recipe import Layers, Recipe
from pipeline.update import load_changes


def test_a_trained_pair_model_tells_the_sides_it_learned(recipe: Recipe, tmp_path: Path) -> None:
    longer = replace(recipe.optimisation, epochs=60, learning_rate=5e-3, head_learning_rate=2e-2)
    settings = replace(
        recipe.pairs, restate=0.0, restated=(), propositions=(), unrelated=0.0, negate=0.0
    )
    info = train(
        replace(recipe, optimisation=longer, pairs=settings), tmp_path / "m", data=tmp_path
    )
    assert info.heads == ("stance", "same")
    encoder = Encoder(str(tmp_path / "m"), task="pairs", precision="fp32")
    passages = [p for row in LINES for p in stance_passages(row["text"], row["target"])]
    guess = encoder.head("stance", pair_features(encoder.states(passages))).argmax(-1).tolist()
    right = ["supports", "opposes", "neither"]
    assert [right[g] for g in guess] == [row["stance"] for row in LINES]


def test_a_teacher_alone_is_enough(recipe: Recipe, tmp_path: Path) -> None:
    even = dict.fromkeys(LAYERS, 0.25)
    name = lines(tmp_path / "taught.jsonl", [{"text": "a river", "probabilities": even}] * 4)
    info = train(
        replace(recipe, task="claims", layers=Layers(taught=(name,))), tmp_path / "m",
        data=tmp_path,
    )  # fmt: skip
    assert info.heads == ("layer", "facet")


@pytest.mark.parametrize("full", [False, True])
def test_an_interrupted_training_gives_the_same_bytes(
    recipe: Recipe, tmp_path: Path, full: bool
) -> None:
    recipe = replace(recipe, full=full)
    train(recipe, tmp_path / "whole", data=tmp_path)

    def interrupt(message: str) -> None:
        if message.startswith("train: 4/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "twice", data=tmp_path, notify=interrupt)
    said: list[str] = []
    train(recipe, tmp_path / "twice", data=tmp_path, notify=said.append)
    assert "resuming at 4" in said[0]
    for name in ("adapter_model.safetensors", "heads.safetensors"):
        assert (tmp_path / "twice" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not (tmp_path / "twice.training").exists()


def test_progress_of_another_recipe_is_refused(recipe: Recipe, tmp_path: Path) -> None:
    def interrupt(message: str) -> None:
        if message.startswith("train: 2/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "m", data=tmp_path, notify=interrupt)
    with pytest.raises(PipelineError, match=r"progress of another recipe; delete .*m\.training"):
        train(replace(recipe, rank=2), tmp_path / "m", data=tmp_path)


def test_full_training_keeps_the_whole_update_at_full_rank(recipe: Recipe, tmp_path: Path) -> None:
    for rank in (32, 1):
        train(replace(recipe, full=True, rank=rank), tmp_path / f"r{rank}", data=tmp_path)
    _, base = load_network(recipe.base, "", None)
    name = "encoder.layer.0.attention.self.query.weight"

    def update(rank: int) -> torch.Tensor:
        _, network = load_network(recipe.base, "", tmp_path / f"r{rank}")
        return network.state_dict()[name] - base.state_dict()[name]

    whole, first = update(32), update(1)
    values = torch.linalg.svdvals(whole)
    assert values[0] > 1e-4
    assert torch.linalg.matrix_rank(first, rtol=1e-2) == 1
    # Eckart-Young: what rank 1 leaves out is the rest of the singular values.
    assert (whole - first).norm().item() == pytest.approx(values[1:].norm().item(), rel=0.02)


def test_every_update_lands_in_the_folder(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "m", data=tmp_path)
    weights = load_file(tmp_path / "m" / "adapter_model.safetensors")
    assert len(weights) == 2 * 2 * 2  # two layers, query and value, down and up


def test_a_folder_kept_by_bits_reads_as_what_was_learned(recipe: Recipe, tmp_path: Path) -> None:
    full = replace(recipe, full=True, rank=32)
    train(full, tmp_path / "whole", data=tmp_path)
    train(replace(full, bits=4), tmp_path / "bits", data=tmp_path)
    assert not (tmp_path / "bits" / "adapter_model.safetensors").exists()
    whole, bits = (dict(load_changes(tmp_path / name)) for name in ("whole", "bits"))
    assert whole.keys() == bits.keys()
    for name, change in whole.items():
        assert (change - bits[name]).norm() < 0.2 * change.norm()
    assert Encoder(str(tmp_path / "bits"), precision="fp32").info.files.keys() == {
        "update.safetensors", "heads.safetensors",
    }  # fmt: skip


def test_calibrating_a_pair_model_makes_its_sides_likelier(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "m", data=tmp_path)
    couples = [(row["text"], row["target"]) for row in LINES]
    before = PairModel(Encoder(str(tmp_path / "m"), precision="fp32")).probabilities(couples)
    calibrate(tmp_path / "m", LINES)
    after = PairModel(Encoder(str(tmp_path / "m"), precision="fp32")).probabilities(couples)
    gold = [["supports", "opposes", "neither"].index(row["stance"]) for row in LINES]
    loss = [-np.log(p[range(len(gold)), gold]).mean() for p in (before, after)]
    assert loss[1] < loss[0]
    with pytest.raises(PipelineError, match="pair 1: stance 'maybe'"):
        calibrate(tmp_path / "m", [{**LINES[0], "stance": "maybe"}])
