"""Where files lie: a folder, or an object store such as ``s3://bucket/prefix``.

Object stores are reached through pyarrow's file systems (S3, Google Cloud Storage, Azure, HDFS);
credentials and endpoints come from the environment, as for every other program
(``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` ...).
"""

from __future__ import annotations

import functools
import io
import os
import platform
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from pipeline.errors import PipelineError

SCHEMES = ("s3://", "gs://", "gcs://", "abfs://", "abfss://", "hdfs://")


def is_address(where: str | Path) -> bool:
    """Whether ``where`` names an object store rather than a local path."""
    return str(where).startswith(SCHEMES)


class Place(Protocol):
    """A tree of files by relative name, ``/`` between folders; errors are OSError."""

    def open(self, name: str) -> IO[bytes]:
        """The file, open for reading and seekable."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Writes a file so that others see it whole or not at all; it then survives a crash."""
        ...

    def files(self, under: str) -> list[str]:
        """Names of the files below a folder, sorted; none if there is no such folder."""
        ...

    def folders(self, under: str) -> list[str]:
        """Names of the folders directly in a folder, sorted."""
        ...

    def remove(self, under: str) -> None:
        """Removes a folder with everything in it."""
        ...

    def tidy(self, under: str) -> None:
        """Removes what killed writers left half written below a folder."""
        ...


def place_of(where: str | Path) -> Place:
    """The place named by a path or address."""
    return Bucket(str(where)) if is_address(where) else Folder(Path(where))


@dataclass(frozen=True)
class Folder:
    """A local folder."""

    path: Path

    def open(self, name: str) -> IO[bytes]:
        """See :class:`Place`."""
        return (self.path / name).open("rb")

    def write(self, name: str, data: bytes) -> None:
        """See :class:`Place`; written aside, synced and renamed.

        Several processes may write the same file at once: each writes its own aside.
        """
        write_atomic(self.path / name, data, writer=f".{platform.node()}-{os.getpid()}")

    def files(self, under: str) -> list[str]:
        """See :class:`Place`."""
        found = (p for p in (self.path / under).rglob("*") if p.is_file())
        return sorted(path.relative_to(self.path).as_posix() for path in found)

    def folders(self, under: str) -> list[str]:
        """See :class:`Place`."""
        found = (p for p in (self.path / under).glob("*") if p.is_dir())
        return sorted(path.relative_to(self.path).as_posix() for path in found)

    def remove(self, under: str) -> None:
        """See :class:`Place`."""
        shutil.rmtree(self.path / under)

    def tidy(self, under: str) -> None:
        """See :class:`Place`."""
        for path in (self.path / under).rglob("*.part"):
            path.unlink(missing_ok=True)


class Bucket:
    """A prefix of an object store; an object appears when it is complete, so nothing is renamed."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.system, self.root = file_system(self.address)

    def open(self, name: str) -> IO[bytes]:
        """See :class:`Place`."""
        return io.BufferedReader(self.system.open_input_file(f"{self.root}/{name}"))

    def write(self, name: str, data: bytes) -> None:
        """See :class:`Place`."""
        with self.system.open_output_stream(f"{self.root}/{name}") as stream:
            stream.write(data)

    def files(self, under: str) -> list[str]:
        """See :class:`Place`."""
        return [name for name, _ in self.stamped(under)]

    def stamped(self, under: str) -> list[tuple[str, str]]:
        """Names of the files below a folder with a stamp of size and time, sorted."""
        found = self._infos(under, recursive=True)
        return sorted(
            (info.path.removeprefix(f"{self.root}/"), f"{info.size}:{info.mtime_ns}")
            for info in found
            if info.is_file
        )

    def folders(self, under: str) -> list[str]:
        """See :class:`Place`."""
        found = self._infos(under, recursive=False)
        return sorted(info.path.removeprefix(f"{self.root}/") for info in found if not info.is_file)

    def remove(self, under: str) -> None:
        """See :class:`Place`."""
        self.system.delete_dir(f"{self.root}/{under}")

    def tidy(self, under: str) -> None:
        """See :class:`Place`; an object that was not finished was never there."""

    def _infos(self, under: str, *, recursive: bool) -> list[Any]:
        from pyarrow.fs import FileSelector

        base = f"{self.root}/{under}".rstrip("/")
        wanted = FileSelector(base, allow_not_found=True, recursive=recursive)
        return list(self.system.get_file_info(wanted))


def open_file(where: str | Path) -> IO[bytes]:
    """A local file or an object, open for reading and seekable; errors are OSError."""
    if not is_address(where):
        return Path(where).open("rb")
    system, path = file_system(str(where))
    return io.BufferedReader(system.open_input_file(path))


def file_system(address: str) -> tuple[Any, str]:
    """Pyarrow's file system for an address, and the path in it.

    Raises:
        PipelineError: an address that pyarrow cannot read.
    """
    scheme, _, rest = address.partition("://")
    bucket, _, path = rest.partition("/")
    system, root = _connected(f"{scheme}://{bucket}")
    return system, f"{root}/{path}".rstrip("/")


@functools.cache
def _connected(address: str) -> tuple[Any, str]:
    from pyarrow.fs import FileSystem

    try:
        system, root = FileSystem.from_uri(address)
    except (OSError, ValueError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise PipelineError(f"{address}: {reason}; an address reads s3://bucket/prefix") from error
    return system, root.rstrip("/")


def sync_folder(folder: Path) -> None:
    """Makes a rename in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomic(path: Path, data: bytes, *, writer: str = "") -> None:
    """Writes ``data`` so that ``path`` is at every moment the old or the new file, whole.

    Whoever may write the same file at the same time needs another ``writer``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}{writer}.part")
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
