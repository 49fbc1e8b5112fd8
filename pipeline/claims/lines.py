"""What a single line or short paragraph is, by itself: its sentences, its verb, its pieces.

The forms themselves are in ``forms``; what stands around a block is ``structure``'s business.
"""

from __future__ import annotations

import re

from pipeline.claims import forms
from pipeline.claims.names import acronym


def is_sentence(content: str) -> bool:
    """Whether a line is mostly small words and ends like a sentence."""
    words = content.split()
    small = sum(word[0].islower() for word in words)
    return len(words) >= 5 and 2 * small >= len(words) and bool(forms.SENTENCE_END.search(content))


def speaks(content: str) -> bool:
    """Whether a block holds a sentence: five words that end like one."""
    return len(content.split()) >= 5 and bool(
        forms.SENTENCE_END.search(content) and not forms.REACH.search(content[-60:])
    )


def claims(content: str) -> bool:
    """Whether a line has a word that claims are made with."""
    return bool(re.search(r"(?i)\b(?:we|our|must|should|will|is|are|no|not|cannot)\b", content))


def trails(content: str) -> bool:
    """Whether a line behind the last sentence is none itself, nor a slogan."""
    if re.search(r"[.!?…][\"”’)*_]*(?:\s|$)|:$", content):
        return False
    return not (content[0].islower() or content.isupper() or claims(content))


def lists(content: str) -> bool:
    """Whether a block announces a list, which need not have marks."""
    return content.endswith(":") and len(content.split()) > 3


def asserts(content: str) -> bool:
    """Whether a line has a verb that is not a noun as well, or ends like a sentence."""
    bare = _AMBIGUOUS.sub(" ", content)
    return bool(
        forms.SENTENCE_END.search(content) or forms.FINITE.search(bare) or forms.PAST.search(bare)
    )


_AMBIGUOUS = re.compile(
    r"\b(?:pay|works?|helps?|supports?|votes?|costs?|needs?|reads?|leads?|risks?|cuts?|files?|signs?|"
    r"lives?|marks|hits?|calls?|lights|offers?|raises?|rises?|harms?|demands?|matters?|serves?|"
    r"addresses|closes?|rests?|wastes?|backs?|shows?|ends?|wins?|falls?|begins?|moves?|runs?|gives?|"
    r"may|led|held|fears?|faces|drives?|breaks?|boosts?|will|moves?|stops?|may)\b",
    re.I,
)
"""Verbs of ``forms.FINITE`` that are nouns, names or months as often."""


def reports(content: str, following: list[str], *, first: bool) -> bool:
    """Whether a title without a verb says something all the same: an amount, "A: b c d e"."""
    if len(content.split()) < 5 or not any(map(is_sentence, following)):
        return False
    plain = re.sub(rf"(?i)\b{forms.SHORT_DATE}", " ", content)
    return bool(_AMOUNT.search(plain) or (first and _COLON.fullmatch(plain)))


_AMOUNT = re.compile(r"[$£€]\s?\d|\d\s*%|(?<![\w.] )\b\d[\d,.]*(?<=\d)\s+[a-z]{3,}\b(?!\.)")


_COLON = re.compile(r"[^:]{4,60}: [a-z]\w* [^:]{8,}")


def compound(content: str, partner: str) -> bool:
    """Whether a line is several pieces, each a form or a name: "NEWS | 3 May | Port Ellery"."""
    spaced = re.sub(r"\t+|\s{3,}", " | ", content)
    pieces = [piece.strip(" *\t") for piece in _PIECES.split(spaced) if piece.strip(" *\t")]
    if not 2 <= len(pieces) <= 12:
        return False
    formal = 0
    for piece in pieces:
        rest = re.sub(r"\([^()]*\)", " ", _without(piece, partner))
        if (
            not re.search(r"\w", rest)
            or any(f.fullmatch(piece) for f in _PIECE_FORMS)
            or (forms.REACH.search(piece) and len(piece.split()) < 8)
        ):
            formal += 1
        elif len(piece.split()) > 6 or forms.SENTENCE_END.search(piece) or asserts(rest):
            return False
    return formal > 0


_PIECES = re.compile(r"\s?[|•·]+\s?|\s[-–—/*]{1,3}\s|\s//\s")


_PIECE_FORMS = (
    forms.MARK, forms.PLACE_AND_DATE, forms.FURNITURE, forms.URL_ONLY, forms.LABELLED,
    re.compile(rf"\W*{forms.SHORT_DATE}\W*", re.I),
)  # fmt: skip


def _without(content: str, partner: str) -> str:
    """A line less the partner's name and initials."""
    names = [f"(?i:{re.escape(partner)})", *map(re.escape, partner_letters(partner))]
    return re.sub("|".join(rf"(?<!\w){name}(?!\w)" for name in names), " ", content)


def is_letterhead(content: str, partner: str) -> bool:
    """Whether a line is the partner's name, alone or with marks of a release."""
    rest = _without(content, partner).strip()
    if rest == content:
        return False
    return not re.search(r"\w", rest) or bool(forms.MARK.fullmatch(rest))


DATELINE = re.compile(
    r"[A-ZÀ-Ý][\w.’']*(?:[ ,]+[A-ZÀ-Ý][\w.’']*){0,4},?\s*(?:\([^()]{1,40}\))?\s*(?:--?|—|–)"
)
"""A dateline alone on its line."""


BRACKETS = re.compile(r"\W{0,3}\[[^\[\]]{1,200}\]\W{0,3}|\([^().!?]{1,60}\)")
"""A line that is one aside: "[Cheers]", "(seal)"."""


def is_issue(content: str) -> bool:
    """Whether a line only gives the number of an issue or a release."""
    found = forms.ISSUE.search(content)
    rest = content[: found.start()] + content[found.end() :] if found else content
    return bool(found) and not asserts(rest)


def argues(content: str) -> bool:
    """Whether a line has a word that arguments are made with."""
    return bool(re.search(r"(?i)\b(?:we|our|must|should|would|if|because|but|not)\b", content))


def is_notice(content: str) -> bool:
    """Whether a line only concerns the paper, the site, the office or a courtesy."""
    if re.search(r"(?i)\b(?:because|must|should not|would)\b", content):
        return False
    if forms.ERRAND.match(content):
        return True
    if forms.COURTESY.match(content):
        return not asserts(content.rstrip(" .!"))
    return bool(forms.NOTICE.match(content)) and not argues(content)


def is_labelled(content: str) -> bool:
    """Whether a line is a label and a value without a verb: "Minimum age: 14"."""
    label, colon, value = content.partition(": ")
    if not colon or not 0 < len(label.split()) <= 3 or claims(content) or asserts(label):
        return False
    value = value.rstrip(" .")
    valued = re.match(r"\W*(?:\d|[A-ZÀ-Ý])", value) or value.count(",") > 1
    return bool(valued) and not asserts(value)


def is_announcement(content: str) -> bool:
    """Whether a line only says when something takes place: what, then a date or an hour."""
    found = forms.EVENT.match(content)
    if found and ":" in found.group() and re.search(r"(?i)\d\s*[ap]\.?m\b", content[:90]):
        return True
    if not found or is_sentence(content) or argues(content):
        return False
    rest = re.sub(rf"(?i)\b{forms.SHORT_DATE}", " ", content)
    return not (asserts(rest.rstrip(" .!")) and forms.SENTENCE_END.search(content))


def is_document_title(content: str) -> bool:
    """Whether a line says what kind of document it heads, and whose."""
    content = re.sub(r"\([^()]*\)\s*$", "", content)
    dateless = re.sub(rf"(?i)\b{forms.SHORT_DATE}", " ", content)
    verb = forms.FINITE.search(dateless) and content != content.upper()
    return bool(forms.TITLE_OF.fullmatch(content)) and not verb


def is_entry(content: str) -> bool:
    """Whether a line only says when something takes place."""
    if not forms.WHEN.fullmatch(content) or is_sentence(content):
        return False
    rest = re.sub(rf"(?i){forms.SHORT_DATE}", "", content)
    return not (forms.FINITE.search(rest) or forms.PAST.search(rest))


def is_contact(content: str, words: int) -> bool:
    """Whether a line says whom to reach, and how."""
    reach = bool(forms.REACH.search(content))
    if forms.CONTACT.match(content) and (reach or words < 25):
        return True
    if words < 30 and forms.AVAILABLE.match(content):
        return True
    if words < 25 and forms.SPEAKS.match(content) and not argues(content):
        return True
    if words < 50 and (forms.PLEASE.match(content) or (words < 25 and forms.ISSUED.match(content))):
        return True
    return reach and words < 25 and not is_sentence(content)


def is_headline(content: str) -> bool:
    """Whether a block is a title: short, without full stop and without a finite verb."""
    if content.endswith(":") and len(content.split()) <= 3:
        content = content[:-1]
    if forms.SENTENCE_END.search(content.rstrip("\"”’'")) or content.endswith((":", ",", ";")):
        return False
    words = content.split()
    small = sum(word[0].islower() for word in words)
    if len(words) > (10 if 2 * small > len(words) else 16):
        return False
    if len(re.findall(r"[^\W\d_]+", content)) <= 2 and not asserts(content):
        return True
    content = re.sub(rf"(?i)\b{forms.DATE}", " ", content)
    if content.isupper() and forms.PAST.search(content.lower()):
        return False
    return not (forms.FINITE.search(content) or forms.PAST.search(content))


def partner_letters(partner: str) -> set[str]:
    """Abbreviations of a partner's name: of all of it, and without what follows "of" or a comma."""
    short = {acronym(partner), acronym(re.split(r",| of ", partner, maxsplit=1)[0])}
    return {letters for letters in short if letters}
