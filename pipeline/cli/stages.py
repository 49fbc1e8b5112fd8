"""The stages as single commands over JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import IO, Any

import click

from pipeline import codec
from pipeline.cli import config_options, note, partner_options, tier_option, with_tier
from pipeline.cli.lines import Row, emit, extend, input_argument, place_in, rows_of
from pipeline.cli.progress import Progress, progress_option
from pipeline.cli.web import Web, local, web_options
from pipeline.errors import PipelineError
from pipeline.records import Tier

model_option = click.option("--model", default=None, help="Model name or folder (configs: fast).")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FOLDER|FILE|URL...")
@partner_options
@tier_option()
@click.option(
    "--fetched", default="fetched", show_default=True, type=click.Path(file_okay=False),
    help="Folder that keeps web pages; a second run there goes on.",
)  # fmt: skip
@web_options
@progress_option
@config_options
def ingest(
    paths: tuple[str, ...], partner: str, partner_field: str, tier: str | None, fetched: str,
    web: Web, no_progress: bool, config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Read files, folders and web addresses into documents, one JSON object a line.

    \b
    axiomap ingest corpora/demo > documents.jsonl
    axiomap ingest press.jsonl --partner-field organisation
    axiomap ingest https://farmers.example/feed.xml --partner farmers

    An address is a page, a feed or a sitemap; without --partner its host names the partner.
    """
    from pipeline.config import load
    from pipeline.ingest import Ingest, discover, merge
    from pipeline.records import Document, Failure

    config = with_tier(load(config_file, overrides), tier)
    stage = Ingest(config.ingest)
    results: list[Document | Failure] = []
    with Progress(off=no_progress) as progress:
        found, missing = local(paths, fetched, web, progress, partner=partner)
        sources = discover(found, partner=partner, partner_field=partner_field)
        for number, source in enumerate(sources, start=1):
            results += stage([source])
            progress.step("ingest", number, len(sources))
    documents = merge([item for item in results if isinstance(item, Document)], config.ingest)
    emit(documents)
    failures = [item for item in results if isinstance(item, Failure)]
    for failure in failures:
        note(f"{failure.source}: {failure.reason}")
    note(f"ingest: {len(sources)} sources, {len(documents)} documents, {len(failures)} failed")
    if failures or missing:
        raise SystemExit(1)


@click.command()
@input_argument
@progress_option
@config_options
def claims(
    stream: IO[bytes], no_progress: bool, config_file: str | None, overrides: tuple[str, ...]
) -> None:
    """Find the claims in documents: sentences with offsets, speaker and voice.

    \b
    axiomap ingest FOLDER | axiomap claims > claims.jsonl
    """
    from pipeline.claims import Claims
    from pipeline.config import load
    from pipeline.records import Document

    config = load(config_file, overrides)
    stage = Claims(config.claims, languages=config.ingest.languages)
    failed = found = 0
    with Progress(off=no_progress, streams=True) as progress:
        for number, (place, row) in enumerate(rows_of(stream, ("text",)), start=1):
            try:
                if isinstance(row, PipelineError):
                    raise row
                document = _document(row, place, Document)
            except PipelineError as error:
                failed += 1
                progress.note(str(error))
                continue
            made = stage([document])
            found += len(made)
            emit(made)
            progress.step("claims", *place_in(stream, number))
    note(f"claims: {found} claims" + (f", {failed} lines failed" if failed else ""))
    if failed:
        raise SystemExit(1)


def _document(row: Row, place: str, kind: Any) -> Any:
    """A document from a line, whether it came from ``axiomap ingest`` or has just a text."""
    if "sha256" in row:
        return codec.from_dict(row, kind, place)
    return kind.of(
        str(row["text"]),
        partner=str(row.get("partner") or row.get("organisation") or "unknown"),
        source=str(row.get("source") or place),
        title=str(row.get("title") or ""),
        date=str(row.get("date") or ""),
        genre=str(row.get("genre") or "other"),
        tier=codec.from_dict(row.get("tier") or Tier.STEERING, Tier, place),
    )


@click.command()
@input_argument
@model_option
@click.option("--vectors", is_flag=True, help="Add the sentence vector (base64 of float16).")
@progress_option
@config_options
def classify(
    stream: IO[bytes], model: str | None, vectors: bool, no_progress: bool,
    config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Tag sentences with belief layer, facet and human values.

    \b
    axiomap classify claims.jsonl > tagged.jsonl
    echo '{"text": "Every child matters."}' | axiomap classify

    Needs `text`; reads `before` and `after` (the words around it) when they are there. Adds
    `layer`, `probabilities`, `facet`, `values` and `model`. Below --set classify.abstain_below
    the line also says `"abstain": true`.
    """
    from pipeline.classify import Classify, best_facet, named
    from pipeline.config import load
    from pipeline.embed import Passage
    from pipeline.models import VALUES
    from pipeline.records import LAYERS

    config = load(config_file, overrides).classify
    if model:
        config = replace(config, model=model)
    stage = Classify(config)

    def add(rows: list[Row]) -> list[Row]:
        passages = [
            Passage(str(r["text"]), str(r.get("before") or ""), str(r.get("after") or ""))
            for r in rows
        ]
        tags = stage.tag(passages)
        more: list[Row] = []
        for i in range(len(rows)):
            probabilities = named(LAYERS, tags.layers[i])
            line: Row = {
                "layer": LAYERS[int(tags.layers[i].argmax())].value,
                "probabilities": probabilities,
                "facet": best_facet(tags, i),
                "values": named(VALUES, tags.values[i]),
                "model": f"{stage.info.name}@{stage.info.hash}",
            }
            if config.abstain_below > 0:
                line["abstain"] = max(probabilities.values()) < config.abstain_below
            if vectors:
                line["vector"] = tags.vectors[i].astype("<f2").tobytes()
            more.append(line)
        return more

    with Progress(off=no_progress, streams=True) as progress:
        extend(stream, ("text",), add, progress=partial(progress.step, "classify"))


@click.command()
@input_argument
@config_options
def stance(stream: IO[bytes], config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Say which side a text takes towards a target: supports, opposes or neither; and how likely
    both state one position (same_position).

    \b
    echo '{"text": "We cannot back this deal.", "target": "The deal should be ratified"}' |
      axiomap stance
    """
    from pipeline.compare import PairModel
    from pipeline.config import load

    model = PairModel.from_config(load(config_file, overrides))
    extend(
        stream, ("text", "target"),
        lambda rows: model.judge([(str(r["text"]), str(r["target"])) for r in rows]),
    )  # fmt: skip


@click.command()
@input_argument
@config_options
def match(stream: IO[bytes], config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Say whether two sentences give the same reason: similarity in [0, 1], a probability.

    \b
    echo '{"a": "It costs jobs here.", "b": "Our plants would close."}' | axiomap match
    """
    from pipeline.compare import PairModel
    from pipeline.config import load

    model = PairModel.from_config(load(config_file, overrides))
    extend(
        stream, ("a", "b"),
        lambda rows: [
            {"similarity": round(float(p), 4)}
            for p in model.same_reason([(str(r["a"]), str(r["b"])) for r in rows])
        ],
    )  # fmt: skip


@click.command()
@input_argument
@config_options
def diverge(stream: IO[bytes], config_file: str | None, overrides: tuple[str, ...]) -> None:
    """Compare two sets of premises for one conclusion: divergence, p-value, verdict.

    \b
    axiomap diverge pairs.jsonl      lines of {"conclusion": …, "a": […], "b": […]}

    Every sentence counts as a document of its own unless `documents_a` and `documents_b` name
    the document of each.
    """
    from pipeline.compare import PremiseSets, diverge_sets
    from pipeline.config import load

    config = load(config_file, overrides)

    def add(rows: list[Row]) -> Sequence[Row]:
        return diverge_sets([PremiseSets.from_row(row) for row in rows], config)

    extend(stream, ("a", "b"), add)


@click.command()
@input_argument
@click.option(
    "--documents", type=click.File("rb"), default=None, help="The documents (JSON lines)."
)
@click.option("--on", multiple=True, metavar="TEXT", help="Map this conclusion; repeatable.")
@config_options
def compare(
    stream: IO[bytes], documents: IO[bytes] | None, on: tuple[str, ...],
    config_file: str | None, overrides: tuple[str, ...],
) -> None:  # fmt: skip
    """Build the axiom map from tagged claims; writes it as one JSON object.

    \b
    axiomap compare tagged.jsonl --documents documents.jsonl > map.json
    """
    from pipeline.compare import compare as build
    from pipeline.compare import tagged_from_row
    from pipeline.config import load
    from pipeline.records import Document, TaggedClaim

    config = load(config_file, overrides)
    tagged: list[TaggedClaim] = []
    failed = 0
    for place, row in rows_of(stream, ("text", "layer", "probabilities")):
        try:
            if isinstance(row, PipelineError):
                raise row
            tagged.append(tagged_from_row(row, place))
        except PipelineError as error:
            failed += 1
            note(str(error))
    known: list[Document] = []
    if documents is not None:
        for place, row in rows_of(documents, ("text",)):
            if isinstance(row, PipelineError):
                raise row
            known.append(_document(row, place, Document))
    axiom_map = build(tagged, known, config, on=on, failures=[], notify=note)
    sys.stdout.buffer.write(codec.to_json(axiom_map) + b"\n")
    if failed:
        note(f"{failed} lines failed, the others are in the map")
        raise SystemExit(1)
