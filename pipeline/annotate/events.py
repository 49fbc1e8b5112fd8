"""The log of coding: an append-only table in SQLite, and what it says each coder decided.

A row is written before it is acknowledged: WAL with ``synchronous=FULL`` syncs on every commit,
so what a coder was told is saved survives a killed server and a power cut. Rows are never changed
(triggers refuse it): undoing is one more row. Several servers may share one log.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import PipelineError

KINDS = ("code", "skip", "undo", "seen", "decide")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, submission TEXT NOT NULL, part INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('code', 'skip', 'undo', 'seen', 'decide')),
  coder TEXT NOT NULL, item TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
  layer TEXT NOT NULL, facet TEXT NOT NULL, confidence INTEGER NOT NULL, comment TEXT NOT NULL,
  seconds REAL NOT NULL, client_at TEXT NOT NULL, server_at TEXT NOT NULL,
  suggested INTEGER NOT NULL, codebook TEXT NOT NULL, UNIQUE (coder, submission, part)) STRICT;
CREATE TABLE IF NOT EXISTS assigned (
  item TEXT NOT NULL, coder TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (item, coder)) STRICT;
CREATE TRIGGER IF NOT EXISTS no_update BEFORE UPDATE ON events
  BEGIN SELECT RAISE(ABORT, 'codes are never changed'); END;
CREATE TRIGGER IF NOT EXISTS no_delete BEFORE DELETE ON events
  BEGIN SELECT RAISE(ABORT, 'codes are never deleted'); END;
"""

_COLUMNS = (
    "submission, part, kind, coder, item, start, stop, layer, facet, confidence, comment, seconds, "
    "client_at, server_at, suggested, codebook"
)


@dataclass(frozen=True)
class Part:
    """One span of an item with its code; an item has one, more after a split."""

    start: int
    end: int
    layer: str
    facet: str
    confidence: int


@dataclass(frozen=True)
class Submission:
    """What a coder sent of one item in one go.

    ``id`` is drawn by the page, so that a submission sent twice (a lost answer, a second try) is
    stored once.
    """

    id: str
    kind: str
    coder: str
    item: str
    parts: tuple[Part, ...] = ()
    comment: str = ""
    seconds: float = 0.0
    client_at: str = ""
    server_at: str = ""
    suggested: bool = False
    codebook: str = ""


@dataclass
class _Folded:
    """What the log says so far."""

    seq: int = 0
    stacks: dict[tuple[str, str], list[Submission]] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    decided: dict[str, list[Submission]] = field(default_factory=dict)


class Log:
    """The log in one file. Methods may be called from several threads."""

    def __init__(self, path: Path):
        self.path = path
        self._lock = threading.RLock()
        self._folded = _Folded()
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA busy_timeout = 15000")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)
            self._db.execute(
                "INSERT OR IGNORE INTO meta VALUES ('secret', ?)", (secrets.token_hex(32),)
            )
            path.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            raise PipelineError(
                f"codes {path}: {error}; they need a folder that can be written, name one with "
                "--codes, or copy tasks and codes there"
            ) from error

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def meta(self, key: str) -> str:
        """A value kept beside the codes, empty if there is none."""
        with self._lock:
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, key: str, value: str) -> None:
        """Keeps a value beside the codes."""
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def append(self, submission: Submission) -> Submission:
        """Stores a submission; when this returns it is on disk.

        Returns it as stored: the server's clock, and whether a suggestion had been seen, are set
        here. One that is stored already is returned as it was.

        Raises:
            PipelineError: the disk is full or cannot be written; nothing is stored then.
        """
        if submission.kind not in KINDS:
            raise PipelineError(f"kind {submission.kind!r}; allowed: {', '.join(KINDS)}")
        with self._writing():
            self._fold()
            known = self._stored(submission)
            if known is not None:
                return known
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            seen = (submission.coder, submission.item) in self._folded.seen
            parts = submission.parts or (Part(0, 0, "", "", 0),)
            self._db.executemany(
                f"INSERT INTO events ({_COLUMNS}) VALUES ({', '.join('?' * 16)})",  # noqa: S608
                [
                    (
                        submission.id, number, submission.kind, submission.coder, submission.item,
                        part.start, part.end, part.layer, part.facet, part.confidence,
                        submission.comment, submission.seconds, submission.client_at, at,
                        int(seen), submission.codebook,
                    )
                    for number, part in enumerate(parts)
                ],
            )  # fmt: skip
        stored = self._stored(submission)
        if stored is None:
            raise PipelineError(f"codes {self.path}: {submission.id} was not stored; send it again")
        return stored

    def _stored(self, submission: Submission) -> Submission | None:
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM events WHERE coder = ? AND submission = ? ORDER BY part",  # noqa: S608
            (submission.coder, submission.id),
        ).fetchall()
        return _submission(rows) if rows else None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise PipelineError(
                    f"codes {self.path.name}: {error}; nothing was stored, see that the disk has "
                    "room and the folder can be written"
                ) from error

    def _fold(self) -> _Folded:
        """Reads what was added since the last look, by this server or another."""
        folded = self._folded
        rows = self._db.execute(
            f"SELECT seq, {_COLUMNS} FROM events WHERE seq > ? ORDER BY seq",  # noqa: S608
            (folded.seq,),
        ).fetchall()
        grouped: dict[tuple[str, str], list[Sequence[object]]] = {}
        for seq, *row in rows:
            folded.seq = seq
            grouped.setdefault((row[3], row[0]), []).append(row)
        for group in grouped.values():
            submission = _submission(group)
            key = (submission.coder, submission.item)
            if submission.kind == "seen":
                folded.seen.add(key)
            elif submission.kind == "decide":
                earlier = folded.decided.pop(submission.item, [])
                folded.decided[submission.item] = [*earlier, submission]
            elif submission.kind == "undo":
                if folded.stacks.get(key):
                    folded.stacks[key].pop()
                    order = folded.order[submission.coder]
                    order.reverse()
                    order.remove(submission.item)
                    order.reverse()
            else:
                folded.stacks.setdefault(key, []).append(submission)
                folded.order.setdefault(submission.coder, []).append(submission.item)
        return folded

    def current(self, coder: str, item: str) -> Submission | None:
        """A coder's standing decision on an item."""
        with self._lock:
            stack = self._fold().stacks.get((coder, item))
            return stack[-1] if stack else None

    def all_current(self) -> dict[tuple[str, str], Submission]:
        """Standing decisions by coder and item."""
        with self._lock:
            return {key: stack[-1] for key, stack in self._fold().stacks.items() if stack}

    def last(self, coder: str) -> str:
        """The item that the coder decided last, empty if there is none to undo."""
        with self._lock:
            order = self._fold().order.get(coder)
            return order[-1] if order else ""

    def decisions(self) -> dict[str, list[Submission]]:
        """Adjudications by item, the item decided last at the end; the last of an item holds."""
        with self._lock:
            return {item: list(found) for item, found in self._fold().decided.items()}

    def assign(self, coder: str, candidates: Sequence[tuple[str, int]], since: str) -> str:
        """The first of ``(item, copies)`` that has room for the coder, now kept for the coder.

        Assignments before ``since`` (ISO time) that came to nothing no longer take up room.
        """
        with self._writing():
            folded = self._fold()
            takers: Counter[str] = Counter()
            mine = set()
            decided = {(c, item) for (c, item), stack in folded.stacks.items() if stack}
            rows = self._db.execute("SELECT item, coder, at FROM assigned").fetchall()
            taken = {(c, item) for item, c, at in rows if at >= since}
            for who, item in decided | taken:
                takers[item] += 1
                if who == coder:
                    mine.add(item)
            for item, copies in candidates:
                if item in mine or takers[item] < copies:
                    at = datetime.now(UTC).isoformat(timespec="milliseconds")
                    self._db.execute(
                        "INSERT OR REPLACE INTO assigned VALUES (?, ?, ?)", (item, coder, at)
                    )
                    return item
        return ""

    def takers(self) -> Counter[str]:
        """How many coders have decided on each item."""
        return Counter(item for _, item in self.all_current())

    def count(self) -> int:
        """Rows in the log."""
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM events").fetchone()[0])


def _submission(rows: Sequence[Sequence[object]]) -> Submission:
    first = rows[0]
    parts = tuple(
        Part(int(str(r[5])), int(str(r[6])), str(r[7]), str(r[8]), int(str(r[9])))
        for r in rows
        if r[7]
    )
    return Submission(
        id=str(first[0]), kind=str(first[2]), coder=str(first[3]), item=str(first[4]), parts=parts,
        comment=str(first[10]), seconds=float(str(first[11])), client_at=str(first[12]),
        server_at=str(first[13]), suggested=bool(first[14]), codebook=str(first[15]),
    )  # fmt: skip
