"""Claims stage: documents -> the sentences in them that may state a belief, and whose it is.

blocks      text -> paragraphs, list items, headings (hard-wrapped lines joined)
segment     blocks -> sentences
structure   blocks -> what surely states no belief (datelines, contacts, "About us", ...)
attribute   sentences -> speaker and voice (turns, quotes, indirect speech)
passages    sentences -> the stretch of text each is read in
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.claims.attribute import Sentence, attribute
from pipeline.claims.blocks import cut_blocks
from pipeline.claims.passages import cut_passages
from pipeline.claims.segment import Segmenter
from pipeline.claims.structure import Kind, dateline, mark_blocks, sentence_kind
from pipeline.claims.turns import cut_turns, find_turns
from pipeline.config import ClaimsConfig
from pipeline.records import Claim, Document

__all__ = ["Claims", "MarkedSentence"]

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")


@dataclass(frozen=True)
class MarkedSentence:
    """A sentence with speaker and voice, and the form of the block it stands in."""

    sentence: Sentence
    kind: Kind
    opens: bool  # first sentence of its block


class Claims:
    """Documents to claims.

    Args:
        config: section ``[claims]``.
        languages: documents in other languages give no claims.
    """

    takes, gives = Document, Claim
    version = "5"

    def __init__(self, config: ClaimsConfig, *, languages: Sequence[str] = ("en",)):
        self.config = config
        self.languages = frozenset(languages)
        self.segmenter = Segmenter(max_characters=config.max_characters)

    def __call__(self, documents: list[Document]) -> list[Claim]:
        """Claims of the documents, in document and text order."""
        return [claim for document in documents for claim in self._claims(document)]

    def read(self, document: Document) -> list[MarkedSentence]:
        """All sentences of a document, those that are no claims too."""
        text = document.text
        turns = find_turns(text)
        blocks = cut_turns(cut_blocks(text), turns)
        kinds = mark_blocks(text, blocks, document.partner)
        spans = self.segmenter(text, blocks)
        for number, (block, kind) in enumerate(zip(blocks, kinds, strict=True)):
            if kind is not Kind.PROSE:
                spans[number] = [(block.start, block.end)]
        sentences = attribute(document, blocks, spans, turns)
        marked: list[MarkedSentence] = []
        for i, sentence in enumerate(sentences):
            opens = not i or sentences[i - 1].block != sentence.block
            kind = kinds[sentence.block]
            if kind is Kind.PROSE:
                kind = sentence_kind(text[sentence.start : sentence.end])
            marked += _cut_dateline(text, MarkedSentence(sentence, kind, opens))
        return marked

    def _claims(self, document: Document) -> list[Claim]:
        if self.languages and document.language.split("-")[0] not in self.languages:
            return []
        text = document.text
        kept = [marked for marked in self.read(document) if self._may_state(text, marked)]
        spans = [(m.sentence.start, m.sentence.end) for m in kept]
        passages = cut_passages(spans, [m.opens for m in kept], self.config.passage_characters)
        return [
            Claim.at(
                document, start, end, speaker=marked.sentence.speaker, voice=marked.sentence.voice,
                before=text[low:start], after=text[end:high],
            )
            for marked, (start, end), (low, high) in zip(kept, spans, passages, strict=True)
        ]  # fmt: skip

    def _may_state(self, text: str, marked: MarkedSentence) -> bool:
        if self.config.skip_boilerplate and marked.kind is not Kind.PROSE:
            return False
        words = _WORD.findall(text[marked.sentence.start : marked.sentence.end])
        return len(words) >= self.config.min_words


def _cut_dateline(text: str, marked: MarkedSentence) -> list[MarkedSentence]:
    """Separates "WASHINGTON, 3 May --" from the sentence that it opens."""
    sentence = marked.sentence
    content = text[sentence.start : sentence.end]
    length = dateline(content) if marked.opens or content[:4].isupper() else 0
    if not length or marked.kind is not Kind.PROSE:
        return [marked]
    place = sentence.start + length
    head = Sentence(
        sentence.start, sentence.start + len(text[sentence.start : place].rstrip()),
        sentence.block, sentence.speaker, sentence.voice,
    )  # fmt: skip
    body = Sentence(place, sentence.end, sentence.block, sentence.speaker, sentence.voice)
    return [MarkedSentence(head, Kind.MARK, True), MarkedSentence(body, marked.kind, True)]
