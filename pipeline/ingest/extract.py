"""What a parser gives back for one published text, before it becomes a Document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Extract:
    """One text found in a file, with what the file says about it; unknown fields are empty.

    ``part`` names the text inside its file (an archive member, a message, a feed entry).
    ``verbatim`` is true where offsets into ``text`` already exist elsewhere: it is not normalised.
    """

    text: str
    title: str = ""
    date: str = ""
    genre: str = ""
    author: str = ""
    url: str = ""
    language: str = ""
    partner: str = ""
    part: str = ""
    source: str = ""
    verbatim: bool = False


@dataclass(frozen=True)
class Reject:
    """A part of a file that could not be used, and why."""

    part: str
    reason: str


@dataclass(frozen=True)
class Limits:
    """Bounds that every parser keeps: bytes after unpacking and characters of text."""

    max_bytes: int
    max_characters: int


Found = Extract | Reject
