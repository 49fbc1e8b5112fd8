"""Records to and from JSON lines: the one place that knows how a record looks outside.

Bytes become base64, enums their value, tuples arrays. Reading validates types and runs the
record's own checks; a line that does not fit gives an error naming the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO, Any, TypeVar

import msgspec

from pipeline.errors import PipelineError

T = TypeVar("T")


def to_json(record: object) -> bytes:
    """One record, or any plain value, as a line of JSON without line break."""
    return msgspec.json.encode(record)


def to_dict(record: object) -> Any:
    """A record as plain dicts, lists and scalars, ready for JSON."""
    return msgspec.to_builtins(record)


def from_dict(value: object, kind: type[T], name: str) -> T:
    """A ``kind`` from plain values; ``name`` says in errors where they came from."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise PipelineError(f"{name}: no {kind.__name__}: {error}; see docs/records.md") from error


def read_lines(
    stream: IO[bytes], name: str
) -> Iterator[tuple[str, dict[str, Any] | PipelineError]]:
    """JSON objects of a stream, a line each, as ``(place, object or error)``; blank lines skipped.

    A line that is no JSON object yields the error in place of the object, so the caller can count
    it and go on.
    """
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            value = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield (
                place,
                PipelineError(f"{place}: not JSON ({error}); one object a line is expected"),
            )
            continue
        if not isinstance(value, dict):
            yield (
                place,
                PipelineError(
                    f"{place}: found a {type(value).__name__}; one JSON object a line is expected"
                ),
            )
            continue
        yield place, value


def write_lines(records: Iterable[object], stream: IO[bytes]) -> int:
    """Writes records as JSON lines; returns how many."""
    count = 0
    for record in records:
        stream.write(msgspec.json.encode(record) + b"\n")
        count += 1
    return count


def decode(data: bytes, kind: type[T], name: str) -> T:
    """A ``kind`` from one JSON text; ``name`` says in errors where it came from."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise PipelineError(f"{name}: no {kind.__name__}: {error}; write it again") from error
