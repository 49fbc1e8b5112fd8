"""Coded sentences as Hugging Face datasets."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipeline.annotate.dataset import SHARES, dataset, features, split, written
from pipeline.errors import PipelineError
from pipeline.labels import sentence_sha1
from pipeline.models import FACET_NAMES
from pipeline.records import LAYERS, Document

ROOT = Path(__file__).resolve().parent.parent
CARD = (ROOT / "annotations" / "dataset-card.md").read_text(encoding="utf-8")


@pytest.fixture
def files(document: Document, tmp_path: Path) -> tuple[Path, Path]:
    """Two stand-off labels and the document they point into."""
    labels, texts = tmp_path / "labels.jsonl", tmp_path / "texts.jsonl"
    rows = [
        {"document": document.id, "start": start, "end": end, "layer": layer, "facet": facet,
         "sha1": sentence_sha1(document.text[start:end]), "coder": "a"}
        for start, end, layer, facet in ((25, 54, "deep_core", ""), (97, 107, "none", ""))
    ]  # fmt: skip
    labels.write_text("".join(json.dumps(row) + "\n" for row in rows))
    about = {"id": document.id, "text": document.text, "organisation": "union", "kind": "labour"}
    texts.write_text(json.dumps(about) + "\n")
    return labels, texts


def test_stand_off_labels_are_joined(files: tuple[Path, Path], document: Document) -> None:
    labels, texts = files
    data = dataset([labels], [texts])
    assert data.features == features()
    assert data.features["layer"].names == list(LAYERS)
    assert data.features["facet"].names == list(FACET_NAMES)
    first, second = data[0], data[1]
    assert first["before"] + first["text"] + first["after"] == document.text
    assert (first["organisation"], first["org_type"], first["politics"]) == ("union", "labour", "")
    assert (first["layer"], first["facet"]) == (0, None)
    assert data.features["facet"].int2str(second["facet"]) == "none"


def test_labels_without_their_words_are_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    labels, texts = files
    with pytest.raises(PipelineError, match="is not in the texts; 2 such labels; name the doc"):
        dataset([labels])
    texts.write_text(texts.read_text().replace("profit", "prophet"))
    with pytest.raises(PipelineError, match="holds other words"):
        dataset([labels], [texts])
    with pytest.raises(PipelineError, match="no written set"):
        written(tmp_path / "none")


def test_coded_sentences_with_text_need_no_documents() -> None:
    data = dataset([ROOT / "annotations" / "gold" / "layers.jsonl"])
    assert len(data) == 150
    assert set(data["politics"]) == {"left", "centre", "right"}


def test_written_set_has_splits_without_common_organisations() -> None:
    data = written()
    assert list(data) == list(SHARES)
    assert sum(len(part) for part in data.values()) == 3515
    seen: dict[str, str] = {}
    for name, part in data.items():
        for organisation in part.unique("organisation"):
            assert seen.setdefault(organisation, name) == name
        for layer in range(len(LAYERS)):
            assert layer in set(part["layer"])
    assert all(text and sentence_sha1(text) == sha1 for text, sha1 in zip(
        data["test"]["text"], data["test"]["sha1"], strict=True))  # fmt: skip
    with pytest.raises(PipelineError, match="do not sum to 1"):
        split(data["train"], shares={"a": 0.5})


def test_card_names_the_splits_as_they_are() -> None:
    stated = dict(re.findall(r"- name: (\w+)\n +num_examples: (\d+)", CARD))
    assert {name: int(count) for name, count in stated.items()} == {
        name: len(part) for name, part in written().items()
    }
    names = re.findall(r"^ +'\d+': (\w+)$", CARD, re.MULTILINE)
    assert names == [*LAYERS, *FACET_NAMES]
