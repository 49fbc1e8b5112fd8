"""``axiomap screen``."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import click

from pipeline.cli import config_options, note
from pipeline.cli.maps import read_map


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="NEWPARTNER")
@click.option(
    "--against",
    "map_file",
    required=True,
    metavar="MAP",
    type=click.Path(exists=True, path_type=Path),
    help="Map of the coalition.",
)
@click.option("--partner", default="", help="Name of the candidate; else its folder's name.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@config_options
def screen(
    paths: tuple[str, ...], map_file: Path, partner: str, as_json: bool,
    config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Hold a candidate's publications against a map of the coalition.

    \b
    axiomap screen candidates/river-trust --against out/demo

    Says which of the coalition's conclusions the candidate shares, where it would collide, and on
    what it is silent. Silence is listed as unknown.
    """
    from pipeline import codec
    from pipeline.compare import compare
    from pipeline.config import load
    from pipeline.errors import PipelineError
    from pipeline.ingest import discover
    from pipeline.records import Document, Failure, TaggedClaim
    from pipeline.report.candidate import screening, screening_lines
    from pipeline.report.index import Index
    from pipeline.run import run_ingest, run_tag
    from pipeline.store import Store

    config = load(config_file, overrides)
    name = partner or Path(paths[0]).resolve().name
    axiom_map = read_map(map_file)
    if name in axiom_map.partners:
        raise PipelineError(f"{name} is in the map already; give the candidate a --partner name")
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        sources = discover(paths, partner=name)
        made, failed, _ = run_ingest(store, sources, config, note)
        documents = [replace(d, partner=name, partners=(name,)) for d in store.read(made, Document)]
        known = {d.id for d in axiom_map.documents}
        fresh = [d for d in documents if d.id not in known]
        shards, _ = run_tag(store, fresh, config, note)
        tagged = list(store.read(shards, TaggedClaim))
        failures = list(store.read(failed, Failure))
    if not tagged:
        raise PipelineError(f"{name}: no claims found in {len(sources)} files; check the paths")
    joined = compare(
        [*axiom_map.claims, *tagged], [*axiom_map.documents, *fresh], config,
        on=[c.text for c in axiom_map.conclusions], failures=failures, notify=note,
    )  # fmt: skip
    index = Index(joined)
    found = screening(index, name)
    if as_json:
        click.echo(codec.to_json(found).decode())
    else:
        for line in screening_lines(index, found):
            click.echo(line)
    for failure in failures:
        note(f"{failure.source}: {failure.reason}")
    if failures:
        raise SystemExit(1)
