"""Classify stage: claims -> tagged claims (layer, facet, human values, sentence vector)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from pipeline.cache import Cache, key
from pipeline.config import ClassifyConfig
from pipeline.embed import Encoder, Passage, Vectors
from pipeline.models import FACET_NAMES, VALUES
from pipeline.precision import REVISION, machine
from pipeline.records import FACETS, LAYERS, Claim, TaggedClaim

DECIMALS = 4
"""Probabilities are kept to this many decimals; less is noise of the arithmetic."""


@dataclass(frozen=True)
class Tags:
    """Outputs for ``n`` passages: calibrated layer probabilities ``(n, 4)``, facet probabilities
    ``(n, facets)``, value probabilities ``(n, 20)``, unit reason vectors ``(n, d)``.
    """

    layers: npt.NDArray[np.float32]
    facets: npt.NDArray[np.float32]
    values: npt.NDArray[np.float32]
    vectors: Vectors


class Classify:
    """list[Claim] -> list[TaggedClaim], with the model named in the settings.

    Args:
        config: section ``[classify]``.
        cache: folder in which what the model says of a sentence is kept across runs.
        cache_megabytes: size from which nothing more is kept.
    """

    takes, gives = Claim, TaggedClaim

    def __init__(
        self, config: ClassifyConfig, *, cache: Path | None = None, cache_megabytes: int = 0
    ) -> None:
        self.config = config
        self.encoder = Encoder(
            config.model, task="claims", threads=config.threads, device=config.device,
            precision=config.precision, batch_tokens=config.batch_tokens,
        )  # fmt: skip
        self.encoder.require("layer", "facet", "value", "reason")
        self.info = self.encoder.info
        self.cache: Cache | None = None
        # Only where a sentence's bits do not depend on its batch may one run use another's.
        if cache is not None and cache_megabytes and self.encoder.packed is not None:
            name = f"{self.info.hash}-{self.encoder.precision}-{REVISION}-{machine()}"
            self.cache = Cache(cache / f"{name}.sqlite", cache_megabytes)

    def tag(self, passages: Sequence[Passage]) -> Tags:
        """Everything the model says of sentences in their passages, in one encoder pass."""
        states = self.encoder.states(passages)
        return tags_of(self.encoder, states)

    def __call__(self, claims: list[Claim]) -> list[TaggedClaim]:
        if not claims:
            return []
        tags = self._known([Passage(c.text, c.before, c.after) for c in claims])
        vectors = tags.vectors.astype("<f2")
        return [
            TaggedClaim(
                claim=claim,
                layer=LAYERS[int(tags.layers[row].argmax())],
                facet=best_facet(tags, row),
                probabilities=named(LAYERS, tags.layers[row]),
                values=named(VALUES, tags.values[row]),
                model=self.encoder.name,
                vector=vectors[row].tobytes(),
            )
            for row, claim in enumerate(claims)
        ]

    def _known(self, passages: Sequence[Passage]) -> Tags:
        """Like :meth:`tag`, each distinct sentence once, what the cache holds not at all."""
        keys = [key(p.text, p.before, p.after) for p in passages]
        distinct = dict(zip(keys, passages, strict=True))
        known = self.cache.get(distinct) if self.cache else {}
        missing = [name for name in distinct if name not in known]
        if missing:
            fresh = dict(
                zip(missing, _rows(self.tag([distinct[name] for name in missing])), strict=True)
            )
            if self.cache:
                self.cache.put(fresh)
            known |= fresh
        return _tags([known[name] for name in keys])


WIDTHS = {"layers": len(LAYERS), "facets": len(FACET_NAMES), "values": len(VALUES)}
"""Numbers that :class:`Tags` holds of a passage beside its vector."""


def _rows(tags: Tags) -> list[bytes]:
    """One passage's outputs after the other, as float32; their vectors last."""
    columns = [getattr(tags, item.name) for item in fields(Tags)]
    joined = np.concatenate(columns, axis=1).astype("<f4")
    return [row.tobytes() for row in joined]


def _tags(rows: Sequence[bytes]) -> Tags:
    joined = np.frombuffer(b"".join(rows), dtype="<f4").reshape(len(rows), -1)
    parts = np.split(joined, np.cumsum(list(WIDTHS.values())), axis=1)
    return Tags(*parts)


def tags_of(encoder: Encoder, states: torch.Tensor) -> Tags:
    """Head outputs as calibrated probabilities."""
    info = encoder.info
    logits = encoder.head("layer", states)
    if info.bias:
        logits = logits + torch.tensor(info.bias)
    return Tags(
        layers=torch.softmax(logits / info.temperature, -1).numpy(),
        facets=torch.softmax(encoder.head("facet", states), -1).numpy(),
        values=torch.sigmoid(encoder.head("value", states)).numpy(),
        vectors=encoder.reasons(states),
    )


def best_facet(tags: Tags, row: int) -> str:
    """The likeliest facet among those of the likeliest layer; empty for ``none``."""
    allowed = FACETS[LAYERS[int(tags.layers[row].argmax())]]
    if not allowed:
        return ""
    return max(allowed, key=lambda facet: float(tags.facets[row, FACET_NAMES.index(facet)]))


def named(names: Sequence[str], probabilities: npt.NDArray[np.float32]) -> dict[str, float]:
    """Names with rounded probabilities."""
    return {
        str(name): round(float(p), DECIMALS) for name, p in zip(names, probabilities, strict=True)
    }
