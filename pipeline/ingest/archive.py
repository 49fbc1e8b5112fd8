"""Archives (zip, tar, gz ...) in memory: a text per readable member, nothing written to disk.

Names of members are labels. One that points outside the archive is refused and told; links and
devices are passed over. What may be unpacked, over all levels together, is limited.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol

from pipeline.errors import PipelineError
from pipeline.ingest.container import MAX_MEMBERS, open_zip, read_member
from pipeline.ingest.extract import Extract, Found, Limits, Reject


class _Packed(Protocol):
    def read(self, size: int, /) -> bytes: ...


MAX_DEPTH = 3  # an archive in an archive in an archive: a mailing list's yearly dump has two
_OPENERS: dict[str, Callable[[io.BytesIO], _Packed]] = {
    "gzip": lambda stream: gzip.GzipFile(fileobj=stream), "bzip2": bz2.open, "xz": lzma.open,
}  # fmt: skip
_BROKEN = (
    tarfile.TarError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError, OverflowError
)  # fmt: skip

Parse = Callable[[bytes, str], list[Found]]


def read_zip(data: bytes, limits: Limits, parse: Parse) -> list[Found]:
    """Texts of a zip's members, in the order of their names."""
    archive = open_zip(data, limits)
    members = sorted(
        (member for member in archive.infolist() if not member.is_dir()), key=lambda m: m.filename
    )

    def contents() -> Iterator[tuple[str, bytes | PipelineError]]:
        for member in members:
            if member.external_attr >> 16 & 0o170000 == 0o120000:
                continue  # a symbolic link
            try:
                yield member.filename, read_member(archive, member, limits)
            except PipelineError as error:
                yield member.filename, error

    return _members(contents(), [member.filename for member in members], parse)


def read_tar(data: bytes, limits: Limits, parse: Parse) -> list[Found]:
    """Texts of a tar's members, in the order of their names."""
    kept: list[tuple[str, bytes | PipelineError]] = []
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for number, member in enumerate(archive):
                if not member.isreg():
                    continue
                total += member.size
                if total > limits.max_bytes * 4 or number > MAX_MEMBERS:
                    raise PipelineError(
                        "a tar that unpacks to more than 4 x ingest.max_bytes or "
                        f"{MAX_MEMBERS} files; split it"
                    )
                stream = archive.extractfile(member)
                kept.append((member.name, stream.read() if stream else b""))
    except _BROKEN as error:
        raise PipelineError(f"a damaged or cut-off tar ({error}); fetch it again") from error
    kept.sort(key=lambda item: item[0])
    return _members(iter(kept), [name for name, _ in kept], parse)


def read_packed(data: bytes, kind: str, name: str, limits: Limits, parse: Parse) -> list[Found]:
    """Texts of the one file inside a gz, bz2 or xz."""
    try:
        content = _OPENERS[kind](io.BytesIO(data)).read(limits.max_bytes + 1)
    except _BROKEN as error:
        raise PipelineError(
            f"a damaged or cut-off {kind} file ({error}); fetch it again"
        ) from error
    if len(content) > limits.max_bytes:
        raise PipelineError(
            f"unpacks to more than {limits.max_bytes:,} bytes, a bomb or not meant for reading; "
            "raise ingest.max_bytes if it is neither"
        )
    path = PurePosixPath(name)
    inner = f"{path.stem}.tar" if path.suffix.lower() in (".tgz", ".tbz2", ".txz") else path.stem
    return parse(content, inner)


def _members(
    contents: Iterator[tuple[str, bytes | PipelineError]], names: list[str], parse: Parse
) -> list[Found]:
    depth = _common_folders(names)
    found: list[Found] = []
    for name, content in contents:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            found.append(
                Reject(name, "its name points outside the archive; refused, pack it without paths")
            )
            continue
        if _is_junk(path):
            continue
        if isinstance(content, PipelineError):
            found.append(Reject(name, str(content)))
            continue
        if not content.strip():
            found.append(Reject(name, "the file is empty; remove it or fetch it again"))
            continue
        owner = path.parts[depth] if len(path.parts) > depth + 1 else ""
        try:
            found += [_named(item, name, owner) for item in parse(content, path.name)]
        except PipelineError as error:
            found.append(Reject(name, str(error)))
    if not found:
        raise PipelineError("an archive without files; remove it")
    return found


def _is_junk(path: PurePosixPath) -> bool:
    return any(part.startswith((".", "~$", "__MACOSX")) for part in path.parts)


def _named(item: Found, name: str, owner: str) -> Found:
    part = f"{name}/{item.part}" if item.part else name
    if isinstance(item, Extract) and not item.partner:
        return replace(item, part=part, partner=owner)
    return replace(item, part=part)


def _common_folders(names: list[str]) -> int:
    # ARCHIVE/<partner>/..., or ARCHIVE/corpus/<partner>/... when everything lies in one folder.
    paths = [PurePosixPath(name) for name in names if not _is_junk(PurePosixPath(name))]
    folders = {path.parts[0] for path in paths if len(path.parts) > 1}
    deep = any(len(path.parts) > 2 for path in paths)
    return 1 if len(folders) == 1 and deep else 0
