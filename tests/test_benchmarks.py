"""The pages of the extraction benchmark are marked, and ingest reads them as well as it did."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def extraction() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "extraction", ROOT / "benchmarks" / "extraction.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_words_are_counted_and_the_headline_is_neutral(extraction: ModuleType) -> None:
    assert extraction.score("a b b c", "b c d", "a") == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    text, title = extraction.gold("<h1><!--t-->T u<!--/t--></h1><!--[--><p>a</p><p>b</p><!--]-->")
    assert (text.split(), title.split()) == (["a", "b"], ["T", "u"])


def test_ingest_stays_above_its_floor(extraction: ModuleType) -> None:
    read = extraction.extractors()["axiomap ingest"]
    pages = {path: path.read_text("utf-8") for path in extraction.PAGES.glob("*.html")}
    scores = []
    for markup in pages.values():
        text, title = extraction.gold(markup)
        assert text.split()
        scores.append(extraction.score(read(extraction._MARKS.sub("", markup)), text, title))
    assert len(scores) >= 24
    assert sum(f1 for _, _, f1 in scores) / len(scores) >= 0.92
    assert sum(recall for _, recall, _ in scores) / len(scores) >= 0.97
