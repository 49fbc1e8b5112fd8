"""``axiomap evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline.cli import config_options, note


@click.group()
def evaluate() -> None:
    """Measure models against gold labels, with bootstrap intervals.

    \b
    axiomap evaluate layers dev.jsonl
    axiomap evaluate divergence pairs.jsonl
    """


def _measure(name: str, line: str, example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A subcommand that reads GOLD and prints figures, with floors to hold them to."""

    def wrap(run: Callable[..., Any]) -> click.Command:
        @config_options
        def command(
            gold: Path, as_json: bool, floors: Path | None, lower_floors: bool,
            config_file: str | None, overrides: tuple[str, ...], **more: Any,
        ) -> None:  # fmt: skip
            from pipeline import codec
            from pipeline.config import load
            from pipeline.evaluate import check_floors

            figures = run(gold, load(config_file, overrides), **more)
            if as_json:
                click.echo(codec.to_json(figures).decode())
            else:
                for shown in _lines(codec.to_dict(figures)):
                    click.echo(shown)
            if floors is not None:
                complaints = check_floors(floors, gold, figures, lower=lower_floors)
                for complaint in complaints:
                    note(f"floor: {complaint}")
                if complaints:
                    raise SystemExit(1)
                note("floors: " + ("pinned again" if lower_floors else "all held"))

        command.__doc__ = f"{line}\n\n\b\n{example}"
        for option in (
            click.option("--lower-floors", is_flag=True, help="Pin today's figures, lower or not."),
            click.option(
                "--floors", type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="Fail when a figure is below its floor in this file.",
            ),
            click.option("--json", "as_json", is_flag=True, help="One JSON object."),
            click.argument("gold", type=click.Path(exists=True, path_type=Path)),
        ):  # fmt: skip
            command = option(command)
        for option in getattr(run, "options", ()):
            command = option(command)
        return evaluate.command(name)(command)

    return wrap


def _lines(value: Any, indent: str = "") -> list[str]:
    """Nested figures as indented text, intervals on one line."""
    lines: list[str] = []
    for key, item in value.items():
        if isinstance(item, dict) and set(item) == {"value", "low", "high", "n"}:
            shown = f"{item['value']:.3f} [{item['low']:.3f}, {item['high']:.3f}] (n={item['n']})"
            lines.append(f"{indent}{key}: {shown}")
        elif isinstance(item, dict):
            lines += [f"{indent}{key}:", *_lines(item, indent + "  ")]
        else:
            lines.append(f"{indent}{key}: {item}")
    return lines


@_measure("layers", "Belief layers of coded sentences.", "axiomap evaluate layers dev.jsonl")
def layers(gold: Path, config: Any) -> Any:
    """Figures of one measure."""
    from pipeline.evaluate import layers as run

    return run(gold, config)


@_measure("stance", "Stance of texts towards targets.", "axiomap evaluate stance negation.jsonl")
def stance(gold: Path, config: Any) -> Any:
    """Figures of one measure."""
    from pipeline.evaluate import stance as run

    return run(gold, config)


@_measure(
    "matching", "Key-point matching on a folder in the layout of ArgKP-2021 (dev split).",
    "axiomap evaluate matching argkp/",
)  # fmt: skip
def matching(gold: Path, config: Any) -> Any:
    """Figures of one measure."""
    from pipeline.evaluate import matching as run

    return run(gold, config)


@_measure(
    "values", "Human values on a folder in the layout of Touché23-ValueEval (validation split).",
    "axiomap evaluate values valueeval/",
)  # fmt: skip
def values(gold: Path, config: Any) -> Any:
    """Figures of one measure."""
    from pipeline.evaluate import values as run

    return run(gold, config)


@_measure(
    "divergence", "Divergence of premise sets: AUC, false alarms, power.",
    "axiomap evaluate divergence pairs.jsonl",
)  # fmt: skip
def divergence(gold: Path, config: Any) -> Any:
    """Figures of one measure."""
    from pipeline.evaluate import divergence as run

    return run(gold, config)


@_measure(
    "conclusions", "Groups of position sentences that state one conclusion (B-cubed).",
    "axiomap evaluate conclusions positions.jsonl",
)  # fmt: skip
def conclusions(gold: Path, config: Any) -> Any:
    """Figures of one measure."""
    from pipeline.evaluate import conclusions as run

    return run(gold, config)
