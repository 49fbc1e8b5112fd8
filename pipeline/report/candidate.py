"""Screening: what a candidate shares with a coalition, where it would collide, what is unknown."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.records import Divergence, Standing
from pipeline.report.index import SIDES, Index, side_ids
from pipeline.report.words import (
    LAYER_WORDS,
    listing,
    on_layer,
    partner_name,
    plural,
    said,
    visible,
)  # fmt: skip

MOST = 12


@dataclass(frozen=True)
class Meeting:
    """A conclusion on which the candidate speaks: its standing, who else says what, its words.

    ``claim_ids`` show its standing; where it says both, those against it are ``contrary_ids``.
    """

    conclusion: str
    standing: Standing
    with_it: tuple[str, ...]
    against_it: tuple[str, ...]
    claim_ids: tuple[str, ...]
    contrary_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Screening:
    """A candidate against a coalition; ``grounds`` are comparisons whose grounds differ.

    ``unsettled`` are conclusions on which the candidate says both, or meets only partners that do.
    """

    candidate: str
    shared: tuple[Meeting, ...]
    collisions: tuple[Meeting, ...]
    unsettled: tuple[Meeting, ...]
    grounds: tuple[Divergence, ...]
    unknown: tuple[str, ...]


def screening(index: Index, candidate: str) -> Screening:
    """The candidate's standing to every conclusion that the coalition's partners speak to."""
    shared: list[Meeting] = []
    collisions: list[Meeting] = []
    unsettled: list[Meeting] = []
    unknown: list[str] = []
    for conclusion in index.map.conclusions:
        yes, no, both = (
            [p for p in index.partners_who(s, conclusion.id) if p != candidate]
            for s in (*SIDES, Standing.MIXED)
        )
        if not yes and not no and not both:
            continue
        position = index.positions.get((conclusion.id, candidate))
        if position is None or position.standing is Standing.SILENT:
            unknown.append(conclusion.id)
            continue
        if position.standing is Standing.MIXED:
            unsettled.append(
                Meeting(conclusion.id, position.standing, tuple(yes), tuple(no),
                        position.claim_ids, position.contrary_ids)
            )  # fmt: skip
            continue
        alike, unlike = (yes, no) if position.standing is Standing.ASSERTS else (no, yes)
        meeting = Meeting(
            conclusion.id, position.standing, tuple(alike), tuple(unlike), side_ids(position)
        )
        (collisions if unlike else shared if alike else unsettled).append(meeting)
    grounds = [d for d in index.map.divergences if candidate in (d.a, d.b) and index.differs(d)]
    return Screening(
        candidate, tuple(sorted(shared, key=lambda m: -len(m.with_it))),
        tuple(sorted(collisions, key=lambda m: -len(m.against_it))), tuple(unsettled),
        tuple(grounds), tuple(unknown),
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
    if found.unsettled:
        lines.append(f"Says both, or meets only partners that say both, on {len(found.unsettled)}:")
    for m in found.unsettled[:MOST]:
        lines += _meeting(index, m, "")
    lines.append(f"Different grounds in {plural(len(found.grounds), 'comparison')}:")
    for d in found.grounds[:MOST]:
        other = d.b if d.a == found.candidate else d.a
        text = index.conclusions[d.conclusion].text
        lines.append(
            f"  {visible(said(text, 90))} with {partner_name(other)}: {on_layer(d.layer)}"
            f"divergence {d.divergence:.2f} ({d.low:.2f} to {d.high:.2f})"
        )
    lines.append(f"Unknown (silent, which is not disagreement) on {len(found.unknown)}; ask:")
    for conclusion in found.unknown[:MOST]:
        lines.append(f"  {visible(said(index.conclusions[conclusion].text, 90))}")
    return lines


def _names(partners: tuple[str, ...]) -> str:
    return visible(listing([partner_name(p) for p in partners]))


def _meeting(index: Index, m: Meeting, company: str) -> list[str]:
    verb = {Standing.ASSERTS: "says", Standing.REJECTS: "rejects"}.get(m.standing, "says both on")
    conclusion = index.conclusions[m.conclusion]
    first = f"  {verb} {visible(said(conclusion.text, 90))} ({LAYER_WORDS[conclusion.layer]})"
    lines = [first + (f", {company}" if company else "")]
    for t in (*index.claims_of(m.claim_ids)[:1], *index.claims_of(m.contrary_ids)[:1]):
        lines.append(f"    {visible(said(t.claim.text, 200))} ({visible(index.place(t.claim.id))})")
    return lines
