"""Who is quoted, and on whose side: a described source -> a voice.

The description is the words around a reporting verb ("Trade Minister Ruben Halsey", "critics of
the bill", "a study by the university"). Rules in order: the partner's own people, evidence that
the partner calls on, opponents and officials, unnamed voices, people of other organisations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.claims.names import mentions, surname
from pipeline.records import Document, Voice

_FIRST = re.compile(r"\b(?:we|i|our|my|us)\b", re.I)
_EVIDENCE = re.compile(
    r"\b(?:stud(?:y|ies)|reports?|surveys?|polls?|research(?:ers)?|data|figures?|evidence|articles?|"
    r"sections?|chapters?|clauses?|bills?|acts?|laws?|agreements?|treat(?:y|ies)|drafts?|texts?|"
    r"documents?|constitution|courts?|judges?|justices?|scientists?|economists?|experts?|reviews?|history|"
    r"statistics|analys[ie]s|audit(?:or)?s?|inquiry|census|schedule|summary|scripture|bible|gospel|"
    r"doctors|nurses|teachers|students|workers|farmers|patients|families|residents|voters|constituents|"
    r"members|declaration|charter|convention|rules?|resolution|motion|budget office|cbo|gao)\b",
    re.I,
)
_OPPONENT = re.compile(
    r"\b(?:critics?|opponents?|sceptics?|skeptics?|proponents?|supporters?|defenders?|backers?|champions?|"
    r"apologists?|detractors?|lobby(?:ists?)?|advocates?|cheerleaders?|enthusiasts|promoters?|"
    r"architects|authors of (?:the|this)|"
    r"(?:the )?other side|(?:prime )?ministers?|ministry|ministerial|governments?|administration|"
    r"white house|cabinet|treasury|department|officials?|authorities|regulators?|negotiators?|bureaucrats?|"
    r"politicians?|compan(?:y|ies)|corporations?|industry|employers?|executives|bosses|management|"
    r"banks?|insurers?|developers?|landlords?|republicans?|democrats|tories|conservatives|liberals|"
    r"the (?:right|left)|gop|president|majority leader|commission(?:er)?s?|secretary of|"
    r"council(?:lors?)?|pentagon|kremlin|regime|mayor|governor|chancellor|spokes\w+ for)\b",
    re.I,
)
_NOBODY = re.compile(
    r"^(?:some|many|others?|most|people|one|someone|somebody|everyone|everybody|those|there are those|"
    r"a few|several|it|the (?:argument|view|claim|story|theory|conventional wisdom|thinking|idea|line))\b",
    re.I,
)
_NONE = re.compile(
    r"^(?:no ?(?:one|body)?|none|neither|few|who|what|which|whoever|that|anyone)\b", re.I
)
_PRONOUN = re.compile(r"^(?:he|she|they|it|both)$", re.I)
_ROLE = re.compile(
    r"\b(?:director|president|chair\w*|secretary|spokes\w+|leader|co-?leader|chief|executive|officer|head|"
    r"founder|coordinator|co-?ordinator|manager|convenor|convener|organi[sz]er|professor|dr|pastor|"
    r"bishop|member|steward|vice|partner|senior|policy|counsel|lawyer|attorney|sen|rep|senator|"
    r"representative|congress\w+)\b",
    re.I,
)
_ELSEWHERE = re.compile(
    r"(?:\b(?:of|from|at|for|with)\s+(?:the\s+)?(?:[A-Z]\w+|[a-z]+\s+[A-Z])|[A-Z][\w’']+(?:\s+[A-Z][\w’']+)*\s+"
    r"(?:director|president|chair\w*|secretary|spokes\w+|leader|chief|executive|head|professor|ceo))"
)
_PERSON = re.compile(r"\b(?:[A-ZÀ-Ý][\w’'.\-À-ÿ]*\s+)*[A-ZÀ-Ý][\w’'\-À-ÿ]+")
_LEGISLATOR = r"(?:sens?|reps?|senators?|representatives?|congress(?:wo)?man|mp|hon)\.?"


@dataclass(frozen=True)
class Source:
    """Who speaks, and in which voice the document lets them speak."""

    speaker: str
    voice: Voice


@dataclass
class Sources:
    """The people one document quotes: remembers who was introduced how.

    Args:
        document: whose partner decides what is own and what is foreign.
        own: surnames that speak for the partner although nothing else says so.
    """

    document: Document
    own: frozenset[str] = frozenset()
    known: dict[str, Source] = field(default_factory=dict)
    last: Source | None = None

    def __post_init__(self) -> None:
        partner = re.escape(surname(self.document.partner) or self.document.partner)
        self.person = bool(
            re.search(
                rf"(?i)\b{_LEGISLATOR}\s+(?:[\w.]+\s+){{0,2}}{partner}", self.document.text[:3000]
            )
        )

    @property
    def default(self) -> Source:
        """The partner itself."""
        return Source(self.document.partner, Voice.PARTNER)

    def resolve(self, subject: str, *, distant: bool, quoted: bool) -> Source | None:
        """The source that ``subject`` names; None when the words do not name anybody who speaks.

        ``distant``: the verb keeps its distance ("claims"). ``quoted``: the words are given
        verbatim.
        """
        subject = re.sub(r"\s+", " ", subject).strip(" ,;:—–-")
        if not subject or _NONE.match(subject):
            return None
        if _PRONOUN.match(subject):
            return self._pronoun(subject.lower(), distant)
        source = self._named(subject, distant, quoted)
        if source:
            self.last = source
            family = surname(source.speaker)
            if family and len(subject.split()) > 1:
                self.known.setdefault(family, source)
        return source

    def note(self, sentence: str) -> None:
        """Remembers a known person with whom a sentence opens, for a later "she said"."""
        for word in re.findall(r"\b[A-ZÀ-Ý][\w’'\-À-ÿ]+", sentence[:60]):
            source = self.known.get(re.sub(r"[’']s?$", "", word).lower())
            if source:
                self.last = source
                return

    def _pronoun(self, pronoun: str, distant: bool) -> Source | None:
        if pronoun == "it":
            return None
        if self.last:
            return self.last
        return Source("they", Voice.OPPONENT) if pronoun == "they" and distant else None

    def _named(self, subject: str, distant: bool, quoted: bool) -> Source | None:
        person = _PERSON.search(re.sub(r"^(?:The|A|An|But|And|Yet|In|On)\s", "", subject))
        name = _clean(subject)
        family = surname(name)
        if _FIRST.match(subject):
            return self.default
        if mentions(subject, self.document.partner) or family in self.own:
            return Source(name, Voice.PARTNER)
        if self.document.author and family and family == surname(self.document.author):
            return Source(name, Voice.PARTNER)
        if re.match(r"(?i)you\b", subject):
            return Source("you", Voice.OPPONENT) if distant else None
        if family in self.known:
            return self.known[family]
        if _NOBODY.match(subject) and not _OPPONENT.search(subject):
            return Source(name, Voice.REPORTED)
        described = f"{subject} {self._introduced(family)}" if person and family else subject
        if mentions(described, self.document.partner) and not _OPPONENT.search(subject):
            return Source(name, Voice.PARTNER)
        if _EVIDENCE.search(subject) and not person:
            return Source(name, Voice.REPORTED) if distant else self.default
        if _OPPONENT.search(re.sub(r"(?i)vice[- ]president", "", subject)) and not (
            person and _is_officer(subject)
        ):
            return Source(name, Voice.OPPONENT)
        if person and _official(described):
            return Source(name, Voice.OPPONENT)
        if distant:
            return Source(name, Voice.OPPONENT)
        if _EVIDENCE.search(subject):
            return self.default
        if not person:
            return Source(name, Voice.REPORTED) if quoted else None
        if _ELSEWHERE.search(described) or self.person:
            return Source(name, Voice.ALLY)
        return Source(name, Voice.PARTNER)

    def _introduced(self, family: str) -> str:
        """Words around the first mention of a surname: role before, apposition after."""
        found = re.search(
            rf"(?i)((?:[\w’'.\-]+\s+){{0,7}}){re.escape(family)}\b(,[^.;“\"]{{0,90}})?",
            self.document.text,
        )
        if not found:
            return ""
        before = re.split(r"[.,;:“”\"]\s", found.group(1))[-1]
        return f"{before} {found.group(2) or ''}"


def _is_officer(subject: str) -> bool:
    """ "President Moira Tannock of the Union": an officer of an organisation, not of the state."""
    return bool(re.search(r"(?i)\b(?:union|federation|association|league|alliance|club|network|society|"
                          r"council of|chamber|institute|college|university|students)\b", subject)
                ) and not re.search(r"(?i)\b(?:minister|government|administration)\b", subject)  # fmt: skip


def _official(described: str) -> bool:
    return bool(
        re.search(
            r"(?i)\b(?:(?:prime )?minister|ministry|government|administration|secretary of state|"
            r"white house|regulator|commissioner)\b", described,
        )
    )  # fmt: skip


def _clean(subject: str) -> str:
    """The speaker's name as shown: without leading adverbs and articles, at most a few words."""
    head = re.split(r",| who | which |\(", subject, maxsplit=1)[0].strip(" ,")
    head = re.sub(r"^(?:but|and|yet|so|meanwhile|however|today|the)\s+", "", head, flags=re.I)
    return head[:80].strip() or subject[:80]
