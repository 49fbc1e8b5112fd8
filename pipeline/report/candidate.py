"""Screening: what a candidate shares with a coalition, where it would collide, what is unknown."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.records import Divergence, Standing
from pipeline.report.index import Index, differs
from pipeline.report.words import (
    LAYER_WORDS,
    listing,
    partner_name,
    plural,
    said,
    visible,
)  # fmt: skip

MOST = 12


@dataclass(frozen=True)
class Meeting:
    """A conclusion on which the candidate speaks: its standing, who else says what, its words."""

    conclusion: str
    standing: Standing
    with_it: tuple[str, ...]
    against_it: tuple[str, ...]
    claim_ids: tuple[str, ...]


@dataclass(frozen=True)
class Screening:
    """A candidate against a coalition; ``grounds`` are comparisons whose grounds differ."""

    candidate: str
    shared: tuple[Meeting, ...]
    collisions: tuple[Meeting, ...]
    grounds: tuple[Divergence, ...]
    unknown: tuple[str, ...]


def screening(index: Index, candidate: str) -> Screening:
    """The candidate's standing to every conclusion that the coalition's partners speak to."""
    shared: list[Meeting] = []
    collisions: list[Meeting] = []
    unknown: list[str] = []
    for conclusion in index.map.conclusions:
        yes = [p for p in index.partners_who(Standing.ASSERTS, conclusion.id) if p != candidate]
        no = [p for p in index.partners_who(Standing.REJECTS, conclusion.id) if p != candidate]
        if not yes and not no:
            continue
        position = index.positions.get((conclusion.id, candidate))
        if position is None or position.standing is Standing.SILENT:
            unknown.append(conclusion.id)
            continue
        alike, unlike = (yes, no) if position.standing is Standing.ASSERTS else (no, yes)
        ids = (*position.claim_ids, *position.contrary_ids)
        meeting = Meeting(conclusion.id, position.standing, tuple(alike), tuple(unlike), ids)
        (collisions if unlike else shared).append(meeting)
    grounds = [d for d in index.map.divergences if candidate in (d.a, d.b) and differs(d)]
    return Screening(
        candidate, tuple(sorted(shared, key=lambda m: -len(m.with_it))),
        tuple(sorted(collisions, key=lambda m: -len(m.against_it))), tuple(grounds),
        tuple(unknown),
    )  # fmt: skip


def screening_lines(index: Index, found: Screening) -> list[str]:
    """The screening in plain sentences, each with the candidate's words and their place."""
    who = partner_name(found.candidate)
    own = len(index.documents_of(found.candidate))
    lines = [f"{visible(who)}: {plural(own, 'document')} read.", ""]
    lines.append(f"Shares {plural(len(found.shared), 'conclusion')}:")
    for m in found.shared[:MOST]:
        lines += _meeting(index, m, "with " + _names(m.with_it) if m.with_it else "")
    lines.append(f"Would collide on {len(found.collisions)}:")
    for m in found.collisions[:MOST]:
        lines += _meeting(index, m, "against " + _names(m.against_it))
    lines.append(f"Same position on different grounds in {len(found.grounds)}:")
    for d in found.grounds[:MOST]:
        other = d.b if d.a == found.candidate else d.a
        text = index.conclusions[d.conclusion].text
        lines.append(
            f"  {visible(said(text, 90))} with {partner_name(other)}: {LAYER_WORDS[d.layer]}, "
            f"divergence {d.divergence:.2f} ({d.low:.2f} to {d.high:.2f})"
        )
    lines.append(f"Unknown (silent, which is not disagreement) on {len(found.unknown)}; ask:")
    for conclusion in found.unknown[:MOST]:
        lines.append(f"  {visible(said(index.conclusions[conclusion].text, 90))}")
    return lines


def _names(partners: tuple[str, ...]) -> str:
    return visible(listing([partner_name(p) for p in partners]))


def _meeting(index: Index, m: Meeting, company: str) -> list[str]:
    verb = "says" if m.standing is Standing.ASSERTS else "rejects"
    conclusion = index.conclusions[m.conclusion]
    first = f"  {verb} {visible(said(conclusion.text, 90))} ({LAYER_WORDS[conclusion.layer]})"
    lines = [first + (f", {company}" if company else "")]
    for t in index.claims_of(m.claim_ids)[:1]:
        lines.append(f"    {visible(said(t.claim.text, 200))} ({visible(index.place(t.claim.id))})")
    return lines
