"""The shipped model keeps its floors; floors go down only when told to."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import cli
from pipeline.errors import PipelineError
from pipeline.evaluate import check_floors, pin_floors, raise_floors
from pipeline.labels import read_labels, read_rows, sentence_sha1
from pipeline.models import codebook_sha256, file_sha256

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "annotations" / "gold" / "layers.jsonl"
FLOORS = GOLD.with_name("layers.floors.json")


def evaluate(gold: Path, floors: Path | None, *more: str) -> Result:
    named = () if floors is None else ("--floors", str(floors))
    return CliRunner().invoke(cli, ("evaluate", "layers", str(gold), *named, *more))


def test_fast_keeps_its_floors() -> None:
    result = evaluate(GOLD, FLOORS)
    assert result.exit_code == 0, result.output
    assert "floors: all held" in result.stderr


def test_gold_is_what_its_description_says() -> None:
    rows = [row for _, row in read_rows(GOLD)]
    labels = read_labels(GOLD)
    assert Counter(str(label.layer) for label in labels) == {
        "deep_core": 30, "policy_core": 45, "secondary": 45, "none": 30,
    }  # fmt: skip
    assert len({label.document for label in labels}) == 25
    assert {label.codebook for label in labels} == {codebook_sha256()}
    assert all(row["sha1"] == sentence_sha1(row["text"]) for row in rows)
    assert all(row["end"] - row["start"] == len(row["text"]) for row in rows)
    written = (ROOT / "annotations" / "written" / "documents.jsonl").read_text(encoding="utf-8")
    assert not [row["text"] for row in rows if json.dumps(row["text"])[1:-1] in written]


@pytest.fixture
def floors(tmp_path: Path) -> tuple[Path, Path]:
    """A gold file and floors 0.1 below figures of 0.6 and 0.5."""
    gold, path = tmp_path / "gold.jsonl", tmp_path / "floors.json"
    gold.write_text('{"text": "We reject it."}\n')
    pinned = {"gold": file_sha256(gold), "floors": {"f1": 0.5, "by.x": 0.4}, "margin": 0.1}
    path.write_text(json.dumps(pinned))
    return gold, path


def test_floors_are_held_or_named(floors: tuple[Path, Path]) -> None:
    gold, path = floors
    before = path.read_bytes()
    assert check_floors(path, gold, {"f1": 0.5, "by": {"x": 0.4}}) == []
    assert check_floors(path, gold, {"f1": 0.4}) == [
        "f1: 0.4000 is below its floor 0.5000", "by.x: not measured, floor 0.4",
    ]  # fmt: skip
    assert path.read_bytes() == before
    gold.write_text("{}\n")
    with pytest.raises(PipelineError, match=r"not the file that the floors in .* were pinned with"):
        check_floors(path, gold, {"f1": 0.9})
    path.write_text("{}")
    with pytest.raises(PipelineError, match="no Floors"):
        check_floors(path, gold, {})


def test_raising_never_lowers_and_pinning_does(floors: tuple[Path, Path]) -> None:
    gold, path = floors
    figures = {"f1": 0.8, "by": {"x": 0.3}}
    raise_floors(path, figures)
    assert json.loads(path.read_text())["floors"] == {"f1": 0.7, "by.x": 0.4}
    with pytest.raises(PipelineError, match=r"by\.x not measured"):
        pin_floors(path, gold, {"f1": 0.8})
    gold.write_text('{"text": "We accept it."}\n')
    pin_floors(path, gold, figures)
    assert json.loads(path.read_text()) == {
        "gold": file_sha256(gold), "floors": {"f1": 0.7, "by.x": 0.2}, "margin": 0.1,
    }  # fmt: skip


def test_command_lowers_floors_only_with_the_flag(tiny_model: Path, tmp_path: Path) -> None:
    settings = ("--set", f"classify.model={tiny_model}", "--set", "classify.precision=fp32")
    floors = tmp_path / "floors.json"
    pinned = {"gold": file_sha256(GOLD), "floors": {"macro_f1.value": 0.99}, "margin": 0.01}
    floors.write_text(json.dumps(pinned))
    for flag in ((), ("--raise-floors",)):
        result = evaluate(GOLD, floors, *settings, *flag)
        assert result.exit_code == 1
        assert "floor: macro_f1.value: 0." in result.stderr
        assert json.loads(floors.read_text()) == pinned
    result = evaluate(GOLD, floors, *settings, "--lower-floors")
    assert result.exit_code == 0
    assert json.loads(floors.read_text())["floors"]["macro_f1.value"] < 0.9
    assert evaluate(GOLD, floors, *settings).exit_code == 0
    result = evaluate(GOLD, None, *settings, "--lower-floors")
    assert result.exit_code == 2
    assert "need --floors FILE" in result.stderr
