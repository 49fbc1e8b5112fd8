"""Corpus function: the same text once, copies of one letter under one origin, signatories found.

Near-duplicates: MinHash with locality-sensitive hashing over shingles of five words (Broder 1997),
every candidate pair checked by its exact Jaccard similarity.

Of each document only a :class:`Trace` is held: everything but its text, the lines that say who
signed it, and its sketch. So a corpus is merged whose texts do not fit into memory, and whoever
read a document may have made its trace elsewhere.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.config import IngestConfig
from pipeline.ingest.aliases import Aliases, folded
from pipeline.ingest.signatories import find_signatories, signature_block
from pipeline.ingest.tiers import narrowest
from pipeline.records import Document, text_sha256

_SHINGLE = 5  # words
_PERMUTATIONS = 128
_MARGIN = 0.1  # candidates are sought so far below the threshold: MinHash errs by about 0.04
_LOOKED_AT = 16  # members of a group of copies that a further candidate is held against


@dataclass(frozen=True)
class Trace:
    """What merging needs of a document.

    ``document`` is the document with an empty text, ``signed`` the folded lines that say who signed
    it, ``sketch`` 128 little-endian uint32 of MinHash, empty if no copies are sought.
    """

    document: Document
    signed: str
    sketch: bytes


def trace(document: Document, config: IngestConfig) -> Trace:
    """The trace of a document."""
    return Trace(
        document=without_text(document),
        signed=folded(signature_block(document.text)),
        sketch=_sketch(document.text) if config.deduplicate else b"",
    )


def without_text(document: Document) -> Document:
    """The document with its id and an empty text."""
    return replace(document, text="", sha256=text_sha256(""))


def with_text(merged: Document, text: str) -> Document:
    """A document that :func:`settle` gave, with its text again."""
    return replace(merged, text=text, sha256=text_sha256(text))


def merge(documents: Sequence[Document], config: IngestConfig) -> list[Document]:
    """Each text once, ordered by id, whatever the order of ``documents``.

    The earliest publisher stays ``partner``; the others and the signatories of a joint letter
    follow in ``partners``. With ``config.deduplicate`` near-copies get the ``origin`` of the
    earliest among them.
    """
    texts = {document.id: document.text for document in documents}
    settled = settle([trace(d, config) for d in documents], config, texts.__getitem__)
    return sorted(
        (with_text(merged, texts[merged.id]) for _, merged in settled), key=lambda d: d.id
    )


def settle(
    traces: Iterable[Trace], config: IngestConfig, text_of: Callable[[str], str]
) -> list[tuple[int, Document]]:
    """Merged documents without their texts, each with the place of its trace, in that order.

    Args:
        traces: one a document read, in the order of reading.
        config: section ``[ingest]``.
        text_of: text of a document by its id; asked for candidates of near-copies only.
    """
    places: dict[str, list[int]] = defaultdict(list)
    held = list(traces)
    for place, item in enumerate(held):
        places[item.document.id].append(place)
    chosen = []
    for key in sorted(places):
        place, document = _one([(place, held[place].document) for place in places[key]])
        chosen.append((place, document))
    signed = [held[place].signed for place, _ in chosen]
    documents = find_signatories([d for _, d in chosen], signed, Aliases(config.aliases))
    if config.deduplicate:
        sketches = [held[place].sketch for place, _ in chosen]
        documents = _origins(documents, sketches, config.copy_similarity, text_of)
    return sorted(zip((place for place, _ in chosen), documents, strict=True), key=lambda x: x[0])


def _one(found: list[tuple[int, Document]]) -> tuple[int, Document]:
    found = sorted(found, key=lambda x: (x[1].date or "9999", x[1].partner, x[1].source))
    same = [document for _, document in found]
    first = same[0]

    def best(values: Iterable[str]) -> str:
        return next((value for value in values if value), "")

    merged = replace(
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
    return found[0][0], merged


def _first_then_sorted(first: str, values: Iterable[str]) -> tuple[str, ...]:
    return (first, *sorted(set(values) - {first, ""}))


def _origins(
    documents: list[Document], sketches: Sequence[bytes], threshold: float,
    text_of: Callable[[str], str],
) -> list[Document]:  # fmt: skip
    root = list(range(len(documents)))

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = root[row]
        return row

    cached: dict[int, frozenset[int]] = {}

    def alike(a: int, b: int) -> bool:
        for row in (a, b):
            if row not in cached:
                if len(cached) > 256:
                    cached.clear()
                cached[row] = frozenset(_shingles(text_of(documents[row].id)))
        mine, theirs = cached[a], cached[b]
        return len(mine & theirs) >= threshold * len(mine | theirs)

    for rows in _buckets(sketches, max(0.1, threshold - _MARGIN)):
        groups: dict[int, list[int]] = {}
        for row in rows:
            for other, inside in list(groups.items()):
                if find(row) != find(other) and any(
                    alike(row, member) for member in inside[:_LOOKED_AT]
                ):
                    root[max(find(row), find(other))] = min(find(row), find(other))
            groups.setdefault(find(row), []).append(row)
    copies: dict[int, list[int]] = defaultdict(list)
    for row in range(len(documents)):
        copies[find(row)].append(row)
    origin = [""] * len(documents)
    for rows in copies.values():
        first = min((documents[row] for row in rows), key=lambda d: (d.date or "9999", d.id))
        for row in rows:
            origin[row] = first.id
    return [replace(d, origin=o) for d, o in zip(documents, origin, strict=True)]


def _buckets(sketches: Sequence[bytes], threshold: float) -> Iterator[list[int]]:
    """Rows whose sketches agree in a whole band, two or more a bucket."""
    from datasketch import MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)  # for the shape of its bands
    rows = np.array([row for row, sketch in enumerate(sketches) if sketch], dtype=np.int64)
    if len(rows) < 2:
        return
    matrix = np.frombuffer(b"".join(sketches), dtype="<u4").reshape(len(rows), _PERMUTATIONS)
    for band in range(index.b):
        cut: npt.NDArray[np.uint32] = matrix[:, band * index.r : (band + 1) * index.r]
        keys = np.ascontiguousarray(cut).view(np.dtype((np.void, cut.shape[1] * 4))).ravel()
        _, bucket, counts = np.unique(keys, return_inverse=True, return_counts=True)
        order = np.argsort(bucket, kind="stable")
        ends = np.cumsum(counts)
        for number in np.flatnonzero(counts > 1):
            yield rows[order[ends[number] - counts[number] : ends[number]]].tolist()


def _sketch(text: str) -> bytes:
    from datasketch import MinHash

    shingles = _shingles(text)
    if not shingles:
        return b""
    made = MinHash(num_perm=_PERMUTATIONS, seed=1, hashfunc=int)
    made.update_batch(sorted(shingles))
    return made.hashvalues.astype("<u4").tobytes()  # type: ignore[no-any-return]


def _shingles(text: str) -> set[int]:
    words = re.findall(r"\w+", text.casefold())
    if not words:
        return set()
    return {
        zlib.crc32(" ".join(words[i : i + _SHINGLE]).encode("utf-8", "surrogatepass"))
        for i in range(max(1, len(words) - _SHINGLE + 1))
    }
