"""Reading order of a page's lines: one column top-down, or columns left to right within bands."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.ingest.layout import Line

_LEAST_LINES = 6  # a column has at least so many lines; fewer are a letterhead or a table


def reading_order(lines: list[Line]) -> list[Line]:
    """``lines`` as a person reads them; pieces on one baseline within a column become one line."""
    if len(lines) < 2:
        return lines
    gutter = _gutter(lines)
    if gutter is None:
        jumps = sum(1 for a, b in pairwise(lines) if b.base > a.base + 0.5 * a.size)
        ordered = lines if jumps <= max(2, len(lines) // 10) else _top_down(lines)
        return _merged(ordered)
    out: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in _top_down(lines):
        if line.right <= gutter:
            left.append(line)
        elif line.left >= gutter:
            right.append(line)
        else:  # across both columns: a headline or the end of a band
            out += _merged(left) + _merged(right)
            left, right = [], []
            out.append(line)
    return out + _merged(left) + _merged(right)


def _top_down(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-round(line.base, 0), line.left))


def _gutter(lines: list[Line]) -> float | None:
    # The white strip near the middle that the fewest lines cross.
    low = min(line.left for line in lines)
    high = max(line.right for line in lines)
    width = high - low
    if width <= 0:
        return None
    best: tuple[int, float] | None = None
    for step in range(30, 71):
        x = low + width * step / 100
        crossing = sum(1 for line in lines if line.left < x < line.right)
        if best is None or crossing < best[0]:
            best = (crossing, x)
    if best is None or best[0] * 4 > len(lines):
        return None
    gutter = best[1]
    sides = (
        [line for line in lines if line.right <= gutter],
        [line for line in lines if line.left >= gutter],
    )
    for side in sides:
        wide = [line for line in side if line.right - line.left > 0.25 * width]
        if len(side) < _LEAST_LINES or len(wide) * 2 < len(side):
            return None
    tops = [max(line.base for line in side) for side in sides]
    feet = [min(line.base for line in side) for side in sides]
    overlap = min(tops) - max(feet)
    return gutter if overlap > 0.3 * (max(tops) - min(feet)) else None


def _is_mark(line: Line, beside: Line) -> bool:
    # The mark of a footnote, which some writers set apart from its line.
    return line.size < 0.8 * beside.size and bool(re.fullmatch(r"[\d,*†‡§]+", line.text))


def _merged(lines: list[Line]) -> list[Line]:
    out: list[Line] = []
    for line in lines:
        last = out[-1] if out else None
        if last is not None and abs(last.base - line.base) < 0.4 * max(last.size, line.size):
            if _is_mark(line, last):
                continue
            if _is_mark(last, line):
                out[-1] = line
                continue
            first, second = sorted((last, line), key=lambda each: each.left)
            out[-1] = replace(
                first if first.size >= second.size else second,
                text=f"{first.text} {second.text}",
                left=min(first.left, second.left),
                right=max(first.right, second.right),
            )
        else:
            out.append(line)
    return out
