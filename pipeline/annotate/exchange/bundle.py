"""What is exchanged: codes with the documents they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pipeline.annotate.codings import Coding, row_of
from pipeline.annotate.tasks import TaskDocument
from pipeline.errors import PipelineError
from pipeline.labels import sentence_sha1

KEPT = "axiomap"
"""Field in which a tool's file carries what the tool has no place for."""


@dataclass(frozen=True)
class Bundle:
    """Codes, their documents, and whether sentences may be written where they can be left out."""

    codings: list[Coding]
    documents: Mapping[str, TaskDocument] = field(default_factory=dict)
    with_text: bool = False

    def by_document(self) -> Iterator[tuple[TaskDocument, list[Coding]]]:
        """Documents with their codes, in order of id.

        Raises:
            PipelineError: the text of a document is not at hand, or is another one.
        """
        ordered = sorted(self.codings, key=lambda c: (c.unit, c.label.coder))
        for name, group in groupby(ordered, key=lambda c: c.label.document):
            document = self.documents.get(name)
            if document is None:
                raise PipelineError(
                    f"document {name!r}: its text is not at hand; the format shows whole "
                    "documents, name them with --texts"
                )
            codings = list(group)
            for label in (c.label for c in codings):
                if sentence_sha1(document.text[label.start : label.end]) != label.sha1:
                    raise PipelineError(
                        f"document {name!r}: [{label.start}, {label.end}) holds other words than "
                        "were coded; give the version that was coded"
                    )
            yield document, codings

    def by_coder(self) -> Iterator[tuple[TaskDocument, str, list[Coding]]]:
        """Documents with the codes of one coder each."""
        for document, codings in self.by_document():
            for coder in sorted({c.label.coder for c in codings}):
                yield document, coder, [c for c in codings if c.label.coder == coder]


@dataclass
class Loaded:
    """Rows of codes with the place each comes from, and the documents in the file."""

    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    documents: dict[str, TaskDocument] = field(default_factory=dict)

    def add(
        self, place: str, document: TaskDocument, span: tuple[int, int], label: Mapping[str, Any],
        kept: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """A code of a document; ``label`` is what the tool says, ``kept`` what it carried."""
        start, end = span
        row = {**(kept or {}), **{k: v for k, v in label.items() if v is not None}}
        row.pop("sha1", None)
        row.update(document=document.id, start=start, end=end, text=document.text[start:end])
        old = kept or {}
        if any(row.get(key) != old.get(key) for key in ("start", "end", "coder", "document")):
            row.pop("id", None)
        self.documents[document.id] = document
        self.rows.append((place, row))


def kept_of(coding: Coding) -> dict[str, Any]:
    """Everything of a coding but its words."""
    return row_of(coding, with_text=False)


def label_name(coding: Coding) -> str:
    """Layer and facet in one name, for tools with one label a span."""
    facet = coding.label.facet
    return f"{coding.label.layer}/{facet}" if facet else str(coding.label.layer)


def split_name(name: str) -> dict[str, str]:
    """Layer and facet of such a name."""
    layer, _, facet = name.partition("/")
    return {"layer": layer, "facet": facet}


def about(document: TaskDocument) -> dict[str, str]:
    """A document's fields but its text."""
    return {"document": document.id, "title": document.title, "partner": document.partner,
            "date": document.date}  # fmt: skip


def document_of(text: str, fields: Mapping[str, Any], name: str) -> TaskDocument:
    """A document from a tool's text and the fields that :func:`about` wrote, if it did."""
    return TaskDocument(
        id=str(fields.get("document") or name), text=text, title=str(fields.get("title") or ""),
        partner=str(fields.get("partner") or ""), date=str(fields.get("date") or ""),
    )  # fmt: skip


class Utf16:
    """Offsets of a text in UTF-16 units, which Java and JavaScript count, and back."""

    def __init__(self, text: str):
        self.to = [0]
        for character in text:
            self.to.append(self.to[-1] + (2 if ord(character) > 0xFFFF else 1))
        self.back = {units: place for place, units in enumerate(self.to)}

    def points(self, start: int, end: int, place: str) -> tuple[int, int]:
        """Characters of a span given in UTF-16 units."""
        if start not in self.back or end not in self.back:
            raise PipelineError(f"{place}: span [{start}, {end}) lies outside its document")
        return self.back[start], self.back[end]
