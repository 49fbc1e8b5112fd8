"""Markdown to text: markup and front matter off, words and list items kept."""

from __future__ import annotations

import re

from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract
from pipeline.ingest.genre import genre_named
from pipeline.ingest.text import normalise, reflow

# Every pattern is bounded, so that a hostile line costs linear time.
_RULES = (
    (re.compile(r"<!--.{0,5000}?-->", re.DOTALL), ""),
    (re.compile(r"!\[[^\]\n]{0,500}\]\([^)\n]{0,2000}\)"), ""),
    (re.compile(r"\[([^\]\n]{1,500})\]\([^)\n]{0,2000}\)"), r"\1"),
    (re.compile(r"\[([^\]\n]{1,500})\]\[[^\]\n]{0,100}\]"), r"\1"),
    (re.compile(r"^\[[^\]\n]{1,100}\]:[ \t]+\S.*$", re.MULTILINE), ""),
    (re.compile(r"<(https?://[^>\s]{1,2000})>"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,500}>"), ""),
    (re.compile(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*$", re.MULTILINE), r"\n\1\n"),
    (re.compile(r"^ {0,3}(?:=+|-{3,}|\*{3,}|_{3,}|(?:\* ){3,})[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:>\s?)+", re.MULTILINE), ""),
    (re.compile(r"^ {0,3}(?:```|~~~).*$", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__)(?=\S)([^\n]{1,1000}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])[*_](?=\S)([^*_\n]{1,1000})(?<=\S)[*_](?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]{1,500})`"), r"\1"),
    (re.compile(r"^([ \t]*)[*+]([ \t]+)", re.MULTILINE), r"\1-\2"),
    (re.compile(r"^[ \t:|-]{3,500}$", re.MULTILINE), ""),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!>-])"), r"\1"),
)  # fmt: skip


def read_markdown(text: str) -> Extract:
    """Text of a Markdown file; title, date, author, genre, link, tier from its front matter."""
    text = text.replace("\r\n", "\n")
    fields: dict[str, str] = {}
    if text.startswith("---\n") and (end := text.find("\n---", 4)) > 0:
        for line in text[4:end].split("\n"):
            key, colon, value = line.partition(":")
            if colon and not key.startswith((" ", "-", "#")):
                fields[key.strip().lower()] = value.strip().strip("\"'")
        text = text[end + 4 :].partition("\n")[2]
    heading = re.search(r"^#\s+(.+?)\s*#*$", text, re.MULTILINE)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    title = fields.get("title") or (normalise(heading[1]).strip("*_ ") if heading else "")
    return Extract(
        text=reflow(text), title=title,
        date=iso_date(fields.get("date", "") or fields.get("published", "")),
        genre=genre_named(fields.get("genre", "") or fields.get("type", "")),
        author=fields.get("author", ""), tier=fields.get("tier", ""),
        url=fields.get("url", "") or fields.get("link", "") or fields.get("permalink", ""),
    )  # fmt: skip
