"""Names of partners and people, as far as comparing them needs."""

from __future__ import annotations

import re


def word_set(words: str) -> frozenset[str]:
    """The words of a string that lists them."""
    return frozenset(words.split())

_COMMON = word_set(
    "the of for and in on a an to new national association organisation organization inc ltd "
    "institute committee group council society members member sen rep senator representative "
    "hon mr mrs ms dr sir dame rev reverend prof professor president director chair party "
    "union alliance network league federation trust foundation coalition house office state "
    "states united us uk eu nz"
)

_BODIES = word_set(
    "association organisation organization institute committee council society party union "
    "alliance network league federation trust foundation coalition"
)
"""Words by which an organisation is called for short: "the League"."""


def words_of(name: str) -> list[str]:
    """Lower-case words of a name, apostrophe endings left out."""
    return [re.sub(r"[’']s?$", "", word) for word in re.findall(r"[\w’'&]+", name.lower())]


def name_tokens(name: str) -> frozenset[str]:
    """Words that tell this name from others; all words when every one is common."""
    found = [w for w in words_of(re.sub(r"[-_]", " ", name)) if len(w) > 1]
    return frozenset(w for w in found if w not in _COMMON) or frozenset(found)


def acronym(name: str) -> str:
    """Initials of a name of three or more words, else empty."""
    initials = [
        w[0]
        for w in re.split(r"[\s_-]+", name)
        if w and w.lower() not in {"of", "the", "and", "for", "in"}
    ]
    return "".join(initials).upper() if len(initials) > 2 else ""


def mentions(text: str, name: str) -> bool:
    """Whether ``text`` names ``name``: by half of its telling words, by its acronym or as "the League"."""
    tokens = name_tokens(name)
    if not tokens:
        return False
    found = set(words_of(text))
    hits = len(tokens & found)
    if hits and hits >= (len(tokens) + 1) // 2:
        return True
    short = acronym(name)
    if short and re.search(rf"\b{re.escape(short)}\b", text):
        return True
    return any(
        re.search(rf"\b(?:[Tt]he|[Oo]ur)\s+{word.capitalize()}\b(?!\s+(?:of|for)\b|\s+[A-Z])", text)
        for word in words_of(re.sub(r"[-_]", " ", name))
        if word in _BODIES
    )


def surname(name: str) -> str:
    """Last capitalised word of a person's name, lower case; empty when there is none."""
    found = re.findall(r"\b[A-ZÀ-Ý][\w’'\-À-ÿ]+", name)
    return re.sub(r"[’']s?$", "", found[-1]).lower() if found else ""
