"""Krippendorff's alpha for unitizing: do coders cut the text into the same spans?

Source: Krippendorff 2004, "Content Analysis", 2nd ed., sec. 11.6 (Krippendorff 1995, "On the
reliability of unitizing continuous data").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Span:
    """Characters ``[start, end)`` that a coder gave a category."""

    coder: str
    start: int
    end: int
    category: str


@dataclass(frozen=True)
class _Section:
    start: int
    length: int
    unit: bool

    @property
    def end(self) -> int:
        return self.start + self.length


def unitizing_alpha(
    continua: Iterable[tuple[Sequence[Span], Sequence[str], int]],
) -> tuple[float, dict[str, float]]:
    """Alpha over all categories, and per category; NaN where nobody used one.

    ``continua`` are ``(spans, coders, length)``, one for each group of coders: the documents that
    they all read, laid end to end, and their length in characters.
    """
    observed: dict[str, float] = {}
    expected: dict[str, float] = {}
    for spans, coders, length in continua:
        for category in sorted({span.category for span in spans}):
            sections = {
                coder: _sections([s for s in spans if s.coder == coder and s.category == category],
                                 length)
                for coder in coders
            }  # fmt: skip
            do, de = _disagreements(list(sections.values()), length)
            observed[category] = observed.get(category, 0.0) + do
            expected[category] = expected.get(category, 0.0) + de
    each = {name: _alpha(observed[name], expected[name]) for name in sorted(observed)}
    return _alpha(sum(observed.values()), sum(expected.values())), each


def disagreements(spans: Sequence[Span], coders: Sequence[str], length: int) -> tuple[float, float]:
    """Observed and expected disagreement of one category's spans on one continuum."""
    return _disagreements(
        [_sections([s for s in spans if s.coder == coder], length) for coder in coders], length
    )


def _alpha(observed: float, expected: float) -> float:
    return 1 - observed / expected if expected > 0 else float("nan")


def _sections(spans: Sequence[Span], length: int) -> list[_Section]:
    """The continuum as one coder cut it: units, and the gaps between them."""
    sections: list[_Section] = []
    place = 0
    for span in sorted(spans, key=lambda s: s.start):
        if span.start > place:
            sections.append(_Section(place, span.start - place, False))
        sections.append(_Section(span.start, span.end - span.start, True))
        place = span.end
    if place < length:
        sections.append(_Section(place, length - place, False))
    return sections


def _disagreements(coders: Sequence[Sequence[_Section]], length: int) -> tuple[float, float]:
    m = len(coders)
    if m < 2:
        return 0.0, 0.0
    # The sum of the source runs over ordered pairs of coders, hence twice the unordered ones.
    total = 2.0 * sum(
        _distance(a, b)
        for one, other in combinations(coders, 2)
        for a in one
        for b in other
        if a.start < b.end and b.start < a.end
    )
    observed = total / (m * (m - 1) * length**2)
    units = [s for sections in coders for s in sections if s.unit]
    gaps = [s for sections in coders for s in sections if not s.unit]
    summed = 0.0
    for unit in units:
        size = unit.length
        summed += (len(units) - 1) / 3 * (2 * size**3 - 3 * size**2 + size)
        summed += size**2 * sum(g.length - size + 1 for g in gaps if g.length >= size)
    below = m * length * (m * length - 1) - sum(u.length * (u.length - 1) for u in units)
    return observed, (2 / length) * summed / below if below else 0.0


def _distance(a: _Section, b: _Section) -> float:
    """Disagreement of two sections that overlap, in squared characters."""
    if a.unit and b.unit:
        return float((a.start - b.start) ** 2 + (a.end - b.end) ** 2)
    if a.unit and b.start <= a.start and a.end <= b.end:
        return float(a.length**2)
    if b.unit and a.start <= b.start and b.end <= a.end:
        return float(b.length**2)
    return 0.0
