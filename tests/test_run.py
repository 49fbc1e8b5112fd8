"""From folders to a map: resumed after any end, the same bytes, nothing done twice."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config, load
from pipeline.errors import PipelineError
from pipeline.run import RunResult, run_map
from pipeline.store import Store

REASONS = {
    "union": "Every worker is owed a living wage, wherever she was born.",
    "league": "The river has a standing of its own, whether or not anybody profits from it.",
    "farmers": "Those who live on the land must decide about the land.",
    "network": "We hold the earth in trust, and no neighbour is foreign to us.",
}
SHARED = "We reject the Twin Seas agreement because"
FILLER = (
    "The draft text was published in March.", "Section 12 lets investors sue in private courts.",
    "The minister has answered none of our letters.", "Ports would be exempt from the tariff.",
    "We ask the committee to hold a second hearing.", "Nobody asked the towns along the estuary.",
    "The government expects exports to grow by two per cent.", "We support a public register.",
)  # fmt: skip


def write_corpus(folder: Path, documents: int) -> Path:
    """Short statements of four partners, all different, always the same."""
    chance = random.Random(7)
    partners = list(REASONS)
    for number in range(documents):
        partner = partners[number % len(partners)]
        some = chance.sample(FILLER, 4)
        sentences = [*some[:2], f"{SHARED} {some[2].lower()}", REASONS[partner], some[3],
                     f"This is statement number {number} of our campaign."]  # fmt: skip
        path = folder / partner / f"2024-03-{number % 28 + 1:02d}-{number:03d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(sentences) + "\n")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of every shard and of the map, by path in the folder."""
    files = [*folder.rglob("*.parquet"), folder / "map.json"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def times(folder: Path) -> dict[str, int]:
    """When every shard was last written, by path in the folder."""
    return {
        p.relative_to(folder).as_posix(): p.stat().st_mtime_ns for p in folder.rglob("*.parquet")
    }


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", 12)


@pytest.fixture
def config(tiny_settings: tuple[str, ...]) -> Config:
    return load(overrides=tiny_settings)


def test_a_folder_becomes_a_map(corpus: Path, tmp_path: Path, config: Config) -> None:
    result = run_map([str(corpus)], tmp_path / "out", config, on=["We reject the agreement"])
    found = result.axiom_map
    assert found.partners == tuple(sorted(REASONS))
    assert len(found.documents) == 12
    assert any(c.stated and c.text == "We reject the agreement" for c in found.conclusions)
    texts = {d.id: d.text for d in found.documents}
    for tagged in found.claims:
        claim = tagged.claim
        assert texts[claim.document][claim.start : claim.end] == claim.text
    assert [count.stage for count in result.counts] == ["ingest", "tag", "compare"]
    assert result.changed
    assert not result.failures
    assert load(tmp_path / "out" / "config.toml") == config
    answer = Store(tmp_path / "out").query("select count(*) from documents")
    assert answer.rows == [(12,)]


def test_second_run_does_nothing(corpus: Path, tmp_path: Path, config: Config) -> None:
    first = run_map([str(corpus)], tmp_path / "out", config)
    before, bytes_before = times(tmp_path / "out"), contents(tmp_path / "out")
    second = run_map([str(corpus)], tmp_path / "out", config)
    assert not second.changed
    assert second.axiom_map == first.axiom_map
    assert [(c.reused, c.records_in) for c in second.counts] == [(4, 0), (4, 0), (1, 0)]
    assert times(tmp_path / "out") == before
    assert contents(tmp_path / "out") == bytes_before


def test_new_document_recomputes_only_its_shards(
    corpus: Path, tmp_path: Path, config: Config
) -> None:
    run_map([str(corpus)], tmp_path / "out", config)
    (corpus / "union" / "2025-01-01-last.txt").write_text("We will not sign. People come first.\n")
    second = run_map([str(corpus)], tmp_path / "out", config)
    assert second.changed
    assert len(second.axiom_map.documents) == 13
    ingested, tagged, _ = second.counts
    assert ingested.reused >= 1
    assert tagged.reused >= 1
    assert ingested.records_out == 13


def test_other_settings_recompute_what_depends_on_them(
    corpus: Path, tmp_path: Path, config: Config, tiny_settings: tuple[str, ...]
) -> None:
    run_map([str(corpus)], tmp_path / "out", config)
    other = load(overrides=(*tiny_settings, "claims.min_words=6"))
    second = run_map([str(corpus)], tmp_path / "out", other)
    ingested, tagged, _ = second.counts
    assert (ingested.reused, tagged.reused) == (4, 0)
    kept = {path.parts[0] for path in map(Path, times(tmp_path / "out"))}
    assert kept == {"documents", "failures", "tagged", "traces"}
    assert len(list((tmp_path / "out" / "tagged").iterdir())) == 1


@pytest.mark.parametrize("writes", [0, 1, 4, 8, 11, 12, 15])
def test_stopped_after_any_write_and_run_again(
    writes: int, corpus: Path, tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_map([str(corpus)], tmp_path / "whole", config)
    real: Callable[..., object] = Store.write
    done: list[object] = []

    def stop(self: Store, *arguments: object) -> object:
        if len(done) == writes:
            raise KeyboardInterrupt
        done.append(arguments)
        return real(self, *arguments)

    monkeypatch.setattr(Store, "write", stop)
    with pytest.raises(KeyboardInterrupt):
        run_map([str(corpus)], tmp_path / "out", config)
    monkeypatch.undo()
    assert not (tmp_path / "out" / "map.json").exists()
    resumed = run_map([str(corpus)], tmp_path / "out", config)
    assert resumed.axiom_map == whole.axiom_map
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_stopped_between_map_and_manifest(
    corpus: Path, tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "finish", stop)
    with pytest.raises(KeyboardInterrupt):
        run_map([str(corpus)], tmp_path / "out", config)
    monkeypatch.undo()
    again = run_map([str(corpus)], tmp_path / "out", config)
    assert again.changed
    assert (tmp_path / "out" / "manifest.json").is_file()
    assert not run_map([str(corpus)], tmp_path / "out", config).changed


def test_bad_files_are_told_and_stop_nothing(corpus: Path, tmp_path: Path, config: Config) -> None:
    (corpus / "union" / "empty.txt").write_bytes(b"")
    (corpus / "union" / "binary.pdf").write_bytes(bytes(range(256)) * 9)
    result: RunResult = run_map([str(corpus)], tmp_path / "out", config)
    assert len(result.axiom_map.documents) == 12
    assert {Path(f.source).name for f in result.failures} == {"empty.txt", "binary.pdf"}
    assert all("\n" not in failure.reason and failure.reason for failure in result.failures)
    assert result.axiom_map.failures == result.failures


def test_nothing_readable_is_an_error_with_the_first_reason(tmp_path: Path, config: Config) -> None:
    (tmp_path / "corpus" / "union").mkdir(parents=True)
    (tmp_path / "corpus" / "union" / "empty.txt").write_bytes(b"")
    with pytest.raises(PipelineError, match=r"none of 1 files could be read; first: .*empty\.txt"):
        run_map([str(tmp_path / "corpus")], tmp_path / "out", config)


def command(corpus: Path, out: Path) -> list[str]:
    return [
        sys.executable, "-m", "pipeline", "map", str(corpus), "--out", str(out),
        "--set", "run.documents_per_shard=4", "--set", "classify.threads=1",
        "--set", "compare.permutations=99", "--set", "compare.bootstraps=99",
    ]  # fmt: skip


def finished(corpus: Path, out: Path) -> str:
    """Runs the command to its end; what it said on stdout."""
    done = subprocess.run(
        command(corpus, out), capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("documents", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_killed_and_run_again_gives_the_bytes_of_an_uninterrupted_run(
    tmp_path: Path, documents: int
) -> None:
    corpus = write_corpus(tmp_path / "corpus", documents)
    shards = len(REASONS) * -(-documents // len(REASONS) // 4)  # four documents of one partner
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(
        command(corpus, killed), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while not list(killed.glob("tagged/*/*.parquet")):
            assert process.poll() is None, "ended before its first shard of claims"
            assert time.monotonic() < deadline, "no shard of claims in time"
            time.sleep(0.002)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert not (killed / "map.json").exists()
    survived = times(killed)
    assert 0 < sum(name.startswith("tagged/") for name in survived) < shards

    finished(corpus, killed)
    now = times(killed)
    assert {name: now[name] for name in survived} == survived, "finished shards were written again"
    finished(corpus, whole)
    assert sum(name.startswith("tagged/") for name in now) == shards
    assert contents(killed) == contents(whole)
    assert not list(killed.rglob("*.part"))

    again = finished(corpus, killed)
    assert "Nothing new" in again
    assert times(killed) == now
