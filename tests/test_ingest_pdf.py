"""PDF made here object by object: order, hyphenation, furniture, notes, scans, metadata."""

from __future__ import annotations

import pytest

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Extract, Limits, Reject
from pipeline.ingest.parse import parse

LIMITS = Limits(max_bytes=5_000_000, max_characters=100_000)
PICTURE = "q 500 0 0 700 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID ~ EI Q"


def text_at(x: float, y: float, text: str, size: float = 11) -> str:
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj ET"


def paragraph(x: float, y: float, lines: list[str], size: float = 11) -> list[str]:
    return [text_at(x, y - 14 * i, line, size) for i, line in enumerate(lines)]


def pdf(pages: list[list[str]], info: str = "") -> bytes:
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for i, page in enumerate(pages):
        content = "\n".join(page)
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * i} 0 R>>"
        )
        objects.append(f"<</Length {len(content)}>>\nstream\n{content}\nendstream")
    objects.append(f"<<{info}>>")
    out, offsets = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{item}\nendobj\n".encode("cp1252")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    tail = f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer<</Size {count}/Root 1 0 R"
    return out + f"{tail}/Info {count - 1} 0 R>>\nstartxref\n{len(out)}\n%%EOF".encode()


def read(pages: list[list[str]], info: str = "") -> Extract:
    (found,) = parse(pdf(pages, info), "a.pdf", LIMITS)
    assert isinstance(found, Extract)
    return found


LONG = [
    "We oppose this agreement because it lets foreign investors sue our govern-",
    "ment in private courts, and because working people were promised better jobs and",
    "were given lower wages instead, in every region of this country since the day it",
    "came into force.",
]
JOINED = (
    "We oppose this agreement because it lets foreign investors sue our government in private "
    "courts, and because working people were promised better jobs and were given lower wages "
    "instead, in every region of this country since the day it came into force."
)


def test_paragraphs_hyphens_and_metadata() -> None:
    page = [
        text_at(72, 720, "Farmers reject the deal", 18),
        *paragraph(72, 680, LONG),
        *paragraph(72, 610, [*LONG[1:3], "long-", "term care and the well-", "being of all."]),
        text_at(72, 520, "• first reason"), text_at(72, 506, "• second reason"),
    ]  # fmt: skip
    found = read([page], "/Title(Microsoft Word - x.doc)/CreationDate(D:20170630101010Z)")
    assert (found.title, found.date) == ("Farmers reject the deal", "2017-06-30")
    blocks = found.text.split("\n\n")
    assert blocks[:2] == ["Farmers reject the deal", JOINED]
    assert blocks[-1] == "- first reason\n- second reason"


def test_running_heads_and_page_numbers_go_and_sentences_run_on() -> None:
    pages = [
        [
            text_at(72, 770, "Farmers Union | Submission 2020"),
            *paragraph(72, 720, [f"Point {'abcd'[i]} begins.", *LONG[:3], f"of {'abcd'[i]}."]),
            text_at(300, 30, f"Page {i + 1} of 4"),
        ]
        for i in range(4)
    ]
    text = read(pages).text
    assert "Submission 2020" not in text and "Page" not in text
    assert "Point c begins." in text and "since the day it of c.\n\n" in text


def test_a_sentence_runs_on_over_the_page() -> None:
    text = read([paragraph(72, 700, LONG[:3]), paragraph(72, 700, LONG[3:])]).text
    assert text == JOINED


def test_two_columns_written_row_by_row() -> None:
    left = [f"left line {i} is set in its own narrow" for i in range(12)]
    right = [f"right line {i} is set in the other one" for i in range(12)]
    page = [text_at(72, 740, "A headline that runs across both of the columns of this page", 14)]
    for i in range(12):
        page += [text_at(72, 700 - 14 * i, left[i]), text_at(320, 700 - 14 * i, right[i])]
    text = read([page]).text
    assert text.index("left line 11") < text.index("right line 0")
    assert text.startswith("A headline")


def test_footnotes_follow_the_text() -> None:
    first = [
        *paragraph(72, 700, LONG[:3]), text_at(72 + 400, 677, "1", 6),
        *paragraph(72, 100, ["1 A note in smaller type."], 8),
    ]  # fmt: skip
    text = read([first, paragraph(72, 700, ["came into force."])]).text
    assert text.endswith("the day it came into force.\n\n1 A note in smaller type.")


def test_turned_text_and_bare_numbers_are_no_words() -> None:
    turned = "BT /F1 11 Tf 0 1 -1 0 40 300 Tm (Turned axis label) Tj ET"
    text = read([[*paragraph(72, 700, LONG), turned, text_at(72, 300, "0.5")]]).text
    assert text == JOINED


def test_scans_are_reported_page_by_page() -> None:
    (throughout,) = parse(pdf([[PICTURE], [PICTURE]]), "a.pdf", LIMITS)
    assert isinstance(throughout, Reject) and throughout.scanned
    assert "a scan" in throughout.reason and "axiomap[ocr]" in throughout.reason
    document, scanned = parse(pdf([paragraph(72, 700, LONG), [PICTURE]]), "a.pdf", LIMITS)
    assert isinstance(document, Extract) and document.text == JOINED
    assert isinstance(scanned, Reject) and scanned.part == "pages 2"
    with pytest.raises(PipelineError, match="without text"):
        parse(pdf([[]]), "a.pdf", LIMITS)
