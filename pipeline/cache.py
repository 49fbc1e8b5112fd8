"""Results of the encoder kept across runs, addressed by content.

A value is found again only under the hash of exactly what it was computed from; the file's name
says by which model, in which precision, on which machine. SQLite writes it, so a killed run leaves
it whole; a value that was damaged anyway fails its checksum and is computed anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

_AT_ONCE = 500  # keys in one query: SQLite allows a limited number of variables
_WAIT = 10.0  # seconds for another run that writes


def key(*parts: str) -> bytes:
    """16 bytes that name the parts; ``("ab", "c")`` and ``("a", "bc")`` get different ones."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hashed.update(len(data).to_bytes(8, "big") + data)
    return hashed.digest()[:16]


class Cache:
    """Bytes under keys in one SQLite file; several runs may share it.

    A file that cannot be opened, read or written counts as empty: it costs time, never a result.

    Args:
        path: the file; its folder is made.
        megabytes: size from which nothing more is added.
    """

    def __init__(self, path: Path, megabytes: int) -> None:
        self.megabytes = megabytes
        self.path = path
        self._connection: sqlite3.Connection | None = None
        with contextlib.suppress(OSError, sqlite3.Error):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = self._opened()

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connect(self.path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, read-only
                raise
        self.path.unlink(missing_ok=True)  # no database: nothing in it can be used
        return _connect(self.path)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values at hand among those asked for."""
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, bytes] = {}
        if self._connection is None:
            return found
        for low in range(0, len(wanted), _AT_ONCE):
            some = wanted[low : low + _AT_ONCE]
            marks = ",".join("?" * len(some))
            try:
                rows = self._connection.execute(
                    f"select key, check_sum, value from results where key in ({marks})",  # noqa: S608
                    some,
                ).fetchall()
            except sqlite3.Error:
                return found
            found.update((name, value) for name, check, value in rows if zlib.crc32(value) == check)
        return found

    def put(self, values: Mapping[bytes, bytes]) -> None:
        """Adds values, all or none."""
        if self._connection is None or self._full():
            return
        rows = [(name, zlib.crc32(value), value) for name, value in values.items()]
        with contextlib.suppress(sqlite3.Error), self._connection:
            self._connection.executemany("insert or replace into results values (?, ?, ?)", rows)

    def _full(self) -> bool:
        try:
            return self.path.stat().st_size >= self.megabytes << 20
        except OSError:
            return True

    def close(self) -> None:
        """Closes the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")
    connection.execute(
        "create table if not exists results"
        " (key blob primary key, check_sum integer, value blob) without rowid"
    )
    return connection
