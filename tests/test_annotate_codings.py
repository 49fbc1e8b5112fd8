"""Joining labels to texts and back, the codebook, and the agreement report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.annotate.agree import agreement
from pipeline.annotate.codebook import diff, load_codebook, parse, to_recode
from pipeline.annotate.codings import Coding, coding_of, ground, join, read_codings, write_codings
from pipeline.cli import cli
from pipeline.errors import PipelineError
from pipeline.models import codebook_path, codebook_sha256
from pipeline.records import FACETS

TEXT = "Every child counts. Congress must fund the clinic. Call the press office."
SPANS = [(0, 19), (20, 50), (51, 73)]


def coding(span: int, layer: str, coder: str = "anna", **more: object) -> Coding:
    start, end = SPANS[span]
    row = {"document": "d1", "start": start, "end": end, "text": TEXT[start:end], "layer": layer,
           "coder": coder, "codebook": codebook_sha256(), **more}  # fmt: skip
    return coding_of(row, "test")


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_stand_off_and_back(tmp_path: Path) -> None:
    codings = [coding(0, "deep_core", facet="whose_welfare", comment="é", seconds=2.5)]
    path = tmp_path / "labels.jsonl"
    write_codings(codings, path, with_text=False)
    assert "child" not in path.read_text()
    joined, refused = join(read_codings([path]), {"d1": TEXT})
    assert not refused
    assert [replace(c, before="", after="") for c in joined] == codings


def test_refused_with_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    write_codings([coding(0, "none"), coding(1, "none")], path, with_text=False)
    texts = lines(tmp_path / "texts.jsonl", [{"id": "d1", "text": TEXT.replace("clinic", "bank")}])
    result = CliRunner().invoke(
        cli, ["annotate", "hydrate", str(path), str(texts), "--out", str(tmp_path / "out.jsonl")]
    )
    assert result.exit_code == 1
    assert result.stderr.count("holds other words") == 1
    assert len(read_codings([tmp_path / "out.jsonl"])) == 1


def test_ground_finds_sentences_that_stand_once() -> None:
    rows = [
        ("a:1", {"document": "d1", "text": "Every child counts.", "layer": "deep_core"}),
        ("a:2", {"document": "d1", "text": "t", "layer": "none"}),
        ("a:3", {"document": "d2", "text": "t", "layer": "none"}),
        ("a:4", {"document": "d1", "text": "child", "start": 0, "end": 5, "layer": "none"}),
    ]
    found, refused = ground(rows, {"d1": TEXT})
    assert [(c.label.start, c.label.end) for c in found] == [(0, 19)]
    assert [line.split(":")[1] for line in refused] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"layer": "core"}, "layer 'core'"),
        ({"facet": "budget"}, "facet 'budget' does not belong to deep_core"),
        ({"confidence": 4}, "confidence 4"),
        ({"end": 5}, "does not fit"),
        ({"sha1": "0" * 40}, "sha1 is not that of its text"),
    ],
)
def test_bad_labels(change: dict[str, object], says: str) -> None:
    row = {"document": "d", "start": 0, "end": 19, "text": TEXT[:19], "layer": "deep_core"}
    with pytest.raises(PipelineError, match=says):
        coding_of({**row, **change}, "f:1")


def test_one_coder_codes_a_span_once(tmp_path: Path) -> None:
    row = {"document": "d", "start": 0, "end": 4, "sha1": "x", "layer": "none", "coder": "a"}
    with pytest.raises(PipelineError, match="coded d \\[0, 4\\) already"):
        read_codings([lines(tmp_path / "twice.jsonl", [row, row])])


def test_codebook_agrees_with_records() -> None:
    book = load_codebook()
    assert book.sha256 == codebook_sha256()
    assert list(book.definitions) == [str(layer) for layer in FACETS]
    assert {label: tuple(facets) for label, facets in book.facets.items()} == FACETS
    assert book.facets["deep_core"]["authority"] == "what makes power legitimate"
    assert len(book.questions) == 4
    assert any(e.label == "none" for e in book.examples)


def test_codebook_diff_says_what_to_recode() -> None:
    text = codebook_path().read_text(encoding="utf-8")
    old = parse(text, codebook_sha256(), "old")
    text = text.replace("no belief is put forward |", "nothing is believed |")
    text = text.replace("`tactic` · ", "").replace("In a speech that roams", "In speeches")
    new = parse(text, "new", "new")
    changes = diff(old, new)
    assert [c.what.split(":")[0] for c in changes] == [
        "facet secondary/tactic", "label none", "rule 'How wide is the field?'",
    ]  # fmt: skip
    codings = [
        coding(0, "none"), coding(1, "secondary", facet="tactic"), coding(2, "secondary"),
        replace(coding(1, "deep_core", confidence=1)), coding(1, "deep_core"),
    ]  # fmt: skip
    assert to_recode(codings, changes, old) == [codings[0], codings[1], codings[3]]
    assert diff(old, old) == []


def test_agreement_report() -> None:
    codings = [coding(i, layer) for i, layer in enumerate(("deep_core", "secondary", "none"))]
    codings += [coding(i, layer, "ben") for i, layer in enumerate(("deep_core", "none", "none"))]
    found = agreement(codings, texts={"d1": TEXT}, bootstraps=50)
    assert agreement(codings, bootstraps=50).spans == {}  # the length of the text is not known
    assert (found.units, found.coders) == (3, {"anna": 3, "ben": 3})
    overall = found.rows[0]
    assert overall.observed == pytest.approx(2 / 3)
    assert overall.kappa.value == pytest.approx((2 / 3 - 1 / 3) / (1 - 1 / 3))
    assert [c.labels for c in found.confusions] == [("secondary", "none")]
    assert "Congress must fund" in found.confusions[0].sentences[0]
    assert found.confusions[0].gain > 0
    assert found.spans["deep_core"] == 1.0


def test_spans_that_only_one_was_given_do_not_count_against_the_other() -> None:
    layers = ("deep_core", "secondary", "none")
    texts = dict.fromkeys(("d1", "d2", "d3"), TEXT)
    twice = [coding(i, layers[i], name) for name in ("anna", "ben") for i in range(3)]
    alone = [
        replace(c, label=replace(c.label, document=name, coder=coder))
        for c, name, coder in ((twice[0], "d2", "anna"), (twice[1], "d2", "ben"),
                               (twice[2], "d3", "ben"))
    ]  # fmt: skip
    found = agreement([*twice, *alone], texts=texts, bootstraps=20)
    assert found.spans == {"all": 1.0, "deep_core": 1.0, "none": 1.0, "secondary": 1.0}
    freely = [c for c in (*twice, *alone) if c.label.layer != "none"]  # marked where something is
    assert agreement(freely, texts=texts, bootstraps=20).spans["secondary"] < 1.0


def test_agree_command(tmp_path: Path) -> None:
    for name in ("anna", "ben"):
        codings = [coding(i, "none" if i else "deep_core", name) for i in range(3)]
        write_codings(codings, tmp_path / f"{name}.jsonl", with_text=False)
    files = [str(tmp_path / "anna.jsonl"), str(tmp_path / "ben.jsonl")]
    result = CliRunner().invoke(cli, ["annotate", "agree", *files, "--json", "--bootstraps", "20"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"][0]["alpha"]["value"] == 1.0
    table = CliRunner().invoke(cli, ["annotate", "agree", *files, "--bootstraps", "20"])
    assert "pair anna × ben" in table.stdout
    alone = CliRunner().invoke(cli, ["annotate", "agree", files[0]])
    assert alone.exit_code == 2
    assert "no span coded by two" in alone.stderr
