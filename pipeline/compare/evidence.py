"""Tagged claims as columns: what every corpus function of this package reads.

A partner's evidence are the claims it makes in its own voice or quotes from an ally; what an
opponent says in its documents is not its belief. A document signed by several partners is
evidence for each of them, and copies of one letter are one document (their common ``origin``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.embed import Passage, TextEncoder, Vectors
from pipeline.models import VALUES
from pipeline.records import LAYERS, Document, Layer, TaggedClaim, Voice

OWN_VOICES = (Voice.PARTNER, Voice.ALLY)


@dataclass(frozen=True)
class Evidence:
    """Claims of all partners, by document and offset: the order of the input does not matter.

    ``vectors`` is ``(n, d)`` with unit rows, ``values`` ``(n, 20)`` probabilities, ``origin`` the
    independent document of each claim, ``holders`` the partners who hold it (none for claims in
    an opponent's voice).
    """

    claims: tuple[TaggedClaim, ...]
    vectors: Vectors
    values: npt.NDArray[np.float32]
    origin: tuple[str, ...]
    holders: tuple[tuple[str, ...], ...]
    partners: tuple[str, ...]

    @cached_property
    def row(self) -> dict[str, int]:
        """Row of each claim id."""
        return {tagged.claim.id: number for number, tagged in enumerate(self.claims)}

    @cached_property
    def by_partner(self) -> dict[str, npt.NDArray[np.int64]]:
        """Rows of the claims that each partner holds."""
        rows: dict[str, list[int]] = {partner: [] for partner in self.partners}
        for number, holders in enumerate(self.holders):
            for partner in holders:
                rows[partner].append(number)
        return {partner: np.array(found, dtype=np.int64) for partner, found in rows.items()}

    @cached_property
    def signed(self) -> dict[str, set[str]]:
        """Partners who signed or copied each independent document."""
        signed: dict[str, set[str]] = {}
        for origin, holders in zip(self.origin, self.holders, strict=True):
            signed.setdefault(origin, set()).update(holders)
        return signed

    def id(self, row: int) -> str:
        """Id of the claim in a row."""
        return self.claims[row].claim.id

    def document(self, row: int) -> str:
        """Id of the document that the claim in a row stands in."""
        return self.claims[row].claim.document

    def of(self, partner: str, layers: Sequence[Layer]) -> npt.NDArray[np.int64]:
        """Rows of a partner's claims on the given layers."""
        rows = self.by_partner[partner]
        return rows[np.isin(self.layer[rows], [LAYERS.index(layer) for layer in layers])]

    @cached_property
    def layer(self) -> npt.NDArray[np.int64]:
        """Number of each claim's layer."""
        return np.array([LAYERS.index(t.layer) for t in self.claims], dtype=np.int64)

    def documents(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> int:
        """Number of independent documents behind claims."""
        return len({self.origin[int(row)] for row in rows})


def gather(
    tagged: Sequence[TaggedClaim], documents: Sequence[Document], encoder: TextEncoder
) -> Evidence:
    """Evidence from tagged claims and the documents they stand in.

    Claims without a stored vector, or with one of another model, are read in their passage.
    Documents that are not given count as
    independent and as published by the claim's partner alone.
    """
    known = {document.id: document for document in documents}
    ordered = sorted(tagged, key=lambda t: (t.claim.document, t.claim.start, t.claim.id))
    own = encoder.name
    missing = [number for number, t in enumerate(ordered) if not t.vector or t.model != own]
    read = [ordered[number].claim for number in missing]
    embedded = encoder.embed([Passage(c.text, c.before, c.after) for c in read])
    fresh = dict(zip(missing, embedded, strict=True))
    vectors = [
        fresh[number] if number in fresh else np.frombuffer(t.vector, dtype="<f2")
        for number, t in enumerate(ordered)
    ]
    matrix = np.asarray(vectors, dtype=np.float32).reshape(len(ordered), embedded.shape[1])
    if ordered:
        matrix /= np.linalg.norm(matrix, axis=1, keepdims=True).clip(min=1e-6)
    holders: list[tuple[str, ...]] = []
    origin: list[str] = []
    for t in ordered:
        document = known.get(t.claim.document)
        signed = document.partners if document else (t.claim.partner,)
        holders.append(signed if t.claim.voice in OWN_VOICES else ())
        origin.append(document.origin if document else t.claim.document)
    partners = {p for d in documents for p in d.partners} | {t.claim.partner for t in ordered}
    return Evidence(
        claims=tuple(ordered),
        vectors=matrix,
        values=np.array([[t.values.get(v, 0.0) for v in VALUES] for t in ordered], np.float32),
        origin=tuple(origin),
        holders=tuple(holders),
        partners=tuple(sorted(partners)),
    )
