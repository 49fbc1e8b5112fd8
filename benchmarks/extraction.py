"""Extraction of web pages by ingest, beside trafilatura, readability-lxml and newspaper4k.

    python benchmarks/extraction.py              # a table; --pages adds a line for each page
    pip install readability-lxml newspaper4k     # for their rows; they are no dependencies

``pages/`` holds press pages written for this purpose, each in another manner, in which comments
mark the true text: ``<!--[-->`` ... ``<!--]-->``, and the headline: ``<!--t-->`` ...
``<!--/t-->``. The marks are taken out before anybody reads the page.

Measure: precision, recall and F1 of the words (lower case, as multisets) of each page, averaged
over pages; the interval is that of 95 % of 5,000 resamples of the pages. The headline counts
neither for nor against: some extractors give it apart.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lxml import html

from pipeline.ingest.extract import Limits
from pipeline.ingest.html import page as read_page

PAGES = Path(__file__).parent / "pages"
RESAMPLES = 5_000
_TEXT = re.compile(r"<!--\[-->(.*?)<!--\]-->", re.DOTALL)
_TITLE = re.compile(r"<!--t-->(.*?)<!--/t-->", re.DOTALL)
_MARKS = re.compile(r"<!--(?:\[|\]|/?t)-->")


def words(text: str) -> Counter[str]:
    """Words of a text with their counts."""
    return Counter(re.findall(r"\w+", text.lower()))


def plain(markup: str) -> str:
    """Text of markup, with a blank where an element begins or ends."""
    if not markup.strip():
        return ""
    root = html.fromstring(f"<div>{markup}</div>")
    for node in root.xpath("//script|//style|//form//input"):
        node.drop_tree()
    return " ".join(root.itertext())


def gold(markup: str) -> tuple[str, str]:
    """The true text and the headline of a marked page."""
    return " ".join(map(plain, _TEXT.findall(markup))), plain(" ".join(_TITLE.findall(markup)))


def score(found: str, text: str, title: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of the words found; words of the headline are no errors."""
    got, true = words(found), words(text)
    got -= words(title) & (got - true)
    hits = sum((got & true).values())
    precision = hits / max(1, sum(got.values()))
    recall = hits / max(1, sum(true.values()))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def extractors() -> dict[str, Callable[[str], str]]:
    """Who reads, by name; those that are not installed are left out."""
    import trafilatura

    limits = Limits(max_bytes=10_000_000, max_characters=1_000_000)
    found: dict[str, Callable[[str], str]] = {
        "axiomap ingest": lambda markup: read_page(markup, limits).text,
        "trafilatura": lambda markup: trafilatura.extract(markup, include_comments=False) or "",
        "trafilatura, favor_recall": lambda markup: (
            trafilatura.extract(markup, favor_recall=True, include_comments=False) or ""
        ),
    }
    try:
        from readability import Document

        found["readability-lxml"] = lambda markup: plain(Document(markup).summary())
    except ImportError:
        pass
    try:
        from newspaper import Article

        def newspaper(markup: str) -> str:
            article: Any = Article("https://press.example/a", input_html=markup, language="en")
            article.download(input_html=markup)
            article.parse()
            return str(article.text)

        found["newspaper4k"] = newspaper
    except ImportError:
        pass
    found["all text of the page"] = lambda markup: plain(
        re.sub(r"(?is)<head\b.*?</head>|<!doctype[^>]*>|</?(?:html|body)\b[^>]*>", "", markup)
    )
    return found


def interval(values: list[float]) -> tuple[float, float]:
    """95 % of the means of resampled values."""
    chance = random.Random(0)
    means = sorted(
        sum(chance.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES)
    )
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]


def attempt(read: Callable[[str], str], markup: str) -> str:
    """What an extractor finds; nothing where it gives up."""
    try:
        return read(markup)
    except Exception:  # other people's code on odd pages: a page not read scores 0
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pages", action="store_true", help="F1 of every page")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    marked = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PAGES.glob("*.html"))}
    truth = {name: gold(markup) for name, markup in marked.items()}
    readers = extractors()
    scores = {
        reader: [
            score(attempt(read, _MARKS.sub("", markup)), *truth[name])
            for name, markup in marked.items()
        ]
        for reader, read in readers.items()
    }
    print(
        f"{len(marked)} pages, {sum(sum(words(t).values()) for t, _ in truth.values()):,} words\n"
    )
    print("| | precision | recall | F1 | 95 % | worst page |\n|---|---|---|---|---|---|")
    for reader, found in scores.items():
        precision, recall, f1 = (sum(column) / len(found) for column in zip(*found, strict=True))
        low, high = interval([s[2] for s in found])
        worst = min(s[2] for s in found)
        print(f"| {reader} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {low:.3f}–{high:.3f} | "
              f"{worst:.2f} |")  # fmt: skip
    ours = [s[2] for s in scores["axiomap ingest"]]
    print()
    for reader, found in scores.items():
        if reader != "axiomap ingest":
            gaps = [own - other[2] for own, other in zip(ours, found, strict=True)]
            low, high = interval(gaps)
            mean = sum(gaps) / len(gaps)
            print(f"ingest minus {reader}: {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
    if options.pages:
        print()
        for number, name in enumerate(marked):
            print(f"{name:28}", *(f"{found[number][2]:.2f}" for found in scores.values()))


if __name__ == "__main__":
    main()
