"""``axiomap map``: everything that partners published, to a map that people read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import TIERS, config_options, note, partner_options, tier_option, with_tier
from pipeline.cli.progress import Progress, progress_option
from pipeline.cli.web import Web, local, web_options

if TYPE_CHECKING:
    from pipeline.config import ReportConfig
    from pipeline.records import AxiomMap
    from pipeline.run import RunResult


REVISION = "3"
"""Raised whenever one map could be shown otherwise, within one version."""


@click.command(
    "map",
    short_help="Map a folder of what partners published, in one go.",
    epilog="One sub-folder per partner. Exit codes: 0 done, 1 some inputs failed, 2 usage.",
)
@click.argument("paths", nargs=-1, required=True, metavar="FOLDER|FILE|URL...")
@click.option(
    "--out",
    "folder",
    default="out/map",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Folder to write into; a second run there resumes.",
)
@click.option(
    "--on",
    multiple=True,
    metavar="SENTENCE",
    help="A conclusion to map, such as 'We reject the agreement'; repeatable.",
)
@partner_options
@click.option(
    "--tier",
    type=click.Choice(TIERS),
    default=None,
    help="Audience; for all but steering the map goes to OUT/TIER, a folder to hand on.",
)
@tier_option("--document-tier", "document_tier")
@click.option("--title", default=None, help="Heading of the page.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@web_options
@progress_option
@config_options
def map_(
    paths: tuple[str, ...], folder: str, on: tuple[str, ...], partner: str, partner_field: str,
    tier: str | None, document_tier: str | None, title: str | None, as_json: bool, web: Web,
    no_progress: bool, config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Map the premises behind what partners say.

    \b
    axiomap map corpora/demo --out out/demo
    axiomap map FOLDER --on "We reject the agreement" --on "The text must be published"
    axiomap map FOLDER https://farmers.example/press/ --follow 1 --partner farmers
    """
    from pipeline import codec
    from pipeline.config import load
    from pipeline.records import Tier
    from pipeline.report.sentences import sentences
    from pipeline.run import run_map

    config = with_tier(load(config_file, overrides), document_tier)
    report = replace(
        config.report, tier=Tier(tier or config.report.tier), title=title or config.report.title
    )
    with Progress(off=no_progress) as progress:
        found, missing = local(paths, Path(folder) / "fetched", web, progress, partner=partner)
        result = run_map(
            found, folder, replace(config, report=report), on=on, partner=partner,
            partner_field=partner_field, missing=missing, notify=progress.note,
        )  # fmt: skip
    told = _write(result, report)
    if as_json:
        click.echo(codec.to_json(told).decode())
    else:
        for line in sentences(told):
            click.echo(line)
    if result.failures:
        raise SystemExit(1)


def _write(result: RunResult, report: ReportConfig) -> dict[str, object]:
    """Writes the report unless it is there already; returns the summary."""
    import msgspec

    from pipeline import __version__, codec
    from pipeline.records import Tier
    from pipeline.report import write
    from pipeline.store import digest, write_atomic

    folder = result.folder
    target = folder if report.tier is Tier.STEERING else folder / report.tier.value
    stamp = folder / f"report-{report.tier.value}.key"
    told = folder / f"report-{report.tier.value}.json"
    key = digest(__version__, REVISION, codec.to_json(report), result.key)
    page = target / "map.html"
    if page.is_file() and told.is_file() and stamp.is_file() and stamp.read_text() == key:
        return {**msgspec.json.decode(told.read_bytes()), "page": str(page), "new": False}
    note(f"report: writing {target}")
    axiom_map = result.axiom_map
    write(axiom_map, target, report)
    found = summary(axiom_map, result.failures, page, True)
    write_atomic(told, codec.to_json(found))
    write_atomic(stamp, key.encode())
    return found


def summary(
    axiom_map: AxiomMap, failures: Sequence[object], page: Path, new: bool
) -> dict[str, object]:
    """What a run found, as plain values."""
    from pipeline.records import BELIEF_LAYERS, Standing
    from pipeline.report.index import Index, is_told
    from pipeline.report.words import VERDICT_WORDS

    index = Index(axiom_map)
    return {
        "partners": {
            partner: {
                "documents": len(index.documents_of(partner)),
                "claims": {
                    layer.value: sum(t.layer is layer for t in index.own_claims(partner))
                    for layer in BELIEF_LAYERS
                },
            }
            for partner in axiom_map.partners
        },
        "documents": len(axiom_map.documents),
        "claims": sum(t.layer in BELIEF_LAYERS for t in axiom_map.claims),
        "conclusions": [
            {
                "text": c.text, "layer": c.layer.value,
                **{s.value: index.partners_who(s, c.id) for s in Standing},
            }
            for c in axiom_map.conclusions
        ],
        "divergent": [
            {
                "conclusion": index.conclusions[d.conclusion].text, "a": d.a, "b": d.b,
                "grounds": VERDICT_WORDS[d.verdict], "layer": d.layer.value,
                "divergence": d.divergence, "low": d.low, "high": d.high,
                "p_adjusted": d.p_adjusted,
            }
            for d in axiom_map.divergences if index.differs(d)
        ],
        "compared": sum(is_told(d) for d in axiom_map.divergences),
        "too_little_evidence": sum(not is_told(d) for d in axiom_map.divergences),
        "failures": [{"source": f.source, "reason": f.reason} for f in failures],  # type: ignore[attr-defined]
        "page": str(page), "new": new,
    }  # fmt: skip
