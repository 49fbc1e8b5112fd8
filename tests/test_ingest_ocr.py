"""Scanned pages: reported without text recognition, read and marked with it, never worse."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.config import IngestConfig
from pipeline.errors import PipelineError
from pipeline.ingest import Ingest, discover
from pipeline.ingest.extract import Extract, Found, Limits, Reject
from pipeline.ingest.worker import Worker
from pipeline.records import Document, Failure

sys.path.insert(0, str(Path(__file__).parent))
from test_ingest_pdf import LONG, paragraph, pdf, text_at

SAID = (
    "We oppose this agreement because it lets foreign investors sue our government in private "
    "courts, and because working people were promised better jobs and were given lower wages "
    "instead, in every region of this country since the day it came into force."
)


def scan(pages: Sequence[list[str] | None]) -> bytes:
    """A PDF whose pages are pictures of text; a page that is None holds text, as typed."""
    import pypdfium2

    typed = pdf([paragraph(72, 700, LONG)])
    out = pypdfium2.PdfDocument.new()
    for page in pages:
        if page is None:
            out.import_pages(pypdfium2.PdfDocument(typed))
            continue
        source = pypdfium2.PdfDocument(pdf([page]))[0]
        image = pypdfium2.PdfImage.new(out)
        image.set_bitmap(source.render(scale=2.5))
        image.set_matrix(pypdfium2.PdfMatrix().scale(*source.get_size()))
        made = out.new_page(*source.get_size())
        made.insert_obj(image)
        made.gen_content()
    data = io.BytesIO()
    out.save(data)
    return data.getvalue()


def ingest(folder: Path, data: bytes, **settings: object) -> list[Document | Failure]:
    path = folder / "farmers" / "a.pdf"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    stage = Ingest(IngestConfig(**settings))  # type: ignore[arg-type]
    try:
        return stage(discover([folder]))
    finally:
        stage.close()


def test_without_the_extra_a_scan_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.ingest.ocr.installed", lambda: False)
    (failure,) = ingest(tmp_path, scan([paragraph(72, 700, LONG)]))
    assert isinstance(failure, Failure) and "a scan" in failure.reason
    assert "axiomap[ocr]" in failure.reason
    document, failure = ingest(tmp_path, scan([None, paragraph(72, 700, LONG)]))
    assert isinstance(document, Document) and document.ocr == () and document.text == SAID
    assert isinstance(failure, Failure) and failure.source.endswith("a.pdf#pages 2")


def test_recognition_that_fails_leaves_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def answer(self: Worker, data: bytes, name: str, limits: Limits, *rest: object) -> list[Found]:
        asked.append(limits.ocr)
        if limits.ocr:
            raise PipelineError("it took too long")
        return [Extract("Typed words."), Reject("pages 2", "pictures; install it", scanned=True)]

    monkeypatch.setattr("pipeline.ingest.ocr.installed", lambda: True)
    monkeypatch.setattr(Worker, "__call__", answer)
    document, failure = ingest(tmp_path, b"%PDF")
    assert asked == [False, True] and isinstance(document, Document)
    assert isinstance(failure, Failure)
    assert failure.reason == "pictures; text recognition (OCR) failed: it took too long"
    asked.clear()
    ingest(tmp_path, b"%PDF", ocr=False)
    assert asked == [False]


@pytest.mark.ocr
def test_a_scan_is_read_and_marked(tmp_path: Path) -> None:
    head = text_at(72, 740, "Farmers reject the agreement", 20)
    first = [
        "A treaty that was written in secret binds nobody who was kept from reading",
        "it, and a tribunal that sits in secret judges nobody who was kept from being",
        "heard by it.",
    ]
    last = [
        "We shall not sign it, and neither will those who come after us in any of",
        "our towns.",
    ]
    pages = [[head, *paragraph(72, 700, first)], None, paragraph(72, 600, last)]
    (document,) = ingest(tmp_path, scan(pages))
    assert isinstance(document, Document)
    assert document.ocr == (1, 3) and document.title == "Farmers reject the agreement"
    assert document.text.split("\n\n") == [
        document.title, " ".join(first), SAID, " ".join(last)
    ]  # fmt: skip


@pytest.mark.ocr
def test_pages_without_words_stay_reported(tmp_path: Path) -> None:
    boxes = [f"0.5 g {72 + 90 * i} 300 60 60 re f" for i in range(4)]
    document, failure = ingest(tmp_path, scan([None, boxes]))
    assert isinstance(document, Document) and document.ocr == ()
    assert isinstance(failure, Failure) and "found none" in failure.reason
