"""``axiomap corpora``: public collections that manifests describe."""

from __future__ import annotations

import json
from functools import partial

import click

from pipeline.cli.progress import Progress, progress_option


@click.group()
def corpora() -> None:
    """List and fetch public collections described in corpora/*.toml.

    \b
    axiomap corpora list
    axiomap corpora fetch us-hearings --out corpus --max-pages 20
    """


@corpora.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """Collections at hand: name, title, licence, source.

    \b
    axiomap corpora list
    """
    from pipeline import codec
    from pipeline.ingest.web.corpora import corpora as manifests

    for corpus in manifests():
        if as_json:
            click.echo(json.dumps(codec.to_dict(corpus)))
        else:
            click.echo(f"{corpus.name}\t{corpus.title}\n\t{corpus.licence}\n\t{corpus.source}")


@corpora.command("fetch")
@click.argument("name")
@click.option("--out", "folder", required=True, type=click.Path(file_okay=False), help="Folder.")
@click.option("--contact", default="", help="Your address, told to the servers.")
@click.option("--max-pages", default=500, type=click.IntRange(1), help="Addresses at most.")
@click.option("--allow-private", is_flag=True, help="Also fetch from private networks.")
@click.option("--manifests", default=None, type=click.Path(file_okay=False), help="Their folder.")
@progress_option
def fetch(
    name: str, folder: str, contact: str, max_pages: int, allow_private: bool,
    manifests: str | None, no_progress: bool,
) -> None:  # fmt: skip
    """Fetch the collection NAME into FOLDER.

    \b
    axiomap corpora fetch us-hearings --out corpus --max-pages 20
    """
    from pipeline.cli.fetch import finish
    from pipeline.ingest.web import FetchLimits
    from pipeline.ingest.web.corpora import fetch_corpus

    with Progress(off=no_progress) as progress:
        result = fetch_corpus(
            name, folder, manifests=manifests, contact=contact,
            limits=FetchLimits(pages=max_pages), allow_private=allow_private,
            progress=partial(progress.step, "fetch"),
        )  # fmt: skip
    finish(result)
