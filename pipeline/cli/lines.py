"""JSON lines in, the same objects with more fields out: the frame of every single-stage command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any

import click

from pipeline import codec
from pipeline.cli import note
from pipeline.errors import PipelineError

Row = dict[str, Any]

BATCH = 512
"""Lines worked on together; output follows input batch by batch."""


def input_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the optional argument FILE, ``-`` (the default) for stdin."""
    return click.argument("stream", metavar="[FILE]", type=click.File("rb"), default="-")(command)


def place_in(stream: IO[bytes], lines: int) -> tuple[int, int]:
    """How far a file is read, and its size in bytes; for a pipe the ``lines`` read, and 0."""
    try:
        size = os.fstat(stream.fileno()).st_size if stream.seekable() else 0
        return (stream.tell(), size) if size else (lines, 0)
    except OSError:
        return lines, 0


def rows_of(stream: IO[bytes], needs: Sequence[str]) -> Iterator[tuple[str, Row | PipelineError]]:
    """Objects of a stream; one that lacks a needed field becomes an error."""
    for place, value in codec.read_lines(stream, getattr(stream, "name", "-")):
        if isinstance(value, PipelineError):
            yield place, value
            continue
        wrong = [name for name in needs if not value.get(name)]
        if wrong:
            found = ", ".join(value) or "nothing"
            yield place, PipelineError(f"{place}: no {' and '.join(wrong)}; found {found}")
        else:
            yield place, value


def extend(
    stream: IO[bytes],
    needs: Sequence[str],
    add: Callable[[list[Row]], Sequence[Row]],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Writes each object of ``stream`` to stdout with what ``add`` returns for it.

    A bad line is told on stderr and counted, the rest goes on; then the exit code is 1.
    ``progress`` hears after each batch what ``place_in`` says.
    """
    failed = lines = 0
    batch: list[tuple[str, Row]] = []
    for place, row in rows_of(stream, needs):
        if isinstance(row, PipelineError):
            failed += 1
            note(str(row))
            continue
        batch.append((place, row))
        if len(batch) == BATCH:
            failed += _flush(batch, add)
            lines += len(batch)
            progress(*place_in(stream, lines))
            batch = []
    failed += _flush(batch, add)
    if failed:
        note(f"{failed} lines failed, the others are done")
        raise SystemExit(1)


def _flush(batch: list[tuple[str, Row]], add: Callable[[list[Row]], Sequence[Row]]) -> int:
    if not batch:
        return 0
    rows = [row for _, row in batch]
    failed = 0
    try:
        more = list(add(rows))
    except PipelineError:
        # One bad record must not take its batch with it: find it alone.
        more = []
        kept = []
        for place, row in batch:
            try:
                more += add([row])
                kept.append(row)
            except PipelineError as error:
                note(f"{place}: {error}")
                failed += 1
        rows = kept
    out = sys.stdout.buffer
    codec.write_lines(({**row, **new} for row, new in zip(rows, more, strict=True)), out)
    out.flush()
    return failed


def emit(records: Sequence[object]) -> None:
    """Writes records to stdout as JSON lines."""
    codec.write_lines(records, sys.stdout.buffer)
    sys.stdout.buffer.flush()
