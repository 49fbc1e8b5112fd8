"""Round trips through other tools themselves: a Label Studio started for it, and dkpro-cassis.

Both are looked for outside the project: ``LABEL_STUDIO`` names the command ``label-studio`` (else
it is looked for on PATH), ``CASSIS_PYTHON`` a Python that has dkpro-cassis (else this one).
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_annotate_exchange import CODINGS, DOCUMENTS, bare

from pipeline import codec
from pipeline.annotate.codings import Coding, read_codings, write_codings

pytestmark = pytest.mark.tools

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WHO, PASSWORD = "anna@example.org", secrets.token_hex(12)


def axiomap(*arguments: object) -> str:
    command = [sys.executable, "-m", "pipeline", "annotate", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


# Label Studio


@dataclass
class LabelStudio:
    """A Label Studio of its own; ``api`` is signed in."""

    url: str
    api: httpx.Client

    def project(self, interface: str, tasks: bytes) -> int:
        """A new project with these tasks imported."""
        made = self.api.post("/api/projects", json={"title": "Beliefs", "label_config": interface})
        assert made.status_code == 201, made.text
        project = int(made.json()["id"])
        files = {"file": ("tasks.json", tasks, "application/json")}
        answer = self.api.post(f"/api/projects/{project}/import", files=files)
        assert answer.status_code == 201, answer.text
        return project

    def tasks(self, project: int) -> dict[str, int]:
        """Our document -> number of the task."""
        answer = self.api.get("/api/tasks", params={"project": project, "fields": "all"})
        return {t["data"]["document"]: t["id"] for t in answer.json()["tasks"]}

    def export(self, project: int, path: Path) -> Path:
        """The project as JSON, as the page's button Export gives it."""
        answer = self.api.get(f"/api/projects/{project}/export", params={"exportType": "JSON"})
        assert answer.status_code == 200, answer.text
        path.write_bytes(answer.content)
        return path


@pytest.fixture(scope="module")
def label_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabelStudio]:
    command = os.environ.get("LABEL_STUDIO") or shutil.which("label-studio")
    if not command:
        pytest.skip("no Label Studio: name its command in LABEL_STUDIO, or put it on PATH")
    folder = tmp_path_factory.mktemp("label-studio")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(20)
    settings = {
        "COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "DEBUG": "false",
        "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
    }  # fmt: skip
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [command, "start", "--no-browser", "--data-dir", folder / "data", "--port", str(port),
             "--internal-host", "127.0.0.1", "--username", WHO, "--password", PASSWORD,
             "--user-token", token],
            env={**own, **settings}, stdout=log, stderr=log, cwd=folder, start_new_session=True,
        )  # fmt: skip
    api = httpx.Client(
        base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Token {token}"}, timeout=60
    )
    try:
        for _ in range(240):
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            try:
                if api.get("/api/version").status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(1)
        else:
            pytest.fail("Label Studio did not answer in four minutes")
        yield LabelStudio(str(api.base_url), api)
    finally:
        api.close()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture
def exported(tmp_path: Path) -> tuple[str, bytes]:
    """Interface and tasks as ``axiomap annotate export`` writes them."""
    codes, texts = tmp_path / "codes.jsonl", tmp_path / "texts.jsonl"
    write_codings(CODINGS, codes, with_text=False)
    texts.write_bytes(b"".join(codec.to_json(d) + b"\n" for d in DOCUMENTS.values()))
    out, interface = tmp_path / "ls.json", tmp_path / "ls.xml"
    axiomap("export", codes, "--format", "label-studio", "--texts", texts, "--out", out,
            "--interface", interface)  # fmt: skip
    return interface.read_text(), out.read_bytes()


def imported(export: Path, *more: object) -> list[Coding]:
    out = export.with_suffix(".codes.jsonl")
    axiomap("import", export, "--format", "label-studio", "--out", out, "--with-text", *more)
    return read_codings([out])


def region(start: int, end: int, text: str, layer: str, facet: str) -> list[dict[str, Any]]:
    """A region as the page would send it."""
    span = {"start": start, "end": end, "text": text}
    base = {"id": secrets.token_hex(5), "to_name": "text", "origin": "manual"}
    controls = [
        ("layer", "labels", {"labels": [layer]}), ("facet", "choices", {"choices": [facet]}),
        ("confidence", "rating", {"rating": 1}), ("comment", "textarea", {"text": ["hm", "…"]}),
    ]  # fmt: skip
    return [
        {**base, "from_name": name, "type": kind, "value": {**span, **value}}
        for name, kind, value in controls
    ]


def test_label_studio_round_trip(
    label_studio: LabelStudio, exported: tuple[str, bytes], tmp_path: Path
) -> None:
    project = label_studio.project(*exported)
    untouched = imported(label_studio.export(project, tmp_path / "untouched.json"))
    assert bare(untouched) == bare(CODINGS)

    # One more annotation, and a label changed in one of ours.
    task = label_studio.tasks(project)["d2"]
    text = DOCUMENTS["d2"].text
    results = region(20, 26, text[20:26], "deep_core", "identity")
    body = {"result": results, "lead_time": 4.5}
    answer = label_studio.api.post(f"/api/tasks/{task}/annotations/", json=body)
    assert answer.status_code == 201, answer.text
    (old,) = label_studio.api.get(f"/api/tasks/{task}").json()["annotations"][:1]
    for result in old["result"]:
        if result["type"] == "labels" and result["value"]["start"] == 0:
            result["value"]["labels"] = ["policy_core"]
    answer = label_studio.api.patch(f"/api/annotations/{old['id']}", json={"result": old["result"]})
    assert answer.status_code == 200, answer.text

    changed = label_studio.export(project, tmp_path / "changed.json")
    number = json.loads(changed.read_text())[0]["annotations"][0]["completed_by"]
    found = imported(changed, "--coder", f"user{number}=cem")
    (new,) = (c for c in found if c.label.coder == "cem")
    assert (new.label.document, new.text, new.label.start) == ("d2", "🙂 Yes.", 20)
    assert (new.label.layer, new.label.facet) == ("deep_core", "identity")
    assert (new.label.confidence, new.comment) == (1, "hm\n…")
    assert new.at > "2020"
    expected = [
        replace(c, label=replace(c.label, layer=type(c.label.layer)("policy_core")))
        if c.label.document == "d2" and c.label.start == 0
        else c
        for c in CODINGS
    ]
    assert bare([c for c in found if c is not new]) == bare(expected)


@pytest.mark.browser
def test_label_studio_counts_as_we_do(
    label_studio: LabelStudio, exported: tuple[str, bytes], tmp_path: Path
) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no {CHROMIUM}")
    project = label_studio.project(*exported)
    text = DOCUMENTS["d/1"].text
    words = "call us"
    with playwright.sync_playwright() as made:
        browser = made.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{label_studio.url}/user/login/")
        page.fill("#email", WHO)
        page.fill("#password", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/user/login" not in url)
        task = label_studio.tasks(project)["d/1"]
        page.goto(f"{label_studio.url}/projects/{project}/data?task={task}")
        shown = page.locator(".htx-highlight")
        shown.first.wait_for(timeout=60_000)
        ours = {c.text.strip() for c in CODINGS}
        assert {t.strip() for t in shown.all_inner_texts()} <= ours
        page.wait_for_timeout(2000)
        page.keyboard.press("1")
        box = page.evaluate(
            """words => {
              const walk = document.createTreeWalker(
                document.querySelector('[class*=richtext]'), NodeFilter.SHOW_TEXT);
              for (let node; (node = walk.nextNode());) {
                const at = node.data.indexOf(words);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + words.length);
                const { left, right, top, bottom } = range.getBoundingClientRect();
                return [left, right, (top + bottom) / 2];
              }
            }""",
            words,
        )
        left, right, height = box
        page.mouse.move(left + 1, height)
        page.mouse.down()
        page.mouse.move((left + right) / 2, height)
        page.mouse.move(right - 1, height)
        page.mouse.up()
        page.wait_for_timeout(1000)
        if folder := os.environ.get("AXIOMAP_SHOTS"):
            page.screenshot(path=str(Path(folder) / "label-studio.png"))
        with page.expect_response(re.compile(r"/api/annotations/\d+")):
            page.get_by_text("Update", exact=True).click()
        browser.close()
    found = imported(label_studio.export(project, tmp_path / "drawn.json"))
    (drawn,) = (c for c in found if c.label.coder.startswith("user"))
    assert (drawn.label.start, drawn.text) == (text.index(words), words)
    assert drawn.label.layer == "deep_core"
    assert bare([c for c in found if c is not drawn]) == bare(CODINGS)


# INCEpTION, through the library that reads its CAS

READ = """
import json, sys, cassis
found = []
for path in sys.argv[1:]:
    with open(path, "rb") as stream:
        cas = cassis.load_cas_from_json(stream)
    for a in cas.select("webanno.custom.Belief"):
        found.append([a.begin, a.end, a.get_covered_text(), a.layer, a.facet or "", a.confidence,
                      a.comment or ""])
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(cas.to_json())
print(json.dumps(found))
"""


def test_inception_through_cassis(tmp_path: Path) -> None:
    python = os.environ.get("CASSIS_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import cassis"], capture_output=True, check=False).returncode:
        pytest.skip(f"{python} has no dkpro-cassis: name one that has in CASSIS_PYTHON")
    codes, texts = tmp_path / "codes.jsonl", tmp_path / "texts.jsonl"
    write_codings(CODINGS, codes, with_text=False)
    texts.write_bytes(b"".join(codec.to_json(d) + b"\n" for d in DOCUMENTS.values()))
    out = tmp_path / "inception.zip"
    axiomap("export", codes, "--format", "inception", "--texts", texts, "--out", out)
    folder = tmp_path / "cas"
    with zipfile.ZipFile(out) as archive:
        archive.extractall(folder)
        names = archive.namelist()
    done = subprocess.run(
        [python, "-c", READ, *(folder / n for n in names)], capture_output=True, text=True,
        check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # cassis counts characters, the file UTF-16 units.
    assert sorted(found) == sorted(
        [c.label.start, c.label.end, c.text, c.label.layer, c.label.facet, c.label.confidence,
         c.comment]
        for c in CODINGS
    )  # fmt: skip
    # What cassis writes is read back whole.
    again = tmp_path / "again.zip"
    with zipfile.ZipFile(again, "w") as archive:
        for name in names:
            archive.write(folder / name, name)
    back = tmp_path / "back.jsonl"
    axiomap("import", again, "--format", "inception", "--out", back, "--with-text")
    assert bare(read_codings([back])) == bare(CODINGS)
