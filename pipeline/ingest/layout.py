"""Words with places on pages -> running text: order, columns, paragraphs, notes, page furniture.

Lengths are PDF points; ``base`` is the height of the baseline above the page's foot.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.ingest.columns import reading_order

_BULLET = re.compile(r"(?:[•‣▪●◦■□➢➤✓*·\uf0b7\uf0a7\u2013\u2014-]|o(?= [A-Z]))\s+(?=\S)")
_NUMBERED = re.compile(r"(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})\)|(?:\d{1,2}|[a-zA-Z])\.)\s+\S")
_PAGE_NUMBER = re.compile(
    r"(?:page|p\.)?\s*[-–—|]?\s*(?:\d{1,4}|[ivxl]{1,6})\s*(?:[-–—|]|(?:of|/)\s*\d{1,4})?",
    re.IGNORECASE,
)
_EDGE = 3  # lines at the top and at the foot that may be furniture
_END = (".", "!", "?", ":", ";", '."', ".”", "?”", "!”", ".’", ".)")


@dataclass(frozen=True)
class Word:
    """A run of letters of one size on one baseline; ``spaced`` when white space precedes it."""

    text: str
    left: float
    right: float
    base: float
    size: float
    spaced: bool


@dataclass(frozen=True)
class Line:
    """Words on one baseline, in one column."""

    text: str
    left: float
    right: float
    base: float
    size: float


def flow(pages: list[list[Word]]) -> str:
    """Text in reading order, paragraphs apart by blank lines, footnotes at the end."""
    laid = [reading_order(_lines(words)) for words in pages]
    laid = _without_furniture(laid)
    sizes = Counter(round(line.size, 1) for page in laid for line in page for _ in line.text)
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    words = Counter(
        word for page in laid for line in page for word in re.findall(r"[\w-]+", line.text.lower())
    )
    blocks: list[str] = []
    notes: list[str] = []
    for page in laid:
        main, foot = _split_notes(page, body)
        for number, block in enumerate(_paragraphs(main, words)):
            if number == 0 and blocks and _continues(blocks[-1], block):
                blocks[-1] = _join(blocks[-1], block, words)
            else:
                blocks.append(block)
        notes += _paragraphs(foot, words, numbered=True)
    out: list[str] = []
    for block in blocks + notes:
        if block.startswith("- ") and out and out[-1].startswith("- "):
            out[-1] += "\n" + block
        else:
            out.append(block)
    return "\n\n".join(out)


def headline(pages: list[list[Word]]) -> str:
    """Text set clearly larger than the rest in the upper half of the first page, else empty."""
    lines = reading_order(_lines(pages[0])) if pages else []
    if len(lines) < 3:
        return ""
    usual = median(line.size for line in lines)
    middle = (lines[0].base + lines[-1].base) / 2
    large = max((line.size for line in lines if line.base >= middle), default=0.0)
    if large < 1.15 * usual:
        return ""
    text = " ".join(line.text for line in lines if line.size > 0.95 * large and line.base >= middle)
    return text if 8 <= len(text) <= 250 else ""


def _lines(words: list[Word]) -> list[Line]:
    # In stream order; a wide gap on one baseline separates columns or cells.
    lines: list[Line] = []
    current: list[Word] = []
    for word in words:
        if current:
            last = current[-1]
            height = max(last.size, word.size)
            same = abs(word.base - last.base) < 0.5 * height
            near = -2 * height < word.left - last.right < 1.8 * height
            if not (same and near):
                lines.append(_line(current))
                current = []
        current.append(word)
    if current:
        lines.append(_line(current))
    return [line for line in lines if line.text]


def _line(words: list[Word]) -> Line:
    size = max((word.size, len(word.text)) for word in words)[0]
    main = max(words, key=lambda word: (word.size >= size * 0.95, len(word.text)))
    text = ""
    for number, word in enumerate(words):
        small = word.size < 0.8 * main.size and word.base > main.base + 0.1 * main.size
        if small and number and re.fullmatch(r"[\d,*†‡§]+", word.text):
            continue  # the mark of a footnote
        text += (" " if word.spaced and text else "") + word.text
    return Line(text, words[0].left, max(w.right for w in words), main.base, main.size)


def _without_furniture(pages: list[list[Line]]) -> list[list[Line]]:
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({place for line in _edges(page) for place in _places(line)})
    # A head on two pages of two, or on a third of many (left and right pages differ).
    enough = max(2, len(pages) // 3)
    kept: list[list[Line]] = []
    for page in pages:
        ordered = sorted(page, key=lambda line: -line.base)
        gone: set[int] = set()
        for side in (ordered[:_EDGE], ordered[::-1][:_EDGE]):
            for line in side:  # from the edge inwards, up to the first that is none
                number = _PAGE_NUMBER.fullmatch(line.text.strip(" -–—|"))
                repeated = max(seen[place] for place in _places(line)) >= enough
                if not number and not (repeated and len(pages) > 1):
                    break
                gone.add(id(line))
        kept.append([line for line in page if id(line) not in gone])
    return kept


def _edges(page: list[Line]) -> list[Line]:
    ordered = sorted(page, key=lambda line: -line.base)
    return ordered[:_EDGE] + ordered[_EDGE:][-_EDGE:]


def _places(line: Line) -> tuple[tuple[str, int], tuple[str, int]]:
    # The same words at the same height; two grids, so that 399.9 and 400.1 meet in one.
    text = _mask(line.text)
    return (text, round(line.base / 8)), (text, -1 - int(line.base / 8))


def _mask(text: str) -> str:
    return re.sub(r"\d+", "#", re.sub(r"\W+", " ", text.lower())).strip()


def _split_notes(page: list[Line], body: float) -> tuple[list[Line], list[Line]]:
    # Footnotes: the last lines of a page, in smaller type, opened by a number or sign.
    start = len(page)
    for index in range(len(page) - 1, -1, -1):
        if page[index].size >= 0.93 * body:
            break
        if re.match(r"[\d*†‡§]", page[index].text):
            start = index
    return page[:start], page[start:]


def _paragraphs(lines: list[Line], words: Counter[str], *, numbered: bool = False) -> list[str]:
    if not lines:
        return []
    step = _spacing(lines)
    ragged = _ragged(lines)
    blocks: list[str] = []
    number = 0  # of the last numbered item
    for index, line in enumerate(lines):
        item = bool(_BULLET.match(line.text))
        count = re.match(r"\(?(\d{1,3})[.)] ", line.text)
        following = bool(count) and number > 0 and int(count[1]) == number + 1  # type: ignore[index]
        if count:
            number = int(count[1])
        if index:
            previous = lines[index - 1]
            after = lines[index + 1] if index + 1 < len(lines) else None
            fresh = (
                item
                or following
                or (numbered and line.text[:1].isdigit())
                or bool(_NUMBERED.match(line.text) and _ended(previous.text))
                or (index in ragged and not line.text[:1].islower())
                or _apart(previous, line, after, step, right=_margin_right(lines, previous))
            )
            if not fresh:
                blocks[-1] = _join(blocks[-1], line.text, words)
                continue
        blocks.append(_BULLET.sub("- ", line.text, count=1) if item else line.text)
    return [block for block in blocks if any(letter.isalpha() for letter in block)]


def _spacing(lines: list[Line]) -> float:
    # Of lines within a paragraph: the lower third, as gaps between paragraphs are larger.
    size = lines[0].size
    gaps = sorted(
        gap for a, b in pairwise(lines) if 0.5 * size < (gap := a.base - b.base) < 4 * size
    )
    return gaps[len(gaps) // 3] if gaps else size * 1.3


def _margin_right(lines: list[Line], line: Line) -> float:
    return max(other.right for other in lines if abs(other.left - line.left) < 3 * line.size)


def _ragged(lines: list[Line]) -> set[int]:
    # Lines among neighbours that mostly stop short of the margin: names, addresses, headings.
    short = [
        line.right < line.left + 0.8 * (_margin_right(lines, line) - line.left) for line in lines
    ]
    found = set()
    for index in range(len(lines)):
        near = short[max(0, index - 3) : index] + short[index : index + 3]
        if len(near) >= 4 and sum(near) * 3 >= 2 * len(near):
            found.add(index)
    return found


def _apart(previous: Line, line: Line, after: Line | None, step: float, *, right: float) -> bool:
    gap = previous.base - line.base
    runs_on = not _ended(previous.text) and line.text[:1].islower()
    if abs(previous.size - line.size) > 0.12 * previous.size:
        return True
    if gap > 1.2 * step:  # lines within a paragraph vary by a few hundredths
        return not (runs_on and gap < 2.2 * step)
    if gap < -step:  # next column
        return not runs_on
    indent = line.left - previous.left
    if 0.8 * line.size < indent < 6 * line.size and after and line.left - after.left > 0.5 * indent:
        return _ended(previous.text)
    width = right - previous.left
    if _ended(previous.text):
        return previous.right < right - 0.15 * width
    return previous.right < right - 0.4 * width and not runs_on


def _ended(text: str) -> bool:
    return text.rstrip("0123456789").endswith(_END)


def _continues(block: str, following: str) -> bool:
    return not _ended(block) and following[:1].islower() and not block.startswith("- ")


def _join(text: str, more: str, words: Counter[str]) -> str:
    if text.endswith(("-", "\u2010")) and text[-2:-1].isalpha() and more[:1].islower():
        first = re.split(r"[\W_]*$", re.split(r"[-\s]", text[:-1])[-1])[0].lower()
        second = re.match(r"\w*", more)
        last = second[0].lower() if second else ""
        if words[f"{first}-{last}"] > words[first + last]:  # a compound that the text writes so
            return text + more
        return text[:-1] + more
    if text.endswith(("-", "\u2010", "/")) and text[-2:-1].isalnum():
        return text + more
    return f"{text} {more}"
