"""Sentence borders: abbreviations, quotes, lists, ellipses, hard wraps, stripped text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.claims.blocks import cut_blocks
from pipeline.claims.segment import Segmenter, cut_long

WRAPPED = """The first thing that we ask of the assembly is that it hear the people
of the river before it decides, and the second is that it remember what
they said.
Thank you.
"""


def sentences(text: str) -> list[str]:
    spans = Segmenter()(text, cut_blocks(text))
    return [" ".join(text[a:b].split()) for block in spans for a, b in block]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sen. Lund met Rep. Voss. They agreed.", ["Sen. Lund met Rep. Voss.", "They agreed."]),
        ("Vote on H.R. 1234 today. It matters.", ["Vote on H.R. 1234 today.", "It matters."]),
        ("See No. 7 and sec. 9 of H.J.Res. 54.", ["See No. 7 and sec. 9 of H.J.Res. 54."]),
        ("It is the U.S. Senate's turn.", ["It is the U.S. Senate's turn."]),
        ("He left the U.S. The law stayed.", ["He left the U.S.", "The law stayed."]),
        ("J. R. Ewing of Ewing Inc. spoke.", ["J. R. Ewing of Ewing Inc. spoke."]),
        ("Fees rose 3.5 percent. Pay did not.", ["Fees rose 3.5 percent.", "Pay did not."]),
        ("“Why now?” Ms. Rao asked. “Who pays?”", ["“Why now?” Ms. Rao asked.", "“Who pays?”"]),
        ("“We stay.” They stayed.", ["“We stay.”", "They stayed."]),
        ("We waited... Then it rained.", ["We waited...", "Then it rained."]),
        ("It is for us... and for them.", ["It is for us... and for them."]),
        ("Rivers, e.g. the Holm, flood.", ["Rivers, e.g. the Holm, flood."]),
        ("The bill died.Nobody wept for it.", ["The bill died.", "Nobody wept for it."]),
        ("Write to ada@holm.example.Org or www.Holm.example today.",
         ["Write to ada@holm.example.Org or www.Holm.example today."]),
        ("No. We will not.", ["No.", "We will not."]),
        ("Costs rose.[3] Fares fell.", ["Costs rose.[3]", "Fares fell."]),
        ("We ask:\n1. to be heard;\n2. to be paid.", ["We ask:", "to be heard;", "to be paid."]),
    ],
)  # fmt: skip
def test_borders(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_hard_wrapped_lines_are_joined_and_titles_are_not() -> None:
    found = sentences("A PLEA FOR THE HOLM\n" + WRAPPED)
    assert found[0] == "A PLEA FOR THE HOLM"
    assert found[1].endswith("what they said.") and found[2] == "Thank you."


def test_page_numbers_and_time_marks_do_not_cut_sentences() -> None:
    text = "We are here today to say once again that the\n\n[10:08:28 AM]\n\nriver is nobody's."
    assert len(sentences(text)) == 1


def test_stripped_text_is_cut_at_gaps() -> None:
    text = (
        "Our farms feed the country and they feed a good part of the world besides  "
        "They did so in the years of drought and in the years of flood that followed them  "
        "We ask that the committee remember this when it meets in May to write the bill  "
        "It will be the first farm bill in our state for eleven years and it may be the last one"
    )
    assert len(sentences(text)) == 4


@given(st.text(max_size=400), st.integers(min_value=1, max_value=50))
def test_long_pieces_cover_the_text(text: str, limit: int) -> None:
    pieces = list(cut_long(text, 0, len(text), limit))
    assert "".join(text[a:b] for a, b in pieces) == text
    assert all(b - a <= limit for a, b in pieces)


@given(st.text(max_size=400))
def test_blocks_are_ordered_and_cover_all_letters(text: str) -> None:
    blocks = cut_blocks(text)
    assert all(a.end <= b.start for a, b in pairwise(blocks))
    inside = "".join(text[b.start : b.end] for b in blocks)
    assert sum(c.isalpha() for c in inside) >= sum(c.isalpha() for c in text) - 5 * len(blocks)
