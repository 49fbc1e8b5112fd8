"""Quoted stretches of a text, paragraph by paragraph, as spans between the quotation marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.claims.blocks import Block

# "â€œ" and "â€\x9d" are typographic quotes that a page decoded with the wrong code table; pages
# in the wild have them, and their text is kept as it is.
_DOUBLE = re.compile(r"[“”\"«»„]|â€œ|â€(?![\u2018-\u2122œ™˜¦¢\u0080-\u009c])\u009d?|``|''")
_SINGLE = re.compile(
    r"(?<![\w.])‘(?P<curly>(?:[^‘’]|(?<=\w)’(?=\w)|(?<=s)’(?=\s\w))+?)’(?!\w)|"
    r"(?<![\w.'])'(?=[A-Z])(?P<straight>(?:[^']|(?<=\w)'(?=\w))+?[.,?!])'(?!\w)"
)
_OPENERS = ("“", "«", "„", "â€œ", "``")
_CLOSERS = ("”", "»", "''")


@dataclass(frozen=True)
class Quote:
    """Text ``[start, end)`` inside quotation marks, in one block.

    ``open_end`` is true when the mark is not closed in this block: the speaker goes on in the
    next. ``continues`` is true when the block before left its quote open.
    """

    start: int
    end: int
    block: int
    open_end: bool = False
    continues: bool = False


def find_quotes(text: str, blocks: list[Block]) -> list[Quote]:
    """Quotes of all blocks in order. Quotes inside quotes belong to the outer one."""
    quotes: list[Quote] = []
    pending = False
    for number, block in enumerate(blocks):
        found = _in_block(text, block, number, pending)
        if not found and not block.item:
            single = [
                Quote(*match.span(match.lastgroup or 0), number)
                for match in _SINGLE.finditer(text, block.start, block.end)
            ]
            found = single
        quotes += found
        pending = bool(found) and found[-1].open_end
    return quotes


def _in_block(text: str, block: Block, number: int, pending: bool) -> list[Quote]:
    quotes: list[Quote] = []
    opened: int | None = None
    continues = False
    for match in _DOUBLE.finditer(text, block.start, block.end):
        mark = match.group()
        if opened is None:
            if _opens(text, match, block):
                opened = match.end()
                continues = pending and match.start() <= block.start + 2
            elif pending and not quotes and mark not in _OPENERS:
                # the paragraph goes on with a quote without repeating the mark
                quotes.append(Quote(block.start, match.start(), number, continues=True))
        elif _closes(text, match, block):
            if match.start() > opened:
                quotes.append(Quote(opened, match.start(), number, continues=continues))
            opened, continues = None, False
    if opened is not None and opened < block.end:
        quotes.append(Quote(opened, block.end, number, open_end=True, continues=continues))
    return quotes


def _opens(text: str, match: re.Match[str], block: Block) -> bool:
    if match.group() in _OPENERS:
        return True
    if match.group() in _CLOSERS:
        return False
    before = text[match.start() - 1] if match.start() > block.start else " "
    after = text[match.end()] if match.end() < block.end else " "
    return (not after.isspace() and (before.isspace() or before in "([—–-‘'/:,.")) or before == "*"


def _closes(text: str, match: re.Match[str], block: Block) -> bool:
    if match.group() in _CLOSERS or (match.group().startswith("â€") and "œ" not in match.group()):
        return True
    if match.group() in _OPENERS:
        return False
    before = text[match.start() - 1] if match.start() > block.start else " "
    after = text[match.end()] if match.end() < block.end else " "
    return not before.isspace() or after.isspace()
