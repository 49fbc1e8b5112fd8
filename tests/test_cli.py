"""The command: quick help, one line an error, exit codes, stages over JSON lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from pipeline import __version__, codec
from pipeline.cli import COMMANDS, cli
from pipeline.records import Claim, Document, TaggedClaim
from pipeline.store import Store

HEAVY = ("torch", "transformers", "spacy", "duckdb", "pyarrow", "datasets", "numpy", "sklearn")

HELP = """
import sys, time
sys.argv = ["axiomap", "--help"]
from pipeline.cli import main
try:
    main()
finally:
    print(time.process_time(), *sorted(m for m in sys.modules if "." not in m), file=sys.stderr)
"""


def run(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, arguments, input=stdin)


def rows(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP], capture_output=True, text=True, check=True, timeout=60
    )
    seconds, *loaded = done.stderr.split()
    print(f"axiomap --help: {seconds} s of CPU")  # noqa: T201
    assert not set(HEAVY) & set(loaded)
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


def test_console_script_answers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--version"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == f"axiomap, version {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_explains_itself(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"axiomap {name}" in result.stdout


def test_unknown_command_and_option_are_usage_errors() -> None:
    assert run("mapp").exit_code == 2
    assert "No such command" in run("mapp").stderr
    assert run("classify", "--fast").exit_code == 2


def test_our_errors_are_one_line_and_exit_code_2(tmp_path: Path) -> None:
    for arguments in (
        ("classify", "--set", "clasify.model=x"),
        ("classify", "--model", "nobody"),
        ("query", str(tmp_path), "select 1"),
        ("models", "show", "nobody"),
    ):
        result = run(*arguments, stdin='{"text": "We reject it."}\n')
        assert result.exit_code == 2, arguments
        assert isinstance(result.exception, SystemExit)
        assert len([x for x in result.stderr.splitlines() if x.startswith("Error: ")]) == 1
        assert "Traceback" not in result.output


def test_claims_over_lines(document: Document) -> None:
    lines = [
        codec.to_json(document).decode(),
        '{"text": "We stand with the river. It is owed rest."}',
    ]
    made = rows(run("claims", stdin="\n".join(lines)))
    assert [row["text"] for row in made][:2] == [
        "We reject the agreement.", "It puts profit before people."
    ]  # fmt: skip
    first = codec.from_dict(made[0], Claim, "out")
    assert document.text[first.start : first.end] == first.text
    assert made[-1]["partner"] == "unknown"


def test_bad_lines_are_told_counted_and_skipped() -> None:
    lines = [
        '{"text": "We reject the agreement."}',
        "{",
        '{"words": "x"}',
        '{"text": "People first."}',
    ]
    result = run("claims", "--set", "claims.min_words=1", stdin="\n".join(lines))
    assert result.exit_code == 1
    assert [row["text"] for row in rows(result)] == ["We reject the agreement.", "People first."]
    assert "-:2: not JSON" in result.stderr.replace("<stdin>", "-")
    assert ":3: no text; found words" in result.stderr
    assert "2 lines failed" in result.stderr


def test_document_with_another_hash_is_refused(document: Document) -> None:
    row = {**codec.to_dict(document), "text": "Another text."}
    result = run("claims", stdin=json.dumps(row))
    assert result.exit_code == 1
    assert "sha256 does not match its text; ingest again" in result.stderr


def test_classify_keeps_the_line_and_adds_to_it(tiny_model: Path) -> None:
    lines = [{"text": "We reject the agreement.", "mine": 7}, {"text": "People.", "before": "Our "}]
    stdin = "\n".join(map(json.dumps, lines))
    made = rows(run("classify", "--model", str(tiny_model), stdin=stdin))
    assert [row["text"] for row in made] == ["We reject the agreement.", "People."]
    assert made[0]["mine"] == 7
    assert set(made[0]) == {
        "text", "mine", "layer", "probabilities", "facet", "values", "model"
    }  # fmt: skip
    again = run("classify", "--model", str(tiny_model), "--vectors", stdin=stdin)
    assert all(row["vector"] for row in rows(again))
    unsure = run(
        "classify", "--model", str(tiny_model), "--set", "classify.abstain_below=1", stdin=stdin
    )
    assert {row["abstain"] for row in rows(unsure)} == {True}


def test_text_that_is_no_text_fails_alone(tiny_model: Path) -> None:
    stdin = '{"text": "We reject."}\n{"text": ""}\n[]\n'
    result = run("classify", "--model", str(tiny_model), stdin=stdin)
    assert result.exit_code == 1
    assert len(rows(result)) == 1
    assert "2 lines failed" in result.stderr


def test_models_are_listed_and_shown(tiny_model: Path) -> None:
    assert run("models", "list").exit_code == 0
    assert "Random weights for tests." in run("models", "show", str(tiny_model)).stdout
    shown = json.loads(run("models", "show", str(tiny_model), "--json").stdout)
    assert shown["name"] == "tiny"


def test_query(tmp_path: Path, tagged: list[TaggedClaim]) -> None:
    store = Store(tmp_path)
    store.finish({"tagged": [store.write("tagged", "f", 0, "k", tagged, TaggedClaim)]}, {})
    sql = "select layer, claim.partner as partner from tagged order by claim.start"
    result = run("query", str(tmp_path), sql, "--json")
    assert rows(result)[1] == {"layer": "deep_core", "partner": "union"}
    assert "deep_core" in run("query", str(tmp_path), sql).stdout
    assert run("query", str(tmp_path), "drop").exit_code == 2


def test_commands_table_names_real_commands() -> None:
    for name in COMMANDS:
        assert isinstance(cli.get_command(click.Context(cli), name), click.Command)
