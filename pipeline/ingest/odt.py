"""OpenDocument texts (odt) to text; tracked deletions and comments left out, notes at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest.container import open_zip, parse_xml, read_member
from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract, Limits

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _OFFICE = f"{{{_NS}text:1.0}}", f"{{{_NS}table:1.0}}", f"{{{_NS}office:1.0}}"
_DC, _META = "{http://purl.org/dc/elements/1.1/}", f"{{{_NS}meta:1.0}}"
_SKIPPED = frozenset(
    {f"{_OFFICE}annotation", f"{_TEXT}tracked-changes", f"{_TEXT}note", f"{_TEXT}ruby-text"}
)


def read_odt(data: bytes, limits: Limits) -> Extract:
    """Text and metadata of an OpenDocument text.

    Raises:
        PipelineError: damaged, locked, or beyond the limits.
    """
    archive = open_zip(data, limits)
    names = set(archive.namelist())
    if "META-INF/manifest.xml" in names and b"encryption-data" in read_member(
        archive, "META-INF/manifest.xml", limits
    ):
        raise PipelineError("locked with a password; save it without one and ingest again")
    if "content.xml" not in names:
        raise PipelineError("no OpenDocument text inside (content.xml is missing); save it again")
    root = parse_xml(read_member(archive, "content.xml", limits), "content.xml")
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise PipelineError("an OpenDocument file that holds no text document; save it as PDF")
    blocks = list(_blocks(body))
    for note in root.iter(f"{_TEXT}note"):
        blocks += _blocks(note.find(f"{_TEXT}note-body"))
    title = date = author = ""
    if "meta.xml" in names:
        meta = parse_xml(read_member(archive, "meta.xml", limits), "meta.xml")
        title = meta.findtext(f".//{_DC}title") or ""
        author = (
            meta.findtext(f".//{_META}initial-creator") or meta.findtext(f".//{_DC}creator") or ""
        )
        date = meta.findtext(f".//{_DC}date") or ""
    return Extract(text="\n\n".join(blocks), title=title, date=iso_date(date[:10]), author=author)


def _blocks(parent: Any) -> Iterator[str]:
    if parent is None:
        return
    for child in parent:
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            text = _text(child).strip()
            if text:
                yield text
        elif child.tag == f"{_TEXT}list":
            items = [" ".join(_blocks(item)) for item in child.iter(f"{_TEXT}list-item")]
            items = [f"- {item}" for item in items if item]
            if items:
                yield "\n".join(items)
        elif child.tag == f"{_TABLE}table":
            rows = [
                " | ".join(filter(None, (" ".join(_blocks(cell)) for cell in row)))
                for row in child.iter(f"{_TABLE}table-row")
            ]
            if any(rows):
                yield "\n".join(filter(None, rows))
        elif child.tag not in _SKIPPED:
            yield from _blocks(child)


def _text(node: Any) -> str:
    parts = [node.text or ""]
    for child in node:
        if child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag in (f"{_TEXT}s", f"{_TEXT}tab"):
            parts.append(" ")
        elif child.tag not in _SKIPPED:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
