"""What the loop says is learned, and that it leads from codes to gold and the next tasks."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.annotate.codings import Coding, coding_of, read_codings, write_codings
from pipeline.annotate.learn import Point, expected_gain, learned
from pipeline.annotate.tasks import read_tasks
from pipeline.cli import cli
from pipeline.errors import PipelineError

WORDS = {
    "deep_core": "dignity life owed human",
    "policy_core": "tax policy field market",
    "secondary": "section clause committee amendment",
    "none": "call office press telephone",
}


def codings(n: int = 120, documents: int = 12) -> list[Coding]:
    found = []
    for i in range(n):
        layer = list(WORDS)[i % 4]
        words = WORDS[layer].split()
        text = f"The {words[i % 3]} and {words[(i + 1) % 4]} of number {i % 7} here."
        row = {"document": f"d{i % documents}", "start": 1000 * i, "end": 1000 * i + len(text),
               "text": text, "layer": layer, "coder": "anna"}  # fmt: skip
        found.append(coding_of(row, "test"))
    return found


def test_easy_labels_are_learned() -> None:
    found = learned(codings())
    assert found.curve[-1].f1 > 0.8
    assert found.curve[-1].codes == 96
    assert [p.codes for p in found.curve] == sorted(p.codes for p in found.curve)
    assert 0 <= found.gain < 0.1


def test_too_little_is_refused() -> None:
    with pytest.raises(PipelineError, match="at least 50"):
        learned(codings(40))
    with pytest.raises(PipelineError, match="2 documents"):
        learned(codings(documents=2))


def test_gain_follows_the_power_law() -> None:
    def wrong(n: int) -> float:
        return 0.9 * n**-0.3

    curve = [Point(n, 1 - wrong(n), 0, 0) for n in (50, 100, 200, 400)]
    assert expected_gain(curve) == pytest.approx(wrong(400) - wrong(500), rel=1e-3)
    assert math.isnan(expected_gain(curve[:2]))


def test_loop_command(tmp_path: Path) -> None:
    codes, source = tmp_path / "codes.jsonl", tmp_path / "documents.jsonl"
    write_codings(codings(), codes, with_text=True)
    text = "Congress must fund the clinic. No life is worth less than another."
    source.write_text(json.dumps({"id": "x", "text": text, "organisation": "o"}) + "\n")
    gold, out = tmp_path / "gold.jsonl", tmp_path / "tasks.jsonl"
    command = ["annotate", "loop", str(codes), "--gold", str(gold), "--next", str(source)]
    result = CliRunner().invoke(cli, [*command, "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "100 more codes" in result.stdout
    assert {c.label.coder for c in read_codings([gold])} == {"gold"}
    assert len(read_tasks(out).tasks) == 2
    bad = CliRunner().invoke(cli, ["annotate", "loop", str(codes), "--train", str(tmp_path / "m")])
    assert "--train needs --recipe" in bad.stderr
