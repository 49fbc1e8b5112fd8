"""The written map: files, bytes, safety of the page, networks, and what the command says."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
import report_maps as maps

from pipeline import codec, report
from pipeline.config import ReportConfig
from pipeline.records import AxiomMap, Layer, Standing, Tier, Verdict
from pipeline.report import graph
from pipeline.report.figures import figures
from pipeline.report.index import Index
from pipeline.report.page import render, rows
from pipeline.report.reach import pair_reach
from pipeline.report.view import page_data, utf16


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return report.write(maps.coalition(), tmp_path_factory.mktemp("map"), ReportConfig())


class Page(html.parser.HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text: str):
        super().__init__()
        self.scripts: list[dict[str, str]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "script":
            self.scripts.append(dict(attrs))
        self.attributes += [(tag, k, v or "") for k, v in attrs]


def test_writes_every_file_and_the_same_bytes_again(written, tmp_path):
    again = report.write(maps.coalition(), tmp_path, ReportConfig())
    assert {"map.html", "map.json", "map.graphml", "map.gexf"} <= again.keys()
    for what, path in written.items():
        if not what.endswith((".docx", ".dna")):
            assert path.read_bytes() == again[what].read_bytes(), what


def test_map_json_reads_back_as_the_same_map(written):
    back = codec.decode(written["map.json"].read_bytes(), AxiomMap, "map.json")
    assert back == maps.coalition()


def test_page_is_self_contained_with_a_strict_policy(written):
    text = written["map.html"].read_text(encoding="utf-8")
    page = Page(text)
    policy = next(v for t, k, v in page.attributes if t == "meta" and k == "content" and "src" in v)
    assert "default-src 'none'" in policy and "unsafe" not in policy
    script = re.search(r"<script>(.*?)</script>", text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "style" not in {k for _, k, _ in page.attributes}
    assert not [k for _, k, _ in page.attributes if k.startswith("on")]
    assert not [v for t, k, v in page.attributes if k in ("src", "href") and not v.startswith("#")]
    assert "link" not in page.tags and "iframe" not in page.tags
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_hostile_documents_stay_text():
    text = render(Index(maps.hostile()), ReportConfig(), figures={})
    page = Page(text)
    kinds = [s.get("type", "") for s in page.scripts]
    assert kinds == ["application/json", "application/json", ""]
    assert "<img" not in text and "onclick=alert(1)>" not in text
    assert not [v for _, k, v in page.attributes if k == "href" and "javascript" in v]
    assert "{{ 7*7 }}" in json.loads(_data(text))["documents"][-1]["x"]
    assert "\u202e" not in text.split('id="map-data"')[0]


def _data(text: str) -> str:
    return re.search(r'id="map-data">(.*?)</script>', text, re.S)[1]


def test_page_data_grounds_every_claim_in_utf16_offsets():
    index = Index(maps.hostile())
    page = page_data(index, quotes=3)
    by_number = {n: c for c, n in page.claims.items()}
    for number, row in enumerate(page.data["claims"]):
        text = page.data["documents"][row[0]]["x"].encode("utf-16-le")
        assert text[2 * row[1] : 2 * row[2]].decode("utf-16-le") == (
            index.claims[by_number[number]].claim.text
        )


def test_utf16_counts_wide_characters_twice():
    assert [utf16("a😀b")(n) for n in range(4)] == [0, 1, 3, 4]
    assert utf16("abc")(2) == 2


def test_documents_beyond_the_budget_keep_their_quotes_and_say_so():
    index = Index(maps.coalition())
    page = page_data(index, quotes=3, text_budget=0)
    assert all(d["x"] is None for d in page.data["documents"])
    assert all(len(row) == 10 for row in page.data["claims"])
    assert page.claims.keys() >= {p.claim_id for p in index.map.premises}


def test_matrix_puts_deep_differences_first_and_tells_silence_from_rejection():
    first, second, *_ = rows(Index(maps.coalition()))
    assert first.text.startswith("The Twin Seas") and first.different[0].layer == "deep_core"
    assert [c.standing for c in second.cells] == ["asserts", "rejects", "silent"]


def test_empty_map_renders_and_says_that_there_is_too_little():
    base = maps.coalition()
    empty = replace(
        base, documents=(), claims=(), conclusions=(), positions=(), premises=(), divergences=(),
        places=(), partners=(maps.LEAGUE,),
    )  # fmt: skip
    text = render(Index(empty), ReportConfig(), figures={})
    assert "Too little evidence for a finding" in text and "Only one partner was read" in text


def test_networks_round_trip_through_graphml_and_gexf():
    for name, network in graph.all_graphs(Index(maps.hostile())).items():
        for back in (
            nx.read_graphml(io.BytesIO(graph.graphml(network))),
            nx.read_gexf(io.BytesIO(graph.gexf(network))),
        ):
            assert set(back) == set(network), name
            assert {frozenset(e) for e in back.edges} == {frozenset(e) for e in network.edges}
            for a, b, data in network.edges(data=True):
                for key, value in data.items():
                    assert back.edges[a, b][key] == value or abs(
                        back.edges[a, b][key] - value) < 1e-9  # fmt: skip


def test_one_mode_networks_follow_the_normalisations_of_dna():
    index = Index(maps.coalition())
    a, b, c = (f"partner:{p}" for p in index.map.partners)

    def weight(kind, normalisation, x, y):
        return graph.one_mode(index, kind, normalisation).get_edge_data(x, y, {}).get("weight", 0.0)

    # Federation and League speak to three conclusions, agree on two, disagree on one.
    assert weight("congruence", "no", a, b) == 2 and weight("conflict", "no", a, b) == 1
    assert weight("subtract", "no", a, b) == 1
    assert weight("congruence", "average", a, b) == pytest.approx(2 / 3)
    assert weight("congruence", "jaccard", a, c) == pytest.approx(1 / 3)
    assert weight("congruence", "cosine", a, c) == pytest.approx(1 / 3**0.5)
    assert weight("conflict", "no", a, c) == 0  # silence is no disagreement


def test_page_stays_small_for_ten_partners_and_two_hundred_conclusions():
    text = render(Index(maps.large(10, 200)), ReportConfig(), figures={})
    assert len(text.encode()) < 3_000_000


def test_tier_comes_from_the_settings():
    assert ReportConfig(tier=Tier.PUBLIC).tier is Tier.PUBLIC


def test_who_says_both_is_shown_apart_with_the_quotes_of_both_sides():
    index = Index(maps.torn())
    text = render(index, ReportConfig(), figures={})
    assert 'class="mixed" href="#conclusion/2">says both<span class="sr">, for and against' in text
    assert "◐ says both</option>" in text and '<dt id="term-mixed">Says both ◐' in text
    page = page_data(index, quotes=3)
    key = list(Standing).index(Standing.MIXED)
    (row,) = [p for p in page.data["positions"] if p[2] == key]
    assert len(row[3]) == 1 and len(row[4]) == 1
    assert page.data["words"]["standings"][key] == ["says both", "◐", "mixed"]
    shown = report.show(maps.torn())._repr_html_()
    assert "◐ says both" in shown


def test_who_says_both_neither_agrees_nor_disagrees_nor_is_silent():
    index, before = Index(maps.torn()), Index(maps.coalition())
    edge = graph.two_mode(index).edges[f"partner:{maps.TABLE}", "conclusion:c-strike"]
    assert edge["stance"] == 0 and edge["standing"] == "mixed" and edge["claims"] == 2
    for kind in ("congruence", "conflict"):
        new, old = graph.one_mode(index, kind).edges, graph.one_mode(before, kind).edges
        assert {frozenset(e) for e in new} == {frozenset(e) for e in old}
    pairs = {(p.a, p.b): p for p in pair_reach(index)}
    pair = pairs[maps.FEDERATION, maps.TABLE]
    assert pair.shared == ("c-reject",) and pair.opposed == ()
    assert pair.reach == pytest.approx(1 / 3)  # only the tribunal is one partner's alone
    assert index.partners_who(Standing.SILENT, "c-strike") == []


def test_who_was_not_read_is_not_called_silent():
    index = Index(maps.torn())
    assert index.unread == {"bund-der-moore"}
    text = render(index, ReportConfig(), figures={})
    assert "Bund Der Moore was not read: 1 document, none in a language that is read." in text
    assert '<span class="untold">not read</span>' in text and "not told to this" not in text
    assert page_data(index, quotes=3).data["unread"] == [3]
    read = Index(replace(maps.torn(), method=replace(
        maps.torn().method, settings={"ingest.languages": '["en", "de"]'})))  # fmt: skip
    assert not read.unread


def test_no_reliable_difference_is_not_called_likeness():
    base = maps.coalition()
    text = render(Index(base), ReportConfig(), figures={})
    assert "partly" not in _data(text) and "same or partly" not in text
    assert "false discovery rate" in text and "Only its own voice" not in text
    assert rows(Index(base))[0].summary == (
        "1 pair: no reliable difference; 1 pair: too little evidence"
    )
    alike = maps.with_divergence(base, 1, verdict=Verdict.ALIGNED, layer=Layer.NONE, layers={})
    assert rows(Index(alike))[0].summary.startswith("1 pair: same grounds")
    for found, colour in ((base, "soft"), (alike, "yes")):
        lines = re.findall(r"<path[^>]*>", figures(Index(found), png=False)["network"].inline)
        lines += re.findall(r"<line[^>]*>", figures(Index(found), png=False)["network"].inline)
        assert sum(f'stroke="var(--{colour})"' in line for line in lines) == 1
    assert "no belief" not in figures(Index(alike), png=False)["intervals"].inline


def test_pairs_are_near_identical_only_where_likeness_was_shown():
    base = maps.large(2, 3)
    assert {p.kind for p in pair_reach(Index(base))} == {"mixed"}
    alike = replace(
        base, divergences=tuple(replace(d, verdict=Verdict.ALIGNED) for d in base.divergences)
    )
    assert {p.kind for p in pair_reach(Index(alike))} == {"near-identical"}


def test_look_ups_by_pair_and_partner_are_made_once():
    index = Index(maps.coalition())
    assert index.between(maps.LEAGUE, maps.FEDERATION) == [
        d for d in index.map.divergences if {d.a, d.b} == {maps.LEAGUE, maps.FEDERATION}
    ]
    assert index.between(maps.LEAGUE, "nobody") == []
    assert index.documents_of(maps.LEAGUE) is index.documents_of(maps.LEAGUE)
    assert [d.date for d in index.documents_of(maps.LEAGUE)] == [
        "2023-05-04", "2024-05-21", "2024-11-18",
    ]  # fmt: skip


def test_level_comes_from_the_settings_of_the_map():
    base = maps.with_divergence(maps.coalition(), 0, verdict=Verdict.OPPOSED)
    method = replace(base.method, settings={"compare.alpha": "0.01"})
    assert Index(base).differs(base.divergences[0])
    assert not Index(replace(base, method=method)).differs(base.divergences[0])
    bare = replace(base.method, settings={})
    assert Index(replace(base, method=bare)).alpha == 0.05
