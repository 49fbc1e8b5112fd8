"""One name per partner: a TOML file says which spellings mean whom.

"Federation of Labour" = ["fol", "The Federation", "Fed. of Labour"]
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pipeline.errors import PipelineError


def folded(name: str) -> str:
    """``name`` as compared: lower case, words only, without a leading article."""
    return re.sub(r"^the ", "", re.sub(r"[\W_]+", " ", name.casefold()).strip())


class Aliases:
    """Spelling -> name. Without a file every name stands for itself."""

    def __init__(self, path: str = "") -> None:
        self.names: dict[str, str] = {}
        self.content = b""
        if not path:
            return
        try:
            self.content = Path(path).read_bytes()
            table = tomllib.loads(self.content.decode("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PipelineError(f"ingest.aliases {path}: {error}; see docs/ingest.md") from error
        for name, spellings in table.items():
            if not isinstance(spellings, list) or not all(isinstance(s, str) for s in spellings):
                raise PipelineError(
                    f"ingest.aliases {path}: {name!r} needs a list of spellings, for instance "
                    f'"{name}" = ["other spelling"]'
                )
            for spelling in (name, *spellings):
                taken = self.names.setdefault(folded(spelling), name)
                if taken != name:
                    raise PipelineError(
                        f"ingest.aliases {path}: {spelling!r} stands under both {taken!r} and "
                        f"{name!r}; keep one"
                    )

    def __call__(self, name: str) -> str:
        """The one name for ``name``."""
        return self.names.get(folded(name), name.strip())

    def spellings(self, name: str) -> set[str]:
        """Every folded spelling of ``name``."""
        return {folded(name)} | {
            spelling for spelling, means in self.names.items() if means == name
        }
