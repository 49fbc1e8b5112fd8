"""Bytes of one file -> the texts in it, by format. Runs inside the worker process."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.errors import PipelineError
from pipeline.ingest.archive import MAX_DEPTH, Parse, read_packed, read_tar, read_zip
from pipeline.ingest.extract import Extract, Found, Limits
from pipeline.ingest.formats import format_of


def parse(
    data: bytes, name: str, limits: Limits, columns: tuple[str, ...] = (), depth: int = 0
) -> list[Found]:
    """Texts found in ``data``; ``name`` is the file's name, used as a hint only.

    ``columns`` says which fields of a table hold what; ``depth`` counts the archives around it.

    Raises:
        PipelineError: nothing in it can be read; says what was found and what to do.
    """
    kind, refusal = format_of(data, name)
    if refusal:
        raise PipelineError(refusal)
    if kind in _SINGLE:
        return [_SINGLE[kind](data, limits)]
    if kind in _SEVERAL:
        return _SEVERAL[kind](data, limits)
    if kind in _TABLES:
        from pipeline.ingest import table

        return table.read_table(data, kind, name, table.Columns(columns), limits)
    if depth >= MAX_DEPTH:
        raise PipelineError(f"archives nested more than {MAX_DEPTH} deep; unpack it first")

    def inner(content: bytes, label: str) -> list[Found]:
        return parse(content, label, limits, columns, depth + 1)

    if kind in _NESTING:
        return _NESTING[kind](data, limits, inner)
    return read_packed(data, kind, name, limits, inner)


def _html(data: bytes, limits: Limits) -> Extract:
    from pipeline.ingest.html import read_html

    return read_html(data, limits)


def _docx(data: bytes, limits: Limits) -> Extract:
    from pipeline.ingest.docx import read_docx

    return read_docx(data, limits)


def _odt(data: bytes, limits: Limits) -> Extract:
    from pipeline.ingest.odt import read_odt

    return read_odt(data, limits)


def _rtf(data: bytes, limits: Limits) -> Extract:
    from pipeline.ingest.rtf import read_rtf

    return read_rtf(data)


def _markdown(data: bytes, limits: Limits) -> Extract:
    from pipeline.ingest.markdown import read_markdown
    from pipeline.ingest.text import decode

    return read_markdown(decode(data))


def _text(data: bytes, limits: Limits) -> Extract:
    from pipeline.ingest.text import decode, reflow

    return Extract(text=reflow(decode(data)))


def _pdf(data: bytes, limits: Limits) -> list[Found]:
    from pipeline.ingest.pdf import read_pdf

    return read_pdf(data, limits)


def _feed(data: bytes, limits: Limits) -> list[Found]:
    from pipeline.ingest.feed import read_feed

    return read_feed(data, limits)


def _dna(data: bytes, limits: Limits) -> list[Found]:
    from pipeline.ingest.dna import read_dna

    return read_dna(data)


def _sitemap(data: bytes, limits: Limits) -> list[Found]:
    raise PipelineError(
        "a sitemap: a list of addresses without text; run axiomap fetch with its address"
    )


def _mail(data: bytes, limits: Limits, inner: Parse) -> list[Found]:
    from pipeline.ingest.mail import read_mail

    return read_mail(data, limits, inner)


def _mbox(data: bytes, limits: Limits, inner: Parse) -> list[Found]:
    from pipeline.ingest.mail import read_mbox

    return read_mbox(data, limits, inner)


# Parsers load when first used: one worker reads many files, and most of them in one format.
_SINGLE: dict[str, Callable[[bytes, Limits], Extract]] = {
    "text": _text, "markdown": _markdown, "html": _html, "docx": _docx, "odt": _odt, "rtf": _rtf,
}  # fmt: skip
_SEVERAL: dict[str, Callable[[bytes, Limits], list[Found]]] = {
    "pdf": _pdf, "feed": _feed, "sqlite": _dna, "sitemap": _sitemap,
}  # fmt: skip
_TABLES = frozenset({"csv", "parquet", "json", "jsonl"})
_NESTING: dict[str, Callable[[bytes, Limits, Parse], list[Found]]] = {
    "mail": _mail, "mbox": _mbox, "zip": read_zip, "tar": read_tar,
}  # fmt: skip
