"""The codebook as data: version, hash, labels, facets, rules and examples; what a change touches.

A codebook is Markdown (``annotations/codebook.md``). Its tables are recognised by their head
(``label | in one line``, ``layer | facets``, ``sentence | label | facet``), its rules by being
list entries that start in bold.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.annotate.codings import Coding
from pipeline.errors import PipelineError
from pipeline.models import codebook_path


@dataclass(frozen=True)
class Example:
    """An anchor sentence with its label and facet."""

    sentence: str
    label: str
    facet: str


@dataclass(frozen=True)
class Codebook:
    """What a coder works by. ``definitions`` and ``facets`` run over the labels in order;
    ``questions`` are the decision steps, ``rules`` map a rule's name to its text.
    """

    version: str
    sha256: str
    definitions: dict[str, str]
    questions: tuple[str, ...]
    facets: dict[str, dict[str, str]]
    rules: dict[str, str]
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Change:
    """One difference between two codebooks.

    ``labels`` are those whose sentences may have to be recoded; ``all_of`` says whether every
    sentence of those labels, or only those whose coder had a doubt (confidence below 3).
    """

    what: str
    labels: tuple[str, ...]
    all_of: bool
    facet: str = ""


def load_codebook(path: Path | None = None) -> Codebook:
    """The codebook in a file, by default the one that labels and models refer to."""
    path = path or codebook_path()
    try:
        data = path.read_bytes()
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise PipelineError(f"codebook {path}: {error}; check the path") from error
    return parse(text, hashlib.sha256(data).hexdigest(), str(path))


def parse(text: str, sha256: str, name: str) -> Codebook:
    """A codebook from its Markdown.

    Raises:
        PipelineError: version or table of labels missing, or an example or facet of no label.
    """
    version = re.search(r"^#.*\bversion\s+([\w.]+)", text, re.MULTILINE)
    if version is None:
        raise PipelineError(f"codebook {name}: its title names no version; write (version N)")
    definitions = {row[0]: row[1] for row in _table(text, "label", "in one line")}
    if not definitions:
        raise PipelineError(f"codebook {name}: no table headed label | in one line; add it")
    facets: dict[str, dict[str, str]] = {label: {} for label in definitions}
    for row in _table(text, "layer", "facets"):
        for facet, meaning in re.findall(r"`?([a-z_]+)`?\s*(?:\(([^)]*)\))?(?:\s*·|\s*$)", row[1]):
            facets.setdefault(row[0], {})[facet] = meaning
    examples = tuple(
        Example(row[0], row[1], row[2] if len(row) > 2 else "")
        for row in _table(text, "sentence", "label")
    )
    for label in (*facets, *(example.label for example in examples)):
        if label not in definitions:
            raise PipelineError(
                f"codebook {name}: {label!r} is no label; labels: {', '.join(definitions)}"
            )
    questions = tuple(
        _plain(step) for step in re.findall(r"^\d+\.\s+(.+(?:\n {3,}.+)*)", text, re.MULTILINE)
    )
    rules = {
        _plain(rule).rstrip("."): _plain(meaning)
        for rule, meaning in re.findall(r"^- \*\*(.+?)\*\*(.*)$", text, re.MULTILINE)
    }
    return Codebook(version[1], sha256, definitions, questions, facets, rules, examples)


def _table(text: str, *head: str) -> list[list[str]]:
    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if tuple(cells[: len(head)]) == head:
            inside = True
        elif inside and set(cells[0]) - set("-: "):
            rows.append([cells[0].strip("`"), *cells[1:]])
    return rows


def _plain(markdown: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[*`]", "", markdown)).strip()


def diff(old: Codebook, new: Codebook) -> list[Change]:
    """What changed, and which sentences that may touch.

    A label's definition or existence touches all its sentences, a facet those that carry it; a
    decision step, a rule or an example only those labels it names, and of these the sentences
    whose coder had a doubt.
    """
    changes: list[Change] = []
    for label in dict.fromkeys((*old.definitions, *new.definitions)):
        before, after = old.definitions.get(label), new.definitions.get(label)
        if before != after:
            changes.append(Change(f"label {label}: {_verb(before, after)}", (label,), True))
        for facet in dict.fromkeys((*old.facets.get(label, {}), *new.facets.get(label, {}))):
            had, has = (book.facets.get(label, {}).get(facet) for book in (old, new))
            if had == has:
                continue
            what = f"facet {label}/{facet}: {_verb(had, has)}"
            # A new facet may belong to sentences coded as any other facet of its label.
            changes.append(Change(what, (label,), had is not None, "" if had is None else facet))
    for number, (before, after) in enumerate(_pairs(old.questions, new.questions), start=1):
        if before != after:
            touched = _named(f"{before or ''} {after or ''}", new)
            changes.append(Change(f"step {number}: {_verb(before, after)}", touched, False))
    for rule in dict.fromkeys((*old.rules, *new.rules)):
        before, after = old.rules.get(rule), new.rules.get(rule)
        if before != after:
            touched = _named(f"{before or ''} {after or ''}", new)
            changes.append(Change(f"rule {rule!r}: {_verb(before, after)}", touched, False))
    mine, theirs = ({e.sentence: e for e in book.examples} for book in (old, new))
    for sentence in dict.fromkeys((*mine, *theirs)):
        was, now = mine.get(sentence), theirs.get(sentence)
        if was != now:
            touched = tuple(dict.fromkeys(e.label for e in (was, now) if e is not None))
            verb = _verb(was.label if was else None, now.label if now else None)
            changes.append(Change(f"example {sentence[:50]!r}: {verb}", touched, False))
    return changes


def to_recode(codings: Iterable[Coding], changes: Iterable[Change], old: Codebook) -> list[Coding]:
    """Codings made under ``old`` that the changes touch."""
    changes = list(changes)
    return [
        coding
        for coding in codings
        if coding.label.codebook in ("", old.sha256)
        and any(
            coding.label.layer in change.labels
            and (change.all_of or coding.label.confidence < 3)
            and change.facet in ("", coding.label.facet)
            for change in changes
        )
    ]


def _verb(before: str | None, after: str | None) -> str:
    return "added" if before is None else "removed" if after is None else "changed"


def _pairs(a: tuple[str, ...], b: tuple[str, ...]) -> list[tuple[str | None, str | None]]:
    longest = max(len(a), len(b))
    pad: tuple[None, ...] = (None,)
    return list(zip(a + pad * (longest - len(a)), b + pad * (longest - len(b)), strict=True))


def _named(text: str, book: Codebook) -> tuple[str, ...]:
    """Labels that a rule speaks of; all when it names none."""
    named = tuple(
        label for label in book.definitions if re.search(rf"\b{label.replace('_', '[_ ]')}\b", text)
    )
    return named or tuple(book.definitions)
