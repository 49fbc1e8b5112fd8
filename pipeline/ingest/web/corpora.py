"""Public collections: manifests in ``corpora/*.toml`` say what, whence and under which licence."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from pipeline.config import data_dir
from pipeline.errors import PipelineError
from pipeline.ingest.web.crawl import Fetched, FetchLimits, fetch


@dataclass(frozen=True)
class Corpus:
    """A manifest. ``addresses`` are pages, feeds or sitemaps; ``partner`` names the sub-folder.

    What a sitemap lists is kept when it matches ``match`` and fetched from ``page``, in which
    ``\\1`` stands for the first group. ``sha256`` maps an address to the hash of its file.
    """

    name: str
    title: str
    licence: str
    source: str
    partner: str
    addresses: tuple[str, ...]
    match: str = ""
    page: str = ""
    note: str = ""
    sha256: dict[str, str] | None = None


def corpora(folder: str | Path | None = None) -> list[Corpus]:
    """All manifests at hand, by name.

    Raises:
        PipelineError: a manifest that cannot be read.
    """
    place = Path(folder) if folder else data_dir("corpora")
    return [_read(path) for path in sorted(place.glob("*.toml"))]


def _read(path: Path) -> Corpus:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert({"name": path.stem, **table}, Corpus)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PipelineError(f"corpus {path}: {error}; see docs/ingest.md") from error


def fetch_corpus(
    name: str,
    folder: str | Path,
    *,
    manifests: str | Path | None = None,
    contact: str = "",
    limits: FetchLimits | None = None,
    allow_private: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Fetched:
    """Fetches the collection ``name`` into ``folder/<its partner>``.

    Raises:
        PipelineError: no such collection, or a manifest that cannot be read.
    """
    known = {corpus.name: corpus for corpus in corpora(manifests)}
    if name not in known:
        raise PipelineError(f"corpus {name!r}: unknown; there are: {', '.join(known) or 'none'}")
    corpus = known[name]

    def rewrite(url: str) -> str:
        if not corpus.match:
            return url
        match = re.search(corpus.match, url)
        if not match:
            return url if re.search(r"sitemap[^/]*\.xml", url) else ""
        return match.expand(corpus.page) if corpus.page else url

    result = fetch(
        corpus.addresses, folder, partner=corpus.partner, contact=contact, limits=limits,
        allow_private=allow_private, rewrite=rewrite, progress=progress,
    )  # fmt: skip
    wrong = _wrong_hashes(corpus, result)
    return replace(result, failures=(*result.failures, *wrong))


def _wrong_hashes(corpus: Corpus, result: Fetched) -> list[str]:
    expected = set((corpus.sha256 or {}).values())
    if not expected:
        return []
    found = {hashlib.sha256(Path(path).read_bytes()).hexdigest(): path for path in result.written}
    return [
        f"{path}: its SHA-256 {digest} is none of the manifest's; the collection has changed"
        for digest, path in found.items()
        if digest not in expected
    ]
