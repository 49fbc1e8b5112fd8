"""Web pages to text by trafilatura, set to lose nothing a press page says.

Scripts, styles, menus and footers go; headings, lists, tables and quotations stay.
"""

from __future__ import annotations

import re
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest.dates import iso_date
from pipeline.ingest.extract import Extract, Limits
from pipeline.ingest.text import decode

_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.I
)
_LEAST = 200  # characters: below, the recall extractor is asked as well and the longer text kept
_MAX_DEPTH = 5_000  # open tags: real pages stay below 200; deeper ones exhaust recursive parsers
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]{0,2000}?(/?)>")
_UNCLOSED = "area base br col embed hr img input link meta source track wbr p li td tr"
_VOID = frozenset(_UNCLOSED.split())


def read_html(data: bytes, limits: Limits, *, encoding: str = "") -> Extract:
    """The page's main text and metadata.

    Raises:
        PipelineError: nothing but navigation or scripts, or tags nested beyond reason.
    """
    declared = _CHARSET.search(data[:4096])
    markup = decode(data, declared=encoding or (declared[1].decode("ascii") if declared else ""))
    return page(markup, limits)


def page(markup: str, limits: Limits) -> Extract:
    """The same from markup that is decoded already."""
    import trafilatura

    _check_depth(markup)
    markup = markup.replace("\x00", "")
    got: Any = trafilatura.bare_extraction(
        markup, favor_recall=True, include_comments=False, include_tables=True, with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
        output_format="python", max_tree_size=None,
    )  # fmt: skip
    text = (got.text or "") if got is not None else ""
    if text:
        sure = trafilatura.extract(markup, include_comments=False, include_tables=True) or ""
        text = trimmed(text, sure, got.title or "")
    if len(text) < _LEAST:
        plain = trafilatura.html2txt(markup) or ""
        text = plain if len(plain) > 2 * len(text) else text
    if not text.strip():
        raise PipelineError(
            "a web page without text (navigation or scripts only); save the page after it has "
            "loaded, or save it as PDF"
        )
    if got is None:
        return Extract(text=paragraphs(text))
    return Extract(
        text=paragraphs(text), title=got.title or "", date=iso_date(got.date or ""),
        author=got.author or "", url=got.url or "",
    )  # fmt: skip


def trimmed(text: str, sure: str, title: str) -> str:
    """``text`` from the first to the last line that a stricter extractor found as well.

    What recall adds within an article are lists and sub-headings, what it adds around it are
    crumbs, facts in boxes and addresses. ``text`` stays whole where the two differ too much for
    the stricter one to be trusted. A headline above stays too.
    """
    lines = text.split("\n")
    known = {line.strip() for line in sure.split("\n")} - {""}
    common = [i for i, line in enumerate(lines) if line.strip() in known]
    if not common:
        return text
    kept = lines[common[0] : common[-1] + 1]
    if 2 * sum(map(len, kept)) < len(text):
        return text
    head = [line for line in lines[: common[0]] if len(line) > 10 and line.strip() in title]
    return "\n".join([*head, *kept])


def paragraphs(text: str) -> str:
    """The extractor's lines as paragraphs; list items and table rows stay on neighbouring lines."""
    out: list[str] = []
    tight = False
    for line in text.split("\n"):
        if not re.search(r"[^\s|:-]", line):  # blank, or the rule under a table's head
            continue
        item = line.lstrip().startswith(("- ", "| ", "• ", "* "))
        if out and item and tight:
            out[-1] += "\n" + line
        else:
            out.append(line)
        tight = item
    return "\n\n".join(out)


def _check_depth(markup: str) -> None:
    depth = 0
    for match in _TAG.finditer(markup):
        closing, name, empty = match.groups()
        if empty or name.lower() in _VOID:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > _MAX_DEPTH:
            raise PipelineError(
                f"a web page with more than {_MAX_DEPTH} nested tags; save it again from a browser"
            )


def fragment(markup: str) -> str:
    """Text of a piece of HTML that holds nothing but content, as feeds carry it."""
    from lxml import etree, html

    if "<" not in markup and "&" not in markup:
        return markup.strip()
    _check_depth(markup)
    try:
        root = html.fromstring(f"<div>{markup}</div>", parser=html.HTMLParser(no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    parts: list[str] = []
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if not isinstance(node.tag, str):
            parts.append(node.tail or "" if event == "end" else "")
        elif event == "start":
            parts.append(_OPENING.get(node.tag, ""))
            parts.append("" if node.tag in _SILENT else node.text or "")
        else:
            parts.append(_BLOCK if node.tag in _PARAGRAPHS else "")
            parts.append(node.tail or "")
    text = re.sub(r"[ \t\r\n]+", " ", "".join(parts))
    text = re.sub(rf" *{_BLOCK}[ {_BLOCK}]*", "\n\n", text).replace("\v", "\n")
    return re.sub(r"\n\n- ", "\n- ", text).strip()


_BLOCK = "\x1d"  # a character that cannot be in parsed HTML
_SILENT = frozenset({"script", "style", "template", "noscript"})
_PARAGRAPHS = frozenset(
    {"p", "div", "li", "ul", "ol", "tr", "table", "blockquote", "section", "article",
     "h1", "h2", "h3", "h4", "h5", "h6", "figure", "figcaption", "dt", "dd", "pre"}
)  # fmt: skip
_OPENING = {**dict.fromkeys(_PARAGRAPHS, _BLOCK), "li": f"{_BLOCK}- ", "br": "\v", "td": " "}
