"""Comparing partners: conclusions, premises, divergence, and what a map made of them says."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.compare.conclusions import (
    Stated,
    find_conclusions,
    positions_of,
    same_side_groups,
    state_conclusion,
)
from pipeline.compare.corpus import compare
from pipeline.compare.divergence import (
    PremiseSet,
    distances,
    document_sums,
    energies,
    permutation_test,
)
from pipeline.compare.evidence import Evidence, gather
from pipeline.compare.neighbours import nearest, similar_pairs
from pipeline.compare.pairs import BothWays, PairModel
from pipeline.compare.premises import find_premises
from pipeline.compare.sets import (
    Comparison,
    adjust,
    compare_sets,
    layer_shares,
    needed_documents,
    numbered,
    to_unit,
    verdict_of,
)
from pipeline.compare.stress import stress
from pipeline.config import Config
from pipeline.evaluate.measures import conclusions
from pipeline.records import (
    LAYERS,
    AxiomMap,
    Claim,
    Document,
    Layer,
    Standing,
    TaggedClaim,
    Verdict,
    Voice,
)
from tests.conftest import HashEncoder, tag

CONFIG = replace(
    Config(),
    compare=replace(
        Config().compare,
        permutations=199,
        bootstraps=50,
        near_at=0.2,
        merge_at=0.5,
        min_documents=2,
    ),
)


class WordPairs:
    """A pair model that anybody can foresee: texts with a common noun take a side on each other,
    the contrary side where one of them, and not the other, says no.
    """

    NOUNS = ("agreement", "mine", "river", "school")

    def __init__(self) -> None:
        self.read = 0

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """Probabilities ``(n, 3)``."""
        self.read += len(pairs)
        rows = []
        for text, target in pairs:
            common = any(noun in text.lower() and noun in target.lower() for noun in self.NOUNS)
            contrary = self._no(text) != self._no(target)
            rows.append([0.02, 0.02, 0.96] if not common else
                        [0.02, 0.96, 0.02] if contrary else [0.96, 0.02, 0.02])  # fmt: skip
        return np.array(rows, dtype=np.float32).reshape(-1, 3)

    def same_position(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """Probabilities ``(n,)``."""
        return self.probabilities(pairs)[:, 0]

    def both_ways(self, pairs: Sequence[tuple[str, str]]) -> BothWays:
        """Both readings."""
        there = self.probabilities(pairs)
        return BothWays(there, self.probabilities([(b, a) for a, b in pairs]), there[:, 0])

    def topics(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors ``(n, d)``: texts with the first noun in common have one, others another."""
        wide = 64
        first = [next((n for n in self.NOUNS if n in t.lower()), "") for t in texts]
        place = [
            self.NOUNS.index(noun) if noun else len(self.NOUNS) + sum(t.encode()) % 50
            for noun, t in zip(first, texts, strict=True)
        ]
        return np.eye(wide, dtype=np.float32)[place]

    @staticmethod
    def _no(text: str) -> bool:
        return any(word in text.lower() for word in ("reject", "stop", "no ", "never"))


def make(
    partner: str, text: str, layer: Layer = Layer.POLICY_CORE, facet: str = "position",
    *, document: str = "", voice: Voice = Voice.PARTNER,
) -> tuple[Document, TaggedClaim]:  # fmt: skip
    """A document of one sentence and its claim."""
    whole = Document.of(text + " " * len(document), partner=partner, source=f"{partner}/{document}")
    claim = replace(Claim.at(whole, 0, len(text)), voice=voice)
    return whole, tag(claim, layer, facet)


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


# Conclusions


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
        "The agreement is to be rejected: reject it.", evidence, positions_of(evidence, model),
        model, HashEncoder(), settings,
    )  # fmt: skip
    sides = [{evidence.claims[row].claim.partner for row in rows}
             for rows in (stated.asserting, stated.rejecting)]  # fmt: skip
    assert sides == [{"union", "farmers", "greens"}, {"traders"}]
    assert stated.conclusion.stated


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
        "Reject the agreement.", evidence, positions_of(evidence, model), model, HashEncoder(),
        CONFIG.compare,
    )  # fmt: skip
    own = [row for row in stated.asserting if evidence.claims[row].claim.id == marked.claim.id]
    found = find_premises(evidence, stated, "greens", own, model, CONFIG.compare)
    links = {evidence.claims[evidence.row[p.claim_id]].claim.id: p.link for p in found}
    assert links[marked.claim.id] == "marker"
    assert links[beside.claim.id] == "neighbour"
    assert links[other[1].claim.id] == "belief"
    assert lunch.claim.id not in links
    assert [p.support for p in found] == sorted((p.support for p in found), reverse=True)


# Divergence


def premise_set(rng: np.random.Generator, centre: float, documents: Sequence[int]) -> PremiseSet:
    vectors = rng.normal(size=(len(documents), 8)).astype(np.float32)
    vectors[:, 0] += centre
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return PremiseSet(
        vectors, rng.normal(size=(len(documents), 20)).astype(np.float32), np.array(documents)
    )


def test_energy_is_the_published_formula() -> None:
    # Points 0 and 2 against 3 and 7 on a line: 2*mean|a-b| - mean|a-a'| - mean|b-b'|, pairs of
    # one document left out: 2*(3+7+1+5)/4 - 2 - 4 = 2.
    line = np.array([0.0, 2.0, 3.0, 7.0])
    distance = np.abs(line[:, None] - line[None])
    mean, weight = document_sums(distance, np.arange(4))
    side = np.array([[True, True, False, False]])
    assert energies(mean, weight, side)[0] == pytest.approx(2.0)


def test_sentences_of_one_document_are_one_voice() -> None:
    mean, weight = document_sums(np.ones((5, 5)) - np.eye(5), np.array([0, 0, 0, 0, 1]))
    assert mean.shape == (2, 2)
    assert mean[0, 1] == pytest.approx(1.0)
    assert weight.tolist() == pytest.approx([2.0, 1.0])


def test_p_values_keep_their_level_and_find_what_is_there() -> None:
    rng = np.random.default_rng(0)

    def rate(shift: float) -> float:
        hits = 0
        for seed in range(60):
            a = premise_set(rng, 0.0, range(8))
            b = premise_set(rng, shift, range(8))
            test = permutation_test(a, b, weights={"reason": 1.0}, permutations=99,
                                    bootstraps=0, seed=seed)  # fmt: skip
            hits += test.p_value <= 0.05
        return hits / 60

    assert rate(0.0) <= 0.13  # 0.05 and three standard errors
    assert rate(4.0) >= 0.9


def test_repeating_sentences_inside_documents_adds_no_certainty() -> None:
    rng = np.random.default_rng(1)
    a, b = premise_set(rng, 0.0, range(4)), premise_set(rng, 2.0, range(4))
    again = [np.repeat(np.arange(4), 5)] * 2
    repeated = [
        PremiseSet(s.vectors[r], s.values[r], s.documents[r])
        for s, r in zip((a, b), again, strict=True)
    ]
    once = permutation_test(a, b, weights={"reason": 1.0}, permutations=199, bootstraps=0, seed=0)
    five = permutation_test(
        *repeated, weights={"reason": 1.0}, permutations=199, bootstraps=0, seed=0
    )
    assert five.p_value == pytest.approx(once.p_value)
    assert five.energy == pytest.approx(once.energy)


def test_distance_is_symmetric_and_zero_on_itself() -> None:
    rng = np.random.default_rng(2)
    a, b = premise_set(rng, 0.0, range(3)), premise_set(rng, 1.0, range(2))
    table = distances(a, b, {"reason": 1.0, "value": 0.1})
    assert table.shape == (5, 5)
    np.testing.assert_allclose(table, table.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(table), 0.0, atol=1e-3)


def test_holm_on_a_worked_example() -> None:
    # Holm (1979): sorted p times (m, m-1, …), never falling.
    assert adjust([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02]
    assert adjust([]) == []


def test_divergence_rises_with_energy_and_stays_in_bounds() -> None:
    steps = [to_unit(e) for e in np.linspace(-0.5, 2.0, 50)]
    assert steps == sorted(steps)
    assert 0 < steps[0] < steps[-1] <= 1


def test_verdicts() -> None:
    base = Comparison(Verdict.OVERLAPPING, 0.5, 0.3, 0.8, 0.01, 3, (0.0,) * 4)
    settings = CONFIG.compare
    assert verdict_of(base, 0.01, settings) == Verdict.DIVERGENT
    assert verdict_of(base, 0.2, settings) == Verdict.OVERLAPPING
    near = replace(base, divergence=0.15, high=0.4)
    assert verdict_of(near, 0.6, settings) == Verdict.ALIGNED
    unsure = replace(base, divergence=0.15, high=0.9)
    assert verdict_of(unsure, 0.6, settings) == Verdict.OVERLAPPING
    little = replace(base, verdict=Verdict.TOO_LITTLE)
    assert verdict_of(little, 0.001, settings) == Verdict.TOO_LITTLE


def test_too_little_evidence_is_said_with_what_would_be_enough() -> None:
    rng = np.random.default_rng(3)
    found = compare_sets(
        premise_set(rng, 0.0, [0]), premise_set(rng, 1.0, range(5)), CONFIG.compare,
        layers=np.zeros(6, np.int64),
    )  # fmt: skip
    assert found.verdict == Verdict.TOO_LITTLE
    assert found.needed >= CONFIG.compare.min_documents


def test_weaker_differences_need_more_documents() -> None:
    settings = CONFIG.compare
    needed = [needed_documents(z, 6, settings) for z in (4.0, 2.0, 1.0, 0.5)]
    assert needed == sorted(needed)
    assert needed_documents(2.49, 6, settings) == 6


def test_layer_shares_lie_where_no_counterpart_is() -> None:
    eye = np.eye(4, dtype=np.float32)
    a = PremiseSet(eye[[0, 1]], np.zeros((2, 20), np.float32), np.array([0, 1]))
    b = PremiseSet(eye[[0, 2]], np.zeros((2, 20), np.float32), np.array([0, 1]))
    deep, secondary = LAYERS.index(Layer.DEEP_CORE), LAYERS.index(Layer.SECONDARY)
    shares = layer_shares(a, b, np.array([secondary, deep, secondary, deep]))
    assert shares[deep] == 1.0
    assert shares[secondary] == 0.0


def test_documents_are_numbered_by_first_appearance() -> None:
    assert numbered(["b", "a", "b", "c"]).tolist() == [0, 1, 0, 2]


# Neighbours


def test_nearest_is_brute_force() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(50, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, cosines = nearest(vectors[:7], vectors, 5)
    whole = vectors[:7] @ vectors.T
    np.testing.assert_array_equal(rows, np.argsort(-whole, 1)[:, :5])
    np.testing.assert_allclose(cosines, -np.sort(-whole, 1)[:, :5], rtol=1e-5)
    left, right, _ = similar_pairs(vectors, 0.5)
    expected = {
        (i, j) for i in range(50) for j in range(i + 1, 50) if vectors[i] @ vectors[j] >= 0.5
    }
    assert set(zip(left.tolist(), right.tolist(), strict=True)) == expected


# The pair model


@pytest.fixture
def pair_model(tiny_settings: tuple[str, ...]) -> PairModel:
    from pipeline.config import load

    return PairModel.from_config(load(None, tiny_settings))


def test_same_reason_does_not_depend_on_the_order(pair_model: PairModel) -> None:
    couples = [("profit ruins the river", "we reject the agreement"), ("people", "profit")]
    there = pair_model.same_reason(couples)
    back = pair_model.same_reason([(b, a) for a, b in couples])
    np.testing.assert_allclose(there, back, atol=1e-6)
    assert ((there > 0) & (there < 1)).all()


def test_reading_both_ways_is_reading_each_way(pair_model: PairModel) -> None:
    couples = [("profit ruins the river", "we reject the agreement"), ("people", "profit")]
    turned = [(b, a) for a, b in couples]
    read = pair_model.both_ways(couples)
    np.testing.assert_allclose(read.forward, pair_model.probabilities(couples), atol=1e-6)
    np.testing.assert_allclose(read.backward, pair_model.probabilities(turned), atol=1e-6)
    np.testing.assert_allclose(read.position, pair_model.same_position(turned), atol=1e-6)
    judged = pair_model.judge(couples)
    assert [line["same_position"] for line in judged] == pytest.approx(
        read.position.tolist(), abs=1e-4
    )


def test_probabilities_do_not_depend_on_the_batch(pair_model: PairModel) -> None:
    couples = [("we reject the agreement", "the agreement"), ("people", "profit " * 30)]
    together = pair_model.probabilities([*couples, *couples])
    alone = np.concatenate([pair_model.probabilities([couple]) for couple in couples])
    np.testing.assert_allclose(together[:2], alone, atol=1e-5)
    np.testing.assert_allclose(together.sum(1), 1.0, atol=1e-5)
    assert pair_model.probabilities([]).shape == (0, 3)


# Maps


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
    return replace(
        config, compare=replace(config.compare, near_at=0.2, merge_at=0.5, min_documents=2)
    )


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


def test_the_largest_groups_are_cut_not_refused(
    monkeypatch: pytest.MonkeyPatch, write: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr("pipeline.compare.conclusions.LARGEST_GROUP", 10)
    texts = write()
    groups = same_side_groups(texts, WordPairs().topics(texts), WordPairs(), CONFIG.compare)  # type: ignore[arg-type]
    assert len(set(groups.tolist())) < len(texts) / 3


@pytest.fixture
def write(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: [f"We reject the mine of the year {1990 + i}." for i in range(40)]


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
