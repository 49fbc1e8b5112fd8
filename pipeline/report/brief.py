"""The brief: two pages for people who will not open the map, as Markdown and DOCX.

Both are written from the same blocks, so they say the same.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import docx

from pipeline.config import ReportConfig
from pipeline.records import Standing, Tier
from pipeline.report.diagnosis import Diagnosis, Fracture
from pipeline.report.findings import Finding, certainty
from pipeline.report.index import Index
from pipeline.report.words import (
    LAYER_WORDS,
    TIER_WORDS,
    clip,
    listing,
    partner_name,
    plural,
    said,
    visible,
)  # fmt: skip

MOST_SHARED = 8
MOST_QUESTIONS = 6
EPOCH = (1980, 1, 1, 0, 0, 0)  # earliest time a zip file can hold: the same map, the same bytes


@dataclass(frozen=True)
class Block:
    """A heading (``h1``, ``h2``), paragraph (``p``), quote (``quote``) or bullet (``li``)."""

    kind: str
    text: str


def blocks(
    index: Index, findings: tuple[Finding, ...], diagnosis: Diagnosis, config: ReportConfig
) -> list[Block]:
    """The brief's content in order."""
    tier = Tier(config.tier)
    made = [Block("h1", config.title), Block("p", _read(index, tier))]
    made.append(Block("h2", "What matters"))
    for finding in findings:
        made.append(Block("p", f"{finding.kind}. {finding.text} {finding.matters}"))
        made += [Block("quote", f"{clip(words, 300)} ({who})") for who, words in finding.quotes]
        made.append(Block("p", f"How sure: {finding.sure}."))
    if not findings:
        made.append(Block("p", "Too little evidence for a finding in what was read."))
    made += _shared(index)
    made += _bounds(diagnosis)
    made += _questions(index, diagnosis.unsaid)
    made.append(Block("h2", "How sure this is"))
    made += [Block("li", line) for line in certainty(index)]
    made.append(
        Block("p", "Every statement opens onto its quotes in map.html. Silence is not counted as "
              "disagreement. Verdicts are suggestions; check the quotes before you act.")
    )  # fmt: skip
    return made


def _read(index: Index, tier: Tier) -> str:
    dates = sorted(d.date for d in index.map.documents if d.date)
    period = f", {dates[0]} to {dates[-1]}" if dates else ""
    names = listing([partner_name(p) for p in index.map.partners])
    unread = listing([partner_name(p) for p in index.map.partners if p in index.unread])
    return (
        f"Drawn from {plural(len(index.map.documents), 'document')}{period}, published by {names}. "
        f"For: {TIER_WORDS[tier]}."
        + (f" Not read, being in other languages: {unread}." if unread else "")
    )


def _shared(index: Index) -> Iterator[Block]:
    shared = [c for c in index.map.conclusions if index.shared(c.id)]
    if not shared:
        return
    yield Block("h2", "What partners share")
    shared.sort(key=lambda c: -len(index.partners_who(Standing.ASSERTS, c.id)))
    for c in shared[:MOST_SHARED]:
        yes, no, both, silent = (index.partners_who(s, c.id) for s in Standing)
        parts = [f"{listing([partner_name(p) for p in yes])} say so"]
        if no:
            verb = "rejects" if len(no) == 1 else "reject"
            parts.append(f"{listing([partner_name(p) for p in no])} {verb} it")
        if both:
            verb = "says" if len(both) == 1 else "say"
            parts.append(f"{listing([partner_name(p) for p in both])} {verb} both")
        if silent:
            parts.append(f"{len(silent)} silent")
        yield Block("li", f"{said(c.text)} ({LAYER_WORDS[c.layer]}): {'; '.join(parts)}.")


def _bounds(diagnosis: Diagnosis) -> Iterator[Block]:
    if not diagnosis.containment:
        return
    yield Block("h2", "Who decides what (suggestions)")
    for c in diagnosis.containment[:MOST_SHARED]:
        raised = f"; raised, because {c.raised}" if c.raised else ""
        yield Block(
            "li",
            f"{said(c.matter.text)} ({LAYER_WORDS[c.matter.layer]}, contested): {c.right}{raised}. "
            f"Drawn from {plural(len(c.claims), 'claim')}.",
        )


def _questions(index: Index, unsaid: tuple[Fracture, ...]) -> Iterator[Block]:
    tacit = [p for p in index.map.positions if p.tacit and p.questions]
    if not tacit:
        return
    yield Block("h2", "What to ask")
    # Whose difference in the deep core is only inferred comes first.
    urgent = {(f.conclusion.id, p) for f in unsaid for p in (f.divergence.a, f.divergence.b)}
    tacit.sort(key=lambda p: (p.conclusion, p.partner) not in urgent)
    for position in tacit[:MOST_QUESTIONS]:
        yield Block("li", f"{partner_name(position.partner)}: {position.questions[0]}")


def markdown(content: list[Block]) -> bytes:
    """The brief as Markdown; words from documents cannot form markup."""
    marks = {"h1": "# ", "h2": "## ", "p": "", "quote": "> ", "li": "- "}
    lines = []
    for n, block in enumerate(content):
        follows = n and block.kind == "li" and content[n - 1].kind == "li"
        if n and not follows:
            lines.append("")
        lines.append(marks[block.kind] + _escape(block.text))
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _escape(text: str) -> str:
    line = " ".join(visible(text).split())
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", line)


def word(content: list[Block]) -> bytes:
    """The brief as DOCX."""
    styles = {
        "h1": "Title",
        "h2": "Heading 1",
        "p": "Normal",
        "quote": "Quote",
        "li": "List Bullet",
    }
    document = docx.Document()
    for block in content:
        document.add_paragraph(_xml(visible(block.text)), style=styles[block.kind])
    stream = io.BytesIO()
    document.save(stream)
    return _undated(stream.getvalue())


def _xml(text: str) -> str:
    return "".join(c for c in text if c in "\t\n\r" or ord(c) >= 0x20)


def _undated(data: bytes) -> bytes:
    """The same zip file with all times set to one day, so that bytes do not change by the hour."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, EPOCH), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
