"""``axiomap run``: documents to tagged claims, on this machine or on a cluster."""

from __future__ import annotations

from contextlib import ExitStack

import click

from pipeline.cli import config_options, partner_options
from pipeline.cli.progress import Progress, progress_option

ENGINES = ("local", "ray")


@click.command(epilog="Exit codes: 0 done, 1 some inputs failed (the rest is done), 2 usage.")
@click.argument("paths", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--to",
    "where",
    required=True,
    metavar="URI",
    help="Folder or s3://bucket/prefix to write shards to; a second run there resumes.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="local",
    show_default=True,
    help="Who does the work: this process, or a Ray cluster (axiomap[ray]).",
)
@click.option(
    "--address",
    default="",
    metavar="HOST:PORT",
    help="Ray cluster to use; without one a cluster is started on this machine.",
)
@click.option(
    "--actors",
    type=click.IntRange(min=1),
    default=None,
    help="Ray actors at a time, one CPU each; else one a CPU of the cluster.",
)
@partner_options
@click.option("--json", "as_json", is_flag=True, help="Print what each stage did as JSON.")
@progress_option
@config_options
def run(
    paths: tuple[str, ...], where: str, engine: str, address: str, actors: int | None,
    partner: str, partner_field: str, as_json: bool, no_progress: bool,
    config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Read documents, find and tag their claims, and write Parquet shards.

    \b
    axiomap run FOLDER --to OUT
    axiomap run s3://corpus/press --to s3://corpus/run --engine ray --address ray-head:6379

    Both engines write the same bytes. `axiomap map FOLDER --out OUT` goes on from the shards in
    OUT to the map; `axiomap query OUT` asks them in SQL.
    """
    from pipeline import codec
    from pipeline.config import load
    from pipeline.errors import PipelineError
    from pipeline.run import run_to
    from pipeline.work import Engine, local

    if engine == "local" and (address or actors):
        raise PipelineError("--address and --actors: only --engine ray uses them")
    config = load(config_file, overrides)
    with ExitStack() as opened:
        progress = opened.enter_context(Progress(off=no_progress))
        chosen: Engine = local
        if engine == "ray":
            from pipeline.cluster import ray_engine

            chosen = opened.enter_context(ray_engine(address, actors=actors))
        counts = run_to(
            paths, where, config, partner=partner, partner_field=partner_field, engine=chosen,
            notify=progress.note,
        )  # fmt: skip
    for count in counts:
        if as_json:
            click.echo(codec.to_json(count).decode())
        else:
            click.echo(
                f"{count.stage}: {count.records_in} read, {count.records_out} written, "
                f"{count.failed} failed, {count.reused} shards reused, {count.seconds:.1f} s"
            )
    if any(count.failed for count in counts):
        raise SystemExit(1)
