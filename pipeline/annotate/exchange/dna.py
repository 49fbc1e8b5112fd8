"""Discourse Network Analyzer 3: an SQLite file in the layout of its version 3 databases.

Statement type ``Belief`` with the variables ``organization``, ``layer``, ``facet`` (short text),
``confidence`` (integer), ``comment`` and ``axiomap`` (long text). Offsets are Java's, UTF-16 units.
Other statement types can be read when they have a variable ``layer``.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipeline.annotate.codings import Coding
from pipeline.annotate.exchange.bundle import (
    KEPT,
    Bundle,
    Loaded,
    Utf16,
    about,
    document_of,
    kept_of,
)
from pipeline.annotate.tasks import TaskDocument
from pipeline.errors import PipelineError

LONGEST = 190
"""Characters of a short text in DNA."""

_VARIABLES = {"organization": "short text", "layer": "short text", "facet": "short text",
              "confidence": "integer", "comment": "long text", KEPT: "long text"}  # fmt: skip


def dump(bundle: Bundle) -> bytes:
    """A database file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codes.dna"
        db = sqlite3.connect(path)
        schema = files("pipeline.annotate.exchange").joinpath("dna.sql")
        db.executescript(schema.read_text(encoding="utf-8"))
        _fill(db, bundle)
        db.commit()
        db.close()
        return path.read_bytes()


def _fill(db: sqlite3.Connection, bundle: Bundle) -> None:
    for number, (name, kind) in enumerate(_VARIABLES.items(), start=1):
        db.execute("INSERT INTO VARIABLES VALUES (?, ?, ?, 1)", (number, name, kind))
    coders = {
        name: number
        for number, name in enumerate(sorted({c.label.coder for c in bundle.codings}), start=1)
    }
    for name, number in coders.items():
        db.execute(
            "INSERT INTO CODERS (ID, Name, Password) VALUES (?, ?, '')", (number, name[:LONGEST])
        )
    for place, (document, codings) in enumerate(bundle.by_document(), start=1):
        db.execute(
            "INSERT INTO DOCUMENTS VALUES (?, ?, ?, ?, '', ?, '', ?, '', ?)",
            (
                place, (document.title or document.id)[:LONGEST], document.text,
                min(coders.values()), document.partner[:LONGEST], json.dumps(about(document)),
                _seconds(document.date),
            ),
        )  # fmt: skip
        units = Utf16(document.text)
        for coding in codings:
            cursor = db.execute(
                "INSERT INTO STATEMENTS (StatementTypeId, DocumentId, Start, Stop, Coder) "
                "VALUES (1, ?, ?, ?, ?)",
                (
                    place, units.to[coding.label.start], units.to[coding.label.end],
                    coders[coding.label.coder],
                ),
            )  # fmt: skip
            _values(db, int(cursor.lastrowid or 0), document, coding)


def _values(db: sqlite3.Connection, statement: int, document: TaskDocument, coding: Coding) -> None:
    values: dict[str, Any] = {
        "organization": document.partner[:LONGEST], "layer": str(coding.label.layer),
        "facet": coding.label.facet, "confidence": coding.label.confidence,
        "comment": coding.comment, KEPT: json.dumps(kept_of(coding)),
    }  # fmt: skip
    for variable, (name, kind) in enumerate(_VARIABLES.items(), start=1):
        value = values[name]
        if kind == "short text":
            db.execute(
                "INSERT OR IGNORE INTO ENTITIES (VariableId, Value) VALUES (?, ?)",
                (variable, value),
            )
            value = db.execute(
                "SELECT ID FROM ENTITIES WHERE VariableId = ? AND Value = ?", (variable, value)
            ).fetchone()[0]
        table, column = {"short text": ("DATASHORTTEXT", "Entity"),
                         "integer": ("DATAINTEGER", "Value"),
                         "long text": ("DATALONGTEXT", "Value")}[kind]  # fmt: skip
        db.execute(
            f"INSERT INTO {table} (StatementId, VariableId, {column}) VALUES (?, ?, ?)",  # noqa: S608
            (statement, variable, value),
        )


def _seconds(date: str) -> int:
    try:
        return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0


_READ = """
SELECT s.ID, s.DocumentId, s.Start, s.Stop, c.Name, v.Variable,
  coalesce(e.Value, l.Value, i.Value, b.Value)
FROM STATEMENTS s JOIN VARIABLES v ON v.StatementTypeId = s.StatementTypeId
LEFT JOIN CODERS c ON c.ID = s.Coder
LEFT JOIN DATASHORTTEXT t ON t.StatementId = s.ID AND t.VariableId = v.ID
LEFT JOIN ENTITIES e ON e.ID = t.Entity
LEFT JOIN DATALONGTEXT l ON l.StatementId = s.ID AND l.VariableId = v.ID
LEFT JOIN DATAINTEGER i ON i.StatementId = s.ID AND i.VariableId = v.ID
LEFT JOIN DATABOOLEAN b ON b.StatementId = s.ID AND b.VariableId = v.ID
ORDER BY s.DocumentId, s.Start, s.ID, v.ID
"""


def load(data: bytes, name: str) -> Loaded:
    """Statements that have a variable ``layer``."""
    loaded = Loaded()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "codes.dna"
        path.write_bytes(data)
        db = sqlite3.connect(path)
        try:
            texts = {
                row[0]: (row[1], row[2], row[3], row[4])
                for row in db.execute("SELECT ID, Title, Text, Source, Notes FROM DOCUMENTS")
            }
            statements: dict[int, dict[str, Any]] = {}
            for number, document, start, stop, coder, variable, value in db.execute(_READ):
                found = statements.setdefault(number, {"at": (document, start, stop, coder)})
                found[variable] = value
        except sqlite3.Error as error:
            raise PipelineError(f"{name}: no DNA 3 database ({error})") from error
        finally:
            db.close()
    documents = {key: _document(key, *row) for key, row in texts.items()}
    units = {key: Utf16(document.text) for key, document in documents.items()}
    for number, found in statements.items():
        if "layer" not in found:
            continue
        document, start, stop, coder = found["at"]
        place = f"{name}: statement {number}"
        kept = json.loads(found[KEPT]) if found.get(KEPT) else None
        label = {"layer": found["layer"], "facet": found.get("facet") or "",
                 "coder": (kept or {}).get("coder") or coder,
                 "confidence": found.get("confidence") or None,
                 "comment": found.get("comment") or ""}  # fmt: skip
        span = units[document].points(start, stop, place)
        loaded.add(place, documents[document], span, label, kept)
    return loaded


def _document(number: int, title: str, text: str, source: str, notes: str) -> TaskDocument:
    try:
        fields = json.loads(notes)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        fields = {"title": title, "partner": source}
    return document_of(text, fields, f"dna-{number}")
