"""Which format a file is, by its first bytes before its name; names lie."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_MAGIC = (
    (b"{\\rtf", "rtf"), (b"SQLite format 3\x00", "sqlite"), (b"PAR1", "parquet"),
    (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"),
)  # fmt: skip
# What is recognised only to say what it is.
_REFUSED = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (doc, xls, ppt) or a docx locked with"
     " a password; save it as docx without a password"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"), (b"MM\x00*", "a picture"), (b"BM", "a picture"),
    (b"\x7fELF", "a program"), (b"MZ", "a program"), (b"\xca\xfe\xba\xbe", "a program"),
    (b"ID3", "a sound recording"), (b"OggS", "a recording"), (b"fLaC", "a sound recording"),
    (b"\x1aE\xdf\xa3", "a film"), (b"\x00\x00\x00\x18ftyp", "a film"),
    (b"\x00\x00\x00 ftyp", "a film"), (b"RIFF", "a recording"),
    (b"7z\xbc\xaf'\x1c", "a 7z archive; pack it as zip or tar"),
    (b"Rar!", "a rar archive; pack it as zip or tar"),
    (b"\x00\x05\x16\x07", "a macOS resource fork, not the document itself; remove it"),
    (b"\x00\x05\x16\x00", "a macOS resource fork, not the document itself; remove it"),
)  # fmt: skip
_BINARY_SAFE = (b"BM", b"MZ", b"ID3", b"RIFF", b"Rar!")  # could open a plain text as well
_BY_SUFFIX = {
    ".md": "markdown", ".markdown": "markdown", ".eml": "mail", ".mht": "mail", ".mhtml": "mail",
    ".mbox": "mbox", ".mbx": "mbox", ".csv": "csv", ".tsv": "csv", ".json": "json",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".shtml": "html", ".php": "html",
    ".asp": "html", ".aspx": "html",
}  # fmt: skip
_CONTAINERS = frozenset({".docx", ".odt", ".pdf", ".zip", ".parquet", ".dna", ".gz"})
_XML = frozenset({".xml", ".rss", ".atom"})
_HTML = re.compile(
    r"<(?:!doctype html|html|head|body|title|meta|div|article|section|table|p)[\s>/]", re.IGNORECASE
)
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]")
_SITEMAP = re.compile(r"<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")
_MAIL = re.compile(
    r"(?:^(?:from|to|subject|date|received|return-path|message-id|mime-version|x-[\w-]+"
    r"|delivered-to|sender|reply-to|content-type): ?.*\r?\n(?:[ \t].*\r?\n)*){3}",
    re.IGNORECASE | re.MULTILINE,
)


def format_of(data: bytes, name: str) -> tuple[str, str]:
    """``(format, "")``, or ``("", what was found and what to do)`` for what cannot be read."""
    head = data[:4096]
    if b"%PDF-" in head[:1024]:
        return "pdf", ""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind, ""
    if data[257:262] == b"ustar":
        return "tar", ""
    for magic, what in _REFUSED:
        if head.startswith(magic) and (magic not in _BINARY_SAFE or b"\x00" in head):
            return "", what if ";" in what else f"{what}, no text; remove it or describe it in text"
    return _text_kind(head, PurePosixPath(name).suffix.lower())


def _zip_kind(data: bytes) -> tuple[str, str]:
    directory = data[-200_000:] if len(data) > 400_000 else data
    if b"word/document.xml" in directory:
        return "docx", ""
    if b"mimetypeapplication/vnd.oasis.opendocument.text" in data[:200]:
        return "odt", ""
    if b"mimetypeapplication/vnd.oasis" in data[:200] or b"xl/workbook.xml" in directory:
        return "", "a spreadsheet or slides; save it as CSV or PDF"
    if b"ppt/presentation.xml" in directory:
        return "", "slides; save them as PDF"
    if b"mimetypeapplication/epub" in data[:200]:
        return "", "an e-book; save it as HTML or PDF"
    return "zip", ""


def _text_kind(head: bytes, suffix: str) -> tuple[str, str]:
    if suffix in _CONTAINERS:
        return "", f"no {suffix[1:]} inside a file named so (damaged or cut off); fetch it again"
    text = head.replace(b"\x00", b"").decode("latin-1").lstrip("\xef\xbb\xbf\xff\xfe \t\r\n")
    kind = _markup_kind(text, suffix) if text.startswith("<") else ""
    if not kind and suffix in _XML:
        return "", "not XML, though named so; save the feed itself"
    if not kind and text.startswith("<?xml"):
        return "", "XML of an unknown kind; export it as HTML, text or CSV"
    if not kind and suffix not in _BY_SUFFIX and _MAIL.search(text):
        kind = "mbox" if text.startswith("From ") else "mail" if _MAIL.match(text) else ""
    return kind or _BY_SUFFIX.get(suffix, "text"), ""


def _markup_kind(text: str, suffix: str) -> str:
    if _SITEMAP.search(text):
        return "sitemap"
    if _FEED.search(text):
        return "feed"
    if _HTML.search(text):
        return "html"
    return "feed" if suffix in _XML else ""
