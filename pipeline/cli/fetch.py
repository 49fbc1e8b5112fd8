"""``axiomap fetch``: pages, feeds and sitemaps into a partner's folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from pipeline.cli.progress import Progress, progress_option
from pipeline.cli.web import Web, tell, web_options

if TYPE_CHECKING:
    from pipeline.ingest.web import Fetched


@click.command()
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--partner", required=True, help="Whose pages these are; names the sub-folder.")
@click.option("--out", "folder", required=True, type=click.Path(file_okay=False), help="Folder.")
@web_options
@progress_option
def fetch(
    urls: tuple[str, ...], partner: str, folder: str, web: Web, no_progress: bool
) -> None:  # fmt: skip
    """Fetch web pages, feeds or sitemaps into FOLDER/<partner>, to be mapped from there.

    \b
    axiomap fetch https://farmers.example/feed.xml --partner farmers --out corpus
    axiomap fetch https://farmers.example/press/ --follow 1 --partner farmers --out corpus
    axiomap map corpus --out OUT

    Feeds and sitemaps are followed to what they list. A second run asks only for what changed.
    `axiomap ingest` and `axiomap map` take addresses as well and fetch them the same way.
    Exit codes: 0 done, 1 some addresses failed or a limit was reached, 2 usage.
    """
    from pipeline.ingest.web import fetch as run

    with Progress(off=no_progress) as progress:
        result = run(
            urls, folder, partner=partner, follow=web.follow, contact=web.contact,
            limits=web.limits(), allow_private=web.allow_private,
            progress=partial(progress.step, "fetch"),
        )  # fmt: skip
    finish(result)


def finish(result: Fetched) -> None:
    """Files to stdout, the rest to stderr; exits with 1 when something is missing."""
    for path in result.written:
        click.echo(path)
    tell(result)
    if result.failures or result.stopped:
        raise click.exceptions.Exit(1)
