"""The documentation says what the code does."""

from __future__ import annotations

import dataclasses
import doctest
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import click
import pytest

from pipeline import records
from pipeline.cli import COMMANDS, cli

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def commands() -> dict[str, click.Command]:
    """Every command by its full name, ``annotate agree`` and the like included."""
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, name: str) -> None:
        found[name] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for child in command.list_commands(context):
                inner = command.get_command(context, child)
                assert inner is not None
                walk(inner, f"{name} {child}")

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        walk(command, name)
    return found


def maker() -> ModuleType:
    """docs/make_cli.py as a module."""
    spec = importlib.util.spec_from_file_location("make_cli", ROOT / "docs" / "make_cli.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_cli_page_is_up_to_date() -> None:
    made = maker().page()
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == made, "run `make docs`"


def test_every_command_opens_with_an_example() -> None:
    for name, command in commands().items():
        text = command.help or ""
        assert f"axiomap {name.split()[0]}" in text, name
        assert "\b\n" in text, f"{name}: the example needs a \\b paragraph to keep its lines"


def test_every_option_has_help() -> None:
    for name, command in commands().items():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts[0]}"


def test_commands_in_the_documentation_exist() -> None:
    known = commands()
    for page in PAGES:
        for match in re.finditer(r"\baxiomap ([a-z]+)(?: ([a-z]+)\b)?", page.read_text("utf-8")):
            first, second = match.groups()
            if first in known:
                group = isinstance(known[first], click.Group)
                assert not group or not second or f"{first} {second}" in known, match.group()
            elif page.name != "cli.md":
                assert first in ("needs",), f"{page.name}: {match.group()}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_readme_examples_run() -> None:
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted > 0
    assert result.failed == 0


def test_every_field_of_every_record_is_described() -> None:
    text = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
    for name, kind in vars(records).items():
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            _, _, section = text.partition(f"## {name}\n")
            section = section.partition("\n## ")[0]
            assert section, name
            for item in dataclasses.fields(kind):
                assert f"| `{item.name}` |" in section, f"{name}.{item.name}"


def test_every_layer_and_facet_is_in_the_codebook() -> None:
    text = (ROOT / "annotations" / "codebook.md").read_text(encoding="utf-8")
    for layer, facets in records.FACETS.items():
        assert layer in text
        for facet in facets:
            assert facet in text


def test_base_encoders_are_described_with_their_hashes() -> None:
    from pipeline.models import BASES

    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for base in BASES.values():
        assert base.name in text
        assert base.hub in text
        assert base.sha256 in text
