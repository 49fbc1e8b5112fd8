"""Web addresses among what a command reads: the options, the fetching, what is told of it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli import note
from pipeline.cli.progress import Progress
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.ingest.web import Fetched, FetchLimits
    from pipeline.records import Failure

_OPTIONS = (
    click.option("--follow", default=0, type=click.IntRange(0, 3),
                 help="Steps along links of web pages; 1 reads a press page's releases."),
    click.option("--contact", default="", help="Your address, told to web servers."),
    click.option("--max-pages", default=500, type=click.IntRange(1), help="Web pages at most."),
    click.option("--max-megabytes", default=500, type=click.IntRange(1),
                 help="MiB from the web at most."),
    click.option("--max-seconds", default=1800, type=click.IntRange(1),
                 help="Seconds of fetching at most."),
    click.option("--delay", default=1.0, type=click.FloatRange(0),
                 help="Seconds between two requests to a web server."),
    click.option("--allow-private", is_flag=True, help="Also fetch from private networks."),
)  # fmt: skip


@dataclass(frozen=True)
class Web:
    """How to fetch; the values of ``web_options``."""

    follow: int
    contact: str
    max_pages: int
    max_megabytes: int
    max_seconds: int
    delay: float
    allow_private: bool

    def limits(self) -> FetchLimits:
        """The same as limits of a fetch."""
        from pipeline.ingest.web import FetchLimits

        return FetchLimits(
            pages=self.max_pages, total_bytes=self.max_megabytes << 20,
            seconds=self.max_seconds, delay=self.delay,
        )  # fmt: skip


def web_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of fetching; ``command`` gets them as one argument ``web``."""

    @functools.wraps(command)
    def gathered(*args: Any, **values: Any) -> Any:
        web = Web(**{name: values.pop(name) for name in Web.__dataclass_fields__})
        return command(*args, web=web, **values)

    made: Callable[..., Any] = gathered
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def local(
    paths: Sequence[str], folder: str | Path, web: Web, progress: Progress, *, partner: str = ""
) -> tuple[list[str], tuple[Failure, ...]]:
    """``paths`` with every web address replaced by the files fetched for it into ``folder``, and
    what could not be fetched, which is told on stderr too.

    Raises:
        PipelineError: addresses only, and nothing came of them.
    """
    from pipeline.ingest.web import gather, is_address
    from pipeline.records import Failure

    urls = [path for path in paths if is_address(path)]
    if not urls:
        return list(paths), ()
    got = gather(
        urls, folder, partner=partner, follow=web.follow, contact=web.contact,
        limits=web.limits(), allow_private=web.allow_private,
        progress=functools.partial(progress.step, "fetch"),
    )  # fmt: skip
    progress.close()  # what is told begins on a line of its own
    tell(got)
    found = [*(path for path in paths if not is_address(path)), *got.files]
    if not found:
        raise PipelineError(f"nothing could be fetched; first: {(*got.failures, got.stopped)[0]}")
    missing = [Failure(*failure.split(": ", 1)) for failure in got.failures]
    if got.stopped:
        missing.append(Failure("the web", f"stopped at {got.stopped}; run again with a higher one"))
    return found, tuple(missing)


def tell(got: Fetched) -> None:
    """What came of a fetch, on stderr."""
    for failure in got.failures:
        note(failure)
    note(
        f"fetch: {len(got.written)} pages written, {got.unchanged} unchanged, "
        f"{len(got.failures)} failed"
    )
    if got.stopped:
        note(f"fetch: stopped at {got.stopped}; run it again with a higher one to go on")
