"""The axiom map: all tagged claims of all partners -> shared conclusions, premises, divergences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from pipeline import __version__, codec
from pipeline.compare.axes import (
    VALUE_AXES,
    AxisDefinition,
    axis_scores,
    load_axes,
    place,
    telling_values,
)
from pipeline.compare.conclusions import (
    Stated,
    find_conclusions,
    positions_of,
    state_conclusion,
)
from pipeline.compare.divergence import PremiseSet
from pipeline.compare.evidence import Evidence, gather
from pipeline.compare.pairs import OPPOSES, SUPPORTS, PairModel
from pipeline.compare.premises import closest_beliefs, find_premises, questions
from pipeline.compare.sets import (
    Comparison,
    adjust,
    compare_sets,
    logit,
    numbered,
    reader_of,
    verdict_of,
)
from pipeline.config import Config
from pipeline.embed import Vectors
from pipeline.models import codebook_sha256, load_info
from pipeline.records import (
    BELIEF_LAYERS,
    LAYERS,
    AxiomMap,
    AxisPlace,
    Divergence,
    Document,
    Failure,
    Layer,
    Match,
    Method,
    Position,
    Premise,
    Standing,
    TaggedClaim,
    Verdict,
)

SHOWN_LONE = 12
"""Premises without counterpart that a divergence lists, a side."""


def compare(
    tagged: Sequence[TaggedClaim],
    documents: Sequence[Document],
    config: Config,
    *,
    on: Sequence[str] = (),
    failures: Sequence[Failure] = (),
    notify: Callable[[str], None] = lambda message: None,
) -> AxiomMap:
    """The axiom map of tagged claims.

    Args:
        tagged: claims of all partners, in any order.
        documents: the documents they stand in; without them each claim's document counts as
            independent and as its partner's alone.
        config: thresholds, models, seed.
        on: conclusions that the user names; without any the tool finds the shared ones.
        failures: inputs that could not be read, passed on to the map.
        notify: called with progress messages.
    """
    reader = reader_of(config)
    pair_model = PairModel.from_config(config)
    evidence = gather(
        [sure_or_none(t, config.classify.abstain_below) for t in tagged], documents, reader.encoder
    )
    notify(f"compare: {len(evidence.claims)} claims of {len(evidence.partners)} partners")
    read = positions_of(evidence, pair_model)
    if on:
        layers = [LAYERS[number] for number in reader(on)[2]]
        stated = [
            state_conclusion(
                text, layer if layer in BELIEF_LAYERS else Layer.POLICY_CORE, evidence, read,
                pair_model, reader.encoder, config.compare,
            )
            for text, layer in zip(on, layers, strict=True)
        ]  # fmt: skip
    else:
        stated = find_conclusions(evidence, read, pair_model, config.compare, notify)
    notify(f"compare: {len(stated)} conclusions")
    definitions = load_axes(config.compare.axes)
    scores = axis_scores(definitions, evidence.vectors, reader.encoder)
    positions: list[Position] = []
    premises: list[Premise] = []
    pairs: list[tuple[Divergence, Comparison]] = []
    places: list[AxisPlace] = []
    for number, item in enumerate(stated, start=1):
        found = _conclusion(evidence, item, pair_model, config)
        positions += found[0]
        premises += found[1]
        pairs += _pairs(evidence, item, found[0], found[1], config)
        places += _places(evidence, item, found[1], definitions, scores, config)
        notify(f"compare: {number}/{len(stated)} conclusions read")
    used = {p.axis for p in places}
    told = [axis for axis in VALUE_AXES if axis.id in used]
    return AxiomMap(
        partners=evidence.partners,
        documents=tuple(sorted(documents, key=lambda d: d.id)),
        claims=tuple(replace(t, vector=b"") for t in evidence.claims),
        conclusions=tuple(item.conclusion for item in stated),
        positions=tuple(positions),
        premises=tuple(premises),
        divergences=tuple(_verdicts(pairs, config)),
        axes=(*(definition.axis for definition in definitions), *told),
        places=tuple(places),
        failures=tuple(failures),
        method=method_of(config),
    )


def sure_or_none(tagged: TaggedClaim, least: float) -> TaggedClaim:
    """The claim, without its layer if that is less probable than ``least``."""
    if tagged.probabilities[tagged.layer] >= least:
        return tagged
    return replace(tagged, layer=Layer.NONE, facet="")


def method_of(config: Config) -> Method:
    """Versions, model hashes and settings that a map was made with."""
    models = {}
    for task, name in (
        ("claims", config.classify.model), ("reasons", config.compare.model),
        ("stance", config.compare.pair_model),
    ):  # fmt: skip
        _, info = load_info(name)
        models[task] = f"{info.name}@{info.hash}"
    settings = {
        f"{section}.{key}": codec.to_json(value).decode()
        for section, keys in codec.to_dict(config).items()
        for key, value in keys.items()
    }
    return Method(version=__version__, models=models, codebook=codebook_sha256(), settings=settings)


def _conclusion(
    evidence: Evidence, stated: Stated, stance: PairModel, config: Config
) -> tuple[list[Position], list[Premise]]:
    """Every partner's position on one conclusion and its premises for or against it."""
    positions, premises = [], []
    for partner in evidence.partners:
        asserting = [row for row in stated.asserting if partner in evidence.holders[row]]
        rejecting = [row for row in stated.rejecting if partner in evidence.holders[row]]
        standing = standing_of(evidence.documents(asserting), evidence.documents(rejecting))
        own: list[Premise] = []
        if standing in SIDES:
            rows, side = (
                (asserting, SUPPORTS) if standing is Standing.ASSERTS else (rejecting, OPPOSES)
            )
            own = find_premises(evidence, stated, partner, rows, side, stance, config.compare)
        premises += own
        positions.append(_position(evidence, stated, partner, asserting, rejecting, own))
    return positions, premises


SIDES = (Standing.ASSERTS, Standing.REJECTS)
"""Standings that take a side."""


def standing_of(documents_for: int, documents_against: int) -> Standing:
    """Standing of a partner with so many independent documents for and against a conclusion."""
    if documents_for > documents_against:
        return Standing.ASSERTS
    if documents_against > documents_for:
        return Standing.REJECTS
    return Standing.MIXED if documents_for else Standing.SILENT


def _position(
    evidence: Evidence, stated: Stated, partner: str, asserting: Sequence[int],
    rejecting: Sequence[int], own: Sequence[Premise],
) -> Position:  # fmt: skip
    for_documents, against = evidence.documents(asserting), evidence.documents(rejecting)
    standing = standing_of(for_documents, against)
    tacit = standing in SIDES and not any(p.link != "belief" for p in own)
    beliefs = closest_beliefs(evidence, stated, partner) if tacit else ()
    asked: tuple[str, ...] = ()
    if standing in SIDES:
        quotes = [evidence.claims[evidence.row[b]].claim.text for b in beliefs]
        asked = questions(
            stated.conclusion.text, quotes, [p.layer for p in own if p.link != "belief"],
            against=standing is Standing.REJECTS,
        )  # fmt: skip
    return Position(
        conclusion=stated.conclusion.id,
        partner=partner,
        standing=standing,
        claim_ids=tuple(map(evidence.id, asserting)),
        contrary_ids=tuple(map(evidence.id, rejecting)),
        documents=against if standing is Standing.REJECTS else for_documents,
        tacit=tacit,
        candidates=beliefs,
        questions=asked,
    )


def _pairs(
    evidence: Evidence, stated: Stated, positions: Sequence[Position],
    premises: Sequence[Premise], config: Config,
) -> list[tuple[Divergence, Comparison]]:  # fmt: skip
    """Comparisons of every two partners who take a position on the conclusion."""
    taking = [p for p in positions if p.standing in SIDES]
    rows = {
        p.partner: [evidence.row[q.claim_id] for q in premises if q.partner == p.partner]
        for p in taking
    }
    found = []
    for first, second in combinations(taking, 2):
        # What both signed or copied shows that they agreed on a letter, not that they think alike.
        common = {
            evidence.origin[row]
            for row in (*rows[first.partner], *rows[second.partner])
            if {first.partner, second.partner} <= evidence.signed[evidence.origin[row]]
        }
        mine = [r for r in rows[first.partner] if evidence.origin[r] not in common]
        theirs = [r for r in rows[second.partner] if evidence.origin[r] not in common]
        opposite = first.standing != second.standing
        found.append(_pair(evidence, stated, first, second, mine, theirs, opposite, config))
    return found


def _pair(
    evidence: Evidence, stated: Stated, first: Position, second: Position,
    mine: list[int], theirs: list[int], opposite: bool, config: Config,
) -> tuple[Divergence, Comparison]:  # fmt: skip
    settings = config.compare
    a, b = _premise_set(evidence, mine), _premise_set(evidence, theirs)
    comparison = compare_sets(a, b, settings, layers=evidence.layer[[*mine, *theirs]])
    cosine: Vectors = np.zeros((len(mine), len(theirs)), np.float32)
    if mine and theirs:
        cosine = a.vectors @ b.vectors.T
    matches = tuple(
        Match(evidence.id(mine[i]), evidence.id(theirs[j]), round(float(cosine[i, j]), 4))
        for i, j in _best_matches(cosine, settings.match_at)
    )
    shares = dict(zip(LAYERS, comparison.layers, strict=True))
    layer = max(BELIEF_LAYERS, key=lambda layer: shares[layer])
    divergence = Divergence(
        conclusion=stated.conclusion.id, a=first.partner, b=second.partner,
        verdict=Verdict.OPPOSED if opposite else comparison.verdict,
        divergence=comparison.divergence, low=comparison.low, high=comparison.high,
        p_value=comparison.p_value, p_adjusted=comparison.p_value,
        layer=layer if shares[layer] else Layer.NONE,
        layers={layer.value: shares[layer] for layer in BELIEF_LAYERS},
        documents_a=evidence.documents(mine), documents_b=evidence.documents(theirs),
        needed=comparison.needed if comparison.verdict == Verdict.TOO_LITTLE else 0,
        lone_a=_lone(evidence, mine, cosine.max(1) if theirs else None, settings.match_at),
        lone_b=_lone(evidence, theirs, cosine.max(0) if mine else None, settings.match_at),
        matches=matches,
    )  # fmt: skip
    return divergence, comparison


def _premise_set(evidence: Evidence, rows: list[int]) -> PremiseSet:
    return PremiseSet(
        evidence.vectors[rows], logit(evidence.values[rows]),
        numbered([evidence.origin[row] for row in rows]),
    )  # fmt: skip


def _best_matches(cosine: Vectors, match_at: float) -> list[tuple[int, int]]:
    """Premises that are each other's nearest and give the same reason."""
    if not cosine.size:
        return []
    to_b, to_a = cosine.argmax(1), cosine.argmax(0)
    return [(i, int(j)) for i, j in enumerate(to_b) if to_a[j] == i and cosine[i, j] >= match_at]


def _lone(evidence: Evidence, rows: list[int], nearest: Any, match_at: float) -> tuple[str, ...]:
    """Ids of premises without counterpart: deep core first, then the farthest."""
    far = [(0.0 if nearest is None else float(nearest[i]), row) for i, row in enumerate(rows)]
    alone = sorted((int(evidence.layer[row]), c, row) for c, row in far if c < match_at)
    return tuple(evidence.id(row) for _, _, row in alone[:SHOWN_LONE])


def _verdicts(pairs: Sequence[tuple[Divergence, Comparison]], config: Config) -> list[Divergence]:
    """Final verdicts, with p-values corrected over all pairs that had enough evidence."""
    tested = [i for i, (_, c) in enumerate(pairs) if c.verdict != Verdict.TOO_LITTLE]
    adjusted = dict(zip(tested, adjust([pairs[i][1].p_value for i in tested]), strict=True))
    final = []
    for i, (divergence, comparison) in enumerate(pairs):
        p_adjusted = adjusted.get(i, 1.0)
        verdict = divergence.verdict
        if verdict != Verdict.OPPOSED:
            verdict = verdict_of(comparison, p_adjusted, config.compare)
        final.append(replace(divergence, verdict=verdict, p_adjusted=p_adjusted))
    return final


VALUES_TOLD = 3
"""Human values on which the premises for one conclusion differ most, and which the map tells."""


def _places(
    evidence: Evidence, stated: Stated, premises: Sequence[Premise],
    definitions: Sequence[AxisDefinition], scores: Vectors, config: Config,
) -> list[AxisPlace]:  # fmt: skip
    """Where the premises of each partner lie on each axis, and on the most telling values."""
    rows: dict[str, list[int]] = {}
    for premise in premises:
        rows.setdefault(premise.partner, []).append(evidence.row[premise.claim_id])
    values = telling_values([evidence.values[own].mean(0) for own in rows.values()], VALUES_TOLD)
    columns = [(definition.axis, scores[:, n]) for n, definition in enumerate(definitions)]
    columns += [(VALUE_AXES[n], 2 * evidence.values[:, n] - 1) for n in values]
    return [
        place(
            column[own], [evidence.origin[row] for row in own], axis, stated.conclusion.id,
            partner, bootstraps=config.compare.bootstraps, seed=config.compare.seed,
        )
        for partner, own in sorted(rows.items())
        for axis, column in columns
    ]  # fmt: skip
