"""Comparing partners: which conclusions they share, and the premises that each gives for one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compare_claims import CONFIG, WordPairs, make
from conftest import HashEncoder, tag
from scipy.cluster.hierarchy import linkage

from pipeline.compare.conclusions import (
    Stated,
    _cut,
    find_conclusions,
    is_position,
    positions_of,
    same_side_groups,
    state_conclusion,
)
from pipeline.compare.evidence import Evidence, gather
from pipeline.compare.pairs import OPPOSES, SUPPORTS, BothWays
from pipeline.compare.premises import MARKER, candidates, find_premises
from pipeline.records import Claim, Document, Layer, TaggedClaim, Voice


def evidence_of(made: Sequence[tuple[Document, TaggedClaim]]) -> Evidence:
    return gather([t for _, t in made], [d for d, _ in made], HashEncoder())


def conclusions_of(evidence: Evidence) -> list[Stated]:
    model: Any = WordPairs()
    return find_conclusions(evidence, positions_of(evidence, model), model, CONFIG.compare)


POSITIONS = [
    make("union", "We reject the agreement with the north."),
    make("farmers", "Parliament must reject this agreement."),
    make("greens", "Stop the agreement, we say; reject it."),
    make("traders", "We support the agreement with the north."),
    make("union", "The school needs more teachers, we demand."),
    make("greens", "The school must have more teachers."),
    make("church", "Our choir sang on Sunday, it should be known."),
]


# Groups


def test_groups_hold_one_side_each() -> None:
    texts = [t.claim.text for _, t in POSITIONS]
    vectors = WordPairs().topics(texts)
    groups = same_side_groups(texts, vectors, WordPairs(), CONFIG.compare)  # type: ignore[arg-type]
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] not in (groups[0], groups[4])
    assert groups[4] == groups[5]
    assert len({*groups.tolist()}) == 4


def test_contrary_sentences_on_one_question_are_read_however_close() -> None:
    texts = ["We reject the mine.", "We support the mine.", "we  reject the Mine."]
    model = WordPairs()
    one = np.tile(np.float32([1, 0]), (3, 1))
    groups = same_side_groups(texts, one, model, CONFIG.compare)  # type: ignore[arg-type]
    assert groups[0] == groups[2] != groups[1]
    assert model.read > 0


def test_groups_do_not_depend_on_the_order() -> None:
    texts = [t.claim.text for _, t in POSITIONS]
    vectors = WordPairs().topics(texts)
    partition = set()
    for seed in range(5):
        order = list(range(len(texts)))
        random.Random(seed).shuffle(order)
        groups = same_side_groups(
            [texts[i] for i in order],
            vectors[order],
            WordPairs(),
            CONFIG.compare,  # type: ignore[arg-type]
        )
        sets: dict[int, set[int]] = {}
        for row, group in zip(order, groups.tolist(), strict=True):
            sets.setdefault(group, set()).add(row)
        partition.add(frozenset(frozenset(members) for members in sets.values()))
    assert len(partition) == 1


def test_reading_stays_linear_in_the_number_of_claims() -> None:
    counts = []
    for size in (100, 200, 400):
        texts = [f"We reject the mine number {i} at {i % 7} and {i % 11}." for i in range(size)]
        model = WordPairs()
        same_side_groups(texts, HashEncoder().embed(texts), model, CONFIG.compare)  # type: ignore[arg-type]
        counts.append(model.read / size)
    assert counts[2] < 1.5 * counts[0]


def test_a_component_that_is_too_large_is_cut_along_its_weakest_links(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = []

    def watched(distance: np.ndarray, method: str) -> np.ndarray:
        sizes.append(len(distance))
        return linkage(distance, method=method)

    monkeypatch.setattr("pipeline.compare.conclusions.linkage", watched)
    monkeypatch.setattr("pipeline.compare.conclusions.LARGEST_GROUP", 10)
    texts = [f"We reject the mine of the year {1990 + i}." for i in range(40)]
    groups = same_side_groups(texts, WordPairs().topics(texts), WordPairs(), CONFIG.compare)  # type: ignore[arg-type]
    assert max(sizes) <= 10 * 9 / 2
    assert len(set(groups.tolist())) < len(texts) / 3
    monkeypatch.setattr("pipeline.compare.conclusions.LARGEST_GROUP", 2)
    links = {(0, 1): 0.9, (1, 2): 0.6, (2, 3): 0.9, (8, 9): 0.9}
    assert _cut([0, 1, 2, 3], links) == [[0, 1], [2, 3]]


def test_copies_are_joined_before_they_are_read() -> None:
    texts = [*["We reject the mine."] * 20, "we  reject the MINE.", "Stop the mine."]
    model = WordPairs()
    groups = same_side_groups(texts, model.topics(texts), model, CONFIG.compare)  # type: ignore[arg-type]
    assert len(set(groups.tolist())) == 1
    assert model.read == 2  # one pair, both ways


# Conclusions


def test_shared_conclusions_need_two_partners_and_name_who_is_against() -> None:
    found = conclusions_of(evidence_of(POSITIONS))
    texts = [stated.conclusion.text for stated in found]
    assert len(texts) == 2
    assert "agreement" in texts[0]
    assert "school" in texts[1]
    rejecting = {evidence_of(POSITIONS).claims[row].claim.partner for row in found[0].rejecting}
    assert rejecting == {"traders"}


def test_a_letter_that_two_sign_is_no_shared_conclusion() -> None:
    whole, claim = make("union", "We reject the agreement, both of us.")
    joint = replace(whole, partners=("union", "farmers"))
    evidence = gather([claim], [joint], HashEncoder())
    assert evidence.holders == (("union", "farmers"),)
    assert conclusions_of(evidence) == []


def test_an_opponents_words_are_nobodys_evidence() -> None:
    made = [*POSITIONS[:1], make("farmers", "We must reject the agreement.", voice=Voice.OPPONENT)]
    assert conclusions_of(evidence_of(made)) == []


def test_a_named_conclusion_finds_both_sides() -> None:
    evidence = evidence_of(POSITIONS)
    settings = replace(CONFIG.compare, near_at=0.05)
    model: Any = WordPairs()
    stated = state_conclusion(
        "The agreement is to be rejected: reject it.", Layer.SECONDARY, evidence,
        positions_of(evidence, model), model, HashEncoder(), settings,
    )  # fmt: skip
    sides = [{evidence.claims[row].claim.partner for row in rows}
             for rows in (stated.asserting, stated.rejecting)]  # fmt: skip
    assert sides == [{"union", "farmers", "greens"}, {"traders"}]
    assert stated.conclusion.stated
    assert stated.conclusion.layer is Layer.SECONDARY


# Premises


def test_premises_are_marked_reasons_neighbours_and_beliefs() -> None:
    text = (
        "We reject the agreement because the river would die. "
        "The agreement would let firms foul it, and no court could stop them. "
        "Lunch was served."
    )
    whole = Document.of(text, partner="greens", source="a")
    marked = tag(Claim.at(whole, 0, 53), Layer.POLICY_CORE, "position")
    beside = tag(Claim.at(whole, 54, 121), Layer.POLICY_CORE, "cause")
    lunch = tag(Claim.at(whole, 122, len(text)), Layer.NONE)
    other = make("greens", "No agreement is worth a living being.", Layer.DEEP_CORE, "nature")
    evidence = gather([marked, beside, lunch, other[1]], [whole, other[0]], HashEncoder())
    model: Any = WordPairs()
    stated = state_conclusion(
        "Reject the agreement.", Layer.POLICY_CORE, evidence, positions_of(evidence, model),
        model, HashEncoder(), CONFIG.compare,
    )  # fmt: skip
    own = [row for row in stated.asserting if evidence.claims[row].claim.id == marked.claim.id]
    found = find_premises(evidence, stated, "greens", own, SUPPORTS, model, CONFIG.compare)
    links = {evidence.claims[evidence.row[p.claim_id]].claim.id: p.link for p in found}
    assert links[marked.claim.id] == "marker"
    assert links[beside.claim.id] == "neighbour"
    assert links[other[1].claim.id] == "belief"
    assert lunch.claim.id not in links
    assert [p.support for p in found] == sorted((p.support for p in found), reverse=True)


def test_a_position_said_again_is_no_reason_and_a_copied_one_is_one() -> None:
    made = [
        make("greens", "We reject the agreement."),
        make("greens", "The agreement must not be signed.", Layer.POLICY_CORE, "position"),
        make("greens", "No agreement is worth a living being.", Layer.DEEP_CORE, "nature"),
    ]
    belief = made[2][0]
    copy = replace(belief, id="copy", origin=belief.origin, source="copy")
    again = replace(made[2][1], claim=replace(made[2][1].claim, id="copied", document="copy"))
    evidence = gather([*(t for _, t in made), again], [*(d for d, _ in made), copy], HashEncoder())
    model: Any = WordPairs()
    stated = state_conclusion(
        "Reject the agreement.", Layer.POLICY_CORE, evidence, positions_of(evidence, model),
        model, HashEncoder(), CONFIG.compare,
    )  # fmt: skip
    own = [row for row in stated.asserting if "We reject" in evidence.claims[row].claim.text]
    texts = [evidence.claims[c.row].claim.text for c in candidates(evidence, stated, "greens", own)]
    assert texts == ["No agreement is worth a living being."]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("We object, since cheap beef is paid for with forest.", True),
        ("Since journalism was introduced there, enrolment has doubled.", False),
        ("We have objected since 2019.", False),
        ("We have objected since March 2019.", False),
        ("It must go because it harms rivers.", True),
    ],
)
def test_since_is_a_reason_only_where_it_tells_no_time(text: str, marked: bool) -> None:
    assert bool(MARKER.search(text)) == marked


def test_premises_against_are_those_that_speak_against() -> None:
    made = [
        make("traders", "We welcome the agreement because trade feeds towns."),
        make("traders", "The agreement feeds every child alike.", Layer.DEEP_CORE, "whose_welfare"),
    ]  # fmt: skip
    evidence = evidence_of(made)
    model: Any = WordPairs()
    stated = state_conclusion(
        "Reject the agreement.", Layer.POLICY_CORE, evidence, positions_of(evidence, model),
        model, HashEncoder(), replace(CONFIG.compare, near_at=0.05),
    )  # fmt: skip
    assert stated.rejecting and not stated.asserting
    own = [row for row in stated.rejecting if "because" in evidence.claims[row].claim.text]
    sides = {
        side: find_premises(evidence, stated, "traders", own, side, model, CONFIG.compare)
        for side in (SUPPORTS, OPPOSES)
    }
    assert {p.link for p in sides[OPPOSES]} == {"marker", "belief"}
    assert {p.link for p in sides[SUPPORTS]} == {"marker"}


def test_what_is_read_as_both_shows_neither() -> None:
    class Torn(WordPairs):
        """Joins claims, and then reads all of them against the conclusion they were joined to."""

        def both_ways(self, pairs: Sequence[tuple[str, str]]) -> BothWays:
            first, self.read = not self.read, 1
            one = [0.96, 0.02, 0.02] if first else [0.02, 0.96, 0.02]
            sides = np.tile(np.array([one], np.float32), (len(pairs), 1))
            return BothWays(sides, sides, np.full(len(pairs), 0.99, np.float32))

    evidence = evidence_of(POSITIONS[:2])
    model: Any = Torn()
    found = find_conclusions(evidence, positions_of(evidence, model), model, CONFIG.compare)
    assert found == []  # nobody is left who says so


def test_what_opens_a_list_is_no_position() -> None:
    text = "The League is calling on the government\n - to publish every chapter;"
    whole = Document.of(text, partner="league", source="a")
    opening = Claim.at(whole, 0, 39, after=text[39:])
    assert not is_position(opening)
    assert is_position(replace(opening, after=" It must act."))
    other = Document.of("We call on it to:", partner="league", source="b")
    assert not is_position(Claim.at(other, 0, 17))


def test_a_question_is_no_position() -> None:
    asked = Document.of("Should the mine be stopped?", partner="league", source="q")
    assert not is_position(Claim.at(asked, 0, 27))


def test_pairs_are_read_once_in_all_rounds() -> None:
    texts = [f"We reject the mine number {i} at {i % 7} and {i % 11}." for i in range(60)]
    seen: list[tuple[str, str]] = []

    class Watched(WordPairs):
        def both_ways(self, pairs: Sequence[tuple[str, str]]) -> BothWays:
            seen.extend(pairs)
            return super().both_ways(pairs)

    same_side_groups(texts, HashEncoder().embed(texts), Watched(), CONFIG.compare)  # type: ignore[arg-type]
    assert len(seen) == len(set(seen)) > 60
