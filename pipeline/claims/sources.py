"""Whose side a quoted or reported source is on, seen from the document's partner.

Rules in order: the partner's own people; "you"; people introduced before; unnamed voices;
evidence that the partner calls on; officials and opponents by the words that describe them;
people of other organisations; other organisations. The first that fits decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice

from pipeline.claims.names import (
    ROLE,
    full_names,
    is_body,
    is_person,
    mentions,
    mentions_briefly,
    mentions_fully,
    surname,
    words_of,
)
from pipeline.claims.reporting import Manner, Report
from pipeline.records import Document, Voice

_OURS = re.compile(
    r"(?:we|i)\b|(?:our|my)\s+(?:own\s+)?(?:members?|union|lawyers?|analys\w+|position|views?|"
    r"survey|study|estimates?|research|president|chair\w*|director|spokes\w+|team|organi[sz]ation|"
    r"report|grand\w+|father|mother|daddy|dad|mum|mom)\b",
    re.I,
)
_OUR_SIDE = re.compile(
    r"(?:the|its|their)\s+(?:group|organi[sz]ation|campaign|coalition|charity|non-?profit)[’']s?\s",
    re.I,
)
_THE_OFFICE = re.compile(
    r"(?:the\s+)?(?:lawmakers|senators?|members|delegation|legislators|congress(?:wo)?m[ae]n|"
    r"representatives?)$",
    re.I,
)
_NOBODY = re.compile(
    r"(?:some|many|others?|most|people|one|someone|somebody|everyone|everybody|those|a few|"
    r"several|it|folks|commentators|(?:(?:my|our|the|old|good|\w+)\s+){0,2}(?:friends|neighbou?rs|"
    r"colleagues|people|congregations))\b",
    re.I,
)
_NONE = re.compile(
    r"(?:no ?(?:one|body)?|none|neither|few|who|what|which|whoever|that|anyone|this|these|there|"
    r"here|nothing|each|none)\b",
    re.I,
)
_PRONOUN = re.compile(r"(?:he|she|they|it|both)$", re.I)
_EVIDENCE = re.compile(
    r"\b(?:stud(?:y|ies)|reports?|surveys?|polls?|research(?:ers)?|data|figures?|evidence|"
    r"articles?|"
    r"sections?|chapters?|clauses?|bills?|acts?|laws?|agreements?|treat(?:y|ies)|drafts?|texts?|"
    r"documents?|constitution|courts?|judges?|justices?|scientists?|economists?|experts?|reviews?|"
    r"history|statistics|analys[ie]s|audit(?:or)?s?|inquiry|census|schedule|summary|scripture|"
    r"bible|gospel|doctors|nurses|teachers|students|workers|farmers|patients|families|residents|"
    r"voters|constituents|members|declaration|charter|convention|rules?|resolution|motion|"
    r"budget office|cbo|gao|oecd|world bank|imf|who|un|unicef|unesco|nih|cdc|ombudsman|"
    r"surveyed|respondents|participants|tribunal|parents|tenants|victims|survivors|witnesses|"
    r"bishops|authors|law|word|"
    r"(?:united nations|world health)\b.*)\b",
    re.I,
)
_OPPONENT = re.compile(
    r"\b(?:critics?|opponents?|sceptics?|skeptics?|proponents?|supporters?|defenders?|backers?|"
    r"champions|apologists?|detractors?|lobby(?:ists?)?|advocates|cheerleaders?|enthusiasts|"
    r"promoters?|architects|planners|operators?|manufacturers?|producers|planters|growers|"
    r"insurers?|"
    r"(?:the )?other side|(?:prime )?ministers?|ministry|ministerial|governments?|administration|"
    r"white house|cabinet|treasury|departments?|officials?|authorities|regulators?|negotiators?|"
    r"bureaucrats?|politicians?|compan(?:y|ies)|corporations?|industry|employers?|executives|"
    r"bosses|management|banks?|developers?|landlords?|republicans?|democrats|tories|conservatives|"
    r"liberals|the (?:right|left)|left|gop|majority leader|commission(?:er)?s?|rapporteur|"
    r"ambassador|council(?:lors?)?|pentagon|kremlin|regime|mayor|governor|chancellor|premier|"
    r"superintendent|municipal(?:ity)?|provincial|contractors|owner|prosecutor|deputy secretary|"
    r"spokes\w+ for|vice-chancellor|occupying)\b|(?<!general )(?<!press )(?<!hon )\bsecretary\b"
    r"(?!.general)|\b(?:the|vice) president$|\bPresident\s+[A-Z]\w+$",
    re.I,
)
_ADVERSARY = re.compile(
    r"\b(?:opponent|critic|defender|proponent|lobbyist|detractor|backer)s?\b", re.I
)
_CITED_FOE = re.compile(
    r"\b(?:critics?|opponents?|proponents?|supporters?|backers?|lobby\w*|ministers?|government|"
    r"administration|white house|compan(?:y|ies)|industry|republicans?|democrats)\b",
    re.I,
)
_OFFICE = re.compile(
    r"\b(?:(?:prime )?minister|ministry|government|administration|white house|regulator|"
    r"commissioner|rapporteur|ambassador|chancellor|premier|mayor|municipal|treasury|"
    r"home office|inspector general|secretary (?:of|for)|interior secretary|(?:foreign|home|"
    r"defen[cs]e|trade|treasury|interior|labou?r|education|health|cabinet)\s+secretary|"
    r"pensions secretary|acting chair\w*)\b",
    re.I,
)
_ELSEWHERE = re.compile(
    rf"\b(?:of|from|at|for|with|heads?|chairs?|runs)\s+(?:the\s+)?[A-Z]\w+|"
    rf"\b(?!Chief|Executive|Vice|General|Deputy|Senior|Managing|Policy|Medical|Legal|Campaign|"
    rf"Former|"
    rf"Co-|The\b|A\b|National\b|"
    rf"Our\b)[A-Z][\w’'&]+(?:\s+[A-Z][\w’'&]+)*\s+(?:[a-z]+\s+){{0,2}}{ROLE}\b"
)
_BYSTANDER = re.compile(
    r",\s+(?:who|whose)\s+(?!(?:runs?|chairs?|leads?|heads?|founded|co-?founded|directs?|has led|"
    r"has chaired|coordinates?|wrote|organi[sz]ed)\b)"
)
_APPOSITION = re.compile(r",[^.;“”\"«»]{0,90}")
_LEGISLATOR = r"(?:sens?|reps?|senators?|representatives?|congress(?:wo)?man|mp|hon)\.?"
_ATTACKED = re.compile(
    r"\b(?:condemn|accus|reject|su(?:ed|es|ing)|slam|blast|critici[sz]|denounc|against|challeng|"
    r"oppos|attack|dismiss)\w*\s+(?:the\s+)?((?:[A-Z][\w’'&]+\s?){1,4})"
)
MENTIONS = 3
"""How many mentions of a surname are searched for who it is."""

_OWN_RELEASE = ("press release", "newsletter", "statement")


@dataclass(frozen=True)
class Source:
    """Who speaks, and in which voice the document lets them speak."""

    speaker: str
    voice: Voice


@dataclass
class Sources:
    """The people that one document quotes: remembers who was introduced how.

    Args:
        document: whose partner decides what is own and what is foreign.
        own: surnames that speak for the partner although nothing else says so.
    """

    document: Document
    own: frozenset[str] = frozenset()
    known: dict[str, Source] = field(default_factory=dict)
    last: Source | None = None
    person: Source | None = None
    topic: str = ""

    def __post_init__(self) -> None:
        partner = re.escape(surname(self.document.partner) or self.document.partner)
        named = rf"(?i)\b{_LEGISLATOR}\s+(?:[\w.]+\s+){{0,2}}{partner}"
        self.is_politician = bool(
            re.search(named, self.document.text[:20_000])
            or re.match(rf"(?i){_LEGISLATOR}\s", self.document.partner)
        )
        forms = full_names(self.document.text, self.document.partner) if self._is_slug() else ()
        self.names = (self.document.partner, *sorted(forms, key=len)[:MENTIONS])
        attacked = " ".join(_ATTACKED.findall(self.document.text))
        self.attacked = frozenset(re.findall(r"[A-Z]\w{3,}", attacked))

    def _is_slug(self) -> bool:
        """Whether the partner is known by a folder's name rather than by its own."""
        return self.document.partner == self.document.partner.lower()

    @property
    def default(self) -> Source:
        """The partner itself."""
        return Source(self.document.partner, Voice.PARTNER)

    def note(self, masked: str) -> None:
        """Remembers who or what a sentence opens with, for a later "she said" or "it calls"."""
        opening = re.match(r"\W*((?:The\s+)?(?:[A-Z][\w’'&.-]*\s+(?:and\s+|of\s+)?){1,5})", masked)
        if opening:
            self.topic = opening.group(1).strip()
        office = re.match(
            r"\W*((?:The\s+)?[^,«».;]{3,60}),\s+([A-Z]\w+(?:\s+[A-Z][\w’'-]+){1,2}),", masked
        )
        if office and _OFFICE.search(office.group(1)):
            self.last = self.person = self.known.setdefault(
                surname(office.group(2)), Source(office.group(2), Voice.OPPONENT)
            )
            return
        for word in re.findall(r"\b[A-ZÀ-Ý][\w’'\-À-ÿ]+", masked[:60]):
            source = self.known.get(re.sub(r"[’']s?$", "", word).lower())
            if source:
                self.last = self.person = source
                return

    def resolve(self, report: Report | None) -> Source | None:
        """The source of a report; None when its subject is nobody who speaks."""
        if report is None:
            return None
        subject = re.sub(r"\s+", " ", report.subject).strip(" ,;:.—–-")
        if _NONE.match(subject) or not _can_speak(subject):
            return None
        if _PRONOUN.match(subject):
            return self._pronoun(subject.lower(), report)
        source = self._named(subject, report)
        if source and source != self.default:
            self.last = source
            family = surname(source.speaker)
            person = is_person(subject, self.document.text)
            if person or re.search(r"\b(?:spokes\w+|minister|secretary|official)\b", subject, re.I):
                self.person = source
            if person and family and len(subject.split()) > 1 and " and " not in subject:
                self.known.setdefault(family, source)
        return source

    def is_foe(self, subject: str) -> bool:
        """Whether approval of what ``subject`` says is unlikely."""
        return bool(_OFFICE.search(subject) or _OPPONENT.search(subject))

    def _pronoun(self, pronoun: str, report: Report) -> Source | None:
        if pronoun == "it":
            if not (report.verbatim and self.topic) or is_person(self.topic, self.document.text):
                return None
            return self._named(self.topic, report) if is_body(self.topic) else None
        if pronoun in ("he", "she") and self.person:
            return self.person
        if self.last and not (pronoun == "they" and report.manner is Manner.NEUTRAL):
            return self.last
        return Source("they", Voice.OPPONENT) if pronoun == "they" else None

    def _named(self, subject: str, report: Report) -> Source | None:
        name = _clean(subject)
        family = surname(name)
        known = self.known.get(family) if len(name.split()) <= 4 else None
        source = self._own(subject, name) or known or self._by_manner(subject, name, report)
        if source:
            return source
        if _NOBODY.match(subject) and not _OPPONENT.search(subject):
            return Source(name, Voice.REPORTED)
        if not _EVIDENCE.fullmatch(subject) and is_person(subject, self.document.text):
            return Source(name, self._person(subject, family, report))
        return self._other(subject, name, report)

    def _by_manner(self, subject: str, name: str, report: Report) -> Source | None:
        """Source of a report whose manner says enough."""
        if subject.lower() == "you":
            return Source("you", Voice.OPPONENT)
        if report.manner is Manner.CONCEDING:
            return self.default
        if report.manner is Manner.CITING:
            return Source(name, Voice.OPPONENT) if _CITED_FOE.search(subject) else self.default
        if report.manner is Manner.APPROVING and not self.is_foe(subject):
            return Source(name, Voice.ALLY)
        return None

    def _own(self, subject: str, name: str) -> Source | None:
        if _OURS.match(re.sub(r"^and\s", "", subject)):
            return self.default
        family, partner = surname(name), self.document.partner
        of_office = bool(_OFFICE.search(subject))
        ours = bool(
            (family and (family in self.own or family == surname(self.document.author)))
            or (not is_body(partner) and surname(partner) in words_of(subject))
            or (self.is_politician and _THE_OFFICE.match(subject))
            or (not of_office and any(mentions_briefly(subject, form) for form in self.names))
            or any(mentions_fully(subject, form) for form in self.names)
            or _OUR_SIDE.match(subject)
        )
        if not ours and not of_office and is_person(subject, self.document.text):
            introduced = self._introduced(family)
            ours = any(mentions(introduced, form) for form in self.names)
        return Source(name, Voice.PARTNER) if ours else None

    def _person(self, subject: str, family: str, report: Report) -> Voice:
        described = f"{subject}; {self._introduced(family)}"
        foreign = bool(_ELSEWHERE.search(described)) or self.is_politician
        cold = report.manner in (Manner.DISTANT, Manner.HOSTILE)
        adverse = (
            _OFFICE.search(described)
            or _ADVERSARY.search(described)
            or re.search(r"^(?:President|Secretary)\s+[A-Z]\w+$", subject)
            or self.attacked & set(re.findall(r"[A-Z]\w+", described))
        )
        if adverse or report.manner is Manner.DISTANT or (cold and foreign):
            return Voice.OPPONENT
        if foreign or _BYSTANDER.search(described) or re.match(rf"(?i){_LEGISLATOR}\s", subject):
            return Voice.ALLY
        if self.document.genre in _OWN_RELEASE:
            return Voice.PARTNER
        return Voice.OPPONENT if cold else Voice.ALLY

    def _other(self, subject: str, name: str, report: Report) -> Source | None:
        """An organisation, a group, an office or a document."""
        if _OPPONENT.search(subject):
            return Source(name, Voice.OPPONENT)
        if _EVIDENCE.search(subject):
            return Source(name, Voice.REPORTED) if report.manner is Manner.DISTANT else self.default
        if report.manner is Manner.BELIEVING:
            return self.default  # "The Chamber believes ..." is how a text speaks of its author
        definite = re.match(r"(?:[Tt]he\s|[A-Z])", subject)
        if definite or report.verbatim or report.manner is Manner.DISTANT:
            return Source(name, Voice.OPPONENT)
        return None

    def _introduced(self, family: str) -> str:
        """Words around the first mentions of a surname: role before, apposition after."""
        if not family:
            return ""
        text, words = self.document.text, []
        for found in islice(re.finditer(rf"(?i)\b{re.escape(family)}\b", text), MENTIONS):
            before = text[max(0, found.start() - 70) : found.start()]
            after = _APPOSITION.match(text, found.end())
            role = re.split(r"[.,;:“”\"\n](?:\s|$)", before)[-1]
            words.append(after.group() if after else "")
            if len(words) == 1:
                words.insert(0, role)
        return "; ".join(words)


def _can_speak(subject: str) -> bool:
    """Whether a subject is more than a stray word ("be", "been", a dash)."""
    if not re.search(r"[^\W\d_]{2}", subject):
        return False
    if not re.fullmatch(r"[a-z][\w-]*", subject) or subject == "you" or _PRONOUN.match(subject):
        return True
    return any(p.match(subject) for p in (_OPPONENT, _EVIDENCE, _NOBODY))


def _clean(subject: str) -> str:
    """The speaker as shown: without leading conjunctions and articles, without apposition."""
    head = re.split(r",| who | which |\(", subject, maxsplit=1)[0].strip(" ,")
    pattern = r"^(?:(?:but|and|yet|so|meanwhile|however|today|the|then)\s+)+"
    return re.sub(pattern, "", head, flags=re.I)[:80].strip() or subject[:80]
