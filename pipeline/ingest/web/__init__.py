"""The web as a source: pages, feeds and sitemaps fetched politely into a folder per partner."""

from pipeline.ingest.web.crawl import Fetched, FetchLimits, fetch
from pipeline.ingest.web.gather import gather, is_address

__all__ = ["FetchLimits", "Fetched", "fetch", "gather", "is_address"]
