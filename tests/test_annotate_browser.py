"""Two coders code 40 items by keyboard in Chromium, a third person adjudicates, gold is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.annotate.codings import read_codings
from pipeline.annotate.tasks import Task, TaskDocument, TaskFile, write_tasks

pytestmark = pytest.mark.browser

SUBJECTS = ["clinics", "rivers", "unions", "schools", "farms"]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def tasks(path: Path) -> Path:
    documents, found = {}, []
    for d in range(10):
        parts = [
            f"Voters know <i>what</i> {SUBJECTS[(d + s) % 5]} № {s} need 🙂." for s in range(4)
        ]
        text = "\n\n".join([f"Letter {d} to the committee", " ".join(parts), "Yours, the board"])
        documents[f"d{d}"] = TaskDocument(f"d{d}", text, f"Letter {d}", "The League", "2024-05-01")
        for s, part in enumerate(parts):
            start = text.index(part)
            found.append(Task(f"d{d}s{s}", f"d{d}", start, start + len(part), part, copies=2))
    write_tasks(TaskFile(documents=documents, tasks=tuple(found)), path)
    return path


class Server:
    """``axiomap annotate ...`` as its user starts it; ``urls`` by name."""

    def __init__(self, *arguments: str, names: int):
        command = [sys.executable, "-m", "pipeline", "annotate", *arguments, "--port", "0"]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.urls: dict[str, str] = {}
        assert self.process.stderr is not None
        while len(self.urls) < names:
            line = self.process.stderr.readline()
            assert line, "the server ended"
            found = re.match(r"(\S+): (http\S+)", line)
            if found:
                self.urls[found[1]] = found[2]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stderr is not None
        self.process.stderr.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no {CHROMIUM}")
    with playwright.sync_playwright() as made:
        started = made.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


def open_page(browser: Any, url: str, width: int = 1280) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("console", lambda m: page.errors.append(m.text) if m.type == "error" else None)
    page.goto(url)
    page.wait_for_selector("#layers button")
    return page


def shot(page: Any, name: str) -> None:
    folder = os.environ.get("AXIOMAP_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def keys_for(coder: str, sentence: str) -> list[str]:
    """What a coder presses: they differ on the third sentence of each document."""
    if "№ 0" in sentence:
        return ["4"]
    if "№ 2" in sentence and coder == "ben":
        return ["2", "c", "8"]
    return ["3", "b"]


def counted(page: Any, done: int) -> None:
    """Waits until the page says that so many are done; its CSP forbids evaluated strings."""
    from playwright.sync_api import expect

    expect(page.locator("#count")).to_have_text(re.compile(f"^{done} done"), timeout=15_000)


def press_all(page: Any, coder: str, items: int) -> None:
    for n in range(items):
        sentence = page.locator("#document mark").inner_text()
        for key in keys_for(coder, sentence):
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        counted(page, n + 1)


def test_forty_items_two_coders_and_adjudication(browser: Any, tmp_path: Path) -> None:
    file = tasks(tmp_path / "tasks.jsonl")
    server = Server("serve", str(file), "--coder", "anna", "--coder", "ben", names=2)
    try:
        anna = open_page(browser, server.urls["anna"])
        ben = open_page(browser, server.urls["ben"], width=820)
        assert "token" not in anna.url
        anna.keyboard.press("Enter")
        assert "label first" in anna.locator("#status").inner_text()
        shot(anna, "start-1280")
        anna.keyboard.press("3")
        anna.keyboard.press("b")
        shot(anna, "chosen-1280")
        shot(ben, "start-820")
        ben.keyboard.press("?")
        shot(ben, "book-820")
        ben.keyboard.press("Escape")
        press_all(anna, "anna", 40)
        press_all(ben, "ben", 40)
        assert anna.locator("#done").is_visible()
        shot(anna, "done-1280")
        assert anna.errors == []
        assert ben.errors == []
    finally:
        server.stop()

    server = Server("adjudicate", str(file), "--page", "--lead", "carla", names=1)
    try:
        lead = open_page(browser, server.urls["carla"])
        assert lead.locator("#count").inner_text() == "0 done, 10 left"
        assert "anna: secondary / budget" in lead.locator("#opinions").inner_text()
        shot(lead, "adjudicate-1280")
        for n in range(10):
            lead.keyboard.press("2")
            lead.keyboard.press("c")
            lead.keyboard.press("Shift+C")
            lead.keyboard.type("a cause of the whole")
            lead.keyboard.press("Escape")
            lead.keyboard.press("Enter")
            counted(lead, n + 1)
        assert lead.errors == []
    finally:
        server.stop()

    out = tmp_path / "gold.jsonl"
    command = ["annotate", "adjudicate", str(file), "--out", str(out), "--with-text"]
    subprocess.run([sys.executable, "-m", "pipeline", *command], check=True)
    gold = read_codings([out])
    assert len(gold) == 40
    assert {c.label.layer for c in gold if "№ 2" in c.text} == {"policy_core"}
    assert all("a cause of the whole" in c.history for c in gold if "№ 2" in c.text)


def test_split_merge_undo_and_a_killed_server(browser: Any, tmp_path: Path) -> None:
    file = tasks(tmp_path / "tasks.jsonl")
    server = Server("serve", str(file), "--coder", "anna", names=1)
    page = open_page(browser, server.urls["anna"])
    try:
        page.keyboard.press("Shift+S")
        shot(page, "split-1280")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        assert page.locator("#document mark").count() == 2
        for keys in (["3", "b"], ["ArrowRight", "4"]):
            for key in keys:
                page.keyboard.press(key)
        shot(page, "parts-1280")
        page.keyboard.press("Enter")
        counted(page, 1)
        page.keyboard.press("Shift+U")
        counted(page, 0)
        assert page.locator("#document mark").count() == 2
        page.keyboard.press("Shift+M")
        assert page.locator("#document mark").count() == 1
        page.keyboard.press("Shift+M")
        assert page.locator("#document mark").inner_text().count("🙂") == 2
        page.keyboard.press("4")
        port = int(re.search(r":(\d+)/", server.urls["anna"])[1])  # type: ignore[index]
        server.process.kill()
        server.process.wait()
        page.keyboard.press("Enter")
        page.wait_for_selector("#status.bad")
        assert "kept here" in page.locator("#status").inner_text()
        command = ["serve", str(file), "--coder", "anna"]
        server.process.stderr.close()  # type: ignore[union-attr]
        server = _again(command, port)
        counted(page, 2)
    finally:
        server.stop()


def _again(command: list[str], port: int) -> Server:
    """The server on the port it had; the browser's cookie still holds."""
    server = Server.__new__(Server)
    server.urls = {}
    full = [sys.executable, "-m", "pipeline", "annotate", *command, "--port", str(port)]
    server.process = subprocess.Popen(full, stderr=subprocess.PIPE, text=True)
    return server
