"""Ingest: what partners publish, as clean documents that say who, when and where from."""

from pipeline.ingest.discovery import discover
from pipeline.ingest.merging import merge
from pipeline.ingest.source import Source
from pipeline.ingest.stage import Ingest

__all__ = ["Ingest", "Source", "discover", "merge"]
