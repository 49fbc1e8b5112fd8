"""Full disks and read-only folders, real ones: mounted in a namespace of the test's own."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_annotate_codings import TEXT, coding

from pipeline.annotate.codings import write_codings
from pipeline.annotate.desk import Desk
from pipeline.annotate.events import Log, Part, Submission
from pipeline.annotate.tasks import Task, TaskDocument, TaskFile, read_tasks, write_tasks

OWN = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
AXIOMAP = shlex.join([sys.executable, "-m", "pipeline", "annotate"])


@pytest.fixture(scope="module", autouse=True)
def mounts(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where a process may not mount for itself."""
    folder = tmp_path_factory.mktemp("mount")
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            [*OWN, f"mount -t tmpfs -o size=1m tmpfs {folder}"], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no user namespace with mounts of its own here (unshare --user --mount)")


def task_file(items: int = 400) -> TaskFile:
    text = " ".join(f"Sentence {n:03d} is here." for n in range(items))
    tasks = tuple(
        Task(f"t{n}", "d1", 22 * n, 22 * n + 21, text[22 * n : 22 * n + 21]) for n in range(items)
    )
    return TaskFile(documents={"d1": TaskDocument("d1", text)}, tasks=tasks)


def coded(folder: Path) -> Path:
    """Tasks with codes beside them, and what else the commands read."""
    file = task_file(4)
    write_tasks(file, folder / "tasks.jsonl")
    desk = Desk(file, Log(folder / "tasks.codes.sqlite"))
    for n, task in enumerate(file.tasks):
        for coder in ("anna", "ben"):
            part = Part(task.start, task.end, "none", "", 3)
            desk.code(Submission(f"{coder}-{n}-abcdef", "code", coder, task.id, (part,)))
    desk.log.close()
    codings = [coding(0, "none"), coding(1, "none"), coding(1, "secondary", "ben")]
    write_codings(codings, folder / "codes.jsonl", with_text=True)
    (folder / "texts.jsonl").write_text(f'{{"id": "d1", "text": "{TEXT}"}}\n', encoding="utf-8")
    return folder


WRITING = {
    "next": "next {here}/texts.jsonl --n 2 --strategy random --out {out}/new.jsonl",
    "adjudicate": "adjudicate {here}/codes.jsonl --out {out}/new.jsonl",
    "disputes": "adjudicate {here}/codes.jsonl --disputes {out}/new.jsonl",
    "export": "export {here}/codes.jsonl --format csv --out {out}/new.csv",
    "import": "import {here}/codes.jsonl --format jsonl --out {out}/new.jsonl",
    "dehydrate": "dehydrate {here}/codes.jsonl {here}/texts.jsonl --out {out}/new.jsonl",
    "account": "account anna --accounts {out}/new.json --password long-enough-for-all",
}


@pytest.mark.parametrize("command", WRITING)
def test_commands_on_a_full_disk(command: str, tmp_path: Path) -> None:
    folder, small = coded(tmp_path), tmp_path / "small"
    small.mkdir()
    script = (
        f"mount -t tmpfs -o size=16k tmpfs {small}; echo old > {small}/new.jsonl; "
        f"head -c 100000 /dev/zero > {small}/fill 2>/dev/null; {AXIOMAP} "
        f"{WRITING[command].format(here=folder, out=small)}; "
        f"echo $? $(cat {small}/new.jsonl) $(ls {small})"
    )
    one_line(script, "No space left", "2 old fill new.jsonl")


@pytest.mark.parametrize("command", WRITING)
def test_commands_in_a_read_only_folder(command: str, tmp_path: Path) -> None:
    folder = coded(tmp_path)
    before = sorted(path.name for path in folder.iterdir())
    arguments = WRITING[command].format(here=folder, out=folder)
    script = f"{read_only(folder)}; {AXIOMAP} {arguments}; echo $?"
    one_line(script, "Read-only file system", "2")
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize(
    "command",
    [
        "serve {}/tasks.jsonl --coder anna --port 0",
        "serve {}/fresh.jsonl --coder anna --port 0",
        "agree {}/tasks.jsonl",
        "adjudicate {}/tasks.jsonl",
    ],
)
def test_codes_in_a_read_only_folder(command: str, tmp_path: Path) -> None:
    folder = coded(tmp_path)
    shutil.copy(folder / "tasks.jsonl", folder / "fresh.jsonl")
    script = f"{read_only(folder)}; {AXIOMAP} {command.format(folder)}; echo $?"
    one_line(script, "folder that can be written", "2")
    desk = Desk(read_tasks(folder / "tasks.jsonl"), Log(folder / "tasks.codes.sqlite"))
    assert len(desk.codings()) == 8


def read_only(folder: Path) -> str:
    return f"mount --bind {folder} {folder}; mount -o remount,bind,ro {folder}"


def one_line(script: str, says: str, prints: str) -> None:
    done = subprocess.run([*OWN, script], capture_output=True, text=True, check=False)
    assert done.stderr.count("\n") == 1, done.stderr
    assert says in done.stderr
    assert sorted(done.stdout.split()) == sorted(prints.split())


def test_a_disk_that_fills_while_coders_work(tmp_path: Path) -> None:
    write_tasks(task_file(), tmp_path / "tasks.jsonl")
    small = tmp_path / "small"
    small.mkdir()
    script = (
        f"mount -t tmpfs -o size=2m tmpfs {small}; cp {tmp_path}/tasks.jsonl {small}; "
        f"exec {AXIOMAP} serve {small}/tasks.jsonl --coder anna --port 0"
    )
    server = subprocess.Popen([*OWN, script], stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None
    try:
        found = re.search(r"anna: (http\S+)", server.stderr.readline())
        assert found
        inside = Path(f"/proc/{server.pid}/root") / small.relative_to("/")
        base = found[1].split("/?", maxsplit=1)[0]
        acknowledged = []
        with httpx.Client(headers={"origin": base}, timeout=20, follow_redirects=True) as anna:
            anna.get(found[1])
            for n in range(5):
                assert send(anna, base, n).status_code == 200
                acknowledged.append(n)
            fill(inside / "fill")
            for n in range(5, 400):
                answer = send(anna, base, n)
                if answer.status_code != 200:
                    break
                acknowledged.append(n)
            assert answer.status_code == 503
            assert "nothing was stored" in answer.json()["error"]
            assert anna.get(base + "/api/start").json()["progress"]["done"] == len(acknowledged)
            (inside / "fill").unlink()
            assert send(anna, base, n).status_code == 200  # as the page does, by itself
            acknowledged.append(n)
        server.send_signal(signal.SIGSTOP)
        for path in inside.iterdir():
            shutil.copy(path, tmp_path)
    finally:
        server.kill()
        server.wait()
        server.stderr.close()
    desk = Desk(read_tasks(tmp_path / "tasks.jsonl"), Log(tmp_path / "tasks.codes.sqlite"))
    assert sorted(c.text for c in desk.codings()) == [
        task_file().tasks[n].text for n in acknowledged
    ]
    assert desk.log.count() == len(acknowledged)


def send(client: httpx.Client, base: str, n: int) -> httpx.Response:
    part = {"start": 22 * n, "end": 22 * n + 21, "layer": "none", "facet": "", "confidence": 3}
    body: dict[str, Any] = {"submission": f"anna-{n}-abcdef", "item": f"t{n}", "parts": [part],
                            "comment": "x" * 3000}  # fmt: skip
    return client.post(base + "/api/code", json=body)


def fill(path: Path) -> None:
    """Takes all the room that is left."""
    with path.open("wb", buffering=0) as stream:
        for size in (65536, 512):
            try:
                while True:
                    stream.write(b"\0" * size)
            except OSError:
                time.sleep(0)
