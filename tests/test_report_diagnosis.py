"""Diagnosis and tiers: what is found, what it was drawn from, and what each audience may see."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import report_maps as maps

from pipeline import report
from pipeline.config import ReportConfig
from pipeline.records import Layer, Standing, Tier, Verdict
from pipeline.report.diagnosis import diagnose
from pipeline.report.findings import findings
from pipeline.report.index import Index
from pipeline.report.language import Names, moral_words, repertoires


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(maps.coalition())


def test_fracture_is_agreement_over_deep_core_divergence_weighted_by_reliance(index):
    (fracture,) = diagnose(index).fractures
    assert {fracture.divergence.a, fracture.divergence.b} == {maps.FEDERATION, maps.LEAGUE}
    assert fracture.reliance == 1.0
    assert fracture.weight == pytest.approx(0.64 * 0.7)


def test_opposite_sides_are_no_fracture_and_too_little_evidence_is_none(index):
    base = index.map
    little = tuple(replace(d, verdict=Verdict.TOO_LITTLE) for d in base.divergences)
    assert diagnose(Index(replace(base, divergences=little))).fractures == ()
    flipped = tuple(
        replace(p, standing=Standing.REJECTS)
        if (p.conclusion, p.partner) == ("c-reject", maps.LEAGUE) else p
        for p in base.positions
    )  # fmt: skip
    assert diagnose(Index(replace(base, positions=flipped))).fractures == ()


def test_moralised_dispute_is_found_with_its_target_matter_and_layer(index):
    (found,) = diagnose(index).moralised
    assert found.at == maps.LEAGUE and found.named and found.kind == "lacking commitment"
    assert found.matter.id == "c-strike" and found.layer is Layer.SECONDARY


def test_tactical_dispute_of_partners_who_differ_in_the_deep_core(index):
    (found,) = diagnose(index).hidden
    assert found.matter.id == "c-strike" and found.elsewhere


def test_containment_suggests_by_layer_and_says_why_it_was_raised(index):
    (found,) = diagnose(index).containment
    assert found.right == "coordination" and "good faith" in found.raised
    assert set(found.claims) <= index.claims.keys() and len(found.claims) == 2
    calm = replace(
        index.map,
        claims=tuple(t for t in index.map.claims if "truly cared" not in t.claim.text),
        divergences=(),
    )
    assert diagnose(Index(calm)).containment[0].right == "autonomy"


def test_pairs_need_evidence_before_they_are_called_anything(index):
    pairs = {frozenset((p.a, p.b)): p for p in diagnose(index).pairs}
    pair = pairs[frozenset((maps.FEDERATION, maps.LEAGUE))]
    assert pair.kind == "too little evidence"
    assert len(pair.shared) == 2 and len(pair.opposed) == 1 and pair.deep == 1
    lone = pairs[frozenset((maps.FEDERATION, maps.TABLE))]
    assert lone.reach == pytest.approx(2 / 3) and "letter" in lone.only_b


def test_names_in_text_and_words_of_escalation():
    names = Names(["estuary-league", "clear-label", "federation-of-trades"])
    assert names.found("If the League truly cared") == ["estuary-league"]
    assert names.found("It is clear that the label matters") == []
    assert names.found("the FEDERATION OF TRADES said") == ["federation-of-trades"]
    assert [k for k, _ in moral_words("They sold us out.")] == ["betrayal"]
    assert moral_words("They sold out of tickets")[0][0] == "betrayal"  # a candidate only
    assert moral_words("The court will sit in May.") == []
    assert moral_words("Perhaps because we don't truly care.") == []
    assert moral_words("The dog does not care for hats.") == []
    assert repertoires("Our lawyers go to court after the strike.") == [
        "litigation", "mobilisation",
    ]  # fmt: skip


def test_findings_are_at_most_four_and_carry_evidence(index):
    found = findings(index, diagnose(index))
    assert 3 <= len(found) <= 4
    assert found[0].kind == "Same position, different roots" and found[0].quotes
    assert all(f.sure and f.route for f in found)


SECRETS = {
    Tier.PUBLIC: (
        "Those who share a country", "truly cared", "sitting in counsel", "The stoppage will last",
        "We will not endorse", "What Stannick was promised", "Day of action", "scan.pdf",
        "What would you say to a revised agreement", '"verdict":"divergent"', "p = 0.012", "0.64",
    ),
    Tier.WORKING_GROUP: (
        "truly cared", "sitting in counsel", "We will not endorse", "Day of action", "scan.pdf",
        "A lawsuit takes years",
    ),
}  # fmt: skip


@pytest.mark.parametrize("tier", [Tier.PUBLIC, Tier.WORKING_GROUP])
def test_bytes_of_every_file_hold_nothing_that_the_audience_may_not_see(tier, tmp_path: Path):
    written = report.write(maps.coalition(), tmp_path, ReportConfig(tier=tier))
    hidden = [d for d in maps.coalition().documents if d.tier not in (Tier.PUBLIC, tier)]
    for what, path in written.items():
        data = path.read_bytes()
        if what.endswith((".png", ".docx")) or what == "map.schema.json":
            continue
        if what == "map.html":
            data = re.sub(rb"<s(cript|tyle)>.*?</s\1>", b"", data, flags=re.S)
        for secret in (*SECRETS[tier], *(d.id for d in hidden), *(d.sha256 for d in hidden)):
            assert secret.encode() not in data, (what, secret)


def test_what_is_left_out_is_not_told_never_silent():
    shown = Index(report.restrict(maps.coalition(), "public"))
    stands = {c.text: shown.standing(c.id, maps.LEAGUE) for c in shown.map.conclusions}
    assert stands["The Twin Seas Partnership must be rejected."] is Standing.ASSERTS
    assert maps.coalition().conclusions[2].text not in stands  # its words were for steering only
    tribunal = next(c for c in shown.map.conclusions if "court" in c.text or "tribunal" in c.text)
    assert shown.standing(tribunal.id, maps.FEDERATION) is None
    assert tribunal.text == "No private court should judge our laws."
    assert not shown.map.divergences and not shown.map.premises


def test_working_group_sees_verdicts_only_where_it_sees_all_their_premises():
    shown = report.restrict(maps.coalition(), Tier.WORKING_GROUP)
    assert {(d.a, d.b) for d in shown.divergences if d.conclusion == "c-reject"} == {
        (maps.FEDERATION, maps.LEAGUE), (maps.LEAGUE, maps.TABLE), (maps.FEDERATION, maps.TABLE),
    }  # fmt: skip
    assert all(p.candidates == () for p in shown.positions)
    assert report.restrict(maps.coalition(), Tier.STEERING) == maps.coalition()


def test_opposite_sides_are_different_grounds_only_with_evidence(index):
    base = index.map

    def opposed(**changes):
        d = replace(base.divergences[0], conclusion="c-strike", verdict=Verdict.OPPOSED, **changes)
        return Index(replace(base, divergences=(d,)))

    assert not diagnose(opposed(p_adjusted=0.4)).hidden
    assert not diagnose(opposed(p_adjusted=0.001, needed=5)).hidden
    (found,) = diagnose(opposed(p_adjusted=0.001)).hidden
    assert not found.elsewhere
