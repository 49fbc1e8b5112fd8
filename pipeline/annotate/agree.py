"""The agreement report: every coefficient overall, by label, by facet, by pair, over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from pipeline.annotate import coefficients as c
from pipeline.annotate.codings import Coding
from pipeline.annotate.unitizing import Span, unitizing_alpha
from pipeline.errors import PipelineError
from pipeline.records import FACETS, LAYERS, Layer

BOOTSTRAPS = 1000
TRANCHES = 4
"""Agreement over time is given for so many equal parts of the double-coded units."""


@dataclass(frozen=True)
class Row:
    """Agreement on one question: ``scope`` is all, label, facet, pair or time."""

    scope: str
    name: str
    alpha: c.Estimate
    ac1: c.Estimate
    kappa: c.Estimate
    observed: float
    share: float


@dataclass(frozen=True)
class Confusion:
    """Two labels taken for one another: how often, and what settling it would add to alpha."""

    labels: tuple[str, str]
    units: int
    gain: float
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Pace:
    """A coder's speed in one quarter of the coder's own work: median seconds an item."""

    coder: str
    quarter: int
    items: int
    seconds: float


@dataclass(frozen=True)
class Agreement:
    """What ``axiomap annotate agree`` shows.

    ``kappa`` of a row is Cohen's for a pair of coders, Fleiss' otherwise. ``spans`` is alpha for
    unitizing (all layers, then each). ``suggested`` is the share of codes made after a suggestion
    had been seen; such codes are not independent.
    """

    coders: dict[str, int]
    units: int
    documents: int
    rows: tuple[Row, ...]
    confusions: tuple[Confusion, ...]
    spans: dict[str, float]
    pace: tuple[Pace, ...]
    suggested: float


@dataclass(frozen=True)
class _Units:
    keys: list[tuple[str, int, int]]
    by_coder: list[dict[str, Coding]]
    clusters: c.Clusters


def agreement(
    codings: Sequence[Coding], *, texts: Mapping[str, str] | None = None,
    bootstraps: int = BOOTSTRAPS, seed: int = 0, sentences: int = 5,
) -> Agreement:  # fmt: skip
    """Agreement of all coders on the spans that two or more coded.

    Raises:
        PipelineError: no span was coded by two coders.
    """
    by_unit: dict[tuple[str, int, int], dict[str, Coding]] = defaultdict(dict)
    for coding in codings:
        by_unit[coding.unit][coding.label.coder] = coding
    shared = {key: found for key, found in by_unit.items() if len(found) >= 2}
    coders = sorted({coding.label.coder for coding in codings})
    if not shared:
        raise PipelineError(
            f"agree: {len(codings)} codes by {len(coders)} coders, but no span coded by two; give "
            "the files of two coders of the same tasks"
        )
    keys = sorted(shared)
    clusters = c.Clusters([key[0] for key in keys], bootstraps=bootstraps, seed=seed)
    units = _Units(keys, [shared[key] for key in keys], clusters)
    layers = _matrix(units, coders, lambda x: LAYERS.index(x.label.layer))
    rows = [_row("all", "layer", units, _counts(layers, len(LAYERS)), layers)]
    rows += [
        _row("label", layer, units, _counts(np.where(layers < 0, -1, layers == k), 2), None)
        for k, layer in enumerate(LAYERS)
    ]
    names = sorted({x.label.facet or "-" for found in units.by_coder for x in found.values()})
    facets = _matrix(units, coders, lambda x: names.index(x.label.facet or "-"))
    if len(names) > 1:
        rows.append(_row("all", "facet", units, _counts(facets, len(names)), facets))
    for layer in LAYERS:
        for facet in FACETS[layer]:
            if facet in names:
                mine = np.where(facets < 0, -1, facets == names.index(facet))
                rows.append(_row("facet", f"{layer}/{facet}", units, _counts(mine, 2), None))
    for one, other in combinations(range(len(coders)), 2):
        pair = layers[:, [one, other]]
        if (pair >= 0).all(1).any() and len(coders) > 1:
            name = f"{coders[one]} × {coders[other]}"
            rows.append(_row("pair", name, units, _counts(pair, len(LAYERS)), pair))
    rows += _over_time(units, layers)
    return Agreement(
        coders={name: sum(x.label.coder == name for x in codings) for name in coders},
        units=len(keys), documents=clusters.count, rows=tuple(rows),
        confusions=tuple(_confusions(units, layers, texts or {}, sentences)),
        spans=_spans(codings, texts or {}), pace=tuple(_pace(codings)),
        suggested=sum(x.suggested for x in codings) / len(codings),
    )  # fmt: skip


Numbers = npt.NDArray[np.int64]


def _matrix(units: _Units, coders: Sequence[str], number: object) -> Numbers:
    """Category numbers ``(units, coders)``, -1 where a coder did not code."""
    table = np.full((len(units.keys), len(coders)), -1, dtype=np.int64)
    for row, found in enumerate(units.by_coder):
        for column, coder in enumerate(coders):
            if coder in found:
                table[row, column] = number(found[coder])  # type: ignore[operator]
    return table


def _counts(numbers: npt.NDArray[np.int64], categories: int) -> c.Floats:
    return np.stack([(numbers == k).sum(1) for k in range(categories)], 1).astype(float)


def _row(
    scope: str, name: str, units: _Units, counts: c.Floats, numbers: Numbers | None, *,
    keep: npt.NDArray[np.bool_] | None = None,
) -> Row:  # fmt: skip
    rows = np.ones(len(units.keys), dtype=bool) if keep is None else keep
    rows = rows & (counts.sum(1) >= 2)
    counts = counts[rows]
    shares = c.share_sums(counts)
    clusters, n = units.clusters, len(counts)
    two = numbers is not None and numbers.shape[1] == 2
    if two and numbers is not None:
        cells = c.cohen_sums(numbers[rows], counts.shape[1])
        kappa = clusters.estimate(cells, c.cohen_of, units=n, keep=rows)
    else:
        kappa = clusters.estimate(shares, c.fleiss_of, units=n, keep=rows)
    binary = scope in ("label", "facet")
    return Row(
        scope, name,
        alpha=clusters.estimate(c.alpha_sums(counts), c.alpha_of, units=n, keep=rows),
        ac1=clusters.estimate(shares, c.ac1_of, units=n, keep=rows),
        kappa=kappa,
        observed=float(c.observed_of(shares.sum(0, keepdims=True))[0]),
        share=float((counts[:, 1] / counts.sum(1)).mean()) if binary and n else float("nan"),
    )  # fmt: skip


def _over_time(units: _Units, layers: Numbers) -> list[Row]:
    """Agreement in equal parts of the units, by when they were last coded; none without clocks."""
    times = [max(x.at for x in found.values()) for found in units.by_coder]
    if not all(times) or len(times) < 4 * TRANCHES:
        return []
    order = np.argsort(np.array(times), kind="stable")
    counts = _counts(layers, len(LAYERS))
    rows = []
    for number, part in enumerate(np.array_split(order, TRANCHES), start=1):
        keep = np.zeros(len(times), dtype=bool)
        keep[part] = True
        rows.append(_row("time", f"part {number} of {TRANCHES}", units, counts, None, keep=keep))
    return rows


def _confusions(
    units: _Units, layers: Numbers, texts: Mapping[str, str], sentences: int
) -> list[Confusion]:
    """Pairs of labels by what alpha would gain if the units in dispute were settled."""
    before = c.krippendorff_alpha(_counts(layers, len(LAYERS)))
    found = []
    for a, b in combinations(range(len(LAYERS)), 2):
        disputed = (layers == a).any(1) & (layers == b).any(1)
        if not disputed.any():
            continue
        settled = layers.copy()
        for row in np.flatnonzero(disputed):
            mine = settled[row]
            winner = a if (mine == a).sum() >= (mine == b).sum() else b
            mine[(mine == a) | (mine == b)] = winner
        gain = c.krippendorff_alpha(_counts(settled, len(LAYERS))) - before
        shown = [_shown(units, row, texts) for row in np.flatnonzero(disputed)[:sentences]]
        pair = (str(LAYERS[a]), str(LAYERS[b]))
        found.append(Confusion(pair, int(disputed.sum()), gain, tuple(shown)))
    return sorted(found, key=lambda confusion: -confusion.gain)


def _shown(units: _Units, row: int, texts: Mapping[str, str]) -> str:
    document, start, end = units.keys[row]
    coded = ", ".join(
        f"{coder}: {x.label.layer}{'/' + x.label.facet if x.label.facet else ''}"
        for coder, x in sorted(units.by_coder[row].items())
    )
    text = next((x.text for x in units.by_coder[row].values() if x.text), "")
    text = text or texts.get(document, "")[start:end]
    return f"{document} [{start}, {end}) {coded}" + (f" — {text}" if text else "")


def _spans(codings: Sequence[Coding], texts: Mapping[str, str]) -> dict[str, float]:
    """Alpha for unitizing over the documents that two coders or more read and that are at hand.

    Who gives ``none`` gives each sentence a label, so what only one of them labelled was not the
    other's to read and is left out.
    """
    by_document: dict[str, list[Span]] = defaultdict(list)
    for label in (coding.label for coding in codings):
        if label.document in texts:
            span = Span(label.coder, label.start, label.end, label.layer)
            by_document[label.document].append(span)
    exhaustive = any(coding.label.layer == Layer.NONE for coding in codings)
    laid: dict[tuple[str, ...], list[Span]] = defaultdict(list)
    lengths: Counter[tuple[str, ...]] = Counter()
    for document, spans in sorted(by_document.items()):
        both = [s for s in spans if not exhaustive or _read_by_others(s, spans)]
        coders = tuple(sorted({s.coder for s in both}))
        if len(coders) < 2 or _overlapping(both):
            continue
        offset = lengths[coders]
        laid[coders] += [Span(s.coder, offset + s.start, offset + s.end, s.category) for s in both]
        lengths[coders] += len(texts[document])
    if not laid:
        return {}
    overall, each = unitizing_alpha((laid[coders], coders, lengths[coders]) for coders in laid)
    return {"all": overall, **each}


def _read_by_others(span: Span, spans: Sequence[Span]) -> bool:
    return any(s.coder != span.coder and s.start < span.end and span.start < s.end for s in spans)


def _overlapping(spans: Sequence[Span]) -> bool:
    ordered = sorted(spans, key=lambda s: (s.coder, s.start))
    return any(a.coder == b.coder and b.start < a.end for a, b in pairwise(ordered))


def _pace(codings: Sequence[Coding]) -> list[Pace]:
    result = []
    for coder in sorted({x.label.coder for x in codings}):
        timed = [x for x in codings if x.label.coder == coder and x.seconds and x.at]
        timed.sort(key=lambda x: x.at)
        if len(timed) < TRANCHES:
            continue
        for number, part in enumerate(np.array_split(np.arange(len(timed)), TRANCHES), start=1):
            seconds = median(timed[i].seconds for i in part)
            result.append(Pace(coder, number, len(part), round(seconds, 1)))
    return result
