"""Codings: a label with what else is known of the decision, read and written as JSON lines.

A line is flat: the keys of :class:`pipeline.labels.Label`, those of :class:`Coding`, and, with
text, ``text``, ``before`` and ``after``. Without text it is stand-off and may be shared by those
who may not share the documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from pipeline import codec
from pipeline.errors import PipelineError
from pipeline.labels import (
    CONTEXT_AFTER,
    CONTEXT_BEFORE,
    CodedSentence,
    Label,
    hydrate,
    read_rows,
    sentence_sha1,
)
from pipeline.records import LAYERS, content_id
from pipeline.store import write_atomic


@dataclass(frozen=True)
class Coding:
    """One coder's decision on one span, and how it was made.

    ``at`` is the server's clock (ISO 8601, UTC), ``seconds`` what the coder spent on the item,
    ``suggested`` whether a suggestion of the model had been seen before the decision. ``history``
    is how an adjudicated label came about: ``coder=layer/facet`` entries and a reason.
    """

    label: Label
    text: str = ""
    before: str = ""
    after: str = ""
    comment: str = ""
    at: str = ""
    seconds: float = 0.0
    suggested: bool = False
    history: str = ""

    @property
    def unit(self) -> tuple[str, int, int]:
        """The span that several coders may have coded."""
        return (self.label.document, self.label.start, self.label.end)


_LABEL_KEYS = tuple(item.name for item in fields(Label))
_OWN_KEYS = tuple(item.name for item in fields(Coding) if item.name != "label")


def coding_of(row: Mapping[str, Any], place: str) -> Coding:
    """A coding from a flat row; raises PipelineError naming ``place`` if it is none."""
    if row.get("layer") not in set(LAYERS):
        raise PipelineError(f"{place}: layer {row.get('layer')!r}; allowed: {', '.join(LAYERS)}")
    known = {key: row[key] for key in _LABEL_KEYS if row.get(key) is not None}
    own = {key: row[key] for key in _OWN_KEYS if row.get(key) is not None}
    text = str(own.get("text", ""))
    if text and "sha1" not in known:
        known["sha1"] = sentence_sha1(text)
    try:
        # replace() runs __init__: msgspec leaves defaults off the instances that it builds.
        label = replace(codec.from_dict(known, Label, place))
    except PipelineError as error:
        raise PipelineError(str(error) if place in str(error) else f"{place}: {error}") from error
    if text and sentence_sha1(text) != label.sha1:
        raise PipelineError(f"{place}: sha1 is not that of its text ({text[:40]!r}); mend the line")
    if text and label.end - label.start != len(text):
        raise PipelineError(
            f"{place}: span [{label.start}, {label.end}) does not fit a text of {len(text)} "
            "characters; offsets count characters"
        )
    if not label.id:
        label = replace(label, id=coding_id(label))
    return replace(codec.from_dict({**own, "label": codec.to_dict(label)}, Coding, place))


def coding_id(label: Label) -> str:
    """Id of a decision: follows from span and coder."""
    return content_id(label.document, str(label.start), str(label.end), label.coder)[:12]


def row_of(coding: Coding, *, with_text: bool) -> dict[str, Any]:
    """A coding as a flat row; values that are not set are left out."""
    row: dict[str, Any] = codec.to_dict(coding.label)
    for key in ("source", "coder", "codebook"):
        if not row[key]:
            del row[key]
    for key, value in codec.to_dict(coding).items():
        if key == "label" or (key in ("text", "before", "after") and not with_text):
            continue
        if value:
            row[key] = value
    return row


def read_codings(paths: Iterable[Path]) -> list[Coding]:
    """Codings of JSON-lines files.

    Raises:
        PipelineError: a line is no coding, or one coder coded one span twice.
    """
    codings: list[Coding] = []
    seen: dict[tuple[str, str, int, int], str] = {}
    for path in paths:
        for place, row in read_rows(path):
            coding = coding_of(row, place)
            key = (coding.label.coder, *coding.unit)
            if key in seen:
                raise PipelineError(
                    f"{place}: coder {coding.label.coder!r} coded {coding.label.document} "
                    f"[{coding.label.start}, {coding.label.end}) already in {seen[key]}; keep one"
                )
            seen[key] = place
            codings.append(coding)
    return codings


def write_codings(codings: Iterable[Coding], path: Path, *, with_text: bool) -> int:
    """Writes codings as JSON lines, whole or not at all; returns how many."""
    rows = [row_of(coding, with_text=with_text) for coding in codings]
    save(path, b"".join(codec.to_json(row) + b"\n" for row in rows))
    return len(rows)


def save(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all; what the disk says becomes one line."""
    try:
        write_atomic(path, data)
    except OSError as error:
        raise PipelineError(
            f"{path}: {error.strerror}; free space or choose a folder that can be written"
        ) from error


def join(codings: Sequence[Coding], texts: Mapping[str, str]) -> tuple[list[Coding], list[str]]:
    """Codings with the sentences of the texts they point into, and a line for each refused."""
    joined: list[Coding] = []
    refused: list[str] = []
    for coding in codings:
        found, why = hydrate([coding.label], texts)
        refused += why
        joined += [with_sentence(coding, sentence) for sentence in found]
    return joined, refused


def completed(codings: Sequence[Coding], texts: Mapping[str, str]) -> list[Coding]:
    """Codings with their sentences: first those that have it, then the others, out of ``texts``.

    Raises:
        PipelineError: words that are not in the texts.
    """
    joined, refused = join([coding for coding in codings if not coding.text], texts)
    if refused:
        raise PipelineError(f"{refused[0]}; and {len(refused) - 1} more; name --texts")
    return [coding for coding in codings if coding.text] + joined


def with_sentence(coding: Coding, sentence: CodedSentence) -> Coding:
    """The coding with its sentence and the text around it."""
    return replace(coding, text=sentence.text, before=sentence.before, after=sentence.after)


def ground(
    rows: Iterable[tuple[str, Mapping[str, Any]]], texts: Mapping[str, str]
) -> tuple[list[Coding], list[str]]:
    """Stand-off codings of rows with a sentence, and a line for each that is not in its text.

    Rows that name offsets are checked; rows without are looked for, and refused when the
    sentence stands in its document never or more than once.
    """
    codings: list[Coding] = []
    refused: list[str] = []
    for place, row in rows:
        document, sentence = str(row.get("document", "")), str(row.get("text", ""))
        text = texts.get(document)
        if text is None:
            refused.append(f"{place}: document {document!r} is not in the texts")
            continue
        start = row.get("start")
        if start is None:
            times = text.count(sentence) if sentence else 0
            if times != 1:
                refused.append(f"{place}: the sentence stands {times} times in {document}; name "
                               "start and end")  # fmt: skip
                continue
            start = text.index(sentence)
        end = row.get("end", int(start) + len(sentence))
        if not 0 <= int(start) < int(end) <= len(text) or text[int(start) : int(end)] != sentence:
            refused.append(f"{place}: {document} [{start}, {end}) does not hold {sentence[:40]!r}")
            continue
        full = {**row, "start": int(start), "end": int(end), "sha1": sentence_sha1(sentence),
                "before": text[max(0, int(start) - CONTEXT_BEFORE) : int(start)],
                "after": text[int(end) : int(end) + CONTEXT_AFTER]}  # fmt: skip
        codings.append(coding_of(full, place))
    return codings, refused


def tally(codings: Iterable[Coding], key: str) -> Counter[str]:
    """How many codings there are by a key of their label (``coder``, ``codebook``, ``layer``)."""
    return Counter(str(getattr(coding.label, key)) for coding in codings)
