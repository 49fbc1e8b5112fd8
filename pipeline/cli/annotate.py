"""``axiomap annotate``: coding by hand, from task files to gold labels."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli import note
from pipeline.cli.annotate_loop import loop
from pipeline.cli.annotate_work import account, adjudicate, export, import_, serve
from pipeline.cli.coded import FILE, OUT, json_option, texts_option


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def annotate() -> None:
    """Code sentences by hand: tasks, coding page, agreement, gold.

    \b
    axiomap annotate next claims.jsonl --n 200 --out tasks.jsonl
    axiomap annotate serve tasks.jsonl --coder anna --coder ben
    axiomap annotate agree tasks.jsonl
    axiomap annotate adjudicate tasks.jsonl --page
    """


def refuse(lines: list[str], what: str) -> None:
    """Prints one line for each refusal; exit code 1 if there is any."""
    for line in lines:
        note(line)
    if lines:
        note(f"annotate: {len(lines)} {what} refused")
        sys.exit(1)


@annotate.command()
@click.argument("labels", type=FILE)
@click.argument("texts", type=FILE, nargs=-1, required=True)
@click.option("--out", type=OUT, required=True, help="Coded sentences to write (JSON lines).")
def hydrate(labels: Path, texts: tuple[Path, ...], out: Path) -> None:
    """Join stand-off labels to the texts you have.

    \b
    axiomap annotate hydrate annotations/written/labels.jsonl documents.jsonl --out coded.jsonl

    A label whose document is missing, or whose words are not at its offsets, is refused with one
    line; the rest is written and the exit code is 1. Labels of pairs (a stance) are joined too.
    """
    from pipeline import codec
    from pipeline.annotate.codings import join, read_codings, save, write_codings
    from pipeline.labels import PairLabel, hydrate_pairs, read_rows, read_texts

    rows = list(read_rows(labels))
    if rows and "stance" in rows[0][1]:
        pairs, refused = hydrate_pairs(
            (codec.from_dict(row, PairLabel, place) for place, row in rows), read_texts(texts)
        )
        save(out, b"".join(codec.to_json(pair) + b"\n" for pair in pairs))
        note(f"hydrate: {len(pairs)} coded pairs in {out}")
        refuse(refused, "labels")
        return
    joined, refused = join(read_codings([labels]), read_texts(texts))
    count = write_codings(joined, out, with_text=True)
    note(f"hydrate: {count} coded sentences in {out}")
    refuse(refused, "labels")


@annotate.command()
@click.argument("coded", type=FILE)
@click.argument("texts", type=FILE, nargs=-1, required=True)
@click.option("--out", type=OUT, required=True, help="Stand-off labels to write (JSON lines).")
def dehydrate(coded: Path, texts: tuple[Path, ...], out: Path) -> None:
    """Take the sentences out of coded sentences: offsets and hashes stay.

    \b
    axiomap annotate dehydrate coded.jsonl documents.jsonl --out labels.jsonl

    Lines need document, text, layer; offsets are checked, or found where the sentence stands in
    its document exactly once. What is not in its document is refused with one line.
    """
    from pipeline.annotate.codings import ground, write_codings
    from pipeline.labels import read_rows, read_texts

    codings, refused = ground(read_rows(coded), read_texts(texts))
    count = write_codings(codings, out, with_text=False)
    note(f"dehydrate: {count} stand-off labels in {out}")
    refuse(refused, "lines")


@annotate.command()
@click.argument("file", type=FILE, required=False)
@click.option("--old", type=FILE, help="Another version, to compare FILE with.")
@click.option("--labels", multiple=True, type=FILE, help="Labels to look through; repeatable.")
@click.option("--recode", type=OUT, help="Labels to be recoded, to write (JSON lines).")
@json_option
def codebook(
    *, file: Path | None, old: Path | None, labels: tuple[Path, ...], recode: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Show the codebook, what a new version changes, and which labels it touches.

    \b
    axiomap annotate codebook --labels annotations/written/labels.jsonl
    axiomap annotate codebook new.md --old old.md --labels labels.jsonl --recode todo.jsonl
    """
    from pipeline import codec
    from pipeline.annotate.codebook import diff, load_codebook, to_recode
    from pipeline.annotate.codings import read_codings, tally, write_codings
    from pipeline.cli.annotate_text import codebook_text

    book = load_codebook(file)
    before = load_codebook(old) if old else None
    changes = diff(before, book) if before else []
    codings = read_codings(labels)
    touched = to_recode(codings, changes, before) if before else []
    made = dict(tally(codings, "codebook"))
    if recode is not None:
        write_codings(touched, recode, with_text=False)
    if as_json:
        shown = {"codebook": book, "changes": changes, "labels": made, "recode": len(touched)}
        click.echo(codec.to_json(shown).decode())
        return
    click.echo(codebook_text(book, before, changes, made, len(touched)))


@annotate.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@texts_option
@click.option(
    "--bootstraps",
    default=1000,
    show_default=True,
    type=click.IntRange(min=1),
    help="Resamples of documents behind the intervals.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="Seed of the resamples.",
)
@click.option("--sentences", default=5, show_default=True, help="Sentences shown a confusion.")
@json_option
def agree(
    *, files: tuple[Path, ...], texts: tuple[Path, ...], bootstraps: int, seed: int, sentences: int,
    as_json: bool,
) -> None:  # fmt: skip
    """Measure how far coders agree, with intervals clustered by document.

    \b
    axiomap annotate agree anna.jsonl ben.jsonl --texts documents.jsonl

    Krippendorff's alpha, Gwet's AC1 and Cohen's (a pair) or Fleiss' kappa, overall, by label,
    facet, pair of coders and over time; alpha for unitizing; the confusions that cost most. FILES
    are files of codes, or a task file with its codes beside it.
    """
    from pipeline import codec
    from pipeline.annotate.agree import agreement
    from pipeline.annotate.collect import collect, documents_of
    from pipeline.cli.annotate_text import agreement_text

    known = {name: document.text for name, document in documents_of(files, texts).items()}
    found = agreement(
        collect(files).codings, texts=known, bootstraps=bootstraps, seed=seed, sentences=sentences
    )
    click.echo(codec.to_json(found).decode() if as_json else agreement_text(found))


@annotate.command("next")
@click.argument("source", type=FILE)
@click.option("--out", type=OUT, required=True, help="Task file to write.")
@click.option(
    "--n", default=200, show_default=True, type=click.IntRange(min=1), help="Sentences to draw."
)
@click.option(
    "--strategy",
    help="What to draw first.",
    default="uncertain",
    show_default=True,
    type=click.Choice(["random", "uncertain", "diverse", "balanced", "deep-core"]),
)
@click.option("--overlap", default=0.2, show_default=True, type=click.FloatRange(0, 1),
              help="Share coded by two coders, blind.")  # fmt: skip
@click.option("--random-share", default=0.2, show_default=True, type=click.FloatRange(0, 1),
              help="Share drawn at random whatever the strategy.")  # fmt: skip
@click.option("--cap", default=5, show_default=True, type=click.IntRange(min=1),
              help="Most sentences of one document.")  # fmt: skip
@click.option("--model", help="Model to classify with first; else what SOURCE holds is used.")
@click.option("--done", multiple=True, type=FILE, help="Labels or tasks to leave out; repeatable.")
@click.option("--coder", "coders", multiple=True, help="Who will code; repeatable. Else anyone.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the draw."
)
@texts_option
def next_(
    *, source: Path, out: Path, n: int, strategy: str, overlap: float, random_share: float,
    cap: int, model: str | None, done: tuple[Path, ...], coders: tuple[str, ...], seed: int,
    texts: tuple[Path, ...],
) -> None:  # fmt: skip
    """Draw the sentences to code next, as a task file.

    \b
    axiomap annotate next documents.jsonl --n 200 --strategy diverse --out tasks.jsonl
    axiomap annotate next claims.jsonl --model fast --strategy uncertain --out tasks.jsonl

    SOURCE holds documents, claims or classified claims. With claims, name their documents with
    --texts so that coders see each sentence in its document.
    """
    from pipeline.annotate.collect import spans_of
    from pipeline.annotate.select import Draw, draw_from
    from pipeline.annotate.tasks import write_tasks

    draw = Draw(n, strategy, overlap, random_share, cap, seed, coders)
    drawn = draw_from(source, texts, draw, done=spans_of(done), model=model)
    write_tasks(drawn.file, out)
    for line in drawn.notes:
        note(f"next: {line}")
    twice = sum(task.copies > 1 for task in drawn.file.tasks)
    documents = len({task.document for task in drawn.file.tasks})
    note(
        f"next: {len(drawn.file.tasks)} tasks of {documents} documents in {out}, {twice} for two "
        "coders"
    )


@annotate.command()
@click.argument("files", type=FILE, nargs=-1, required=True)
@texts_option
@json_option
def describe(*, files: tuple[Path, ...], texts: tuple[Path, ...], as_json: bool) -> None:
    """Say what sets of coded sentences are like, side by side.

    \b
    axiomap annotate describe written/labels.jsonl real.jsonl --texts written/documents.jsonl

    Labels, facets, length, near-duplicates and growth of vocabulary, the last two on equally many
    sentences and tokens of each set. Stand-off labels need the --texts they point into.
    """
    from pipeline import codec
    from pipeline.annotate.codings import completed, read_codings
    from pipeline.annotate.describe import describe as run
    from pipeline.cli.annotate_text import description_text
    from pipeline.labels import read_texts

    known = read_texts(texts)
    found = run({str(file): completed(read_codings([file]), known) for file in files})
    click.echo(codec.to_json(found).decode() if as_json else description_text(found))


annotate.add_command(serve)
annotate.add_command(adjudicate)
annotate.add_command(account)
annotate.add_command(loop)
annotate.add_command(export)
annotate.add_command(import_)
