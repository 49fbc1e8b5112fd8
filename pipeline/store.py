"""Records on disk: immutable Parquet shards, written whole or not at all, queried by DuckDB.

Layout of a run's folder::

    <stage>/<fingerprint>/<number>-<key>.parquet     one shard
    manifest.json                                    what each shard came from

The folder is local or in an object store (:mod:`pipeline.places`).

``fingerprint`` hashes the code version, model and settings that a stage depends on, ``key`` the
inputs of one shard. A shard that exists under its name is complete: it is written aside, synced
and renamed. So a killed run resumes by asking which shards are there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.dataset import dataset

from pipeline.errors import PipelineError
from pipeline.places import Bucket, is_address, place_of, write_atomic

__all__ = [
    "Answer", "Shard", "Store", "arrow_schema", "arrow_type", "digest", "from_table", "table_bytes",
    "to_table", "write_atomic",
]  # fmt: skip

_AT_ONCE = 16  # requests to an object store

T = TypeVar("T")

_SCALARS: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
}


@dataclass(frozen=True)
class Shard:
    """One Parquet file: its stage, what produced it and how many records it holds."""

    stage: str
    file: str
    fingerprint: str
    key: str
    rows: int


@dataclass(frozen=True)
class Answer:
    """Columns and rows that a query gave."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def arrow_type(hint: Any) -> pa.DataType:
    """Arrow type of a record field's type hint."""
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return pa.list_(arrow_type(args[0]))
    if origin is dict:
        return pa.map_(arrow_type(args[0]), arrow_type(args[1]))
    if origin in (types.UnionType, typing.Union):
        return arrow_type(next(arg for arg in args if arg is not type(None)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return pa.string()
    if dataclasses.is_dataclass(hint):
        return pa.struct(list(arrow_schema(typing.cast(type, hint))))
    raise TypeError(f"no Arrow type for {hint!r}")


def arrow_schema(kind: type) -> pa.Schema:
    """Arrow schema of a record type, nested records as structs."""
    hints = typing.get_type_hints(kind)
    return pa.schema(
        [pa.field(item.name, arrow_type(hints[item.name])) for item in dataclasses.fields(kind)]
    )


def to_table(records: Sequence[Any], kind: type) -> pa.Table:
    """Records of one type as an Arrow table."""
    rows = [msgspec.to_builtins(record, builtin_types=(bytes,)) for record in records]
    return pa.Table.from_pylist(rows, schema=arrow_schema(kind))


def from_table(table: pa.Table, kind: type[T]) -> list[T]:
    """Records back from an Arrow table; the inverse of :func:`to_table`."""
    rows = table.to_pylist(maps_as_pydicts="strict")
    return msgspec.convert(rows, list[kind], builtin_types=(bytes,))  # type: ignore[valid-type]


def table_bytes(table: pa.Table) -> bytes:
    """An Arrow table as the bytes of a Parquet file."""
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd")
    return bytes(stream.getvalue())


def digest(*parts: str | bytes) -> str:
    """First 12 hex digits of the SHA-256 over the parts, for fingerprints and keys."""
    joined = b"\x1f".join(p.encode() if isinstance(p, str) else p for p in parts)
    return hashlib.sha256(joined).hexdigest()[:12]


class Store:
    """A run's folder of shards: a local path, or the address of an object store."""

    def __init__(self, folder: str | Path):
        self.place = place_of(folder)
        self.folder = folder if is_address(folder) else Path(folder)
        if isinstance(self.folder, Path):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise PipelineError(
                    f"output {self.folder}: {error.strerror}; choose a folder that can be written"
                ) from error

    def shards(self, stage: str, fingerprint: str) -> list[Shard]:
        """Complete shards of a stage under one fingerprint, in the order they were written."""
        names = [
            name
            for name in self.place.files(f"{stage}/{fingerprint}")
            if name.endswith(".parquet") and "-" in name.rpartition("/")[2]
        ]
        workers = _AT_ONCE if is_address(str(self.folder)) else 1
        with ThreadPoolExecutor(workers) as pool:
            rows = list(pool.map(self._rows, names))
        return [
            Shard(stage, name, fingerprint, PurePosixPath(name).stem.partition("-")[2], count)
            for name, count in zip(names, rows, strict=True)
        ]

    def _rows(self, name: str) -> int:
        with self.place.open(name) as stream:
            return int(pq.read_metadata(stream).num_rows)

    def write(
        self, stage: str, fingerprint: str, number: int, key: str,
        records: Sequence[Any], kind: type,
    ) -> Shard:  # fmt: skip
        """Writes one shard and returns it; after this returns the shard survives a crash."""
        name = f"{stage}/{fingerprint}/{number:06d}-{key}.parquet"
        try:
            self.place.write(name, table_bytes(to_table(records, kind)))
        except OSError as error:
            raise PipelineError(
                f"output {self.folder}/{name}: {error.strerror or str(error).splitlines()[0]}; "
                "free space or choose another --out, then run the same command again to resume"
            ) from error
        return Shard(stage, name, fingerprint, key, len(records))

    def read(self, shards: Iterable[Shard], kind: type[T]) -> Iterator[T]:
        """Records of the shards, in order; one shard in memory at a time."""
        for shard in shards:
            yield from self.records(shard.file, kind)

    def records(self, file: str, kind: type[T]) -> list[T]:
        """Records of one shard by the name of its file."""
        with self.place.open(file) as stream:
            return from_table(pq.read_table(stream), kind)

    def column(self, shards: Iterable[Shard], name: str) -> list[Any]:
        """One column of the shards, without reading the rest."""
        values: list[Any] = []
        for shard in shards:
            with self.place.open(shard.file) as stream:
                values += pq.read_table(stream, columns=[name])[name].to_pylist()
        return values

    def bytes_of(self, name: str) -> bytes | None:
        """Contents of a file of the run, None where there is none."""
        try:
            with self.place.open(name) as stream:
                return stream.read()
        except OSError:
            return None

    def finish(self, stages: dict[str, list[Shard]], produced_by: dict[str, str]) -> None:
        """Writes ``manifest.json`` and removes shards that no longer belong to the run."""
        keep = {shard.file for shards in stages.values() for shard in shards}
        manifest = {
            "produced_by": produced_by,
            "stages": {stage: [dataclasses.asdict(s) for s in found]
                       for stage, found in stages.items()},
        }  # fmt: skip
        self.place.write(
            "manifest.json",
            msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n",
        )
        for stage in stages:
            self.place.tidy(stage)
            for folder in self.place.folders(stage):
                if not keep.intersection(self.place.files(folder)):
                    self.place.remove(folder)

    def query(self, sql: str) -> Answer:
        """Result of ``sql`` over one view per stage (documents, failures, tagged).

        Raises:
            PipelineError: the folder holds no finished run, or the SQL is wrong.
        """
        return self._ask(sql, lambda found: Answer(tuple(found.columns), found.fetchall()))

    def drawn(self, sql: str) -> str:
        """Result of ``sql`` drawn as a table for a terminal, long results shortened."""
        return self._ask(sql, str)

    def _ask(self, sql: str, use: Callable[[duckdb.DuckDBPyRelation], T]) -> T:
        written = self.bytes_of("manifest.json")
        if written is None:
            raise PipelineError(
                f"{self.folder}: no manifest.json; name the --out folder of a finished run"
            )
        manifest = msgspec.json.decode(written)
        tables = ", ".join(manifest["stages"])
        with duckdb.connect() as connection:
            for stage, shards in manifest["stages"].items():
                if shards:
                    self._view(connection, stage, [shard["file"] for shard in shards])
            try:
                return use(connection.sql(sql))
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                raise PipelineError(f"query: {reason}; tables: {tables}") from error

    def _view(self, connection: duckdb.DuckDBPyConnection, stage: str, files: list[str]) -> None:
        if isinstance(self.place, Bucket):
            paths = [f"{self.place.root}/{file}" for file in files]
            connection.register(stage, dataset(paths, filesystem=self.place.system))
        else:
            connection.read_parquet([f"{self.folder}/{file}" for file in files]).create_view(stage)
