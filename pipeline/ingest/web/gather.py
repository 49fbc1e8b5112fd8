"""Addresses of several publishers in one go: each host's pages in a folder named after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.errors import PipelineError
from pipeline.ingest.web.crawl import Fetched, FetchLimits, fetch


def is_address(path: str) -> bool:
    """Whether ``path`` is a web address and no file."""
    return path.lower().startswith(("http://", "https://"))


def host_of(url: str) -> str:
    """Name of the folder for pages at ``url``: its host without ``www.`` and port.

    Raises:
        PipelineError: an address without a host.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError as error:
        raise PipelineError(f"{url}: not a web address ({error}); check the spelling") from error
    if not host.strip("."):
        raise PipelineError(f"{url}: names no host; check the spelling")
    return host.removeprefix("www.").replace(":", "-")


def _further(before: int, progress: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """``progress`` for a fetch that comes after ``before`` addresses."""

    def counted(done: int, known: int) -> None:
        progress(before + done, before + known)

    return counted


def gather(
    urls: Sequence[str],
    folder: str | Path,
    *,
    partner: str = "",
    follow: int = 0,
    contact: str = "",
    limits: FetchLimits | None = None,
    allow_private: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fetched:
    """Like ``fetch``, into ``folder/partner``, or ``folder/<host>`` for want of a partner.

    ``limits`` hold for all addresses together.

    Raises:
        PipelineError: as ``fetch``.
    """
    limits = limits or FetchLimits()
    deadline = time.monotonic() + limits.seconds
    groups: dict[str, list[str]] = {}
    for url in urls:
        groups.setdefault(partner or host_of(url), []).append(url)
    total = Fetched((), 0, (), "")
    for owner, theirs in groups.items():
        pages = limits.pages - total.asked
        size = limits.total_bytes - total.bytes
        seconds = deadline - time.monotonic()
        if pages <= 0 or size <= 0 or seconds <= 0:
            return replace(total, stopped=total.stopped or "a limit before the last host")
        got = fetch(
            theirs, folder, partner=owner, follow=follow, contact=contact,
            limits=replace(limits, pages=pages, total_bytes=size, seconds=seconds),
            allow_private=allow_private,
            progress=_further(total.asked, progress),
        )  # fmt: skip
        total = Fetched(
            (*total.written, *got.written), total.unchanged + got.unchanged,
            (*total.failures, *got.failures), total.stopped or got.stopped,
            (*total.files, *got.files), total.asked + got.asked, total.bytes + got.bytes,
        )  # fmt: skip
    return total
