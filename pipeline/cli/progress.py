"""Bars on stderr while long work goes on, only where a person watches."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import click

from pipeline.cli import note

_COUNT = re.compile(r"(\w+): (\d+)/(\d+) \w+")  # what run says after each shard


def progress_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--no-progress``."""
    return click.option(
        "--no-progress", is_flag=True, help="No progress bar (there is none without a terminal)."
    )(command)


class Progress:
    """One bar at a time on stderr: silent when ``off`` or when stderr is no terminal.

    Leaving it as a context ends the bar. ``streams`` says that results go to stdout all along: then
    there is no bar either where both are the same terminal.
    """

    def __init__(self, *, off: bool = False, streams: bool = False) -> None:
        self.live = not off and sys.stderr.isatty() and not (streams and sys.stdout.isatty())
        self._open = ExitStack()
        self._stage = ""
        self._bar: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def step(self, stage: str, done: int, total: int = 0) -> None:
        """Shows ``done`` of ``total`` for ``stage``; a total of 0 means that nobody knows it."""
        if not self.live:
            return
        if stage != self._stage:
            self.close()
            # A generator has no length: click then shows that something moves, and the count.
            length: dict[str, Any] = {"length": total} if total else {"iterable": (0 for _ in ())}
            bar = click.progressbar(label=stage, file=sys.stderr, show_pos=True, **length)
            self._bar, self._stage = self._open.enter_context(bar), stage
        if total:
            self._bar.length = total
        self._bar.update(done - self._bar.pos)

    def note(self, message: str) -> None:
        """A message for people; one that counts shards moves the bar where there is one."""
        counted = _COUNT.match(message) if self.live else None
        if counted:
            self.step(counted[1], int(counted[2]), int(counted[3]))
            return
        self.close()
        note(message)

    def close(self) -> None:
        """Ends the bar's line."""
        self._open.close()
        self._stage = ""
