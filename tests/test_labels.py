"""Stand-off labels find their sentence again, or say why not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import codec
from pipeline.cli import cli
from pipeline.errors import PipelineError
from pipeline.labels import (
    Label,
    PairLabel,
    Span,
    hydrate,
    hydrate_pairs,
    read_labels,
    read_texts,
    sentence_sha1,
)
from pipeline.records import Document, Layer, Stance


def label(document: Document, start: int, end: int, **fields: object) -> Label:
    known: dict[str, object] = {"layer": Layer.DEEP_CORE, "facet": "value_priority", **fields}
    sha1 = sentence_sha1(document.text[start:end])
    return Label(document.id, start, end, sha1, **known)  # type: ignore[arg-type]


def test_labels_are_joined_to_their_sentence_and_context(document: Document) -> None:
    joined, refused = hydrate([label(document, 25, 54)], {document.id: document.text})
    assert refused == []
    assert joined[0].text == "It puts profit before people."
    assert joined[0].before + joined[0].text + joined[0].after == document.text


def test_labels_of_other_words_are_refused(document: Document) -> None:
    moved = label(document, 25, 54, id="l1")
    _, refused = hydrate([moved], {document.id: "X" + document.text})
    assert refused == [
        f"label l1: {document.id} [25, 54) holds other words "
        "(' It puts profit before people'); use the text that was coded"
    ]
    _, refused = hydrate([moved], {})
    assert refused == [f"label l1: document {document.id!r} is not in the texts"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"facet": "budget"}, "facet 'budget' does not belong to deep_core; allowed: human_nature"),
        ({"confidence": 4}, "confidence 4; allowed: 1, 2, 3"),
    ],
)
def test_wrong_labels_are_refused(
    document: Document, fields: dict[str, object], message: str
) -> None:
    with pytest.raises(PipelineError, match=message):
        label(document, 0, 24, **fields)
    with pytest.raises(PipelineError, match="start must be below end"):
        label(document, 24, 0)


def test_files(document: Document, tmp_path: Path) -> None:
    row = {"document": document.id, "start": 0, "end": 24, "layer": "policy_core", "facet": None,
           "sha1": sentence_sha1(document.text[:24]), "remark": "kept elsewhere"}  # fmt: skip
    labels, texts = tmp_path / "labels.jsonl", tmp_path / "texts.jsonl"
    labels.write_text(json.dumps(row) + "\n")
    texts.write_text(json.dumps({"id": document.id, "text": document.text}) + "\n")
    joined, refused = hydrate(read_labels(labels), read_texts([texts]))
    assert (joined[0].label.layer, joined[0].text) == (Layer.POLICY_CORE, document.text[:24])
    assert not refused
    labels.write_text(json.dumps({**row, "layer": "core"}) + "\n")
    with pytest.raises(PipelineError, match=r"labels\.jsonl:1: layer 'core'; allowed: deep_core"):
        read_labels(labels)
    labels.write_text("{")
    with pytest.raises(PipelineError, match=r"labels\.jsonl:1: not JSON"):
        read_labels(labels)
    with pytest.raises(PipelineError, match=r"none\.jsonl: No such file.*check the path"):
        read_labels(tmp_path / "none.jsonl")


def test_pairs_get_their_words_or_a_reason_why_not(document: Document) -> None:
    words = document.text[25:54]
    span = Span(document.id, 25, 54, sentence_sha1(words))
    named = PairLabel("p1", span, "Profit comes first", Stance.SUPPORTS, 1)
    moved = PairLabel("p2", "We agree", replace(span, start=24), Stance.NEITHER, 0)
    joined, refused = hydrate_pairs([named, moved], {document.id: document.text})
    assert [(pair.id, pair.text, pair.target) for pair in joined] == [
        ("p1", words, "Profit comes first")
    ]
    assert len(refused) == 1
    assert refused[0].startswith(f"label p2: {document.id} [24, 54) holds other words")


def test_hydrate_command_joins_pairs(document: Document, tmp_path: Path) -> None:
    labels, texts, out = (tmp_path / name for name in ("pairs.jsonl", "texts.jsonl", "out.jsonl"))
    span = Span(document.id, 0, 24, sentence_sha1(document.text[:24]))
    labels.write_bytes(
        b"".join(
            codec.to_json(PairLabel(name, span, target, Stance.OPPOSES, 0)) + b"\n"
            for name, target in (("p1", span), ("p2", replace(span, document="lost")))
        )
    )
    texts.write_text(json.dumps({"id": document.id, "text": document.text}) + "\n")
    done = CliRunner().invoke(
        cli, ["annotate", "hydrate", str(labels), str(texts), "--out", str(out)]
    )
    assert done.exit_code == 1
    assert "label p2: document 'lost' is not in the texts" in done.stderr
    (line,) = out.read_text().splitlines()
    assert json.loads(line) == {
        "id": "p1", "text": document.text[:24], "target": document.text[:24],
        "stance": "opposes", "same": 0, "confidence": 3, "coder": "",
    }  # fmt: skip
