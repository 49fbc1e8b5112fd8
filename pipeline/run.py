"""Joins the stages: sources -> documents -> tagged claims -> axiom map, resumable at any point.

Work is cut into shards. What is missing is computed by an engine: this process piece by piece, or a
Ray cluster (:mod:`pipeline.cluster`); both write the same bytes. So does a run that was killed and
started again. A run with nothing new does nothing. No text is held longer than its shard takes,
until the documents are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import msgspec

from pipeline import __version__, codec
from pipeline.config import ClassifyConfig, Config, ReportConfig, RunConfig, to_toml
from pipeline.errors import PipelineError
from pipeline.ingest import Ingest, Source, Trace, discover, settle, without_text
from pipeline.models import load_info
from pipeline.places import is_address
from pipeline.precision import REVISION, known_precision
from pipeline.records import AxiomMap, Document, Failure, TaggedClaim
from pipeline.store import Shard, Store, digest
from pipeline.work import Engine, Reading, Tagging, Texts, Work, local

COMPARISON = "2"
"""Raised whenever the same tagged claims could give another map, within one version."""

Notify = Callable[[str], None]
T = TypeVar("T")


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
    """A finished run: where it lies, what it did, and the map, read when it is asked for."""

    folder: Path
    counts: tuple[StageCount, ...]
    failures: tuple[Failure, ...]
    changed: bool
    key: str
    made: AxiomMap | None = field(default=None, repr=False)

    @property
    def axiom_map(self) -> AxiomMap:
        """The map."""
        if self.made is not None:
            return self.made
        path = self.folder / "map.json"
        return codec.decode(path.read_bytes(), AxiomMap, str(path))


@dataclass(frozen=True)
class Tagged:
    """A finished run up to the tagged claims: its shards, and what each stage did."""

    documents: list[Shard]
    failures: list[Shard]
    traces: list[Shard]
    tagged: list[Shard]
    counts: tuple[StageCount, ...]


def _pieces(items: Iterable[T], size: int, home: Callable[[T], object]) -> Iterator[list[T]]:
    """At most ``size`` items a piece and all of one home."""
    for _, run in groupby(items, key=home):
        own = list(run)
        yield from (own[low : low + size] for low in range(0, len(own), size))


def _perform(
    work: Sequence[Work], done: dict[str, list[Shard]], engine: Engine, where: str,
    config: Config, say: Callable[[int, list[Shard]], None],
) -> tuple[list[list[Shard]], int]:  # fmt: skip
    """Shards of every piece, in order, and how many pieces were there already."""
    found = {piece.number: done[piece.key] for piece in work if piece.key in done}
    reused = len(found)
    missing = [piece for piece in work if piece.number not in found]
    for number, shards in engine(missing, where, config):
        found[number] = shards
        say(len(found), shards)
    return [found[piece.number] for piece in work], reused


def read_sources(
    store: Store, sources: Sequence[Source], config: Config, notify: Notify, engine: Engine = local
) -> tuple[list[list[Shard]], StageCount]:
    """Shards ``[documents, failures, traces]`` of each piece; what was read before is skipped."""
    began = time.perf_counter()
    fingerprint = reading_fingerprint(config)
    work = [
        Reading(
            fingerprint, number, digest(*(codec.to_json(source) for source in piece)), tuple(piece)
        )
        for number, piece in enumerate(
            # What is new in one partner's folder leaves the others' pieces as they were; a slice of
            # a large file is a piece of its own.
            _pieces(sources, config.run.documents_per_shard, lambda s: (s.partner, s.stop))
        )
    ]
    stages = ("documents", "failures", "traces")
    there = [{s.key: s for s in store.shards(stage, fingerprint)} for stage in stages]
    done = {key: [some[key] for some in there] for key in there[0] if all(key in x for x in there)}
    read = sum(len(piece.sources) for piece in work if piece.key not in done)
    shards, reused = _perform(
        work, done, engine, str(store.folder), config,
        lambda count, made: notify(
            f"ingest: {count}/{len(work)} shards, {made[0].rows} documents in this one"
        ),
    )  # fmt: skip
    count = StageCount(
        "ingest", read, sum(s[0].rows for s in shards), sum(s[1].rows for s in shards), reused,
        time.perf_counter() - began,
    )  # fmt: skip
    return shards, count


def run_ingest(
    store: Store, sources: Sequence[Source], config: Config, notify: Notify
) -> tuple[list[Shard], list[Shard], StageCount]:
    """Documents and failures of all sources, as shards."""
    shards, count = read_sources(store, sources, config, notify)
    return [s[0] for s in shards], [s[1] for s in shards], count


def run_tag(
    store: Store, documents: Iterable[Document], config: Config, notify: Notify,
    *, files: dict[str, str] | None = None, engine: Engine = local,
) -> tuple[list[Shard], StageCount]:  # fmt: skip
    """Tagged claims of all documents, as shards; finished shards are kept as they are.

    Args:
        store: the run's folder.
        documents: with their texts, or without them where ``files`` names each one's shard by id.
        config: all settings.
        notify: called with progress messages.
        files: file of the shard that holds a document's text, by the document's id.
        engine: who does the work.
    """
    began = time.perf_counter()
    config = replace(config, classify=resolved(config.classify))
    fingerprint = tagging_fingerprint(config)
    work = []
    pieces = _pieces(
        documents, config.run.documents_per_shard, lambda d: files[d.id] if files else ""
    )
    for number, piece in enumerate(pieces):
        key = digest(*(codec.to_json(without_text(document)) for document in piece))
        found = dict.fromkeys(files[document.id] for document in piece) if files else ()
        work.append(Tagging(fingerprint, number, key, tuple(piece), tuple(found)))
    done = {shard.key: [shard] for shard in store.shards("tagged", fingerprint)}
    read = sum(len(piece.documents) for piece in work if piece.key not in done)
    shards, reused = _perform(
        work, done, engine, str(store.folder), config,
        lambda count, made: notify(
            f"claims: {count}/{len(work)} shards, {made[0].rows} claims in this one"
        ),
    )  # fmt: skip
    flat = [shard for found in shards for shard in found]
    count = StageCount(
        "tag", read, sum(s.rows for s in flat), 0, reused, time.perf_counter() - began
    )
    return flat, count


def merged(
    store: Store, read: Sequence[Sequence[Shard]], config: Config
) -> tuple[list[Document], dict[str, str]]:
    """Merged documents without their texts, and by id the file of the shard that holds the text."""
    files = [shards[0].file for shards in read for _ in range(shards[0].rows)]
    home: dict[str, str] = {}
    texts = Texts(store)

    def held() -> Iterator[Trace]:
        for file, item in zip(files, store.read((s[2] for s in read), Trace), strict=True):
            home.setdefault(item.document.id, file)
            yield item

    settled = settle(held(), config.ingest, lambda key: texts.of(home[key])[key])
    return [document for _, document in settled], {d.id: files[place] for place, d in settled}


def run_tagged(
    store: Store, sources: Sequence[Source], config: Config, *, engine: Engine = local,
    notify: Notify = lambda message: None,
) -> tuple[Tagged, list[Document], dict[str, str]]:  # fmt: skip
    """Everything up to the tagged claims, with the merged documents without texts, and their files.

    Raises:
        PipelineError: nothing could be read, or the output cannot be written.
    """
    read, ingested = read_sources(store, sources, config, notify, engine)
    documents, files = merged(store, read, config)
    failed = [shards[1] for shards in read]
    if not documents:
        first = next(iter(store.read(failed, Failure)), None)
        raise PipelineError(
            f"none of {len(sources)} files could be read"
            + (f"; first: {first.source}: {first.reason}" if first else "")
        )
    shards, tagged = run_tag(store, documents, config, notify, files=files, engine=engine)
    found = Tagged([s[0] for s in read], failed, [s[2] for s in read], shards, (ingested, tagged))
    return found, documents, files


def run_to(
    paths: Sequence[str],
    where: str,
    config: Config,
    *,
    partner: str = "",
    partner_field: str = "",
    engine: Engine = local,
    notify: Notify = lambda message: None,
) -> tuple[StageCount, ...]:
    """Tagged claims of everything under ``paths``, as shards under ``where``; what each stage did.

    Args:
        paths: files, folders and patterns, or addresses of an object store.
        where: local folder or address of an object store.
        config: all settings.
        partner: whose everything is; else folders say so.
        partner_field: field of exports that names the partner.
        engine: who does the work.
        notify: called with progress messages.

    Raises:
        PipelineError: nothing to read, no partner, or an output that cannot be written.
    """
    sources = discover(paths, partner=partner, partner_field=partner_field)
    store = Store(where if is_address(where) else Path(where).resolve())
    config = replace(config, classify=resolved(config.classify))
    key = tagged_key(sources, config)
    known = _counted(store, "tagged.key", key)
    if known is not None:
        return known
    found, _, _ = run_tagged(store, sources, config, engine=engine, notify=notify)
    store.place.write("config.toml", to_toml(config).encode())
    _finish(store, found, config, key)
    return found.counts


def run_map(
    paths: Sequence[str],
    folder: str | Path,
    config: Config,
    *,
    on: Sequence[str] = (),
    partner: str = "",
    partner_field: str = "",
    missing: Sequence[Failure] = (),
    notify: Notify = lambda message: None,
) -> RunResult:
    """The axiom map of everything under ``paths``, with its shards, in ``folder``.

    ``missing`` is what could not be fetched before; the map tells of it too.

    Raises:
        PipelineError: nothing to read, no partner, or an output folder that cannot be written.
    """
    began = time.perf_counter()
    sources = discover(paths, partner=partner, partner_field=partner_field)
    store = Store(folder)
    home = Path(folder)
    config = replace(config, classify=resolved(config.classify))
    key = digest(map_key(sources, config, on), *(codec.to_json(failure) for failure in missing))
    known = _unchanged(store, home, (key, tagged_key(sources, config)), missing, began)
    if known is not None:
        return known
    found, documents, files = run_tagged(store, sources, config, notify=notify)
    failures = [*missing, *store.read(found.failures, Failure)]
    began = time.perf_counter()
    from pipeline.compare import compare

    texts = Texts(store)
    axiom_map = compare(
        list(store.read(found.tagged, TaggedClaim)),
        [filled for d in documents for filled in texts.filled([d], [files[d.id]])],
        config, on=on, failures=failures, notify=notify,
    )  # fmt: skip
    store.place.write("map.json", codec.to_json(axiom_map) + b"\n")
    store.place.write("config.toml", to_toml(config).encode())
    _finish(store, found, config, tagged_key(sources, config))
    store.place.write("map.key", key.encode())
    compared = StageCount(
        "compare", found.counts[1].records_out, len(axiom_map.conclusions), 0, 0,
        time.perf_counter() - began,
    )  # fmt: skip
    return RunResult(home, (*found.counts, compared), tuple(failures), True, key, made=axiom_map)


def _unchanged(
    store: Store, folder: Path, keys: tuple[str, str], missing: Sequence[Failure], began: float
) -> RunResult | None:
    """What an earlier run left, if it made the map that is asked for; only failures are read.

    ``keys`` are those of the map and of the shards.
    """
    key, shards = keys
    counts = _counted(store, "tagged.key", shards)
    same = store.bytes_of("map.key") == key.encode() and (folder / "map.json").is_file()
    if counts is None or not same:
        return None
    failed = [shard for shard in _manifest(store).get("failures", []) if shard.rows]
    compared = StageCount("compare", 0, 0, 0, 1, time.perf_counter() - began)
    failures = (*missing, *store.read(failed, Failure))
    return RunResult(folder, (*counts, compared), failures, False, key)


def _counted(store: Store, stamp: str, key: str) -> tuple[StageCount, ...] | None:
    """Counts of an earlier run's stages, if its stamp names this key and its shards are all there;
    they are not opened.
    """
    if store.bytes_of(stamp) != key.encode():
        return None
    stages = _manifest(store)
    there = {name for stage in stages for name in store.place.files(stage)}
    if not stages or any(s.file not in there for shards in stages.values() for s in shards):
        return None
    return tuple(
        StageCount(
            name, 0, sum(s.rows for s in stages[stage]),
            sum(s.rows for s in stages["failures"]) if name == "ingest" else 0,
            len(stages[stage]), 0.0,
        )
        for name, stage in (("ingest", "documents"), ("tag", "tagged"))
    )  # fmt: skip


def _manifest(store: Store) -> dict[str, list[Shard]]:
    written = store.bytes_of("manifest.json") or b'{"stages": {}}'
    return msgspec.json.decode(written, type=_Manifest).stages


class _Manifest(msgspec.Struct):
    stages: dict[str, list[Shard]]


def _finish(store: Store, found: Tagged, config: Config, key: str) -> None:
    _, info = load_info(config.classify.model, task="claims")
    store.finish(
        {
            "documents": found.documents, "failures": found.failures, "tagged": found.tagged,
            "traces": found.traces,
        },
        {"axiomap": __version__, **model_hashes(config), "codebook": info.codebook},
    )  # fmt: skip
    store.place.write("tagged.key", key.encode())


def model_hashes(config: Config) -> dict[str, str]:
    """Name and hash of every model in the settings, by the key that names it."""
    named = {"classify.model": config.classify.model}
    for key, value in codec.to_dict(config.compare).items():
        if key.endswith("model"):
            named[f"compare.{key}"] = value
    found = {key: load_info(name)[1] for key, name in named.items()}
    return {key: f"{info.name}@{info.hash}" for key, info in found.items()}


def reading_fingerprint(config: Config) -> str:
    """Changes when the same source could give other documents."""
    return digest(__version__, Ingest(config.ingest).version, codec.to_json(config.ingest))


def resolved(config: ClassifyConfig) -> ClassifyConfig:
    """The settings with the precision that this machine computes in, instead of ``auto``."""
    if config.precision != "auto":
        return config
    _, info = load_info(config.model, task="claims")
    precision = known_precision(info.hash, config.device)
    if precision is None:
        from pipeline.embed import Encoder

        precision = Encoder(config.model, task="claims", device=config.device).precision
    return replace(config, precision=precision)


def tagging_fingerprint(config: Config) -> str:
    """Changes when the same documents could give other tagged claims.

    Threads and batches are not in it: they change no bit.
    """
    from pipeline.claims import Claims

    _, info = load_info(config.classify.model, task="claims")
    return digest(
        __version__, Claims.version, info.hash, config.classify.precision,
        config.classify.device.partition(":")[0], REVISION, codec.to_json(config.claims),
        codec.to_json(config.ingest.languages),
    )  # fmt: skip


def tagged_key(sources: Sequence[Source], config: Config) -> str:
    """Changes when the same sources could give other shards."""
    return digest(
        reading_fingerprint(config), tagging_fingerprint(config), codec.to_json(list(sources)),
        str(config.run.documents_per_shard),
    )  # fmt: skip


def map_key(sources: Sequence[Source], config: Config, on: Sequence[str]) -> str:
    """Changes when the map could be another one; how it is shown and cut into work changes none."""
    shown = replace(config, report=ReportConfig(), run=RunConfig())
    return digest(
        __version__, COMPARISON, reading_fingerprint(config), tagging_fingerprint(config),
        codec.to_json(model_hashes(config)), codec.to_json(shown), codec.to_json(list(sources)),
        codec.to_json(list(on)),
    )  # fmt: skip
