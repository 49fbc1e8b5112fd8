"""E-mail and mailboxes: the message's own words, without what it answers, and its attachments."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Any

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Extract, Found, Limits, Reject
from pipeline.ingest.html import page
from pipeline.ingest.text import decode, reflow

_MESSAGE = re.compile(rb"(?:\A|\n)(?=From [^\n]{1,200}\d{4}[^\n]{0,20}\r?\n)")
_QUOTED = re.compile(
    r"^(?:>.*|-----\s?Original Message\s?-----[\s\S]*|On .{10,120} wrote:\s*(?=\n+>)"
    r"|_{10,}\nFrom: [\s\S]*|-- \n[\s\S]*)$",
    re.MULTILINE,
)
_READ = (".pdf", ".docx", ".odt", ".rtf", ".txt", ".md", ".html", ".htm", ".eml")

Parse = Callable[[bytes, str], list[Found]]


def read_mail(data: bytes, limits: Limits, parse: Parse) -> list[Found]:
    """The message and its attached documents, each a text of its own.

    Raises:
        PipelineError: no text and no readable attachment.
    """
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise PipelineError("no e-mail message; save it as eml")
    found: list[Found] = []
    text = _body(message, limits)
    if text:
        listed = any(message.get(name) for name in ("List-Unsubscribe", "List-Id"))
        found.append(
            Extract(
                text=text, title=_header(message, "Subject"), date=_date(message),
                author=_header(message, "From"), genre="newsletter" if listed else "",
            )
        )  # fmt: skip
    for name, content in _attachments(message):
        try:
            found += [_under(name, item) for item in parse(content, name)]
        except PipelineError as error:
            found.append(Reject(name, str(error)))
    if not found:
        raise PipelineError("a message without text; save what it shows as HTML or PDF")
    return found


def read_mbox(data: bytes, limits: Limits, parse: Parse) -> list[Found]:
    """Every message of a mailbox, numbered from 1."""
    found: list[Found] = []
    starts = [match.end() for match in _MESSAGE.finditer(data)] or [0]
    for number, (start, stop) in enumerate(
        zip(starts, [*starts[1:], len(data)], strict=True), start=1
    ):
        content = data[start:stop]
        if content.startswith(b"From "):
            content = content.partition(b"\n")[2]
        part = f"message {number}"
        try:
            items = read_mail(content, limits, parse)
        except PipelineError as error:
            items = [Reject("", str(error))]
        found += [_under(part, item) for item in items]
    return found


def _under(part: str, item: Found) -> Found:
    return replace(item, part=f"{part}/{item.part}" if item.part else part)


def _body(message: EmailMessage, limits: Limits) -> str:
    plain = html = ""
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and not part.get_filename():
            plain += "\n\n" + _QUOTED.sub("", _decoded(part))
        elif kind == "text/html":
            html += _decoded(part)
    text = reflow(plain)
    if len(text) * 4 < len(html) * 0.1 or not text:  # "Your reader cannot show this newsletter"
        with contextlib.suppress(PipelineError):
            text = page(html, limits).text if html.strip() else text
    return text


def _decoded(part: Any) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return decode(content, declared=part.get_content_charset() or "").replace("\r\n", "\n")
    except PipelineError:
        return content.decode("latin-1")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "") or "")
    except (ValueError, IndexError, AttributeError):  # the parser stumbles over some odd headers
        return ""


def _date(message: EmailMessage) -> str:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return ""


def _attachments(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for part in message.walk():
        name = part.get_filename() or ""
        if part.is_multipart() or not name.lower().endswith(_READ):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            yield name.replace("/", "_").replace("\\", "_"), content
