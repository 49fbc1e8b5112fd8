"""Names of partners, people and bodies, as far as telling them apart needs."""

from __future__ import annotations

import re
from itertools import pairwise


def word_set(words: str) -> frozenset[str]:
    """The words of a string that lists them."""
    return frozenset(words.split())


_COMMON = word_set(
    "the of for and in on a an to by at new national association organisation organization inc "
    "ltd institute committee group council society members member sen rep senator representative "
    "hon mr mrs ms dr sir dame rev reverend prof professor president director chair party union "
    "alliance network league federation trust foundation coalition house office state states "
    "united us uk eu nz zealand america american britain british canada canadian australia "
    "australian ireland irish mr"
)
_BODIES = word_set(
    "association organisation organization institute committee council society party union "
    "alliance network league federation trust foundation coalition guild chamber forum campaign "
    "group centre center club board circle fellowship cooperative roundtable"
)
"""Words by which an organisation is called for short: "the League"."""

_OTHER_BODIES = word_set(
    "bureau service services agency authority ministry department corps court church bank fund "
    "university college school hospital company corporation corp inc plc llc ltd industries "
    "industry lobby hall house office commission parliament assembly senate congress treasury "
    "press times post news partners capital holdings media mills works nation tribe"
)
ROLE = (
    r"(?:director|president|chair\w*|secretary|spokes\w+|leader|chief|executive|head|founder|ceo|"
    r"co-?ordinator|manager|convenor|convener|organi[sz]er|professor|surgeon|counsel|partner|"
    r"attorney|author|lead)"
)
_TITLE = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mx|Dr|Prof|Sen|Rep|Gov|Rev|Hon|Capt|Col|Gen|Lt|Sgt|Sr|Fr)\b\.?|"
    r"\b(?:Sir|Dame|Lord|Lady|Senator|Representative|Congress(?:man|woman)|Professor|Reverend|"
    r"Bishop|Rabbi|Imam|Sister|Father|Pope|Saint|Captain|Colonel|General|President|Judge|Elder|"
    r"Justice|Deputy|Chief|Minister|Secretary|Ambassador|Commissioner|Governor|Mayor|Director)\b"
)
_CAPITAL = r"[A-ZÀ-ÖØ-Þ]"
_NAME = re.compile(
    rf"\b{_CAPITAL}[\w’'&-]*(?:[ ]+(?:(?:of|for|and|the|&|in|on|"
    rf"de)[ ]+){{0,2}}{_CAPITAL}[\w’'&-]*){{1,7}}"
)
_PERSON_NAME = re.compile(
    rf"\b{_CAPITAL}[\w’'\-]+(?:\s+(?:{_CAPITAL}\.|(?:de|van|von|la|le|al|bin|del|der|den|í?y)\b|"
    rf"{_CAPITAL}[\w’'\-]+)){{1,4}}"
)


_COUNTRY = re.compile(
    r"(?i)[\s_-]*(?:\b(?:of|in)[\s_-]+)?\(?\b(?:new[\s_-]+zealand|nz|aotearoa|australia|au|uk|usa?|"
    r"ireland|canada)\b\)?(?:[\s_-]+inc\b)?"
)


def words_of(name: str) -> list[str]:
    """Lower-case words of a name, possessive endings left out."""
    return [re.sub(r"[’']s?$", "", word) for word in re.findall(r"[\w’'&]+", name.lower())]


def name_tokens(name: str) -> frozenset[str]:
    """Words that tell this name from others; all its words when every one is common."""
    found = [word for word in words_of(re.sub(r"[-_]", " ", name)) if len(word) > 1]
    return frozenset(word for word in found if word not in _COMMON) or frozenset(found)


def acronym(name: str) -> str:
    """Initials of a name of three or more words, else empty."""
    small = {"of", "the", "and", "for", "in", "&"}
    words = [word for word in re.split(r"[\s_-]+", name) if word and word.lower() not in small]
    return "".join(word[0] for word in words).upper() if len(words) > 2 else ""


def mentions(text: str, name: str) -> bool:
    """Whether ``text`` names ``name``, in full or for short."""
    return mentions_fully(text, name) or mentions_briefly(text, name)


def mentions_fully(text: str, name: str) -> bool:
    """Whether ``text`` has at least half of the telling words of ``name``, and two if it can."""
    tokens = name_tokens(name)
    hits = len(tokens & set(words_of(text)))
    return hits > 0 and 2 * hits >= len(tokens) and hits >= min(2, len(tokens))


def mentions_briefly(text: str, name: str) -> bool:
    """Whether ``text`` has two neighbouring words of ``name``, its acronym, or "the League"."""
    if _pairs(text) & _pairs(re.sub(r"[-_]", " ", name)):
        return True
    short = [
        acronym(name),
        acronym(_COUNTRY.sub("", name)),
        acronym(name.split(" of ", maxsplit=1)[0]),
    ]
    if any(letters and re.search(rf"\b{re.escape(letters)}\b", text) for letters in short):
        return True
    party = re.search(r"(\w+)[ _-]+party\b", name, re.I)
    if party and re.search(rf"\b{party.group(1).capitalize()}\b(?!\s+(?:of|[a-z]))", text):
        return True
    words = words_of(_COUNTRY.sub("", re.sub(r"[-_]", " ", name)))
    return any(
        re.search(
            rf"\b(?:[Tt]he|[Oo]ur)\s+{word.capitalize()}\b(?:[’']s)?"
            rf"(?!\s+(?:of|for)\b|\s+{_CAPITAL})|^{word.capitalize()}\b(?:[’']s)?\s+"
            r"(?:[a-z-]+\s){0,2}(?:president|chair\w*|spokes\w+|director|leader|secretary|founder)",
            text,
        )
        for i, word in enumerate(words, start=1)
        if word in _BODIES or (i == len(words) > 1 and len(word) > 5)
    )


def _pairs(name: str) -> frozenset[tuple[str, str]]:
    """Neighbouring words of a name, those aside that many names share ("new zealand", "of the")."""
    words = words_of(name)
    shared = {"new", "zealand", "united", "states", "kingdom", "of", "the", "and", "for", "in"}
    return frozenset(pair for pair in pairwise(words) if not shared & set(pair))


def full_names(text: str, name: str) -> frozenset[str]:
    """Longer forms of ``name`` in a text: "Alliance of Independent Makers" for a folder's name."""
    tokens = frozenset(words_of(re.sub(r"[-_]", " ", name)))
    found = {match.group() for match in _NAME.finditer(text)}
    return frozenset(form for form in found if tokens <= set(words_of(form)) and form != name)


def surname(name: str) -> str:
    """Last capitalised word of a person's name, lower case; empty when there is none."""
    found = re.findall(rf"\b{_CAPITAL}[\w’'\-]+", name)
    return re.sub(r"[’']s?$", "", found[-1]).lower() if found else ""


def is_body(subject: str) -> bool:
    """Whether a noun phrase names an organisation, by the words it is made of."""
    words = set(words_of(subject))
    return bool(words & (_BODIES | _OTHER_BODIES)) or bool(re.search(r"\b[A-Z][A-Z&-]+\b", subject))


def is_person(subject: str, text: str) -> bool:
    """Whether a noun phrase names a person.

    A title or two capitalised words that name no body make a person; a single name does when the
    document elsewhere puts a first name or a title before it.
    """
    led = re.match(rf"(?:[Tt]he\s|[Aa]n?\s)?[^,A-Z]*\b{ROLE}, (.+)", subject)
    head = re.split(r",|\s(?:of|at|from|for|who)\s", led.group(1) if led else subject, maxsplit=1)[
        0
    ]
    if re.match(r"(?:the|a|an|some|many|most|all|our|my|their|its)\s+[a-z]", head, re.I) and not (
        _PERSON_NAME.search(head)
    ):
        return False
    if _TITLE.search(head) and re.search(rf"{_CAPITAL}[\w’'\-]+$", head.strip()):
        return not re.match(r"[Tt]he\s+\w+$", head.strip())
    if _PERSON_NAME.search(re.sub(r"^(?:The|But|And|Yet|In)\s", "", head)):
        role = rf"\b{ROLE}\s+(?:{_CAPITAL}[\w’'.\-]+\s*){{2,3}}$"
        return not is_body(head) or bool(re.search(role, head))
    single = head.strip()
    if not re.fullmatch(rf"{_CAPITAL}[\w’'\-]+", single):
        return False
    before = (
        rf"(?:\b{_CAPITAL}[a-zß-ÿ’'\-]+|\b{_CAPITAL}\.|\b(?:Mr|Mrs|Ms|Dr|Sens?|Reps?)\.?)"
        rf"[ \t\u00a0]+(?i:{re.escape(single)})\b"
    )
    after = rf"\b{re.escape(single)}\s+(?!(?i:{ROLE})\b)({_CAPITAL}[a-z’'\-]+)"
    named = re.search(after, text)
    return bool(re.search(before, text)) or (named is not None and not is_body(named.group(1)))
