"""The coding page's API: who gets in, what is accepted, what is on disk."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.annotate.accounts import Accounts, Sessions, Tokens
from pipeline.annotate.adjudicate import LEAD, Bench, decisions, gold
from pipeline.annotate.codebook import load_codebook
from pipeline.annotate.desk import Desk, facet_keys
from pipeline.annotate.events import Log, Part, Submission
from pipeline.annotate.server import Entrance, build_app
from pipeline.annotate.serving import Address, open_desk, serve
from pipeline.annotate.tasks import Suggestion, Task, TaskDocument, TaskFile, write_tasks
from pipeline.errors import PipelineError
from pipeline.records import FACETS, Layer

HOST = "127.0.0.1:8650"
SENTENCES = [f"Sentence number {n} says <b>this</b> & that." for n in range(6)]
TEXT = " ".join(SENTENCES)


def task_file(copies: int = 2) -> TaskFile:
    tasks, place = [], 0
    for n, sentence in enumerate(SENTENCES):
        suggestion = Suggestion(Layer.SECONDARY, "budget", 0.8, "m@1")
        tasks.append(
            Task(f"t{n}", "d1", place, place + len(sentence), sentence, copies=copies,
                 suggestion=suggestion)
        )  # fmt: skip
        place += len(sentence) + 1
    return TaskFile(documents={"d1": TaskDocument("d1", TEXT, "A title", "us")}, tasks=tuple(tasks))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(task_file(), Log(tmp_path / "codes.sqlite"), suggestions=True)


def entrance(desk: Desk, *names: str, role: str = "coder") -> Entrance:
    sessions = Sessions(desk.log.meta("secret"), role)
    return Entrance(sessions, frozenset({HOST}), tokens=Tokens.for_coders(names))


def client(desk: Desk | Bench, way: Entrance, name: str = "") -> TestClient:
    app = build_app(desk, load_codebook(), way)
    made = TestClient(app, base_url=f"http://{HOST}", headers={"origin": f"http://{HOST}"})
    if name:
        token = next(t for t, coder in way.tokens.coders.items() if coder == name)
        assert made.get(f"/?token={token}").status_code == 200
    return made


def code(item: dict[str, Any], layer: str = "secondary", n: int = 0, **more: Any) -> dict[str, Any]:
    facet = FACETS[Layer(layer)][0] if FACETS[Layer(layer)] else ""
    part = {"start": item["start"], "end": item["end"], "layer": layer, "facet": facet,
            "confidence": 3}  # fmt: skip
    return {"submission": f"{item['id']}-abcdefgh-{n}", "item": item["id"], "parts": [part], **more}


def test_only_with_the_address_printed(desk: Desk) -> None:
    way = entrance(desk, "anna")
    made = client(desk, way)
    assert made.get("/api/start").status_code == 401
    assert made.get("/?token=wrong").status_code == 403
    token = next(iter(way.tokens.coders))
    answer = made.get(f"/?token={token}", follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    start = made.get("/api/start").json()
    assert start["coder"] == "anna"
    assert not start["adjudicating"]
    assert "script-src 'self'" in made.get("/").headers["content-security-policy"]
    assert made.get("/page.js").status_code == 200
    assert made.get("/server.py").status_code == 404


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"host": "evil.example"}, "only to the address"),
        ({"origin": "http://evil.example"}, "other pages"),
        ({"origin": "null"}, "other pages"),
        ({"content-type": "text/plain"}, "only JSON"),
    ],
)
def test_rebinding_and_forged_requests(desk: Desk, headers: dict[str, str], says: str) -> None:
    made = client(desk, entrance(desk, "anna"), "anna")
    item = made.get("/api/next").json()["item"]
    answer = made.post("/api/code", json=code(item), headers=headers)
    assert answer.status_code == 403
    assert says in answer.text
    assert desk.log.count() == 0


def test_cookie_of_a_coder_does_not_open_adjudication(desk: Desk) -> None:
    made = client(desk, entrance(desk, "anna"), "anna")
    bench = client(Bench(desk), entrance(desk, "carla", role=LEAD))
    bench.cookies.set("axiomap", made.cookies["axiomap"])
    assert bench.get("/api/start").status_code == 401
    bench.cookies.set("axiomap", "forged.signature")
    assert bench.get("/api/start").status_code == 401


def test_code_undo_skip_and_what_is_kept(desk: Desk) -> None:
    made = client(desk, entrance(desk, "anna"), "anna")
    first = made.get("/api/next").json()["item"]
    assert "drawn" not in first
    body = code(first, comment="why", seconds=3.5, client_at="1999-01-01T00:00:00Z")
    stored = made.post("/api/code", json=body).json()
    assert made.post("/api/code", json=body).json()["at"] == stored["at"]
    assert desk.log.count() == 1
    second = made.get("/api/next").json()["item"]
    assert second["id"] != first["id"]
    made.post("/api/code", json=code(second, kind="skip", parts=[]))
    back = made.post("/api/undo", json={"submission": "undo-abcdefgh"}).json()
    assert back["item"]["id"] == second["id"]
    assert back["progress"] == {"done": 1, "left": 5}
    (coding,) = desk.codings()
    assert (coding.label.coder, coding.comment, coding.seconds) == ("anna", "why", 3.5)
    assert coding.at > "2020"
    assert coding.label.codebook == load_codebook().sha256


def test_nothing_of_other_coders_is_shown(desk: Desk) -> None:
    way = entrance(desk, "anna", "ben")
    anna, ben = client(desk, way, "anna"), client(desk, way, "ben")
    for made in (anna, ben):
        for n in range(6):
            item = made.get("/api/next").json()["item"]
            assert item["code"] is None
            layer = "none" if made is ben and n < 2 else "secondary"
            made.post("/api/code", json=code(item, layer, comment=f"secret {n}"))
    assert anna.get("/api/next").json()["item"] is None
    assert len(desk.codings()) == 12
    bench = Bench(desk)
    lead = client(bench, entrance(desk, "carla", role=LEAD), "carla")
    shown = lead.get("/api/next").json()
    assert [o["coder"] for o in shown["opinions"]] == ["anna", "ben"]
    assert shown["progress"] == {"done": 0, "left": 2}
    for n in range(2):
        item = lead.get("/api/next").json()["item"]
        body = code(item, "policy_core", n, comment="the whole field")
        assert lead.post("/api/code", json=body).status_code == 200
    assert lead.get("/api/next").json()["item"] is None
    labels, waiting = gold(desk.codings(), decisions(desk))
    assert not waiting
    assert sum(c.label.layer == "policy_core" for c in labels) == 2
    decided = next(c for c in labels if c.label.layer == "policy_core")
    assert "decided by carla: the whole field" in decided.history
    assert "anna=secondary/provision" in decided.history
    assert {c.label.coder for c in labels} == {"gold"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"layer": "core"}, "layer 'core'"),
        ({"facet": "authority"}, "does not belong to secondary"),
        ({"confidence": 9}, "confidence 9"),
        ({"end": 10_000}, "outside the document"),
        ({"start": -1}, "no span"),
    ],
)
def test_bad_codes_are_refused_whole(desk: Desk, change: dict[str, Any], says: str) -> None:
    made = client(desk, entrance(desk, "anna"), "anna")
    item = made.get("/api/next").json()["item"]
    body = code(item)
    body["parts"].append({**body["parts"][0], "start": item["end"] + 1, "end": item["end"] + 9})
    body["parts"][-1].update(change)
    answer = made.post("/api/code", json=body)
    assert answer.status_code == 422
    assert says in answer.json()["error"]
    assert desk.log.count() == 0


def test_split_and_merge(desk: Desk) -> None:
    made = client(desk, entrance(desk, "anna"), "anna")
    item = made.get("/api/next").json()["item"]
    body = code(item)
    half = {**body["parts"][0], "end": item["start"] + 8}
    rest = {
        **body["parts"][0],
        "start": item["start"] + 9,
        "end": item["end"] + 1 + len(SENTENCES[1]),
    }
    made.post("/api/code", json={**body, "parts": [half, rest]})
    texts = [c.text for c in desk.codings()]
    assert texts[0] == "Sentence"
    assert texts[1].endswith("that. " + SENTENCES[1])
    # the sentence merged into the span is done with
    assert made.get("/api/next").json()["progress"] == {"done": 2, "left": 4}


def test_suggestions_only_after_the_decision_and_on_record(desk: Desk) -> None:
    made = client(desk, entrance(desk, "anna"), "anna")
    item = made.get("/api/next").json()["item"]
    assert made.get(f"/api/suggestion/{item['id']}").status_code == 422
    made.post("/api/code", json=code(item))
    assert made.get(f"/api/suggestion/{item['id']}").json()["suggestion"]["layer"] == "secondary"
    assert not desk.codings()[0].suggested
    made.post("/api/code", json=code(item, "none", 1))
    assert desk.codings()[0].suggested


def test_two_tabs_of_one_coder_and_two_servers(desk: Desk, tmp_path: Path) -> None:
    way = entrance(desk, "anna")
    other = Desk(task_file(), Log(tmp_path / "codes.sqlite"))
    one, two = client(desk, way, "anna"), client(other, way, "anna")
    item = one.get("/api/next").json()["item"]
    assert two.get("/api/next").json()["item"]["id"] == item["id"]
    one.post("/api/code", json=code(item, "none", 1))
    two.post("/api/code", json=code(item, "secondary", 2))
    assert [c.label.layer for c in desk.codings()] == ["secondary"]
    assert desk.log.count() == 2


def test_two_coders_in_one_browser(desk: Desk) -> None:
    way = entrance(desk, "anna", "ben")
    made = client(desk, way, "anna")
    mine = {"axiomap-coder": "anna"}
    item = made.get("/api/next", headers=mine).json()["item"]
    token = next(t for t, coder in way.tokens.coders.items() if coder == "ben")
    made.get(f"/?token={token}")  # in another tab: the cookie is ben's from now on
    for answer in (
        made.post("/api/code", json=code(item), headers=mine),
        made.post("/api/undo", json={"submission": "undo-abcdefgh"}, headers=mine),
        made.get("/api/next", headers=mine),
    ):
        assert answer.status_code == 409
        assert "this browser is ben's now" in answer.json()["error"]
    assert desk.log.count() == 0
    assert made.post("/api/code", json=code(item), headers={"axiomap-coder": "ben"}).is_success
    assert [c.label.coder for c in desk.codings()] == ["ben"]


def test_clocks_that_run_backwards(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)

    class Backwards(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            nonlocal now
            now -= timedelta(days=2)
            return now

    monkeypatch.setattr("pipeline.annotate.events.datetime", Backwards)
    way = entrance(desk, "anna", "ben")
    anna, ben = client(desk, way, "anna"), client(desk, way, "ben")
    future = "2099-01-01T00:00:00Z"
    for made, layer in ((anna, "none"), (anna, "secondary"), (ben, "deep_core")):
        for n in range(2):
            body = code(
                {"id": f"t{n}", "start": 39 * n, "end": 39 * n + 8}, layer, client_at=future
            )
            made.post("/api/code", json={**body, "submission": f"{layer}-{n}-abcdef"})
    assert [str(c.label.layer) for c in desk.codings("anna")] == ["secondary", "secondary"]
    assert all(c.at < "2030" for c in desk.codings())
    back = anna.post("/api/undo", json={"submission": "undo-abcdefgh"}).json()
    assert back["item"]["id"] == "t1"
    assert [str(c.label.layer) for c in desk.codings("anna")] == ["secondary", "none"]
    bench = Bench(desk)
    lead = client(bench, entrance(desk, "carla", role=LEAD), "carla")
    for n in range(2):
        item = lead.get("/api/next").json()["item"]
        lead.post("/api/code", json=code(item, "policy_core", n))
    last = lead.post("/api/undo", json={"submission": "undo-abcdefgh"}).json()
    assert last["item"]["id"] == item["id"]


def test_single_items_go_to_one_coder(tmp_path: Path) -> None:
    desk = Desk(task_file(copies=1), Log(tmp_path / "codes.sqlite"))
    seen = []
    for name in ("anna", "ben", "cem"):
        for _ in range(2):
            item = desk.next_item(name)
            assert item is not None
            seen.append(item.id)
            part = Part(item.start, item.end, "none", "", 3)
            desk.code(Submission(f"{item.id}-{name}-0000", "code", name, item.id, (part,)))
    assert sorted(seen) == sorted(desk.tasks)
    assert desk.next_item("dora") is None


def test_log_is_append_only_and_full_disks_are_told(desk: Desk) -> None:
    made = client(desk, entrance(desk, "anna"), "anna")
    item = made.get("/api/next").json()["item"]
    made.post("/api/code", json=code(item))
    with (
        sqlite3.connect(desk.log.path) as raw,
        pytest.raises(sqlite3.IntegrityError, match="never"),
    ):
        raw.execute("DELETE FROM events")
    pages = desk.log._db.execute("PRAGMA page_count").fetchone()[0]
    desk.log._db.execute(f"PRAGMA max_page_count = {pages}")
    answer = None
    for n in range(1, 60):
        answer = made.post("/api/code", json=code(item, n=n, comment="x" * 4000))
        if answer.status_code != 200:
            break
    assert answer is not None
    assert answer.status_code == 503
    assert "nothing was stored" in answer.json()["error"]
    assert desk.log.count() == n
    desk.log._db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    assert made.post("/api/code", json=code(item, n=n, comment="x" * 4000)).status_code == 200
    assert desk.log.count() == n + 1


def test_log_of_other_tasks_is_refused(desk: Desk) -> None:
    with pytest.raises(PipelineError, match="belong to other tasks"):
        Desk(TaskFile(tasks=(Task("x", "d", 0, 1, "a"),)), desk.log)


def test_beyond_loopback_needs_tls_and_accounts(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="needs --cert"):
        Address("0.0.0.0").check()
    files = {"cert": tmp_path / "c.pem", "key": tmp_path / "k.pem", "accounts": tmp_path / "a.json"}
    with pytest.raises(PipelineError, match="--name HOST"):
        Address("0.0.0.0", **files).check()
    Address().check()
    assert "localhost:8650" in Address().hosts(8650)
    here = Address(port=0, **files)
    desk = open_desk(write(tmp_path))
    with pytest.raises(PipelineError, match="nobody has one"):
        serve(desk, here, ("anna",), say=print)
    Accounts(files["accounts"]).add("anna", "long enough password")
    for name in ("cert", "key"):
        files[name].write_text("no certificate")
    with pytest.raises(PipelineError, match="PEM files"):
        serve(desk, here, ("anna",), say=print)


def write(folder: Path) -> Path:
    write_tasks(task_file(), folder / "tasks.jsonl")
    return folder / "tasks.jsonl"


def test_accounts(desk: Desk, tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.json")
    with pytest.raises(PipelineError, match="at least 10"):
        accounts.add("anna", "short")
    accounts.add("anna", "long enough password")
    assert "long enough" not in accounts.path.read_text()
    accounts = Accounts(tmp_path / "accounts.json")
    sessions = Sessions(desk.log.meta("secret"), "coder")
    made = client(desk, Entrance(sessions, frozenset({HOST}), accounts=accounts))
    wrong = {"name": "anna", "password": "wrong password"}
    right = {"name": "anna", "password": "long enough password"}
    assert made.post("/api/login", json=wrong).status_code == 403
    assert made.post("/api/login", json={**right, "name": "ben"}).status_code == 403
    assert made.post("/api/login", json=right).json() == {"coder": "anna"}
    assert made.get("/api/start").json()["coder"] == "anna"
    for _ in range(5):
        made.post("/api/login", json=wrong)
    assert made.post("/api/login", json=right).status_code == 403


def test_facet_keys_are_single_and_distinct() -> None:
    for layer, keys in facet_keys().items():
        assert list(keys) == list(FACETS[Layer(layer)])
        assert len(set(keys.values())) == len(keys)
