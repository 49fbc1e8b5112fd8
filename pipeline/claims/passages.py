"""Kept sentences -> passages: contiguous stretches of the document that are read together."""

from __future__ import annotations

from pipeline.claims.segment import Span

BRIDGE = 160
"""Widest stretch left out (characters) that a passage may still span: a heading, a dateline."""


def cut_passages(spans: list[Span], opens: list[bool], characters: int) -> list[Span]:
    """Passage ``[start, end)`` of each sentence; neighbours of one passage get equal spans.

    Args:
        spans: sentences in order, without overlap.
        opens: whether a sentence opens a paragraph.
        characters: length that passages aim at; a longer sentence is a passage of its own.
    """
    groups: list[list[int]] = []
    for i in range(len(spans)):
        if groups and not _breaks(spans, opens, groups[-1], i, characters):
            groups[-1].append(i)
        else:
            groups.append([i])
    passages: list[Span] = []
    for group in groups:
        passages += [(spans[group[0]][0], spans[group[-1]][1])] * len(group)
    return passages


def _breaks(
    spans: list[Span], opens: list[bool], group: list[int], i: int, characters: int
) -> bool:
    start, end = spans[i]
    began, last = spans[group[0]][0], spans[group[-1]][1]
    if start - last > BRIDGE or end - began > characters:
        return True
    if not opens[i] or last - began < characters // 2:
        return False
    stop = i  # a paragraph that would not fit as a whole starts a passage of its own
    while stop + 1 < len(spans) and not opens[stop + 1]:
        stop += 1
    return spans[stop][1] - began > characters
