"""RSS and Atom feeds saved as files: a text per entry, by feedparser."""

from __future__ import annotations

import io
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest.container import refuse_entities
from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract, Found, Limits
from pipeline.ingest.html import fragment

MAX_ENTRIES = 20_000


def read_feed(data: bytes, limits: Limits) -> list[Found]:
    """Texts of a feed's entries; the longest of content and summary, markup removed.

    Raises:
        PipelineError: no feed, or a feed without entries that say anything.
    """
    import feedparser

    refuse_entities(data, "the feed")
    feed: Any = feedparser.parse(io.BytesIO(data), sanitize_html=True, resolve_relative_uris=False)
    entries = feed.entries[:MAX_ENTRIES]
    if not entries:
        what = feed.get("bozo_exception")
        raise PipelineError(
            f"no feed with entries{f' ({what})' if what else ''}; save the feed itself, or HTML"
        )
    author = feed.feed.get("title", "")
    found: list[Found] = []
    for number, entry in enumerate(entries, start=1):
        bodies = [content.get("value", "") for content in entry.get("content", [])]
        bodies.append(entry.get("summary", ""))
        text = max((fragment(body) for body in bodies), key=len)
        if not text.strip():
            continue
        found.append(
            Extract(
                text=text, title=fragment(entry.get("title", "")).replace("\n", " "),
                date=_date(entry), author=entry.get("author", "") or author,
                url=entry.get("link", ""), part=f"entry {number}",
            )
        )  # fmt: skip
    if not found:
        raise PipelineError(
            "a feed of headlines only; run axiomap fetch with its address to get the pages"
        )
    return found


def _date(entry: Any) -> str:
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        moment = entry.get(key)
        if moment:
            return iso_date(f"{moment.tm_year:04d}-{moment.tm_mon:02d}-{moment.tm_mday:02d}")
    return iso_date(entry.get("published", "") or entry.get("updated", ""))
