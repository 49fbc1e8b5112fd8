"""Claims made by hand and a pair model that anybody can foresee, for the tests of comparing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from conftest import tag

from pipeline.compare.pairs import BothWays
from pipeline.config import Config
from pipeline.records import Claim, Document, Layer, TaggedClaim, Voice

CONFIG = replace(
    Config(),
    compare=replace(
        Config().compare,
        permutations=199,
        bootstraps=50,
        near_at=0.2,
        merge_at=0.5,
        min_documents=2,
    ),
)


class WordPairs:
    """A pair model that anybody can foresee: texts with a common noun take a side on each other,
    the contrary side where one of them, and not the other, says no.
    """

    NOUNS = ("agreement", "mine", "river", "school")

    def __init__(self) -> None:
        self.read = 0

    def probabilities(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        """Probabilities ``(n, 3)``."""
        self.read += len(pairs)
        rows = []
        for text, target in pairs:
            common = any(noun in text.lower() and noun in target.lower() for noun in self.NOUNS)
            contrary = self._no(text) != self._no(target)
            rows.append([0.02, 0.02, 0.96] if not common else
                        [0.02, 0.96, 0.02] if contrary else [0.96, 0.02, 0.02])  # fmt: skip
        return np.array(rows, dtype=np.float32).reshape(-1, 3)

    def both_ways(self, pairs: Sequence[tuple[str, str]]) -> BothWays:
        """Both readings."""
        there = self.probabilities(pairs)
        return BothWays(there, self.probabilities([(b, a) for a, b in pairs]), there[:, 0])

    def agreement(self, read: BothWays, cosine: np.ndarray) -> np.ndarray:
        """Agreement ``(n,)``: that both state one position."""
        return read.position

    def grounds(self, pairs: Sequence[tuple[str, str]], side: int) -> np.ndarray:
        """Log odds ``(n,)`` that the first text of each pair is a reason for the second."""
        probability = self.probabilities(pairs)[:, side]
        return np.log(probability / (1 - probability))

    def topics(self, texts: Sequence[str]) -> np.ndarray:
        """Unit vectors ``(n, d)``: texts with the first noun in common have one, others another."""
        wide = 64
        first = [next((n for n in self.NOUNS if n in t.lower()), "") for t in texts]
        place = [
            self.NOUNS.index(noun) if noun else len(self.NOUNS) + sum(t.encode()) % 50
            for noun, t in zip(first, texts, strict=True)
        ]
        return np.eye(wide, dtype=np.float32)[place]

    @staticmethod
    def _no(text: str) -> bool:
        return any(word in text.lower() for word in ("reject", "stop", "no ", "never"))


def make(
    partner: str, text: str, layer: Layer = Layer.POLICY_CORE, facet: str = "position",
    *, document: str = "", voice: Voice = Voice.PARTNER,
) -> tuple[Document, TaggedClaim]:  # fmt: skip
    """A document of one sentence and its claim."""
    whole = Document.of(text + " " * len(document), partner=partner, source=f"{partner}/{document}")
    claim = replace(Claim.at(whole, 0, len(text)), voice=voice)
    return whole, tag(claim, layer, facet)
