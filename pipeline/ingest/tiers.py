"""Who may see a document: what it says itself, a file of rules, and the setting for the rest.

The rules are a TOML file of paths, relative to the folder that the file lies in::

    public = ["corpus/*/press", "corpus/farmers/site"]
    working-group = ["corpus/*/minutes"]

A rule holds for the file or folder it names and for all below; ``*`` stands for any part of one
name. Members of an archive lie below the archive.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath

from pipeline.errors import PipelineError
from pipeline.ingest.lists import read_lists
from pipeline.records import Tier

_NARROWEST_FIRST = tuple(Tier)


def narrowest(tiers: list[Tier]) -> Tier:
    """The narrowest audience among ``tiers``, of which there is at least one."""
    return min(tiers, key=_NARROWEST_FIRST.index)


class Tiers:
    """Tier of a document; where several are said of it the narrowest holds.

    ``path`` names the file of rules, empty for none; ``otherwise`` is the tier of a document of
    which nothing is said.

    Raises:
        PipelineError: a file that cannot be read, or that names no tier.
    """

    def __init__(self, path: str, otherwise: Tier) -> None:
        self.otherwise = otherwise
        self.content = b""
        self._folder = Path(os.path.abspath(path)).parent if path else Path()  # noqa: PTH100
        self._rules: list[tuple[tuple[str, ...], Tier]] = []
        if not path:
            return
        holds = 'paths, for instance public = ["corpus/*/press"]'
        self.content, table = read_lists(path, "ingest.tiers", holds)
        for name, rules in table.items():
            tier = tier_named(name, f"ingest.tiers {path}")
            self._rules += [(_parts(rule, path), tier) for rule in rules]

    def __call__(self, path: str, part: str, said: str) -> Tier:
        """Tier of the text ``part`` of the file ``path`` that says ``said`` of itself.

        Raises:
            PipelineError: ``said`` is no tier.
        """
        found = [tier_named(said, "tier")] if said.strip() else []
        if self._rules:
            names = self._below(path, part)
            found += [
                tier
                for rule, tier in self._rules
                if len(rule) <= len(names) and all(map(fnmatchcase, names, rule))
            ]
        return narrowest(found) if found else self.otherwise

    def _below(self, path: str, part: str) -> tuple[str, ...]:
        # Links are not resolved: the rules speak of the names that the user sees.
        try:
            inside = PurePath(os.path.abspath(path)).relative_to(self._folder)  # noqa: PTH100
        except ValueError:
            return ()
        return (*inside.parts, *PurePosixPath(part).parts)


def tier_named(name: str, where: str) -> Tier:
    """The tier that ``name`` means; case, blanks and underscores make no difference.

    Raises:
        PipelineError: none of that name.
    """
    try:
        return Tier(re.sub(r"[\s_-]+", "-", name.strip().lower()))
    except ValueError:
        raise PipelineError(
            f"{where}: {name.strip()[:40]!r}; expected {', '.join(_NARROWEST_FIRST)}"
        ) from None


def _parts(rule: str, path: str) -> tuple[str, ...]:
    parts = PurePosixPath(rule).parts
    if not rule or PurePosixPath(rule).is_absolute() or ".." in parts:
        raise PipelineError(
            f"ingest.tiers {path}: {rule!r} leads out of its folder; name paths below it"
        )
    return parts
