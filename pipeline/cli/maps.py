"""What the commands that read a finished map share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.records import AxiomMap

map_argument = click.argument(
    "map_file", metavar="MAP", type=click.Path(exists=True, path_type=Path)
)


def read_map(path: Path) -> AxiomMap:
    """The map in a folder that ``axiomap map`` wrote, or in a ``map.json``."""
    from pipeline import codec
    from pipeline.errors import PipelineError
    from pipeline.records import AxiomMap

    file = path / "map.json" if path.is_dir() else path
    if not file.is_file():
        raise PipelineError(f"{path}: holds no map.json; give the --out folder of axiomap map")
    return codec.decode(file.read_bytes(), AxiomMap, str(file))
