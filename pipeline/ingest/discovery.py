"""What the user named -> sources, in one order whatever the file system's; nothing is opened.

``FOLDER/<partner>/**`` belongs to ``<partner>``. A file or glob named directly belongs to the
folder it lies in. Exports (JSON lines, CSV, Parquet ...) may name the partner themselves.
"""

from __future__ import annotations

import glob
import logging
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.ingest.source import Source
from pipeline.places import Bucket, is_address

EXPORTS = frozenset({".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"})
ARCHIVES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".tbz2", ".txz"})
NAMES_PARTNER = EXPORTS | ARCHIVES | {".dna", ".json"}  # may say themselves whose a document is
SLICED = frozenset({".jsonl", ".ndjson"})
SLICE_BYTES = 1 << 20  # about 200 press releases: a piece of work that takes seconds

_JUNK = ("~$", "._", ".")  # lock files of Office, resource forks of macOS, hidden files
_JUNK_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})

Notify = Callable[[str], None]
_WARN: Notify = logging.getLogger(__name__).warning


def discover(
    paths: Sequence[str | Path],
    *,
    partner: str = "",
    partner_field: str = "",
    notify: Notify = _WARN,
) -> list[Source]:
    """Sources under ``paths``: files, folders with one sub-folder per partner, glob patterns.

    ``partner`` makes everything one partner's. ``partner_field`` names the field (or column) of
    exports that says who published a document. What is passed over is said through ``notify``.

    Raises:
        PipelineError: a path that does not exist, a pattern without a match, a folder in which
            nothing belongs to a partner.
    """
    if not paths:
        raise PipelineError("nothing to read: name files, folders or patterns")
    found: dict[str, Source] = {}
    for path in paths:
        for source in _under(str(path), partner, partner_field, notify):
            found.setdefault(f"{source.path}\x00{source.start:020d}", source)
    return [found[key] for key in sorted(found)]


def _under(path: str, partner: str, partner_field: str, notify: Notify) -> Iterator[Source]:
    if path.lower().startswith(("http://", "https://")):
        raise PipelineError(
            f"{path}: fetch it first: axiomap fetch {path} --partner NAME --out FOLDER, then FOLDER"
        )
    if is_address(path):
        yield from _bucket(path, partner, partner_field, notify)
    elif Path(path).is_dir():
        yield from _folder(Path(path), partner, partner_field, notify)
    elif Path(path).exists():
        yield from _file(Path(path), partner, partner_field, by_folder=True)
    elif glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - pattern may be absolute
        if not matches:
            raise PipelineError(f"{path}: no file matches; check the pattern and quote it")
        for match in matches:
            if Path(match).is_dir():
                if "**" not in path:
                    yield from _folder(Path(match), partner, partner_field, notify)
            elif not _is_junk(Path(match).name):
                yield from _file(Path(match), partner, partner_field, by_folder=True)
    else:
        raise PipelineError(f"{path}: no such file or folder; check the spelling")


def _folder(folder: Path, partner: str, partner_field: str, notify: Notify) -> Iterator[Source]:
    count = loose = 0
    for path in _walk(folder, notify):
        parts = path.relative_to(folder).parts
        owner = partner or (parts[0] if len(parts) > 1 else "")
        names_partner = partner_field and path.suffix.lower() in EXPORTS
        if not owner and not names_partner:
            loose += 1
            notify(
                f"{path}: skipped: lies in no partner's folder; move it to {folder}/<partner>/ "
                "or pass --partner"
                + (" or --partner-field" if path.suffix.lower() in EXPORTS else "")
            )
            continue
        for source in _file(path, owner, partner_field if not partner else ""):
            count += 1
            yield source
    if not count:
        raise PipelineError(
            f"{folder}: {f'{loose} files but no' if loose else 'empty: no'} sub-folder per "
            f"partner; put each partner's files in {folder}/<partner>/, or pass --partner NAME"
        )


def _walk(folder: Path, notify: Notify) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, names in os.walk(folder, onerror=lambda e: notify(_cannot_list(e))):
        folders[:] = sorted(name for name in folders if not _is_junk(name))
        for name in sorted(names):
            path = Path(place, name)
            if name == ".fetched.json":  # what fetch remembers
                continue
            if _is_junk(name):
                notify(f"{path}: skipped: hidden or system file")
            elif path.is_symlink() and not path.resolve().is_relative_to(root):
                notify(f"{path}: skipped: a link that leads out of {folder}; copy the file instead")
            elif not stat.S_ISREG(_mode(path)):
                notify(f"{path}: skipped: no ordinary file")
            else:
                yield path


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return stat.S_IFREG  # reading it will fail with a reason that is counted


def _cannot_list(error: OSError) -> str:
    return f"{error.filename}: skipped: cannot be listed ({error.strerror}); check its permissions"


def _is_junk(name: str) -> bool:
    return name.startswith(_JUNK) or name.lower() in _JUNK_NAMES


def _file(
    path: Path, partner: str, partner_field: str, *, by_folder: bool = False
) -> Iterator[Source]:
    suffix = path.suffix.lower()
    if by_folder and not partner and suffix not in NAMES_PARTNER:
        partner = path.resolve().parent.name
    elif by_folder and partner:
        partner_field = ""
    try:
        status = path.stat()
        stamp, size = f"{status.st_size}:{status.st_mtime_ns}", status.st_size
    except OSError:
        stamp, size = "unreadable", 0
    yield from _cut(path.as_posix(), partner, stamp, size, partner_field)


def _cut(name: str, partner: str, stamp: str, size: int, partner_field: str) -> Iterator[Source]:
    if Path(name).suffix.lower() not in SLICED or size <= SLICE_BYTES:
        yield Source(name, partner, stamp, partner_field=partner_field)
        return
    for start in range(0, size, SLICE_BYTES):
        yield Source(name, partner, stamp, start, min(start + SLICE_BYTES, size), partner_field)


def _bucket(address: str, partner: str, partner_field: str, notify: Notify) -> Iterator[Source]:
    """Objects below a prefix, or the one object that the address names."""
    address = address.rstrip("/")
    try:
        found = Bucket(address).stamped("")
    except OSError as error:
        raise PipelineError(f"{address}: {str(error).splitlines()[0]}") from error
    if not found:
        above, _, name = address.rpartition("/")
        found = [item for item in Bucket(above).stamped("") if item[0] == name]
        if not found:
            raise PipelineError(f"{address}: nothing is stored there; check the spelling")
        address = above
    own = address.rpartition("/")[2]
    for name, stamp in found:
        path = f"{address}/{name}"
        suffix = Path(name).suffix.lower()
        inside = name.partition("/")[0] if "/" in name else own
        owner = partner or ("" if inside == own and suffix in NAMES_PARTNER else inside)
        if any(_is_junk(part) for part in name.split("/")):
            notify(f"{path}: skipped: hidden or system file")
            continue
        size = int(stamp.partition(":")[0])
        yield from _cut(path, owner, stamp, size, "" if partner else partner_field)
