"""What a block is by its form: prose, or something that surely states no belief.

A cascade, first match wins: marks of a release, contacts, page furniture, tables, salutations,
headlines without predicate. Some forms govern what follows them: after "About us" comes the
organisation, after "Signed" come names, after "###" or "ENDS" what the partner says of itself.
In doubt a block is prose.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pipeline.claims import forms
from pipeline.claims.blocks import Block
from pipeline.claims.names import acronym, mentions_fully, name_tokens, surname, words_of


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
    ended = listing = linking = False
    closing = max(3, len(blocks) - 2)
    for i, block in enumerate(blocks):
        content = text[block.start : min(block.end, block.start + LONG + 1)].strip()
        numbered = block.item and bool(_NUMBER.search(text[max(0, block.start - 8) : block.start]))
        kind = _form(content, block, i, numbered)
        words = len(content.split())
        if forms.ABOUT.match(content) and (words <= 8 or ended or i > 0.6 * len(blocks)):
            mode = kind = Kind.ABOUT
        elif forms.CLOSING.match(content) and words < 25:
            mode = kind = Kind.SIGNATURE
        elif kind in (Kind.PROSE, Kind.HEADLINE) and mode:
            kind, mode = _follow(mode, kind, content)
        elif kind is Kind.CONTACT:
            mode = kind
        elif kind is not Kind.FURNITURE:
            mode = None
        if kind is Kind.PROSE and (ended or i >= closing) and _describes(content, partner, ended):
            kind = Kind.ABOUT
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
    if kind is Kind.PROSE and _is_sentence(content):
        return kind, None
    if mode is Kind.CONTACT and kind is Kind.PROSE:
        return kind, None
    if mode is Kind.CONTACT and len(content.split()) > 7:
        return kind, None
    return mode, mode


def _is_sentence(content: str) -> bool:
    words = content.split()
    small = sum(word[0].islower() for word in words)
    return len(words) >= 5 and 2 * small >= len(words) and bool(forms.SENTENCE_END.search(content))


def _form(content: str, block: Block, i: int, numbered: bool) -> Kind:
    words = len(content.split())
    page = content.count("|") > 2 or content.count("»") > 2
    glued = len(forms.NAV_GLUE.findall(content)) > max(4, words // 8)
    letters = len(re.findall(r"[^\W\d_]", content))
    sentence = bool(forms.SENTENCE_END.search(content[-12:]))
    if len(content) > LONG:  # a page run together, or prose: its sentences are looked at one by one
        return Kind.FURNITURE if glued or (page and not sentence) else Kind.PROSE
    cascade = (
        (Kind.MARK, forms.END.fullmatch(content) or forms.MARK.fullmatch(content)),
        (Kind.MARK, words < 25 and forms.RELEASE.match(content) and not sentence),
        (Kind.MARK, words < 8 and forms.PLACE_AND_DATE.fullmatch(content)),
        (Kind.MARK, words < 30 and _is_document_title(content)),
        (Kind.MARK, words < 14 and forms.DONE_AT.fullmatch(content)),
        (Kind.CONTACT, _is_contact(content, words)),
        (Kind.FURNITURE, words < 40 and forms.POINTER.fullmatch(content)),
        (Kind.FURNITURE, words < 15 and forms.AT_ADDRESS.fullmatch(content)),
        (Kind.FURNITURE, words < 30 and forms.FURNITURE.fullmatch(content)),
        (Kind.FURNITURE, words < 25 and any(f.fullmatch(content) for f in _LINES)),
        (Kind.FURNITURE, words < 20 and _is_entry(content)),
        (Kind.FURNITURE, forms.CODE.search(content)),
        (Kind.FURNITURE, forms.URL_ONLY.fullmatch(content) or re.fullmatch(r"\W*\d+\W*", content)),
        (Kind.FURNITURE, glued or (page and not sentence)),
        (Kind.TABLE, 2 * letters < len(re.sub(r"\s", "", content)) or content.count("\t") > 2),
        (Kind.SIGNATURE, i < 12 and words < 30 and forms.SALUTATION.match(content)),
        (Kind.HEADLINE, (not block.item or (numbered and words < 6)) and is_headline(content)),
    )
    return next((kind for kind, found in cascade if found), Kind.PROSE)


_LINES = (forms.LABELLED, forms.CITATION, forms.TRAIL, forms.BUTTONS)


def _is_document_title(content: str) -> bool:
    verb = forms.FINITE.search(content) and content != content.upper()
    return bool(forms.TITLE_OF.fullmatch(content)) and not verb


def _is_entry(content: str) -> bool:
    """Whether a line only says when something takes place."""
    if not forms.WHEN.fullmatch(content) or _is_sentence(content):
        return False
    rest = re.sub(rf"(?i){forms.SHORT_DATE}", "", content)
    return not (forms.FINITE.search(rest) or forms.PAST.search(rest))


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
    if (
        words < 25
        and (forms.OFFICE.search(content) or "@" in content)
        and not _is_sentence(content)
    ):
        return Kind.CONTACT
    glued = len(forms.NAV_GLUE.findall(content))
    if forms.CODE.search(content) or glued > max(3, words // 6):
        return Kind.FURNITURE
    return Kind.PROSE


def _is_contact(content: str, words: int) -> bool:
    reach = bool(forms.REACH.search(content))
    if forms.CONTACT.match(content) and (reach or words < 25):
        return True
    if words < 30 and forms.AVAILABLE.match(content):
        return True
    if words < 50 and (forms.PLEASE.match(content) or (words < 25 and forms.ISSUED.match(content))):
        return True
    return reach and words < 25 and not _is_sentence(content)


def is_headline(content: str) -> bool:
    """Whether a block is a title: short, without full stop and without a finite verb."""
    if forms.SENTENCE_END.search(content.rstrip("\"”’'")) or content.endswith((":", ",", ";")):
        return False
    words = content.split()
    small = sum(word[0].islower() for word in words)
    if len(words) > (10 if 2 * small > len(words) else 16):
        return False
    return not (forms.FINITE.search(content) or forms.PAST.search(content))


def _describes(content: str, partner: str, ended: bool) -> bool:
    """Whether a closing paragraph only says what its author or the partner is."""
    verb = forms.BOILER.search(content[:260]) or forms.ROLE.search(content[:160])
    if not verb and ended:
        verb = forms.PURPOSE.search(content[:160])
    if not verb or re.search(r"(?i)\b(?:we|our|must|should)\b", content[verb.start() :]):
        return False
    before = content[: verb.start()]
    subject = words_of(re.sub(r"[-–—]", " ", before))
    if not subject or len(subject) > 14:
        return False
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


def partner_letters(partner: str) -> set[str]:
    """Abbreviations of a partner's name: of all of it, and without what follows "of" or a comma."""
    short = {acronym(partner), acronym(re.split(r",| of ", partner, maxsplit=1)[0])}
    return {letters for letters in short if letters}


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
