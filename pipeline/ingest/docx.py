"""Word documents (docx) to text: body, tables, notes, embedded HTML; deletions left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest.container import open_zip, parse_xml, read_member
from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract, Limits

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
# Deleted and moved-away text, the second rendering of a drawing, field codes, deleted runs.
_SKIPPED = frozenset(
    {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_W}rPr", f"{_W}pPr",
     "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)  # fmt: skip
_SIGNS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def read_docx(data: bytes, limits: Limits) -> Extract:
    """Text and metadata of a Word document.

    Raises:
        PipelineError: damaged, locked, or beyond the limits.
    """
    archive = open_zip(data, limits)
    names = set(archive.namelist())
    if "word/document.xml" not in names:
        raise PipelineError("no Word document inside (word/document.xml is missing); save it again")
    body = parse_xml(read_member(archive, "word/document.xml", limits), "word/document.xml")

    def embedded(target: str) -> str:
        from pipeline.ingest.html import read_html

        name = target.lstrip("/") if target.startswith("/") else f"word/{target}"
        if name not in names:
            return ""
        content = read_member(archive, name, limits)
        return read_html(content, limits).text if b"<" in content[:2000] else ""

    links: dict[str, str] = {}
    if "word/_rels/document.xml.rels" in names:
        rels = parse_xml(read_member(archive, "word/_rels/document.xml.rels", limits), "relations")
        links = {
            str(rel.get("Id")): str(rel.get("Target"))
            for rel in rels
            if rel.get("TargetMode") != "External"
        }
    blocks = list(_blocks(body, lambda key: embedded(links.get(key, ""))))
    for part in ("word/footnotes.xml", "word/endnotes.xml"):
        if part in names:
            notes = parse_xml(read_member(archive, part, limits), part)
            for note in notes:
                if note.get(f"{_W}type") is None:  # separators have one
                    blocks += _blocks(note, lambda key: "")
    title = date = author = ""
    if "docProps/core.xml" in names:
        core = parse_xml(read_member(archive, "docProps/core.xml", limits), "docProps/core.xml")
        title = core.findtext("{http://purl.org/dc/elements/1.1/}title") or ""
        author = core.findtext("{http://purl.org/dc/elements/1.1/}creator") or ""
        date = core.findtext("{http://purl.org/dc/terms/}modified") or ""
    text = "\n\n".join(blocks)
    headline = next((text for style, text in _headings(body) if style in ("Title", "Heading1")), "")
    return Extract(text=text, title=headline or title, date=iso_date(date), author=author)


def _headings(body: Any) -> Iterator[tuple[str, str]]:
    for paragraph in body.iter(f"{_W}p"):
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is not None:
            text = _text(paragraph).strip()
            if text:
                yield str(style.get(f"{_W}val")), text


def _blocks(parent: Any, embedded: Any) -> Iterator[str]:
    items: list[str] = []
    for child in parent:
        if child.tag == f"{_W}p" and child.find(f"{_W}pPr/{_W}numPr") is not None:
            text = _text(child).strip()
            if text:
                items.append(f"- {text}")
            continue
        if items:
            yield "\n".join(items)
            items = []
        if child.tag == f"{_W}p":
            text = _text(child).strip()
            if text:
                yield text
        elif child.tag == f"{_W}tbl":
            rows = [row for row in (_row(tr, embedded) for tr in child.iter(f"{_W}tr")) if row]
            if rows:
                yield "\n".join(rows)
        elif child.tag == f"{_W}altChunk":
            text = embedded(str(child.get(f"{_R}id")))
            if text:
                yield text
        elif child.tag not in _SKIPPED:
            yield from _blocks(child, embedded)  # content controls, insertions, the body itself
    if items:
        yield "\n".join(items)


def _row(row: Any, embedded: Any) -> str:
    cells = (" ".join(_blocks(cell, embedded)).replace("\n", " ") for cell in row.iter(f"{_W}tc"))
    return " | ".join(cell for cell in cells if cell.strip())


def _text(node: Any) -> str:
    parts: list[str] = []
    for child in node:
        if child.tag in _SKIPPED:
            continue
        if child.tag == f"{_W}t":
            parts.append(child.text or "")
        elif child.tag in _SIGNS:
            parts.append(_SIGNS[child.tag])
        elif child.tag == f"{_W}p":  # inside a text box
            parts.append(f"\n{_text(child)}\n")
        else:
            parts.append(_text(child))
    return "".join(parts)
