"""Pieces of work and who does them: the same workers under every engine.

A piece names its inputs and the shard it becomes; a worker is made once and then takes pieces.
Shards are named by their contents' key and appear whole, so a piece that is done twice, by an actor
that was thought dead, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.config import Config
from pipeline.ingest import Ingest, Source, Trace, trace, with_text
from pipeline.records import Document, Failure, TaggedClaim
from pipeline.store import Shard, Store

if TYPE_CHECKING:
    from pipeline.classify import Classify


@dataclass(frozen=True)
class Reading:
    """Sources to read into one shard each of documents, failures and traces."""

    fingerprint: str
    number: int
    key: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Tagging:
    """Documents to tag into one shard; those without text are found in ``files``."""

    fingerprint: str
    number: int
    key: str
    documents: tuple[Document, ...]
    files: tuple[str, ...] = ()


Work = Reading | Tagging


class Engine(Protocol):
    """Does pieces of work of one kind; gives each piece's shards, in any order."""

    def __call__(
        self, work: Sequence[Any], where: str, config: Config
    ) -> Iterator[tuple[int, list[Shard]]]:
        """Numbers of the pieces with the shards that they became."""
        ...


def local(work: Sequence[Work], where: str, config: Config) -> Iterator[tuple[int, list[Shard]]]:
    """The engine of one process: piece after piece."""
    if work:
        worker = worker_for(work[0], where, config)
        for piece in work:
            yield piece.number, worker(piece)


def worker_for(piece: Work, where: str, config: Config) -> Reader | Tagger:
    """The worker that takes pieces of this kind."""
    return Reader(where, config) if isinstance(piece, Reading) else Tagger(where, config)


class Reader:
    """Reads sources into shards."""

    def __init__(self, where: str, config: Config) -> None:
        self.store = Store(where)
        self.config = config.ingest
        self.stage = Ingest(config.ingest)

    def __call__(self, piece: Any) -> list[Shard]:
        """Shards of documents, failures and traces."""
        results = self.stage(list(piece.sources))
        documents = [item for item in results if isinstance(item, Document)]
        failures = [item for item in results if isinstance(item, Failure)]
        traces = [trace(document, self.config) for document in documents]
        place = (piece.fingerprint, piece.number, piece.key)
        # Documents last: whoever finds them finds the others too.
        failed = self.store.write("failures", *place, failures, Failure)
        traced = self.store.write("traces", *place, traces, Trace)
        made = self.store.write("documents", *place, documents, Document)
        return [made, failed, traced]


class Tagger:
    """Finds the claims of documents and tags them into shards."""

    def __init__(self, where: str, config: Config) -> None:
        from pipeline.claims import Claims

        self.store = Store(where)
        self.config = config
        self.claims = Claims(config.claims, languages=config.ingest.languages)
        self.texts = Texts(self.store)
        self._classify: Classify | None = None

    def ready(self) -> Classify:
        """The classifier, loaded when it is first needed."""
        from pipeline.classify import Classify

        if self._classify is None:
            self._classify = Classify(
                self.config.classify, cache=cache_folder(self.store),
                cache_megabytes=self.config.run.cache_megabytes,
            )  # fmt: skip
        return self._classify

    def __call__(self, piece: Any) -> list[Shard]:
        """The shard of tagged claims."""
        documents = self.texts.filled(piece.documents, piece.files)
        tagged = self.ready()(self.claims(documents))
        return [
            self.store.write(
                "tagged", piece.fingerprint, piece.number, piece.key, tagged, TaggedClaim
            )
        ]


class Texts:
    """Texts of documents in their shards; the shards read last are kept."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.of = lru_cache(maxsize=8)(self._texts)

    def _texts(self, file: str) -> dict[str, str]:
        return {document.id: document.text for document in self.store.records(file, Document)}

    def filled(self, documents: Iterable[Document], files: Sequence[str]) -> list[Document]:
        """The documents, with the texts that those without one have in ``files``."""
        texts = {key: text for file in dict.fromkeys(files) for key, text in self.of(file).items()}
        return [d if d.text else with_text(d, texts[d.id]) for d in documents]


def cache_folder(store: Store) -> Path | None:
    """Where results of the encoder are kept: ``$AXIOMAP_CACHE``, or beside a local run's shards."""
    import os

    if os.environ.get("AXIOMAP_CACHE"):
        from pipeline.models import cache_dir

        return cache_dir() / "results"
    return store.folder / "cache" if isinstance(store.folder, Path) else None
