"""Two sets of premises for one conclusion: divergence, verdict and the words behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.stats import false_discovery_control

from pipeline.compare.divergence import WEIGHTS, Floats, PremiseSet, permutation_test
from pipeline.compare.pairs import PairModel
from pipeline.config import CompareConfig, Config
from pipeline.embed import Encoder, Passage, Vectors
from pipeline.errors import PipelineError
from pipeline.records import LAYERS, Verdict

HALF_AT = 0.08
"""Energy that reads as divergence 0.5: half way between the medians of same-reason and of
other-reason pairs on the ArgKP and ValueEval dev pairs (about 0 and 0.08 to 0.2)."""


@dataclass(frozen=True)
class PremiseSets:
    """Sentences of two sides; ``documents_*`` names the document of each sentence."""

    a: tuple[str, ...]
    b: tuple[str, ...]
    documents_a: tuple[str, ...]
    documents_b: tuple[str, ...]

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> PremiseSets:
        """From a JSON object ``{a: […], b: […], documents_a?: […], documents_b?: […]}``."""
        sides = []
        for name in ("a", "b"):
            value = row.get(name)
            if not isinstance(value, list) or not all(isinstance(s, str) and s for s in value):
                raise PipelineError(f"{name}: found {value!r}; a list of sentences is needed")
            named = row.get(f"documents_{name}") or [f"{name}{i}" for i in range(len(value))]
            if len(named) != len(value):
                raise PipelineError(
                    f"documents_{name}: {len(named)} names for {len(value)} sentences"
                )
            sides.append((tuple(value), tuple(map(str, named))))
        return cls(sides[0][0], sides[1][0], sides[0][1], sides[1][1])


@dataclass(frozen=True)
class Comparison:
    """What two premise sets allow to say; fields as in :class:`pipeline.records.Divergence`."""

    verdict: Verdict
    divergence: float
    low: float
    high: float
    p_value: float
    needed: int
    layers: tuple[float, ...]


HALF_READ = 0.12
"""The same where the premises were read together too (medians about 0 and 0.14 to 0.35)."""


def to_unit(energy: float, half: float = HALF_AT) -> float:
    """Energy distance as a divergence in (0, 1): logistic, 0.5 at ``half``, 0.12 at none.

    Strictly increasing, also below 0 where the unbiased estimate of no distance scatters.
    """
    return float(1 / (1 + np.exp(-(energy - half) / (half / 2))))


def needed_documents(z: float, documents: int, config: CompareConfig) -> int:
    """Documents a side with which a difference this large would be found four times in five.

    The standardised difference grows with the square root of the number of documents; 2.49 is
    the sum of the normal quantiles for a one-sided level of 5 % and a power of 80 % (Cohen 1988,
    sec. 2.4). Never below :func:`least_documents`.
    """
    least = least_documents(config)
    if z <= 0.1:
        return max(least, 4 * documents)
    return max(least, math.ceil(documents * (2.49 / z) ** 2))


def least_documents(config: CompareConfig) -> int:
    """Documents a side below which nothing is said: ``min_documents``, and so many that the test
    can reach ``alpha``.
    """
    count = config.min_documents
    while least_p(count, count) > config.alpha:
        count += 1
    return count


def compare_sets(
    a: PremiseSet, b: PremiseSet, config: CompareConfig, *, layers: npt.NDArray[np.int64],
    read: Floats | None = None,
) -> Comparison:  # fmt: skip
    """Divergence of two premise sets; ``layers`` numbers the layer of each premise, a first, and
    ``read`` is as in :func:`pipeline.compare.divergence.distances`.

    The verdict is left to :func:`verdict_of`, which sees all pairs and their corrected p-values;
    here it is only "too little evidence" or not.
    """
    n_a, n_b = _count(a), _count(b)
    if min(n_a, n_b) < 2:
        return Comparison(
            Verdict.TOO_LITTLE, 0.0, 0.0, 1.0, 1.0, least_documents(config), (0.0,) * len(LAYERS)
        )
    test = permutation_test(
        a, b, weights=WEIGHTS, permutations=config.permutations, bootstraps=config.bootstraps,
        seed=config.seed, read=read,
    )  # fmt: skip
    half = HALF_AT if read is None else HALF_READ
    enough = min(n_a, n_b) >= least_documents(config)
    return Comparison(
        verdict=Verdict.OVERLAPPING if enough else Verdict.TOO_LITTLE,
        divergence=round(to_unit(test.energy, half), 4),
        low=round(to_unit(test.low, half), 4),
        high=round(to_unit(test.high, half), 4),
        p_value=round(test.p_value, 4),
        needed=needed_documents(test.z, min(n_a, n_b), config),
        layers=layer_shares(a, b, layers, config.match_at),
    )


def verdict_of(comparison: Comparison, p_adjusted: float, config: CompareConfig) -> Verdict:
    """The verdict once p-values are corrected for the number of pairs tested.

    ``divergent`` needs a significant difference that is not small; ``aligned`` needs evidence of
    likeness, an interval below 0.5, because no significant difference is not yet agreement;
    ``overlapping`` is neither: no reliable difference was shown, nor likeness.
    """
    if comparison.verdict == Verdict.TOO_LITTLE:
        return Verdict.TOO_LITTLE
    if p_adjusted <= config.alpha and comparison.divergence >= ALIKE_BELOW:
        return Verdict.DIVERGENT
    if comparison.divergence < ALIKE_BELOW and comparison.high < 0.5:
        return Verdict.ALIGNED
    return Verdict.OVERLAPPING


ALIKE_BELOW = 0.25
"""Divergence below which two sets are alike; half way from none (0.12) to :data:`HALF_AT`'s 0.5 on
the scale of the energy."""


def least_p(n_a: int, n_b: int) -> float:
    """The least p-value that relabelling so many documents a side can give: where the sides are
    of one size, turning them round changes nothing.
    """
    return (2 if n_a == n_b else 1) / math.comb(n_a + n_b, n_a)


def adjust(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for how many pairs were tested, in the order given: at a level of 5 % one
    in twenty of those called different is not (Benjamini & Hochberg 1995).
    """
    if not p_values:
        return []
    return [round(float(p), 4) for p in false_discovery_control(p_values, method="bh")]


def layer_shares(
    a: PremiseSet, b: PremiseSet, layers: npt.NDArray[np.int64], match_at: float
) -> tuple[float, ...]:
    """Share of each layer in the premises that find no counterpart on the other side, which is a
    cosine of ``match_at``; a document counts as one, however many such premises it has. All 0 where
    every premise finds one.
    """
    cosine = a.vectors @ b.vectors.T
    alone = np.concatenate([cosine.max(1), cosine.max(0)]) < match_at
    documents = np.concatenate([a.documents, b.documents + _count(a)])[alone]
    weight = 1 / np.bincount(documents, minlength=1)[documents]
    sums = np.bincount(layers[alone], weights=weight, minlength=len(LAYERS))
    total = float(sums.sum()) or 1.0
    return tuple(round(float(s) / total, 4) for s in sums)


def _count(side: PremiseSet) -> int:
    return int(side.documents.max()) + 1 if len(side.documents) else 0


def numbered(documents: Sequence[str]) -> npt.NDArray[np.int64]:
    """Document names as numbers from 0, in order of first appearance."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in documents], dtype=np.int64)


def logit(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Log-odds, with probabilities kept off 0 and 1."""
    clipped = np.clip(probability, 1e-3, 1 - 1e-3)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float32)


class SetReader:
    """Sentences read alone -> vectors, value logits, layers."""

    def __init__(self, config: Config):
        settings = config.classify
        self.encoder = Encoder(
            config.compare.model, task="claims", threads=settings.threads,
            device=settings.device, precision=settings.precision,
            batch_tokens=settings.batch_tokens,
        )  # fmt: skip
        self.encoder.require("layer", "value", "reason")

    def __call__(
        self, texts: Sequence[str]
    ) -> tuple[Vectors, npt.NDArray[np.float32], npt.NDArray[np.int64]]:
        states = self.encoder.states([Passage(text) for text in texts])
        values = torch.sigmoid(self.encoder.head("value", states)).numpy()
        layers = self.encoder.head("layer", states).argmax(-1).numpy()
        return self.encoder.reasons(states), logit(values), layers


_READERS: dict[Config, SetReader] = {}


def reader_of(config: Config) -> SetReader:
    """The reader for these settings, loaded once a process."""
    if config not in _READERS:
        _READERS[config] = SetReader(config)
    return _READERS[config]


def diverge_sets(sets: Sequence[PremiseSets], config: Config) -> list[dict[str, Any]]:
    """Divergence of each two sets, tested alone (no correction), for JSON lines.

    Each two premises of a pair of sets are read together, which a map, with its many premises,
    leaves to their vectors.
    """
    texts = list(dict.fromkeys(s for pair in sets for s in (*pair.a, *pair.b)))
    place = {text: number for number, text in enumerate(texts)}
    vectors, values, layers = reader_of(config)(texts)
    other = _other_reason(sets, place, PairModel.from_config(config))
    lines = []
    for pair in sets:
        rows_a, rows_b = [place[s] for s in pair.a], [place[s] for s in pair.b]
        a = PremiseSet(vectors[rows_a], values[rows_a], numbered(pair.documents_a))
        b = PremiseSet(vectors[rows_b], values[rows_b], numbered(pair.documents_b))
        rows = [*rows_a, *rows_b]
        read = np.array([[other.get((min(i, j), max(i, j)), 0.0) for j in rows] for i in rows])
        found = compare_sets(a, b, config.compare, layers=layers[rows], read=read)
        lines.append(
            {
                "divergence": found.divergence,
                "interval": [found.low, found.high],
                "p_value": found.p_value,
                "verdict": verdict_of(found, found.p_value, config.compare).value,
                "needed": found.needed,
                "layers": {str(n): s for n, s in zip(LAYERS, found.layers, strict=True)},
            }
        )
    return lines


def _other_reason(
    sets: Sequence[PremiseSets], place: dict[str, int], pairs: PairModel
) -> dict[tuple[int, int], float]:
    """Probability that two sentences give other reasons, for each two of a pair of sets."""
    texts = list(place)
    wanted = sorted(
        {couple for pair in sets
         for couple in combinations(sorted({place[s] for s in (*pair.a, *pair.b)}), 2)}
    )  # fmt: skip
    same = pairs.same_reason([(texts[i], texts[j]) for i, j in wanted])
    return {couple: 1 - float(p) for couple, p in zip(wanted, same, strict=True)}
