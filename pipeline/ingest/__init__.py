"""Ingest: what partners publish, as clean documents that say who, when and where from."""

from pipeline.ingest.discovery import discover
from pipeline.ingest.merging import Trace, merge, settle, trace, with_text, without_text
from pipeline.ingest.source import Source
from pipeline.ingest.stage import Ingest

__all__ = [
    "Ingest", "Source", "Trace", "discover", "merge", "settle", "trace", "with_text",
    "without_text",
]  # fmt: skip
