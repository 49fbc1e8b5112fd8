"""One polite client: robots.txt, a delay per host, retries with back-off, limits on what comes."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx

from pipeline import __version__
from pipeline.errors import PipelineError
from pipeline.ingest.web.guard import GuardedTransport

MAX_REDIRECTS = 5
MAX_DELAY = 60.0  # seconds; a robots.txt that asks for more is taken as no
_TRIES = 3
_AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """What a server sent; ``data`` is empty and ``status`` 304 when nothing has changed."""

    url: str
    status: int
    data: bytes
    etag: str
    modified: str


class Client:
    """Fetches addresses one host at a time each, several hosts at once.

    ``delay`` in seconds lies between two requests to one host, unless its robots.txt asks for a
    longer one; ``contact`` goes into the user agent, so that a webmaster can complain.
    """

    def __init__(
        self, *, contact: str, delay: float, max_bytes: int, seconds: float, allow_private: bool
    ) -> None:
        self.agent = f"axiomap/{__version__} ({contact or 'no contact given'})"
        self.delay = delay
        self.max_bytes = max_bytes
        self._client = httpx.AsyncClient(
            transport=GuardedTransport(allow_private=allow_private), timeout=seconds,
            headers={"User-Agent": self.agent, "Accept-Encoding": "gzip, deflate"},
            follow_redirects=False, trust_env=False,
        )  # fmt: skip
        self._robots: dict[str, RobotFileParser] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._last: dict[str, float] = {}

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def get(self, url: str, known: Mapping[str, str] | None = None) -> Answer:
        """The page at ``url``; ``known`` holds etag and modified of the version at hand.

        Raises:
            PipelineError: forbidden, absent, too large, private, or unreachable after retries.
        """
        async with self._locks[urlsplit(url).netloc]:
            for _ in range(MAX_REDIRECTS + 1):
                robots = await self._rules(url)
                if not robots.can_fetch(self.agent, url):
                    raise PipelineError(f"{url}: its robots.txt forbids it; ask the publisher")
                answer, target = await self._once(url, self._wait(robots), known or {})
                if answer is not None:
                    return answer
                url = urljoin(url, target)
        raise PipelineError(f"{url}: more than {MAX_REDIRECTS} redirects; name the page itself")

    def _wait(self, robots: RobotFileParser) -> float:
        asked = float(robots.crawl_delay(self.agent) or 0)
        return max(self.delay, min(asked, MAX_DELAY))

    async def _rules(self, url: str) -> RobotFileParser:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            robots = RobotFileParser()
            try:
                answer, _ = await self._once(f"{site}/robots.txt", self.delay, {})
                text = answer.data.decode("utf-8", "replace") if answer else ""
            except httpx.HTTPError as error:
                raise PipelineError(f"{url}: cannot be reached ({error}); try later") from error
            except PipelineError as error:
                if "private network" in str(error):
                    raise
                text = ""  # no rules: everything is allowed (RFC 9309, 2.3.1.3)
            robots.parse(text.splitlines())
            self._robots[site] = robots
        return self._robots[site]

    async def _once(
        self, url: str, delay: float, known: Mapping[str, str]
    ) -> tuple[Answer | None, str]:
        # An answer, or the address it redirects to.
        headers = {}
        if known.get("etag"):
            headers["If-None-Match"] = known["etag"]
        if known.get("modified"):
            headers["If-Modified-Since"] = known["modified"]
        host = urlsplit(url).netloc
        reason = ""
        for attempt in range(_TRIES):
            pause = self._last.get(host, 0.0) + delay * 2**attempt - time.monotonic()
            if pause > 0 and host in self._last:
                await asyncio.sleep(pause)
            try:
                async with self._client.stream("GET", url, headers=headers) as response:
                    if response.status_code in _AGAIN:
                        reason = f"the server answers {response.status_code}"
                        await asyncio.sleep(_asked_pause(response))
                        continue
                    if response.has_redirect_location:
                        return None, response.headers.get("location", url)
                    return await self._answer(url, response), ""
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
            finally:
                self._last[host] = time.monotonic()
        raise PipelineError(f"{url}: given up after {_TRIES} tries ({reason}); try later")

    async def _answer(self, url: str, response: httpx.Response) -> Answer:
        if response.status_code >= 300 and response.status_code != 304:
            raise PipelineError(f"{url}: the server answers {response.status_code}; check it")
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > self.max_bytes:
                raise PipelineError(f"{url}: more than {self.max_bytes:,} bytes; left out")
        headers = response.headers
        return Answer(
            url, response.status_code, bytes(data), headers.get("etag", ""),
            headers.get("last-modified", ""),
        )  # fmt: skip


def _asked_pause(response: httpx.Response) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked), MAX_DELAY) if asked.isdigit() else 0.0
