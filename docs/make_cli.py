"""Writes docs/cli.md from the commands' help: ``make docs``."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import cli

PAGE = Path(__file__).resolve().parent / "cli.md"
HEAD = """# Commands

Made from the commands' help by `make docs`; a test fails when it is out of date.

Results go to stdout, progress and errors to stderr. `FILE` is JSON lines, `-` (the default) is
stdin. Exit codes: 0 done, 1 some inputs failed and the rest is done, 2 usage.
"""


def page() -> str:
    """The whole page."""
    return HEAD + "".join(sections(cli, "axiomap", None))


def sections(command: click.Command, name: str, parent: click.Context | None) -> list[str]:
    """One section a command, groups before their commands."""
    context = click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=96,
        max_content_width=96,
        **command.context_settings,
    )
    path = context.command_path
    made = [f"\n## {path}\n\n```\n{command.get_help(context).rstrip()}\n```\n"]
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None:
                made += sections(found, child, context)
    return made


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
