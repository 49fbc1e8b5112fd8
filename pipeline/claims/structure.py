"""What a block is by its form: prose, or something that surely states no belief.

A cascade, first match wins: marks of a release, contacts, signatures, page furniture, tables,
headlines without predicate. Some marks govern what follows them: after "###" or "ENDS" come
notes on the organisation, after "Signed" come names. In doubt a block is prose.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pipeline.claims.blocks import Block
from pipeline.claims.names import name_tokens


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


_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DATE = (
    rf"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?"
    rf"\s+\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|{_MONTH}\s+\d{{4}}|"
    r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2})"
)
_MARKS = re.compile(
    rf"(?:\W*(?:for\s+immediate\s+release|for\s+(?:public\s+)?release|not\s+for\s+publication|"
    rf"embargoe?d?\s*(?:until|till|to|:|for)?|strictly\s+embargoed|(?:press|news|media|public)\s+"
    rf"(?:release|statement|advisory|alert|notice)|statement|under\s+embargo|"
    rf"check\s+against\s+delivery|as\s+prepared\s+for\s+delivery|{_DATE}|"
    rf"\d{{1,2}}[:.]\d{{2}}\s*(?:hrs|[ap]\.?m\.?)?|[ap]\.?m\.?|ends?|notes?\s+to\s+editors?:?|more|"
    rf"background(?:\s+information)?|no\.?\s*\d+(?:/\d+)?|by\s+e-?mail|by\s+hand|via\s+\w+))+\W*",
    re.I,
)
_EMBARGO = re.compile(
    r"\W*(?:strictly\s+)?(?:embargo|under embargo|not for (?:publication|broadcast))", re.I
)
_RELEASE = re.compile(
    r"\W*(?:for immediate release|(?:press|news|media)\s+(?:release|statement))\b", re.I
)
_END = re.compile(
    r"\W*(?:#\s*){2,}\W*|[-–—\s]*(?:30|end[s]?|more|fin|xxx)[-–—\s.]*|(?:\*\s*){3,}|[-–—_=~]{3,}",
    re.I,
)
_ENDED = re.compile(r"\W*(?:(?:#\s*){2,}|[-–—\s]*(?:30|ends?|fin)[-–—\s.]*)\W*", re.I)
_CONTACT = re.compile(
    r"\W*(?:(?:press|media|news|policy|further|editorial|for\s+(?:more|further|additional|media|press|"
    r"interviews?)[\w\s,]{0,40}?)\s*)?(?:contacts?|enquir(?:y|ies)|inquir(?:y|ies)|information|"
    r"interviews?|press(?:\s+(?:office|desk))?|spokes(?:person|man|woman)|phone|tel(?:ephone)?|mobile|"
    r"cell|e-?mail|fax|office)\W*(?::|\||—|–|please\b|call\b|contact\b|$)",
    re.I,
)
_REACH = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|\(link sends email\)|(?:\+?\d[\d ().–-]{6,}\d)|\bext\.?\s*\d+", re.I
)
_PLEASE = re.compile(
    r"\W*(?:for|to)\s+(?:more|further|additional|media|press|interviews?|arrange|request|schedule)\b"
    r".{0,80}\b(?:contact|call|e-?mail|visit|write|phone|reach|see|go to)\b",
    re.I | re.S,
)
_ABOUT = re.compile(r"\W*about\s+(?:us\b|the\s+[A-Z]|[A-Z])|\W*who we are\W*$|ABOUT\s+\S", re.S)
_BOILER = re.compile(
    r"(?:is|are)\s+(?:an?|the|one of)\s+(?:[\w’'-]+[\s,]+){0,8}?(?:organi[sz]ation|charity|union|federation|"
    r"association|coalition|network|non-?profit|think[- ]tank|alliance|advoca\w+|institute|group|body|"
    r"trust|society|party|movement|voice)\b|(?:represents?|speaks? for|links|has|brings together|"
    r"unites|serves)\s+(?:[\w’',.-]+\s+){0,4}?(?:\d[\d,.]*|[a-z]+-?[a-z]* (?:hundred|thousand)|members|"
    r"unions|organi[sz]ations|businesses|firms|companies|farmers|congregations)|"
    r"(?:was|were)\s+(?:founded|established|formed|set up)|founded\s+in\s+\d{4}|"
    r"(?:protects?|promotes?|defends?|works?|campaigns?)\b",
)
_SALUTATION = re.compile(
    r"(?:dear|to whom it may concern|(?:the\s+)?(?:right\s+)?hon(?:ou?rable|\.)?\s+[A-Z])[^.!?]{0,90}[,:]?$|"
    r"(?:to|from|cc|bcc|re|subject|date|encl?(?:osures?)?)\s*:.{0,160}$",
    re.I,
)
_CLOSING = re.compile(
    r"\W*(?:(?:yours|very|most|with|kind|warm|best|respectfully|sincerely|in solidarity|in (?:faith|"
    r"peace|hope)|faithfully)[\w\s’']{0,40},?$|signed(?:\s+by|\s+for\b.*)?\W*(?:$|:.*|,.*)|"
    r"signator(?:y|ies)\W*$|undersigned\W*$|(?:the\s+)?(?:following|under-?signed)\s+organi[sz]ations\W*$|"
    r"signed\s*[,:]|respectfully submitted\W*$|cc\s*:|/s/)", re.I,
)  # fmt: skip
_FURNITURE = re.compile(
    r"\W*(?:image|photo(?:graph)?s?(?:\s+(?:credit|by|:).*)?|picture|caption|video|watch(?:\s+the)?\s+video.*|share"
    r"(?:\s+(?:this|on)\b.*)?|tweet|print(?:\s+this.*)?|e-?mail(?:\s+this.*)?|facebook|twitter|linkedin|"
    r"instagram|youtube|subscribe.*|sign up.*|log ?in|search|menu|home|skip to.*|(?:back|return) to.*|"
    r"read more|more\W*|continue reading|related(?:\s+\w+)*|tags?:.*|categor(?:y|ies):.*|filed under.*|"
    r"posted (?:on|by|in).*|published (?:on|by).*|updated?:.*|previous|next|©.*|\(c\)\s*\d{4}.*|"
    r"copyright.*|all rights reserved.*|(?:we use|this (?:web)?site uses) cookies.*|privacy policy.*|"
    r"terms (?:of|and).*|accept(?: all)?(?: cookies)?|donate(?:\s+now)?|join(?:\s+(?:us|now))?|text size.*|"
    r"questions or comments\W*|page \d+.*|follow us.*|view (?:all|online|in browser).*|unsubscribe.*|"
    r"(?:table of )?contents|\[?\(?(?:laughter|applause|crosstalk|inaudible|music|pause|video plays?|"
    r"recess)[.\])\w\s]*|click here.*|download.{0,60}|\d+ (?:comments?|shares?|min(?:ute)?s? read)|"
    r"(?:file|media|attachments?|documents?)\s*:.*|by\s+(?:[A-Z][\w.’'-]+[\s,]*){1,5}.{0,80})$",
    re.I | re.S,
)
_NAV_GLUE = re.compile(r"[a-z)»](?=[A-Z][a-z])")
_URL_ONLY = re.compile(r"\W*(?:see(?: also)?:?\s*)?(?:https?://|www\.)\S+\W*", re.I)
_FINITE = re.compile(
    r"\b(?:is|are|was|were|be|am|has|have|had|do|does|did|will|would|can|could|shall|should|must|may|"
    r"might|cannot|can[’']t|won[’']t|don[’']t|doesn[’']t|isn[’']t|aren[’']t|needs?|deserves?|demands?|calls?|"
    r"urges?|wants?|says?|said|tells?|opposes?|supports?|rejects?|condemns?|welcomes?|backs?|slams?|fails?|"
    r"means?|makes?|let|stop|end|save|keep|give|protect|publish|takes?|gets?|kills?|hurts?|threatens?|costs?|"
    r"puts?|leaves?|goes|comes|works?|helps?|harms?|matters?|belongs?|pays?|announces?|introduces?|votes?|"
    r"launches|warns?|asks?|files?|joins?|seeks?|responds?|praises?|wins?|loses?|denounces?|applauds?|"
    r"secures?|finds?|shows?|brings?|remains?|becomes?|begins?|continues?|refuses?|risks?|cuts?|"
    r"we|you|they|it[’']s|let[’']s|that[’']s|there[’']s)\b",
    re.I,
)  # fmt: skip
_SENTENCE_END = re.compile(r"[.!?…][\"”»’')\]*_]*(?:\[?\d{1,3}\]?)?$")


def mark_blocks(text: str, blocks: list[Block], partner: str) -> list[Kind]:
    """Kind of each block, same order and length as ``blocks``."""
    kinds: list[Kind] = []
    mode: Kind | None = None
    ended = False
    names = name_tokens(partner)
    for i, block in enumerate(blocks):
        content = text[block.start : block.end].strip()
        kind = _form(content, block, i, len(blocks))
        prose = bool(_SENTENCE_END.search(content)) and len(content.split()) >= 6
        if _ABOUT.match(content) and (ended or len(content.split()) <= 8 or i > 0.6 * len(blocks)):
            mode = kind = Kind.ABOUT
        elif _CLOSING.match(content) and len(content.split()) < 25:
            mode = kind = Kind.SIGNATURE
        elif mode is Kind.SIGNATURE and kind is Kind.PROSE:
            mode, kind = (None, kind) if prose else (mode, Kind.SIGNATURE)
        elif mode is Kind.CONTACT and kind is Kind.HEADLINE:
            kind = Kind.CONTACT
        elif mode is Kind.ABOUT and kind is Kind.PROSE:
            kind = Kind.ABOUT
        elif kind is Kind.CONTACT:
            mode = kind
        elif kind is not Kind.HEADLINE or mode is not Kind.SIGNATURE:
            mode = None if mode is not Kind.ABOUT or kind is Kind.HEADLINE else mode
        if (
            kind is Kind.PROSE
            and (ended or i >= len(blocks) - 2)
            and _describes(content, names, ended)
        ):
            kind = Kind.ABOUT
        ended = ended or bool(_ENDED.fullmatch(content))
        kinds.append(kind)
    return kinds


def _form(content: str, block: Block, i: int, count: int) -> Kind:
    words = content.split()
    letters = sum(c.isalpha() for c in content)
    if _END.fullmatch(content) or _MARKS.fullmatch(content):
        return Kind.MARK
    if len(words) < 25 and (_EMBARGO.match(content) or _RELEASE.match(content)):
        return Kind.MARK
    if _is_contact(content, words):
        return Kind.CONTACT
    if (_FURNITURE.fullmatch(content) and len(words) < 30) or _URL_ONLY.fullmatch(content):
        return Kind.FURNITURE
    if len(_NAV_GLUE.findall(content)) > max(4, len(words) // 8):
        return Kind.FURNITURE
    if (content.count("|") > 2 or content.count("»") > 2) and not _SENTENCE_END.search(content):
        return Kind.FURNITURE
    if letters < 0.5 * len(content.replace(" ", "")) or content.count("\t") > 2:
        return Kind.TABLE
    if i < 12 and _SALUTATION.match(content) and len(words) < 30:
        return Kind.SIGNATURE
    if not block.item and is_headline(content):
        return Kind.HEADLINE
    return Kind.PROSE


def _is_contact(content: str, words: list[str]) -> bool:
    reach = bool(_REACH.search(content))
    if _CONTACT.match(content) and (reach or len(words) < 25):
        return True
    if _PLEASE.match(content) and len(words) < 50:
        return True
    return reach and len(words) < 25


def is_headline(content: str) -> bool:
    """Whether a block is a title: short, without full stop and without a finite verb."""
    if _SENTENCE_END.search(content) or content.endswith((":", ",", ";")):
        return False
    return len(content.split()) <= 16 and not _FINITE.search(content)


def _describes(content: str, names: frozenset[str], ended: bool) -> bool:
    """Whether a closing paragraph only says what the organisation is."""
    opening = content[:110]
    found = sum(name in opening.lower() for name in names)
    named = bool(names) and (found >= max(1, len(names) // 2))
    return (
        named and bool(_BOILER.search(content[:260])) and (ended or " we " not in content.lower())
    )


_DATELINE = re.compile(
    rf"""\W*(?:(?:{_DATE}|\(?[A-Z]{{2,}}\)?)\s*[—–:-]+\s*)?
    (?:[A-ZÀ-Ý][\w.’'À-ÿ]*(?:[ ][A-ZÀ-Ý(][\w.’'À-ÿ)]*){{0,3}},?\s*(?:[A-Z][\w.]*\.?,?\s*){{0,3}})
    (?:\(?\s*,?\s*{_DATE}\s*\)?|\(?{_MONTH}\s+\d{{1,2}}\)?|\(?\d{{1,2}}\s+{_MONTH}\)?|\((?:[A-Z][\w\s/,.]{{1,40}})\))?\s*
    (?:--+|—|–|-\s|:\s)\s*-?""",
    re.X | re.I,
)
_PLACE = re.compile(r"\W*[A-ZÀ-Ý][A-ZÀ-Ý.’'\s]{3,}\b")


def dateline(sentence: str) -> int:
    """Length of the dateline that a paragraph opens with, 0 when it has none.

    A dateline is a place in capitals, or a place with a date, before a dash or colon.
    """
    match = _DATELINE.match(sentence[:110])
    if not match or match.end() >= len(sentence):
        return 0
    head = match.group()
    dated = re.search(_DATE, head, re.I) or re.search(
        rf"\d{{1,2}}\s+{_MONTH}|{_MONTH}\s+\d", head, re.I
    )
    colon = head.rstrip().endswith(":")
    rest = sentence[match.end() :]
    if not (_PLACE.match(head) or (dated and not colon)) or rest.upper() == rest:
        return 0
    if colon and (len(head.split()) > 3 or len(rest.split()) < 8):
        return 0
    return match.end() if len(head.split()) <= 12 else 0
