"""Two coders code 40 items by keyboard in Chromium, a third person adjudicates, gold is trained on.

Set ``AXIOMAP_SHOTS`` to a folder to have the screens.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.annotate.codings import Coding, read_codings
from pipeline.annotate.collect import collect
from pipeline.annotate.tasks import Task, TaskDocument, TaskFile, write_tasks

pytestmark = pytest.mark.browser

SUBJECTS = ["clinics", "rivers", "unions", "schools", "farms"]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def tasks(path: Path, documents: int = 10) -> Path:
    known, found = {}, []
    for d in range(documents):
        parts = [
            f"Voters know <i>what</i> {SUBJECTS[(d + s) % 5]} № {s} need 🙂." for s in range(4)
        ]
        text = "\n\n".join([f"Letter {d} to the committee", " ".join(parts), "Yours, the board"])
        known[f"d{d}"] = TaskDocument(f"d{d}", text, f"Letter {d}", "The League", "2024-05-01")
        for s, part in enumerate(parts):
            start = text.index(part)
            found.append(Task(f"d{d}s{s}", f"d{d}", start, start + len(part), part, copies=2))
    write_tasks(TaskFile(documents=known, tasks=tuple(found)), path)
    return path


class Server:
    """``axiomap annotate ...`` as its user starts it; ``urls`` by name."""

    def __init__(self, *arguments: str, names: int, port: int = 0):
        command = [sys.executable, "-m", "pipeline", "annotate", *arguments, "--port", str(port)]
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


def test_from_forty_items_to_a_trained_model(browser: Any, tmp_path: Path, tiny_base: Path) -> None:
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
    assert_learned(gold, train_on(out, tiny_base))


def train_on(gold: Path, base: Path) -> Path:
    """A model that ``axiomap train`` makes of the gold labels alone."""
    recipe, model = gold.with_name("recipe.toml"), gold.with_name("model")
    recipe.write_text(
        f"""
        name = "tiny"
        base = "{base}"
        rank = 8
        [optimisation]
        epochs = 80.0
        learning_rate = 3e-3
        head_learning_rate = 2e-2
        weight_decay = 0.0
        batch_tokens = 512
        [layers]
        files = ["{gold}"]
        smoothing = 0.0
        context_dropout = 1.0
        facet_weight = 0.0
        """
    )
    command = ["train", str(recipe), "--out", str(model)]
    subprocess.run([sys.executable, "-m", "pipeline", *command], check=True)
    return model


def assert_learned(gold: list[Coding], model: Path) -> None:
    """The model says of each sentence what the people decided: it was trained on their labels."""
    from pipeline.embed import Encoder, Passage
    from pipeline.records import LAYERS

    encoder = Encoder(str(model), task="claims", precision="fp32")
    states = encoder.states([Passage(c.text) for c in gold])
    said = [LAYERS[int(best)] for best in encoder.head("layer", states).argmax(1)]
    assert said == [c.label.layer for c in gold]
    assert len(set(said)) == 3


def test_tabs_of_one_browser(browser: Any, tmp_path: Path) -> None:
    file = tasks(tmp_path / "tasks.jsonl")
    server = Server("serve", str(file), "--coder", "anna", "--coder", "ben", names=2)
    try:
        one = open_page(browser, server.urls["anna"])
        two = open_tab(one, server.urls["anna"])
        sentence = one.locator("#document mark").inner_text()
        assert two.locator("#document mark").inner_text() == sentence
        press(one, "4")
        counted(one, 1)
        press(two, "3", "b")  # the same sentence again: the later code holds, both are kept
        counted(two, 1)
        assert two.locator("#document mark").inner_text() != sentence
        press(one, "4")
        counted(one, 2)

        ben = open_tab(one, server.urls["ben"])
        assert ben.locator("#who").inner_text() == "ben"
        press(one, "2", "c")
        one.wait_for_selector("#status.bad")
        assert "ben's now; sign in again as anna" in one.locator("#status").inner_text()
        shot(one, "other-coder-1280")
        press(ben, "4")
        counted(ben, 1)
        one.goto(server.urls["anna"])  # what she decided was kept, and is sent as hers
        counted(one, 3)
    finally:
        server.stop()
    codes = collect([file]).codings
    layers = {(c.label.coder, c.text): str(c.label.layer) for c in codes}
    assert [p.name for p in tmp_path.glob("*.sqlite*")] == ["tasks.codes.sqlite"]  # all in one file
    assert layers["anna", sentence] == "secondary"
    assert sorted(v for (coder, _), v in layers.items() if coder == "anna") == [
        "none", "policy_core", "secondary",
    ]  # fmt: skip
    assert [v for (coder, _), v in layers.items() if coder == "ben"] == ["none"]


def open_tab(page: Any, url: str) -> Any:
    tab = page.context.new_page()
    tab.goto(url)
    tab.wait_for_selector("#layers button")
    return tab


def press(page: Any, *keys: str) -> None:
    for key in (*keys, "Enter"):
        page.keyboard.press(key)


def test_a_tablet(browser: Any, tmp_path: Path) -> None:
    file = tasks(tmp_path / "tasks.jsonl")
    server = Server("serve", str(file), "--coder", "anna", names=1)
    try:
        context = browser.new_context(viewport={"width": 820, "height": 1100}, has_touch=True)
        page = context.new_page()
        page.goto(server.urls["anna"])
        page.get_by_role("radio", name="policy core").tap()
        page.get_by_role("radio", name="cause").tap()
        page.get_by_role("radio", name="doubt").tap()
        page.locator("#save").tap()
        counted(page, 1)
        page.locator("#split").tap()
        mark = page.locator("#document mark.active")
        box = mark.evaluate("node => node.getClientRects()[0].toJSON()")
        page.touchscreen.tap(box["x"] + 60, box["y"] + 8)  # the cut goes where the finger points
        page.locator("#save").tap()
        assert page.locator("#document mark").count() == 2
        assert len(page.locator("#document mark").first.inner_text()) < 20
        page.get_by_role("radio", name="none").tap()
        page.get_by_role("tab").nth(1).tap()
        page.get_by_role("radio", name="none").tap()
        shot(page, "tablet-820")
        page.locator("#save").tap()
        counted(page, 2)
        page.locator("#undo").tap()
        counted(page, 1)
        page.locator("#skip").tap()
        counted(page, 2)
    finally:
        server.stop()
    assert [str(c.label.layer) for c in collect([file]).codings] == ["policy_core"]


def test_a_full_disk_is_told_and_the_code_sent_again(browser: Any, tmp_path: Path) -> None:
    file = tasks(tmp_path / "tasks.jsonl")
    server = Server("serve", str(file), "--coder", "anna", names=1)
    try:
        page = open_page(browser, server.urls["anna"])
        line = "codes t.sqlite: database or disk is full; nothing was stored, see that the disk ..."
        full = {"status": 503, "json": {"error": line}}
        page.route("**/api/code", lambda route: route.fulfill(**full))
        press(page, "3", "b")
        page.wait_for_selector("#status.bad")
        assert "disk is full" in page.locator("#status").inner_text()
        assert "kept here and sent again" in page.locator("#status").inner_text()
        shot(page, "full-disk-1280")
        context = page.context
        page.close()  # the tab too: the code is in the browser
        again = context.new_page()
        again.goto(server.urls["anna"])
        counted(again, 1)
    finally:
        server.stop()


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
        server = Server(*command, names=1, port=port)  # the browser's cookie still holds
        counted(page, 2)
    finally:
        server.stop()


def test_what_the_browser_keeps_goes_to_its_own_tasks(browser: Any, tmp_path: Path) -> None:
    mine, other = tasks(tmp_path / "mine.jsonl"), tasks(tmp_path / "other.jsonl", documents=9)
    server = Server("serve", str(mine), "--coder", "anna", names=1)
    port = int(re.search(r":(\d+)/", server.urls["anna"])[1])  # type: ignore[index]
    try:
        page = open_page(browser, server.urls["anna"])
        page.route("**/api/code", lambda route: route.abort())
        press(page, "4")
        page.wait_for_selector("#status.bad")
        context = page.context
        page.close()
        for file, done in ((other, 0), (mine, 1)):
            server.stop()
            server = Server("serve", str(file), "--coder", "anna", names=1, port=port)
            tab = context.new_page()
            tab.goto(server.urls["anna"])
            counted(tab, done)
            tab.close()
    finally:
        server.stop()
    assert [len(collect([file]).codings) for file in (other, mine)] == [0, 1]
