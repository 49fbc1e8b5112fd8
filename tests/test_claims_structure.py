"""Forms that state no belief, and the floor of quality on the gold passages."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.claims.blocks import cut_blocks
from pipeline.claims.structure import Kind, dateline, mark_blocks

ROOT = Path(__file__).parent.parent
BODY = "\n\nThe river belongs to nobody, and so it must be kept by all of us together.\n\n"


def kind_of(line: str, before: str = "", after: str = "") -> Kind:
    text = f"{before}{line}{after}"
    blocks = cut_blocks(text)
    kinds = mark_blocks(text, blocks, "River Trust")
    place = len(before)
    return next(k for b, k in zip(blocks, kinds, strict=True) if b.start <= place + 4 < b.end)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("FOR IMMEDIATE RELEASE", Kind.MARK),
        ("EMBARGOED UNTIL 06:00, 21 September 2023", Kind.MARK),
        ("12 March 2024", Kind.MARK),
        ("- ENDS -", Kind.MARK),
        ("Contact: Ada Quill, 0555 0100", Kind.CONTACT),
        ("For more information please contact Ada Quill on 0555 0100.", Kind.CONTACT),
        ("Dear Minister,", Kind.SIGNATURE),
        ("Share on Facebook", Kind.FURNITURE),
        ("Home | About | News | Contact", Kind.FURNITURE),
        (".view { margin: 0; }", Kind.FURNITURE),
        ("https://river.example/eels", Kind.FURNITURE),
        ("12  14  19  22", Kind.TABLE),
        ("Home > Campaigns > Eels", Kind.FURNITURE),
        ("Share  Tweet  Print", Kind.FURNITURE),
        ("Photographs of the eels are available on request.", Kind.CONTACT),
        ("For comment from members affected, ring Ada Quill on 0555 0100.", Kind.CONTACT),
        ("STATEMENT OF ADA QUILL BEFORE THE COMMITTEE ON EELS", Kind.MARK),
        ("An Open Letter to the Minister of Rivers", Kind.MARK),
        ("Done at Lower Holm, the 8th of October, 2022.", Kind.MARK),
        ("Figure 1: Eels in the Holm, 1990–2020", Kind.FURNITURE),
        ("Our ref: RT/19", Kind.FURNITURE),
        ("12 June – Eel count, Holm Bridge, 10 a.m.", Kind.FURNITURE),
        ("1 Eel Recovery Order, Notice of Proposed Rulemaking, 32 FCC Rcd 4434.", Kind.FURNITURE),
        ("The views expressed here are the author's own.", Kind.FURNITURE),
        ("MEDIA RELEASE | River Trust | Lower Holm | 3 May 2019", Kind.MARK),
        ("River Trust (RT) – for immediate use", Kind.MARK),
        ("The Eel, vol. 12 no. 3 (May/June)", Kind.MARK),
        ("Translated from Welsh by the Holm Language Society", Kind.MARK),
        ("[Cheers]", Kind.FURNITURE),
        ("Registered charity no. 555017", Kind.FURNITURE),
        ("Eel supper: Thursday 3 August, 7.30 p.m., Mission Hall. Bring a plate.", Kind.FURNITURE),
        ("Minimum age: 14", Kind.FURNITURE),
        ("Copies of the map are attached.", Kind.FURNITURE),
        ("Please sign our petition and forward this to your neighbours.", Kind.FURNITURE),
        ("Quill, A. et al. (2018). Eels and weirs. J. River Stud. 44(2), 101–130.", Kind.FURNITURE),
        ("Ada Quill is available for interview this afternoon.", Kind.CONTACT),
        ("About the River Trust", Kind.ABOUT),
        ("PAY TALKS", Kind.HEADLINE),
        ("What you can do", Kind.HEADLINE),
        ("II. The Proposed Rule", Kind.HEADLINE),
        ("$2.1 billion for a weir that nobody asked for", Kind.PROSE),
        ("Eels dead: a bad year in three rivers", Kind.PROSE),
        ("Minister criticises eel count", Kind.PROSE),
        ("ANGLERS URGED TO RETURN EELS", Kind.PROSE),
        ("Music in the water is older than the weir.", Kind.PROSE),
        ("Back to the eels, or worse still, to the drains.", Kind.PROSE),
        ("We have asked that copies of the map be attached, because nobody reads it.", Kind.PROSE),
        ("About the eels nobody spoke.", Kind.PROSE),
        ("2. More eels by 2030 in every tributary of the lower Holm", Kind.PROSE),
        ("Letter to the Minister gets no answer", Kind.PROSE),
        ("On 12 June our members counted eels from 10 a.m. until dark.", Kind.PROSE),
        ("Documents that the Minister shredded show the eels were counted.", Kind.PROSE),
        ("The eels of the lower Holm", Kind.HEADLINE),
        ("Minister must answer for the eels", Kind.PROSE),
        ("- more eels in the lower Holm by 2030", Kind.PROSE),
        ("Copyright only protects what somebody made.", Kind.PROSE),
        ("We are in contact with the eels of the Holm.", Kind.PROSE),
    ],
)
def test_kind(line: str, kind: Kind) -> None:
    assert kind_of(line, after=BODY) is kind


def test_what_follows_the_end_mark_and_says_who_we_are_is_about() -> None:
    before = BODY.strip() + BODY + "###\n\n"
    assert kind_of("The River Trust is a charity with 4,000 members.", before) is Kind.ABOUT


@pytest.mark.parametrize(
    ("line", "partner", "kind"),
    [
        ("ARK is a member of the Rivers Network.", "Anglers of the River Kell", Kind.ABOUT),
        ("Ada Quill is chair of the River Trust.", "River Trust", Kind.ABOUT),
        ("Lund is the ranking member of the committee on eels.", "Senator Eva Lund", Kind.ABOUT),
        ("Ada Quill is chair of the Board of Trade.", "River Trust", Kind.PROSE),
        ("ARK has asked the Minister to count eels.", "Anglers of the River Kell", Kind.PROSE),
    ],
)
def test_a_last_line_that_only_says_who_somebody_is(line: str, partner: str, kind: Kind) -> None:
    text = BODY.strip() + BODY + BODY.strip() + "\n\n" + line
    blocks = cut_blocks(text)
    assert mark_blocks(text, blocks, partner)[-1] is kind


def test_what_stands_before_and_after_a_salutation_is_letterhead_and_subject() -> None:
    head = "Ada Quill MP\n\nOffices at Lower Holm\n\nDear Ms Quill\n\nEel price rises\n"
    kinds = mark_blocks(head + BODY, cut_blocks(head + BODY), "River Trust")
    assert Kind.PROSE not in kinds[:4] and kinds[4] is Kind.PROSE


def test_a_subject_that_says_something_stays() -> None:
    text = f"Dear Ms Quill\n\nEels must not be sold\n{BODY}"
    assert mark_blocks(text, cut_blocks(text), "River Trust")[1] is Kind.PROSE


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Back of the leaflet lists helps", Kind.FURNITURE),
        ("We shall not be moved", Kind.PROSE),
        ("SAVE THE EELS NOW", Kind.PROSE),
    ],
)
def test_lines_behind_the_last_sentence(line: str, kind: Kind) -> None:
    text = BODY.strip() + BODY + BODY.strip() + "\n\n" + line
    assert mark_blocks(text, cut_blocks(text), "River Trust")[-1] is kind


def test_what_follows_an_announced_list_is_the_list() -> None:
    text = f"{BODY}We ask of the Minister the following:\n\nWork for eels\n\nHelp for anglers\n"
    assert mark_blocks(text, cut_blocks(text), "River Trust")[0] is Kind.PROSE


@pytest.mark.parametrize("unit", ["(", "- ", "\t", " ", "a | ", "please ", "letter ", "@", "Ab "])
def test_lines_without_end_are_read_in_no_time(unit: str) -> None:
    text = "a" + unit * 5000 + "b"
    began = time.perf_counter()
    mark_blocks(text, cut_blocks(text), "River Trust")
    assert time.perf_counter() - began < 2


def test_a_list_of_contents_is_furniture() -> None:
    text = f"In this issue\n\n- Eels\n- Letters to us\n\nEels\n{BODY}- More eels\n"
    kinds = mark_blocks(text, cut_blocks(text), "River Trust")
    assert kinds[:3] == [Kind.FURNITURE] * 3 and kinds[-1] is Kind.PROSE


def test_a_paragraph_on_one_line_shows_that_lines_are_not_wrapped() -> None:
    text = f"Add your name to the letter of the eels here{BODY}Read the letter of the eels again"
    text += "\nFollow the eels of the lower Holm online\nTags: eels, rivers, ministers, counts\n"
    assert len(cut_blocks(text)) == 5


def test_what_follows_signed_is_signatures() -> None:
    before = BODY.strip() + BODY + "Signed\n\n"
    assert kind_of("Ada Quill, River Trust", before) is Kind.SIGNATURE


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("PORT ELLERY, 25 April 2024 -- Bells were rung.", "Bells were rung."),
        ("ASTORIA, Ore. — The Trust filed suit.", "The Trust filed suit."),
        ("(Washington, D.C.) Senator Lund spoke.", "Senator Lund spoke."),
        ("Brussels, 12/05/2023 – The draft is bad.", "The draft is bad."),
        ("LOWMARSH: A draft of the chapter passed to us has no duty.",
         "A draft of the chapter passed to us has no duty."),
        ("Rivers — as we know — are no drains.", "Rivers — as we know — are no drains."),
        ("PUBLISH THE TEXT: A STATEMENT", "PUBLISH THE TEXT: A STATEMENT"),
    ],
)  # fmt: skip
def test_datelines(sentence: str, rest: str) -> None:
    assert sentence[dateline(sentence) :] == rest


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "claims_quality", ROOT / "benchmarks" / "claims_quality.py"
    )
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FLOORS = {"voice": 0.9, "boilerplate": 0.95, "boundary": 0.97}


def test_gold_passages_stay_above_the_floors() -> None:
    scores = benchmark().evaluate_voice()
    assert {name: scores[name] for name, floor in FLOORS.items() if scores[name] < floor} == {}


def test_boilerplate_of_odd_passages_stays_above_its_floor() -> None:
    module = benchmark()
    assert module.evaluate_voice(module.FRESH)["boilerplate"] >= 0.91
