"""Classify stage: claims -> tagged claims (layer, facet, human values, sentence vector)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from pipeline.config import ClassifyConfig
from pipeline.embed import Encoder, Passage, Vectors
from pipeline.models import FACET_NAMES, VALUES, load_info
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
    """list[Claim] -> list[TaggedClaim], with the model named in the settings."""

    takes, gives = Claim, TaggedClaim

    def __init__(self, config: ClassifyConfig):
        self.config = config
        self.encoder = Encoder(
            config.model, task="claims", threads=config.threads, device=config.device,
            precision=config.precision, batch_tokens=config.batch_tokens,
        )  # fmt: skip
        self.info = self.encoder.info

    @staticmethod
    def fingerprint(config: ClassifyConfig) -> str:
        """Identity of the outputs: changes with the model and its precision."""
        _, info = load_info(config.model, task="claims")
        return f"{info.hash}-{config.precision}"

    def tag(self, passages: Sequence[Passage]) -> Tags:
        """Everything the model says of sentences in their passages, in one encoder pass."""
        states = self.encoder.states(passages)
        return tags_of(self.encoder, states)

    def __call__(self, claims: list[Claim]) -> list[TaggedClaim]:
        if not claims:
            return []
        tags = self.tag([Passage(c.text, c.before, c.after) for c in claims])
        vectors = tags.vectors.astype("<f2")
        return [
            TaggedClaim(
                claim=claim,
                layer=LAYERS[int(tags.layers[row].argmax())],
                facet=best_facet(tags, row),
                probabilities=named(LAYERS, tags.layers[row]),
                values=named(VALUES, tags.values[row]),
                model=f"{self.info.name}@{self.info.hash}",
                vector=vectors[row].tobytes(),
            )
            for row, claim in enumerate(claims)
        ]


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
