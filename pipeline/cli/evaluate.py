"""``axiomap evaluate``."""

from __future__ import annotations

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


MEASURES: dict[str, tuple[str, str]] = {
    "layers": ("Belief layers of coded sentences.", "dev.jsonl"),
    "stance": ("Stance of texts towards targets.", "negation.jsonl"),
    "matching": (
        "Key-point matching on a folder in the layout of ArgKP-2021 (dev split).", "argkp/",
    ),
    "values": (
        "Human values on a folder in the layout of Touché23-ValueEval (validation split).",
        "valueeval/",
    ),
    "divergence": ("Divergence of premise sets: AUC, false alarms, power.", "pairs.jsonl"),
    "conclusions": (
        "Groups of position sentences that state one conclusion (B-cubed).", "positions.jsonl",
    ),
}  # fmt: skip
"""Function of ``pipeline.evaluate`` -> (what it measures, an example of its gold)."""


def _command(name: str) -> click.Command:
    """The subcommand that reads GOLD and prints one measure's figures."""

    @click.argument("gold", type=click.Path(exists=True, path_type=Path))
    @click.option("--json", "as_json", is_flag=True, help="One JSON object.")
    @click.option(
        "--floors",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="Fail when a figure is below its floor in this file.",
    )
    @click.option("--raise-floors", is_flag=True, help="Raise floors to today's better figures.")
    @click.option("--lower-floors", is_flag=True, help="Pin floors to today's figures, lower too.")
    @config_options
    def command(
        gold: Path, as_json: bool, floors: Path | None, raise_floors: bool, lower_floors: bool,
        config_file: str | None, overrides: tuple[str, ...],
    ) -> None:  # fmt: skip
        from pipeline import codec, evaluate
        from pipeline.config import load

        if floors is None and (raise_floors or lower_floors):
            raise click.UsageError("--raise-floors and --lower-floors need --floors FILE")
        figures = getattr(evaluate, name)(gold, load(config_file, overrides))
        if as_json:
            click.echo(codec.to_json(figures).decode())
        else:
            for shown in _lines(codec.to_dict(figures)):
                click.echo(shown)
        if floors is not None:
            if lower_floors:
                evaluate.pin_floors(floors, gold, figures)
            complaints = evaluate.check_floors(floors, gold, figures)
            for complaint in complaints:
                note(f"floor: {complaint}")
            if raise_floors and not lower_floors:
                evaluate.raise_floors(floors, figures)
            if complaints:
                raise SystemExit(1)
            note("floors: " + ("pinned again" if lower_floors else "all held"))

    line, example = MEASURES[name]
    command.__doc__ = f"{line}\n\n\b\naxiomap evaluate {name} {example}"
    return click.command(name)(command)


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


for _name in MEASURES:
    evaluate.add_command(_command(_name))
