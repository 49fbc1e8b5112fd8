"""Results kept across runs: the same bytes with and without, never a wrong one."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_run import contents, write_corpus

from pipeline.cache import Cache, key
from pipeline.classify import Classify
from pipeline.config import ClassifyConfig, load
from pipeline.embed import Encoder, Passage
from pipeline.records import Claim
from pipeline.run import run_map


def test_values_come_back(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "deep" / "c.sqlite", 10)
    values = {key("text", str(n)): bytes([n]) * 100 for n in range(200)} | {key("x"): b""}
    cache.put(values)
    cache.close()
    again = Cache(tmp_path / "deep" / "c.sqlite", 10)
    assert again.get([*values, key("other")]) == values


def test_key_keeps_parts_apart() -> None:
    assert key("ab", "c") != key("a", "bc")
    assert key("\ud800") != key("?")


def test_damaged_values_and_files_count_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    cache = Cache(path, 10)
    cache.put({key("a"): b"right", key("b"): b"other"})
    cache.close()
    with sqlite3.connect(path) as connection:
        connection.execute("update results set value = ? where key = ?", (b"wrong", key("a")))
    connection.close()
    assert Cache(path, 10).get([key("a"), key("b")]) == {key("b"): b"other"}
    path.write_bytes(b"no database" * 500)
    for name in (path.with_name("c.sqlite-wal"), path.with_name("c.sqlite-shm")):
        name.unlink(missing_ok=True)
    mended = Cache(path, 10)
    assert mended.get([key("a")]) == {}
    mended.put({key("a"): b"new"})
    assert mended.get([key("a")]) == {key("a"): b"new"}


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "c.sqlite", 10)
    cache.put({key("a"): b"b"})
    assert cache.get([key("a")]) == {}


def test_nothing_is_added_beyond_the_size(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "c.sqlite", 0)
    cache.put({key("a"): b"b"})
    assert cache.get([key("a")]) == {}


WRITER = """
import sys
from pathlib import Path
from pipeline.cache import Cache, key
cache = Cache(Path(sys.argv[1]), 100)
for n in range(1_000_000):
    cache.put({key(str(n), str(i)): f"{n} {i}".encode() * 50 for i in range(50)})
    print(n, flush=True)
"""


def test_killed_while_writing(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    process.stdout.close()
    found = Cache(path, 100).get([key(str(n), str(i)) for n in range(5) for i in range(50)])
    assert len(found) == 250
    assert found[key("3", "7")] == b"3 7" * 50


def test_a_hit_gives_the_bytes_of_the_pass(tiny_model: Path, claims: list[Claim], tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    config = ClassifyConfig(model=str(tiny_model), precision="fp32")
    plain = Classify(config)(claims)
    first = Classify(config, cache=tmp_path, cache_megabytes=10)
    assert first(claims[:2]) == plain[:2]
    read: list[Passage] = []
    real = Encoder.states

    def states(self: Encoder, passages: list[Passage]) -> object:
        read.extend(passages)
        return real(self, passages)

    monkeypatch.setattr(Encoder, "states", states)
    second = Classify(config, cache=tmp_path, cache_megabytes=10)
    assert second([*claims, claims[0]]) == [*plain, plain[0]]
    assert [p.text for p in read] == [claims[2].text]


def test_another_model_or_precision_never_sees_them(
    tiny_model: Path, claims: list[Claim], tmp_path: Path
) -> None:
    for precision in ("fp32", "bf16"):
        config = ClassifyConfig(model=str(tiny_model), precision=precision)
        made = Classify(config, cache=tmp_path, cache_megabytes=10)(claims)
        assert made == Classify(config)(claims)
    assert len(list(tmp_path.glob("*.sqlite"))) == 2


def test_runs_with_and_without_give_the_same_bytes(
    tmp_path: Path, tiny_settings: tuple[str, ...]
) -> None:
    corpus = write_corpus(tmp_path / "corpus", 12)
    config = load(overrides=tiny_settings)
    off = replace(config, run=replace(config.run, cache_megabytes=0))
    run_map([str(corpus)], tmp_path / "off", off)
    assert not (tmp_path / "off" / "cache").exists()
    run_map([str(corpus)], tmp_path / "on", config)
    assert list((tmp_path / "on" / "cache").glob("*.sqlite"))
    other = load(overrides=(*tiny_settings, "claims.min_words=5"))
    run_map([str(corpus)], tmp_path / "on", other)  # other shards, the same passages
    run_map([str(corpus)], tmp_path / "on", config)
    shards = {n: b for n, b in contents(tmp_path / "off").items() if n != "map.json"}
    assert {n: b for n, b in contents(tmp_path / "on").items() if n in shards} == shards
