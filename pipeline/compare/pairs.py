"""Two texts read together (cross-encoding): which side one takes towards the other, and whether
both give the same reason.
"""

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


class PairModel:
    """Pairs of texts to the side that one takes towards the other, and to "same reason"."""

    def __init__(self, encoder: Encoder):
        self.encoder = encoder

    @classmethod
    def from_config(cls, config: Config) -> PairModel:
        """The pair model named in the settings."""
        settings = config.classify
        return cls(
            Encoder(
                config.compare.pair_model, task="pairs", threads=settings.threads,
                device=settings.device, precision=settings.precision,
                batch_tokens=settings.batch_tokens,
            )
        )  # fmt: skip

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """Probabilities ``(n, 3)`` of supports, opposes, neither for ``(text, target)`` pairs.

        Equal pairs are read once.
        """
        logits = self._read("stance", pairs)
        if self.encoder.info.bias:
            logits = logits + torch.tensor(self.encoder.info.bias)
        found = torch.softmax(logits / self.encoder.info.temperature, -1).numpy()
        return np.asarray(found, dtype=np.float32)

    def same_reason(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """Probability ``(n,)`` that both sentences of a pair give the same reason.

        Each pair is read in both orders and the outputs are averaged, so the order of its
        sentences does not matter.
        """
        logits = self._read("same", [*pairs, *((b, a) for a, b in pairs)])[:, 0]
        both = (logits[: len(pairs)] + logits[len(pairs) :]) / 2
        return np.asarray(torch.sigmoid(both).numpy(), dtype=np.float32)

    def _read(self, head: str, pairs: Sequence[tuple[str, str]]) -> torch.Tensor:
        distinct = list(dict.fromkeys(pairs))
        place = {pair: number for number, pair in enumerate(distinct)}
        passages = [p for text, target in distinct for p in stance_passages(text, target)]
        outputs = self.encoder.head(head, pair_features(self.encoder.states(passages)))
        return outputs[[place[pair] for pair in pairs]]

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
