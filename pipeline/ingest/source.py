"""Sources: what the user named, listed file by file, before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One thing to read: a file, or a slice of a JSON-lines file.

    ``stamp`` changes when the content does (size and modification time); ``start`` and ``stop``
    are byte offsets, ``stop`` 0 meaning the whole file. ``partner`` is empty when the file itself
    says who published each document (then ``partner_field`` names the field).
    """

    path: str
    partner: str
    stamp: str
    start: int = 0
    stop: int = 0
    partner_field: str = ""
