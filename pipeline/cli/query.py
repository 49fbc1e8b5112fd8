"""``axiomap query``."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("sql")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")
def query(folder: Path, sql: str, as_json: bool) -> None:
    """Ask the tables of a run (documents, tagged, failures) in SQL.

    \b
    axiomap query OUT "select claim.partner, layer, count(*) from tagged group by all"
    """
    from pipeline import codec
    from pipeline.store import Store

    store = Store(folder)
    if as_json:
        answer = store.query(sql)
        rows = (dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
        codec.write_lines(rows, sys.stdout.buffer)
    else:
        click.echo(store.drawn(sql))
