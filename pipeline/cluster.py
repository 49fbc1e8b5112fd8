"""The engine of many machines: pieces of work as Ray Data ``map_batches`` on actors.

The driver lists sources, merges and plans; actors read sources and write shards straight to the
output, which every node must reach. Only names of shards travel back. A piece whose actor or node
is lost is done again by another actor and writes the same shard under the same name.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Config
from pipeline.errors import PipelineError
from pipeline.store import Shard
from pipeline.work import Engine, Reading, Tagging, Work, worker_for

PASSED_ON = ("AWS_", "GOOGLE_", "AZURE_", "AXIOMAP_", "HF_")
"""Environment variables that begin so are set on every node too."""

PAUSES = (1.0, 5.0)
"""Seconds to wait before a piece is tried again that failed for want of its input or output."""

SPARE_CPUS = 1
"""CPUs that Ray needs beside the actors: with none to spare its own tasks never run."""


class Actor:
    """Takes batches of encoded pieces; gives the shards that they became."""

    def __init__(self, kind: str, where: str, config: bytes, folder: str) -> None:
        with suppress(OSError):
            os.chdir(folder)  # relative names of sources mean the same as on the driver
        self.kind = _KINDS[kind]
        self.where = where
        self.config = msgspec.json.decode(config, type=Config)
        self.worker: Any = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Number and encoded shards of each piece in the batch, or why there are none."""
        made: dict[str, list[Any]] = {"number": [], "shards": [], "error": []}
        for encoded in batch["work"]:
            piece = msgspec.msgpack.decode(bytes(encoded), type=self.kind)
            shards: list[Shard] = []
            said = ""
            try:
                if self.worker is None:
                    self.worker = worker_for(piece, self.where, self.config)
                shards = self._done(piece)
            except PipelineError as error:
                said = str(error)
            made["number"].append(piece.number)
            made["shards"].append(msgspec.msgpack.encode(shards))
            made["error"].append(said)
        return made

    def _done(self, piece: Work) -> list[Shard]:
        for pause in PAUSES:
            try:
                return self.worker(piece)  # type: ignore[no-any-return]
            except (OSError, PipelineError) as error:
                if not isinstance(
                    error if isinstance(error, OSError) else error.__cause__, OSError
                ):
                    raise
                time.sleep(pause)
        return self.worker(piece)  # type: ignore[no-any-return]


_KINDS: dict[str, type[Work]] = {"Reading": Reading, "Tagging": Tagging}


@contextmanager
def ray_engine(address: str = "", *, actors: int | None = None) -> Iterator[Engine]:
    """An engine on the Ray cluster at ``address``, or on one started here.

    Args:
        address: ``host:port`` of the cluster's head, ``auto`` for the one that runs here.
        actors: actors at a time; without a number one a CPU, but for one that Ray needs.

    Raises:
        PipelineError: Ray is not installed or the cluster cannot be reached.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # tells nobody what is run here
    try:
        import ray
    except ImportError as error:
        raise PipelineError("--engine ray: pip install 'axiomap[ray]'") from error
    began = not ray.is_initialized()
    if began:
        passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        try:
            ray.init(
                address=address or None,
                runtime_env={"env_vars": passed},
                log_to_driver=False,
                logging_level=logging.ERROR,
                **({} if address else {"num_cpus": (actors or os.cpu_count() or 1) + SPARE_CPUS}),
            )
        except (ConnectionError, ValueError) as error:
            raise PipelineError(
                f"--address {address}: {error}; start one with `ray start --head`"
            ) from error
    try:
        yield _engine(actors)
    finally:
        if began:
            ray.shutdown()


def _engine(actors: int | None) -> Engine:
    def engine(
        work: Sequence[Any], where: str, config: Config
    ) -> Iterator[tuple[int, list[Shard]]]:
        if not work:
            return
        import ray

        logging.getLogger("ray.data").setLevel(logging.ERROR)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.max_errored_blocks = 0
        count = actors or max(1, int(ray.cluster_resources().get("CPU", 1)) - SPARE_CPUS)
        alone = replace(config, classify=replace(config.classify, threads=1))
        if not os.environ.get("AXIOMAP_CACHE"):  # SQLite does not go with a folder that nodes share
            alone = replace(alone, run=replace(alone.run, cache_megabytes=0))
        plan = ray.data.from_items(
            [{"work": msgspec.msgpack.encode(piece)} for piece in work],
            override_num_blocks=len(work),
        )
        done = plan.map_batches(
            Actor,
            batch_size=1,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(size=min(count, len(work))),
            fn_constructor_args=(
                type(work[0]).__name__,
                where,
                msgspec.json.encode(alone),
                str(Path.cwd()),
            ),
        )
        for row in done.iter_rows():
            if row["error"]:
                raise PipelineError(str(row["error"]))
            yield int(row["number"]), msgspec.msgpack.decode(row["shards"], type=list[Shard])

    return engine
