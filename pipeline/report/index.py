"""An axiom map with its look-ups: what every part of the report asks for by id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

import msgspec

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

ALPHA = 0.05  # level of a map whose settings name none: compare's default
INFERRED = "belief"  # link of a premise that is stated elsewhere and only taken for a reason
SIDES = (Standing.ASSERTS, Standing.REJECTS)
SPEAKS = (*SIDES, Standing.MIXED)


def is_told(d: Divergence) -> bool:
    """True when both partners had enough documents for their grounds to be compared.

    "Opposed" says that two partners take opposite sides, whatever the evidence on their grounds;
    ``needed`` is above 0 where that evidence is too little.
    """
    return d.verdict is not Verdict.TOO_LITTLE and not (
        d.verdict is Verdict.OPPOSED and d.needed > 0
    )


def agrees(d: Divergence) -> bool:
    """True when likeness of grounds was shown; that no difference was shown is not likeness."""
    return d.verdict is Verdict.ALIGNED


def side_ids(position: Position) -> tuple[str, ...]:
    """Claims that show the side a partner takes: both sides where it says both."""
    return {
        Standing.ASSERTS: position.claim_ids,
        Standing.REJECTS: position.contrary_ids,
        Standing.MIXED: (*position.claim_ids, *position.contrary_ids),
        Standing.SILENT: (),
    }[position.standing]


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
    def _between(self) -> dict[frozenset[str], list[Divergence]]:
        found: dict[frozenset[str], list[Divergence]] = defaultdict(list)
        for divergence in self.map.divergences:
            found[frozenset((divergence.a, divergence.b))].append(divergence)
        return found

    def between(self, a: str, b: str) -> list[Divergence]:
        """Comparisons of two partners, in the map's order."""
        return self._between.get(frozenset((a, b)), [])

    @cached_property
    def alpha(self) -> float:
        """Level that the map's p-values were held to."""
        try:
            return msgspec.json.decode(self.map.method.settings["compare.alpha"], type=float)
        except (KeyError, msgspec.DecodeError):
            return ALPHA

    def differs(self, d: Divergence) -> bool:
        """True when the grounds of two partners differ more than chance explains."""
        opposed = d.verdict is Verdict.OPPOSED and is_told(d) and d.p_adjusted <= self.alpha
        return d.verdict is Verdict.DIVERGENT or opposed

    def deep(self, d: Divergence) -> bool:
        """True when grounds differ and most of the difference lies in the deep core."""
        return self.differs(d) and d.layers.get(Layer.DEEP_CORE, 0.0) > 0.5

    def inferred(self, d: Divergence) -> float:
        """Share of the premises of both partners that they do not state as reasons."""
        links = [p.link for who in (d.a, d.b) for p in self.premises.get((d.conclusion, who), [])]
        return sum(link == INFERRED for link in links) / len(links) if links else 0.0

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
        """How a partner stands to a conclusion; None where this audience is not told.

        None too for a partner that was not read: it is not silent.
        """
        position = self.positions.get((conclusion, partner))
        if position is None or (position.standing is Standing.SILENT and partner in self.unread):
            return None
        return position.standing

    def partners_who(self, standing: Standing, conclusion: str) -> list[str]:
        """Partners with this standing to a conclusion, in the map's order."""
        return [p for p in self.map.partners if self.standing(conclusion, p) is standing]

    @cached_property
    def unread(self) -> frozenset[str]:
        """Partners whose documents are all in languages that are not read."""
        try:
            settings = self.map.method.settings["ingest.languages"]
            languages = msgspec.json.decode(settings, type=tuple[str, ...])
        except (KeyError, msgspec.DecodeError):
            languages = ("en",)
        return frozenset(
            partner
            for partner, documents in self._documents_by_partner.items()
            if languages
            and documents
            and not any(d.language.partition("-")[0] in languages for d in documents)
            and not any(self.claims_by_document.get(d.id) for d in documents)
        )

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

    @cached_property
    def _own_claims(self) -> dict[str, list[TaggedClaim]]:
        found: dict[str, list[TaggedClaim]] = defaultdict(list)
        for t in self.map.claims:
            if t.claim.voice is Voice.PARTNER and t.layer is not Layer.NONE:
                document = self.documents.get(t.claim.document)
                for partner in document.partners if document else (t.claim.partner,):
                    found[partner].append(t)
        return found

    def own_claims(self, partner: str) -> list[TaggedClaim]:
        """Beliefs a partner states in its own voice, or signs (no claims of layer ``none``)."""
        return self._own_claims.get(partner, [])

    @cached_property
    def _documents_by_partner(self) -> dict[str, list[Document]]:
        found: dict[str, list[Document]] = {p: [] for p in self.map.partners}
        for document in sorted(self.map.documents, key=lambda d: (d.date, d.title, d.id)):
            for partner in document.partners:
                found.setdefault(partner, []).append(document)
        return found

    def documents_of(self, partner: str) -> list[Document]:
        """Documents that a partner signed, by date."""
        return self._documents_by_partner.get(partner, [])

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
