"""Claims stage: grounding, passages and what is kept, on hand-written and on generated text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.claims import Claims
from pipeline.config import ClaimsConfig
from pipeline.records import Claim, Document, Voice

RELEASE = """FOR IMMEDIATE RELEASE

RIVER TRUST CALLS FOR A BAN ON NIGHT DREDGING

HOLM, 3 May 2024 -- The River Trust today asked the council to end dredging at night. "A river is
owed its sleep," said Ada Quill, director of the Trust. "We will not
give way on this."

The Minister of Ports, Bo Lund, said that dredging at night "harms nobody". It harms the eels.

Contact: Ada Quill, ada@river-trust.example, 0555 0100

###

The River Trust is a charity with 4,000 members.
"""


def claims_of(text: str, partner: str = "River Trust", **fields: object) -> list[Claim]:
    document = Document.of(text, partner=partner, source="test", **fields)
    return Claims(ClaimsConfig())([document])


def test_release_gives_grounded_claims_with_voices() -> None:
    found = [(" ".join(c.text.split()), c.voice) for c in claims_of(RELEASE, genre="press release")]
    assert found == [
        ("RIVER TRUST CALLS FOR A BAN ON NIGHT DREDGING", Voice.PARTNER),
        ("The River Trust today asked the council to end dredging at night.", Voice.PARTNER),
        ('"A river is owed its sleep," said Ada Quill, director of the Trust.', Voice.PARTNER),
        ('"We will not give way on this."', Voice.PARTNER),
        (
            'The Minister of Ports, Bo Lund, said that dredging at night "harms nobody".',
            Voice.OPPONENT,
        ),
        ("It harms the eels.", Voice.PARTNER),
    ]


def test_speakers_are_named() -> None:
    speakers = [c.speaker for c in claims_of(RELEASE, genre="press release")]
    assert speakers[2] == speakers[3] == "Ada Quill"
    assert speakers[1] == "River Trust"


def test_boilerplate_is_kept_on_request() -> None:
    document = Document.of(RELEASE, partner="River Trust", source="test")
    everything = Claims(ClaimsConfig(skip_boilerplate=False))([document])
    assert any(c.text.startswith("Contact:") for c in everything)


def test_other_languages_give_no_claims() -> None:
    text = "Der Fluss gehört denen, die an ihm leben."
    document = Document.of(text, partner="Verein", source="test", language="de")
    assert Claims(ClaimsConfig(), languages=("en",))([document]) == []
    assert Claims(ClaimsConfig(), languages=("en", "de"))([document])


@pytest.mark.parametrize("text", ["", " ", "\n\n\r\n", "###", "\x00", "“”", '"', ">> ", "Q. A. Q."])
def test_texts_without_sentences_give_no_claims(text: str) -> None:
    assert claims_of(text) == []


def test_sentences_of_a_passage_share_its_string() -> None:
    text = "\n\n".join(
        f"The river has {n} mouths and each is worth a law. Nobody should close one." * 3
        for n in range(2, 12)
    )
    claims = claims_of(text)
    passages = {c.before + c.text + c.after for c in claims}
    assert len(passages) < len(claims) / 4
    assert all(len(p) <= 700 for p in passages)


PIECES = st.sampled_from(
    [
        "The minister said that rivers are drains.", "“We object,” said Ada Quill.", '"Never',
        'again," she added.', "\n", "\n\n", "\r\n", " ", "Sen. Bo Lund (R-Vt.)", "U.S. H.R. 1234",
        "MR. LUND: ", "Q. ", "A. ", ">> ", "• ", "1. ", "###", "About the River Trust",
        "Contact: a@b.example", "HOLM, 3 May --", "\t", "…", "...", "end.Next", "‘single’ quotes",
        "â€œbroken marksâ€", "\u2028", "\u00a0", "日本語。", "\U0001f600", "a" * 90, "\x00", "|",
        "Signed",
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.lists(PIECES, max_size=40).map(" ".join), st.text(max_size=300)))
def test_claims_are_grounded(text: str) -> None:
    config = ClaimsConfig(min_words=1, max_characters=80, passage_characters=120)
    document = Document.of(text, partner="River Trust", source="test", genre="press release")
    last = 0
    for claim in Claims(config)([document]):
        assert document.text[claim.start : claim.end] == claim.text == claim.text.strip()
        passage = claim.before + claim.text + claim.after
        assert document.text.startswith(passage, claim.start - len(claim.before))
        assert last <= claim.start < claim.end and len(claim.text) <= 80
        last = claim.end
