"""What a block is by its form: prose, or something that surely states no belief.

A cascade, first match wins: marks of a release, contacts, page furniture, tables, salutations,
headlines without predicate. Some forms govern what stands around them: before "Dear Minister"
comes a letterhead, after it the subject; after "About us" comes the organisation, after "Signed"
come names, after "###" or "ENDS" what the partner says of itself, and behind the last sentence
lines that belong to no text.
In doubt a block is prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.claims import forms
from pipeline.claims.blocks import Block
from pipeline.claims.lines import (
    BRACKETS,
    DATELINE,
    argues,
    asserts,
    compound,
    is_announcement,
    is_contact,
    is_document_title,
    is_entry,
    is_headline,
    is_issue,
    is_labelled,
    is_letterhead,
    is_notice,
    is_sentence,
    lists,
    partner_letters,
    reports,
    speaks,
    trails,
)
from pipeline.claims.names import mentions_fully, name_tokens, surname, words_of


class Kind(StrEnum):
    """Form of a block; only ``PROSE`` goes on to be claims."""

    PROSE = "prose"
    MARK = "mark"  # release, embargo and end marks, dates, datelines
    CONTACT = "contact"
    ABOUT = "about"
    SIGNATURE = "signature"  # salutations, closings, signatories, copies
    FURNITURE = "furniture"  # navigation, captions, citations, rights
    TABLE = "table"
    HEADLINE = "headline"


LONG = 1500
"""Characters from which a block is no longer matched as a whole: all forms are short."""


def mark_blocks(text: str, blocks: list[Block], partner: str) -> list[Kind]:
    """Kind of each block, same order and length as ``blocks``."""
    kinds: list[Kind] = []
    mode: Kind | None = None  # SIGNATURE, CONTACT or ABOUT while what follows belongs to it
    ended = listing = linking = said = False
    closing = max(3, len(blocks) - 2)
    contents = [text[b.start : min(b.end, b.start + LONG + 1)].strip() for b in blocks]
    greeting = _greeting(contents)
    last = max((i for i, c in enumerate(contents) if speaks(c) or lists(c)), default=len(blocks))
    if last < len(blocks) and lists(contents[last]):  # what follows is the list
        last = len(blocks)
    for i, (block, content) in enumerate(zip(blocks, contents, strict=True)):
        numbered = block.item and bool(_NUMBER.search(text[max(0, block.start - 8) : block.start]))
        kind = _form(content, block, i, numbered, partner)
        words = len(content.split())
        late = ended or 2 * i > len(blocks)
        if forms.ABOUT.match(content) and _presents(content, partner, late):
            kind = Kind.ABOUT
            mode = kind if late or _presents_next(contents[i + 1 : i + 2]) else None
        elif (forms.CLOSING.match(content) and words < 25) or _signs_off(contents, i):
            mode = kind = Kind.SIGNATURE
        elif kind in (Kind.PROSE, Kind.HEADLINE) and mode:
            kind, mode = _follow(mode, kind, content)
        elif kind is Kind.CONTACT:
            mode = kind
        elif kind is not Kind.FURNITURE:
            mode = None
        if kind is Kind.PROSE and (ended or i >= closing) and _describes(content, partner, ended):
            kind = Kind.ABOUT
        place = _Place(i, greeting, last, ended and 2 * i > len(blocks), not said)
        kind = _placed(kind, contents, place, block.item)
        said = said or (kind is Kind.PROSE and words > 4)
        listing = bool(_CONTENTS.fullmatch(content)) or (listing and block.item and words < 10)
        if listing and kind is Kind.PROSE and not forms.SENTENCE_END.search(content):
            kind = Kind.FURNITURE
        linking = bool(_RELATED.fullmatch(content)) or (
            linking and words < 13 and not content.endswith((".", "!", "”", '"'))
        )
        if linking and kind in (Kind.PROSE, Kind.HEADLINE):
            kind = Kind.FURNITURE
        ended = ended or bool(forms.ENDED.fullmatch(content) or _NOTES.fullmatch(content))
        kinds.append(kind)
    return kinds


@dataclass(frozen=True)
class _Place:
    """Where a block stands: its index, those of the salutation and of the last sentence."""

    i: int
    greeting: int
    last: int
    behind: bool  # in the second half and after the end mark
    first: bool  # before anything was said


def _placed(kind: Kind, contents: list[str], place: _Place, item: bool) -> Kind:
    """Kind of a block after a look at what stands around it."""
    i, content = place.i, contents[place.i]
    words = len(content.split())
    if kind in (Kind.PROSE, Kind.HEADLINE) and i <= place.greeting + 1 and words < 16:
        subject = i == place.greeting + 1 and place.greeting >= 0 and not asserts(content)
        if subject or (i < place.greeting and not speaks(content)):
            return Kind.MARK
    behind = words < 16 and (i > place.last or place.behind)
    if kind is Kind.PROSE and behind and not item and trails(content):
        return Kind.FURNITURE
    if kind is Kind.HEADLINE and reports(content, contents[i + 1 : i + 4], first=place.first):
        return Kind.PROSE
    if kind is Kind.PROSE and words < 5 and forms.QUESTION.fullmatch(content):
        return Kind.HEADLINE if any(map(is_sentence, contents[i + 1 : i + 2])) else kind
    return kind


_NUMBER = re.compile(r"(?:^|\s)\(?(?:\d{1,2}|[ivx]{1,5})[.)]?\s*$", re.I)
_CONTENTS = re.compile(
    r"\W*(?:in this (?:issue|edition|report)|(?:table of )?contents|agenda|inside)\W*", re.I
)
_RELATED = re.compile(
    r"\W*(?:related(?: \w+){0,2}|further reading|read (?:next|also|more)|see also|"
    r"more (?:on|from|stories|news|evidence|articles|posts)\b.{0,40}|latest news|"
    r"recent (?:posts|news)|you may also like|"
    r"previous (?:articles|issues|posts)|most read)\W*",
    re.I,
)
_NOTES = re.compile(r"\W*notes?\s+(?:to|for)\s+(?:the\s+)?(?:editors?|media|press)\W*", re.I)


def _follow(mode: Kind, kind: Kind, content: str) -> tuple[Kind, Kind | None]:
    """Kind of a block under ``mode``, and the mode after it."""
    if mode is Kind.ABOUT:  # a title ends it
        return (kind, None) if kind is Kind.HEADLINE and len(content.split()) < 9 else (mode, mode)
    if kind is Kind.PROSE and is_sentence(content):
        return kind, None
    if mode is Kind.CONTACT and kind is Kind.PROSE:
        return kind, None
    if mode is Kind.CONTACT and len(content.split()) > 7:
        return kind, None
    return mode, mode


def _greeting(contents: list[str]) -> int:
    """Index of the salutation that opens a letter, -1 when none of the first blocks is one."""
    found = (i for i, c in enumerate(contents[:20]) if len(c.split()) < 12 and _GREETING.match(c))
    first = next(found, -1)
    opens = not any(len(content.split()) > 25 for content in contents[: max(first, 0)])
    return first if opens else -1


_GREETING = re.compile(r"(?:dear|to whom it may concern|sirs?\b|madam\b)[^.!?]*\W?$", re.I)


def _signs_off(contents: list[str], i: int) -> bool:
    """Whether a word of parting near the end stands before a name: "In struggle,"."""
    if i < len(contents) // 2 or i < len(contents) - 8 or i + 1 >= len(contents):
        return False
    content, name = contents[i], contents[i + 1]
    parts = len(content.split()) < 5 and content.endswith((",", "!")) and not asserts(content[:-1])
    named = 1 < len(name.split()) < 8 and not asserts(name) and name[0].isupper()
    return (
        parts and named and sum(word[0].isupper() for word in name.split()) * 2 > len(name.split())
    )


def _presents(content: str, partner: str, late: bool) -> bool:
    """Whether "About ..." opens what the partner says of itself."""
    if len(content.split()) <= 8:
        return not forms.SENTENCE_END.search(content)
    return late and mentions_fully(content[:120], partner)


def _presents_next(following: list[str]) -> bool:
    return any(forms.BOILER.search(content[:260]) for content in following)


def _form(content: str, block: Block, i: int, numbered: bool, partner: str) -> Kind:
    words = len(content.split())
    page = content.count("|") > 2 or content.count("»") > 2
    glued = len(forms.NAV_GLUE.findall(content)) > max(4, words // 8)
    letters = len(re.findall(r"[^\W\d_]", content))
    sentence = bool(forms.SENTENCE_END.search(content[-12:]))
    bare = re.sub(r"\s+\([^()]{1,60}\)$", "", content)
    if len(content) > LONG:  # a page run together, or prose: its sentences are looked at one by one
        return Kind.FURNITURE if glued or (page and not sentence) else Kind.PROSE
    cascade = (
        (Kind.MARK, forms.END.fullmatch(content) or forms.MARK.fullmatch(bare)),
        (Kind.MARK, words < 16 and is_letterhead(content, partner)),
        (Kind.MARK, words < 25 and forms.RELEASE.match(content) and not sentence),
        (Kind.MARK, words < 8 and forms.PLACE_AND_DATE.fullmatch(content)),
        (Kind.MARK, words < 30 and is_document_title(content)),
        (Kind.MARK, words < 14 and forms.DONE_AT.fullmatch(content)),
        (Kind.CONTACT, is_contact(content, words)),
        (Kind.FURNITURE, words < 40 and forms.POINTER.fullmatch(content)),
        (Kind.FURNITURE, words < 15 and forms.AT_ADDRESS.fullmatch(content)),
        (Kind.FURNITURE, words < 30 and forms.FURNITURE.fullmatch(content)),
        (Kind.FURNITURE, words < 25 and any(f.fullmatch(content) for f in _LINES)),
        (Kind.FURNITURE, words < 20 and is_entry(content)),
        (Kind.FURNITURE, forms.CODE.search(content)),
        (Kind.FURNITURE, forms.URL_ONLY.fullmatch(content) or re.fullmatch(r"\W*\d+\W*", content)),
        (Kind.FURNITURE, glued or (page and not sentence)),
        (Kind.FURNITURE, words < 40 and forms.LEGAL.search(content) and not argues(content)),
        (Kind.MARK, words < 30 and compound(content, partner)),
        (Kind.MARK, words < 16 and not sentence and is_issue(content)),
        (Kind.MARK, words < 12 and DATELINE.fullmatch(content)),
        (Kind.FURNITURE, words < 30 and BRACKETS.fullmatch(content)),
        (Kind.FURNITURE, words < 25 and is_announcement(content)),
        (Kind.FURNITURE, words < 20 and is_notice(content)),
        (Kind.FURNITURE, words < 40 and forms.CITED.match(content) and not is_sentence(content)),
        (Kind.FURNITURE, words < 20 and not block.item and is_labelled(content)),
        (Kind.MARK, words < 20 and forms.PRODUCED.match(content) and not argues(content)),
        (Kind.TABLE, 2 * letters < len(re.sub(r"\s", "", content)) or content.count("\t") > 2),
        (Kind.SIGNATURE, i < 12 and words < 30 and forms.SALUTATION.match(content)),
        (Kind.HEADLINE, (not block.item or (numbered and words < 6)) and is_headline(content)),
    )
    return next((kind for kind, found in cascade if found), Kind.PROSE)


_LINES = (forms.LABELLED, forms.CITATION, forms.TRAIL, forms.BUTTONS)


def sentence_kind(content: str) -> Kind:
    """Kind of a sentence cut out of a block of prose: pages run all they show together."""
    words = len(content.split())
    if words < 12 and (
        forms.MARK.fullmatch(content)
        or forms.END.fullmatch(content)
        or _BRACKETED.fullmatch(content + " A")
    ):
        return Kind.MARK
    if words < 12 and (forms.FURNITURE.fullmatch(content) or forms.URL_ONLY.fullmatch(content)):
        return Kind.FURNITURE
    if words < 40 and forms.POINTER.fullmatch(content):
        return Kind.FURNITURE
    if words < 25 and (forms.OFFICE.search(content) or "@" in content) and not is_sentence(content):
        return Kind.CONTACT
    glued = len(forms.NAV_GLUE.findall(content))
    if forms.CODE.search(content) or glued > max(3, words // 6):
        return Kind.FURNITURE
    return Kind.PROSE


def _describes(content: str, partner: str, ended: bool) -> bool:
    """Whether a closing paragraph only says what its author or the partner is."""
    verb = forms.BOILER.search(content[:260]) or forms.ROLE.search(content[:160])
    if not verb and ended:
        verb = forms.PURPOSE.search(content[:160])
    if not verb or re.search(r"(?i)\b(?:we|our|must|should)\b", content[verb.start() :]):
        return False
    before = content[: verb.start()]
    subject = words_of(re.sub(r"[-–—]", " ", before))
    short = ended and len(subject) == 2 and subject[0] == "the" and subject[1] in words_of(partner)
    if short or not subject or len(subject) > 14:  # "The Guild represents ..."
        return short
    if forms.ROLE.match(content, verb.start()) and len(subject) < 6:  # "NAME is chair of <partner>"
        if mentions_fully(content[verb.end() :], partner):
            return before.istitle()
        if _OFFICE.match(partner) and subject[-1] == surname(partner):
            return True
    letters = re.sub(r"^Note:\s*", "", before.strip())
    if len(letters) > 2 and letters.isupper() and letters in partner_letters(partner):
        return True
    names = name_tokens(partner)
    named = sum(name in subject for name in names)
    return 2 * named >= len(names) and named > 0


_OFFICE = re.compile(
    r"(?:Sen(?:ator|\.)?|Rep(?:resentative|\.)?|Congress\w*|Gov\w*|Mayor|Minister)\s"
)


_SEPARATOR = re.compile(r"\s*(?:--+-?|—|–|â€[”“\u201c\u201d\u0093\u0094]|\s-\s|-\s|:\s)\s*-?\s*")
_BRACKETED = re.compile(r"\([A-Z][\w .,’'-]{3,40}\)\s+(?=[A-Z“\"])")


def dateline(sentence: str) -> int:
    """Length of the dateline that a paragraph opens with, 0 when it has none.

    A dateline is a place in capitals, or a place with a date, before a dash or colon; a bare
    place needs a dash with a new sentence behind it.
    """
    bracketed = _BRACKETED.match(sentence)
    if bracketed and "," in bracketed.group():
        return bracketed.end()
    separator = _SEPARATOR.search(sentence, 2, 100)
    if not separator:
        return 0
    head, rest = sentence[: separator.start()].strip('"“*_ \u00a0Â'), sentence[separator.end() :]
    dated = re.search(rf"\b{forms.SHORT_DATE}", head, re.I)
    plain = re.sub(rf"(?i){forms.SHORT_DATE}|/\w+/|\([^)]*\)", "", head)
    words = re.findall(r"[^\W\d_][\w.’'À-ÿ-]*", plain)
    if not words and not dated:
        return 0
    named = all(word[0].isupper() or word in ("of", "de", "and") for word in words)
    if not named or len(words) > 6 or not re.match(r"[\"“'‘(â€œ]*[A-Z\d]", rest):
        return 0
    capitals = bool(words) and len(words[0]) > 2 and words[0] == words[0].upper()
    if ":" in separator.group():
        fits = dated or (capitals and len(words) <= 3)
        return separator.end() if fits and len(rest.split()) > 7 and rest.upper() != rest else 0
    bare = len(words) <= 3 and len(rest.split()) > 7
    return separator.end() if (dated or capitals or bare) and rest.upper() != rest else 0
