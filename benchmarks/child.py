"""Measures that need a process of their own, for their memory and their start: one a call.

``python -m benchmarks.child NAME JSON-ARGUMENTS`` prints a JSON object. ``worker`` instead reads
folders from stdin and answers each with what it took, so that two ways can take turns.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()


def peak_gb() -> float:
    """Peak memory of this process and of its children, the larger, in GB."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1e6


def settings(**sections: dict[str, Any]) -> Any:
    from pipeline.config import load

    return load(
        overrides=tuple(
            f"{section}.{key}={json.dumps(value)}"
            for section, keys in sections.items()
            for key, value in keys.items()
        )
    )


def ours(precision: str) -> Callable[[Path], tuple[int, int]]:
    """This project's way, from files to shards; nothing is cached from one call to the next."""
    from pipeline.ingest import discover
    from pipeline.run import merged, read_sources, run_tag
    from pipeline.store import Store
    from pipeline.work import Reader, Tagger

    config = settings(classify={"precision": precision}, run={"cache_megabytes": 0})
    kept: dict[str, Any] = {}

    def engine(work: Any, where: str, config: Any) -> Any:
        # As pipeline.work.local, with workers that stay from one call to the next.
        for piece in work:
            kind = Reader if hasattr(piece, "sources") else Tagger
            worker: Any = kept.get(kind.__name__) or kind(where, config)
            kept[kind.__name__] = worker
            worker.store = Store(where)
            if kind is Tagger:
                worker.texts.store = worker.store
                worker.texts.of.cache_clear()
            yield piece.number, worker(piece)

    def way(folder: Path) -> tuple[int, int]:
        with tempfile.TemporaryDirectory() as out:
            store = Store(out)
            read, count = read_sources(store, discover([folder]), config, _quiet, engine)
            documents, files = merged(store, read, config)
            _, tagged = run_tag(store, documents, config, _quiet, files=files, engine=engine)
        return count.records_out, tagged.records_out

    return way


def _quiet(message: str) -> None:
    pass


def worker(which: str, precision: str = "auto") -> None:
    """Answers folders on stdin with seconds, documents and sentences."""
    if which == "plain":
        from benchmarks.plain import Plain

        way: Callable[[Path], tuple[int, int]] = Plain()
    else:
        way = ours(precision)
    print(json.dumps({"ready": time.perf_counter() - STARTED}), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        documents, sentences = way(Path(line.strip()))
        answer = {
            "seconds": time.perf_counter() - began, "documents": documents,
            "sentences": sentences, "peak_gb": peak_gb(),
        }  # fmt: skip
        print(json.dumps(answer), flush=True)


def start() -> dict[str, float]:
    """Seconds and CPU seconds until a run could take its first document."""
    from pipeline.config import load
    from pipeline.work import Reader, Tagger

    with tempfile.TemporaryDirectory() as out:
        config = load()
        Reader(out, config)
        tagger = Tagger(out, config)
        tagger.ready()
    return {"seconds": time.perf_counter() - STARTED, "cpu": time.process_time()}


def whole(
    folder: str, out: str, engine: str = "local", actors: int = 2, warm: str = "",
    precision: str = "auto",
) -> dict[str, Any]:  # fmt: skip
    """A run from files to shards in one process; ``warm`` is a folder to start up on."""
    from pipeline.run import run_to
    from pipeline.work import local

    config = settings(classify={"precision": precision}, run={"cache_megabytes": 0})

    def run(chosen: Any) -> dict[str, Any]:
        first = None
        for turn in range(2 if warm else 0):  # the second shows what starting workers takes
            began = time.perf_counter()
            first = run_to([warm], f"{out}-warm-{turn}", config, engine=chosen)[0]
            starting = time.perf_counter() - began
        began = time.perf_counter()
        read, tagged = run_to([folder], out, config, engine=chosen)
        spent = time.perf_counter() - began
        aside = (read.records_out - first.records_out) / (spent - starting) if first else 0.0
        return {
            "seconds": spent, "documents": read.records_out, "sentences": tagged.records_out,
            "peak_gb": peak_gb(), "start_aside": aside,
        }  # fmt: skip

    if engine == "local":
        return run(local)
    from pipeline.cluster import ray_engine

    with ray_engine(actors=actors) as chosen:
        return run(chosen)


def mapped(run: str) -> dict[str, Any]:
    """The map of a run's tagged claims."""
    from pipeline.compare import compare
    from pipeline.records import Document, TaggedClaim
    from pipeline.store import Shard, Store

    store = Store(run)
    written = json.loads(store.bytes_of("manifest.json") or b"")["stages"]
    tagged = list(store.read((Shard(**s) for s in written["tagged"]), TaggedClaim))
    documents = list(store.read((Shard(**s) for s in written["documents"]), Document))
    loaded = peak_gb()
    began = time.perf_counter()
    made = compare(tagged, documents, settings())
    return {
        "seconds": time.perf_counter() - began, "claims": len(tagged),
        "partners": len(made.partners), "conclusions": len(made.conclusions),
        "loaded_gb": loaded, "peak_gb": peak_gb(),
    }  # fmt: skip


if __name__ == "__main__":
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    answer = globals()[name](**arguments)
    if answer is not None:
        print(json.dumps(answer))
