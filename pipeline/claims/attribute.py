"""Sentences -> who speaks and in which voice: turns, quotes, indirect speech.

A quoted sentence takes the attribution in its own sentence, else that of its quote, its paragraph,
or the paragraph before. Outside quotes "X says that ..." makes the sentence X's, unless the
sentence goes on to answer it ("..., but ...") or only concedes it ("While X says ...").
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.claims.blocks import Block
from pipeline.claims.names import surname
from pipeline.claims.quotes import Quote, find_quotes
from pipeline.claims.reporting import find_indirect, find_quoted
from pipeline.claims.segment import Span
from pipeline.claims.sources import Source, Sources
from pipeline.claims.turns import Turn, turn_voices
from pipeline.records import Document, Voice

QUOTED_FROM = 0.5
"""Share of a sentence inside quotation marks from which it is the quoted person's sentence."""


LONGEST = 2000
"""Longer stretches (characters) are debris and name no source."""

_OFFICE_HOLDERS = re.compile(
    r"\b(?:party|government|ministry|ministers?|department|congress|parliament|democrats?|republicans?|greens|labour|conservatives?|liberals?|sen|rep|senator)\b",
    re.I,
)
_WORDS = re.compile(r"[^\W\d_]{2,}\W+[^\W\d_]{2,}")
_MARKS_BEFORE = re.compile(r"(?:(?<![“\"‘'«„`])[“\"‘'«„`]+|â€œ)$")
_MARKS_AFTER = re.compile(r"^(?:[”\"’'»]|â€\x9d?)+")


@dataclass(frozen=True)
class Sentence:
    """A sentence ``[start, end)`` of block ``block`` with who speaks; ``quoted``: mostly quote."""

    start: int
    end: int
    block: int
    speaker: str
    voice: Voice
    quoted: bool = False


def attribute(
    document: Document, blocks: list[Block], spans: Sequence[Sequence[Span]], turns: list[Turn]
) -> list[Sentence]:
    """Every sentence with its speaker and voice; ``spans`` are the sentences of each block."""
    quotes: dict[int, list[Quote]] = {}
    for quote in find_quotes(document.text, blocks):
        quotes.setdefault(quote.block, []).append(quote)
    sentences = _Reader(document, quotes, turns).read(spans)
    own = _spokesperson(sentences, document)
    if own:
        sentences = _Reader(document, quotes, turns, frozenset({own})).read(spans)
    return sentences


def _spokesperson(sentences: list[Sentence], document: Document) -> str:
    """Surname of the foreign person who speaks most of a release, when none of its own is quoted.

    Only for parties and offices: their releases rarely say that the minister is their own.
    """
    if document.genre not in ("press release", "statement", "newsletter"):
        return ""
    if not _OFFICE_HOLDERS.search(document.partner):
        return ""
    letters: Counter[str] = Counter()
    for sentence in sentences:
        if not sentence.quoted:
            continue
        if sentence.voice is Voice.PARTNER and sentence.speaker != document.partner:
            return ""
        if sentence.voice in (Voice.ALLY, Voice.OPPONENT):
            letters[surname(sentence.speaker)] += sentence.end - sentence.start
    if not letters:
        return ""
    (name, most), total = letters.most_common(1)[0], sum(letters.values())
    return name if most >= 0.2 * len(document.text) and most >= 0.6 * total else ""


class _Reader:
    """One pass over a document's sentences, in reading order."""

    def __init__(
        self, document: Document, quotes: dict[int, list[Quote]], turns: list[Turn],
        own: frozenset[str] = frozenset(),
    ):  # fmt: skip
        self.document, self.quotes, self.turns = document, quotes, turns
        self.sources = Sources(document, own)
        self.voices = turn_voices(turns, document.text, document.partner, document.author)
        self.carried: Source | None = None  # speaker of the quote that the last block ended with

    def read(self, spans: Sequence[Sequence[Span]]) -> list[Sentence]:
        """Sentences of all blocks with their sources."""
        sentences: list[Sentence] = []
        upcoming = list(self.turns)
        turn: Turn | None = None
        for number, block in enumerate(spans):
            if not block:
                continue
            while upcoming and upcoming[0].label <= block[0][0]:
                turn = upcoming.pop(0)
            for (start, end), source, quoted in self._block(number, block):
                told = self._in_turn(turn, source) if turn else source
                sentences.append(Sentence(start, end, number, told.speaker, told.voice, quoted))
        return sentences

    def _in_turn(self, turn: Turn, source: Source) -> Source:
        voice = self.voices[turn.speaker]
        if source == self.sources.default or voice is not Voice.PARTNER:
            return Source(turn.speaker or self.document.partner, voice)
        return source

    def _block(self, number: int, spans: Sequence[Span]) -> list[tuple[Span, Source, bool]]:
        inside = [self._share(number, start, end) >= QUOTED_FROM for start, end in spans]
        named = [
            self._named(number, span, is_inside)
            for span, is_inside in zip(spans, inside, strict=True)
        ]
        told: list[Source] = []
        for i, span in enumerate(spans):
            source = named[i]
            if source is None and inside[i]:
                source = self._of_quote(number, spans, named, i)
            if inside[i] and (source is None or source.voice is not Voice.OPPONENT):
                source = self._nested(number, span) or source
            told.append(source or self.sources.default)
        self._carry(number, spans, named, inside)
        return list(zip(spans, told, inside, strict=True))

    def _named(self, number: int, span: Span, inside: bool) -> Source | None:
        """Source that the sentence itself names, None when it names none."""
        masked = self._masked(number, *span)
        if len(masked) > LONGEST or not _WORDS.search(masked):
            return None
        quoted = "«»" in masked
        report = find_quoted(masked, inside=inside) if quoted else find_indirect(masked)
        if report is None and quoted and not inside:
            report = find_indirect(masked)
        source = self.sources.resolve(report)
        if not inside and not (report and source):
            self.sources.note(masked)
        if not quoted and source and source.voice is Voice.PARTNER:
            return None if source.speaker == self.document.partner else source
        return source

    def _of_quote(
        self, number: int, spans: Sequence[Span], named: list[Source | None], i: int
    ) -> Source | None:
        """Speaker of a quoted sentence that does not name one."""
        start, end = spans[i]
        quote = next(iter(self._touching(number, start, end)), None)
        if quote and quote.continues and self.carried:
            return self.carried
        for j in range(i + 1, len(spans)):
            if named[j] is not None and quote and spans[j][0] <= quote.end:
                return named[j]
        before = next((named[j] for j in range(i - 1, -1, -1) if named[j] is not None), None)
        after = next((source for source in named[i + 1 :] if source is not None), None)
        return before or self.carried or after

    def _nested(self, number: int, span: Span) -> Source | None:
        """A foreign voice inside somebody's own quote: "The minister says that ...," said Rao."""
        for quote in self._touching(number, *span):
            low, high = max(span[0], quote.start), min(span[1], quote.end)
            if high - low > QUOTED_FROM * (span[1] - span[0]):
                last = self.sources.last
                found = self.sources.resolve(find_indirect(self.document.text[low:high]))
                self.sources.last = last
                if found and found.voice in (Voice.OPPONENT, Voice.REPORTED):
                    return found
        return None

    def _carry(
        self, number: int, spans: Sequence[Span], named: list[Source | None], inside: list[bool]
    ) -> None:
        """What the next block's quotes inherit: the speaker this block ends with."""
        if any(inside):
            last = max(i for i, value in enumerate(inside) if value)
            if last < len(spans) - 2:
                self.carried = None
            else:
                self.carried = named[last] or self._of_quote(number, spans, named, last)
        elif self.document.text[spans[0][0] : spans[-1][1]].rstrip().endswith(":"):
            masked = self._masked(number, *spans[-1]).rstrip() + " «»"
            self.carried = self.sources.resolve(find_quoted(masked, inside=False))
        elif sum(len(self.document.text[a:b].split()) for a, b in spans) > 12:
            self.carried = None

    def _touching(self, number: int, start: int, end: int) -> list[Quote]:
        """Quotes of a block that share characters with ``[start, end)``, in order."""
        quotes = self.quotes.get(number, [])
        first = bisect_right(quotes, start, key=lambda quote: quote.end)
        last = bisect_left(quotes, end, key=lambda quote: quote.start)
        return quotes[first:last]

    def _share(self, number: int, start: int, end: int) -> float:
        covered = sum(
            min(end, q.end) - max(start, q.start) for q in self._touching(number, start, end)
        )
        return covered / max(1, end - start)

    def _masked(self, number: int, start: int, end: int) -> str:
        """The sentence with its quotes replaced by ``«»``."""
        text, out, place = self.document.text, [], start
        for quote in self._touching(number, start, end):
            low, high = max(start, quote.start), min(end, quote.end)
            out.append(_MARKS_BEFORE.sub("", text[place:low]) + "«»")
            place = high
        rest = text[place:end]
        out.append(_MARKS_AFTER.sub("", rest) if out else rest)
        masked = re.sub(r"Â|â€[œ\x9d]?(?!\w)", " ", "".join(out))  # see quotes.py
        return re.sub(r"\s+", " ", masked)
