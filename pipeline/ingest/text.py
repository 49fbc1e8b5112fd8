r"""Bytes to clean text: encodings, control characters, paragraphs.

Cleaned text is NFC, ends lines with ``\n``, holds neither control nor bidirectional-control
characters and separates paragraphs by one blank line.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from pipeline.errors import PipelineError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_QUOTES = frozenset(b"\x85\x91\x92\x93\x94\x95\x96\x97\xa0")  # of every Windows page
_SAMPLE = 200_000  # bytes shown to the detector: more does not change its mind, only its time

# Line separators, then everything that is dropped: C0/C1 controls but \t and \n, bidirectional
# marks, embeddings and isolates, zero-width space, word joiner, BOM, soft hyphen, interlinear
# marks, noncharacters, lone surrogates, private use (icon fonts of web pages and PDFs), tags.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e007f"
    "\U000f0000-\U0010ffff]"
)
_SPACES = re.compile("[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_LIST = re.compile(r"(?:[-*•‣▪●◦–—]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)])\s+\S")


def decode(data: bytes, *, declared: str = "") -> str:
    """Text of ``data``: byte-order mark, declared encoding, UTF-8, then the likeliest other.

    Raises:
        PipelineError: binary content, or no encoding that fits.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    for name in filter(None, (declared, _wide(data), "utf-8")):
        try:
            return _checked(data.decode(name))
        except (UnicodeDecodeError, LookupError):
            continue
    if b"\x00" in data[:_SAMPLE]:
        raise PipelineError("binary content, no text; remove it or convert it to text or PDF")
    mended = data.decode("utf-8", "replace")
    broken = mended.count("\ufffd")
    if broken * 4 < sum(1 for character in mended if character > "\x7f") - broken:
        return _checked(data.decode("utf-8", "axiomap-cp1252"))
    return _checked(_guessed(data))


def _wide(data: bytes) -> str:
    # UTF-16 without a mark shows as NULs at every other byte of Latin text.
    head = data[:2000]
    if len(head) < 4 or head.count(0) * 4 < len(head):
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) * 10 > max(even, odd):
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _guessed(data: bytes) -> str:
    sample = data[:_SAMPLE]
    # English with curly quotes and an accent here and there is Windows-1252, whatever else fits:
    # languages with other code pages write every tenth letter with a mark.
    marked = sum(1 for byte in sample if byte > 0x7F and byte not in _QUOTES)
    if marked * 20 < len(sample):
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            pass
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    if best is None:
        raise PipelineError("no text encoding fits its bytes; save it as UTF-8 and ingest again")
    return data.decode(best.encoding, "replace")


def _checked(text: str) -> str:
    head = text[:_SAMPLE]
    odd = sum(1 for c in head if (c < " " and c not in "\t\n\r\x0b\x0c\x1b") or c == "\x7f")
    if odd * 50 > len(head):
        raise PipelineError("binary content, no text; remove it or convert it to text or PDF")
    return text


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("axiomap-cp1252", _one_byte)


def normalise(text: str) -> str:
    """``text`` in the house form; see the module's docstring. Idempotent."""
    text = _BREAKS.sub("\n", text)
    text = _DROPPED.sub("", unicodedata.normalize("NFC", text))
    text = unicodedata.normalize("NFC", text)  # a dropped mark may leave a letter and its accent
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def reflow(text: str) -> str:
    """``text`` with hard-wrapped lines joined, and a blank line after every paragraph.

    A file whose lines are whole paragraphs gets blank lines between them; in a wrapped file a
    line that ends well before the margin with a full stop ends its paragraph.
    """
    text = normalise(text)
    lines = [line for line in text.split("\n") if line]
    if len(lines) < 2:
        return text
    widths = sorted(len(line) for line in lines)
    margin = widths[int(len(widths) * 0.9)]
    if margin > 130:  # wider than any terminal or typescript: a line is a paragraph
        return "\n\n".join(_keep_lists(lines))
    if sum(1 for width in widths if width > margin * 0.75) * 4 < len(widths) and "\n\n" in text:
        return text  # verse, lists, addresses: nothing shows a margin
    return "\n\n".join(_unwrap(block.split("\n"), margin) for block in text.split("\n\n"))


def _keep_lists(lines: list[str]) -> list[str]:
    blocks: list[str] = []
    in_list = False
    for line in lines:
        item = bool(_LIST.match(line))
        if item and in_list:
            blocks[-1] += "\n" + line
        else:
            blocks.append(line)
        in_list = item
    return blocks


def _unwrap(lines: list[str], margin: int) -> str:
    out = lines[0]
    last = lines[0]
    for line in lines[1:]:
        first_word = line.split(" ", 1)[0]
        fits = len(last) + 1 + len(first_word) <= margin * 0.95  # the word had room: a wilful break
        if _LIST.match(line) or (fits and len(last) < margin * 0.6):
            out += "\n" + line
        elif fits and last.endswith((".", "!", "?", ":", '"', "”")) and line[0].isupper():
            out += "\n\n" + line
        elif out.endswith("-") and out[-2:-1].isalpha() and line[0].islower():
            out = out[:-1] + line
        else:
            out += " " + line
        last = line
    return out
