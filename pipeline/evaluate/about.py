"""What is known of documents and organisations, added to gold rows that do not say it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.labels import read_rows

Row = dict[str, Any]


def add_about(rows: Sequence[Row], files: Iterable[Path], fields: Sequence[str]) -> list[Row]:
    """Rows with the ``fields`` that they lack, from files of JSON lines.

    A line with ``id`` speaks of the document of that id, one with ``organisation`` and no ``id`` of
    that organisation, within its ``corpus`` where it names one. The first line that knows wins,
    documents before organisations.

    Raises:
        PipelineError: a line has neither key.
    """
    documents: dict[str, list[Row]] = {}
    organisations: dict[str, list[Row]] = {}
    for file in files:
        for place, line in read_rows(file):
            if line.get("id"):
                documents.setdefault(str(line["id"]), []).append(line)
            elif line.get("organisation"):
                organisations.setdefault(str(line["organisation"]), []).append(line)
            else:
                raise PipelineError(f"{place}: needs an id (of a document) or an organisation")
    result = []
    for row in rows:
        known = [
            *documents.get(str(row.get("document")), []),
            *(
                line
                for line in organisations.get(str(row.get("organisation")), [])
                if line.get("corpus") in (None, row.get("corpus"))
            ),
        ]
        found = {
            field: next((line[field] for line in known if line.get(field)), None)
            for field in fields
            if not row.get(field)
        }
        result.append({**row, **{field: value for field, value in found.items() if value}})
    return result
