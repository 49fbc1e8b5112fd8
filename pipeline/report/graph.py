"""Networks of a map, as networkx graphs and as GraphML and GEXF files.

The two-mode graph joins partners to conclusions (+1 asserts, -1 rejects, 0 says both). The one-mode
graphs join partners: congruence counts conclusions on which both take the same side, conflict those
on which they take opposite sides, subtract is their difference; who says both takes neither.

Source: Leifeld 2013, 2017; normalisations as in Discourse Network Analyzer 3 (``Exporter.java``):
``average`` divides by the mean of both partners' numbers of conclusions, ``jaccard`` by the number
of conclusions either speaks to, ``cosine`` by the root of the product of their numbers.
"""

from __future__ import annotations

import io
import re
from typing import Literal

import networkx as nx

from pipeline.records import Standing
from pipeline.report.index import Index, is_told
from pipeline.report.words import partner_name

Kind = Literal["congruence", "conflict", "subtract"]
Normalisation = Literal["no", "average", "jaccard", "cosine"]
NORMALISATIONS: tuple[Normalisation, ...] = ("no", "average", "jaccard", "cosine")
SIGN = {Standing.ASSERTS: 1, Standing.REJECTS: -1}


def two_mode(index: Index) -> nx.Graph:
    """Partners and conclusions; an edge where one asserts (+1), rejects (-1) or says both (0)."""
    graph = nx.Graph(name="partners and conclusions")
    for partner in index.map.partners:
        graph.add_node(
            f"partner:{partner}", label=partner_name(partner), kind="partner", bipartite=0,
            documents=len(index.documents_of(partner)), layer="",
        )  # fmt: skip
    for conclusion in index.map.conclusions:
        graph.add_node(
            f"conclusion:{conclusion.id}", label=conclusion.text, kind="conclusion", bipartite=1,
            documents=0, layer=conclusion.layer.value,
        )  # fmt: skip
    for position in index.map.positions:
        if position.standing is Standing.SILENT:
            continue
        sign = SIGN.get(position.standing, 0)
        evidence = index.claims_of((*position.claim_ids, *position.contrary_ids))
        dates = sorted(
            date for tagged in evidence
            if (date := index.documents[tagged.claim.document].date)
        )  # fmt: skip
        graph.add_edge(
            f"partner:{position.partner}", f"conclusion:{position.conclusion}", stance=sign,
            weight=float(max(1, position.documents)), standing=position.standing.value,
            claims=len(evidence), tacit=position.tacit, first=dates[0] if dates else "",
            last=dates[-1] if dates else "",
        )  # fmt: skip
    return graph


def one_mode(index: Index, kind: Kind, normalisation: Normalisation = "no") -> nx.Graph:
    """Partners joined by how often they take the same or opposite sides."""
    graph = nx.Graph(name=f"{kind}, normalisation {normalisation}")
    sides = {
        partner: {
            c.id: SIGN[standing]
            for c in index.map.conclusions
            if (standing := index.standing(c.id, partner)) in SIGN
        }
        for partner in index.map.partners
    }
    for partner in index.map.partners:
        graph.add_node(
            f"partner:{partner}", label=partner_name(partner), kind="partner",
            conclusions=len(sides[partner]),
        )  # fmt: skip
    partners = index.map.partners
    for n, a in enumerate(partners):
        for b in partners[n + 1 :]:
            both = sides[a].keys() & sides[b].keys()
            same = sum(sides[a][c] == sides[b][c] for c in both)
            counts = {"congruence": same, "conflict": len(both) - same}
            raw = counts[kind] if kind != "subtract" else same - (len(both) - same)
            weight = _normalise(raw, sides[a], sides[b], normalisation)
            if weight:
                graph.add_edge(
                    f"partner:{a}", f"partner:{b}", weight=weight, shared=same,
                    opposed=len(both) - same, **_verdict_counts(index, a, b),
                )  # fmt: skip
    return graph


def _normalise(
    raw: int, a: dict[str, int], b: dict[str, int], normalisation: Normalisation
) -> float:
    divisor = {
        "no": 1.0,
        "average": (len(a) + len(b)) / 2,
        "jaccard": float(len(a.keys() | b.keys())),
        "cosine": (len(a) * len(b)) ** 0.5,
    }[normalisation]
    return raw / divisor if divisor else 0.0


def _verdict_counts(index: Index, a: str, b: str) -> dict[str, int | float]:
    tested = [d for d in index.between(a, b) if is_told(d)]
    mean = sum(d.divergence for d in tested) / len(tested) if tested else -1.0
    return {
        "tested": len(tested),
        "different_grounds": sum(map(index.differs, tested)),
        "mean_divergence": mean,
    }


def all_graphs(index: Index) -> dict[str, nx.Graph]:
    """Every network by file name: the two-mode one and the one-mode ones with normalisations."""
    graphs = {"two-mode": two_mode(index)}
    kinds: tuple[Kind, ...] = ("congruence", "conflict", "subtract")
    for kind in kinds:
        for normalisation in NORMALISATIONS:
            name = kind if normalisation == "no" else f"{kind}-{normalisation}"
            graphs[name] = one_mode(index, kind, normalisation)
    return graphs


def graphml(graph: nx.Graph) -> bytes:
    """A graph as GraphML, characters that XML forbids taken out."""
    return _through(graph, nx.write_graphml_xml)


def gexf(graph: nx.Graph) -> bytes:
    """A graph as GEXF 1.2 without the day of writing, so that the same map gives the same bytes."""
    return re.sub(rb' lastmodifieddate="[^"]*"', b"", _through(graph, nx.write_gexf))


def _through(graph: nx.Graph, write: object) -> bytes:
    stream = io.BytesIO()
    write(_clean(graph), stream)  # type: ignore[operator]
    return stream.getvalue()


def _clean(graph: nx.Graph) -> nx.Graph:
    """The same graph with text that XML 1.0 can hold."""

    def clean(value: object) -> object:
        if not isinstance(value, str):
            return value
        return "".join(c if _xml(ord(c)) else "\ufffd" for c in value)

    names = {node: clean(node) for node in graph}
    fresh = nx.Graph(name=graph.graph.get("name", ""))
    for node, data in graph.nodes(data=True):
        fresh.add_node(names[node], **{key: clean(value) for key, value in data.items()})
    for a, b, data in graph.edges(data=True):
        fresh.add_edge(names[a], names[b], **{key: clean(value) for key, value in data.items()})
    return fresh


def _xml(code: int) -> bool:
    allowed = 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF
    return allowed or code in (9, 10, 13)
