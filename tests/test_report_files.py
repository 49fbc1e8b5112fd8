"""Tables, brief, DNA database, schema and notebook, from the map built by hand."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from dataclasses import replace

import docx
import pyarrow.parquet as pq
import pytest
import report_maps as maps

from pipeline import report
from pipeline.config import ReportConfig
from pipeline.records import Standing, Tier
from pipeline.report.brief import blocks, markdown, word
from pipeline.report.diagnosis import diagnose
from pipeline.report.dna import dna_database
from pipeline.report.findings import findings
from pipeline.report.index import Index
from pipeline.report.tables import claims_csv, claims_parquet


def test_claims_as_csv_and_parquet_say_the_same_and_are_grounded():
    index = Index(maps.hostile())
    rows = list(csv.DictReader(io.StringIO(claims_csv(index).decode("utf-8-sig"))))
    table = pq.read_table(io.BytesIO(claims_parquet(index))).to_pylist()
    assert len(rows) == len(table) == len(index.map.claims)
    for row in table:
        document = index.documents[row["document"]]
        assert document.text[row["start"] : row["end"]] == row["text"]
    assert "The Twin Seas Partnership must be rejected." in {r["asserts"] for r in rows}
    assert any(r["reason_for"] for r in rows)


def test_csv_cells_are_no_formulas():
    base = maps.coalition()
    bad = replace(base.documents[0], title='=HYPERLINK("http://x")')
    index = Index(replace(base, documents=(bad, *base.documents[1:])))
    rows = list(csv.DictReader(io.StringIO(claims_csv(index).decode("utf-8-sig"))))
    assert rows[0]["title"].startswith("'=")


def test_frames_in_one_call():
    pytest.importorskip("pandas")
    frame = report.to_pandas(maps.coalition())
    assert set(frame["layer"]) >= {"deep_core", "none"}
    pytest.importorskip("polars")
    assert report.to_polars(maps.coalition()).shape == frame.shape


def content(tier=Tier.STEERING):
    axiom_map = report.restrict(maps.hostile(), tier)
    index = Index(axiom_map)
    found = diagnose(index, tier)
    return blocks(index, findings(index, found), found, ReportConfig(tier=tier))


def test_brief_says_the_findings_in_markdown_and_word_and_stays_short():
    text = markdown(content()).decode()
    assert "Federation of Trades and Estuary League both say" in text
    assert "We look after our own people first." in text and "# Axiom map" in text
    assert "<script>" not in text and "What to ask" in text
    paragraphs = [p.text for p in docx.Document(io.BytesIO(word(content()))).paragraphs]
    assert any("both say" in p for p in paragraphs)
    assert len(" ".join(paragraphs).split()) < 1000  # two pages
    assert word(content()) == word(content())


def test_dna_database_holds_statements_at_their_offsets():
    index = Index(maps.hostile())
    connection = sqlite3.connect(":memory:")
    connection.deserialize(dna_database(index))
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows = connection.execute(
        """SELECT d.Text, s.Start, s.Stop, b.Value, org.Value, con.Value, lay.Value
        FROM STATEMENTS s JOIN DOCUMENTS d ON d.ID = s.DocumentId
        JOIN DATABOOLEAN b ON b.StatementId = s.ID
        JOIN DATASHORTTEXT o ON o.StatementId = s.ID AND o.VariableId = 2
        JOIN ENTITIES org ON org.ID = o.Entity
        JOIN DATASHORTTEXT c ON c.StatementId = s.ID AND c.VariableId = 3
        JOIN ENTITIES con ON con.ID = c.Entity
        JOIN DATASHORTTEXT l ON l.StatementId = s.ID AND l.VariableId = 5
        JOIN ENTITIES lay ON lay.ID = l.Entity"""
    ).fetchall()
    found = {(text[start:stop], agree, org, con) for text, start, stop, agree, org, con, _ in rows}
    strike = "A one-day strike on 28 November is the right answer."
    assert (strike, 1, "Federation of Trades", strike) in found
    refusal = "We will not endorse the strike of 28 November."
    assert (refusal, 0, "Estuary League", strike) in found
    assert {row[-1] for row in rows} == {"policy_core", "secondary"}
    dates = [d for (d,) in connection.execute("SELECT Date FROM DOCUMENTS ORDER BY ID LIMIT 1")]
    assert dates == [1678752000]  # 2023-03-14 UTC


def test_schema_names_every_part_of_the_map():
    found = json.loads(report.schema())
    assert {"AxiomMap", "Document", "Divergence"} <= found["$defs"].keys()


def test_notebook_shows_findings_and_escapes():
    html = report.show(maps.hostile())._repr_html_()
    assert "Same position, different roots" in html and "<script>" not in html
    assert "both say" in str(report.show(maps.coalition()))


def test_brief_tells_who_says_both_and_who_was_not_read():
    base = maps.torn()
    shared = maps.with_position(base, "c-strike", maps.LEAGUE, standing=Standing.ASSERTS)
    index = Index(shared)
    text = markdown(blocks(index, (), diagnose(index), ReportConfig())).decode()
    assert "Federation of Trades and Estuary League say so; Common Table says both." in text
    assert "Not read, being in other languages: Bund Der Moore." in text


def test_brief_asks_first_where_a_deep_difference_is_only_inferred():
    base = maps.coalition()
    guessed = replace(
        base, premises=tuple(replace(p, link="belief") for p in base.premises),
        positions=tuple(
            replace(p, tacit=p.standing is Standing.ASSERTS, questions=(f"Why, {p.conclusion}?",))
            for p in sorted(base.positions, key=lambda p: p.conclusion, reverse=True)
        ),
    )  # fmt: skip
    index = Index(guessed)
    found = diagnose(index)
    asked = [b.text for b in blocks(index, (), found, ReportConfig()) if "Why, " in b.text]
    assert {b.partition(":")[2] for b in asked[:2]} == {" Why, c-reject?"}


def test_schema_and_dna_know_who_says_both():
    assert "mixed" in json.loads(report.schema())["$defs"]["Standing"]["enum"]
    index = Index(maps.torn())
    connection = sqlite3.connect(":memory:")
    connection.deserialize(dna_database(index))
    sides = connection.execute(
        """SELECT b.Value FROM STATEMENTS s JOIN DATABOOLEAN b ON b.StatementId = s.ID
        JOIN DOCUMENTS d ON d.ID = s.DocumentId WHERE d.Title = 'On the strike' ORDER BY b.Value"""
    ).fetchall()
    assert sides == [(0,), (1,)]
