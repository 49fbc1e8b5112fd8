"""The ``axiomap`` command. Commands load when called, so ``--help`` imports nothing heavy."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pipeline import __version__
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.config import Config

TIERS = ("public", "working-group", "steering")

COMMANDS: dict[str, tuple[str, str]] = {
    "map": ("pipeline.cli.map:map_", "Map a folder of what partners published, in one go."),
    "run": ("pipeline.cli.run:run", "Documents to tagged claims, here or on a cluster."),
    "ingest": ("pipeline.cli.stages:ingest", "Read files into documents (JSON lines)."),
    "fetch": ("pipeline.cli.fetch:fetch", "Fetch web pages, feeds, sitemaps into a folder."),
    "corpora": ("pipeline.cli.corpora:corpora", "List and fetch public collections."),
    "claims": ("pipeline.cli.stages:claims", "Find the claims in documents."),
    "classify": ("pipeline.cli.stages:classify", "Tag claims with belief layer, facet, values."),
    "stance": ("pipeline.cli.stages:stance", "Say which side a text takes towards a target."),
    "match": ("pipeline.cli.stages:match", "Say whether two sentences give the same reason."),
    "diverge": ("pipeline.cli.stages:diverge", "Compare two sets of premises."),
    "compare": ("pipeline.cli.stages:compare", "Build the axiom map from tagged claims."),
    "stress": ("pipeline.cli.stress:stress", "Ask a map what a new proposal would split."),
    "screen": ("pipeline.cli.screen:screen", "Hold a new partner against a map."),
    "drift": ("pipeline.cli.drift:drift", "Say how beliefs changed over time, by layer."),
    "watch": ("pipeline.cli.watch:watch", "Find what contradicts an agreement, with quotes."),
    "annotate": ("pipeline.cli.annotate:annotate", "Code sentences by hand; measure agreement."),
    "train": ("pipeline.cli.train:train", "Train a model from annotations."),
    "evaluate": ("pipeline.cli.evaluate:evaluate", "Measure models against gold labels."),
    "models": ("pipeline.cli.models:models", "List and show the models at hand."),
    "query": ("pipeline.cli.query:query", "Ask a run's tables in SQL."),
}
"""Command name -> (where it lives, one line of help)."""


class Commands(click.Group):
    """Group that imports a command only when it runs and turns our errors into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table, which follows the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{module}:{name} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; an error the user can mend becomes one line and exit code 2."""
        try:
            return super().invoke(ctx)
        except PipelineError as error:
            raise click.UsageError(str(error), ctx=None) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="axiomap")
def cli() -> None:
    """Map the premises behind the conclusions that coalition partners share.

    \b
    axiomap map FOLDER --out OUT     one sub-folder of FOLDER per partner
    axiomap COMMAND --help           every command opens with an example

    Exit codes: 0 done, 1 some inputs failed (the rest is done), 2 usage.
    """


def note(message: str) -> None:
    """A message for people, on stderr."""
    click.echo(message, err=True)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--config FILE`` and repeatable ``--set section.key=value``."""
    command = click.option(
        "--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE",
        help="Override one setting; repeatable.",
    )(command)  # fmt: skip
    return click.option(
        "--config", "config_file", type=click.Path(dir_okay=False), default=None,
        help="TOML file over configs/default.toml, or the name of a shipped one (accurate).",
    )(command)  # fmt: skip


def partner_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--partner`` and ``--partner-field``: whose the documents read are."""
    command = click.option(
        "--partner-field", default="", help="Field that names the partner (JSON lines, CSV)."
    )(command)
    return click.option(
        "--partner", default="", help="Partner of files that lie in no partner's folder."
    )(command)


def tier_option(*names: str) -> Callable[..., Any]:
    """Adds an option for the audience of the documents read, ``--tier`` unless named."""
    return click.option(
        *(names or ("--tier", "tier")), type=click.Choice(TIERS), default=None,
        help="Audience of documents of which nothing else is said (setting ingest.tier).",
    )  # fmt: skip


def with_tier(config: Config, tier: str | None) -> Config:
    """``config`` with the audience of the documents read, where it was named."""
    from pipeline.records import Tier

    if tier is None:
        return config
    return replace(config, ingest=replace(config.ingest, tier=Tier(tier)))


def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    cli()
