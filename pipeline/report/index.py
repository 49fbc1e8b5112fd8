"""An axiom map with its look-ups: what every part of the report asks for by id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from pipeline.records import (
    AxiomMap,
    Conclusion,
    Divergence,
    Document,
    Layer,
    Position,
    Premise,
    Standing,
    TaggedClaim,
    Verdict,
    Voice,
)  # fmt: skip

ALPHA = 0.05  # level from which grounds on opposite sides count as different, as compare's default


def is_told(d: Divergence) -> bool:
    """True when both partners had enough documents for their grounds to be compared.

    "Opposed" says that two partners take opposite sides, whatever the evidence on their grounds;
    ``needed`` is above 0 where that evidence is too little.
    """
    return d.verdict is not Verdict.TOO_LITTLE and not (
        d.verdict is Verdict.OPPOSED and d.needed > 0
    )


def differs(d: Divergence) -> bool:
    """True when the grounds of two partners differ more than chance explains."""
    opposed = d.verdict is Verdict.OPPOSED and is_told(d) and d.p_adjusted <= ALPHA
    return d.verdict is Verdict.DIVERGENT or opposed


def agrees(d: Divergence) -> bool:
    """True when grounds were compared and no reliable difference was found on one side."""
    return d.verdict in (Verdict.ALIGNED, Verdict.OVERLAPPING)


class Index:
    """Look-ups over one axiom map; built once, read only.

    Ids that lead nowhere (a record taken out for an audience) are skipped by :meth:`claims_of`.
    """

    def __init__(self, axiom_map: AxiomMap):
        self.map = axiom_map

    @cached_property
    def documents(self) -> dict[str, Document]:
        """Documents by id."""
        return {document.id: document for document in self.map.documents}

    @cached_property
    def claims(self) -> dict[str, TaggedClaim]:
        """Tagged claims by claim id."""
        return {tagged.claim.id: tagged for tagged in self.map.claims}

    @cached_property
    def conclusions(self) -> dict[str, Conclusion]:
        """Conclusions by id."""
        return {conclusion.id: conclusion for conclusion in self.map.conclusions}

    @cached_property
    def positions(self) -> dict[tuple[str, str], Position]:
        """Positions by conclusion id and partner."""
        return {(item.conclusion, item.partner): item for item in self.map.positions}

    @cached_property
    def premises(self) -> dict[tuple[str, str], list[Premise]]:
        """Premises by conclusion id and partner, the surest first."""
        found: dict[tuple[str, str], list[Premise]] = defaultdict(list)
        for premise in self.map.premises:
            found[premise.conclusion, premise.partner].append(premise)
        for premises in found.values():
            premises.sort(key=lambda item: (-item.support, -item.documents, item.claim_id))
        return found

    @cached_property
    def divergences(self) -> dict[str, list[Divergence]]:
        """Divergences by conclusion id."""
        found: dict[str, list[Divergence]] = defaultdict(list)
        for divergence in self.map.divergences:
            found[divergence.conclusion].append(divergence)
        return found

    @cached_property
    def claims_by_document(self) -> dict[str, list[TaggedClaim]]:
        """Tagged claims by document id, in reading order."""
        found: dict[str, list[TaggedClaim]] = defaultdict(list)
        for tagged in self.map.claims:
            found[tagged.claim.document].append(tagged)
        for items in found.values():
            items.sort(key=lambda item: (item.claim.start, item.claim.end))
        return found

    def standing(self, conclusion: str, partner: str) -> Standing | None:
        """How a partner stands to a conclusion; None where this audience is not told."""
        position = self.positions.get((conclusion, partner))
        return position.standing if position else None

    def partners_who(self, standing: Standing, conclusion: str) -> list[str]:
        """Partners with this standing to a conclusion, in the map's order."""
        return [p for p in self.map.partners if self.standing(conclusion, p) is standing]

    def contested(self, conclusion: str) -> bool:
        """True when one partner asserts and another rejects."""
        return bool(
            self.partners_who(Standing.ASSERTS, conclusion)
            and self.partners_who(Standing.REJECTS, conclusion)
        )

    def shared(self, conclusion: str) -> bool:
        """True when two or more partners assert it."""
        return len(self.partners_who(Standing.ASSERTS, conclusion)) > 1

    def claims_of(self, ids: Iterable[str]) -> list[TaggedClaim]:
        """Tagged claims by id, in the order given."""
        return [self.claims[i] for i in ids if i in self.claims]

    def own_claims(self, partner: str) -> list[TaggedClaim]:
        """Beliefs a partner states in its own voice (no claims of layer ``none``)."""
        return [
            t for t in self.map.claims
            if t.claim.partner == partner
            and t.claim.voice is Voice.PARTNER
            and t.layer is not Layer.NONE
        ]  # fmt: skip

    def documents_of(self, partner: str) -> list[Document]:
        """Documents that a partner signed, by date."""
        found = [d for d in self.map.documents if partner in d.partners]
        return sorted(found, key=lambda item: (item.date, item.title, item.id))

    def place(self, claim_id: str) -> str:
        """Where a claim stands: ``title, date``, and whether it was read off a picture.

        Empty if this audience may not know.
        """
        tagged = self.claims.get(claim_id)
        document = self.documents.get(tagged.claim.document) if tagged else None
        if document is None:
            return ""
        read = "read by text recognition" if document.ocr else ""
        return ", ".join(
            part for part in (document.title or document.source, document.date, read) if part
        )
