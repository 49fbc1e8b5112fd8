"""Round trips through the formats of other tools, and files as those tools write them."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotate.codings import Coding, coding_of, read_codings, write_codings
from pipeline.annotate.exchange import FORMATS, Bundle, import_codes, labelstudio
from pipeline.annotate.tasks import TaskDocument
from pipeline.cli import cli
from pipeline.models import codebook_sha256

TEXT = '№ 1 🙂 "Every child counts," she said.\nCongress must fund the clinic; call us.'
DOCUMENTS = {
    "d/1": TaskDocument("d/1", TEXT, "A title", "The League", "2024-05-01"),
    "d2": TaskDocument("d2", "=1+1 is no formula. 🙂 Yes."),
}


def coding(document: str, start: int, end: int, layer: str, coder: str, **more: Any) -> Coding:
    text = DOCUMENTS[document].text[start:end]
    row = {"document": document, "start": start, "end": end, "text": text, "layer": layer,
           "coder": coder, "codebook": codebook_sha256(), "source": "test", **more}  # fmt: skip
    return coding_of(row, "test")


CODINGS = [
    coding("d/1", 6, 38, "deep_core", "anna", facet="whose_welfare", confidence=2, seconds=2.5,
           comment="why – “so”\nand", at="2026-01-01T00:00:00.000+00:00", suggested=True),
    coding("d/1", 39, 69, "secondary", "anna", facet="budget", history="x=none; decided by y"),
    coding("d/1", 39, 69, "none", "ben@example.org"),
    coding("d2", 0, 19, "none", "anna", confidence=1, comment="=HYPERLINK(1)"),
    coding("d2", 20, 26, "policy_core", "anna"),
]  # fmt: skip


def bare(codings: list[Coding]) -> list[Coding]:
    """Without context, which depends on the texts at hand, in order."""
    found = [replace(c, before="", after="") for c in codings]
    return sorted(found, key=lambda c: (c.unit, c.label.coder))


TEXTS = {key: document.text for key, document in DOCUMENTS.items()}


@pytest.mark.parametrize("kind", list(FORMATS))
def test_round_trip_loses_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "codes"
    path.write_bytes(FORMATS[kind][0](Bundle(CODINGS, DOCUMENTS, with_text=True)))
    texts = TEXTS if kind in ("jsonl", "csv") else {}
    found, loaded, refused = import_codes(path, kind, texts)
    assert refused == []
    assert bare(found) == bare(CODINGS)
    if not texts:
        assert loaded.documents == DOCUMENTS


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_stand_off_holds_no_words(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "codes"
    path.write_bytes(FORMATS[kind][0](Bundle(CODINGS)))
    assert "clinic" not in path.read_text(encoding="utf-8")
    found, _, refused = import_codes(path, kind, {})
    assert refused == []
    assert [c.label for c in bare(found)] == [c.label for c in bare(CODINGS)]


@settings(deadline=None, max_examples=12)
@given(st.text(min_size=2, max_size=60), st.data())
def test_any_text_survives_utf16_tools(text: str, data: st.DataObject) -> None:
    text = text.encode("utf-8", "ignore").decode()
    if len(text.strip()) < 2:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    row = {"document": "d", "start": start, "end": end, "text": text[start:end], "layer": "none",
           "coder": "a"}  # fmt: skip
    made = coding_of(row, "test")
    for kind in ("inception", "dna", "label-studio", "doccano", "prodigy"):
        dump, load = FORMATS[kind]
        bundle = Bundle([made], {"d": TaskDocument("d", text)})
        ((_, found),) = load(dump(bundle), kind).rows
        assert (found["start"], found["end"], found["text"]) == (start, end, text[start:end])


def test_label_studio_as_it_exports(tmp_path: Path) -> None:
    def result(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
        where = {"start": 7, "end": 27, "text": TEXT[6:26]}  # as JavaScript counts
        return {"id": "r1", "from_name": name, "to_name": "text", "type": kind, "origin": "manual",
                "value": {**where, **value}}  # fmt: skip

    task = {
        "id": 7, "data": {"text": TEXT}, "project": 1,
        "annotations": [{
            "id": 3, "completed_by": {"id": 2, "email": "anna@example.org"}, "was_cancelled": False,
            "lead_time": 9.1,
            "result": [
                result("layer", "labels", {"labels": ["deep_core"]}),
                result("facet", "choices", {"choices": ["identity"]}),
                result("confidence", "rating", {"rating": 2}),
                result("comment", "textarea", {"text": ["hm"]}),
            ],
        }, {"id": 4, "completed_by": 5, "was_cancelled": True, "result": []}],
    }  # fmt: skip
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]), encoding="utf-8")
    (found,), _, refused = import_codes(path, "label-studio", {})
    assert refused == []
    assert (found.label.document, found.label.start, found.text) == ("7", 6, TEXT[6:26])
    assert (found.label.coder, found.label.facet) == ("anna@example.org", "identity")
    assert (found.label.confidence, found.comment) == (2, "hm")
    assert 'name="layer"' in labelstudio.interface()


def test_what_was_changed_in_the_tool_wins(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    tasks = json.loads(FORMATS["label-studio"][0](Bundle(CODINGS[:1], DOCUMENTS)))
    results = tasks[0]["annotations"][0]["result"]
    results[0]["value"]["labels"] = ["none"]
    del results[1]
    path.write_text(json.dumps(tasks), encoding="utf-8")
    (found,), _, _ = import_codes(path, "label-studio", {})
    assert (found.label.layer, found.label.facet, found.seconds) == ("none", "", 2.5)


def test_prodigy_and_doccano_as_they_export(tmp_path: Path) -> None:
    prodigy = tmp_path / "prodigy.jsonl"
    line = {"text": TEXT, "_input_hash": 12, "_task_hash": 13, "_annotator_id": "ben",
            "tokens": [], "spans": [{"start": 39, "end": 69, "token_start": 5, "token_end": 9,
                                     "label": "secondary/budget"}], "answer": "accept"}  # fmt: skip
    prodigy.write_text(f"{json.dumps(line)}\n{json.dumps({**line, 'answer': 'ignore'})}\n")
    (found,), _, _ = import_codes(prodigy, "prodigy", {})
    assert (found.label.facet, found.label.coder, found.label.document) == ("budget", "ben", "12")
    doccano = tmp_path / "anna.jsonl"
    doccano.write_text(json.dumps({"id": 4, "text": TEXT, "label": [[39, 69, "secondary"]],
                                   "Comments": []}) + "\n")  # fmt: skip
    (found,), _, _ = import_codes(doccano, "doccano", {}, coder="anna")
    assert (found.label.document, found.label.coder) == ("4", "anna")


def test_inception_is_cas_json(tmp_path: Path) -> None:
    data = FORMATS["inception"][0](Bundle(CODINGS, DOCUMENTS))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        cas = json.loads(archive.read(names[0]))
    assert names[0] == "annotation/d%2F1/anna.json"
    first = cas["%FEATURE_STRUCTURES"][3]
    assert (first["begin"], first["end"]) == (7, 39)  # 🙂 is two units in Java


def test_dna_has_the_tables_of_dna_3(tmp_path: Path) -> None:
    path = tmp_path / "codes.dna"
    path.write_bytes(FORMATS["dna"][0](Bundle(CODINGS, DOCUMENTS)))
    with sqlite3.connect(path) as db:
        value = db.execute(
            "SELECT substr(d.Text, 1), e.Value FROM STATEMENTS s JOIN DOCUMENTS d "
            "ON d.ID = s.DocumentId JOIN DATASHORTTEXT t ON t.StatementId = s.ID "
            "JOIN ENTITIES e ON e.ID = t.Entity JOIN VARIABLES v ON v.ID = t.VariableId "
            "WHERE v.Variable = 'layer' ORDER BY s.ID"
        ).fetchall()
        coders = db.execute("SELECT Name FROM CODERS ORDER BY ID").fetchall()
        db.execute("UPDATE DATAINTEGER SET Value = 3")
        db.execute("DELETE FROM DATALONGTEXT")
        db.execute("UPDATE DOCUMENTS SET Notes = ''")
    assert value[0] == (TEXT, "deep_core")
    assert coders == [("anna",), ("ben@example.org",)]
    found, _, refused = import_codes(path, "dna", {})  # as if coded in DNA itself
    assert refused == []
    assert {c.label.document for c in found} == {"dna-1", "dna-2"}
    assert sorted(c.text for c in found) == sorted(c.text for c in CODINGS)


@pytest.mark.parametrize(
    ("kind", "data", "says"),
    [
        ("jsonl", b"{", "not JSON"),
        ("csv", b"a,b\n1,2\n", "no column layer"),
        ("csv", b"layer,start\nnone,x\n", "'x' is no number"),
        ("label-studio", b"{}", "no list of tasks"),
        ("inception", b"{}", "no UIMA CAS JSON"),
        ("inception", b"PK\x03\x04", "damaged archive"),
        ("dna", b"SQLite format 3\x00", "no DNA 3 database"),
        ("doccano", b'{"text": "ab", "label": [[0, 9, "none"]]}', "does not hold"),
        ("prodigy", b'{"text": "ab", "spans": [{"start": 0, "end": 2, "label": "core"}]}', "core"),
        ("doccano", b'{"text": "ab", "label": [[0, 2, "none"], [0, 2, "secondary"]]}', "same span"),
    ],
)
def test_bad_files_import_nothing(kind: str, data: bytes, says: str, tmp_path: Path) -> None:
    path, out = tmp_path / "file", tmp_path / "out.jsonl"
    path.write_bytes(data)
    command = ["annotate", "import", str(path), "--format", kind, "--out", str(out)]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 2, result.output
    assert says in result.stderr
    assert not out.exists()


def test_export_and_import_commands(tmp_path: Path) -> None:
    codes, texts = tmp_path / "codes.jsonl", tmp_path / "texts.jsonl"
    write_codings(CODINGS, codes, with_text=True)
    texts.write_text("".join(json.dumps({"id": k, "text": t}) + "\n" for k, t in TEXTS.items()))
    made, back = tmp_path / "made", tmp_path / "back.jsonl"
    run = CliRunner().invoke
    for kind in FORMATS:
        command = ["annotate", "export", str(codes), "--format", kind, "--out", str(made)]
        assert run(cli, [*command, "--texts", str(texts)]).exit_code == 0
        command = ["annotate", "import", str(made), "--format", kind, "--out", str(back)]
        assert run(cli, [*command, "--with-text"]).exit_code == 0
        assert len(read_codings([back])) == len(CODINGS)
    command = ["annotate", "export", str(codes), "--format", "dna", "--out", str(made)]
    assert "text is not at hand" in run(cli, command).stderr
