"""Whose belief a sentence states: quotes, indirect speech, turns."""

from __future__ import annotations

import time

import pytest

from pipeline.claims import Claims
from pipeline.config import ClaimsConfig
from pipeline.records import Document


def voices(text: str, partner: str = "River Trust", genre: str = "press release") -> list[str]:
    document = Document.of(text, partner=partner, source="test", genre=genre)
    return [c.voice.value for c in Claims(ClaimsConfig(min_words=1))([document])]


@pytest.mark.parametrize(
    ("sentence", "voice"),
    [
        ("The Minister said that dredging harms nobody.", "opponent"),
        ("According to critics of the law, eels can swim elsewhere.", "opponent"),
        ("Eels can swim elsewhere, the government says.", "opponent"),
        ("They claim that the river is a drain.", "opponent"),
        ("In your letter you say that the river is a drain.", "opponent"),
        ("It is often said that eels can swim elsewhere.", "reported"),
        ("Some people argue that a river is property.", "reported"),
        ("We are told that the dredger will be quiet.", "reported"),
        ("While the Minister says it is safe, the eels are dying.", "partner"),
        ("The Minister says it is safe, but the eels are dying.", "partner"),
        ("A study by the university found that the eels are dying.", "partner"),
        ("The company admitted that it had no permit.", "partner"),
        ("We said in March that the river must rest.", "partner"),
        ("The River Trust says that the river must rest.", "partner"),
        ("The Minister should say what it costs.", "partner"),
        ("The asylum claims were heard in two months.", "partner"),
        ("As Heraclitus said, “no man steps in the same river twice.”", "ally"),
    ],
)
def test_single_sentences(sentence: str, voice: str) -> None:
    assert voices(sentence, genre="statement") == [voice]


def test_a_quote_takes_its_speaker_over_sentences_and_paragraphs() -> None:
    text = (
        "“The river is a drain,” said Ports Minister Bo Lund. “It always was.\n\n"
        "“It always will be.”\n\nIt will not."
    )
    assert voices(text) == ["opponent", "opponent", "opponent", "partner"]


def test_a_foreign_voice_inside_an_own_quote_is_foreign() -> None:
    text = (
        "“The river is owed its sleep,” said Ada Quill, director of the River Trust. "
        "“The Minister claims that nobody is harmed. That is false.”"
    )
    assert voices(text) == ["partner", "opponent", "partner"]


def test_allies_of_other_organisations() -> None:
    text = "“We stand with the Trust,” said Ola Berg, chair of the Eel Fishers' Guild."
    assert voices(text) == ["ally"]


def test_a_ministers_own_release_is_his_partys() -> None:
    text = (
        "Water Minister Bo Lund today opened the lock.\n\n"
        "“A lock is a promise kept,” Mr Lund said. “Our party keeps its promises to the river.”"
    )
    assert set(voices(text, partner="Harbour Party")) == {"partner"}


@pytest.mark.parametrize(
    "text",
    [
        "Senator LUND. Is the river not a drain?\n\nMs. QUILL. It is a home, Senator.",
        "Q. Is the river not a drain?\nA. It is a home, sir.",
        ">> MODERATOR: Is the river not a drain?\n>> MS. QUILL: It is a home, sir.",
        "Speaker 2 [10:14:06 AM]\nIs it not a drain?\n\nMs. Quill [10:14:15 AM]\nIt is a home.",
        "Mr. LUND: Is the river a drain?\nMs. QUILL: It is a home, sir.\nMr. LUND: Is it yours?",
    ],
)
def test_a_question_is_not_the_witness_belief(text: str) -> None:
    assert voices(text, genre="testimony")[:2] == ["reported", "partner"]


def test_labels_are_no_part_of_claims() -> None:
    document = Document.of(
        "Senator LUND. Is the river not a drain?\n\nMs. QUILL. It is a home, Senator.",
        partner="River Trust", source="test", genre="testimony",
    )  # fmt: skip
    claims = Claims(ClaimsConfig())([document])
    assert [(c.text, c.speaker) for c in claims] == [
        ("Is the river not a drain?", "Senator LUND"),
        ("It is a home, Senator.", "Ms. QUILL"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "A" * 200_000, "a " * 100_000, '" ' * 50_000, "“a " * 50_000, ">> \n" * 20_000,
        ". " * 100_000, '"It is so," said Bo Lund. ' * 2_000, "The minister, who " * 5_000,
        "aB" * 100_000, "According to " * 5_000, "(" * 100_000, "It is " + "and " * 50_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_hostile_text_takes_no_time(text: str) -> None:
    began = time.process_time()
    voices(text)
    assert time.process_time() - began < 10


def test_a_folders_name_is_found_in_full_in_the_text() -> None:
    text = (
        "The Alliance of River Keepers met today. "
        "“A river is owed its sleep,” said Alliance chair Ada Quill. "
        "As things stand, the Alliance says, it gets none."
    )
    assert set(voices(text, partner="river-keepers")) == {"partner"}


def test_who_was_told_is_not_who_says() -> None:
    assert voices("They were told to retrain.", genre="statement") == ["partner"]
