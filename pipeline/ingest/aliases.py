"""One name per partner: a TOML file says which spellings mean whom.

"Federation of Labour" = ["fol", "The Federation", "Fed. of Labour"]
"""

from __future__ import annotations

import re

from pipeline.errors import PipelineError
from pipeline.ingest.lists import read_lists


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
        holds = 'spellings, for instance "Federation of Labour" = ["other spelling"]'
        self.content, table = read_lists(path, "ingest.aliases", holds)
        for name, spellings in table.items():
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
