"""Records refuse what would break whoever trusts them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.errors import PipelineError
from pipeline.records import (
    BELIEF_LAYERS,
    FACETS,
    LAYERS,
    Claim,
    Document,
    Layer,
    TaggedClaim,
    content_id,
    text_sha256,
)


def test_vocabulary() -> None:
    assert LAYERS == ("deep_core", "policy_core", "secondary", "none")
    assert (*BELIEF_LAYERS, Layer.NONE) == LAYERS
    names = [facet for layer in LAYERS for facet in FACETS[layer]]
    assert len(names) == len(set(names)) == 24


def test_id_depends_on_every_part_and_on_where_it_ends() -> None:
    assert content_id("ab", "c") != content_id("a", "bc")
    assert content_id("a", "b") == content_id("a", "b")
    assert len(content_id("a")) == 16


def test_document_id_follows_from_the_text_alone(document: Document) -> None:
    elsewhere = Document.of(document.text, partner="league", source="league/copy.pdf")
    assert elsewhere.id == document.id == text_sha256(document.text)[:16]
    assert Document.of(document.text + " ", partner="union", source="x").id != document.id


def test_document_fills_in_what_follows(document: Document) -> None:
    assert document.partners == ("union",)
    assert document.sources == ("union/statement.txt",)
    assert document.origin == document.id


def test_document_without_partner_says_what_to_do() -> None:
    with pytest.raises(PipelineError, match=r"press\.txt: no partner; name one with --partner"):
        Document.of("Text.", partner="", source="press.txt")


def test_document_with_another_text_is_refused(document: Document) -> None:
    with pytest.raises(PipelineError, match="sha256 does not match its text; ingest again"):
        replace(document, text=document.text + "!")


def test_claim_is_grounded(document: Document, claims: list[Claim]) -> None:
    for claim in claims:
        assert document.text[claim.start : claim.end] == claim.text
        assert (claim.document, claim.sha256) == (document.id, document.sha256)
        assert claim.speaker == claim.partner == "union"
    assert len({claim.id for claim in claims}) == 3


@pytest.mark.parametrize(("start", "end"), [(0, 10_000), (-1, 4), (5, 5), (9, 3)])
def test_claim_past_the_text_is_refused(document: Document, start: int, end: int) -> None:
    with pytest.raises(PipelineError, match=r"runs past union/statement\.txt \(\d+ characters\)"):
        Claim.at(document, start, end)


def test_claim_whose_span_does_not_fit_is_refused(claims: list[Claim]) -> None:
    with pytest.raises(PipelineError, match=r"span \[0, 25\) does not fit a text of 24"):
        replace(claims[0], end=25)


def test_probabilities_must_be_a_distribution_over_the_layers(tagged: list[TaggedClaim]) -> None:
    with pytest.raises(PipelineError, match="no distribution over deep_core"):
        replace(tagged[0], probabilities={"deep_core": 1.0})
    with pytest.raises(PipelineError, match="classify it again"):
        replace(tagged[0], probabilities=dict.fromkeys(map(str, LAYERS), 0.5))


def test_facet_must_belong_to_the_layer(tagged: list[TaggedClaim]) -> None:
    with pytest.raises(PipelineError, match="facet 'budget' does not belong to deep_core"):
        replace(tagged[1], facet="budget")
    with pytest.raises(PipelineError, match="allowed: none"):
        replace(tagged[0], layer=Layer.NONE, facet="position")
