"""``axiomap fetch``: pages, feeds and sitemaps into a partner's folder."""

from __future__ import annotations

import click

from pipeline.cli import note


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--partner", required=True, help="Whose pages these are; names the sub-folder.")
@click.option("--out", "folder", required=True, type=click.Path(file_okay=False), help="Folder.")
@click.option("--follow", default=0, type=click.IntRange(0, 3), help="Steps along links of pages.")
@click.option("--contact", default="", help="Your address, told to the servers.")
@click.option("--max-pages", default=500, type=click.IntRange(1), help="Addresses at most.")
@click.option("--max-megabytes", default=500, type=click.IntRange(1), help="MiB at most.")
@click.option("--max-seconds", default=1800, type=click.IntRange(1), help="Seconds at most.")
@click.option("--delay", default=1.0, type=click.FloatRange(0), help="Seconds between requests.")
@click.option("--allow-private", is_flag=True, help="Also fetch from private networks.")
def fetch(
    urls: tuple[str, ...], partner: str, folder: str, follow: int, contact: str, max_pages: int,
    max_megabytes: int, max_seconds: int, delay: float, allow_private: bool,
) -> None:  # fmt: skip
    """Fetch web pages, feeds or sitemaps into FOLDER/<partner>, to be mapped from there.

    \b
    axiomap fetch https://farmers.example/feed.xml --partner farmers --out corpus
    axiomap fetch https://farmers.example/press/ --follow 1 --partner farmers --out corpus
    axiomap map corpus --out OUT

    Feeds and sitemaps are followed to what they list. A second run asks only for what changed.
    Exit codes: 0 done, 1 some addresses failed or a limit was reached, 2 usage.
    """
    from pipeline.ingest.web import FetchLimits
    from pipeline.ingest.web import fetch as run

    limits = FetchLimits(
        pages=max_pages, total_bytes=max_megabytes << 20, seconds=max_seconds, delay=delay
    )
    result = run(
        urls, folder, partner=partner, follow=follow, contact=contact, limits=limits,
        allow_private=allow_private, notify=note,
    )  # fmt: skip
    tell(result.written, result.unchanged, result.failures, result.stopped)


def tell(written: tuple[str, ...], unchanged: int, failures: tuple[str, ...], stopped: str) -> None:
    """Files to stdout, the rest to stderr; exits with 1 when something is missing."""
    for path in written:
        click.echo(path)
    for failure in failures:
        note(failure)
    note(f"fetch: {len(written)} pages written, {unchanged} unchanged, {len(failures)} failed")
    if stopped:
        note(f"fetch: stopped at {stopped}; run it again with a higher one to go on")
    if failures or stopped:
        raise click.exceptions.Exit(1)
