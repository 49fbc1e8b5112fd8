"""Sentences -> who speaks and in which voice: turns, quotes, indirect speech.

A quoted sentence takes the attribution in its own sentence, else the one of its quote, its
paragraph, or the paragraph before. Outside quotes "X says that ..." makes the sentence X's, unless
the sentence goes on to answer it ("..., but ...") or only concedes it ("While X says ...").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.claims.blocks import Block
from pipeline.claims.names import surname
from pipeline.claims.quotes import Quote, find_quotes
from pipeline.claims.segment import Span
from pipeline.claims.sources import Source, Sources
from pipeline.claims.turns import Turn, find_turns, turn_voices
from pipeline.records import Document, Voice

_DISTANT = (
    r"claim(?:s|ed)?|insist(?:s|ed)?|alleg(?:e|es|ed)|pretend(?:s|ed)?|contend(?:s|ed)?|boast(?:s|ed)?|"
    r"assert(?:s|ed)?|maintain(?:s|ed)?|den(?:y|ies|ied)|assur(?:e|es|ed)|would have (?:us|you) believe|"
    r"(?:keep|kept|keeps) (?:saying|telling|repeating|insisting)|like[s]? to (?:say|tell)|purports?"
)
_SAYING = (
    r"sa(?:id|ys|y)|t(?:old|ells|ell)|argu(?:ed|es|e)|believ(?:es|ed|e)|th(?:inks|ought|ink)|"
    r"suggest(?:s|ed)?|predict(?:s|ed)?|warn(?:s|ed)?|admit(?:s|ted)?|promis(?:es|ed|e)|wr(?:ote|ites|ite)|"
    r"stat(?:es|ed)|repl(?:y|ies|ied)|respond(?:s|ed)?|add(?:s|ed)|not(?:es|ed)|complain(?:s|ed)?|"
    r"acknowledg(?:es|ed)|declar(?:es|ed)|announc(?:es|ed)|explain(?:s|ed)|conced(?:es|ed)|"
    r"object(?:s|ed)?|remind(?:s|ed)|point(?:s|ed)? out|testif(?:ies|ied)|fear(?:s|ed)?"
)
_ONLY_QUOTED = (
    r"call(?:s|ed)|describ(?:es|ed)|dismiss(?:es|ed)|continued|concluded|commented|remarked|observed|"
    r"answered|asked|asks|urged|emphasi[sz]ed|stressed|reiterated|tweeted|posted|quipped|recalled|"
    r"expressed|agreed|joked|put it|praised|hailed|branded|labell?ed|demanded|wonders|wondered|"
    r"denounced|offered|used|saying|adding|read|reads|issued|released|spoke|made"
)
_ADVERBS = (
    r"(?:(?:has|have|had|also|today|then|recently|repeatedly|now|still|often|yesterday|himself|herself|"
    r"further|even|later|already|always|once|therefore|frequently|rightly|this (?:week|morning)|"
    r"last (?:week|month|year|night)|on \w+day|is|are|was|were|been|simply)\s+){0,3}"
)
_INTRO = (
    r"(?:(?:but|and|yet|still|so|meanwhile|today|yesterday|however|here|instead|now|indeed|"
    r"(?:on|in|at|asked|responding|speaking|commenting|writing|after|during|last|this|earlier|"
    r"for (?:instance|example))\b[^,«»]{0,90}),?\s+)?"
)
_BEFORE = re.compile(
    rf"^\W*{_INTRO}(?P<subject>[^«»;:!?]{{1,170}}?),?\s+{_ADVERBS}"
    rf"(?P<verb>(?P<distant>{_DISTANT})|{_SAYING}|{_ONLY_QUOTED})\b",
    re.I,
)
_INDIRECT = re.compile(
    rf"^\W*{_INTRO}(?P<subject>[^«»;:!?]{{1,140}}?),?\s+{_ADVERBS}"
    rf"(?P<verb>(?P<distant>{_DISTANT})|{_SAYING})\b(?P<rest>[^«]*)",
    re.I,
)
_AFTER = re.compile(
    rf"»[\s,.!?—–-]*(?:(?:(?P<verb>(?P<distant>{_DISTANT})|{_SAYING}|{_ONLY_QUOTED})\s+"
    rf"(?P<subject>[A-Z«]?[^«»:]{{2,200}}))|(?:(?P<subject2>[A-Z][^«»:;]{{1,150}}?|he|she|they|we|I),?\s+"
    rf"{_ADVERBS}(?P<verb2>(?P<distant2>{_DISTANT})|{_SAYING}|{_ONLY_QUOTED})\b))"
)
_TAIL = re.compile(
    rf",\s+(?:(?:as\s+)?(?P<subject>[^,«»]{{2,90}}?)\s+(?P<verb>(?P<distant>{_DISTANT})|said|says|argues?|argued)"
    rf"|(?:said|says|argues?)\s+(?P<subject2>[^«»]{{2,150}}))[.!]?\W*$"
)
_ACCORDING = re.compile(r"\b[Aa]ccording to (?P<subject>[^,«».;]{2,120})")
_APPROVED = re.compile(
    rf"\b(?:as|in the words of)\s+(?P<subject>[A-Z][^,«».;]{{1,90}}?)(?:\s+{_ADVERBS}"
    rf"(?:said|says|wrote|writes|put it|noted|notes|reminds? us|reminded us|taught|observed|warned))?\s*[,:«]"
)
_IMPERSONAL = re.compile(
    r"^\W*(?:(?:but|and|yet|so)\s+)?(?:it (?:is|has been|was|will be|is often|is sometimes|may be) (?:often |sometimes |"
    r"frequently |widely )?(?:said|claimed|argued|alleged|suggested|objected|asserted)|"
    r"(?:we|you|i) (?:are|were|have been|keep being|will be|shall be) (?:often |constantly |always )?(?:told|assured)|"
    r"(?:we|you|i) (?:often |sometimes |always )?(?:hear|heard)(?: it (?:said|argued)| that| from)|"
    r"(?:you|we) (?:will|may|might|shall) (?:hear|be told)|there are those who (?:say|argue|believe|claim)|"
    r"(?:the|one|another|a common|their|his|her|its|the usual|the standard|the official) "
    r"(?:[\w-]+ )?(?:argument|objection|claim|line|story|excuse|defen[cs]e|reply|answer|justification|response)"
    r"(?: (?:goes|runs|given|made|offered|we hear))?(?: \w+)? (?:is|was|has been|goes|runs)(?: that|:|,))", re.I,
)  # fmt: skip
_VERDICT = re.compile(
    r"^\W*(?:false|wrong|untrue|nonsense|absurd|mistaken|dishonest|misleading|not (?:true|so|correct)|a (?:lie|myth))",
    re.I,
)
_CONCEDED = re.compile(
    r"^\W*(?:while|although|though|even (?:if|though)|despite|if|when|whenever|because|since|whatever)\b",
    re.I,
)
_REBUTTED = re.compile(
    r"[,;—–.]\s*(?:but|yet|when in (?:fact|truth|reality)|in (?:fact|truth|reality)|even though|although|"
    r"though|while|whereas|however|which is (?:false|untrue|wrong|nonsense|not))\b\s*(?P<answer>.*)",
    re.I | re.S,
)
_BROKEN = re.compile(
    r"\b(?:is|are|was|were|will|would|must|should|shall|can|could|may|might|because|if|when|unless|so that|"
    r"what|whether|how|why|to|not|never|cannot)\b",
    re.I,
)
_RELATIVE = re.compile(r",[^,]*,|,[^,]*$|\b(?:who|which|whose)\b.*$|\([^)]*\)")
_BARE = re.compile(
    r"say|tell|argue|believe|think|suggest|predict|warn|admit|promise|write|reply|respond|complain|object|"
    r"fear|claim|insist|allege|pretend|contend|boast|assert|maintain|deny|assure|call|dismiss|ask|used|read",
    re.I,
)
_PLURAL = re.compile(
    r"(?:s|people|they|we|you|i|many|some|men|women|media|police|few|most|others|who)[’']?$", re.I
)
_COMPLEMENT = re.compile(r"\s*(?:[,:]|that\b|(?:\w+ ){0,4}?that\b|(?:the|this|these|those|we|they|it|he|she|there|no|"
                         r"our|his|her|their|its|us|you|a|an|in|on|if|any|all|such|today|[A-Z0-9])\b)")  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A sentence ``[start, end)`` of block ``block`` with who speaks."""

    start: int
    end: int
    block: int
    speaker: str
    voice: Voice


def attribute(
    document: Document, blocks: list[Block], spans: Sequence[Sequence[Span]]
) -> list[Sentence]:
    """Every sentence with its speaker and voice; ``spans`` are the sentences of each block."""
    quotes = find_quotes(document.text, blocks)
    turns = find_turns(document.text)
    first = _Reader(document, blocks, spans, quotes, turns, frozenset())
    sentences = first.read()
    own = _spokesperson(sentences, first.quoted, document)
    if own:
        sentences = _Reader(document, blocks, spans, quotes, turns, frozenset({own})).read()
    return sentences


def _spokesperson(sentences: list[Sentence], quoted: set[int], document: Document) -> str:
    """Surname of the foreign person who speaks most of the quotes, when nobody of the partner's is
    quoted: a party's or ministry's own release rarely says that its minister is its own.
    """
    if document.genre not in ("press release", "statement", "newsletter"):
        return ""
    letters: Counter[str] = Counter()
    for i in quoted:
        sentence = sentences[i]
        if sentence.voice is Voice.PARTNER and sentence.speaker != document.partner:
            return ""
        if sentence.voice in (Voice.ALLY, Voice.OPPONENT):
            letters[surname(sentence.speaker)] += sentence.end - sentence.start
    if not letters:
        return ""
    (name, most), total = letters.most_common(1)[0], sum(letters.values())
    enough = most >= 0.2 * len(document.text) and most >= 0.6 * total
    return name if name and enough else ""


class _Reader:
    """One pass over a document's sentences, in reading order."""

    def __init__(
        self, document: Document, blocks: list[Block], spans: Sequence[Sequence[Span]],
        quotes: list[Quote], turns: list[Turn], own: frozenset[str],
    ):  # fmt: skip
        self.document, self.blocks, self.spans, self.turns = document, blocks, spans, turns
        self.sources = Sources(document, own)
        self.quotes: dict[int, list[Quote]] = {}
        for quote in quotes:
            self.quotes.setdefault(quote.block, []).append(quote)
        self.voices = turn_voices(turns, document.text, document.partner, document.author)
        self.quoted: set[int] = set()
        self.carried: Source | None = None  # speaker of the quote that the last block ended with

    def read(self) -> list[Sentence]:
        sentences: list[Sentence] = []
        for number, spans in enumerate(self.spans):
            if not spans:
                continue
            turn = self._turn(spans[0][0])
            sources = self._block(number, spans)
            for i, ((start, end), source) in enumerate(zip(spans, sources, strict=True)):
                if turn is not None:
                    source = self._in_turn(turn, source)
                if self._share(number, start, end) >= 0.5:
                    self.quoted.add(len(sentences))
                sentences.append(Sentence(start, end, number, source.speaker, source.voice))
        return sentences

    def _turn(self, place: int) -> Turn | None:
        for turn in self.turns:
            if turn.label <= place < turn.end:
                return turn
        return None

    def _in_turn(self, turn: Turn, source: Source) -> Source:
        voice = self.voices[turn.speaker]
        if source == self.sources.default or voice is not Voice.PARTNER:
            return Source(turn.speaker or self.document.partner, voice)
        return source

    def _block(self, number: int, spans: Sequence[Span]) -> list[Source]:
        quotes = self.quotes.get(number, [])
        own: list[Source | None] = []
        inside = [self._share(number, start, end) >= 0.5 for start, end in spans]
        for (start, end), is_inside in zip(spans, inside, strict=True):
            own.append(self._sentence(number, start, end, is_inside))
        result: list[Source] = []
        for i, (start, end) in enumerate(spans):
            source = own[i]
            if source is None and inside[i]:
                source = self._of_quote(quotes, spans, own, inside, i)
            elif source is not None and inside[i] and source.voice is Voice.PARTNER:
                source = self._nested(number, start, end) or source
            result.append(source or self.sources.default)
        self._carry(number, quotes, spans, own, inside, result)
        return result

    def _of_quote(
        self, quotes: list[Quote], spans: Sequence[Span], own: list[Source | None],
        inside: list[bool], i: int,
    ) -> Source | None:  # fmt: skip
        """Speaker of a quoted sentence that does not name one."""
        quote = next((q for q in quotes if q.start < spans[i][1] and q.end > spans[i][0]), None)
        source: Source | None = None
        if quote and quote.continues and self.carried:
            source = self.carried
        if source is None:
            for j in range(i + 1, len(spans)):
                if own[j] is not None and quote and spans[j][0] <= quote.end:
                    source = own[j]
                    break
        if source is None:
            source = next((own[j] for j in range(i - 1, -1, -1) if own[j] is not None), None)
        if source is None:
            source = self.carried or next((s for s in own[i + 1 :] if s is not None), None)
        if source is None or source.voice is Voice.PARTNER:
            start, end = spans[i]
            return self._indirect(self.document.text[start:end]) or source
        return source

    def _nested(self, number: int, start: int, end: int) -> Source | None:
        """A foreign voice inside a partner's own quote: "The minister says that ...," said Rao."""
        for quote in self.quotes.get(number, []):
            low, high = max(start, quote.start), min(end, quote.end)
            if high - low > 0.5 * (end - start):
                found = self._indirect(self.document.text[low:high])
                if found and found.voice is not Voice.PARTNER:
                    return found
        return None

    def _carry(
        self, number: int, quotes: list[Quote], spans: Sequence[Span], own: list[Source | None],
        inside: list[bool], result: list[Source],
    ) -> None:  # fmt: skip
        """What the next block's quotes inherit: the speaker this block ends with."""
        text = self.document.text[spans[0][0] : spans[-1][1]].rstrip()
        if inside[-1] or any(inside):
            last = max(i for i, value in enumerate(inside) if value)
            self.carried = result[last] if last >= len(spans) - 2 else None
            if self.carried and own[last] is None and self.carried == self.sources.default:
                self.carried = None
        elif text.endswith(":"):
            found = _BEFORE.match(self._masked(number, *spans[-1]))
            self.carried = self._named(found, quoted=True) if found else None
        elif len(text.split()) > 12:
            self.carried = None

    def _share(self, number: int, start: int, end: int) -> float:
        covered = sum(
            max(0, min(end, q.end) - max(start, q.start)) for q in self.quotes.get(number, [])
        )
        return covered / max(1, end - start)

    def _masked(self, number: int, start: int, end: int) -> str:
        """The sentence with its quotes replaced by ``«»``."""
        text, out, place = self.document.text, [], start
        for quote in self.quotes.get(number, []):
            low, high = max(start, quote.start), min(end, quote.end)
            if low < high:
                out.append(text[place:low].rstrip("“\"‘'«„`") + "«»")
                place = high
        out.append(text[place:end].lstrip("”\"’'»"))
        return re.sub(r"\s+", " ", "".join(out))

    def _sentence(self, number: int, start: int, end: int, inside: bool) -> Source | None:
        """Source that the sentence itself names, None when it names none."""
        masked = self._masked(number, start, end)
        self.sources.note(masked)
        if "«»" not in masked:
            return self._indirect(masked)
        approved = _APPROVED.search(masked)
        if approved and not self._is_foe(approved["subject"]):
            name = approved["subject"]
            return self.sources.resolve(name, distant=False, quoted=True) and Source(
                name, Voice.ALLY
            )
        after = _AFTER.search(masked)
        if after:
            subject = after["subject"] or after["subject2"]
            distant = bool(after["distant"] or after["distant2"])
            found = self.sources.resolve(_subject(subject), distant=distant, quoted=True)
            if found:
                return found
        before = _BEFORE.match(masked)
        if before and not _CONCEDED.match(masked):
            quote_at = masked.find("«»")
            if before.end() <= quote_at or inside:
                if not inside and self._answers(masked):
                    return None
                return self._named(before, quoted=True)
        according = _ACCORDING.search(masked)
        if according:
            return self.sources.resolve(according["subject"], distant=False, quoted=True)
        return None

    def _answers(self, masked: str) -> bool:
        found = _REBUTTED.search(masked)
        return found is not None and len(found["answer"].split()) > 2

    def _is_foe(self, subject: str) -> bool:
        found = self.sources.resolve(subject, distant=False, quoted=True)
        return found is not None and found.voice in (Voice.OPPONENT, Voice.REPORTED)

    def _named(self, match: re.Match[str] | None, *, quoted: bool) -> Source | None:
        if match is None:
            return None
        subject = match["subject"]
        if _BROKEN.search(_RELATIVE.sub("", subject)):
            return None
        verb = str(match["verb"])
        if _BARE.fullmatch(verb) and not _PLURAL.search(_RELATIVE.sub("", subject)):
            return None
        return self.sources.resolve(subject, distant=bool(match["distant"]), quoted=quoted)

    def _indirect(self, text: str) -> Source | None:
        """Source of "X says that ..." in unquoted words."""
        text = re.sub(r"\s+", " ", text)
        if _CONCEDED.match(text):
            return None
        if _IMPERSONAL.match(text) and not self._answers(text):
            return Source("others", Voice.REPORTED)
        match = _INDIRECT.match(text)
        if match and _COMPLEMENT.match(match["rest"]) and not self._answers(text):
            found = self._named(match, quoted=False)
            if found and found.voice is Voice.PARTNER and found.speaker == self.document.partner:
                return None
            return found
        according = _ACCORDING.match(text.lstrip('"“ ')) or _ACCORDING.search(text)
        if according:
            found = self.sources.resolve(according["subject"], distant=False, quoted=False)
            return found if found and found.voice is not Voice.PARTNER else None
        tail = _TAIL.search(text)
        if tail:
            subject = tail["subject"] or tail["subject2"]
            if not _BROKEN.search(_RELATIVE.sub("", subject)):
                return self.sources.resolve(subject, distant=bool(tail["distant"]), quoted=False)
        return None


def _subject(words: str) -> str:
    """The noun phrase after "said": up to where the sentence goes on."""
    return re.split(
        r"(?<!Mr)(?<!Ms)(?<!Mrs)(?<!Dr)(?<!Sen)(?<!Rep)(?<!\b[A-Z])\.\s+[A-Z«]|\.$|,?\s+(?:in|on|during|at|after|before|when|while|as|adding|noting|referring|following|"
        r"speaking|today|yesterday)\s+(?!the\s+[A-Z]|[A-Z]{2,})", words, maxsplit=1,
    )[0]  # fmt: skip
