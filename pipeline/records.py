"""The frozen records that cross stage boundaries, and the vocabulary they use.

Every record is a frozen dataclass of plain values, validated on construction, so whoever
receives one may trust it. Offsets count characters (Python string indices), are half-open and
always refer to ``Document.text``: ``document.text[claim.start:claim.end] == claim.text``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.errors import PipelineError


class Layer(StrEnum):
    """Layers of a belief system (Sabatier & Jenkins-Smith 1999, table of layers), and no belief."""

    DEEP_CORE = "deep_core"
    POLICY_CORE = "policy_core"
    SECONDARY = "secondary"
    NONE = "none"


LAYERS: tuple[Layer, ...] = tuple(Layer)
BELIEF_LAYERS: tuple[Layer, ...] = (Layer.DEEP_CORE, Layer.POLICY_CORE, Layer.SECONDARY)

FACETS: dict[Layer, tuple[str, ...]] = {
    Layer.DEEP_CORE: (
        "human_nature", "value_priority", "whose_welfare", "authority", "nature", "identity",
    ),
    Layer.POLICY_CORE: (
        "seriousness", "cause", "affected", "state_market", "level", "instrument", "financing",
        "solvability", "participation", "position",
    ),
    Layer.SECONDARY: (
        "provision", "budget", "implementation", "performance", "local", "evidence", "tactic",
        "process",
    ),
    Layer.NONE: (),
}  # fmt: skip
"""Facets of the codebook by layer; ``none`` has none."""


class Voice(StrEnum):
    """Whose belief a claim states, seen from the document's partner."""

    PARTNER = "partner"
    ALLY = "ally"
    OPPONENT = "opponent"
    REPORTED = "reported"


class Stance(StrEnum):
    """Side a text takes towards a target."""

    SUPPORTS = "supports"
    OPPOSES = "opposes"
    NEITHER = "neither"


class Standing(StrEnum):
    """How a partner stands to a conclusion. Silence is never disagreement."""

    ASSERTS = "asserts"
    REJECTS = "rejects"
    MIXED = "mixed"  # as many independent documents for as against
    SILENT = "silent"


class Verdict(StrEnum):
    """What a comparison of two partners' premises for one conclusion allows to say."""

    ALIGNED = "aligned"
    OVERLAPPING = "overlapping"
    DIVERGENT = "divergent"
    OPPOSED = "opposed"
    TOO_LITTLE = "too little evidence"


class Tier(StrEnum):
    """Audience that may see a document, from the narrowest to the widest."""

    STEERING = "steering"
    WORKING_GROUP = "working-group"
    PUBLIC = "public"


GENRES: tuple[str, ...] = (
    "statement", "press release", "testimony", "speech", "letter", "newsletter", "other",
)  # fmt: skip


def content_id(*parts: str) -> str:
    """Id of a record: first 16 hex digits of the SHA-256 over its identifying parts."""
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def text_sha256(text: str) -> str:
    """SHA-256 (hex) of a document's text, the anchor that offsets refer to."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Document:
    """What one partner, or several together, published: clean text plus where it came from.

    ``id`` follows from the text alone, so the same text from two sources is one document with
    two ``sources``; ``partners`` names everybody who signed it, the publishing partner first.
    ``origin`` is the id of the earliest near-duplicate (a copied letter), else its own id.
    ``ocr`` numbers the pages, from 1, that were read by text recognition, which errs.
    """

    id: str
    partner: str
    title: str
    date: str
    genre: str
    source: str
    sha256: str
    text: str
    partners: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    origin: str = ""
    language: str = "en"
    author: str = ""
    url: str = ""
    tier: Tier = Tier.STEERING
    ocr: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.partner:
            raise PipelineError(
                f"document {self.source or self.id}: no partner; name one with --partner, or put "
                "the file in a folder named after its partner"
            )
        if self.sha256 != text_sha256(self.text):
            raise PipelineError(
                f"document {self.source or self.id}: sha256 does not match its text; ingest again"
            )
        if not self.partners:
            object.__setattr__(self, "partners", (self.partner,))
        if not self.sources:
            object.__setattr__(self, "sources", (self.source,))
        if not self.origin:
            object.__setattr__(self, "origin", self.id)

    @classmethod
    def of(cls, text: str, *, partner: str, source: str, **fields: object) -> Document:
        """Document with id and hash computed from ``text``; further fields by name."""
        sha256 = text_sha256(text)
        known: dict[str, object] = {"title": "", "date": "", "genre": "other", **fields}
        return cls(
            id=sha256[:16], partner=partner, source=source, sha256=sha256, text=text,
            **known,  # type: ignore[arg-type]
        )  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """One sentence of a document that may state a belief, grounded by character offsets.

    ``before + text + after`` is the passage that the classifier reads; equal passages are
    encoded once. ``document`` is the document's id, ``sha256`` the hash of its text.
    """

    id: str
    document: str
    partner: str
    speaker: str
    start: int
    end: int
    text: str
    before: str = ""
    after: str = ""
    voice: Voice = Voice.PARTNER
    sha256: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end or self.end - self.start != len(self.text):
            raise PipelineError(
                f"claim {self.id}: span [{self.start}, {self.end}) does not fit a text of "
                f"{len(self.text)} characters; run the claims stage again"
            )

    @classmethod
    def at(cls, document: Document, start: int, end: int, **fields: object) -> Claim:
        """Claim on ``document.text[start:end]``; raises PipelineError if the span runs past it."""
        if not 0 <= start < end <= len(document.text):
            raise PipelineError(
                f"claim [{start}, {end}) runs past {document.source} "
                f"({len(document.text)} characters); ingest the source again"
            )
        known: dict[str, object] = {"speaker": document.partner, **fields}
        return cls(
            id=content_id(document.id, str(start), str(end)), document=document.id,
            partner=document.partner, start=start, end=end, text=document.text[start:end],
            sha256=document.sha256, **known,  # type: ignore[arg-type]
        )  # fmt: skip


@dataclass(frozen=True)
class TaggedClaim:
    """A claim with what the classifier says of it.

    ``probabilities`` run over ``LAYERS`` and sum to 1; ``values`` holds an independent
    probability for each of the 20 human values of Touché23-ValueEval; ``vector`` is the unit
    sentence vector as little-endian float16 bytes (empty when not kept).
    """

    claim: Claim
    layer: Layer
    facet: str
    probabilities: dict[str, float]
    model: str
    values: dict[str, float] = field(default_factory=dict)
    vector: bytes = b""

    def __post_init__(self) -> None:
        total = sum(self.probabilities.values())
        if set(self.probabilities) != set(LAYERS) or abs(total - 1.0) > 1e-2:
            raise PipelineError(
                f"claim {self.claim.id}: probabilities {self.probabilities} are no distribution "
                f"over {', '.join(LAYERS)}; classify it again"
            )
        if self.facet and self.facet not in FACETS[self.layer]:
            raise PipelineError(
                f"claim {self.claim.id}: facet {self.facet!r} does not belong to {self.layer}; "
                f"allowed: {', '.join(FACETS[self.layer]) or 'none'}"
            )


@dataclass(frozen=True)
class Conclusion:
    """Something that partners assert or reject, in the words of its most central claim.

    ``stated`` is true when the user named it (``--on``) rather than the tool found it.
    """

    id: str
    text: str
    layer: Layer
    claim_ids: tuple[str, ...]
    stated: bool = False


@dataclass(frozen=True)
class Position:
    """How one partner stands to one conclusion, and the claims that show it.

    ``documents`` counts independent documents (copies of one letter count once) behind the
    claims of the side it takes. ``tacit`` is true when the partner takes a side and states no
    reason for it; then ``candidates`` are its closest deep-core claims. ``questions`` are what to
    ask a partner that takes a side.
    """

    conclusion: str
    partner: str
    standing: Standing
    claim_ids: tuple[str, ...]
    contrary_ids: tuple[str, ...]
    documents: int
    tacit: bool
    candidates: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Premise:
    """A claim that a partner rests a conclusion on, or its rejection of one.

    ``support`` in [0, 1] is how sure the tool is that it is given as a reason; ``link`` says
    what shows it: a discourse marker inside the sentence (``marker``), its neighbourhood
    (``neighbour``), a place elsewhere in a document that takes the position (``document``), or
    nothing but what it says, where it stands in other documents (``belief``). ``documents`` counts
    the independent documents in which the partner gives this reason.
    """

    conclusion: str
    partner: str
    claim_id: str
    layer: Layer
    support: float
    link: str
    documents: int


@dataclass(frozen=True)
class Match:
    """A premise of one partner and its closest counterpart of the other, similarity in [-1, 1]."""

    a: str
    b: str
    similarity: float


@dataclass(frozen=True)
class AxisPlace:
    """Where a partner's premises lie on an axis in [-1, 1], with a 95 % bootstrap interval."""

    conclusion: str
    partner: str
    axis: str
    value: float
    low: float
    high: float
    documents: int


@dataclass(frozen=True)
class Divergence:
    """Comparison of two partners' premises for one conclusion.

    ``divergence`` in [0, 1] with a bootstrap interval [``low``, ``high``]; ``p_value`` from
    permuting whole documents, ``p_adjusted`` after correction for the number of pairs tested.
    ``layers`` gives each layer's share of the premises that find no counterpart, documents counting
    alike; ``layer`` is the one with the largest, ``none`` where there are no such premises.
    ``needed`` is the number of independent documents a partner would have to have when the verdict
    is "too little evidence". ``lone_a`` and ``lone_b`` are premises that find no counterpart, the
    most telling first.
    """

    conclusion: str
    a: str
    b: str
    verdict: Verdict
    divergence: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    layer: Layer
    layers: dict[str, float]
    documents_a: int
    documents_b: int
    needed: int
    lone_a: tuple[str, ...]
    lone_b: tuple[str, ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Axis:
    """An interpretable dimension: two named poles."""

    id: str
    name: str
    negative: str
    positive: str


@dataclass(frozen=True)
class Failure:
    """An input that could not be used: which, what was found, what to do."""

    source: str
    reason: str


@dataclass(frozen=True)
class Method:
    """What produced a map: versions, models with their hashes, codebook hash, settings."""

    version: str
    models: dict[str, str]
    codebook: str
    settings: dict[str, str]


@dataclass(frozen=True)
class AxiomMap:
    """Everything the report shows; ids refer into ``documents`` and ``claims``."""

    partners: tuple[str, ...]
    documents: tuple[Document, ...]
    claims: tuple[TaggedClaim, ...]
    conclusions: tuple[Conclusion, ...]
    positions: tuple[Position, ...]
    premises: tuple[Premise, ...]
    divergences: tuple[Divergence, ...]
    axes: tuple[Axis, ...]
    places: tuple[AxisPlace, ...]
    failures: tuple[Failure, ...]
    method: Method
