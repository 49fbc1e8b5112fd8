"""Bars where a person watches, silence where nobody does."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.cli.lines import place_in
from pipeline.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal as stderr; called in the test, since pytest changes stderr after fixtures."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def test_a_bar_a_stage_and_messages_on_lines_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    with Progress() as progress:
        progress.step("fetch", 1, 3)
        progress.step("fetch", 2, 4)
        progress.note("a.txt: skipped")
        progress.note("claims: 3/4 shards, 12 claims in this one")
        progress.note("claims: 4/4 shards, 9 claims in this one")
        progress.step("ingest", 7)
    said = terminal.getvalue()
    assert "2/4" in said and "fetch" in said and "4/4" in said and "ingest" in said
    assert "\na.txt: skipped\n" in said and "shards" not in said and said.endswith("\n")


def test_messages_of_a_run_move_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    progress = Progress()
    progress.note("claims: 1/2 shards, 3 claims in this one")
    assert "1/2" in terminal.getvalue()


@pytest.mark.parametrize("why", ["flag", "no terminal", "results on the same terminal"])
def test_silence(
    why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    if why != "no terminal":
        monkeypatch.setattr(sys, "stderr", terminal)
    if why.startswith("results"):
        monkeypatch.setattr(sys, "stdout", Terminal())
    with Progress(off=why == "flag", streams=True) as progress:
        progress.step("claims", 1, 2)
        progress.note("claims: 1/2 shards, 3 claims in this one")
    said = terminal.getvalue() + capsys.readouterr().err
    assert said == "claims: 1/2 shards, 3 claims in this one\n"


def test_how_far_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n{}\n")
    with path.open("rb") as stream:
        next(stream)
        assert place_in(stream, 1) == (3, 6)
    assert place_in(io.BytesIO(b"{}"), 5) == (5, 0)


def test_commands_do_not_mix_bars_into_results(tmp_path: Path) -> None:
    (tmp_path / "farmers").mkdir()
    (tmp_path / "farmers" / "a.txt").write_text("We reject the deal that they signed last week.")
    done = CliRunner().invoke(cli, ["ingest", str(tmp_path), "--no-progress"])
    assert (
        done.stdout.count("\n") == 1 and done.stderr == "ingest: 1 sources, 1 documents, 0 failed\n"
    )
    found = CliRunner().invoke(cli, ["claims", "-"], input=done.stdout)
    assert found.stdout.count("\n") == 1 and found.stderr == "claims: 1 claims\n"
