"""Coded sentences as Hugging Face datasets: typed columns, and splits that share no organisation.

Stand-off labels are joined to their texts first. ``datasets`` is loaded when a function is called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.annotate.codings import Coding, join, read_codings
from pipeline.config import data_dir
from pipeline.errors import PipelineError
from pipeline.labels import read_rows, read_texts
from pipeline.models import FACET_NAMES
from pipeline.records import LAYERS

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict, Features

ABOUT: tuple[str, ...] = (
    "organisation", "org_type", "country", "politics", "creed", "field", "genre", "date",
)  # fmt: skip
"""What may be known of a document; empty where it is not."""

WRITTEN_ABOUT = {"kind": "org_type"}
"""Names of those in ``annotations/written/documents.jsonl`` that differ."""

SHARES: dict[str, float] = {"train": 0.8, "validation": 0.1, "test": 0.1}
"""Splits and the share of organisations that each gets."""


def features() -> Features:
    """Columns of every data set here; ``layer`` and ``facet`` are ClassLabels.

    ``facet`` is "none" for the layer none, and missing where a belief's facet was not coded.
    """
    from datasets import ClassLabel, Features, Value

    text, number = Value("string"), Value("int32")
    return Features(
        {
            "id": text, "source": text, "document": text, "start": number, "end": number,
            "sha1": text, "before": text, "text": text, "after": text,
            "layer": ClassLabel(names=[str(layer) for layer in LAYERS]),
            "facet": ClassLabel(names=list(FACET_NAMES)),
            "confidence": Value("int8"), "coder": text, "codebook": text,
            **dict.fromkeys(ABOUT, text),
        }
    )  # fmt: skip


def dataset(labels: Sequence[Path], texts: Sequence[Path] = ()) -> Dataset:
    """Coded sentences, in the order of their files.

    Args:
        labels: JSON-lines files of coded sentences, with text or stand-off.
        texts: JSON-lines files of documents ``{id, text, ...}`` that stand-off labels point into;
            what :data:`ABOUT` names is taken from them, else from the label's own line.

    Raises:
        PipelineError: a line is no coded sentence, or a label's words are not in its document.
    """
    from datasets import Dataset

    codings = [coding for path in labels for coding in read_codings([path])]
    own = [row for path in labels for _, row in read_rows(path)]
    about = {str(row["id"]): row for path in texts for _, row in read_rows(path) if "id" in row}
    bare = [coding for coding in codings if not coding.text]
    joined, refused = join(bare, read_texts(texts))
    if refused:
        raise PipelineError(f"{refused[0]}; {len(refused)} such labels; name the documents' files")
    sentences = iter(joined)
    rows = [
        _row(coding if coding.text else next(sentences), about.get(coding.label.document, {}), line)
        for coding, line in zip(codings, own, strict=True)
    ]
    return Dataset.from_list(rows, features=features())


def written(folder: Path | None = None) -> DatasetDict:
    """The written set with its splits, from ``annotations/written`` of a checkout.

    Raises:
        PipelineError: the folder is not there; an installed package does not carry it.
    """
    folder = folder or data_dir("annotations") / "written"
    if not (folder / "labels.jsonl").is_file():
        raise PipelineError(f"{folder}: no written set; name annotations/written of a checkout")
    return split(dataset([folder / "labels.jsonl"], [folder / "documents.jsonl"]))


def split(
    data: Dataset, by: str = "organisation", shares: Mapping[str, float] | None = None
) -> DatasetDict:
    """Splits that share no value of ``by``, the same on every machine and when rows are added.

    A value's split follows from its SHA-256 alone, so shares hold only roughly in few values.

    Args:
        data: coded sentences.
        by: column whose values are kept together; rows that lack it go by their document.
        shares: split -> share; they sum to 1. :data:`SHARES` if not given.

    Raises:
        PipelineError: the shares do not sum to 1.
    """
    from datasets import DatasetDict

    shares = SHARES if shares is None else shares
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise PipelineError(f"split: shares {dict(shares)} do not sum to 1")
    rows: dict[str, list[int]] = {name: [] for name in shares}
    for number, (value, document) in enumerate(zip(data[by], data["document"], strict=True)):
        rows[_split_of(value or document, shares)].append(number)
    return DatasetDict({name: data.select(found) for name, found in rows.items()})


def _split_of(value: str, shares: Mapping[str, float]) -> str:
    place = int(hashlib.sha256(value.encode()).hexdigest()[:8], 16) / 2**32
    for name, share in shares.items():
        place -= share
        if place < 0:
            return name
    return name  # rounding of the last share


def _row(coding: Coding, document: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    label = coding.label
    known = {WRITTEN_ABOUT.get(key, key): value for key, value in {**line, **document}.items()}
    return {
        "id": label.id, "source": label.source, "document": label.document,
        "start": label.start, "end": label.end, "sha1": label.sha1,
        "before": coding.before, "text": coding.text, "after": coding.after,
        "layer": str(label.layer),
        "facet": label.facet or ("none" if label.layer == "none" else None),
        "confidence": label.confidence, "coder": label.coder, "codebook": label.codebook,
        **{name: str(known.get(name) or "") for name in ABOUT},
    }  # fmt: skip
