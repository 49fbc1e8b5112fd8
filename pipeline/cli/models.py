"""``axiomap models``."""

from __future__ import annotations

import click


@click.group()
def models() -> None:
    """List and show the models at hand.

    \b
    axiomap models list
    axiomap models show fast
    """


@models.command("list")
def list_models() -> None:
    """Every model with task, base encoder, hash, and its headline figure.

    \b
    axiomap models list
    """
    from pipeline.models import available, load_info

    for name in available():
        _, info = load_info(name)
        figures = ", ".join(f"{key} {value:.3f}" for key, value in info.metrics.items())
        click.echo(f"{name}\t{info.task}\t{info.base}\t{info.hash}\t{figures}")


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print model.json's content.")
def show(name: str, as_json: bool) -> None:
    """The card of a model: figures, data, limits.

    \b
    axiomap models show fast
    """
    from pipeline import codec
    from pipeline.models import load_info

    folder, info = load_info(name)
    card = folder / "README.md"
    if as_json or not card.is_file():
        click.echo(codec.to_json(info).decode())
    else:
        click.echo(card.read_text(encoding="utf-8"))
