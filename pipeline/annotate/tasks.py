"""Task files: what is to be coded, with the documents it stands in.

JSON lines, each with a ``kind``: one ``header`` (codebook, how tasks were drawn), ``document``
lines (id, text, title, partner, date) and ``task`` lines. A line without ``kind`` is a task; the
least a task needs is a ``text``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.annotate.codings import save
from pipeline.errors import PipelineError
from pipeline.labels import CONTEXT_AFTER, CONTEXT_BEFORE, read_rows, sentence_sha1
from pipeline.models import codebook_sha256
from pipeline.records import FACETS, Layer, content_id


@dataclass(frozen=True)
class Suggestion:
    """What a model says of a task; shown to a coder only after the coder's own decision."""

    layer: Layer
    facet: str = ""
    probability: float = 0.0
    model: str = ""

    def __post_init__(self) -> None:
        if self.facet and self.facet not in FACETS[self.layer]:
            raise PipelineError(f"suggestion: facet {self.facet!r} does not belong to {self.layer}")


@dataclass(frozen=True)
class Task:
    """One sentence to code.

    ``drawn`` says how it was chosen (``random`` tasks allow estimates of prevalence), ``copies``
    how many coders shall code it, ``coders`` who, when that is settled beforehand.
    """

    id: str
    document: str
    start: int
    end: int
    text: str
    before: str = ""
    after: str = ""
    sha1: str = ""
    drawn: str = "random"
    copies: int = 1
    coders: tuple[str, ...] = ()
    suggestion: Suggestion | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise PipelineError(f"task {self.id}: no text; each task needs a text")
        if not 0 <= self.start < self.end or self.end - self.start != len(self.text):
            raise PipelineError(
                f"task {self.id}: span [{self.start}, {self.end}) does not fit a text of "
                f"{len(self.text)} characters; offsets count characters"
            )
        if not self.sha1:
            object.__setattr__(self, "sha1", sentence_sha1(self.text))
        elif self.sha1 != sentence_sha1(self.text):
            raise PipelineError(f"task {self.id}: sha1 is not that of its text; draw it again")
        if self.copies < 1:
            raise PipelineError(f"task {self.id}: copies {self.copies}; at least 1 is needed")


@dataclass(frozen=True)
class TaskDocument:
    """A document that tasks stand in."""

    id: str
    text: str
    title: str = ""
    partner: str = ""
    date: str = ""


@dataclass(frozen=True)
class Header:
    """How a task file was drawn. ``pool`` is the number of sentences it was drawn from."""

    codebook: str = ""
    strategy: str = ""
    seed: int = 0
    model: str = ""
    pool: int = 0


@dataclass(frozen=True)
class TaskFile:
    """Header, documents by id and tasks in the order of the file."""

    header: Header = Header()
    documents: dict[str, TaskDocument] = field(default_factory=dict)
    tasks: tuple[Task, ...] = ()


def read_tasks(path: Path, *, codebook: str | None = None) -> TaskFile:
    """A checked task file.

    Args:
        path: the file.
        codebook: hash that its header must name, by default that of the codebook at hand.

    Raises:
        PipelineError: naming the line: not JSON, an unknown kind or label, an id twice, a span
            outside its document or with other words in it, or another codebook.
    """
    wanted = codebook if codebook is not None else codebook_sha256()
    header, documents = Header(codebook=wanted), {}
    rows: list[tuple[str, dict[str, Any]]] = []
    for place, row in read_rows(path):
        kind = row.pop("kind", "task")
        if kind == "header":
            header = replace(codec.from_dict(row, Header, place))
        elif kind == "document":
            document = replace(codec.from_dict(row, TaskDocument, place))
            if document.id in documents:
                raise PipelineError(f"{place}: document {document.id!r} stands twice; keep one")
            documents[document.id] = document
        elif kind == "task":
            rows.append((place, row))
        else:
            raise PipelineError(f"{place}: kind {kind!r}; allowed: header, document, task")
    if header.codebook not in ("", wanted):
        raise PipelineError(
            f"{path}: drawn for codebook {header.codebook[:12]}…, at hand is {wanted[:12]}…; draw "
            "the tasks again, or use the codebook they were drawn for"
        )
    tasks: dict[str, Task] = {}
    for place, row in rows:
        task = _task(place, row, documents)
        if task.id in tasks:
            raise PipelineError(f"{place}: task id {task.id!r} stands twice; keep one")
        tasks[task.id] = task
    if not tasks:
        raise PipelineError(f"{path}: no tasks in it; draw some with axiomap annotate next")
    return TaskFile(header, documents, tuple(tasks.values()))


def _task(place: str, row: dict[str, Any], documents: Mapping[str, TaskDocument]) -> Task:
    known = {key: row[key] for key in Task.__dataclass_fields__ if row.get(key) is not None}
    text = known.get("text")
    if "document" not in known:
        known["document"] = known.get("id") or content_id(str(text))
    document = documents.get(str(known["document"]))
    if "start" not in known and "end" not in known:
        if document is not None and text and document.text.count(str(text)) == 1:
            known["start"] = document.text.index(str(text))
        known.setdefault("start", 0)
        known["end"] = known["start"] + len(str(text or ""))
    if document is not None and isinstance(known.get("start"), int):
        start, end = int(known["start"]), int(known.get("end", 0))
        if not 0 <= start < end <= len(document.text):
            raise PipelineError(
                f"{place}: span [{start}, {end}) runs outside document {document.id} "
                f"({len(document.text)} characters)"
            )
        inside = document.text[start:end]
        if text is not None and text != inside:
            raise PipelineError(
                f"{place}: document {document.id} [{start}, {end}) holds {inside[:40]!r}, the task "
                f"{str(text)[:40]!r}; draw the tasks again"
            )
        known["text"] = inside
        known["before"] = document.text[max(0, start - CONTEXT_BEFORE) : start]
        known["after"] = document.text[end : end + CONTEXT_AFTER]
    if "id" not in known:
        known["id"] = content_id(
            str(known["document"]), str(known.get("start")), str(known.get("end"))
        )
    known["id"] = str(known["id"])
    known["document"] = str(known["document"])
    known.setdefault("text", "")
    try:
        return replace(codec.from_dict(known, Task, place))
    except PipelineError as error:
        raise PipelineError(str(error) if place in str(error) else f"{place}: {error}") from error


def document_from(row: Mapping[str, Any]) -> TaskDocument:
    """A document from a row of ingested or other documents (``organisation`` will do)."""
    return TaskDocument(
        id=str(row["id"]), text=str(row["text"]), title=str(row.get("title") or ""),
        partner=str(row.get("partner") or row.get("organisation") or ""),
        date=str(row.get("date") or ""),
    )  # fmt: skip


def write_tasks(file: TaskFile, path: Path) -> None:
    """Writes a task file, whole or not at all."""
    lines: list[dict[str, Any]] = [{"kind": "header", **codec.to_dict(file.header)}]
    lines += [{"kind": "document", **codec.to_dict(d)} for d in file.documents.values()]
    for task in file.tasks:
        row = {k: v for k, v in codec.to_dict(task).items() if v not in (None, "", [])}
        if task.document in file.documents:
            for key in ("before", "after"):
                row.pop(key, None)
        lines.append({"kind": "task", **row})
    save(path, b"".join(codec.to_json(line) + b"\n" for line in lines))
