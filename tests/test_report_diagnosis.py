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
from pipeline.report.findings import evidence_words, findings
from pipeline.report.index import Index
from pipeline.report.language import Names, moral_words, repertoires
from pipeline.report.page import render


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


def test_fracture_needs_most_of_the_divergence_in_the_deep_core(index):
    shares = {"deep_core": 0.5, "policy_core": 0.3, "secondary": 0.2}
    half = Index(maps.with_divergence(index.map, 0, layers=shares))
    assert diagnose(half).fractures == diagnose(half).hidden == ()


def test_difference_of_inferred_reasons_is_a_question_and_no_fracture(index):
    base = index.map
    assert index.inferred(base.divergences[0]) == 0 and "inferred" not in evidence_words(
        index, base.divergences[0]
    )

    def guessed(*partners):
        return Index(replace(base, premises=tuple(
            replace(p, link="belief") if p.partner in partners else p for p in base.premises
        )))  # fmt: skip

    some = guessed(maps.LEAGUE)
    (fracture,) = diagnose(some).fractures
    assert fracture.inferred == 0.5
    assert "50 % of the reasons compared are inferred" in evidence_words(some, fracture.divergence)
    everything = guessed(maps.LEAGUE, maps.FEDERATION)
    found = diagnose(everything)
    assert found.fractures == found.hidden == () and len(found.unsaid) == 1
    assert "different roots" not in " ".join(f.kind for f in findings(everything, found))
    page = render(everything, ReportConfig(), figures={})
    assert "To ask first: both take the position without a reason" in page
    assert "To ask first" not in render(index, ReportConfig(), figures={})


def test_deep_difference_on_a_tactical_matter_needs_no_opposite_sides(index):
    told = replace(index.map.divergences[0], conclusion="c-strike", a=maps.FEDERATION, b=maps.TABLE)
    base = maps.with_position(index.map, "c-strike", maps.TABLE, standing=Standing.ASSERTS)
    found = diagnose(Index(replace(base, divergences=(told,))))
    (deep,) = found.hidden
    assert deep.divergence == told and not deep.elsewhere
    calm = replace(
        base, divergences=(told,),
        claims=tuple(t for t in base.claims if "truly cared" not in t.claim.text),
    )  # fmt: skip
    # The dispute is between others: what these two differ in does not raise it.
    assert diagnose(Index(calm)).containment[0].right == "autonomy"


def test_nobody_rejects_is_said_only_where_nothing_was_published_against(index):
    base = replace(index.map, divergences=())
    assert "nobody rejects it" in _common(Index(base))
    minority = maps.with_position(
        base, "c-reject", maps.TABLE,
        contrary_ids=(maps.claim_id(base, "God has no third countries"),),
    )  # fmt: skip
    told = _common(Index(minority))
    assert "nobody" not in told and "words against it stand in documents of Common Table" in told
    untold = replace(base, positions=tuple(
        p for p in base.positions if (p.conclusion, p.partner) != ("c-reject", maps.TABLE)
    ))  # fmt: skip
    assert "nobody" not in _common(Index(untold))


def _common(index: Index) -> str:
    (found,) = [f for f in findings(index, diagnose(index)) if f.kind == "Common position"]
    return found.text


def test_unsaid_reasons_are_counted_among_those_who_take_a_side():
    index = Index(replace(maps.torn(), divergences=()))
    calm = replace(
        index.map, claims=tuple(t for t in index.map.claims if "truly" not in t.claim.text)
    )
    found = findings(Index(calm), diagnose(Index(calm)))
    (unsaid,) = [f for f in found if f.kind == "Reasons left unsaid"]
    assert "In 1 of 7 cases" in unsaid.text  # nine positions: one says both, one is silent


def test_contested_quotes_the_side_that_a_partner_takes(index):
    base = maps.with_position(
        index.map, "c-strike", maps.LEAGUE,
        claim_ids=(maps.claim_id(index.map, "A carbon border charge"),),
    )  # fmt: skip
    found = findings(Index(base), diagnose(Index(base)))
    (contested,) = [f for f in found if f.kind == "Open disagreement"]
    assert contested.quotes[1][1].startswith("We will not endorse")
    assert set(diagnose(Index(base)).containment[0].claims) == {
        maps.claim_id(base, "A one-day strike"), maps.claim_id(base, "We will not endorse"),
    }  # fmt: skip


def opposed_in_secret():
    """The League rejects the tribunal's end on steering documents, and once asserts it openly."""
    base = maps.coalition()
    secret = maps.claim_id(base, "The case for Harbour Reach")
    base = maps.with_position(
        base, "c-tribunal", maps.LEAGUE, standing=Standing.REJECTS, contrary_ids=(secret,),
    )  # fmt: skip
    return maps.with_divergence(base, 3, verdict=Verdict.OPPOSED, p_adjusted=0.0123)


@pytest.mark.parametrize("tier", [Tier.PUBLIC, Tier.WORKING_GROUP])
def test_position_stays_only_where_claims_of_its_own_side_may_be_seen(tier, tmp_path: Path):
    shown = report.restrict(opposed_in_secret(), tier)
    told = {(c.text, p.partner) for p in shown.positions for c in shown.conclusions
            if c.id == p.conclusion}  # fmt: skip
    assert not [t for t, partner in told if "ourt" in t and partner == maps.LEAGUE]
    assert not any(d.verdict is Verdict.OPPOSED for d in shown.divergences)
    assert not any(p.partner == maps.LEAGUE and "spoonbill" in shown_text(shown, p.claim_id)
                   for p in shown.premises)  # fmt: skip
    written = report.write(opposed_in_secret(), tmp_path, ReportConfig(tier=tier))
    for what in ("map.json", "map.graphml", "brief.md", "claims.csv"):
        data = written[what].read_bytes()
        assert b'"opposed"' not in data and b'"standing":"rejects"' not in data, what
        assert b">rejects<" not in data, what


def shown_text(shown, claim_id):
    return next(t.claim.text for t in shown.claims if t.claim.id == claim_id)


def test_who_says_both_is_told_only_where_both_sides_may_be_seen():
    base = maps.torn()
    shown = report.restrict(base, Tier.WORKING_GROUP)
    assert all(p.standing is not Standing.MIXED for p in shown.positions)  # its words were secret
    stated = replace(base, conclusions=tuple(replace(c, stated=True) for c in base.conclusions))
    (both,) = [p for p in report.restrict(stated, Tier.PUBLIC).positions
               if p.standing is Standing.MIXED]  # fmt: skip
    assert both.claim_ids and both.contrary_ids
    half = maps.with_position(
        stated, "c-strike", maps.TABLE, contrary_ids=(maps.claim_id(base, "We will not endorse"),)
    )
    told = report.restrict(half, Tier.PUBLIC).positions
    assert not [p for p in told if p.conclusion == "c-strike" and p.partner == maps.TABLE]


def test_documents_count_what_the_audience_may_see_of_the_side_taken():
    base = maps.coalition()
    both_sides = maps.with_position(
        base, "c-reject", maps.FEDERATION,
        contrary_ids=(maps.claim_id(base, "Dredging for the new port"),),
    )  # fmt: skip
    for tier, count in ((Tier.PUBLIC, 1), (Tier.WORKING_GROUP, 2)):
        (position,) = [p for p in report.restrict(both_sides, tier).positions
                       if (p.conclusion, p.partner) == ("c-reject", maps.FEDERATION)]  # fmt: skip
        assert position.documents == count


def test_questions_do_not_quote_a_short_claim_that_may_not_be_seen():
    plain = maps.coalition()
    secret = next(t for t in plain.claims if t.claim.text.startswith("A lawsuit takes"))
    asked = f"“{secret.claim.text.rstrip('.')}”: whose welfare matters most to you here?"
    asking = maps.with_position(plain, "c-reject", maps.FEDERATION, questions=(asked, "Why?"))
    short = replace(asking, claims=tuple(
        replace(t, claim=replace(t.claim, text="Sue.", end=t.claim.start + 4))
        if t is secret else t for t in asking.claims))  # fmt: skip
    for base, question in ((asking, asked), (short, "“Sue”: why?")):
        found = maps.with_position(base, "c-reject", maps.FEDERATION, questions=(question, "Why?"))
        shown = report.restrict(found, Tier.WORKING_GROUP)
        assert shown.positions[0].partner == maps.FEDERATION
        assert shown.positions[0].questions == ("Why?",)
