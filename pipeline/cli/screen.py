"""``axiomap screen``."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import config_options, note
from pipeline.cli.maps import read_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.config import IngestConfig
    from pipeline.records import AxiomMap, Document


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
    what it is silent. Silence is listed as unknown. What it signed together with partners counts
    for it too.
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
        documents = joined(axiom_map.documents, documents, config.ingest)
        known = {d.id for d in axiom_map.documents}
        shards, _ = run_tag(store, [d for d in documents if d.id not in known], config, note)
        tagged = list(store.read(shards, TaggedClaim))
        failures = list(store.read(failed, Failure))
    signed = {d.id for d in documents if name in d.partners}
    if not any(t.claim.document in signed for t in (*axiom_map.claims, *tagged)):
        raise PipelineError(f"{name}: no claims found in {len(sources)} files; check the paths")
    together = compare(
        [*axiom_map.claims, *tagged], documents, config,
        on=[c.text for c in axiom_map.conclusions], failures=failures, notify=note,
    )  # fmt: skip
    index = Index(with_layers_of(axiom_map, together))
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


def joined(
    known: Sequence[Document], candidate: Sequence[Document], config: IngestConfig
) -> list[Document]:
    """The map's documents and the candidate's, each text once.

    A text that both have stays the map's, and the candidate becomes one of its partners; so do
    those whom a signature block names. Copies share their ``origin``.
    """
    from pipeline.ingest import merge

    before = {d.id: d for d in known}
    found = []
    for document in merge([*known, *candidate], config):
        own = before.get(document.id)
        if own is None:
            found.append(document)
            continue
        more = tuple(p for p in document.partners if p not in own.partners)
        origin = document.origin if config.deduplicate else own.origin
        found.append(replace(own, partners=(*own.partners, *more), origin=origin))
    return found


def with_layers_of(axiom_map: AxiomMap, made: AxiomMap) -> AxiomMap:
    """``made`` with its conclusions on the layers that they have in ``axiom_map``."""
    before = {c.text: c for c in axiom_map.conclusions}
    return replace(
        made,
        conclusions=tuple(
            replace(c, layer=before[c.text].layer, stated=before[c.text].stated)
            if c.text in before
            else c
            for c in made.conclusions
        ),
    )
