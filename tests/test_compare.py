"""Comparing partners: what a whole map says, and how its conclusions are measured."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from compare_claims import WordPairs, make
from conftest import HashEncoder, tag

from pipeline.compare.corpus import compare
from pipeline.compare.pairs import PairModel
from pipeline.compare.stress import stress
from pipeline.config import Config
from pipeline.evaluate.measures import conclusions
from pipeline.records import AxiomMap, Claim, Document, Layer, Standing, TaggedClaim, Verdict


@pytest.fixture
def hand_models(monkeypatch: pytest.MonkeyPatch, tiny_settings: tuple[str, ...]) -> Config:
    """Settings whose comparison uses :class:`WordPairs` and :class:`HashEncoder`."""
    from pipeline.config import load

    class Reader:
        encoder = HashEncoder()

    for name in ("corpus", "stress"):
        module = sys.modules[f"pipeline.compare.{name}"]
        monkeypatch.setattr(module, "reader_of", lambda config: Reader())
    monkeypatch.setattr(PairModel, "from_config", lambda config: WordPairs())
    config = load(None, tiny_settings)
    own = replace(config.compare, near_at=0.2, merge_at=0.5, min_documents=2, match_at=0.9)
    return replace(config, compare=own)


@pytest.fixture
def coalition() -> list[tuple[Document, TaggedClaim]]:
    """Union and greens reject one agreement for other reasons, four documents each."""
    made = []
    for i, place in enumerate(("north", "south", "east", "west")):
        for partner, why in (
            ("union", "The agreement lets no worker keep a wage"),
            ("greens", "No agreement may drown a living forest"),
        ):
            text = f"We reject the agreement in the {place}. {why}, seen from the {place}."
            whole = Document.of(text, partner=partner, source=f"{partner}/{i}")
            cut = text.index(". ") + 1
            made.append((whole, tag(Claim.at(whole, 0, cut), Layer.POLICY_CORE, "position")))
            made.append(
                (whole, tag(Claim.at(whole, cut + 1, len(text)), Layer.DEEP_CORE, "whose_welfare"))
            )
    made.append(make("traders", "We support the agreement in the north."))
    made.append(make("choir", "Our choir sings of mountains, and should."))
    return made


def mapped(config: Config, made: Sequence[tuple[Document, TaggedClaim]]) -> AxiomMap:
    documents = {d.id: d for d, _ in made}
    return compare([t for _, t in made], list(documents.values()), config)


def test_a_map_tells_assent_refusal_and_silence_apart(
    hand_models: Config, coalition: list[tuple[Document, TaggedClaim]]
) -> None:
    found = mapped(hand_models, coalition)
    assert len(found.conclusions) == 1
    standing = {p.partner: p.standing for p in found.positions}
    assert standing == {
        "union": Standing.ASSERTS, "greens": Standing.ASSERTS, "traders": Standing.REJECTS,
        "choir": Standing.SILENT,
    }  # fmt: skip
    verdicts = {frozenset((d.a, d.b)): d for d in found.divergences}
    assert frozenset(("union", "choir")) not in verdicts
    assert verdicts[frozenset(("union", "traders"))].verdict == Verdict.OPPOSED
    pair = verdicts[frozenset(("union", "greens"))]
    assert pair.documents_a == pair.documents_b == 4
    assert pair.layer == Layer.DEEP_CORE
    known = {t.claim.id: t.claim for t in found.claims}
    text = {d.id: d.text for d in found.documents}
    for premise in found.premises:
        claim = known[premise.claim_id]
        assert text[claim.document][claim.start : claim.end] == claim.text
    assert {known[i].partner for i in pair.lone_a} <= {pair.a}
    assert {known[i].partner for i in pair.lone_b} <= {pair.b}


def test_a_map_does_not_depend_on_the_order_of_its_claims(
    hand_models: Config, coalition: list[tuple[Document, TaggedClaim]]
) -> None:
    first = mapped(hand_models, coalition)
    shuffled = list(coalition)
    random.Random(3).shuffle(shuffled)
    assert mapped(hand_models, shuffled) == first


def test_stress_says_who_would_go_which_way(
    hand_models: Config, coalition: list[tuple[Document, TaggedClaim]]
) -> None:
    found = mapped(hand_models, coalition)
    sides = {
        leaning.partner: leaning.side
        for leaning in stress(found, "The agreement should pass.", hand_models)
    }
    assert sides["union"] == sides["greens"] == "against"
    assert sides["traders"] == "for"
    assert sides["choir"] == "silent"


def test_a_map_of_nothing_is_empty(hand_models: Config) -> None:
    found = compare([], [], hand_models)
    assert found.conclusions == ()
    assert found.partners == ()


def test_conclusions_are_measured_on_groups_and_on_propositions(
    hand_models: Config, tmp_path: Path
) -> None:
    path = tmp_path / "groups.jsonl"
    rows = [
        {"text": "We reject the agreement.", "group": "a"},
        {"text": "No to the agreement.", "group": "a"},
        {"text": "We want the agreement.", "group": "b"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = replace(hand_models, compare=replace(hand_models.compare, near_at=-1.0))
    assert conclusions(path, settings) == {
        "b_cubed_f1": 1.0, "precision": 1.0, "recall": 1.0, "groups": 2, "gold_groups": 2,
    }  # fmt: skip
    row = {
        "target": "The mine should go", "field": "f", "minimal": [],
        "same": ["We reject the mine.", "Stop the mine."], "contrary": ["We want the mine."],
        "near": ["The owner of the mine should pay."],
    }  # fmt: skip
    path.write_text(json.dumps(row) + "\n")
    # The model takes what is near for the contrary side: its four sentences are three groups.
    assert conclusions(path, settings) == {
        "b_cubed_f1": 0.8571, "precision": 0.75, "recall": 1.0, "groups": 2, "gold_groups": 3,
    }  # fmt: skip


def test_as_many_documents_for_as_against_take_no_side(hand_models: Config) -> None:
    made = [
        make("union", "We reject the agreement in the north."),
        make("greens", "We reject the agreement in the south."),
        make("torn", "We reject the agreement in the east."),
        make("torn", "We support the agreement in the west."),
    ]
    found = mapped(hand_models, made)
    (position,) = [p for p in found.positions if p.partner == "torn"]
    assert position.standing == Standing.MIXED
    assert position.claim_ids and position.contrary_ids
    assert not any("torn" in (d.a, d.b) for d in found.divergences)


def test_copies_of_one_letter_are_no_evidence_of_two(
    hand_models: Config, coalition: list[tuple[Document, TaggedClaim]]
) -> None:
    """A letter published by both under their own names, with one origin, says that they agreed."""
    made = list(coalition)
    text = "We reject the agreement. No agreement is worth a living being."
    for partner in ("union", "greens"):
        whole = Document.of(text + f" {partner}", partner=partner, source=partner)
        whole = replace(whole, origin="one-letter")
        for start, end, layer, facet in ((0, 24, Layer.POLICY_CORE, "position"),
                                         (25, 62, Layer.DEEP_CORE, "nature")):  # fmt: skip
            made.append((whole, tag(Claim.at(whole, start, end), layer, facet)))
    found = mapped(hand_models, made)
    (pair,) = [d for d in found.divergences if {d.a, d.b} == {"union", "greens"}]
    assert pair.documents_a == pair.documents_b == 4


def test_a_claim_too_doubtful_for_its_layer_is_no_evidence(
    hand_models: Config, coalition: list[tuple[Document, TaggedClaim]]
) -> None:
    strict = replace(hand_models, classify=replace(hand_models.classify, abstain_below=0.9))
    assert mapped(hand_models, coalition).conclusions
    assert not mapped(strict, coalition).conclusions  # the hand is 0.85 sure


def test_premises_are_placed_on_the_values_that_tell_them_apart(
    hand_models: Config, coalition: list[tuple[Document, TaggedClaim]]
) -> None:
    made = [
        (d, replace(t, values={"Security: societal": 0.9 if d.partner == "union" else 0.1}))
        for d, t in coalition
    ]
    found = mapped(hand_models, made)
    name = "value:Security: societal"
    assert name in {axis.id for axis in found.axes}
    places = {p.partner: p.value for p in found.places if p.axis == name}
    assert places["union"] == pytest.approx(0.8, abs=1e-3)
    assert places["greens"] == pytest.approx(-0.8, abs=1e-3)
