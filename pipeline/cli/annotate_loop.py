"""``axiomap annotate loop``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from pipeline.cli import note
from pipeline.cli.coded import FILE, OUT, json_option, texts_option


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@texts_option
@click.option("--model", default="", help="Learn on this model's states; else on words.")
@click.option("--gold", type=OUT, help="Gold labels with text to write, for training.")
@click.option("--recipe", type=FILE, help="Train by this recipe on the gold labels too.")
@click.option("--data", default=Path(), type=click.Path(path_type=Path), help="The recipe's data.")
@click.option("--train", "trained", type=click.Path(path_type=Path), help="Model folder to write.")
@click.option("--next", "source", type=FILE, help="Source to draw the next tasks from.")
@click.option("--out", type=OUT, help="Task file to write.")
@click.option(
    "--n",
    default=100,
    show_default=True,
    type=click.IntRange(min=1),
    help="Sentences to draw next.",
)
@json_option
def loop(
    *, files: tuple[Path, ...], texts: tuple[Path, ...], model: str, gold: Path | None,
    recipe: Path | None, data: Path, trained: Path | None, source: Path | None, out: Path | None,
    n: int, as_json: bool,
) -> None:  # fmt: skip
    """Say what was learned from the codes, train on them, draw the next tasks.

    \b
    axiomap annotate loop tasks.jsonl
    axiomap annotate loop tasks.jsonl --next claims.jsonl --out more.jsonl
    axiomap annotate loop tasks.jsonl --gold gold.jsonl --recipe recipe.toml --train models/mine

    FILES are task files with their codes beside them, or files of codes. Open disputes are left
    out. Shown are the learning curve over held-out documents, F1 by layer, the gain to expect of
    the next 100 codes and the surest mistakes.
    """
    from pipeline import codec
    from pipeline.annotate import adjudicate as settle
    from pipeline.annotate.codings import completed, write_codings
    from pipeline.annotate.collect import collect
    from pipeline.annotate.learn import learned
    from pipeline.cli.annotate_text import learned_text
    from pipeline.errors import PipelineError
    from pipeline.labels import read_texts

    if trained is not None and (gold is None or recipe is None):
        raise PipelineError("--train needs --recipe, and --gold for the labels it trains on")
    if (source is None) != (out is None):
        raise PipelineError("--next and --out go together; give both")
    collected = collect(files)
    labels, waiting = settle.gold(collected.codings, collected.decisions)
    labels = completed(labels, read_texts(texts))
    if waiting:
        note(f"loop: {len(waiting)} open disputes left out; axiomap annotate adjudicate")
    found = learned(labels, model=model)
    click.echo(codec.to_json(found).decode() if as_json else learned_text(found))
    if gold is not None:
        write_codings(labels, gold, with_text=True)
        note(f"loop: {len(labels)} gold labels in {gold}")
    if trained is not None and recipe is not None and gold is not None:
        _train(recipe, gold, data, trained)
    if source is not None and out is not None:
        _draw(source, out, n, str(trained) if trained else model, files, texts)


def _train(recipe: Path, gold: Path, data: Path, out: Path) -> None:
    from pipeline.train import load_recipe, train

    plan = load_recipe(recipe)
    mine = (*plan.layers.files, str(gold.resolve()))
    info = train(
        replace(plan, layers=replace(plan.layers, files=mine)), out, data=data, notify=note
    )
    note(f"loop: trained {out} ({info.hash})")


def _draw(
    source: Path, out: Path, n: int, model: str, done: tuple[Path, ...], texts: tuple[Path, ...]
) -> None:
    from pipeline.annotate.collect import spans_of
    from pipeline.annotate.select import Draw, draw_from
    from pipeline.annotate.tasks import write_tasks

    drawn = draw_from(source, texts, Draw(n=n), done=spans_of(done), model=model or None)
    write_tasks(drawn.file, out)
    for line in drawn.notes:
        note(f"loop: {line}")
    note(f"loop: {len(drawn.file.tasks)} tasks in {out}")
