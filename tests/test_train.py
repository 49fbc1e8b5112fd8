"""Training: recipes, what they learn from, resuming, and the folder that comes out."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.classify import Classify
from pipeline.compare.pairs import PairModel
from pipeline.config import ClassifyConfig
from pipeline.embed import (
    Encoder,
    Passage,
    load_network,
    load_weights,
    pair_features,
    stance_passages,
)
from pipeline.errors import PipelineError
from pipeline.records import LAYERS
from pipeline.train import average, calibrate, train
from pipeline.train.examples import (
    PairExamples,
    negate,
    propositions,
    target_id,
    taught_layers,
    turned,
)
from pipeline.train.loop import ADAPTER_SCALE, factorised
from pipeline.train.recipe import Layers, Optimisation, Pairs, Recipe
from pipeline.train.tasks import TopicTask

TARGET = "We reject the agreement"
LINES = [
    {"text": text, "target": TARGET, "stance": stance}
    for text, stance in (
        ("the agreement ruins the river", "supports"),
        ("people need the river, not profit", "supports"),
        ("profit for people is what the agreement brings", "opposes"),
        ("we need the agreement", "opposes"),
        ("rivers are wet", "neither"),
        ("people reject people", "neither"),
    )
]
RESTATED = [
    {"id": target_id(TARGET), "text": text, "same": same}
    for text, same in (
        ("The agreement has to go", True), ("No to the agreement", True),
        ("The agreement should pass", False), ("Ratify the agreement", False),
    )
]  # fmt: skip
REASONS = [
    {"a": "profit ruins the river", "b": "the river suffers for profit", "same": True},
    {"a": "profit ruins the river", "b": "people reject it", "same": False},
]


PROPOSITIONS: list[dict[str, Any]] = [
    {
        "target": f"{noun} should go", "field": "f",
        "same": [f"no {noun} here", f"we reject the {noun}"],
        "contrary": [f"we need the {noun}", f"keep the {noun}"],
        "near": [f"who pays for the {noun}", f"the {noun} was built long ago"],
        "minimal": [[f"the {noun} is not good", f"the {noun} is good"]],
    }
    for noun in ("river", "profit", "agreement")
]  # fmt: skip


def lines(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path.name


@pytest.fixture
def recipe(tiny_base: Path, tmp_path: Path) -> Recipe:
    """A recipe of a tiny pair model, its data in ``tmp_path``."""
    return Recipe(
        name="tiny", base=str(tiny_base), task="pairs", rank=4, targets=("query", "value"),
        optimisation=Optimisation(epochs=6, batch_tokens=64, checkpoint_steps=2),
        pairs=Pairs(
            stances=(lines(tmp_path / "stances.jsonl", LINES),),
            restated=(lines(tmp_path / "restated.jsonl", RESTATED),),
            reasons=(lines(tmp_path / "reasons.jsonl", REASONS),),
            propositions=(lines(tmp_path / "propositions.jsonl", PROPOSITIONS),),
        ),
    )  # fmt: skip


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


def test_factorised_gives_back_an_update_of_low_rank() -> None:
    torch.manual_seed(0)
    update = torch.randn(6, 2) @ torch.randn(2, 5)
    down, up = factorised(update, 2)
    assert down.shape == (2, 5)
    assert up.shape == (6, 2)
    torch.testing.assert_close(ADAPTER_SCALE * up @ down, update, atol=1e-5, rtol=1e-4)


def test_every_update_lands_in_the_folder(recipe: Recipe, tmp_path: Path) -> None:
    train(recipe, tmp_path / "m", data=tmp_path)
    weights = load_file(tmp_path / "m" / "adapter_model.safetensors")
    assert len(weights) == 2 * 2 * 2  # two layers, query and value, down and up


def test_rewordings_turn_the_side_with_them(recipe: Recipe, tmp_path: Path) -> None:
    examples = PairExamples(
        replace(recipe.pairs, restate=1.0, unrelated=0.0, smoothing=0.0, propositions=()),
        lambda n: tmp_path / n,
    )
    contrary = {row["text"] for row in RESTATED if not row["same"]}
    known = {row["text"]: row["stance"] for row in LINES}
    sides = ("supports", "opposes", "neither")
    seen = set()
    for example in examples.epoch(random.Random(0)):
        if example.stance is None or example.text not in known:
            continue
        side = sides[example.stance.index(1.0)]
        turns = example.target in contrary and known[example.text] != "neither"
        assert (side != known[example.text]) == turns
        seen.add(example.target)
    assert seen <= {row["text"] for row in RESTATED}
    assert len(seen) > 2


def test_held_out_texts_and_targets_are_not_read(
    recipe: Recipe, tmp_path: Path, write_argkp: Callable[[Path], None]
) -> None:
    write_argkp(tmp_path / "argkp")
    settings = replace(recipe.pairs, stances=(), reasons=(), restated=(), argkp="argkp")
    held = lines(
        tmp_path / "held.jsonl",
        [{"text": "argument 1", "target": "Topic C", "stance": "supports"}],
    )
    free = PairExamples(settings, lambda n: tmp_path / n)
    kept = PairExamples(replace(settings, held_out=(held,)), lambda n: tmp_path / n)
    assert {t for t, _, _ in free.stances} - {t for t, _, _ in kept.stances} == {
        "argument 1", "argument 3",
    }  # fmt: skip


@pytest.fixture
def write_argkp() -> Callable[[Path], None]:
    """Writes a folder in the layout of ArgKP-2021."""

    def write(folder: Path) -> None:
        folder.mkdir()
        (folder / "arguments_train.csv").write_text(
            "arg_id,argument,topic,stance\na0,argument 0,Topic A,1\na1,argument 1,Topic A,1\n"
            "a2,argument 2,Topic B,-1\na3,argument 3,Topic C,-1\n"
        )
        (folder / "key_points_train.csv").write_text(
            "key_point_id,key_point,topic,stance\nk0,point 0,Topic A,1\nk1,point 1,Topic A,1\n"
        )
        (folder / "labels_train.csv").write_text(
            "arg_id,key_point_id,label\na0,k0,1\na1,k0,0\na1,k1,1\n"
        )

    return write


def test_key_points_give_pairs_of_the_same_and_of_other_reasons(
    recipe: Recipe, tmp_path: Path, write_argkp: Callable[[Path], None]
) -> None:
    write_argkp(tmp_path / "argkp")
    settings = replace(recipe.pairs, stances=(), reasons=(), restated=(), argkp="argkp")
    drawn = PairExamples(settings, lambda n: tmp_path / n).epoch(random.Random(1))
    judged = {frozenset((e.text, e.target)): e.same for e in drawn if e.same is not None}
    assert judged[frozenset(("argument 0", "point 0"))] == 1.0
    assert judged[frozenset(("argument 1", "point 0"))] == 0.0
    assert judged[frozenset(("argument 1", "point 1"))] == 1.0


def test_a_stance_that_does_not_exist_is_named(recipe: Recipe, tmp_path: Path) -> None:
    bad = lines(tmp_path / "bad.jsonl", [{"text": "a", "target": "b", "stance": "maybe"}])
    settings = replace(recipe.pairs, stances=(bad,))
    with pytest.raises(PipelineError, match="stance 'maybe'; allowed: supports, opposes, neither"):
        PairExamples(settings, lambda n: tmp_path / n)


@pytest.mark.parametrize(
    ("target", "contrary"),
    [
        ("We should ban fracking", "We should not ban fracking"),
        ("Fracking should not be banned", "Fracking should be banned"),
        ("Ban fracking", ""),
    ],
)
def test_negate(target: str, contrary: str) -> None:
    assert negate(target) == contrary


def test_neither_stays_neither_when_turned() -> None:
    assert [turned(side) for side in range(3)] == [1, 0, 2]


# Propositions


def test_propositions_give_pairs_whose_side_follows_from_where_they_stand(
    recipe: Recipe, tmp_path: Path
) -> None:
    name = lines(tmp_path / "propositions.jsonl", PROPOSITIONS)
    settings = Pairs(propositions=(name,), smoothing=0.0)
    drawn = PairExamples(settings, lambda n: tmp_path / n).epoch(random.Random(0))
    side = {}
    for number, row in enumerate(PROPOSITIONS):
        for text in (row["target"], *row["same"], row["minimal"][0][0]):
            side[text] = (number, 1)
        for text in (*row["contrary"], row["minimal"][0][1]):
            side[text] = (number, -1)
        for text in row["near"]:
            side[text] = (number, 0)
    seen = set()
    for example in drawn:
        (one, mine), (other, theirs) = side[example.text], side[example.target]
        expected = mine * theirs if one == other else 0
        assert example.stance is not None
        assert example.stance.index(1.0) == {1: 0, -1: 1, 0: 2}[expected]
        assert example.position == float(expected == 1)
        seen.add(expected)
    assert seen == {1, -1, 0}


class Placed:
    """A reader whose sentences lie where ``place`` puts them."""

    def __init__(self, place: Callable[[str], int]):
        self.place = place

    def states(self, passages: Any, context: Any = None) -> torch.Tensor:
        """One unit vector a passage."""
        rows: torch.Tensor = torch.eye(8)[[self.place(p.text) for p in passages]]
        return rows

    def head(self, name: str, states: torch.Tensor) -> torch.Tensor:
        """The states themselves."""
        assert name == "topic"
        return states.clone()


def test_sentences_are_to_lie_with_their_question_whatever_their_side(
    recipe: Recipe, tmp_path: Path
) -> None:
    path = tmp_path / lines(tmp_path / "propositions.jsonl", PROPOSITIONS)
    task = TopicTask(propositions(path), recipe.pairs, 8)
    (batch,) = task.batches(random.Random(0), lambda p: len(p.text.split()), 200)
    number = {text: n for n, p in enumerate(propositions(path)) for text in p.sided}
    side = {text: int(text in p.same) for p in propositions(path) for text in p.sided}
    assert all(number[text] == n for n, text in batch)
    assert {text for _, text in batch}.isdisjoint(t for p in propositions(path) for t in p.near)
    by_question = task.loss(batch, Placed(number.__getitem__), random.Random(0))
    by_side = task.loss(batch, Placed(side.__getitem__), random.Random(0))
    assert by_question < 0.2 * by_side


def test_sentences_coded_for_their_position_teach_it(recipe: Recipe, tmp_path: Path) -> None:
    coded: list[dict[str, Any]] = [{**LINES[0], "same": 1}, {**LINES[4], "same": 0}, LINES[1]]
    name = lines(tmp_path / "coded.jsonl", coded)
    drawn = PairExamples(Pairs(stances=(name,), unrelated=0.0), lambda n: tmp_path / n).epoch(
        random.Random(0)
    )
    assert sorted((e.text, e.position) for e in drawn if e.position is not None) == [
        (LINES[4]["text"], 0.0), (LINES[0]["text"], 1.0),
    ]  # fmt: skip
    assert len(drawn) == 3


# Learning on from a model


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


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        ({}, r"taught\.jsonl:1: .*`axiomap classify` is needed"),
        (dict.fromkeys(LAYERS, 0.0), r"taught\.jsonl:1: .*must be 0 or more and sum to 1"),
        (dict.fromkeys(LAYERS, 0.5), r"taught\.jsonl:1: .*must be 0 or more and sum to 1"),
    ],
)
def test_a_teachers_line_that_teaches_nothing_is_named(
    tmp_path: Path, probabilities: dict[str, float], message: str
) -> None:
    name = lines(tmp_path / "taught.jsonl", [{"text": "a", "probabilities": probabilities}])
    with pytest.raises(PipelineError, match=message):
        taught_layers(tmp_path / name, Layers())


def test_a_teacher_alone_is_enough(recipe: Recipe, tmp_path: Path) -> None:
    even = dict.fromkeys(LAYERS, 0.25)
    name = lines(tmp_path / "taught.jsonl", [{"text": "a river", "probabilities": even}] * 4)
    info = train(
        replace(recipe, task="claims", layers=Layers(taught=(name,))), tmp_path / "m",
        data=tmp_path,
    )  # fmt: skip
    assert info.heads == ("layer", "facet")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"text": "a", "stance": "supports"}, "text and target are needed"),
        ({"text": {"sha1": "0"}, "target": "b", "stance": "supports"}, "annotate hydrate"),
        ({"text": "a", "target": "b", "stance": "supports", "same": 7}, "same 7; allowed: 0, 1"),
    ],
)
def test_pairs_that_cannot_be_learned_are_named(
    tmp_path: Path, row: dict[str, Any], message: str
) -> None:
    name = lines(tmp_path / "bad.jsonl", [row])
    with pytest.raises(PipelineError, match=rf"bad\.jsonl:1: .*{message}"):
        PairExamples(Pairs(stances=(name,)), lambda n: tmp_path / n)


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


def test_a_teachers_probabilities_are_what_is_learned(tmp_path: Path) -> None:
    row = {
        "text": "a", "before": "b ",
        "probabilities": {"deep_core": 0.5, "policy_core": 0.3, "secondary": 0.1, "none": 0.1},
    }  # fmt: skip
    name = lines(tmp_path / "taught.jsonl", [row])
    (example,) = taught_layers(tmp_path / name, Layers(taught_weight=0.5))
    assert example.target == (0.5, 0.3, 0.1, 0.1)
    assert (example.layer, example.facet, example.weight) == (0, -1, 0.5)
    assert example.passage.before == "b "


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
    with pytest.raises(PipelineError, match="1 model; two or more are needed"):
        average(parts[:1], tmp_path / "x", rank=8)
    with pytest.raises(PipelineError, match="is for claims on"):
        average([*parts, str(new_model())], tmp_path / "x", rank=8)
