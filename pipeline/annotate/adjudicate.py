"""Disputes between coders, decisions on them, and the gold labels with their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.annotate.codings import Coding, coding_id
from pipeline.annotate.desk import Desk, Item, Progress
from pipeline.annotate.events import Part, Submission
from pipeline.annotate.tasks import Suggestion
from pipeline.errors import PipelineError

Unit = tuple[str, int, int]

LEAD = "lead"
GOLD = "gold"


@dataclass(frozen=True)
class Dispute:
    """A span that coders coded differently."""

    unit: Unit
    codings: tuple[Coding, ...]


def by_unit(codings: Sequence[Coding]) -> dict[Unit, list[Coding]]:
    """Codings by span, coders in order of name."""
    found: dict[Unit, list[Coding]] = defaultdict(list)
    for coding in sorted(codings, key=lambda c: (c.unit, c.label.coder)):
        found[coding.unit].append(coding)
    return dict(found)


def disputes(codings: Sequence[Coding]) -> list[Dispute]:
    """Spans on whose layer or facet coders differ."""
    return [
        Dispute(unit, tuple(found))
        for unit, found in by_unit(codings).items()
        if len({(c.label.layer, c.label.facet) for c in found}) > 1
    ]


def gold(
    codings: Sequence[Coding], decisions: Mapping[Unit, Coding]
) -> tuple[list[Coding], list[Dispute]]:
    """One label a span, each with its history, and the disputes that nobody has decided.

    A decision holds over the coders; where coders agree, their label holds, with the lowest of
    their confidences; a span coded once keeps its code and says so.
    """
    result: list[Coding] = []
    open_: list[Dispute] = []
    units = by_unit(codings)
    for unit in sorted({*units, *decisions}):
        found = units.get(unit, [])
        decided = decisions.get(unit)
        if decided is None and len({(c.label.layer, c.label.facet) for c in found}) > 1:
            open_.append(Dispute(unit, tuple(found)))
            continue
        holds = decided or found[0]
        confidence = holds.label.confidence
        if decided is None:
            confidence = min(c.label.confidence for c in found)
        label = replace(holds.label, coder=GOLD, confidence=confidence)
        label = replace(label, id=coding_id(label))
        context = found[0] if found else holds
        result.append(
            replace(
                holds, label=label, text=context.text or holds.text, before=context.before,
                after=context.after, seconds=0.0, comment="",
                suggested=any(c.suggested for c in found), history=_history(found, decided),
            )
        )  # fmt: skip
    return result, open_


def _history(found: Sequence[Coding], decided: Coding | None) -> str:
    entries = [f"{c.label.coder or '?'}={_name(c)}" for c in found]
    if decided is not None:
        reason = f": {decided.comment}" if decided.comment else ""
        entries.append(f"decided by {decided.label.coder or LEAD}{reason}")
    elif len(found) == 1:
        entries.append("coded once")
    else:
        entries.append("agreed")
    return "; ".join(entries)


def _name(coding: Coding) -> str:
    return f"{coding.label.layer}{'/' + coding.label.facet if coding.label.facet else ''}"


@dataclass(frozen=True)
class Opinion:
    """What one coder decided on an item, as the adjudicator sees it."""

    coder: str
    parts: tuple[Part, ...]
    comment: str


class Bench:
    """The desk of the adjudicator: disputed items, what each coder decided, and the decision."""

    def __init__(self, desk: Desk):
        self.desk = desk
        self.log = desk.log
        self.key = f"{LEAD}:{desk.key}"

    def opinions(self, item: str) -> list[Opinion]:
        """Standing codes of an item by coder."""
        return [
            Opinion(coder, submission.parts, submission.comment)
            for (coder, found), submission in sorted(self.log.all_current().items())
            if found == item and submission.kind == "code"
        ]

    def disputed(self) -> list[str]:
        """Items that two coders or more coded differently (spans, layers or facets)."""
        codes: dict[str, set[tuple[tuple[int, int, str, str], ...]]] = defaultdict(set)
        for (_, item), submission in self.log.all_current().items():
            if submission.kind == "code":
                parts = tuple((p.start, p.end, p.layer, p.facet) for p in submission.parts)
                codes[item].add(parts)
        found = {item for item, different in codes.items() if len(different) > 1}
        return [task.id for task in self.desk.file.tasks if task.id in found]

    def next_item(self, coder: str) -> Item | None:
        """The first dispute without a decision."""
        decided = self.log.decisions()
        waiting = next((item for item in self.disputed() if item not in decided), None)
        return self.item(coder, waiting) if waiting else None

    def progress(self, coder: str) -> Progress:
        """Disputes decided and left."""
        decided, found = self.log.decisions(), self.disputed()
        done = sum(item in decided for item in found)
        return Progress(done, len(found) - done)

    def item(self, coder: str, item: str) -> Item:
        """A disputed item with the last decision on it."""
        task = self.desk.tasks.get(item)
        if task is None:
            raise PipelineError(f"item {item!r}: not among the tasks")
        shown = self.desk.item(task.coders[0] if task.coders else coder, item)
        decided = self.log.decisions().get(item)
        return replace(shown, code=decided[-1] if decided else None)

    def accept(self, submission: Submission) -> Submission:
        """A decision as it is to be stored, checked; its comment is the reason."""
        if submission.kind != "code":
            raise PipelineError("a dispute is decided, not skipped; leave it open by closing")
        task = self.desk.tasks.get(submission.item)
        if task is None:
            raise PipelineError(f"item {submission.item!r}: not among the tasks")
        self.desk.check(task, submission)
        return replace(submission, kind="decide", codebook=self.desk.codebook)

    def undo(self, coder: str, submission: str) -> Item:
        """The item decided last, to be decided anew; the log keeps the earlier decision."""
        decided = list(self.log.decisions())
        if not decided:
            raise PipelineError("nothing to undo")
        return self.item(coder, decided[-1])

    def suggestion(self, coder: str, item: str) -> Suggestion | None:
        """The model has no say in adjudication."""
        raise PipelineError("no suggestions in adjudication")


def decisions(desk: Desk) -> dict[Unit, Coding]:
    """Standing decisions of the log by span."""
    result = {}
    for item, found in desk.log.decisions().items():
        if item in desk.tasks:
            for coding in desk.coded(desk.tasks[item], found[-1]):
                result[coding.unit] = coding
    return result
