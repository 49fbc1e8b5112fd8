"""``axiomap models``."""

from __future__ import annotations

from pathlib import Path

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


@models.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write.")
@click.option("--rank", default=64, show_default=True, help="Rank of the stored update.")
@click.option(
    "--bits", type=click.Choice(["1", "2", "4"]),
    help="Store the update in so many bits a weight instead: less loss where a large encoder "
    "learned in full.",
)  # fmt: skip
def average(names: tuple[str, ...], out: Path, rank: int, bits: str | None) -> None:
    """Average the weights of models trained on one base (a "model soup").

    \b
    axiomap models average models/a models/b --out models/mean
    """
    from pipeline.cli import note
    from pipeline.train import average as run

    info = run(names, out, rank=rank, bits=int(bits or 0))
    note(f"models: wrote {out} ({info.hash}); calibrate it before you trust its probabilities")


@models.command()
@click.argument("name")
@click.option(
    "--gold", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Coded sentences of organisations that the model has not seen (JSON lines).",
)  # fmt: skip
@click.option(
    "--trained-on", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Coded sentences that the baselines learn from (JSON lines).",
)  # fmt: skip
@click.option(
    "--values", type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of Touché23-ValueEval.",
)  # fmt: skip
@click.option(
    "--about", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="More on the gold's documents (id) or organisations (JSON lines): politics, org_type, "
    "genre, corpus; repeatable.",
)  # fmt: skip
@click.option(
    "--shots", default=64, show_default=True, type=click.IntRange(min=0),
    help="Sentences a layer for the baseline after SetFit (minutes); 0 leaves it out.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the card here and leave the model's folder as it is.",
)  # fmt: skip
def card(
    name: str, gold: Path, trained_on: Path, values: Path | None, about: tuple[Path, ...],
    shots: int, out: Path | None,
) -> None:  # fmt: skip
    """Measure a model and write its card (README.md) and headline figures (model.json).

    \b
    axiomap models card fast --gold dev.jsonl --trained-on train.jsonl \\
      --about annotations/real/organisations.jsonl --about docs.jsonl

    The card has the model beside baselines, a learning curve of the baselines, figures by corpus,
    genre, political side and kind of organisation, and twenty typical mistakes without their
    words.
    """
    from dataclasses import replace

    from pipeline.config import load
    from pipeline.evaluate.card import write_card
    from pipeline.models import load_info
    from pipeline.train import write_info

    config = load()
    config = replace(config, classify=replace(config.classify, model=name))
    folder, info = load_info(name, task="claims")
    made = write_card(name, gold, trained_on, config, values, about=about, shots=shots)
    if out is not None:
        out.write_text(made.text, encoding="utf-8")
        click.echo(out)
        return
    (folder / "README.md").write_text(made.text, encoding="utf-8")
    write_info(folder, replace(info, metrics=made.metrics))
    click.echo(folder / "README.md")
