"""TOML files that a setting names: names, each with a list of what belongs to it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pipeline.errors import PipelineError


def read_lists(path: str, setting: str, holds: str) -> tuple[bytes, dict[str, list[str]]]:
    """The file's bytes and its lists; ``holds`` says in errors what a list holds, and shows one.

    Raises:
        PipelineError: a file that cannot be read, or a name without a list of strings.
    """
    try:
        content = Path(path).read_bytes()
        table = tomllib.loads(content.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PipelineError(f"{setting} {path}: {error}; see docs/ingest.md") from error
    for name, items in table.items():
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise PipelineError(f"{setting} {path}: {name!r} needs a list of {holds}")
    return content, table
