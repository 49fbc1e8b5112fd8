"""Codes from wherever they are kept: the log beside a task file, or files of codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.annotate.adjudicate import LEAD, Dispute, Unit, decisions
from pipeline.annotate.codings import Coding, coding_of, read_codings, row_of, save
from pipeline.annotate.desk import Desk, log_path
from pipeline.annotate.events import Log
from pipeline.annotate.tasks import TaskDocument, document_from, read_tasks
from pipeline.errors import PipelineError
from pipeline.labels import read_rows
from pipeline.records import LAYERS


@dataclass(frozen=True)
class Collected:
    """Standing codes, and the adjudicator's decisions by span."""

    codings: list[Coding]
    decisions: dict[Unit, Coding]


def collect(files: Sequence[Path], codes: Path | None = None) -> Collected:
    """Codes of task files (from the log beside each, or ``codes``) and of files of codes."""
    found: list[Coding] = []
    decided: dict[Unit, Coding] = {}
    plain: list[Path] = []
    for file in files:
        if not is_task_file(file):
            plain.append(file)
            continue
        log = codes or log_path(file)
        if not log.exists():
            raise PipelineError(f"{file}: no codes beside it ({log}); code some, or name --codes")
        desk = Desk(read_tasks(file), Log(log))
        found += desk.codings()
        decided.update(decisions(desk))
        desk.log.close()
    return Collected(found + read_codings(plain), decided)


def is_task_file(path: Path) -> bool:
    """Whether a file holds tasks: its first line is a header, or has no layer."""
    for _, row in read_rows(path):
        return row.get("kind") in ("header", "document", "task") or "layer" not in row
    return False


def write_disputes(disputes: Sequence[Dispute], path: Path) -> int:
    """Disputes as lines to fill in: ``layer``, ``facet`` and ``reason`` are empty."""
    lines: list[dict[str, Any]] = []
    for dispute in disputes:
        first = dispute.codings[0]
        row = row_of(first, with_text=True)
        for key in ("id", "confidence", "coder", "comment", "at", "seconds", "suggested"):
            row.pop(key, None)
        codes = {
            c.label.coder: "/".join(filter(None, (c.label.layer, c.label.facet)))
            + (f" ({c.comment})" if c.comment else "")
            for c in dispute.codings
        }
        lines.append({**row, "codes": codes, "layer": "", "facet": "", "reason": ""})
    save(path, b"".join(codec.to_json(line) + b"\n" for line in lines))
    return len(lines)


def read_decisions(path: Path, lead: str = LEAD) -> dict[Unit, Coding]:
    """Disputes that were filled in; those without a layer stay open."""
    found = {}
    for place, row in read_rows(path):
        if not row.get("layer"):
            continue
        if row["layer"] not in set(LAYERS):
            raise PipelineError(
                f"{place}: layer {row['layer']!r}; allowed: {', '.join(LAYERS)}, or empty"
            )
        decided = {**row, "coder": row.get("coder") or lead, "comment": row.get("reason", "")}
        coding = coding_of(decided, place)
        found[coding.unit] = coding
    return found


def documents_of(files: Sequence[Path], texts: Sequence[Path]) -> dict[str, TaskDocument]:
    """Documents of task files and of files of documents, by id."""
    found: dict[str, TaskDocument] = {}
    for file in files:
        if is_task_file(file):
            found.update(read_tasks(file).documents)
    for path in texts:
        for _, row in read_rows(path):
            if "id" in row and "text" in row:
                document = document_from(row)
                found[document.id] = document
    return found


def spans_of(files: Sequence[Path]) -> set[Unit]:
    """Spans of the tasks or codes in files; lines without a span are passed over."""
    return {
        (str(row["document"]), int(row["start"]), int(row["end"]))
        for path in files
        for _, row in read_rows(path)
        if {"document", "start", "end"} <= row.keys()
    }
