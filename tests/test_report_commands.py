"""map, drift, screen and watch: what they compute and what they print."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import report_maps as maps
from click.testing import CliRunner

from pipeline import codec, run
from pipeline.cli import cli
from pipeline.cli.map import summary
from pipeline.cli.screen import joined, with_layers_of
from pipeline.config import IngestConfig, ReportConfig
from pipeline.errors import PipelineError
from pipeline.records import AxiomMap, Claim, Document, Layer, Position, Standing
from pipeline.report.agreement import breaches, commitments
from pipeline.report.candidate import screening, screening_lines
from pipeline.report.drift import drift, sentence
from pipeline.report.index import Index
from pipeline.report.sentences import sentences


@pytest.fixture
def mapped(monkeypatch, tmp_path):
    """The command, with a run that gives the map built by hand."""
    state = {"changed": True, "failures": maps.coalition().failures}

    def run_map(paths, folder, config, **options):
        axiom_map = replace(maps.coalition(), failures=state["failures"])
        (tmp_path / "out").mkdir(exist_ok=True)
        return run.RunResult(
            tmp_path / "out", (), state["failures"], state["changed"], "key", axiom_map
        )

    monkeypatch.setattr(run, "run_map", run_map)
    return state, lambda *args: CliRunner().invoke(
        cli, ["map", "folder", "--out", str(tmp_path / "out"), *args]
    )


def test_map_says_what_it_found_and_exits_with_1_when_inputs_failed(mapped):
    _, call = mapped
    result = call()
    assert result.exit_code == 1
    assert "Read 8 documents of 3 partners and found" in result.stdout
    assert "2 conclusions shared by two or more partners, 1 contested" in result.stdout
    assert "Different grounds in 1 of 2 comparisons" in result.stdout
    assert "Federation of Trades and Estuary League on" in result.stdout
    assert "Too little evidence in 2 further comparisons" in result.stdout
    assert "table/scan.pdf: no text found" in result.stdout
    assert "Map: " in result.stdout and "map.html" in result.stdout
    assert "report: writing" in result.stderr


def test_map_says_who_says_both():
    told = summary(maps.torn(), (), Path("map.html"), True)
    assert told["conclusions"][2]["mixed"] == [maps.TABLE]
    strike = {**told["conclusions"][2], "asserts": ["a", "b"]}
    lines = sentences({**told, "conclusions": [strike]})
    assert any("2 say so, 1 reject it, 1 say both" in line for line in lines)


def test_map_says_when_nothing_is_new(mapped):
    state, call = mapped
    state["failures"] = ()
    assert call().exit_code == 0
    state["changed"] = False
    assert "Nothing new since the last run" in call().stdout
    assert "Nothing new" not in call("--title", "Another heading").stdout


def test_map_speaks_json_and_writes_other_tiers_into_a_folder_of_their_own(mapped, tmp_path):
    _, call = mapped
    found = json.loads(call("--json", "--tier", "public").stdout)
    assert found["partners"][maps.LEAGUE]["documents"] == 3
    assert found["divergent"][0]["layer"] == "deep_core"
    assert (tmp_path / "out" / "public" / "map.html").is_file()
    assert not (tmp_path / "out" / "map.html").exists()


def long_map(moved: Layer) -> AxiomMap:
    """One partner, twelve dated documents; on one layer the later half points elsewhere."""
    documents, tagged = [], []
    for n in range(12):
        document, items, _ = maps.read(
            f"[[a:dc|Deep belief number {n} of ours.]] [[b:pc|Policy belief number {n} of ours.]]",
            partner=maps.LEAGUE, source=f"{n}.txt", date=f"20{10 + n}-01-01", genre="statement",
        )  # fmt: skip
        documents.append(document)
        for t in items:
            late = n >= 6 and t.layer is moved
            noise = 0.1 * np.sin(n * 7.0 + 1)
            tagged.append(replace(t, vector=maps.vector(noise, 1.0, 3.0 if late else 0.0)))
    return replace(maps.coalition(), partners=(maps.LEAGUE,), documents=tuple(documents),
                   claims=tuple(tagged), conclusions=(), positions=(), premises=(),
                   divergences=(), places=())  # fmt: skip


def test_drift_finds_the_layer_that_moved_and_leaves_the_other_still():
    deep, policy, secondary = drift(long_map(Layer.POLICY_CORE))
    assert policy.told and policy.p_value < 0.05 and policy.drift > 0.1
    assert policy.low <= policy.drift <= policy.high
    assert policy.turn == "2016-01-01" and policy.documents == (6, 6)
    assert deep.told and deep.p_value > 0.05 and deep.drift < 0.05
    assert policy.moved and not deep.moved
    assert policy.p_adjusted == pytest.approx(2 * policy.p_value)  # two layers were tested
    assert f"p = {policy.p_adjusted:.3f} after correction" in sentence(policy)
    assert not secondary.told and "too little evidence" in sentence(secondary)
    assert drift(long_map(Layer.POLICY_CORE)) == drift(long_map(Layer.POLICY_CORE))


def test_drift_moves_only_at_the_level_of_the_map():
    base = long_map(Layer.POLICY_CORE)
    strict = replace(base, method=replace(base.method, settings={"compare.alpha": "0.001"}))
    (found,) = [d for d in drift(strict) if d.layer is Layer.POLICY_CORE]
    assert not found.moved and "no more change than chance" in sentence(found)


def test_drift_counts_copies_once_and_what_others_signed():
    base = long_map(Layer.POLICY_CORE)
    documents = [replace(d, partners=(maps.LEAGUE, maps.TABLE)) for d in base.documents]
    joint = replace(base, partners=(maps.LEAGUE, maps.TABLE), documents=tuple(documents))
    found = drift(joint)
    assert [d.documents for d in found[3:]] == [d.documents for d in found[:3]]
    assert found[4].told and found[4].partner == maps.TABLE
    copies = [replace(d, origin=documents[0].id) for d in documents[:4]]
    policy = drift(replace(joint, documents=(*copies, *documents[4:])))[1]
    assert sum(policy.documents) == 9 and policy.first == "2010-01-01"


def test_drift_command_reads_a_map_and_says_too_little(tmp_path):
    (tmp_path / "map.json").write_bytes(codec.to_json(maps.coalition()))
    result = CliRunner().invoke(cli, ["drift", str(tmp_path)])
    assert result.exit_code == 0 and "too little evidence" in result.stdout
    rows = CliRunner().invoke(cli, ["drift", str(tmp_path), "--json", "--partner", maps.TABLE])
    assert [json.loads(r)["layer"] for r in rows.stdout.splitlines()] == [
        "deep_core", "policy_core", "secondary",
    ]  # fmt: skip


@pytest.mark.parametrize("command", [["drift"], ["stress", "No more roads."]])
def test_commands_say_what_to_do_without_a_map(tmp_path, command):
    result = CliRunner().invoke(cli, [command[0], str(tmp_path), *command[1:]])
    assert result.exit_code == 2 and "holds no map.json" in result.stderr


def test_screening_tells_shared_collision_and_unknown_apart():
    base = maps.coalition()
    document, tagged, key = maps.read(
        "[[n_rej:pc|We reject the partnership.]] [[n_no:se|A strike is the wrong answer.]]",
        partner="river-trust", source="n.txt", title="Rivers", date="2024-01-01", genre="letter",
    )  # fmt: skip

    def at(conclusion, standing, ids=(), contrary=()):
        return Position(conclusion, "river-trust", standing, ids, contrary, 1, False, (), ())

    joined = replace(
        base, partners=(*base.partners, "river-trust"), documents=(*base.documents, document),
        claims=(*base.claims, *tagged),
        positions=(
            *base.positions, at("c-reject", Standing.ASSERTS, (key["n_rej"],)),
            at("c-strike", Standing.REJECTS, (), (key["n_no"],)),
            at("c-tribunal", Standing.SILENT),
        ),
    )  # fmt: skip
    index = Index(joined)
    found = screening(index, "river-trust")
    assert [m.conclusion for m in found.shared] == ["c-reject"]
    assert [m.conclusion for m in found.collisions] == ["c-strike"]
    assert found.collisions[0].against_it == (maps.FEDERATION,)
    assert found.unknown == ("c-tribunal",)
    text = "\n".join(screening_lines(index, found))
    assert "“A strike is the wrong answer” (Rivers, 2024-01-01)" in text
    assert "silent, which is not disagreement" in text


def test_screening_tells_who_says_both_apart_with_both_quotes():
    base = maps.torn()
    found = screening(Index(base), maps.TABLE)
    assert [m.conclusion for m in found.unsettled] == ["c-strike"] and not found.collisions
    text = "\n".join(screening_lines(Index(base), found))
    assert "says both on “A one-day strike" in text
    assert "has our blessing” (On" in text and "“No strike on 28 November" in text
    only = replace(base, positions=tuple(
        replace(p, standing=Standing.SILENT)
        if p.conclusion == "c-strike" and p.partner == maps.LEAGUE else p for p in base.positions
    ))  # fmt: skip
    assert [m.conclusion for m in screening(Index(only), maps.TABLE).unsettled] == ["c-strike"]
    others = screening(Index(only), maps.LEAGUE)
    assert "c-strike" in others.unknown


def test_screening_quotes_the_side_that_a_candidate_takes():
    base = maps.coalition()
    mine = maps.with_position(
        base, "c-strike", maps.LEAGUE, claim_ids=(maps.claim_id(base, "A carbon border charge"),)
    )
    text = "\n".join(screening_lines(Index(mine), screening(Index(mine), maps.LEAGUE)))
    assert "“We will not endorse the strike" in text and "carbon border" not in text


LETTER = "We ask the Assembly to refuse this agreement, and we ask it together this spring.\n"


def test_screen_lets_the_candidate_hold_what_is_in_the_map_already(monkeypatch, tmp_path):
    folder = tmp_path / "river-trust"
    folder.mkdir()
    (folder / "letter.txt").write_text(LETTER)
    base = maps.coalition()
    known = Document.of(LETTER.strip(), partner=maps.TABLE, source="table/x.txt", date="2024-01-02")
    claim = Claim.at(known, 0, len(known.text))
    tagged = replace(base.claims[0], claim=claim)
    (tmp_path / "map.json").write_bytes(codec.to_json(replace(
        base, documents=(*base.documents, known), claims=(*base.claims, tagged))))  # fmt: skip
    asked = {}

    def compare(claims, documents, config, *, on, failures, notify):
        asked["documents"] = {d.id: d for d in documents}
        asked["claims"] = [t.claim.id for t in claims]
        partner = asked["documents"][known.id].partners[-1]
        position = Position("c-reject", partner, Standing.ASSERTS, (claim.id,), (), 1, False, (),
                            ())  # fmt: skip
        return replace(
            base, partners=(*base.partners, partner), documents=tuple(documents),
            claims=tuple(claims), positions=(*base.positions, position),
            conclusions=tuple(
                replace(c, layer=Layer.DEEP_CORE, stated=True) for c in base.conclusions
            ),
        )  # fmt: skip

    monkeypatch.setattr(run, "run_tag", lambda store, documents, config, note: (
        asked.update(fresh=list(documents)) or [], None))  # fmt: skip
    monkeypatch.setattr("pipeline.compare.compare", compare)
    result = CliRunner().invoke(cli, ["screen", str(folder), "--against", str(tmp_path)])
    assert result.exit_code == 0, result.output
    held = asked["documents"][known.id]
    assert held.partners == (maps.TABLE, "river-trust") and held.partner == maps.TABLE
    assert asked["fresh"] == [] and asked["claims"].count(claim.id) == 1
    assert "Shares 1 conclusion:" in result.stdout and "1 document read" in result.stdout
    assert "(policy core), with" in result.stdout and "deep core" not in result.stdout.split(
        "Different grounds")[0]  # fmt: skip


def test_screen_keeps_the_layers_of_the_map_and_joins_copies():
    base = maps.coalition()
    moved = replace(base, conclusions=tuple(
        replace(c, layer=Layer.DEEP_CORE, stated=True) for c in base.conclusions))  # fmt: skip
    assert with_layers_of(base, moved).conclusions == base.conclusions
    words = " ".join(f"The estuary has {n} creeks and {n + 1} banks." for n in range(60))
    first = Document.of(words, partner=maps.LEAGUE, source="a", date="2023-01-01")
    copy = Document.of(words + " Signed in spring.", partner="river-trust", source="b")
    found = {d.id: d for d in joined([first], [copy], IngestConfig())}
    assert found[copy.id].origin == first.id and found[first.id] == first


def test_commitments_are_list_items_or_sentences():
    assert commitments("# Pact\n\n- We **stand** together.\n2) We share drafts first.\n", "x") == [
        "We stand together.", "We share drafts first.",
    ]  # fmt: skip
    assert commitments("We stand together. We share drafts first.", "x") == [
        "We stand together.", "We share drafts first.",
    ]  # fmt: skip
    with pytest.raises(PipelineError, match="no commitments found"):
        commitments("# Title\n", "pact.md")


def test_watch_names_contradictions_with_their_quote_and_only_in_the_own_voice():
    def embed(texts):
        return np.ones((len(texts), 2), np.float32) / 2**0.5

    def judge(pairs):
        return np.array(
            [[0.1, 0.9, 0.0] if "strike" in text else [0.1, 0.2, 0.7] for text, _ in pairs]
        )

    found = breaches(["We all join the strike."], maps.coalition().claims, embed, judge)
    assert {b.claim.claim.partner for b in found} == {maps.FEDERATION, maps.LEAGUE}
    assert all("strike" in b.claim.claim.text for b in found)
    assert breaches(["We all join the strike."], (), embed, judge) == []


@pytest.mark.parametrize("command", ["map", "drift", "screen", "watch"])
def test_help_opens_with_an_example(command):
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0 and f"axiomap {command}" in result.stdout


def test_report_settings_have_defaults():
    assert ReportConfig().quotes_per_premise == 3
