"""``axiomap drift``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import config_options, note
from pipeline.cli.maps import map_argument, read_map

if TYPE_CHECKING:
    from pipeline.embed import Vectors


@click.command()
@map_argument
@click.option("--partner", multiple=True, help="Only this partner; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a partner and layer.")
@config_options
def drift(
    map_file: Path, partner: tuple[str, ...], as_json: bool,
    config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Say how each partner's beliefs changed over time, layer by layer.

    \b
    axiomap drift out/demo

    Beliefs are compared between the earlier and the later half of a partner's documents. With few
    documents it says so and gives no number. P-values are corrected for all partners and layers.
    """
    from pipeline import codec
    from pipeline.compare.sets import reader_of
    from pipeline.config import load
    from pipeline.report.drift import drift as run
    from pipeline.report.drift import sentence
    from pipeline.report.index import Index
    from pipeline.report.words import said, visible

    config = load(config_file, overrides)
    axiom_map = read_map(map_file)

    def embed(texts: Sequence[str]) -> Vectors:
        note(f"drift: reading {len(texts)} claims")
        return reader_of(config).encoder.embed(list(texts))

    index = Index(axiom_map)
    for found in run(axiom_map, embed):
        if partner and found.partner not in partner:
            continue
        if as_json:
            click.echo(codec.to_json(found).decode())
            continue
        click.echo(visible(sentence(found)))
        if not found.moved:
            continue
        for word, ids in (("before", found.earlier), ("later", found.later)):
            for tagged in index.claims_of(ids)[:1]:
                place = visible(index.place(tagged.claim.id))
                click.echo(f"  {word}: {visible(said(tagged.claim.text, 200))} ({place})")
