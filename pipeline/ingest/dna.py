"""Databases of Discourse Network Analyzer (.dna, SQLite): who was coded as saying what.

A coded document is usually a newspaper's, so it is no partner's own: what an organization was
coded to say in it becomes that organization's document, the spans in their order. Documents
without codes come in whole, under their author or source. Known layouts: short texts held as text
(DNA 2.0), through ATTRIBUTES (later 2.x) or through ENTITIES (DNA 3).
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Extract, Found

_MILLISECONDS_FROM = 100_000_000_000  # DNA 2 counts milliseconds, DNA 3 seconds


def read_dna(data: bytes) -> list[Found]:
    """A text per document and organization coded in it.

    Raises:
        PipelineError: another kind of SQLite database, or a damaged one.
    """
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(data)
        connection.execute("PRAGMA trusted_schema = OFF")
        return _read(connection)
    except (sqlite3.Error, OverflowError) as error:
        raise PipelineError(f"a damaged database ({error}); export it again from DNA") from error
    finally:
        connection.close()


def _read(connection: sqlite3.Connection) -> list[Found]:
    tables = {name.upper() for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not {"DOCUMENTS", "STATEMENTS"} <= tables:
        raise PipelineError(
            "a database, but none of Discourse Network Analyzer (DOCUMENTS and STATEMENTS are "
            "missing); export it as CSV"
        )
    spans: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for document, start, stop, organization in connection.execute(_statements(connection)):
        spans[document][str(organization)].append((int(start), int(stop)))
    found: list[Found] = []
    rows = connection.execute(
        "SELECT ID, Title, Text, Author, Source, Date FROM DOCUMENTS ORDER BY ID"
    )
    for key, title, text, author, source, date in rows:
        coded = spans.get(key, {})
        whole = Extract(
            text=str(text or ""), partner=str(author or source or ""), part=f"document {key}",
            source=str(source or ""), title=str(title or ""), date=_date(date),
            author=str(author or ""),
        )  # fmt: skip
        for organization in sorted(coded):
            # DNA counts UTF-16 units, as Java does.
            wide = whole.text.encode("utf-16-le", "surrogatepass")
            pieces = [
                wide[2 * start : 2 * stop].decode("utf-16-le", "ignore").strip()
                for start, stop in sorted(set(coded[organization]))
            ]
            said = "\n\n".join(filter(None, pieces))
            part = f"document {key}/{organization}"
            found.append(replace(whole, text=said, partner=organization, part=part))
        if not coded and whole.text:
            found.append(whole)
    return found


def _statements(connection: sqlite3.Connection) -> str:
    columns = {row[1] for row in connection.execute("PRAGMA table_info(DATASHORTTEXT)")}
    kinds = {
        row[1]: row[2].upper() for row in connection.execute("PRAGMA table_info(DATASHORTTEXT)")
    }
    if "Entity" in columns:
        value, join = "E.Value", "JOIN ENTITIES E ON E.ID = D.Entity"
    elif kinds.get("Value") == "INTEGER":
        value, join = "A.Value", "JOIN ATTRIBUTES A ON A.ID = D.Value"
    else:
        value, join = "D.Value", ""
    if "VariableId" not in columns:
        raise PipelineError("a database of an unknown DNA version; export its documents as CSV")
    return (
        f"SELECT S.DocumentId, S.Start, S.Stop, {value} FROM STATEMENTS S "  # noqa: S608 - constants
        "JOIN DATASHORTTEXT D ON D.StatementId = S.ID "
        f"JOIN VARIABLES V ON V.ID = D.VariableId {join} "
        f"WHERE lower(V.Variable) IN ('organization', 'organisation') AND {value} <> '' "
        "ORDER BY S.DocumentId, S.Start, S.ID"
    )


def _date(value: object) -> str:
    if not isinstance(value, int):
        return ""
    seconds = value / 1000 if abs(value) > _MILLISECONDS_FROM else value
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date().isoformat()
    except OverflowError:
        return ""
