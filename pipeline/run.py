"""Joins the stages: sources -> documents -> tagged claims -> axiom map, resumable at any point.

Work is cut into shards. What is missing is computed in order, so a run that was killed and
started again writes the same bytes as one that was not. A run with nothing new does nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import __version__, codec
from pipeline.claims import Claims
from pipeline.classify import Classify
from pipeline.compare import compare
from pipeline.config import Config, ReportConfig, to_toml
from pipeline.errors import PipelineError
from pipeline.ingest import Ingest, Source, discover, merge
from pipeline.records import AxiomMap, Document, Failure, TaggedClaim
from pipeline.store import Shard, Store, digest, write_atomic

Notify = Callable[[str], None]


@dataclass(frozen=True)
class StageCount:
    """What one stage did in this run: records in and out, failures, shards reused, seconds."""

    stage: str
    records_in: int
    records_out: int
    failed: int
    reused: int
    seconds: float


@dataclass(frozen=True)
class RunResult:
    """A finished run: where it lies, what it did, and the map."""

    folder: Path
    counts: tuple[StageCount, ...]
    failures: tuple[Failure, ...]
    axiom_map: AxiomMap
    changed: bool


def _pieces(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


def run_ingest(
    store: Store, sources: Sequence[Source], config: Config, notify: Notify
) -> tuple[list[Shard], list[Shard], StageCount]:
    """Documents of all sources, as shards; what was read under these settings is skipped."""
    began = time.perf_counter()
    stage = Ingest(config.ingest)
    fingerprint = digest(__version__, stage.version, codec.to_json(config.ingest))
    made: list[Shard] = []
    failed: list[Shard] = []
    reused = rows = 0
    done = {shard.key: shard for shard in store.shards("documents", fingerprint)}
    done_failed = {shard.key: shard for shard in store.shards("failures", fingerprint)}
    pieces = _pieces(sources, config.run.documents_per_shard)
    for number, piece in enumerate(pieces):
        key = digest(*(codec.to_json(source) for source in piece))
        if key in done and key in done_failed:
            made.append(done[key])
            failed.append(done_failed[key])
            reused += 1
            continue
        results = stage(list(piece))
        documents = [item for item in results if isinstance(item, Document)]
        failures = [item for item in results if isinstance(item, Failure)]
        rows += len(piece)
        failed.append(store.write("failures", fingerprint, number, key, failures, Failure))
        made.append(store.write("documents", fingerprint, number, key, documents, Document))
        notify(f"ingest: {number + 1}/{len(pieces)} shards, {len(documents)} documents in this one")
    count = StageCount(
        "ingest", rows, sum(s.rows for s in made), sum(s.rows for s in failed), reused,
        time.perf_counter() - began,
    )  # fmt: skip
    return made, failed, count


def run_tag(
    store: Store, documents: Sequence[Document], config: Config, notify: Notify
) -> tuple[list[Shard], StageCount]:
    """Tagged claims of all documents, as shards; finished shards are kept as they are."""
    began = time.perf_counter()
    claims_stage = Claims(config.claims, languages=config.ingest.languages)
    classify_stage: Classify | None = None
    fingerprint = digest(
        __version__, claims_stage.version, Classify.fingerprint(config.classify),
        codec.to_json(config.claims), codec.to_json(config.classify),
    )  # fmt: skip
    done = {shard.key: shard for shard in store.shards("tagged", fingerprint)}
    pieces = _pieces(documents, config.run.documents_per_shard)
    shards: list[Shard] = []
    reused = rows = 0
    for number, piece in enumerate(pieces):
        key = digest(*(codec.to_json(document) for document in piece))
        if key in done:
            shards.append(done[key])
            reused += 1
            continue
        if classify_stage is None:
            classify_stage = Classify(config.classify)
        tagged = classify_stage(claims_stage(list(piece)))
        rows += len(piece)
        shards.append(store.write("tagged", fingerprint, number, key, tagged, TaggedClaim))
        notify(f"claims: {number + 1}/{len(pieces)} shards, {len(tagged)} claims in this one")
    count = StageCount(
        "tag", rows, sum(s.rows for s in shards), 0, reused, time.perf_counter() - began
    )
    return shards, count


def run_map(
    paths: Sequence[str],
    folder: str | Path,
    config: Config,
    *,
    on: Sequence[str] = (),
    partner: str = "",
    partner_field: str = "",
    notify: Notify = lambda message: None,
) -> RunResult:
    """The axiom map of everything under ``paths``, with its shards, in ``folder``.

    Raises:
        PipelineError: nothing to read, no partner, or an output folder that cannot be written.
    """
    sources = discover(paths, partner=partner, partner_field=partner_field)
    store = Store(folder)
    made, failed, ingested = run_ingest(store, sources, config, notify)
    documents = merge(list(store.read(made, Document)), config.ingest)
    failures = list(store.read(failed, Failure))
    if not documents:
        raise PipelineError(
            f"{', '.join(map(str, paths))}: none of {len(sources)} files could be read"
            + (f"; first: {failures[0].source}: {failures[0].reason}" if failures else "")
        )
    shards, tagged_count = run_tag(store, documents, config, notify)
    key = digest(
        *(shard.file for shard in (*made, *failed, *shards)),
        codec.to_json(replace(config, report=ReportConfig())),  # how it is shown changes no map
        *on, __version__,
    )  # fmt: skip
    began = time.perf_counter()
    path = store.folder / "map.json"
    stamp = store.folder / "map.key"
    changed = not (path.is_file() and stamp.is_file() and stamp.read_text() == key)
    if changed:
        axiom_map = compare(
            list(store.read(shards, TaggedClaim)), documents, config,
            on=on, failures=failures, notify=notify,
        )  # fmt: skip
        write_atomic(path, codec.to_json(axiom_map) + b"\n")
        write_atomic(store.folder / "config.toml", to_toml(config).encode())
        store.finish(
            {"documents": made, "failures": failed, "tagged": shards},
            {
                "axiomap": __version__,
                "codebook": axiom_map.method.codebook,
                **axiom_map.method.models,
            },
        )  # fmt: skip
        write_atomic(stamp, key.encode())
    else:
        axiom_map = codec.decode(path.read_bytes(), AxiomMap, str(path))
    compared = StageCount(
        "compare", tagged_count.records_out if changed else 0, len(axiom_map.conclusions), 0,
        0 if changed else 1, time.perf_counter() - began,
    )  # fmt: skip
    return RunResult(
        store.folder, (ingested, tagged_count, compared), tuple(failures), axiom_map, changed
    )
