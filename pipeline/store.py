"""Records on disk: immutable Parquet shards, written whole or not at all, queried by DuckDB.

Layout of a run's folder::

    <stage>/<fingerprint>/<number>-<key>.parquet     one shard
    manifest.json                                    what each shard came from

``fingerprint`` hashes the code version, model and settings that a stage depends on, ``key`` the
inputs of one shard. A shard that exists under its name is complete: it is written aside, synced
and renamed. So a killed run resumes by asking which shards are there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import PipelineError

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
    """A run's folder of shards."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PipelineError(
                f"output {self.folder}: {error.strerror}; choose a folder that can be written"
            ) from error

    def shards(self, stage: str, fingerprint: str) -> list[Shard]:
        """Complete shards of a stage under one fingerprint, in the order they were written."""
        found = []
        for path in sorted((self.folder / stage / fingerprint).glob("*-*.parquet")):
            rows = pq.read_metadata(path).num_rows
            key = path.stem.partition("-")[2]
            name = path.relative_to(self.folder).as_posix()
            found.append(Shard(stage, name, fingerprint, key, rows))
        return found

    def write(
        self, stage: str, fingerprint: str, number: int, key: str,
        records: Sequence[Any], kind: type,
    ) -> Shard:  # fmt: skip
        """Writes one shard and returns it; after this returns the shard survives a crash."""
        folder = self.folder / stage / fingerprint
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{number:06d}-{key}.parquet"
        aside = path.with_suffix(".part")
        table = to_table(records, kind)
        try:
            with aside.open("wb") as stream:
                pq.write_table(table, stream, compression="zstd")
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(path)
            sync_folder(folder)
        except OSError as error:
            aside.unlink(missing_ok=True)
            raise PipelineError(
                f"output {path}: {error.strerror}; free space or choose another --out, then run "
                "the same command again to resume"
            ) from error
        name = path.relative_to(self.folder).as_posix()
        return Shard(stage, name, fingerprint, key, len(records))

    def read(self, shards: Iterable[Shard], kind: type[T]) -> Iterator[T]:
        """Records of the shards, in order; one shard in memory at a time."""
        for shard in shards:
            yield from from_table(pq.read_table(self.folder / shard.file), kind)

    def column(self, shards: Iterable[Shard], name: str) -> list[Any]:
        """One column of the shards, without reading the rest."""
        values: list[Any] = []
        for shard in shards:
            values += pq.read_table(self.folder / shard.file, columns=[name])[name].to_pylist()
        return values

    def finish(self, stages: dict[str, list[Shard]], produced_by: dict[str, str]) -> None:
        """Writes ``manifest.json`` and removes shards that no longer belong to the run."""
        keep = {shard.file for shards in stages.values() for shard in shards}
        manifest = {
            "produced_by": produced_by,
            "stages": {stage: [dataclasses.asdict(s) for s in found]
                       for stage, found in stages.items()},
        }  # fmt: skip
        write_atomic(
            self.folder / "manifest.json",
            msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n",
        )
        for stage in stages:
            for folder in (self.folder / stage).glob("*"):
                files = list(folder.glob("*.parquet"))
                if not any(f.relative_to(self.folder).as_posix() in keep for f in files):
                    shutil.rmtree(folder)

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
        try:
            manifest = msgspec.json.decode((self.folder / "manifest.json").read_bytes())
        except OSError as error:
            raise PipelineError(
                f"{self.folder}: no manifest.json; name the --out folder of a finished run"
            ) from error
        tables = ", ".join(manifest["stages"])
        with duckdb.connect() as connection:
            for stage, shards in manifest["stages"].items():
                paths = [str(self.folder / shard["file"]) for shard in shards]
                if paths:
                    connection.read_parquet(paths).create_view(stage)
            try:
                return use(connection.sql(sql))
            except duckdb.Error as error:
                reason = str(error).splitlines()[0]
                raise PipelineError(f"query: {reason}; tables: {tables}") from error


def sync_folder(folder: Path) -> None:
    """Makes a rename in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomic(path: Path, data: bytes) -> None:
    """Writes ``data`` so that ``path`` is at every moment the old or the new file, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    try:
        with aside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except OSError:
        with suppress(OSError):
            aside.unlink()  # on a full disk every byte counts
        raise
    sync_folder(path.parent)
