"""A map as a database of Discourse Network Analyzer 3 (``.dna``, SQLite), for rDNA users.

Each claim that shows a partner's position becomes a "DNA Statement" at its character offsets, with
organization, concept (the conclusion), agreement, and two variables of ours: layer and voice.

Source: table definitions and defaults of DNA 3 (``Sql.java``, ``createTables``).
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

from pipeline.report.index import Index
from pipeline.report.words import clip, partner_name

VERSION = "3.0.11"
PASSWORD = "Admin"  # noqa: S105 - DNA asks for one; everybody may know it, the file holds no secret
SHORT = 190  # DNA's own limit on short text
_NAME = "TEXT NOT NULL DEFAULT '' CHECK (LENGTH({}) < 191)"
_SWITCHES = (
    "AddDocuments", "EditDocuments", "DeleteDocuments", "ImportDocuments", "AddStatements",
    "EditStatements", "DeleteStatements", "EditAttributes", "EditRegex", "EditStatementTypes",
    "EditCoders", "EditCoderRelations", "ViewOthersDocuments", "EditOthersDocuments",
    "ViewOthersStatements", "EditOthersStatements",
)  # fmt: skip
_COLOUR = ", ".join(f"{c} INTEGER NOT NULL DEFAULT 0 CHECK ({c} BETWEEN 0 AND 255)"
                    for c in ("Red", "Green", "Blue"))  # fmt: skip
_CODER = "FOREIGN KEY(Coder) REFERENCES CODERS(ID) ON DELETE CASCADE"
_OF_STATEMENT = (
    "FOREIGN KEY(StatementId) REFERENCES STATEMENTS(ID) ON DELETE CASCADE, "
    "FOREIGN KEY(VariableId) REFERENCES VARIABLES(ID) ON DELETE CASCADE"
)
_VALUES = (
    "ID INTEGER PRIMARY KEY NOT NULL, StatementId INTEGER NOT NULL, VariableId INTEGER NOT NULL"
)

TABLES: dict[str, str] = {
    "SETTINGS": "Property TEXT PRIMARY KEY, Value TEXT NOT NULL",
    "CODERS": "ID INTEGER NOT NULL PRIMARY KEY, Name TEXT NOT NULL CHECK (LENGTH(Name) < 191), "
    f"{_COLOUR}, Refresh INTEGER NOT NULL CHECK (Refresh BETWEEN 0 AND 9999) DEFAULT 0, "
    "FontSize INTEGER NOT NULL CHECK (FontSize BETWEEN 1 AND 99) DEFAULT 14, "
    "Password TEXT NOT NULL CHECK (LENGTH(Password) < 191), "
    "PopupWidth INTEGER CHECK (PopupWidth BETWEEN 100 AND 9999) DEFAULT 300, "
    "ColorByCoder INTEGER NOT NULL DEFAULT 0, PopupDecoration INTEGER NOT NULL DEFAULT 0, "
    "PopupAutoComplete INTEGER NOT NULL DEFAULT 1, "
    + ", ".join(
        f"Permission{s} INTEGER NOT NULL CHECK (Permission{s} BETWEEN 0 AND 1) DEFAULT 1"
        for s in _SWITCHES
    ),
    "DOCUMENTS": "ID INTEGER NOT NULL PRIMARY KEY, Title TEXT NOT NULL CHECK (LENGTH(Title) < 191),"
    f" Text TEXT NOT NULL, Coder INTEGER, Author {_NAME.format('Author')}, "
    f"Source {_NAME.format('Source')}, Section {_NAME.format('Section')}, "
    f"Notes TEXT NOT NULL DEFAULT '', Type {_NAME.format('Type')}, Date INTEGER NOT NULL, {_CODER}",
    "STATEMENTTYPES": "ID INTEGER NOT NULL PRIMARY KEY, "
    f"Label TEXT NOT NULL CHECK (LENGTH(Label) < 191), {_COLOUR}",
    "VARIABLES": "ID INTEGER NOT NULL PRIMARY KEY, "
    "Variable TEXT NOT NULL CHECK (LENGTH(Variable) < 191), "
    "DataType TEXT NOT NULL CHECK (DataType = 'boolean' OR DataType = 'integer' OR "
    "DataType = 'long text' OR DataType = 'short text') DEFAULT 'short text', "
    "StatementTypeId INTEGER, FOREIGN KEY(StatementTypeId) REFERENCES STATEMENTTYPES(ID) "
    "ON DELETE CASCADE, UNIQUE (Variable, StatementTypeId)",
    "VARIABLELINKS": "ID INTEGER NOT NULL PRIMARY KEY, SourceVariableId INTEGER, "
    "TargetVariableId INTEGER, CHECK (TargetVariableId != SourceVariableId), "
    "FOREIGN KEY(SourceVariableId) REFERENCES VARIABLES(ID) ON DELETE CASCADE, "
    "FOREIGN KEY(TargetVariableId) REFERENCES VARIABLES(ID) ON DELETE CASCADE",
    "REGEXES": f"Label TEXT PRIMARY KEY CHECK (LENGTH(Label) < 191), {_COLOUR}",
    "CODERRELATIONS": "ID INTEGER NOT NULL PRIMARY KEY, Coder INTEGER CHECK(Coder > 0), "
    "OtherCoder INTEGER CHECK(OtherCoder > 0), viewStatements INTEGER NOT NULL DEFAULT 1, "
    "editStatements INTEGER NOT NULL DEFAULT 1, viewDocuments INTEGER NOT NULL DEFAULT 1, "
    "editDocuments INTEGER NOT NULL DEFAULT 1, CHECK (Coder != OtherCoder), "
    f"{_CODER}, FOREIGN KEY(OtherCoder) REFERENCES CODERS(ID) ON DELETE CASCADE",
    "STATEMENTS": "ID INTEGER NOT NULL PRIMARY KEY, StatementTypeId INTEGER, DocumentId INTEGER, "
    "Start INTEGER NOT NULL CHECK(Start >= 0), Stop INTEGER NOT NULL CHECK(Stop >= 0), "
    "Coder INTEGER, CHECK (Start < Stop), "
    "FOREIGN KEY(StatementTypeId) REFERENCES STATEMENTTYPES(ID) ON DELETE CASCADE, "
    f"{_CODER}, FOREIGN KEY(DocumentId) REFERENCES DOCUMENTS(ID) ON DELETE CASCADE",
    "DATABOOLEAN": f"{_VALUES}, Value INTEGER NOT NULL DEFAULT 1, {_OF_STATEMENT}, "
    "UNIQUE (StatementId, VariableId)",
    "DATAINTEGER": f"{_VALUES}, Value INTEGER NOT NULL DEFAULT 0, {_OF_STATEMENT}, "
    "UNIQUE (StatementId, VariableId)",
    "ENTITIES": "ID INTEGER PRIMARY KEY NOT NULL, VariableId INTEGER NOT NULL, "
    f"Value {_NAME.format('Value')}, Red INTEGER, Green INTEGER, Blue INTEGER, "
    "ChildOf INTEGER CHECK(ChildOf > 0), UNIQUE (VariableId, Value), "
    "FOREIGN KEY(ChildOf) REFERENCES ENTITIES(ID) ON DELETE CASCADE, "
    "FOREIGN KEY(VariableId) REFERENCES VARIABLES(ID) ON DELETE CASCADE",
    "DATASHORTTEXT": f"{_VALUES}, Entity INTEGER NOT NULL, {_OF_STATEMENT}, "
    "FOREIGN KEY(Entity) REFERENCES ENTITIES(ID) ON DELETE CASCADE, "
    "UNIQUE (StatementId, VariableId)",
    "DATALONGTEXT": f"{_VALUES}, Value TEXT DEFAULT '', {_OF_STATEMENT}, "
    "UNIQUE (StatementId, VariableId)",
    "ATTRIBUTEVARIABLES": "ID INTEGER PRIMARY KEY NOT NULL, VariableId INTEGER NOT NULL, "
    f"AttributeVariable {_NAME.format('AttributeVariable')}, "
    "UNIQUE(VariableId, AttributeVariable), "
    "FOREIGN KEY(VariableId) REFERENCES VARIABLES(ID) ON DELETE CASCADE",
    "ATTRIBUTEVALUES": "ID INTEGER PRIMARY KEY NOT NULL, EntityId INTEGER NOT NULL, "
    f"AttributeVariableId INTEGER NOT NULL, AttributeValue {_NAME.format('AttributeValue')}, "
    "UNIQUE (EntityId, AttributeVariableId), "
    "FOREIGN KEY(EntityId) REFERENCES ENTITIES(ID) ON DELETE CASCADE, "
    "FOREIGN KEY(AttributeVariableId) REFERENCES ATTRIBUTEVARIABLES(ID) ON DELETE CASCADE",
}
VARIABLES = {
    "person": "short text", "organization": "short text", "concept": "short text",
    "agreement": "boolean", "layer": "short text", "voice": "short text",
}  # fmt: skip


def dna_database(index: Index) -> bytes:
    """The map as the bytes of a DNA 3 database; opens with coder Admin, password Admin."""
    connection = sqlite3.connect(":memory:")
    try:
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {name}({columns})")
        _defaults(connection)
        numbers = _documents(connection, index)
        _statements(connection, index, numbers)
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def _password() -> str:
    """Jasypt's strong password digest with a fixed salt: SHA-256, 100,000 rounds, base64."""
    salt = bytes(16)
    digest = salt + PASSWORD.encode()
    for _ in range(100_000):
        digest = hashlib.sha256(digest).digest()
    return base64.b64encode(salt + digest).decode("ascii")


def _defaults(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO CODERS (ID, Name, Red, Green, Blue, Password) VALUES (1,'Admin',255,255,0,?)",
        (_password(),),
    )
    connection.executemany(
        "INSERT INTO SETTINGS VALUES (?, ?)", [("version", VERSION), ("date", "2023-09-10")]
    )
    connection.execute("INSERT INTO STATEMENTTYPES VALUES (1, 'DNA Statement', 239, 208, 51)")
    for number, (name, kind) in enumerate(VARIABLES.items(), start=1):
        connection.execute("INSERT INTO VARIABLES VALUES (?, ?, ?, 1)", (number, name, kind))
        if kind == "short text":  # DNA keeps an empty entity for every such variable
            connection.execute(
                "INSERT INTO ENTITIES (VariableId, Value, Red, Green, Blue) VALUES (?,'',0,0,0)",
                (number,),
            )


def _documents(connection: sqlite3.Connection, index: Index) -> dict[str, int]:
    numbers = {}
    for number, d in enumerate(index.map.documents, start=1):
        numbers[d.id] = number
        connection.execute(
            "INSERT INTO DOCUMENTS VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
            (
                number, clip(d.title or d.source, SHORT),
                d.text.encode("utf-8", "replace").decode(),
                clip(d.author or partner_name(d.partner), SHORT), clip(d.source, SHORT), "", d.url,
                clip(d.genre, SHORT), _seconds(d.date),
            ),
        )  # fmt: skip
    return numbers


def _seconds(date: str) -> int:
    """Seconds since 1970 of a date ``YYYY[-MM[-DD]]``; 0 when undated."""
    parts = [*date.split("-"), "01", "01"][:3] if date else []
    try:
        year, month, day = map(int, parts)
        return int(datetime(year, month, day, tzinfo=UTC).timestamp())
    except ValueError:
        return 0


def _positions(index: Index) -> Iterator[tuple[str, str, str, int]]:
    """Claim id, partner, conclusion and agreement, each claim once per conclusion."""
    for position in index.map.positions:
        text = index.conclusions[position.conclusion].text
        for ids, agreement in ((position.claim_ids, 1), (position.contrary_ids, 0)):
            for claim_id in ids:
                if claim_id in index.claims:
                    yield claim_id, position.partner, text, agreement


def _statements(connection: sqlite3.Connection, index: Index, documents: dict[str, int]) -> None:
    entities: dict[tuple[int, str], int] = {}
    variable = {name: number for number, name in enumerate(VARIABLES, start=1)}

    def entity(name: str, value: str) -> int:
        text = clip(value, SHORT)
        key = (variable[name], text)
        if key not in entities:
            row = connection.execute(
                "SELECT ID FROM ENTITIES WHERE VariableId = ? AND Value = ?", key
            ).fetchone()
            entities[key] = (
                row[0]
                if row
                else connection.execute(
                    "INSERT INTO ENTITIES (VariableId, Value, Red, Green, Blue) VALUES (?,?,0,0,0)",
                    key,
                ).lastrowid
                or 0
            )
        return entities[key]

    for number, (claim_id, partner, concept, agreement) in enumerate(_positions(index), start=1):
        tagged = index.claims[claim_id]
        claim = tagged.claim
        connection.execute(
            "INSERT INTO STATEMENTS VALUES (?, 1, ?, ?, ?, 1)",
            (number, documents[claim.document], claim.start, claim.end),
        )
        connection.execute(
            "INSERT INTO DATABOOLEAN (StatementId, VariableId, Value) VALUES (?, ?, ?)",
            (number, variable["agreement"], agreement),
        )
        person = "" if claim.speaker == claim.partner else claim.speaker
        for name, value in (
            ("person", person), ("organization", partner_name(partner)), ("concept", concept),
            ("layer", tagged.layer.value), ("voice", claim.voice.value),
        ):  # fmt: skip
            connection.execute(
                "INSERT INTO DATASHORTTEXT (StatementId, VariableId, Entity) VALUES (?, ?, ?)",
                (number, variable[name], entity(name, value)),
            )
