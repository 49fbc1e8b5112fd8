"""What can be drawn from: documents, claims or classified claims, as JSON lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import codec
from pipeline.annotate.tasks import TaskDocument, document_from
from pipeline.errors import PipelineError
from pipeline.labels import read_rows
from pipeline.records import Claim, Document, TaggedClaim, text_sha256


@dataclass(frozen=True)
class Pool:
    """Sentences to draw from, what a model says of them, and the documents at hand."""

    claims: tuple[Claim, ...]
    tagged: Mapping[str, TaggedClaim]
    documents: Mapping[str, TaskDocument]


def read_pool(source: Path, texts: Sequence[Path] = ()) -> Pool:
    """The sentences of a file: claims and classified claims as they are, documents cut up.

    Raises:
        PipelineError: a line is neither, or there is no sentence in all of them.
    """
    claims: dict[str, Claim] = {}
    tagged: dict[str, TaggedClaim] = {}
    documents: dict[str, TaskDocument] = {}
    whole: list[Document] = []
    for place, row in read_rows(source):
        if "claim" in row and "probabilities" in row:
            found = codec.from_dict(row, TaggedClaim, place)
            tagged[found.claim.id] = found
            claims[found.claim.id] = replace(found.claim)
        elif "start" in row and "text" in row:
            claim = replace(codec.from_dict(row, Claim, place))
            claims[claim.id] = claim
        elif "id" in row and "text" in row:
            document = document_from(row)
            documents[document.id] = document
            whole.append(_record(document, str(source)))
        else:
            raise PipelineError(
                f"{place}: neither a document (id, text), a claim nor a classified claim; give "
                "the output of ingest, claims or classify"
            )
    for path in texts:
        for _, row in read_rows(path):
            if "id" in row and "text" in row:
                document = document_from(row)
                documents[document.id] = document
    if whole:
        claims.update((claim.id, claim) for claim in _cut(whole))
    if not claims:
        raise PipelineError(f"{source}: no sentence to draw from; give documents or claims")
    fitting = {
        claim.document: documents[claim.document]
        for claim in claims.values()
        if claim.document in documents
        and documents[claim.document].text[claim.start : claim.end] == claim.text
    }
    return Pool(tuple(claims.values()), tagged, fitting)


def _record(document: TaskDocument, source: str) -> Document:
    return Document(
        id=document.id, partner=document.partner or "unknown", title=document.title,
        date=document.date, genre="other", source=source, sha256=text_sha256(document.text),
        text=document.text,
    )  # fmt: skip


def _cut(documents: list[Document]) -> list[Claim]:
    from pipeline.claims import Claims
    from pipeline.config import ClaimsConfig

    return Claims(ClaimsConfig())(documents)


def classified(pool: Pool, model: str) -> Pool:
    """The pool with what ``model`` says of sentences that no model has seen yet."""
    from pipeline.classify import Classify
    from pipeline.config import ClassifyConfig

    unseen = [claim for claim in pool.claims if claim.id not in pool.tagged]
    found = Classify(ClassifyConfig(model=model))(unseen)
    return replace(pool, tagged={**pool.tagged, **{t.claim.id: t for t in found}})
