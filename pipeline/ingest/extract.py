"""What a parser gives back for one published text, before it becomes a Document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Extract:
    """One text found in a file, with what the file says about it; unknown fields are empty.

    ``part`` names the text inside its file (an archive member, a message, a feed entry).
    ``verbatim`` is true where offsets into ``text`` already exist elsewhere: it is not normalised.
    ``tier`` is the audience as the text itself names it, ``ocr`` the numbers of its pages that were
    read by text recognition.
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
    tier: str = ""
    ocr: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reject:
    """A part of a file that could not be used, and why; ``scanned`` if OCR may read it."""

    part: str
    reason: str
    scanned: bool = False


@dataclass(frozen=True)
class Limits:
    """Bounds that every parser keeps: bytes after unpacking and characters of text.

    ``ocr`` allows text recognition for pages that are pictures.
    """

    max_bytes: int
    max_characters: int
    ocr: bool = False


Found = Extract | Reject
