"""Corpus function: the same text once, copies of one letter under one origin, signatories found.

Near-duplicates: MinHash with locality-sensitive hashing over shingles of five words (Broder 1997),
every candidate pair checked by its exact Jaccard similarity.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.config import IngestConfig
from pipeline.ingest.aliases import Aliases
from pipeline.ingest.signatories import signatories
from pipeline.ingest.tiers import narrowest
from pipeline.records import Document

_SHINGLE = 5  # words
_PERMUTATIONS = 128
_MARGIN = 0.1  # candidates are sought so far below the threshold: MinHash errs by about 0.04


def merge(documents: Sequence[Document], config: IngestConfig) -> list[Document]:
    """Each text once, ordered by id, whatever the order of ``documents``.

    The earliest publisher stays ``partner``; the others and the signatories of a joint letter
    follow in ``partners``. With ``config.deduplicate`` near-copies get the ``origin`` of the
    earliest among them.
    """
    by_id: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_id[document.id].append(document)
    merged = [_one(by_id[key]) for key in sorted(by_id)]
    merged = signatories(merged, Aliases(config.aliases))
    return _origins(merged, config.copy_similarity) if config.deduplicate else merged


def _one(same: list[Document]) -> Document:
    same = sorted(same, key=lambda d: (d.date or "9999", d.partner, d.source))
    first = same[0]

    def best(values: Iterable[str]) -> str:
        return next((value for value in values if value), "")

    return replace(
        first,
        partners=_first_then_sorted(first.partner, (p for d in same for p in d.partners)),
        sources=_first_then_sorted(first.source, (s for d in same for s in d.sources)),
        title=best(d.title for d in same),
        date=best(d.date for d in same),
        genre=next((d.genre for d in same if d.genre != "other"), first.genre),
        author=best(d.author for d in same),
        url=best(d.url for d in same),
        origin=first.id,
        ocr=min((d.ocr for d in same), key=len),
        tier=narrowest([d.tier for d in same]),  # a copy elsewhere widens nobody's audience
    )


def _first_then_sorted(first: str, values: Iterable[str]) -> tuple[str, ...]:
    return (first, *sorted(set(values) - {first, ""}))


def _origins(documents: list[Document], threshold: float) -> list[Document]:
    from datasketch import MinHash, MinHashLSH

    shingles = {document.id: _shingles(document.text) for document in documents}
    index = MinHashLSH(threshold=max(0.1, threshold - _MARGIN), num_perm=_PERMUTATIONS)
    root = {document.id: document.id for document in documents}

    def find(key: str) -> str:
        while root[key] != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    for document in documents:
        own = shingles[document.id]
        if not own:
            continue
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=1, hashfunc=int)
        sketch.update_batch(sorted(own))
        for other in sorted(index.query(sketch)):
            theirs = shingles[other]
            if len(own & theirs) >= threshold * len(own | theirs):
                a, b = sorted((find(document.id), find(other)))
                root[b] = a
        index.insert(document.id, sketch)
    groups: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        groups[find(document.id)].append(document)
    origin = {
        document.id: min(group, key=lambda d: (d.date or "9999", d.id)).id
        for group in groups.values()
        for document in group
    }
    return [replace(document, origin=origin[document.id]) for document in documents]


def _shingles(text: str) -> set[int]:
    words = re.findall(r"\w+", text.casefold())
    if not words:
        return set()
    return {
        zlib.crc32(" ".join(words[i : i + _SHINGLE]).encode("utf-8", "surrogatepass"))
        for i in range(max(1, len(words) - _SHINGLE + 1))
    }
