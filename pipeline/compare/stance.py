"""Stance: which side a text takes towards a target, read together (cross-encoding)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pipeline.config import Config
from pipeline.embed import Encoder, pair_features, stance_passages
from pipeline.records import Stance

STANCES: tuple[Stance, ...] = tuple(Stance)
SUPPORTS, OPPOSES, NEITHER = range(3)


class StanceModel:
    """Pairs (text, target) to probabilities of supports, opposes, neither."""

    def __init__(self, encoder: Encoder):
        self.encoder = encoder

    @classmethod
    def from_config(cls, config: Config) -> StanceModel:
        """The stance model named in the settings."""
        settings = config.classify
        return cls(
            Encoder(
                config.compare.stance_model, task="stance", threads=settings.threads,
                device=settings.device, precision=settings.precision,
                batch_tokens=settings.batch_tokens,
            )
        )  # fmt: skip

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """Probabilities ``(n, 3)`` of supports, opposes, neither for ``(text, target)`` pairs.

        Equal pairs are read once.
        """
        if not pairs:
            return np.zeros((0, 3), dtype=np.float32)
        distinct = list(dict.fromkeys(pairs))
        place = {pair: number for number, pair in enumerate(distinct)}
        passages = [p for text, target in distinct for p in stance_passages(text, target)]
        logits = self.encoder.head("stance", pair_features(self.encoder.states(passages)))
        if self.encoder.info.bias:
            logits = logits + torch.tensor(self.encoder.info.bias)
        found = torch.softmax(logits / self.encoder.info.temperature, -1).numpy()
        return np.asarray(found[[place[pair] for pair in pairs]], dtype=np.float32)

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """``stance`` and ``probabilities`` of each pair, for JSON lines."""
        return [
            {
                "stance": STANCES[int(row.argmax())].value,
                "probabilities": {
                    s.value: round(float(p), 4) for s, p in zip(STANCES, row, strict=True)
                },
            }
            for row in self.probabilities(pairs)
        ]
