"""The model card: what it must hold, the baselines beside the model, mistakes without words."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.config import Config, load
from pipeline.errors import PipelineError
from pipeline.evaluate.about import add_about
from pipeline.evaluate.baselines import Frozen, few_shot, learning_curve, majority, tfidf
from pipeline.evaluate.card import Card, write_card
from pipeline.evaluate.mistakes import CUES, cues_of, patterns, typical_mistakes
from pipeline.records import LAYERS

WORDS = {
    "deep_core": "people reject profit always and everywhere",
    "policy_core": "the agreement must be rejected by the people of the river",
    "secondary": "section 12 of the agreement lets 40 investors sue",
    "none": "the river meets the sea and thank you",
}


def coded(n: int, *, prefix: str = "d") -> list[dict[str, object]]:
    """``n`` easy sentences, four of a document, organisations alternating."""
    layers = list(WORDS)
    return [
        {
            "id": f"{prefix}{i}", "document": f"{prefix}-{i // 4}", "start": 0, "end": 60,
            "organisation": ("union", "chamber")[i // 4 % 2], "corpus": "c",
            "genre": "statement", "layer": layers[i % 4], "confidence": 1 + i % 3,
            "text": f"{WORDS[layers[i % 4]]} in town {i // 4}",
        }
        for i in range(n)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Gold, training rows and what is known of the organisations."""
    folder = tmp_path_factory.mktemp("card")
    for name, rows in (("gold", coded(120)), ("train", coded(80, prefix="t"))):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    about = [
        {"corpus": "c", "organisation": "union", "politics": "left"},
        {"corpus": "other", "organisation": "chamber", "politics": "left"},
        {"organisation": "chamber", "politics": "right"},
        {"id": "d-0", "org_type": "campaign", "politics": "centre"},
    ]
    (folder / "about.jsonl").write_text("".join(json.dumps(row) + "\n" for row in about))
    return folder / "gold.jsonl", folder / "train.jsonl", folder / "about.jsonl"


@pytest.fixture(scope="module")
def config(tiny_model: Path) -> Config:
    config = load(overrides=("classify.precision=fp32", "classify.threads=1"))
    return replace(config, classify=replace(config.classify, model=str(tiny_model)))


@pytest.fixture(scope="module")
def card(files: tuple[Path, Path, Path], tiny_model: Path, config: Config) -> Card:
    gold, train, about = files
    return write_card(str(tiny_model), gold, train, config, about=[about], shots=2)


def test_card_holds_what_it_must(card: Card) -> None:
    for heading in (
        "What it is for, and what not", "Belief layers", "Learning curve of the baselines",
        "In detail", "Typical mistakes", "Who coded what", "How to get these figures again",
    ):  # fmt: skip
        assert f"\n## {heading}\n" in card.text
    for name in ("this model", "majority", "TF-IDF", "frozen ", "SetFit's method, 2 sentences"):
        assert re.search(rf"^\| {name}[^|]*\| [01]\.\d\d\d \[.*\(n=120\) \|", card.text, re.M), name
    assert "| | 10% | 25% | 50% | 100% |" in card.text
    assert card.text.index("| left | 0.") < card.text.index("| right | 0.")
    assert "By political side of who published it" in card.text
    assert "By genre, macro-F1:" in card.text
    assert set(card.metrics) == {
        "macro_f1", "deep_core_f1", "calibration_error", "tfidf_macro_f1", "frozen_macro_f1",
    }  # fmt: skip


def test_card_quotes_nobody(card: Card) -> None:
    for words in WORDS.values():
        assert words not in card.text


def test_card_says_what_was_not_run(
    files: tuple[Path, Path, Path], tiny_model: Path, tmp_path: Path
) -> None:
    gold, train, _ = files
    out = tmp_path / "card.md"
    before = (tiny_model / "README.md").read_bytes()
    arguments = ("--gold", gold, "--trained-on", train, "--shots", 0, "--out", out)
    result = CliRunner().invoke(cli, ("models", "card", str(tiny_model), *map(str, arguments)))
    assert result.exit_code == 0, result.output
    assert "A baseline after SetFit was not run" in out.read_text()
    assert (tiny_model / "README.md").read_bytes() == before


def test_about_fills_what_rows_lack(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    rows = add_about(coded(12), [files[2]], ("politics", "org_type", "genre"))
    assert [row.get("politics") for row in rows[::4]] == ["centre", "right", "left"]
    assert [row.get("org_type") for row in rows[::4]] == ["campaign", None, None]
    assert rows[0]["genre"] == "statement"
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"politics": "left"}\n')
    with pytest.raises(PipelineError, match=r"bad\.jsonl:1: needs an id"):
        add_about(coded(4), [bad], ("politics",))


def test_baselines_learn_what_is_easy(tiny_base: Path) -> None:
    train, test = coded(80, prefix="t"), coded(40)
    gold = [LAYERS.index(row["layer"]) for row in test]
    assert majority(train, test).argmax(1).tolist() == [0] * 40
    assert tfidf(train, test).argmax(1).tolist() == gold
    frozen = Frozen(str(tiny_base), [*train, *test])
    assert np.mean(frozen(train, test).argmax(1) == gold) > 0.9
    tuned = few_shot(train, test, str(tiny_base), per_layer=4)
    assert np.allclose(tuned.sum(1), 1)
    assert np.mean(tuned.argmax(1) == gold) > 0.8
    again = few_shot(train, test, str(tiny_base), per_layer=4)
    assert np.array_equal(tuned, again)


def test_a_layer_that_was_not_met_gets_nothing() -> None:
    train = [row for row in coded(80) if row["layer"] != "none"]
    assert tfidf(train, coded(8))[:, 3].tolist() == [0.0] * 8


def test_learning_curve_draws_whole_documents() -> None:
    seen: list[Counter[object]] = []

    def learner(train: object, test: object) -> np.ndarray:
        seen.append(Counter(row["document"] for row in train))  # type: ignore[attr-defined]
        return majority(train, test)  # type: ignore[arg-type]

    curve = learning_curve(learner, coded(80), coded(40))
    assert list(curve) == [0.1, 0.25, 0.5, 1.0]
    assert [len(found) for found in seen] == [2] * 5 + [5] * 5 + [10] * 5 + [20]
    assert all(count == 4 for found in seen for count in found.values())
    assert all(f.low <= f.value <= f.high for f in curve.values())


def test_mistakes_are_shared_among_confusions_the_surest_first() -> None:
    rows = coded(160)
    probabilities = np.full((160, 4), 0.1)
    for i in range(160):
        guess = i % 4
        if i % 4 == 1 and i < 120:  # policy core found secondary, 30 times
            guess = 2
        if i % 4 == 3 and i < 40:  # none found secondary, 10 times
            guess = 2
        probabilities[i, guess] = 0.7 + i / 1000
    shown = typical_mistakes(rows, probabilities)
    assert Counter((m.gold, m.found) for m in shown) == {
        ("policy_core", "secondary"): 15, ("none", "secondary"): 5,
    }  # fmt: skip
    assert len({m.document for m in shown}) == 20
    assert [m.id for m in shown[:2]] == ["d117", "d113"]
    assert shown[0].probability == pytest.approx(0.817)
    found = patterns(rows, probabilities)
    assert (found[0].gold, found[0].found, found[0].n) == ("policy_core", "secondary", 30)
    assert not typical_mistakes(rows, np.eye(4)[[i % 4 for i in range(160)]])


def test_cues() -> None:
    assert cues_of("and We must give 3 rights") == (
        "figure", "demand", "first person", "value word", "name inside",
        "starts inside a sentence", "under 10 words",
    )  # fmt: skip
    assert "several sentences" in cues_of("It ended.It began again.")
    assert cues_of("“Who knows what the river carries to the sea each year?”") == (
        "quotation", "question",
    )  # fmt: skip
    assert set(cues_of(" ".join(["word"] * 41))) == {"starts inside a sentence", "over 40 words"}
    assert len(CUES) == 11
