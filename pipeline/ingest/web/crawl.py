"""Fetches pages into ``FOLDER/<partner>/``, resumable, within hard limits.

``.fetched.json`` in that folder remembers every address: its file, validators for conditional
requests, and the hashes of earlier versions. A page that changed becomes a new file; the old one
moves to ``.earlier/``, out of the way of ingest.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.errors import PipelineError
from pipeline.ingest.web.client import Answer, Client
from pipeline.ingest.web.links import links_of

STATE = ".fetched.json"
_SUFFIXES = {b"%PDF": ".pdf", b"PK\x03\x04": ".docx", b"{\\rtf": ".rtf"}
_PLAIN = re.compile(r"\.(?:txt|md|csv|tsv|json|jsonl|ndjson|eml|mbox|odt|parquet)$", re.IGNORECASE)
_SAVE_EVERY = 20  # pages: what a killed run may have to fetch again


@dataclass(frozen=True)
class FetchLimits:
    """Hard bounds of one fetch: pages, bytes altogether and each, wall seconds, delay per host."""

    pages: int = 500
    total_bytes: int = 500_000_000
    page_bytes: int = 20_000_000
    seconds: float = 1_800.0
    delay: float = 1.0
    timeout: float = 30.0
    hosts_at_once: int = 4


@dataclass(frozen=True)
class Fetched:
    """What came of it: pages written, unchanged, and failures as ``address: reason``.

    ``files`` are all pages at hand that the addresses led to, those of earlier runs included;
    ``asked`` counts addresses, ``bytes`` what was received.
    """

    written: tuple[str, ...]
    unchanged: int
    failures: tuple[str, ...]
    stopped: str
    files: tuple[str, ...] = ()
    asked: int = 0
    bytes: int = 0


@dataclass
class _Run:
    folder: Path
    limits: FetchLimits
    progress: Callable[[int, int], None]
    rewrite: Callable[[str], str]
    state: dict[str, dict[str, Any]]
    deadline: float
    queue: list[tuple[str, int]] = field(default_factory=list)
    later: list[tuple[str, int]] = field(default_factory=list)  # at hand already: new ones first
    seen: set[str] = field(default_factory=set)
    written: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    unchanged: int = 0
    asked: int = 0
    bytes: int = 0
    stopped: str = ""


def fetch(
    urls: Sequence[str],
    folder: str | Path,
    *,
    partner: str,
    follow: int = 0,
    contact: str = "",
    limits: FetchLimits | None = None,
    allow_private: bool = False,
    rewrite: Callable[[str], str] = lambda url: url,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fetched:
    """Pages at ``urls``, and with ``follow`` steps what they list, in ``folder/partner``.

    Feeds and sitemaps are always followed to what they list. ``rewrite`` turns a listed address
    into the one to fetch, or into nothing. ``progress`` hears after each round how many addresses
    were asked, and how many are known.

    Raises:
        PipelineError: no address, a name that is no folder, a folder that cannot be written.
    """
    if not urls:
        raise PipelineError("nothing to fetch: name addresses that begin with https://")
    if not partner or re.search(r"[/\\\x00]|^\.", partner):
        raise PipelineError(f"partner {partner!r}: a name that can be a folder is needed")
    place = Path(folder) / partner
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PipelineError(f"{place}: cannot be made ({error.strerror})") from error
    limits = limits or FetchLimits()
    run = _Run(place, limits, progress, rewrite, _load(place), time.monotonic() + limits.seconds)
    for url in urls:
        if not url.lower().startswith(("http://", "https://")):
            raise PipelineError(f"{url}: not a web address; it begins with https://")
        run.queue.append((url, follow))
        run.seen.add(url)
    asyncio.run(_crawl(run, contact=contact, allow_private=allow_private))
    names = (run.state.get(url, {}).get("file", "") for url in run.seen)
    files = sorted(str(place / name) for name in names if name and (place / name).is_file())
    return Fetched(
        tuple(run.written), run.unchanged, tuple(run.failures), run.stopped,
        tuple(dict.fromkeys(files)), run.asked, run.bytes,
    )  # fmt: skip


async def _crawl(run: _Run, *, contact: str, allow_private: bool) -> None:
    limits = run.limits
    client = Client(
        contact=contact, delay=limits.delay, max_bytes=limits.page_bytes, seconds=limits.timeout,
        allow_private=allow_private,
    )  # fmt: skip
    try:
        while (run.queue or run.later) and not run.stopped:
            if not run.queue:
                run.queue, run.later = run.later, []
            batch = _next_batch(run)
            await asyncio.gather(*(_one(run, client, url, steps) for url, steps in batch))
            run.asked += len(batch)
            if run.asked % _SAVE_EVERY < len(batch):
                _save(run)
            run.progress(run.asked, run.asked + len(run.queue) + len(run.later))
            _check(run)
    finally:
        _save(run)
        await client.close()


def _next_batch(run: _Run) -> list[tuple[str, int]]:
    # One address a host, in order of arrival, so that the result does not depend on timing.
    hosts: dict[str, tuple[str, int]] = {}
    at_once = min(run.limits.hosts_at_once, run.limits.pages - run.asked)
    for item in run.queue:
        hosts.setdefault(urlsplit(item[0]).netloc, item)
        if len(hosts) == at_once:
            break
    for item in hosts.values():
        run.queue.remove(item)
    return list(hosts.values())


def _check(run: _Run) -> None:
    if not run.queue and not run.later:
        return
    if run.asked >= run.limits.pages:
        run.stopped = f"the limit of {run.limits.pages} addresses"
    elif run.bytes >= run.limits.total_bytes:
        run.stopped = f"the limit of {run.limits.total_bytes:,} bytes"
    elif time.monotonic() > run.deadline:
        run.stopped = f"the limit of {run.limits.seconds:g} seconds"


async def _one(run: _Run, client: Client, url: str, steps: int) -> None:
    known = run.state.get(url, {})
    at_hand = known.get("links") is not None or (run.folder / known.get("file", "?")).is_file()
    try:
        left = max(0.1, run.deadline - time.monotonic())
        async with asyncio.timeout(min(left, 4 * run.limits.timeout)):
            answer = await client.get(url, known if at_hand else None)
        if answer.status == 304:
            run.unchanged += 1
            links, kind = known.get("links") or [], known.get("kind", "other")
        else:
            run.bytes += len(answer.data)
            kind, links = links_of(answer.data, answer.url, limit=run.limits.pages * 4)
            _keep(run, url, answer, kind, links)
    except TimeoutError:
        run.failures.append(f"{url}: took too long; try later")
        return
    except PipelineError as error:
        run.failures.append(str(error) if url in str(error) else f"{url}: {error}")
        return
    if kind in ("feed", "sitemap") or steps > 0:
        onward = steps if kind in ("feed", "sitemap") else steps - 1
        for link in filter(None, map(run.rewrite, links)):
            if link not in run.seen:
                run.seen.add(link)
                known_file = run.state.get(link, {}).get("file", "")
                at_hand = bool(known_file) and (run.folder / known_file).is_file()
                (run.later if at_hand else run.queue).append((link, onward))


def _keep(run: _Run, url: str, answer: Answer, kind: str, links: list[str]) -> None:
    entry = run.state.setdefault(url, {"versions": []})
    sha256 = hashlib.sha256(answer.data).hexdigest()
    entry |= {"etag": answer.etag, "modified": answer.modified, "kind": kind, "links": links}
    if kind in ("feed", "sitemap"):
        return  # a list of documents is none itself
    name = _name(answer.url, answer.data, sha256)
    old = entry.get("file", "")
    if entry["versions"] and entry["versions"][-1] == sha256 and (run.folder / old).is_file():
        run.unchanged += 1
        return
    if old and old != name and (run.folder / old).is_file():
        (run.folder / ".earlier").mkdir(exist_ok=True)
        (run.folder / old).replace(run.folder / ".earlier" / old)
    _write(run.folder / name, answer.data)
    entry["file"] = name
    entry["versions"].append(sha256)
    run.written.append(str(run.folder / name))


def _name(url: str, data: bytes, sha256: str) -> str:
    path = unquote(urlsplit(url).path).rstrip("/")
    plain = _PLAIN.search(path)
    suffix = plain[0].lower() if plain else ".html"
    suffix = next((s for magic, s in _SUFFIXES.items() if data.startswith(magic)), suffix)
    stem = re.sub(r"\.(?:html?|php|aspx?|pdf|docx|rtf)$", "", _PLAIN.sub("", path), flags=re.I)
    slug = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[-100:] or "index"
    return f"{slug}-{sha256[:8]}{suffix}"


def _load(folder: Path) -> dict[str, dict[str, Any]]:
    try:
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PipelineError(f"{folder / STATE}: cannot be read ({error}); remove it") from error
    if not isinstance(state, dict):
        raise PipelineError(f"{folder / STATE}: not what fetch wrote; remove it")
    return state


def _save(run: _Run) -> None:
    text = json.dumps(run.state, indent=1, sort_keys=True, ensure_ascii=False)
    _write(run.folder / STATE, text.encode("utf-8", "replace"))


def _write(path: Path, data: bytes) -> None:
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    aside.replace(path)
