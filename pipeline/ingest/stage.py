"""Ingest stage: list[Source] -> list[Document | Failure]."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import replace
from importlib import metadata
from pathlib import Path, PurePosixPath

import msgspec

from pipeline.config import IngestConfig
from pipeline.errors import PipelineError
from pipeline.ingest import ocr
from pipeline.ingest.aliases import Aliases
from pipeline.ingest.dates import date_in_name, dateline
from pipeline.ingest.discovery import SLICED
from pipeline.ingest.extract import Extract, Found, Limits, Reject
from pipeline.ingest.genre import genre_of, title_of
from pipeline.ingest.language import language_of
from pipeline.ingest.source import Source
from pipeline.ingest.table import Columns, read_jsonl
from pipeline.ingest.text import normalise
from pipeline.ingest.tiers import Tiers
from pipeline.ingest.worker import Worker
from pipeline.places import is_address, open_file
from pipeline.records import Document, Failure

_REVISION = "2"  # raise it when the same file would give another text
_PARSERS = (
    "trafilatura",
    "htmldate",
    "lxml",
    "pypdfium2",
    "charset-normalizer",
    "feedparser",
    "striprtf",
    "py3langid",
    "rapidocr",
    "onnxruntime",
)


class Ingest:
    """Reads sources; what cannot be read becomes a Failure and never stops the rest.

    ``version`` changes whenever the same file could give other documents: with this code, with the
    parsers' versions and with the files of aliases and tiers.
    """

    takes, gives = Source, Document

    def __init__(self, config: IngestConfig) -> None:
        self.config = config
        self.aliases = Aliases(config.aliases)
        self.limits = Limits(config.max_bytes, config.max_characters)
        known = [_REVISION, *(f"{name} {_version(name)}" for name in _PARSERS)]
        self.tiers = Tiers(config.tiers, config.tier)
        known += [
            hashlib.sha256(content).hexdigest()[:16]
            for content in (self.aliases.content, self.tiers.content)
        ]
        self.version = "; ".join(known)
        self._addresses: dict[Path, dict[str, str]] = {}
        self._worker = Worker(seconds=config.seconds_per_file, megabytes=config.memory_megabytes)
        self._scans = Worker(seconds=config.seconds_per_scan, megabytes=config.memory_megabytes)
        self._ocr = config.ocr and ocr.installed()

    def __call__(self, sources: list[Source]) -> list[Document | Failure]:
        """Documents and failures, source by source in their order."""
        results: list[Document | Failure] = []
        for source in sources:
            try:
                found = self._read(source)
            except PipelineError as error:
                results.append(Failure(source.path, str(error)))
                continue
            results += [self._finish(item, source) for item in found]
        return results

    def close(self) -> None:
        """Ends the worker processes; the next call starts others."""
        self._worker.close()
        self._scans.close()

    def _read(self, source: Source) -> list[Found]:
        path = Path(source.path)
        suffix = path.suffix.lower()
        columns = self.config.columns
        if source.partner_field:
            columns = (*columns, f"partner={source.partner_field}")
        try:
            if suffix in SLICED:
                found = read_jsonl(
                    source.path, source.start, source.stop, Columns(columns), self.limits
                )
            else:
                data = _bytes(source.path, self.limits)
                found = self._worker(data, path.name, self.limits, columns)
                if self._ocr and any(isinstance(i, Reject) and i.scanned for i in found):
                    found = self._recognised(found, data, path.name, columns)
        except OSError as error:
            raise PipelineError(
                f"cannot be read ({error.strerror or error}); check that it exists and its "
                "permissions"
            ) from error
        if not found and not source.start:
            raise PipelineError("no documents inside; remove it")
        return found

    def _recognised(
        self, found: list[Found], data: bytes, name: str, columns: tuple[str, ...]
    ) -> list[Found]:
        # Once more with text recognition, in a worker with more time; if it fails, as before.
        try:
            return self._scans(data, name, replace(self.limits, ocr=True), columns)
        except PipelineError as error:
            why = f"text recognition (OCR) failed: {error}"
            return [
                replace(i, reason=f"{i.reason.partition(';')[0]}; {why}")
                if isinstance(i, Reject) and i.scanned else i
                for i in found
            ]  # fmt: skip

    def _finish(self, item: Found, source: Source) -> Document | Failure:
        place = f"{source.path}#{item.part}" if item.part else source.path
        if isinstance(item, Reject):
            return Failure(place, item.reason)
        try:
            return self._document(item, source, place)
        except PipelineError as error:
            return Failure(place, str(error))

    def _document(self, item: Extract, source: Source, place: str) -> Document:
        text = item.text if item.verbatim else normalise(item.text)
        if len(text) > self.config.max_characters:
            raise PipelineError(
                f"{len(text):,} characters; ingest.max_characters is "
                f"{self.config.max_characters:,}, raise it or split the file"
            )
        if not re.search(r"\w", text):
            raise PipelineError("no words inside; remove it or fetch it again")
        owner = item.partner if source.partner_field and item.partner else source.partner
        partner = self.aliases(owner or item.partner)
        if not partner:
            raise PipelineError(
                "no partner: pass --partner NAME, or --partner-field FIELD naming the field that "
                "says who published it"
            )
        name = PurePosixPath(item.part or source.path).name
        title = _one_line(item.title) or title_of(text, name)
        return Document.of(
            text, partner=partner, source=place, title=title,
            date=self._date(item, text, name), genre=item.genre or genre_of(text, title, name),
            sources=tuple(dict.fromkeys(filter(None, (place, item.source)))),
            language=item.language or language_of(text), author=_one_line(item.author),
            url=item.url or self._address(source.path), ocr=item.ocr,
            tier=self.tiers(source.path, item.part, item.tier),
        )  # fmt: skip

    def _address(self, path: str) -> str:
        # Where fetch got a file from.
        folder, name = Path(path).parent, Path(path).name
        if folder not in self._addresses:
            self._addresses[folder] = fetched_addresses(folder)
        return self._addresses[folder].get(name, "")

    def _date(self, item: Extract, text: str, name: str) -> str:
        # A dateline says when a text appeared; a PDF's or docx's own date only when it was saved.
        if item.verbatim or item.url:
            return item.date or dateline(text) or date_in_name(name)
        return dateline(text) or date_in_name(name) or item.date


def _bytes(source: str, limits: Limits) -> bytes:
    if is_address(source):
        with open_file(source) as stream:
            return _checked(stream.read(limits.max_bytes + 1), 0, limits)
    # Opened without blocking, so that a named pipe in a folder cannot hang the run.
    descriptor = os.open(
        source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise PipelineError("no ordinary file; remove it")
        _checked(b"?", status.st_size, limits)
        return _checked(stream.read(limits.max_bytes + 1), 0, limits)


def _checked(data: bytes, size: int, limits: Limits) -> bytes:
    if max(size, len(data)) > limits.max_bytes:
        raise PipelineError(
            f"{max(size, len(data)):,} bytes; ingest.max_bytes is {limits.max_bytes:,}, raise it "
            "or split the file"
        )
    if not data.strip():
        raise PipelineError("the file is empty; remove it or fetch it again")
    return data


def fetched_addresses(folder: Path) -> dict[str, str]:
    """File name -> address of the pages that ``axiomap fetch`` put into ``folder``."""
    try:
        state = msgspec.json.decode(
            (folder / ".fetched.json").read_bytes(), type=dict[str, dict[str, object]]
        )
    except (OSError, msgspec.DecodeError):
        return {}
    return {str(entry["file"]): url for url, entry in state.items() if entry.get("file")}


def _one_line(value: str) -> str:
    return " ".join(normalise(value).split())[:300]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
