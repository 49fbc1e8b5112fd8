"""What training learns from: pairs and how they are drawn, propositions, a teacher's lines."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from train_lines import LINES, PROPOSITIONS, RESTATED, lines

from pipeline.embed import Passage
from pipeline.errors import PipelineError
from pipeline.models import VALUES
from pipeline.records import LAYERS
from pipeline.train.examples import ValueExample, taught_layers, taught_values
from pipeline.train.pairs import PairExamples, negate, propositions, turned
from pipeline.train.recipe import Layers, Pairs, Recipe, Values
from pipeline.train.tasks import TopicTask, ValueTask

# Pairs


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
    read = [
        {text for seed in range(9) for e in examples.epoch(random.Random(seed))
         if e.same is not None for text in (e.text, e.target)}
        for examples in (free, kept)
    ]  # fmt: skip
    assert "argument 1" in read[0] - read[1]


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


def test_a_stance_that_does_not_exist_is_named(recipe: Recipe, tmp_path: Path) -> None:
    bad = lines(tmp_path / "bad.jsonl", [{"text": "a", "target": "b", "stance": "maybe"}])
    settings = replace(recipe.pairs, stances=(bad,))
    with pytest.raises(PipelineError, match="stance 'maybe'; allowed: supports, opposes, neither"):
        PairExamples(settings, lambda n: tmp_path / n)


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


# A teacher's lines


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


def test_taught_values_are_learned_as_they_are_and_once_an_epoch(tmp_path: Path) -> None:
    row = {"text": "a river", "values": dict.fromkeys(VALUES, 0.25)}
    (taught,) = taught_values(tmp_path / lines(tmp_path / "taught.jsonl", [row]))
    assert taught.values == (0.25,) * 20
    coded = ValueExample(Passage("a river runs"), (1.0,) * 20)
    task = ValueTask([coded, taught], Values(repeat=3, positive_weight=2.0))
    read = [e for batch in task.batches(random.Random(0), lambda p: 3, 100) for e in batch]
    assert read.count(coded) == 3
    assert read.count(taught) == 1
    row["values"]["Face"] = 2.0
    with pytest.raises(PipelineError, match=r"taught\.jsonl:1: values .*from 0 to 1"):
        taught_values(tmp_path / lines(tmp_path / "taught.jsonl", [row]))
    with pytest.raises(PipelineError, match=r"taught\.jsonl:1: .* with its values is needed"):
        taught_values(tmp_path / lines(tmp_path / "taught.jsonl", [{"text": "a"}]))
