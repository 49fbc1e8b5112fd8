"""Who says it, by the words of a sentence: patterns of attribution in English.

Sentences come *masked*: each quoted stretch is replaced by ``«»``, so that what is left is the
frame around it. What is found is a :class:`Report`; whose side its subject is on is not decided
here (see :mod:`pipeline.claims.sources`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Manner(StrEnum):
    """How a text holds what it reports."""

    NEUTRAL = "neutral"
    DISTANT = "distant"  # "claims", "insists"
    HOSTILE = "hostile"  # what the source does to somebody: "dismissed", "called it"
    CONCEDING = "conceding"  # "admits": evidence from an unlikely side
    APPROVING = "approving"  # "As Madison wrote"
    BELIEVING = "believing"
    CITING = "citing"  # "according to"


@dataclass(frozen=True)
class Report:
    """A source named by ``subject`` says something; ``verbatim`` if it stands in quotes."""

    subject: str
    manner: Manner
    verbatim: bool


_DISTANT = (
    "claim(?:s|ed)?|insist(?:s|ed)?|alleg(?:e|es|ed)|pretend(?:s|ed)?|contend(?:s|ed)?|"
    "boast(?:s|ed)?|assert(?:s|ed)?|maintain(?:s|ed)?|den(?:y|ies|ied)|assur(?:e|es|ed)|"
    "would have (?:us|you) believe|complain(?:s|ed)?|scoff(?:s|ed)?|"
    "(?:keep|kept|keeps) (?:saying|telling|repeating|insisting)|likes? to (?:say|tell)|purports?"
)
_HOSTILE = (
    "call(?:s|ed)|dismiss(?:es|ed)|brand(?:s|ed)|label(?:s|led)|defend(?:s|ed)|hail(?:s|ed)|"
    "reject(?:s|ed)|justif(?:ies|ied)|describ(?:es|ed)|retort(?:s|ed)"
)
_CONCEDING = "conced(?:es|ed|e)|admit(?:s|ted)?|acknowledg(?:es|ed|e)"
_APPROVING = "taught|used to say|reminds? us|reminded us|put it|puts it"
_PLAIN = "sa(?:id|ys|y)|t(?:old|ells|ell)|argu(?:ed|es|e)|warn(?:s|ed)?|object(?:s|ed)?"
_COMPLEMENTED = (
    "believ(?:es|ed|e)|th(?:inks|ought|ink)|suggest(?:s|ed)?|predict(?:s|ed)?|promis(?:es|ed|e)|"
    "wr(?:ote|ites|itten|ite)|inform(?:s|ed)|stat(?:es|ed)|repl(?:y|ies|ied)|respond(?:s|ed)?|"
    "add(?:s|ed)|not(?:es|ed)|"
    "declar(?:es|ed)|announc(?:es|ed)|explain(?:s|ed)|remind(?:s|ed)|point(?:s|ed)? out|"
    "testif(?:ies|ied)|fear(?:s|ed)?|decid(?:es|ed)|rul(?:es|ed)|propos(?:es|ed)"
)
_QUOTING = (
    "continued|concluded|commented|remarked|observed|answered|ask(?:s|ed)?|urged|agreed|joked|"
    "emphasi[sz]ed|stressed|reiterated|tweeted|posted|quipped|recalled|expressed|praised|"
    "demanded|wonder(?:s|ed)|denounced|saying|adding|"
    "(?:issued|released|made) (?:the following|this|a) (?:\\w+ )?(?:statement|comment|remarks)|"
    "shouted|cried|speaks? of|talks? of|spoke of"
)
_ANY = f"{_DISTANT}|{_HOSTILE}|{_CONCEDING}|{_APPROVING}|{_PLAIN}|{_COMPLEMENTED}|{_QUOTING}"
_ADVERBS = (
    r"(?:(?:has|have|had|also|today|then|recently|repeatedly|now|still|often|yesterday|himself|"
    r"herself|further|even|later|already|always|once|therefore|frequently|rightly|simply|"
    r"nevertheless|nonetheless|both|all|consistently|publicly|"
    r"this (?:week|morning)|last (?:week|month|year|night)|on \w+day)\s+){0,3}"
)
_INTRO = (
    r"(?:(?:but|and|yet|still|so|well|then|meanwhile|today|yesterday|however|here|instead|now|"
    r"indeed|by contrast|nevertheless|nonetheless|moreover|furthermore|similarly|likewise|thus|"
    r"therefore|also|in addition|in short|of course|\w+ly|one|two|three|four|five|first|second|"
    r"third|finally|"
    r"(?:on|in|at|over|under|within|with|from|by|since|until|before|among|throughout|asked|"
    r"responding|speaking|commenting|writing|after|during|last|this|earlier|"
    r"for (?:instance|example))\b[^,«»]{0,90})[,:]?\s+)?"
)
_BEFORE = re.compile(
    rf"^\W*{_INTRO}(?P<subject>[^«»;!?]{{1,170}}?),?\s+{_ADVERBS}(?P<verb>{_ANY})\b"
    r"(?P<rest>[^«]*)",
    re.I,
)
_INDIRECT = re.compile(
    rf"^\W*{_INTRO}(?P<subject>[^«»;:!?]{{1,140}}?),?\s+{_ADVERBS}"
    rf"(?P<verb>{_DISTANT}|{_PLAIN}|{_COMPLEMENTED}|{_CONCEDING})\b(?P<rest>[^«]*)",
    re.I,
)
_NP = r"(?:(?:[Tt]he|[Aa]n?|[Oo]ne|[Ss]omeone|he|she|they|we|I)\b|[A-Z«])"
_AFTER = re.compile(
    rf"»[\s,.!?—–-]*(?:(?P<verb>{_ANY})\s+(?P<subject>(?:{_NP}|"
    rf"(?:[a-z][\w-]*\s+){{1,4}}[A-Z])[^«»:]{{0,200}})|"
    rf"(?P<subject2>{_NP}[^«»:;]{{0,150}}?),?\s+{_ADVERBS}(?P<verb2>{_ANY})\b)"
)
_SAYING = re.compile(
    r"^\W*(?P<subject>(?:[Tt]he\s+)?[A-Z][^«»;:,]{1,80}?)\s+(?:has\s+|have\s+)?\w+ed\b[^;:«]*,\s+"
    r"(?P<verb>saying|adding|noting|arguing|claiming|insisting|warning)\b"
)
_TAIL = re.compile(
    rf",\s+(?:(?P<subject>[^,«»]{{2,90}}?)\s+{_ADVERBS}(?P<verb>{_DISTANT}|said|says|argues?|"
    rf"argued|"
    rf"warned|warns?)|(?P<verb2>said|says|argues?|warns?)\s+(?P<subject2>[^«»]{{2,150}}))"
    r"(?:\s+(?:on|in|at|today|yesterday|this|last)\b[^,]{0,40})?[.!]?\W*$"
)
_ACCORDING = re.compile(
    r"\b[Aa]ccording to (?P<subject>(?:[^,«».;]|\.(?=\w|,|\s[a-z]|\sDept))(?:[^,«».;]|\.(?=\w|,|"
    r"\s[a-z]|\sDept)){1,120})"
)
_AS_SAID = re.compile(
    rf"\b(?:[Aa]s|[Ii]n the words of)\s+(?P<subject>[A-Zo][^,«»;]{{1,90}}?)(?:\s+{_ADVERBS}"
    r"(?:said|says|wrote|writes|put it|puts it|noted|notes|reminds? us|reminded us|taught|observed|"
    r"warned)\b[^«»;]{0,60}?)?\s*[,:]?\s*(?:«|at the\b|$)"
)
_THEIR_LINE = re.compile(
    r"^\W*(?:But\s+|And\s+|Yet\s+)?(?P<subject>(?:[Tt]he\s+)?[^,;:«»]{2,60}?)[’']s?\s+(?:own\s+|"
    r"official\s+|usual\s+)?(?:line|view|answer|response|position|argument|case|claim|reply|"
    r"defen[cs]e|excuse|story|message)\b(?:,[^«»]{0,90},)?\s*(?:has been|had been|is|was|remains|"
    r":|\?)"
)
_YOU = re.compile(
    r"^\W*(?:(?:in|on|at)\b[^,]{0,60}?,?\s+)?you\s+(?:have\s+|had\s+|now\s+|also\s+|"
    r"even\s+)?(?:said?|say|"
    r"claim(?:ed)?|argued?|wr(?:ite|ote)|written|stated?|tell|told|assured?|insist(?:ed)?)\s+"
    r"(?:us\s+)?(?:that\b|«)", re.I,
)  # fmt: skip
_SAID = "(?:said|claimed|argued|alleged|suggested|objected|asserted|feared|assumed)"
_IMPERSONAL = re.compile(
    r"^\W*(?:(?:but|and|yet|so)\s+)?(?:"
    rf"it(?:[’']?s| is| has been| was| will be| may be) (?:\w+ )?(?:been )?{_SAID}\b|"
    r"(?:we|you|i)(?:[’']re| are| were| have been|[’']ve been| keep being| will be| shall be) "
    r"(?:often |constantly |always )?(?:told|assured|asked to believe)\b|"
    r"i hear it said|(?:we|you|i) (?:often |sometimes |always )?(?:hear|heard) (?:that|from|"
    r"people)\b|"
    r"(?:you|they|people|some|folks)(?:[’']ll| will| may| might| shall| would) "
    r"(?:hear|be told|tell (?:you|us)|say|object|argue|claim)\b|"
    r"(?:people|folks) (?:often |always |sometimes )?(?:tell|ask|say to) (?:me|us|you)\b|"
    r"there are those who (?:say|argue|believe|claim)\b|(?:we|i) understand the (?:objection|"
    r"argument)|"
    r"(?:the|one|another|a common|the usual|the standard|the official)(?: [\w-]+)?? "
    r"(?:argument|objection|claim|line|story|excuse|defen[cs]e|reply|answer|justification)"
    r"(?: (?:goes|runs|given|made|offered|we hear))?(?: \w+)? (?:is|was|has been|goes|runs)"
    r"(?: that\b|:|,))", re.I,
)  # fmt: skip
_CONCEDED = re.compile(
    r"^\W*(?:while|although|though|even (?:if|though)|despite|if|when|whenever|because|since|"
    r"whatever|as)\b",
    re.I,
)
_REBUTTED = re.compile(
    r"(?:[,;—–.]|\s-)\s*(?:but|yet|when in (?:fact|truth|reality)|in (?:fact|truth|reality)|"
    r"even though|although|though|while|whereas|however|and (?:I|we) (?:say|reply|answer)|"
    r"which is (?:false|untrue|wrong|nonsense|not))\b\s*(?P<answer>.*)",
    re.I | re.S,
)
_BROKEN = re.compile(
    r"\b(?:is|are|was|were|has|have|had|been|do|does|did|will|would|must|should|shall|can|could|"
    r"may|might|because|if|when|"
    r"unless|that|what|whether|how|why|to|not|never|cannot)\b|[’'](?:t|re|m|ve|ll|d)\b|"
    r"\b(?:and|or)$|^\w+ing\s+(?-i:[a-z])",
    re.I,
)
_NO_SUBJECT = re.compile(
    r"(?:over|under|within|with|from|by|since|until|before|after|among|throughout|in|on|at|for|to|"
    r"of|as|than|more than|many years|years|months|weeks|days|this|these|been|being|thus)\b",
    re.I,
)
_NOUNISH = re.compile(r"claims|states|notes|objects|fears|promises|calls|labels|brands|asks", re.I)
_OF = re.compile(r"\s(?:of|with|for|in|on|by|their|own|his|her|its)\b")
_NEEDS_THAT = re.compile(r"propos(?:es|ed)|inform(?:s|ed)|alleg(?:es|ed)|remind(?:s|ed)", re.I)
_THAT = r"\s+(?:[\w’'().,]+\s+){0,6}?that\b|\s*«"
_RELATIVE = re.compile(r",[^,]*,|,[^,]*$|\b(?:who|which|whose)\b.*$|\([^)]*\)")
_BARE = re.compile(
    r"say|tell|argue|believe|think|suggest|predict|warn|admit|promise|write|reply|respond|"
    r"complain|object|fear|claim|insist|allege|pretend|contend|boast|assert|maintain|deny|assure|"
    r"ask|used|concede|acknowledge|speak of|talk of|scoff|keep \w+|like to \w+",
    re.I,
)
_PLURAL = re.compile(
    r"(?:s|people|they|we|you|i|many|some|men|women|media|police|few|most|who|folk)[’']?$", re.I
)
_CLAUSE = re.compile(
    r"\s*(?::|,[^,]{1,60}, that\b|(?:[\w’']+ ){0,6}?that\b|(?:the|this|these|those|we|they|it|he|"
    r"she|there|no|our|"
    r"his|her|their|its|us|you|a|an|if|any|all|such|today|[A-Z0-9])\b)"
)
_NO_CLAUSE = re.compile(
    r"\s*(?:nothing|so\b|no more|little|much|goodbye|yes|a lot|something|anything|it all|"
    r"(?:on|with|were|was|are|is|have|has|had|of|made|by)\b|as much|against|for (?:a|the|more)|"
    r"the (?:story|truth|tale)|more about|you$|us$|me$)",
    re.I,
)


_LEADING = " \t\n\r.,;:!?-–—*_#(['\"“‘"


def find_quoted(masked: str, *, inside: bool) -> Report | None:
    """The report that frames a quote. ``inside``: the sentence lies mostly in the quote."""
    masked = masked.lstrip(_LEADING)
    approved = _AS_SAID.search(masked)
    if approved:
        return Report(approved["subject"], Manner.APPROVING, verbatim=True)
    report = _after_quote(masked) or _set_phrase(masked, verbatim=True)
    if report:
        return report
    match = _BEFORE.match(_main_clause(masked))
    if match and "«" in match.string[match.end("verb") :] and _agrees(match):
        answered = not inside and answers(masked)
        return None if answered else Report(match["subject"], _manner(match["verb"]), verbatim=True)
    return _citation(masked, verbatim=True)


def find_indirect(text: str) -> Report | None:
    """The report that an unquoted sentence makes: "X says that ..."; None when it makes none."""
    text = re.sub(r"\s+", " ", text.lstrip(_LEADING))
    if answers(text):
        return None
    report = _set_phrase(text, verbatim=False)
    if report:
        return report
    match = _INDIRECT.match(_main_clause(text))
    if match and match["subject"].lower() != "you" and _agrees(match) and _has_clause(match):
        return Report(match["subject"], _manner(match["verb"]), verbatim=False)
    return _citation(text, verbatim=False) or _at_the_end(text)


def _after_quote(masked: str) -> Report | None:
    """Report of a quote with "said X" or "X said" behind it."""
    match = _AFTER.search(masked)
    if not match:
        return None
    subject = _noun_phrase(match["subject"] or match["subject2"])
    if match["subject2"] and _BROKEN.search(_RELATIVE.sub("", subject)):
        return None
    return Report(subject, _manner(match["verb"] or match["verb2"]), verbatim=True)


def _set_phrase(text: str, *, verbatim: bool) -> Report | None:
    """Report by a set phrase: "X's line is", "X welcomed it, saying", "you say", "it is said"."""
    match = _THEIR_LINE.match(text) or (_SAYING.match(text) if verbatim else None)
    if match:
        return Report(match["subject"], Manner.HOSTILE, verbatim)
    if _YOU.match(text):
        return Report("you", Manner.DISTANT, verbatim)
    if _IMPERSONAL.match(text) and not answers(text):
        return Report("others", Manner.NEUTRAL, verbatim)
    return None


def _citation(text: str, *, verbatim: bool) -> Report | None:
    """Report by "according to X"."""
    match = _ACCORDING.search(text)
    return Report(match["subject"], Manner.CITING, verbatim) if match else None


def _at_the_end(text: str) -> Report | None:
    """Report of a sentence that ends "..., X said" or "..., saying that ..."."""
    if _CONCEDED.match(_main_clause(text)):
        return None
    for match in filter(None, (_SAYING.match(text), _TAIL.search(text))):
        groups = match.groupdict()
        subject = groups["subject"] or groups.get("subject2") or ""
        verb = groups["verb"] or groups.get("verb2") or ""
        if not _BROKEN.search(_RELATIVE.sub("", subject)):
            return Report(_noun_phrase(subject), _manner(verb), verbatim=False)
    return None


def answers(text: str) -> bool:
    """Whether the sentence goes on to answer what it reports ("..., but ...")."""
    found = _REBUTTED.search(text)
    return found is not None and len(found["answer"].split()) > 2


def _main_clause(text: str) -> str:
    """What follows a subordinate clause that opens the sentence; the sentence if there is none."""
    if not _CONCEDED.match(text):
        return text
    comma = text.find(", ")
    return text[comma + 2 :] if comma > 0 else ""


def _agrees(match: re.Match[str]) -> bool:
    """Whether the words before the verb can be its subject."""
    subject = _RELATIVE.sub("", match["subject"]).strip()
    if match["verb"].istitle() or re.search(r"\b(?:and|or)$", match["subject"]):
        return False
    if _BROKEN.search(subject) or _NO_SUBJECT.match(subject):
        return False
    if _NOUNISH.fullmatch(match["verb"]) and (len(subject.split()) > 5 or _OF.search(subject)):
        return False
    if _NEEDS_THAT.fullmatch(match["verb"]) and not re.match(_THAT, match["rest"]):
        return False
    head = re.split(r"\s(?:of|for|in|on|at|to|from|with|by)\s", subject, maxsplit=1)[0]
    return not _BARE.fullmatch(match["verb"]) or bool(_PLURAL.search(head))


def _has_clause(match: re.Match[str]) -> bool:
    rest = match["rest"]
    if len(rest.split()) < 2 or _NO_CLAUSE.match(rest):
        return False
    plain = re.fullmatch(rf"(?:{_PLAIN}|{_DISTANT})", match["verb"], re.I)
    return bool(plain) or bool(_CLAUSE.match(rest))


def _manner(verb: str) -> Manner:
    for pattern, manner in (
        (_DISTANT, Manner.DISTANT), (_HOSTILE, Manner.HOSTILE),
        (_CONCEDING, Manner.CONCEDING), (_APPROVING, Manner.APPROVING),
    ):  # fmt: skip
        if re.fullmatch(pattern, verb, re.I):
            return manner
    if re.match(r"believ|think|thought", verb, re.I):
        return Manner.BELIEVING
    if re.match(r"argu|claiming|insisting", verb, re.I):
        return Manner.HOSTILE
    return Manner.NEUTRAL


def _noun_phrase(words: str) -> str:
    """The noun phrase after "said": up to where the sentence goes on."""
    end = re.search(
        r"(?<!Mr)(?<!Ms)(?<!Mrs)(?<!Dr)(?<!Sen)(?<!Rep)(?<!Gov)(?<!Rev)(?<!Prof)(?<!\b[A-Z])"
        r"(?:\.\s+[A-Z«]|\.$)|,?\s+(?:in|on|during|at|after|before|when|while|as|adding|noting|"
        r"referring|following|speaking|today|yesterday|by)\s+(?!the\s+[A-Z]|[A-Z]{2,})",
        words,
    )
    return words[: end.start()] if end else words
