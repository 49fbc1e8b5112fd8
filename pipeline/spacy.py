"""spaCy component ``axiomap``: claims of a Doc as spans, with what the classifier says of each.

``nlp.add_pipe("axiomap")`` runs the claims and classify stages of the command on ``doc.text``. The
claims lie in ``doc.spans["claims"]``, labelled with their layer; the rest is in the attributes of
``span._`` that :data:`ATTRIBUTES` lists. Every value is one that ``Doc.to_bytes`` can write.

The claims stage cuts characters, spaCy tokens. Where a claim begins or ends inside a token the
span takes the whole token, so no word of a claim is lost; ``span._.start_char`` and
``span._.end_char`` keep the exact characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from multiprocessing import parent_process
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline import codec
from pipeline.config import Config, load
from pipeline.errors import PipelineError
from pipeline.records import Document, TaggedClaim

ATTRIBUTES: dict[str, str] = {
    "start_char": "first character of the claim in doc.text",
    "end_char": "character after its last",
    "claim_id": "its id, the one the command gives a document of the same text",
    "speaker": "who says it",
    "voice": "whose belief it is: partner, ally, opponent or reported",
    "facet": "kind of belief within the layer; empty for none",
    "probabilities": "layer -> calibrated probability; they sum to 1",
    "values": "human value -> probability, 20 of them, each on its own",
    "model": "name@hash of the model",
    "reason": "unit vector (d,), float16: close where the same reason is given",
}
"""Attributes of a claim's span and what each holds."""

DOC_ATTRIBUTES: dict[str, str] = {
    "partner": "who published the text; the component's setting where it is empty",
    "genre": "one of pipeline.records.GENRES",
    "author": "who signed it",
}
"""Attributes of a Doc that the claims stage reads; set them before the component runs."""

COLOURS: dict[str, str] = {
    "DEEP_CORE": "#f4c6b8", "POLICY_CORE": "#c3d8f5", "SECONDARY": "#d6e6b3", "NONE": "#e4e4e6",
}  # fmt: skip
"""Background of each layer in displaCy: tints of the report's colours, dark enough to tell apart,
light enough for black text (contrast above 12:1)."""

_ABSENT = {"genre": "other"}


@Language.factory(  # type: ignore[untyped-decorator, unused-ignore]
    "axiomap",
    assigns=["doc.spans", *(f"span._.{name}" for name in ATTRIBUTES)],
    default_config={
        "model": "fast", "spans_key": "claims", "partner": "author", "with_none": True,
        "settings": [],
    },
)  # fmt: skip
def make(
    nlp: Language, name: str, model: str, spans_key: str, partner: str, with_none: bool,
    settings: list[str],
) -> ClaimSpans:  # fmt: skip
    """The component for a pipeline.

    Args:
        nlp: the pipeline; its language must be English or unnamed (``xx``).
        name: the component's name in it.
        model: name or folder of a claims model.
        spans_key: key of ``doc.spans`` to write.
        partner: who published a Doc that does not say so in ``doc._.partner``.
        with_none: keep sentences that the model finds no belief in.
        settings: further settings of the two stages, ``section.key=value`` each, as ``--set``
            takes them.

    Raises:
        PipelineError: another language, an unknown setting, or a model that is refused.
    """
    if nlp.lang not in ("en", "xx"):
        raise PipelineError(
            f"component {name!r}: the models read English, this pipeline is for {nlp.lang!r}; "
            "use spacy.blank('en') or an English pipeline"
        )
    config = load(overrides=(*settings, f"classify.model={model}"))
    return ClaimSpans(config, spans_key=spans_key, partner=partner, with_none=with_none)


class ClaimSpans:
    """Doc -> the same Doc with its claims as spans.

    Args:
        config: settings; sections ``[claims]`` and ``[classify]`` are read.
        spans_key: key of ``doc.spans`` to write.
        partner: who published a Doc that does not say so in ``doc._.partner``.
        with_none: keep sentences that the model finds no belief in.
    """

    def __init__(
        self, config: Config, *, spans_key: str = "claims", partner: str = "author",
        with_none: bool = True,
    ):  # fmt: skip
        from pipeline.claims import Claims
        from pipeline.classify import Classify  # torch takes seconds; spaCy loads every entry point

        self.spans_key = spans_key
        self.partner = partner
        self.with_none = with_none
        self.cut = Claims(config.claims)
        self.tag = Classify(config.classify)
        for key in DOC_ATTRIBUTES:
            if not Doc.has_extension(key):
                Doc.set_extension(key, default=_ABSENT.get(key, ""))
        for key in ATTRIBUTES:
            if not Span.has_extension(key):
                Span.set_extension(key, default=None)

    def __call__(self, doc: Doc) -> Doc:
        """The Doc with its spans."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """The Docs in order, ``batch_size`` of them in one call of the model."""
        if parent_process() is not None:
            # A forked worker waits for ever for the threads that its parent had.
            import torch

            torch.set_num_threads(1)
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            claims = [self.cut([self.document(doc)]) for doc in batch]
            tagged = iter(self.tag([claim for found in claims for claim in found]))
            for doc, found in zip(batch, claims, strict=True):
                self._set(doc, list(islice(tagged, len(found))))
                yield doc

    def document(self, doc: Doc) -> Document:
        """The Doc as the record that the claims stage reads."""
        return Document.of(
            doc.text, partner=doc._.partner or self.partner, source="spacy",
            genre=doc._.genre, author=doc._.author,
        )  # fmt: skip

    def _set(self, doc: Doc, tagged: Iterable[TaggedClaim]) -> None:
        spans = []
        for found in tagged:
            if found.layer == "none" and not self.with_none:
                continue
            claim = found.claim
            span = doc.char_span(
                claim.start, claim.end, label=str(found.layer), alignment_mode="expand"
            )
            for key, value in (
                ("start_char", claim.start), ("end_char", claim.end), ("claim_id", claim.id),
                ("speaker", claim.speaker), ("voice", str(claim.voice)), ("facet", found.facet),
                ("probabilities", found.probabilities), ("values", found.values),
                ("model", found.model), ("reason", np.frombuffer(found.vector, "<f2")),
            ):  # fmt: skip
                span._.set(key, value)
            spans.append(span)
        doc.spans[self.spans_key] = spans

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Name and hash of the model. Its weights stay where they are, as does ``config.cfg``."""
        return codec.to_json({"model": self._model})

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> ClaimSpans:
        """Checks that the model at hand is the one that was saved.

        Raises:
            PipelineError: it is another one, so that spans would not be the same.
        """
        saved = codec.decode(data, dict[str, str], "component axiomap").get("model")
        if saved != self._model:
            raise PipelineError(
                f"component axiomap: saved with model {saved}, at hand is {self._model}; install "
                "that model, or add the component anew"
            )
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Writes what :meth:`to_bytes` gives to ``path``, a file."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> ClaimSpans:
        """Reads a file of :meth:`to_disk`; raises as :meth:`from_bytes` does."""
        return self.from_bytes(Path(path).read_bytes())

    @property
    def _model(self) -> str:
        return f"{self.tag.info.name}@{self.tag.info.hash}"
