"""``axiomap train``."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import note


@click.command()
@click.argument("recipe", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Model folder to write."
)
@click.option(
    "--data", default=Path(), type=click.Path(path_type=Path),
    help="Folder with the files that the recipe names; annotations/ is searched too.",
)  # fmt: skip
@click.option(
    "--calibrate", "held_out", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Coded sentences, or pairs with their stance, on which probabilities are calibrated.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print model.json's content.")
def train(recipe: Path, out: Path, data: Path, held_out: Path | None, as_json: bool) -> None:
    """Train a model from annotated sentences.

    \b
    axiomap train configs/train-fast.toml --data DATA --out models/fast

    The recipe names base encoder, adapter, data and seed. An interrupted training resumes when
    the same command is run again.
    """
    from pipeline import codec
    from pipeline.train import calibrate, load_recipe
    from pipeline.train import train as run

    info = run(load_recipe(recipe), out, data=data, notify=note)
    if held_out is not None:
        from pipeline.labels import read_rows

        values = data / "valueeval"
        info = calibrate(
            out, [row for _, row in read_rows(held_out)], values if values.is_dir() else None
        )
    note(f"train: wrote {out} ({info.hash})")
    if as_json:
        click.echo(codec.to_json(info).decode())
