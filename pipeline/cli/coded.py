"""What the commands of ``axiomap annotate`` share."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)

texts_option = click.option(
    "--texts", multiple=True, type=FILE, help="Documents (JSON lines of id, text); repeatable."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
