"""Which addresses a feed, a sitemap or a press page leads to."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from urllib.parse import urldefrag, urljoin, urlsplit

from pipeline.errors import PipelineError
from pipeline.ingest.container import parse_xml, refuse_entities
from pipeline.ingest.formats import format_of
from pipeline.ingest.text import decode

_SKIPPED = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|css|js|mp[34]|ics|woff2?|ico|zip|xlsx?|pptx?)$", re.IGNORECASE
)
_HREF = re.compile(r"<a\s[^<>]{0,1000}?href\s*=\s*[\"']?([^\"'\s<>]{1,2000})", re.IGNORECASE)
_DATED = re.compile(r"/(?:19|20)\d\d(?:/|-\d\d)")  # an address with a date is an item, not a list


def links_of(data: bytes, url: str, *, limit: int) -> tuple[str, list[str]]:
    """``(kind, addresses)``: kind ``feed``, ``sitemap``, ``html`` or ``other``.

    Feeds and sitemaps give what they list. A page gives what it links to below its own folder, or
    anywhere on its host under an address that carries a date.
    """
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data)
    kind, _ = format_of(data, urlsplit(url).path)
    if kind == "feed":
        found = _feed(data)
    elif kind == "sitemap":
        root = parse_xml(data, "the sitemap")
        found = [(node.text or "").strip() for node in root.iter("{*}loc")]
    elif kind == "html":
        base = url if url.endswith("/") else url.rsplit("/", 1)[0] + "/"
        found = [
            link
            for link in (urljoin(url, href) for href in _HREF.findall(decode(data)))
            if link.startswith(base) or (_host(link) == _host(url) and _DATED.search(link))
        ]
    else:
        return "other", []
    kept: dict[str, None] = {}
    for link in found:
        address = urldefrag(urljoin(url, link))[0]
        if address.startswith(("http://", "https://")) and not _SKIPPED.search(address):
            kept.setdefault(address)
    kept.pop(url, None)
    return kind, list(kept)[:limit]


def _feed(data: bytes) -> list[str]:
    import feedparser

    refuse_entities(data, "the feed")
    return [entry.get("link", "") for entry in feedparser.parse(io.BytesIO(data)).entries]


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _unpacked(data: bytes) -> bytes:
    try:
        content = gzip.GzipFile(fileobj=io.BytesIO(data)).read(50_000_001)
    except (OSError, EOFError, zlib.error) as error:
        raise PipelineError(f"a damaged gzip ({error}); try later") from error
    if len(content) > 50_000_000:  # the limit of the sitemap protocol
        raise PipelineError("a sitemap that unpacks to more than 50,000,000 bytes; left out")
    return content
