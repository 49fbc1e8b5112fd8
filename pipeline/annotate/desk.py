"""What a coder is given and what is accepted from a coder: tasks, log and codebook together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from pipeline.annotate.codings import Coding, coding_id
from pipeline.annotate.events import Log, Part, Submission
from pipeline.annotate.tasks import Suggestion, Task, TaskFile
from pipeline.errors import PipelineError
from pipeline.labels import Label, sentence_sha1
from pipeline.models import codebook_sha256
from pipeline.records import FACETS, LAYERS, Layer

WINDOW = 6_000
"""Characters of the document shown on either side of a sentence."""

LEASE = timedelta(hours=24)
"""How long an item that was shown but not coded is kept for its coder."""

MOST_PARTS, LONGEST_COMMENT = 20, 4_000

_NAME = re.compile(r"[\w.@+-]{1,64}")


@dataclass(frozen=True)
class Item:
    """A task as a coder sees it: nothing of how it was drawn or of who else codes it.

    ``floor`` and ``ceiling`` bound the spans that may be coded, ``before`` and ``after`` is the
    text between them and the sentence.
    """

    id: str
    text: str
    before: str
    after: str
    start: int
    end: int
    floor: int
    ceiling: int
    title: str
    partner: str
    date: str
    code: Submission | None


@dataclass(frozen=True)
class Progress:
    """How many items a coder has done, and how many are left for the coder."""

    done: int
    left: int


def log_path(tasks: Path) -> Path:
    """Where the codes of a task file are kept, by default beside it."""
    return tasks.with_name(tasks.stem + ".codes.sqlite")


def checked_name(name: str) -> str:
    """A coder's name; raises PipelineError if it would not do as a file name or in a URL."""
    if not _NAME.fullmatch(name):
        raise PipelineError(f"coder {name!r}: use 1 to 64 letters, digits, or any of . @ + - _")
    return name


class Desk:
    """Hands out items and takes in decisions."""

    def __init__(self, file: TaskFile, log: Log, *, suggestions: bool = False):
        self.file = file
        self.log = log
        self.suggestions = suggestions
        self.codebook = codebook_sha256()
        self.tasks = {task.id: task for task in file.tasks}
        known = log.meta("tasks")
        self.key = hashlib.sha256("\n".join(sorted(self.tasks)).encode()).hexdigest()
        if known and known != self.key:
            raise PipelineError(
                f"codes {log.path}: they belong to other tasks; name another file with --codes"
            )
        if not known:
            log.set_meta("tasks", self.key)

    def next_item(self, coder: str) -> Item | None:
        """The next item for a coder, whole documents in an order of the coder's own."""
        candidates = [(task.id, self._room(task)) for task in self._open(coder)]
        since = (datetime.now(UTC) - LEASE).isoformat(timespec="milliseconds")
        chosen = self.log.assign(coder, candidates, since)
        return self.item(coder, chosen) if chosen else None

    def _room(self, task: Task) -> int:
        return len(self.tasks) if task.coders else task.copies

    def _open(self, coder: str) -> list[Task]:
        """Tasks that the coder may still do, whoever else does them."""
        done = self._done(coder)
        mine = [
            task
            for task in self.file.tasks
            if task.id not in done and (not task.coders or coder in task.coders)
        ]
        # Each coder meets the documents in another order, so that neither fatigue nor what was
        # read before is shared between coders.
        return sorted(mine, key=lambda t: (_shuffle(coder, t.document), t.document, t.start, t.id))

    def _done(self, coder: str) -> set[str]:
        """Items decided, and those that a span merged by the coder covers."""
        done, covered = set(), []
        for (who, item), submission in self.log.all_current().items():
            if who == coder and item in self.tasks:
                done.add(item)
                task = self.tasks[item]
                if submission.parts and submission.parts[-1].end > task.end:
                    covered.append((task.document, task.end, submission.parts[-1].end))
        for document, low, high in covered:
            done |= {
                t.id
                for t in self.file.tasks
                if t.document == document and low <= t.start and t.end <= high
            }
        return done

    def progress(self, coder: str) -> Progress:
        """Done and left for a coder."""
        takers = self.log.takers()
        left = [t for t in self._open(coder) if t.coders or takers[t.id] < t.copies]
        return Progress(len(self._done(coder)), len(left))

    def item(self, coder: str, item: str) -> Item:
        """An item with its surroundings and the coder's own standing decision."""
        task = self._task(coder, item)
        document = self.file.documents.get(task.document)
        code = self.log.current(coder, item)
        if document is None:
            return Item(
                task.id, task.text, task.before, task.after, task.start, task.end, task.start,
                task.end, "", "", "", code,
            )  # fmt: skip
        low, high = max(0, task.start - WINDOW), min(len(document.text), task.end + WINDOW)
        return Item(
            task.id, task.text, document.text[low : task.start], document.text[task.end : high],
            task.start, task.end, low, high, document.title, document.partner, document.date, code,
        )  # fmt: skip

    def _task(self, coder: str, item: str) -> Task:
        task = self.tasks.get(item)
        if task is None or (task.coders and coder not in task.coders):
            raise PipelineError(f"item {item!r}: not among your tasks")
        return task

    def accept(self, submission: Submission) -> Submission:
        """A decision as it is to be stored, checked.

        Raises:
            PipelineError: unknown item, label or facet, a span outside the document, or spans out
                of order.
        """
        task = self._task(submission.coder, submission.item)
        self.check(task, submission)
        return replace(submission, codebook=self.codebook)

    def code(self, submission: Submission) -> Submission:
        """Checks and stores a decision; returns it as stored."""
        return self.log.append(self.accept(submission))

    def check(self, task: Task, submission: Submission) -> None:
        """Raises PipelineError if a submission on a task is not as it must be."""
        if not re.fullmatch(r"[\w-]{8,64}", submission.id):
            raise PipelineError("submission: an id of 8 to 64 letters, digits or - is needed")
        if len(submission.comment) > LONGEST_COMMENT:
            raise PipelineError(f"comment: longer than {LONGEST_COMMENT} characters; shorten it")
        if submission.kind == "code":
            self._check_parts(task, submission.parts)
        elif submission.kind not in ("skip", "undo"):
            raise PipelineError(f"kind {submission.kind!r}; allowed: code, skip, undo")

    def _check_parts(self, task: Task, parts: Sequence[Part]) -> None:
        if not 1 <= len(parts) <= MOST_PARTS:
            raise PipelineError(
                f"item {task.id}: {len(parts)} spans; 1 to {MOST_PARTS} are allowed"
            )
        document = self.file.documents.get(task.document)
        low, high = (0, len(document.text)) if document else (task.start, task.end)
        place = low
        for part in parts:
            label_of(task, part, "", text="")
            if part.start < place or part.end > high:
                raise PipelineError(
                    f"item {task.id}: span [{part.start}, {part.end}) lies outside the document "
                    f"[{low}, {high}) or over the span before it"
                )
            place = part.end
        if not (parts[0].start < task.end and task.start < parts[-1].end):
            raise PipelineError(f"item {task.id}: no span touches the sentence; code that")

    def undo(self, coder: str, submission: str) -> Item:
        """Takes back the coder's last decision; returns its item, showing what was decided."""
        item = self.log.last(coder)
        if not item:
            raise PipelineError("nothing to undo")
        shown = self.item(coder, item)
        self.code(Submission(id=submission, kind="undo", coder=coder, item=item))
        return shown

    def suggestion(self, coder: str, item: str) -> Suggestion | None:
        """What the model says, once the coder has decided; the log keeps that it was seen."""
        task = self._task(coder, item)
        if not self.suggestions:
            raise PipelineError("suggestions are off; start the server with --suggestions")
        if self.log.current(coder, item) is None:
            raise PipelineError("decide first; the suggestion is shown after your own decision")
        if task.suggestion is not None:
            seen = Submission(id=f"seen-{item}", kind="seen", coder=coder, item=item)
            self.log.append(seen)
        return task.suggestion

    def codings(self, coder: str | None = None) -> list[Coding]:
        """Standing codes, of one coder or of all, with their sentences."""
        result = []
        for (who, item), submission in sorted(self.log.all_current().items()):
            if submission.kind == "code" and coder in (None, who) and item in self.tasks:
                result += self.coded(self.tasks[item], submission)
        return result

    def coded(self, task: Task, submission: Submission) -> list[Coding]:
        """A submission's spans as codings."""
        document = self.file.documents.get(task.document)
        result = []
        for part in submission.parts:
            if document is not None:
                text = document.text[part.start : part.end]
            else:
                text = task.text[part.start - task.start : part.end - task.start]
            label = label_of(task, part, submission.coder, text=text)
            label = replace(label, codebook=submission.codebook, id=coding_id(label))
            whole = (part.start, part.end) == (task.start, task.end)
            result.append(
                Coding(
                    label, text, task.before if whole else "", task.after if whole else "",
                    submission.comment, submission.server_at, submission.seconds,
                    submission.suggested,
                )
            )  # fmt: skip
        return result


def label_of(task: Task, part: Part, coder: str, *, text: str) -> Label:
    """A span's label; raises PipelineError if layer, facet, confidence or span are not allowed."""
    if part.layer not in set(LAYERS):
        raise PipelineError(f"item {task.id}: layer {part.layer!r}; allowed: {', '.join(LAYERS)}")
    return Label(
        document=task.document, start=part.start, end=part.end, sha1=sentence_sha1(text),
        layer=Layer(part.layer), facet=part.facet, confidence=part.confidence, coder=coder,
        id=task.id,
    )  # fmt: skip


def facet_keys() -> dict[str, dict[str, str]]:
    """A letter for each facet of each layer: the first of its name that is still free."""
    keys: dict[str, dict[str, str]] = {}
    for layer, facets in FACETS.items():
        taken: dict[str, str] = {}
        for facet in facets:
            letters = [letter for letter in facet if letter.isalpha() and letter not in taken]
            taken[letters[0]] = facet
        keys[str(layer)] = {facet: letter for letter, facet in taken.items()}
    return keys


@cache
def _shuffle(coder: str, document: str) -> str:
    return hashlib.sha256(f"{coder}\x1f{document}".encode()).hexdigest()
