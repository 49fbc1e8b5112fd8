"""Rows of exports (JSON lines, JSON arrays, CSV, Parquet) to extracts.

A row is a mapping of field names to values. ``text`` is taken verbatim, because stand-off labels
may point into it; the other fields are cleaned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.errors import PipelineError
from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract, Found, Limits, Reject
from pipeline.ingest.genre import genre_named
from pipeline.ingest.text import normalise

_NAMES = {
    "text": ("text", "body", "content", "fulltext", "full_text"),
    "title": ("title", "headline", "subject"),
    "date": ("date", "published", "pubdate", "date_published"),
    "genre": ("genre", "kind", "type"),
    "author": ("author", "byline"),
    "url": ("url", "link"),
    "language": ("language", "lang"),
    "partner": ("partner", "organisation", "organization", "org", "party"),
    "source": ("source",),
    "part": ("id", "key"),
}


class Columns:
    """Which field of a row holds what: the usual names, unless ``settings`` say otherwise.

    ``settings`` are strings ``what=field``, for instance ``text=Body``.
    """

    def __init__(self, settings: Sequence[str], *, partner_field: str = "") -> None:
        self.names = dict(_NAMES)
        for setting in settings:
            what, equals, name = setting.partition("=")
            if not equals or what not in _NAMES or not name:
                raise PipelineError(
                    f"ingest.columns: {setting!r}; expected WHAT=FIELD with WHAT one of "
                    f"{', '.join(_NAMES)}"
                )
            self.names[what] = (name,)
        if partner_field:
            self.names["partner"] = (partner_field,)

    def read(self, row: Mapping[str, Any], place: str) -> Found:
        """Extract of one row, or why it gives none; ``place`` names a row that has no id."""
        got = {what: self._value(row, what) for what in self.names}
        part = got["part"] or place
        text = got["text"]
        if not text.strip():
            fields = ", ".join(list(map(str, row))[:12])
            return Reject(
                part,
                f"no text in {' or '.join(self.names['text'])}; fields found: {fields}; name the "
                "field in ingest.columns",
            )
        if "\x00" in text:
            return Reject(part, "text holds NUL characters; export it again as clean text")
        if any("\ud800" <= character <= "\udfff" for character in text):
            return Reject(part, "text holds half a surrogate pair; export it again as UTF-8")
        return Extract(
            text=text, title=normalise(got["title"]).replace("\n", " "),
            date=iso_date(got["date"]), genre=genre_named(got["genre"]),
            author=normalise(got["author"]), url=got["url"], language=got["language"][:2].lower(),
            partner=normalise(got["partner"]), part=part, source=got["source"], verbatim=True,
        )  # fmt: skip

    def _value(self, row: Mapping[str, Any], what: str) -> str:
        for name in self.names[what]:
            value = row.get(name)
            if value is None:
                continue
            if isinstance(value, str):
                return value
            if hasattr(value, "isoformat"):
                return str(value.isoformat())[:10]
            if isinstance(value, int | float):
                return f"{value:g}" if isinstance(value, float) else str(value)
        return ""


def read_jsonl(path: str, start: int, stop: int, columns: Columns, limits: Limits) -> list[Found]:
    """Extracts of the lines that begin in bytes [``start``, ``stop``) of a JSON-lines file."""
    found: list[Found] = []
    with Path(path).open("rb") as stream:
        for offset, line in _lines(stream, start, stop, limits.max_characters * 4):
            if line is None:
                place = f"line {_line_number(path, offset)}"
                found.append(
                    Reject(place, "line too long; raise ingest.max_characters or split it")
                )
                continue
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                place = f"line {_line_number(path, offset)}"
                found.append(Reject(place, f"not JSON ({error}); one object a line is expected"))
                continue
            if not isinstance(row, dict):
                place = f"line {_line_number(path, offset)}"
                kind = type(row).__name__
                found.append(Reject(place, f"a {kind}; one JSON object a line is expected"))
                continue
            found.append(columns.read(row, f"byte {offset}"))
    return found


def _lines(stream: Any, start: int, stop: int, longest: int) -> Iterator[tuple[int, bytes | None]]:
    if start:
        stream.seek(start - 1)
        _skip_line(stream, stop - start + 1)
    while not stop or stream.tell() < stop:
        offset = stream.tell()
        line = stream.readline(longest)
        if not line:
            return
        if len(line) == longest and not line.endswith(b"\n"):
            _skip_line(stream, None)
            yield offset, None
        elif offset == 0 and line.startswith(b"\xef\xbb\xbf"):
            yield offset, line[3:]
        elif line.strip():
            yield offset, line


def _skip_line(stream: Any, at_most: int | None) -> None:
    left = at_most
    while left is None or left > 0:
        piece = stream.readline(1 << 20 if left is None else min(left, 1 << 20))
        if not piece or piece.endswith(b"\n"):
            return
        if left is not None:
            left -= len(piece)


def _line_number(path: str, offset: int) -> int:
    # Counted only when a line has to be named in an error.
    lines = 1
    with Path(path).open("rb") as stream:
        while offset > 0 and (piece := stream.read(min(offset, 1 << 20))):
            lines += piece.count(b"\n")
            offset -= len(piece)
    return lines
