"""Blocks -> sentence spans, by rules.

The rules know abbreviations, initials, quotes, enumerators, ellipses and glued sentences
("end.Next"). Where a stretch runs on for more than ``RUN_ON`` words its punctuation is probably
lost; then wide gaps (left by stripped marks) before words that open sentences are borders.

spaCy's senter, blingfire, pysbd and the sentencizer are behind on ``annotations/gold/voice.jsonl``
(``benchmarks/claims_quality.py``; figures in docs/claims.md). On stripped text the senter and the
parser find 0.2 % and 10 % of the borders, the rule 80 %.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.claims.blocks import Block
from pipeline.claims.names import word_set

RUN_ON = 60
"""Words without a border from which gaps are looked at; 99 % of gold sentences are shorter."""

Span = tuple[int, int]

_TITLES = word_set(
    "mr mrs ms mx dr prof sen sens rep reps gov gens gen col lt sgt maj capt cmdr adm rev fr "
    "hon st pres messrs mme mlle supt amb del atty assoc asst dept insp rt ven msgr ald cllr"
)
_BEFORE_NUMBER = word_set(
    "no nos art arts sec secs sect fig figs vol vols pp p para paras ch chap cf pt ext approx "
    "ca tel jan feb mar apr jun jul aug sep sept oct nov dec cl reg regs"
)
_NEVER = word_set("e.g i.e vs v viz al incl")
_MAYBE = word_set(
    "inc ltd co corp llc plc jr sr esq etc u.s u.k u.n e.u u.s.a d.c a.m p.m ph.d m.d b.a m.a "
    "j.d d-mass n.y n.j n.c s.c l.a ave blvd rd ala ariz ark calif colo conn fla ga ill ind "
    "kan ky md mass mich minn miss mo mont neb nev okla ore pa penn tenn tex va vt wash wis "
    "wyo con res bros dist est ft mt assn univ cong sess stat supp rev h.r s.j h.j h.res s.res nz"
)
_STARTERS = word_set(
    "the a an in on at by for from with without to of we i you he she it they this that these "
    "those there here our my his her its their your but and or so yet if when while as "
    "although though because since after before until once unless however moreover "
    "furthermore therefore thus instead indeed meanwhile nor not no what who why how where "
    "which whether every each some many most all any both few several such only even just now "
    "then today yesterday last next under over through during despite according"
)
_OPENERS = _STARTERS | word_set(
    "also additionally finally first second third similarly specifically recently currently again "
    "well yes please let do does did is are was were has have can could should would will may "
    "might make take more less much everyone everybody nothing something someone given together "
    "throughout within across among between like unlike later earlier tonight tomorrow perhaps "
    "clearly unfortunately sadly simply frankly obviously certainly surely ultimately overall "
    "passing people americans families further mr ms mrs"
)
"""Words after a gap that open a sentence: F1 0.86 against 0.84 with the starters alone, on
releases whose marks were stripped for the purpose (docs/claims.md)."""
_REPORTING = (
    r"(?:said|says|asked|asks|added|adds|told|tells|replied|wrote|writes|continued|concluded|"
    r"explained|demanded|wondered|cried|declared|noted|argued|warned)"
)
_END = re.compile(
    r"(?P<mark>\.\s?\.\s?\.(?:\s?\.)?|[.!?]+|…)(?P<close>[\"”»’')\]*_]*)"
    r"(?P<note>(?<=[a-z)”\"][.”\"])\d{1,3}(?=\s+[A-Z“\"])|\[\d{1,3}\])?(?P<space>\s*)"
)
_WORD_BEFORE = re.compile(r"[^\s(\[“\"‘—–]+$")
_NEXT = re.compile(r"[\"“«‘'(\[*_—–\-$£€#]*\s?(?P<word>[^\W_]+)")
_ATTRIBUTION = re.compile(rf"(?:[A-Z][\w.’'\-]*\s+){{1,4}}{_REPORTING}\b|{_REPORTING}\s")
_GLUED = re.compile(r"[\"“‘(]?(?:[A-Z][a-z’']+\s|[AI]\s|[A-Z]{2,}\s)")
_ADDRESS = re.compile(
    r"@|://|www\.|\.(?:com|org|net|gov|edu|nz|uk|eu|au|ca|html?|pdf|example)\b", re.I
)
_GLUED_PAGE = re.compile(
    r"Read More(?=[A-Z]|\s*$)|(?<=[a-z\d)”’'\"])(?:January|February|March|April|May|June|July|"
    r"August|"
    r"September|October|November|December) \d{1,2}, \d{4}\s*(?:Press Releases?|In The News|News|"
    r"Blog|Op-Eds?|Media Coverage|Columns?)?\s*|(?<=[a-z\d])(?=(?:WASHINGTON|Washington), D\.?C)|"
    r"\s*#(?:\s?#){2,}\s*|"
    r"\s+(?:January|February|March|April|May|June|July|August|September|October|November|December) "
    r"\d{1,2}, \d{4}\s*(?:Press Release|In The News)s?\s*"
)
_GAP = re.compile(r"\s{2,}(?=[\"“]?[A-Z0-9])")


@dataclass(frozen=True)
class Segmenter:
    """Block spans to sentence spans.

    Args:
        max_characters: longer sentences are cut at clause borders.
    """

    max_characters: int = 1000

    def __call__(self, text: str, blocks: list[Block]) -> list[list[Span]]:
        """Sentence spans of each block, trimmed, in order, without overlap."""
        return [list(self._block(text, block.start, block.end)) for block in blocks]

    def _block(self, text: str, start: int, end: int) -> Iterator[Span]:
        cuts = [start, *rule_cuts(text, start, end), end]
        for low, high in pairwise(cuts):
            piece = text[low:high]
            if len(piece) > 5 * RUN_ON and len(piece.split()) > RUN_ON:
                for a, b in self._run_on(text, low, high):
                    yield from self._trim(text, a, b)
            else:
                yield from self._trim(text, low, high)

    def _run_on(self, text: str, start: int, end: int) -> list[Span]:
        """Cuts a stretch without sentence punctuation at gaps before words that open sentences."""
        cuts = [start]
        for match in _GAP.finditer(text, start, end):
            word = _NEXT.match(text, match.end())
            if word and word["word"].lower() in _OPENERS:
                cuts.append(match.end())
        return list(pairwise([*cuts, end]))

    def _trim(self, text: str, start: int, end: int) -> Iterator[Span]:
        for low, high in cut_long(text, start, end, self.max_characters):
            piece = text[low:high]
            length = len(piece.strip())
            if length:
                low_trimmed = low + len(piece) - len(piece.lstrip())
                yield low_trimmed, low_trimmed + length


def rule_cuts(text: str, start: int, end: int) -> list[int]:
    """Positions inside ``[start, end)`` at which punctuation begins a new sentence."""
    cuts = []
    for match in _END.finditer(text, start, end):
        place = match.end()
        if start < place < end and _is_boundary(text, match, start, end):
            cuts.append(place)
    for match in _GLUED_PAGE.finditer(text, start, end):
        cuts += [match.start(), match.end()]
    return sorted({place for place in cuts if start < place < end})


def _is_boundary(text: str, match: re.Match[str], start: int, end: int) -> bool:
    place = match.end()
    following = _NEXT.match(text, place, end)
    word = following["word"] if following else ""
    goes_on = match["space"] and word[:1].islower() and not _opens_list(text, place)
    if not word or goes_on or _in_dateline(text, start, match):
        return False
    before = _WORD_BEFORE.search(text, max(start, match.start() - 30), match.start())
    token = before.group().rsplit("--", 1)[-1] if before else ""
    if not match["space"] and not match["note"]:
        return _is_glued(text, match, token, place, end)
    mark, closed = match["mark"], bool(match["close"].strip("*_"))
    if mark[-1] in "!?":
        return not (closed and _ATTRIBUTION.match(text, place, end))
    if closed or match["note"]:
        return token.lower().strip(".") not in _TITLES
    if len(mark) > 1 or mark == "…":
        return word.lower() in _STARTERS
    return _ends_sentence(token, word, before is not None and before.start() == start)


def _in_dateline(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the full stop is one of "ASTORIA, Ore. --"."""
    place = match.end()
    if place - start > 100 or not re.match(r"(?:--|[—–-]\s)", text[place : place + 2]):
        return False
    opening = text[start : match.start()].split()
    return len(opening) < 9 and all(word[0].isupper() or word[0].isdigit() for word in opening)


def _ends_sentence(token: str, word: str, opens: bool) -> bool:
    """Whether "token." before ``word`` ends a sentence; ``opens``: the token opens the block."""
    plain = token.lower().strip("(“\"'*_")
    if plain in _TITLES or plain in _NEVER:
        return False
    if plain in _BEFORE_NUMBER:
        return not word[0].isdigit() and (plain == "no" or word.lower() in _STARTERS)
    if opens and (len(plain) <= 2 or plain.isdigit()):
        return False  # "1." or "a." is an enumerator
    initial = len(plain) == 1 and plain.isalpha() and token.isupper() and plain != "i"
    if initial or plain in _MAYBE or re.fullmatch(r"(?:[a-z]\.)+[a-z]+", plain):
        return word.lower() in _STARTERS
    return True


def _is_glued(text: str, match: re.Match[str], token: str, place: int, end: int) -> bool:
    """Whether a page lost the space in "end.Next"; not in "example.Org" or "U.S"."""
    if len(token) < 2 or not (token[-1].islower() or token[-1] in ')%”"') or "." in token:
        return False
    rest = text[place : min(end, place + 40)].split(maxsplit=1)[0]
    if _ADDRESS.search(token + match["mark"] + rest):
        return False
    return bool(_GLUED.match(text, place, end))


def _opens_list(text: str, place: int) -> bool:
    return bool(re.match(r"[•●▪]\s|\(?[a-z]\)\s", text[place : place + 5]))


def cut_long(text: str, start: int, end: int, limit: int) -> Iterator[Span]:
    """``[start, end)`` in pieces of at most ``limit`` characters, cut at the best border there is.

    Borders in order: line break, semicolon, dash or colon, comma, white space, none.
    """
    while end - start > limit:
        place = start + limit
        for border in (r"\n", r";\s", r"\s[–—-]\s|:\s", r",\s", r"\s"):
            found = [m.end() for m in re.finditer(border, text[start + limit // 2 : start + limit])]
            if found:
                place = start + limit // 2 + found[-1]
                break
        yield start, place
        start = place
    yield start, end
