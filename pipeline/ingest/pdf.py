"""Born-digital PDF to text, by pypdfium2: words with places here, reading order in ``layout``."""

from __future__ import annotations

import ctypes
import math
import re
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest import ocr
from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract, Found, Limits, Reject
from pipeline.ingest.layout import Word, flow, headline

MAX_PAGES = 5_000
_LEAST = 20  # letters: a page with fewer and a picture is a scan
_HYPHENS = (0x02, 0xAD, 0xFFFE)  # pdfium's marks for one at a line's end; a visible soft one
_CODES = {
    3: "a damaged PDF or no PDF at all",
    4: "a PDF locked with a password",
    5: "a PDF with an unknown security scheme",
}
_ADVICE = {4: "save it without a password"}
_NO_TITLE = re.compile(
    r"microsoft |\.(?:docx?|pdf|rtf|indd|odt|pages|tmp|qxd)\b|^untitled|^\W*$"
    r"|^(?:draft|document)\d*$|^layout \d|^print$|^slide \d|^[\w.]+\d{4,}$",
    re.IGNORECASE,
)


def read_pdf(data: bytes, limits: Limits) -> list[Found]:
    """The document's text, and a reject naming the pages that are pictures without text.

    A scan throughout is a reject alone. With ``limits.ocr`` pictures of text are read.

    Raises:
        PipelineError: damaged, locked, or without text and pictures.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None) or _code(str(error))
        what = _CODES.get(code, f"a PDF that cannot be opened ({error})")
        raise PipelineError(f"{what}; {_ADVICE.get(code, 'fetch or export it again')}") from error
    try:
        return _read(document, limits)
    finally:
        document.close()


def _code(message: str) -> int:
    return (
        4
        if "password" in message
        else 3
        if "format" in message
        else 5
        if "ecurity" in message
        else 0
    )


def _read(document: Any, limits: Limits) -> list[Found]:
    pages: list[list[Word]] = []
    blank: list[int] = []
    read: list[int] = []
    characters = 0
    if len(document) > MAX_PAGES:
        raise PipelineError(f"a PDF of {len(document)} pages; at most {MAX_PAGES}, split it")
    for number in range(len(document)):
        words, picture = _page(document, number)
        if picture and limits.ocr and (found_words := _recognised(document, number)):
            words, picture = found_words, False
            read.append(number + 1)
        pages.append(words)
        count = sum(len(word.text) for word in words)
        characters += count
        if characters > limits.max_characters:
            raise PipelineError(
                f"more than {limits.max_characters:,} characters by page {number + 1}; raise "
                "ingest.max_characters or split it"
            )
        if picture:
            blank.append(number + 1)
    text = flow(pages)
    if not re.search(r"\w", text) or (blank and characters < 20 * len(blank)):
        if not blank:
            raise PipelineError(f"a PDF without text ({len(document)} pages); ask for the original")
        what = f"a scan: pictures of pages without text ({len(document)} pages); {_advice(limits)}"
        return [Reject("", what, scanned=True)]
    metadata = document.get_metadata_dict()
    title = metadata.get("Title", "").strip()
    found: list[Found] = [
        Extract(
            text=text,
            title=title if title and not _NO_TITLE.search(title) else headline(pages),
            date=iso_date(metadata.get("CreationDate", "")),
            author=metadata.get("Author", "").strip(),
            ocr=tuple(read),
        )
    ]
    if blank:
        found.append(
            Reject(
                f"pages {', '.join(map(str, blank[:20]))}",
                f"pictures without text, left out; {_advice(limits)}",
                scanned=True,
            )
        )
    return found


def _advice(limits: Limits) -> str:
    if limits.ocr:
        return "text recognition (OCR) found none on them; ask for the original"
    return "install axiomap[ocr] to have them read, or ask for the original"


def _recognised(document: Any, number: int) -> list[Word]:
    page = document[number]
    try:
        words = ocr.recognise(page)
    finally:
        page.close()
    return words if sum(len(word.text) for word in words) >= _LEAST else []


def _page(document: Any, number: int) -> tuple[list[Word], bool]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return [], False
    try:
        textpage = page.get_textpage()
        words = _words(textpage.raw, textpage.count_chars())
        width, height = page.get_size()
        inside = [w for w in words if -5 <= w.left <= width + 5 and -5 <= w.base <= height + 5]
        pictures = any(
            item.type == pdfium.FPDF_PAGEOBJ_IMAGE for item in page.get_objects(max_depth=3)
        ) if sum(len(word.text) for word in inside) < _LEAST else False  # fmt: skip
        textpage.close()
    except pypdfium2.PdfiumError:
        return [], False
    finally:
        page.close()
    return inside, pictures


def _words(textpage: Any, count: int) -> list[Word]:
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    words: list[Word] = []
    letters: list[str] = []
    left = right = base = size = 0.0
    spaced = True

    def end() -> None:
        if letters:
            words.append(Word("".join(letters), left, right, base, size, spaced))
            letters.clear()

    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        letter = "-" if code in _HYPHENS else chr(code) if code < 0x110000 else ""
        if not letter or letter.isspace() or (code < 0x20 and code != 0x02):
            end()
            spaced = True
            continue
        if abs(math.sin(pdfium.FPDFText_GetCharAngle(textpage, index))) > 0.5:
            continue  # turned text: an axis, a watermark; slanted letters stay below 20 degrees
        pdfium.FPDFText_GetLooseCharBox(textpage, index, ctypes.byref(box))
        pdfium.FPDFText_GetCharOrigin(textpage, index, ctypes.byref(x), ctypes.byref(y))
        height = pdfium.FPDFText_GetFontSize(textpage, index)
        if height < 2:  # set in units and scaled by the page: only the box shows the size
            height = box.top - box.bottom
        if letters and (abs(y.value - base) > 0.1 * size or abs(height - size) > 0.15 * size):
            moved = abs(y.value - base) > 0.8 * size
            end()
            spaced = moved
        if not letters:
            left, base, size = box.left, y.value, height
        letters.append(letter)
        right = box.right
        if len(letters) > 500:
            end()
            spaced = False
        elif len(letters) == 1 and index and not words:
            spaced = True
    end()
    return words
