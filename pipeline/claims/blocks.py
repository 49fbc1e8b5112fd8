"""Document text -> blocks: paragraphs, list items and headings as spans of the original text.

Line breaks inside hard-wrapped paragraphs are joined, all others end a block. Whether a line is
wrapped is decided from its neighbours: would the next line's first word still have fitted?
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, zip_longest

_LINE = re.compile(r"[^\n\r\f\v\x1c-\x1e\x85\u2028\u2029]+")
_MARKER = re.compile(
    r"\s*(?:[-–—*•●▪◦‣·o■□➢✓]|#{1,6}(?=\s+\w)|>+(?!>)|\(?(?:\d{1,3}|[a-z]|[ivxIVX]{2,5})[.)]|\(?[A-Z]\)|"
    r"\(\d{1,3}\)|\d{1,2}(?:\.\d{1,2})+\.?)\s+(?=\S)"
)
_LAYOUT = re.compile(r"(?<=\S)[ \t\u00a0]{3,}(?=[\"“(]?[A-Z0-9])")
_PAGE_NUMBER = re.compile(
    r"(?:page\s*)?[-–]?\s*\d{1,4}\s*[-–]?(?:\s*(?:of|/)\s*\d{1,4})?|\[\d{1,2}:\d\d(?::\d\d)?(?:\s*[AP]M)?\]",
    re.I,
)
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Sens?|Reps?|Gov|Prof|Rev|Gen|Hon|St)\.$")
_TERMINAL = re.compile(r"[.!?:;…][\"”»’')\]*_]*$")

WRAP_LIMIT = 110
"""Longest line (characters) of a text that may be hard-wrapped; mail and plain text use 65-100."""


@dataclass(frozen=True)
class Block:
    """A paragraph, list item or heading ``[start, end)``, its list marker left out.

    ``item`` is true for list items; ``first`` for the first block after a blank line.
    """

    start: int
    end: int
    item: bool = False
    first: bool = True


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    text: str
    gap: bool  # a blank line lies before it


def cut_blocks(text: str) -> list[Block]:
    """Blocks of a text in order; every character that is no white space or marker is in one."""
    lines = _lines(text)
    width = _wrap_width(lines)
    blocks: list[Block] = []
    group: list[_Line] = []
    for line, following in zip_longest(lines, lines[1:]):
        if _PAGE_NUMBER.fullmatch(line.text) and group and following:
            bridged = _Line(line.start, line.end, following.text, gap=True)
            if _continues(group[-1], bridged, width):
                continue  # a page number or time mark inside a sentence
        if group and _continues(group[-1], line, width):
            group.append(line)
            continue
        if group:
            blocks.append(_block(group))
        group = [line]
    if group:
        blocks.append(_block(group))
    return blocks


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    last = 0
    for match in _LINE.finditer(text):
        raw = match.group()
        place = match.start()
        for piece in _LAYOUT.split(raw):
            content = piece.strip()
            start = place + raw[place - match.start() :].find(content)
            place = start + len(content)
            if not content:
                continue
            breaks = text.count("\n", last, start) or text.count("\r", last, start)
            gap = not lines or breaks != 1 or "\f" in text[last:start]
            lines.append(_Line(start, start + len(content), content, gap))
            last = start + len(content)
    return lines


def _wrap_width(lines: list[_Line]) -> int:
    """Column at which the text is wrapped, 0 when its lines are whole paragraphs."""
    inner = [
        len(line.text)
        for line, following in pairwise(lines)
        if not following.gap and len(line.text) > 30
    ]
    if len(inner) < 2:
        return 0
    width = sorted(inner)[int(0.9 * (len(inner) - 1))]
    longer = sum(len(line.text) > 1.3 * width for line in lines)  # a paragraph on one line
    return width if width <= WRAP_LIMIT and 10 * longer <= len(lines) else 0


def _continues(line: _Line, following: _Line, width: int) -> bool:
    """Whether ``following`` goes on with the paragraph of ``line``."""
    if _MARKER.match(following.text) or _PAGE_NUMBER.fullmatch(line.text):
        return False
    length = len(line.text)
    ended = bool(_TERMINAL.search(line.text))
    lower = following.text[0].islower()
    if _TITLE.search(line.text) and not following.gap:
        return True
    if following.gap or not width:  # a page break inside a sentence, or a stray line break
        return lower and not ended and length >= max(40, int(0.6 * width) if following.gap else 0)
    word = len(following.text.split(maxsplit=1)[0])
    full = length + 1 + word > width  # the next word would not have fitted
    if ended:
        return length + 1 + word > width - 6 or (lower and length > 0.5 * width)
    same_case = _is_upper(line.text) == _is_upper(following.text)
    return lower or (same_case and (full or length > 0.62 * width))


def _is_upper(text: str) -> bool:
    return text.upper() == text and text.lower() != text


def _block(group: list[_Line]) -> Block:
    first = group[0]
    marker = _MARKER.match(first.text)
    start = first.start + (marker.end() if marker else 0)
    item = bool(marker) and not first.text.startswith(("#", ">"))
    return Block(start, group[-1].end, item, first.gap)
