"""Coded sentences: stand-off labels, and joining them to the texts they point into.

A stand-off label names document, offsets and a hash of the sentence instead of the sentence, so
labels of other people's texts can be shared by those who may not share the texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.errors import PipelineError
from pipeline.records import FACETS, LAYERS, Layer, Stance

CONTEXT_BEFORE, CONTEXT_AFTER = 320, 200
"""Characters of context joined to a label by default."""


@dataclass(frozen=True)
class Label:
    """One coder's decision on one sentence of one document.

    ``confidence`` is 3 clear, 2 another label was considered, 1 a coin-toss. ``sha1`` is the hash
    of the sentence (UTF-8), ``codebook`` the SHA-256 of the codebook it was coded under.
    """

    document: str
    start: int
    end: int
    sha1: str
    layer: Layer
    facet: str = ""
    confidence: int = 3
    coder: str = ""
    codebook: str = ""
    source: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        place = f"label {self.id or self.document}"
        _check_span(self, place)
        if self.facet and self.facet not in FACETS[self.layer]:
            raise PipelineError(
                f"{place}: facet {self.facet!r} does not belong to {self.layer}; allowed: "
                f"{', '.join(FACETS[self.layer]) or 'none'}"
            )
        _check_confidence(self.confidence, place)


@dataclass(frozen=True)
class CodedSentence:
    """A label with its sentence and the text around it."""

    label: Label
    text: str
    before: str
    after: str


@dataclass(frozen=True)
class Span:
    """Words of a document, by their place and hash."""

    document: str
    start: int
    end: int
    sha1: str

    def __post_init__(self) -> None:
        _check_span(self, f"span of {self.document}")


@dataclass(frozen=True)
class PairLabel:
    """One coder's decision on two texts: the side that ``text`` takes towards ``target``, and
    whether both state one position (``same`` 0 or 1). ``confidence`` is that of :class:`Label`.
    """

    id: str
    text: Span | str
    target: Span | str
    stance: Stance
    same: int
    confidence: int = 3
    coder: str = ""

    def __post_init__(self) -> None:
        _check_confidence(self.confidence, f"label {self.id}")
        if self.same not in (0, 1):
            raise PipelineError(f"label {self.id}: same {self.same}; allowed: 0, 1")


def _check_span(span: Span | Label, place: str) -> None:
    if not 0 <= span.start < span.end:
        raise PipelineError(f"{place} [{span.start}, {span.end}): no span; start must be below end")


def _check_confidence(confidence: int, place: str) -> None:
    if confidence not in (1, 2, 3):
        raise PipelineError(f"{place}: confidence {confidence}; allowed: 1, 2, 3")


def sentence_sha1(text: str) -> str:
    """Hash by which a label recognises its sentence. Not for security."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def read_labels(path: Path) -> list[Label]:
    """Labels of a JSON-lines file; raises PipelineError on the first line that is none."""
    labels = []
    for place, row in read_rows(path):
        known = {key: value for key, value in row.items() if key in Label.__dataclass_fields__}
        known["facet"] = known.get("facet") or ""
        if known.get("layer") not in set(LAYERS):
            raise PipelineError(
                f"{place}: layer {known.get('layer')!r}; allowed: {', '.join(LAYERS)}"
            )
        labels.append(codec.from_dict(known, Label, place))
    return labels


def read_rows(path: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    """Objects of a JSON-lines file that must be whole: the first bad line is an error."""
    try:
        with path.open("rb") as stream:
            for place, value in codec.read_lines(stream, str(path)):
                if isinstance(value, PipelineError):
                    raise value
                yield place, value
    except OSError as error:
        raise PipelineError(f"{path}: {error.strerror}; check the path") from error


def read_texts(paths: Iterable[Path]) -> dict[str, str]:
    """Texts by document id from JSON-lines files of ``{id, text, ...}``."""
    return {
        str(row["id"]): str(row["text"])
        for path in paths
        for _, row in read_rows(path)
        if "id" in row and "text" in row
    }


def hydrate(
    labels: Iterable[Label], texts: Mapping[str, str]
) -> tuple[list[CodedSentence], list[str]]:
    """Labels joined to texts, and one line for each label that could not be.

    A label is refused when its document is missing or the text at its offsets has another hash.
    """
    joined, refused = [], []
    for label in labels:
        try:
            sentence = _words(label, texts)
        except PipelineError as error:
            refused.append(f"label {label.id}: {error}")
            continue
        text = texts[label.document]
        before = text[max(0, label.start - CONTEXT_BEFORE) : label.start]
        after = text[label.end : label.end + CONTEXT_AFTER]
        joined.append(CodedSentence(label, sentence, before, after))
    return joined, refused


def hydrate_pairs(
    labels: Iterable[PairLabel], texts: Mapping[str, str]
) -> tuple[list[PairLabel], list[str]]:
    """Pair labels with their words in place of spans, and one line for each that has none."""
    joined, refused = [], []
    for label in labels:
        try:
            text, target = (
                words if isinstance(words, str) else _words(words, texts)
                for words in (label.text, label.target)
            )
        except PipelineError as error:
            refused.append(f"label {label.id}: {error}")
            continue
        joined.append(replace(label, text=text, target=target))
    return joined, refused


def _words(span: Span | Label, texts: Mapping[str, str]) -> str:
    text = texts.get(span.document)
    if text is None:
        raise PipelineError(f"document {span.document!r} is not in the texts")
    words = text[span.start : span.end]
    if sentence_sha1(words) != span.sha1:
        raise PipelineError(
            f"{span.document} [{span.start}, {span.end}) holds other words ({words[:40]!r}); use "
            "the text that was coded"
        )
    return words
