"""``axiomap stress``."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import config_options, note
from pipeline.cli.maps import map_argument, read_map


@click.command()
@map_argument
@click.argument("proposal")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a partner and line.")
@config_options
def stress(
    map_file: Path, proposal: str, as_json: bool,
    config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Ask a map which partners a new proposal would carry for, against or leave silent.

    \b
    axiomap stress OUT/map.json "The agreement gets labour chapters but no climate chapter"

    Reads what each partner published; says nothing of what it thinks and has not said.
    """
    from pipeline import codec
    from pipeline.compare import stress as run
    from pipeline.config import load

    axiom_map = read_map(map_file)
    note(f"stress: {len(axiom_map.claims)} claims of {len(axiom_map.partners)} partners")
    leanings = run(axiom_map, proposal, load(config_file, overrides))
    if as_json:
        for leaning in leanings:
            click.echo(codec.to_json(leaning).decode())
        return
    claims = {tagged.claim.id: tagged.claim for tagged in axiom_map.claims}
    sources = {document.id: document for document in axiom_map.documents}
    for leaning in leanings:
        click.echo(
            f"{leaning.partner}: {leaning.side} "
            f"({leaning.documents_for} documents for, {leaning.documents_against} against)"
        )
        for sign, ids in (("+", leaning.for_ids), ("-", leaning.against_ids)):
            for claim_id in ids[:3]:
                claim = claims[claim_id]
                document = sources.get(claim.document)
                where = f"{document.source}, {document.date or 'undated'}" if document else ""
                click.echo(f"  {sign} “{' '.join(claim.text.split())}” ({where})")
