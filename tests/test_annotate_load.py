"""Ten coders at once, the server killed again and again: what was acknowledged is on disk."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import httpx
import pytest

from pipeline.annotate.collect import collect
from pipeline.annotate.events import Log
from pipeline.annotate.tasks import Header, Task, TaskFile, write_tasks

pytestmark = pytest.mark.slow

CODERS = [f"coder{n}" for n in range(10)]
ITEMS, KILLS = 5_000, 6


class Server:
    def __init__(self, tasks: Path, port: int):
        named = [part for coder in CODERS for part in ("--coder", coder)]
        command = [sys.executable, "-m", "pipeline", "annotate", "serve", str(tasks), *named]
        self.process = subprocess.Popen(
            [*command, "--port", str(port)], stderr=subprocess.PIPE, text=True
        )
        self.urls: dict[str, str] = {}
        assert self.process.stderr is not None
        while len(self.urls) < len(CODERS):
            found = re.match(r"(\S+): (http\S+)", self.process.stderr.readline())
            if found:
                self.urls[found[1]] = found[2]

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()


def code_until(stop: threading.Event, url: str, coder: str, acknowledged: list[tuple[str, ...]],
               sent: list[str]) -> None:  # fmt: skip
    """One browser: codes, keeps what was not acknowledged, sends it again."""
    base = url.split("/?", maxsplit=1)[0]
    layers = ("none", "none", "none")
    with httpx.Client(headers={"origin": base}, timeout=20, follow_redirects=True) as client:
        client.get(url)
        pending: dict[str, object] | None = None
        while not stop.is_set():
            try:
                if pending is None:
                    item = client.get(base + "/api/next").json()["item"]
                    if item is None:
                        return
                    part = {"start": item["start"], "end": item["end"], "facet": "",
                            "layer": layers[len(acknowledged) % 3], "confidence": 3}  # fmt: skip
                    pending = {"submission": str(uuid.uuid4()), "item": item["id"],
                               "parts": [part], "comment": coder,
                               "client_at": "1970-01-01T00:00:00Z"}  # fmt: skip
                    sent.append(str(pending["submission"]))
                answer = client.post(base + "/api/code", json=pending)
                if answer.status_code == 200:
                    acknowledged.append((coder, str(pending["item"]), answer.json()["stored"]))
                    pending = None
            except (httpx.HTTPError, json.JSONDecodeError):
                time.sleep(0.05)


def test_ten_coders_and_kill_nine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks = tmp_path / "tasks.jsonl"
    texts = [f"Sentence number {n} is here." for n in range(ITEMS)]
    made = tuple(
        Task(f"t{n}", f"d{n % 100}", 100 * n, 100 * n + len(t), t, copies=2)
        for n, t in enumerate(texts)
    )
    write_tasks(TaskFile(Header(), tasks=made), tasks)
    server = Server(tasks, 0)
    port = int(re.search(r":(\d+)/", next(iter(server.urls.values())))[1])  # type: ignore[index]
    acknowledged: list[tuple[str, ...]] = []
    sent: list[str] = []
    stop = threading.Event()
    threads = [
        threading.Thread(target=code_until, args=(stop, server.urls[c], c, acknowledged, sent))
        for c in CODERS
    ]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    for _ in range(KILLS):
        time.sleep(5)
        server.kill()
        server = Server(tasks, port)
    time.sleep(5)
    stop.set()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    server.kill()

    log = Log(tmp_path / "tasks.codes.sqlite")
    stored = {(s.coder, s.item, s.id) for s in log.all_current().values()}
    rows = log.count()
    log.close()
    codings = collect([tasks]).codings
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(CODERS)} coders, {ITEMS} items, {KILLS} kills, {seconds:.0f} s: "
            f"{len(sent)} sent, {len(acknowledged)} acknowledged, {rows} stored, "
            f"{len(acknowledged) - len(set(acknowledged) & stored)} lost\n"
        )
    assert len(acknowledged) > 200
    assert set(acknowledged) <= stored
    assert len({s for _, _, s in stored}) == rows  # nothing twice
    assert {s for _, _, s in stored} <= set(sent)
    assert all(c.comment == c.label.coder for c in codings)  # nothing under another's name
    per_item: dict[str, int] = {}
    for _, item, _ in stored:
        per_item[item] = per_item.get(item, 0) + 1
    assert max(per_item.values()) <= 2
