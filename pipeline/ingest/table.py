"""Rows of exports (JSON lines, JSON arrays, CSV, Parquet) to extracts.

A row is a mapping of field names to values. ``text`` is taken verbatim, because stand-off labels
may point into it; the other fields are cleaned.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

import msgspec

from pipeline.errors import PipelineError
from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract, Found, Limits, Reject
from pipeline.ingest.genre import genre_named
from pipeline.ingest.text import decode, normalise
from pipeline.places import open_file

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
    "tier": ("tier",),
}


class Columns:
    """Which field of a row holds what: the usual names, unless ``settings`` say otherwise.

    ``settings`` are strings ``what=field``, for instance ``text=Body``.
    """

    def __init__(self, settings: Sequence[str]) -> None:
        self.names = dict(_NAMES)
        for setting in settings:
            what, equals, name = setting.partition("=")
            if not equals or what not in _NAMES or not name:
                raise PipelineError(
                    f"ingest.columns: {setting!r}; expected WHAT=FIELD with WHAT one of "
                    f"{', '.join(_NAMES)}"
                )
            self.names[what] = (name,)

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
            tier=got["tier"],
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
    with open_file(path) as stream:
        return _rows(stream, start, stop, columns, limits)


def _rows(
    stream: IO[bytes], start: int, stop: int, columns: Columns, limits: Limits
) -> list[Found]:
    found: list[Found] = []

    def refuse(offset: int, why: str) -> None:
        found.append(Reject(f"line {_line_number(stream, offset)}", why))

    for offset, line in _lines(stream, start, stop, limits.max_characters * 4):
        if line is None:
            refuse(offset, "line too long; raise ingest.max_characters or split it")
            continue
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refuse(offset, f"not JSON ({error}); one object a line is expected")
            continue
        if isinstance(row, dict):
            found.append(columns.read(row, f"byte {offset}"))
        else:
            refuse(offset, f"a {type(row).__name__}; one JSON object a line is expected")
    return found


def _lines(
    stream: IO[bytes], start: int, stop: int, longest: int
) -> Iterator[tuple[int, bytes | None]]:
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


def _skip_line(stream: IO[bytes], at_most: int | None) -> None:
    left = at_most
    while left is None or left > 0:
        piece = stream.readline(1 << 20 if left is None else min(left, 1 << 20))
        if not piece or piece.endswith(b"\n"):
            return
        if left is not None:
            left -= len(piece)


def _line_number(stream: IO[bytes], offset: int) -> int:
    # Counted only when a line has to be named in an error.
    here, lines = stream.tell(), 1
    stream.seek(0)
    while offset > 0 and (piece := stream.read(min(offset, 1 << 20))):
        lines += piece.count(b"\n")
        offset -= len(piece)
    stream.seek(here)
    return lines


def read_table(data: bytes, kind: str, name: str, columns: Columns, limits: Limits) -> list[Found]:
    """Extracts of the rows of a CSV, Parquet, JSON or JSON-lines file in memory.

    A CSV of coded quasi-sentences (Manifesto Project: a column ``cmp_code``) is one document.

    Raises:
        PipelineError: not a table of that kind, or no rows.
    """
    if kind == "jsonl":
        return _rows(io.BytesIO(data), 0, 0, columns, limits)
    if kind == "csv":
        rows = _csv(data, limits)
    elif kind == "parquet":
        rows = _parquet(data, limits)
    else:
        rows = _json(data)
    if rows and "cmp_code" in rows[0]:
        return [_manifesto(rows, name, columns)]
    return [columns.read(row, f"row {number}") for number, row in enumerate(rows, start=1)]


def _csv(data: bytes, limits: Limits) -> list[dict[str, Any]]:
    text = decode(data)
    csv.field_size_limit(limits.max_characters)
    head = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",;\t", key=head.count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
        return [{key: value for key, value in row.items() if key} for row in reader]
    except csv.Error as error:
        raise PipelineError(f"not a CSV table ({error}); export it again as CSV") from error


def _parquet(data: bytes, limits: Limits) -> list[dict[str, Any]]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(pyarrow.BufferReader(data))
        size = sum(
            table.metadata.row_group(group).total_byte_size
            for group in range(table.metadata.num_row_groups)
        )
        if size > limits.max_bytes * 4:
            raise PipelineError(f"a table that unpacks to {size:,} bytes; split it into files")
        rows: list[dict[str, Any]] = table.read(use_threads=False).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        raise PipelineError(f"a damaged Parquet file ({error}); export it again") from error
    return rows


def _json(data: bytes) -> list[dict[str, Any]]:
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PipelineError(f"not JSON ({error}); export it again") from error
    rows = value if isinstance(value, list) else [value]
    if not all(isinstance(row, dict) for row in rows):
        raise PipelineError("JSON without documents; a list of objects is expected, or JSON lines")
    return rows


def _manifesto(rows: list[dict[str, Any]], name: str, columns: Columns) -> Found:
    pieces = [str(row.get("text") or "").strip() for row in rows]
    key = re.match(r"(\d{5})_(\d{4})(\d{2})", name)  # party number and election, as downloaded
    first = {what: value for what, value in rows[0].items() if what != "text"}
    if key:
        first = {"partner": key[1], "date": f"{key[2]}-{key[3]}", **first}
    return columns.read(
        {"genre": "manifesto", **first, "text": "\n".join(filter(None, pieces))}, "manifesto"
    )
