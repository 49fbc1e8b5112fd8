"""``axiomap watch``."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from pipeline.cli import config_options, note, partner_options


@click.command()
@click.argument("agreement", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("paths", nargs=-1, required=True, metavar="SOURCE...")
@partner_options
@click.option("--since", default="", metavar="DATE", help="Only documents from this date on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a contradiction and line.")
@config_options
def watch(
    agreement: Path, paths: tuple[str, ...], partner: str, partner_field: str, since: str,
    as_json: bool, config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Find what partners publish against what they agreed, with quotes.

    \b
    axiomap watch agreement.md press/ --since 2025-01-01

    The agreement lists commitments, one a line ('- We will not criticise one another's means').
    A partner that says nothing contradicts nothing.
    """
    from pipeline import codec
    from pipeline.compare import PairModel
    from pipeline.compare.sets import reader_of
    from pipeline.config import load
    from pipeline.errors import PipelineError
    from pipeline.ingest import discover, merge
    from pipeline.records import Document, Failure, TaggedClaim
    from pipeline.report.agreement import breaches, commitments
    from pipeline.report.words import partner_name, said, visible
    from pipeline.run import run_ingest, run_tag
    from pipeline.store import Store

    config = load(config_file, overrides)
    try:
        agreed = commitments(agreement.read_text(encoding="utf-8"), str(agreement))
    except UnicodeDecodeError as error:
        raise PipelineError(f"{agreement}: not UTF-8 text; save it as plain text") from error
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        sources = discover(paths, partner=partner, partner_field=partner_field)
        made, failed, _ = run_ingest(store, sources, config, note)
        read = merge(list(store.read(made, Document)), config.ingest)
        undated = sum(not d.date for d in read)
        documents = {d.id: d for d in read if not since or d.date >= since}
        shards, _ = run_tag(store, list(documents.values()), config, note)
        tagged = list(store.read(shards, TaggedClaim))
        failures = list(store.read(failed, Failure))
    if since and undated:
        note(f"watch: {undated} undated documents left out by --since")
    stance = PairModel.from_config(config)
    found = breaches(agreed, tagged, reader_of(config).encoder.embed, stance.probabilities)
    for breach in found:
        claim = breach.claim.claim
        document = documents[claim.document]
        if as_json:
            row = {
                "commitment": breach.commitment, "partner": claim.partner, "text": claim.text,
                "probability": round(breach.probability, 3), "document": claim.document,
                "source": document.source, "date": document.date, "start": claim.start,
                "end": claim.end,
            }  # fmt: skip
            click.echo(codec.to_json(row).decode())
            continue
        place = ", ".join(p for p in (document.title or document.source, document.date) if p)
        click.echo(f"{visible(partner_name(claim.partner))}: {visible(said(claim.text, 300))}")
        click.echo(f"  against {visible(said(breach.commitment, 200))} ({visible(place)}; "
                   f"{breach.probability:.0%} sure)")  # fmt: skip
    if not as_json:
        click.echo(
            f"{len(agreed)} commitments, {len(documents)} documents, {len(found)} sentences that "
            "may contradict them. Read each in its place before you raise it."
        )
    for failure in failures:
        note(f"{failure.source}: {failure.reason}")
    if failures:
        raise SystemExit(1)
