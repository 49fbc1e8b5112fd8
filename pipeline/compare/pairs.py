"""Two texts read together (cross-encoding): which side one takes towards the other, whether both
give the same reason, and whether both state one position.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pipeline.config import Config
from pipeline.embed import Encoder, Passage, Vectors, pair_features, stance_passages
from pipeline.records import Stance

STANCES: tuple[Stance, ...] = tuple(Stance)
SUPPORTS, OPPOSES, NEITHER = range(3)

SURE_TOPIC = 0.82
"""Cosine of topic vectors from which two claims surely speak to one question."""

AGREEMENT = (-7.0, 0.45, 0.0, 9.0)
"""Weights of :func:`agreement_features` for a model that was not calibrated for them."""


@dataclass(frozen=True)
class BothWays:
    """Readings of ``n`` pairs: sides ``(n, 3)`` of the first towards the second and of the second
    towards the first, and the probability ``(n,)`` that both state one position.
    """

    forward: npt.NDArray[np.float32]
    backward: npt.NDArray[np.float32]
    position: npt.NDArray[np.float32]

    def mutual(self, side: int) -> npt.NDArray[np.float32]:
        """Geometric mean ``(n,)`` of the probabilities of a side in both readings."""
        return np.asarray(np.sqrt(self.forward[:, side] * self.backward[:, side]), np.float32)


def agreement_features(read: BothWays, cosine: Vectors) -> npt.NDArray[np.float64]:
    """What tells that two texts state one position, ``(n, 4)``: one, the log odds of "same
    position" and of mutual support, and the cosine ``(n,)`` of their topic vectors. Beyond
    ``SURE_TOPIC`` nearness says nothing more: the nearest of all are contraries in the same words.
    """
    return np.stack(
        [
            np.ones(len(cosine)), _log_odds(read.position), _log_odds(read.mutual(SUPPORTS)),
            np.minimum(cosine, SURE_TOPIC),
        ],
        axis=1,
    )  # fmt: skip


def ground_features(side: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """What tells that one text is a reason for another, ``(n, 2)``: one, and the log odds of the
    probability ``(n,)`` that it takes that side.
    """
    return np.stack([np.ones(len(side)), _log_odds(side)], axis=1)


def _log_odds(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    sure = np.clip(probability.astype(np.float64), 1e-4, 1 - 1e-4)
    return np.asarray(np.log(sure / (1 - sure)))


class PairModel:
    """Pairs of texts to the side one takes towards the other, "same reason" and "same position"."""

    def __init__(self, encoder: Encoder):
        encoder.require("stance", "same", "position", "topic")
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
        return self._sides(self._features(pairs))

    def both_ways(self, pairs: Sequence[tuple[str, str]]) -> BothWays:
        """Each pair read as it stands and turned round."""
        features = self._features([*pairs, *((b, a) for a, b in pairs)])
        sides = self._sides(features)
        return BothWays(sides[: len(pairs)], sides[len(pairs) :], self._alike("position", features))

    def agreement(self, read: BothWays, cosine: Vectors) -> npt.NDArray[np.float64]:
        """Probability ``(n,)`` that the texts of each pair state one position.

        Args:
            read: the pairs, read both ways.
            cosine: ``(n,)`` cosines of their topic vectors.

        A logistic regression on what the readings say, fitted where the model is calibrated
        (``axiomap train --calibrate``), because each of them misses what another sees.
        """
        weights = np.array(self.encoder.info.agreement or AGREEMENT)
        return np.asarray(1 / (1 + np.exp(-agreement_features(read, cosine) @ weights)))

    def grounds(self, pairs: Sequence[tuple[str, str]], side: int) -> npt.NDArray[np.float64]:
        """Log odds ``(n,)`` that the first text of each pair is a reason for (``SUPPORTS``) or
        against (``OPPOSES``) the second, as far as reading them together tells.
        """
        weights = np.array(self.encoder.info.grounds or (0.0, 1.0))
        return np.asarray(ground_features(self.probabilities(pairs)[:, side]) @ weights)

    def same_reason(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.float32]:
        """Probability ``(n,)`` that both sentences of a pair give the same reason.

        Each pair is read in both orders and the outputs are averaged, so the order of its
        sentences does not matter.
        """
        return self._alike("same", self._features([*pairs, *((b, a) for a, b in pairs)]))

    def topics(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors ``(n, d)`` in which sentences on one question lie close, on either side."""
        states = self.encoder.states([Passage(text) for text in texts])
        return torch.nn.functional.normalize(self.encoder.head("topic", states), dim=-1).numpy()

    def _features(self, pairs: Sequence[tuple[str, str]]) -> torch.Tensor:
        distinct = list(dict.fromkeys(pairs))
        place = {pair: number for number, pair in enumerate(distinct)}
        passages = [p for text, target in distinct for p in stance_passages(text, target)]
        return pair_features(self.encoder.states(passages))[[place[pair] for pair in pairs]]

    def _sides(self, features: torch.Tensor) -> npt.NDArray[np.float32]:
        logits = self.encoder.head("stance", features)
        if self.encoder.info.bias:
            logits = logits + torch.tensor(self.encoder.info.bias)
        found = torch.softmax(logits / self.encoder.info.temperature, -1).numpy()
        return np.asarray(found, dtype=np.float32)

    def _alike(self, head: str, features: torch.Tensor) -> npt.NDArray[np.float32]:
        """Probabilities of pairs from features of both orders, their outputs averaged."""
        logits = self.encoder.head(head, features)[:, 0]
        count = len(logits) // 2
        both = (logits[:count] + logits[count:]) / 2
        return np.asarray(torch.sigmoid(both).numpy(), dtype=np.float32)

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """``stance``, ``probabilities`` and ``same_position`` of each pair, for JSON lines."""
        read = self.both_ways(pairs)
        return [
            {
                "stance": STANCES[int(row.argmax())].value,
                "probabilities": {
                    s.value: round(float(p), 4) for s, p in zip(STANCES, row, strict=True)
                },
                "same_position": round(float(same), 4),
            }
            for row, same in zip(read.forward, read.position, strict=True)
        ]
