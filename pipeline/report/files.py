"""Everything a finished map is written as, in one folder."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pipeline import codec
from pipeline.config import ReportConfig
from pipeline.errors import PipelineError
from pipeline.models import folder_of
from pipeline.records import AxiomMap, Method, Tier
from pipeline.report import graph
from pipeline.report.brief import blocks, markdown, word
from pipeline.report.diagnosis import diagnose
from pipeline.report.dna import dna_database
from pipeline.report.figures import figures
from pipeline.report.findings import findings
from pipeline.report.index import Index
from pipeline.report.page import render
from pipeline.report.tables import claims_csv, claims_parquet
from pipeline.report.tiers import restrict
from pipeline.store import write_atomic


def write(axiom_map: AxiomMap, folder: Path, config: ReportConfig) -> dict[str, Path]:
    """Writes the map for the audience ``config.tier``; returns the files by what they are.

    The same map and settings give the same bytes.
    """
    index = Index(restrict(axiom_map, config.tier))
    written: dict[str, Path] = {}

    def keep(what: str, name: str, data: bytes) -> None:
        path = folder / name
        write_atomic(path, data)
        written[what] = path

    drawn = figures(index)
    keep("map.json", "map.json", codec.to_json(index.map) + b"\n")
    for name, network in graph.all_graphs(index).items():
        file = "map" if name == "two-mode" else f"networks/{name}"
        keep(f"{file}.graphml", f"{file}.graphml", graph.graphml(network))
        keep(f"{file}.gexf", f"{file}.gexf", graph.gexf(network))
    for name, figure in drawn.items():
        keep(f"figures/{name}.svg", f"figures/{name}.svg", figure.svg)
        keep(f"figures/{name}.png", f"figures/{name}.png", figure.png)
    keep("claims.csv", "claims.csv", claims_csv(index))
    keep("claims.parquet", "claims.parquet", claims_parquet(index))
    keep("map.dna", "map.dna", dna_database(index))
    keep("map.schema.json", "map.schema.json", schema())
    diagnosis = diagnose(index, Tier(config.tier))
    content = blocks(index, findings(index, diagnosis), diagnosis, config)
    keep("brief.md", "brief.md", markdown(content))
    keep("brief.docx", "brief.docx", word(content))
    page = render(index, config, figures=drawn, cards=cards(index.map.method))
    keep("map.html", "map.html", page.encode("utf-8", "replace"))
    return written


def cards(method: Method) -> dict[str, str]:
    """Cards of the models behind a map, by name, as far as the models are at hand."""
    found = {}
    for name in sorted({value.partition("@")[0] for value in method.models.values()}):
        try:
            card = folder_of(name) / "README.md"
        except PipelineError:
            continue
        if card.is_file():
            found[name] = card.read_text(encoding="utf-8", errors="replace")
    return found


def schema() -> bytes:
    """JSON Schema of ``map.json``."""
    found = msgspec.json.schema(AxiomMap)
    found["$id"] = "urn:axiomap:map:1"
    found["title"] = "Axiom map"
    text: bytes = msgspec.json.format(msgspec.json.encode(found), indent=2)
    return text + b"\n"
