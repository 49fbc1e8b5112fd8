"""A hostile document must not execute, read elsewhere, connect, fill the disk, or hang."""

from __future__ import annotations

import contextlib
import gzip
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config import IngestConfig
from pipeline.errors import PipelineError
from pipeline.ingest import Ingest, discover
from pipeline.ingest.extract import Found, Limits
from pipeline.ingest.parse import parse
from pipeline.ingest.text import normalise
from pipeline.ingest.worker import Worker
from pipeline.records import Document, Failure

LIMITS = Limits(max_bytes=5_000_000, max_characters=1_000_000)
PROSE = "We oppose this agreement because it lets foreign investors sue our government. " * 4


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker(seconds=10, megabytes=1500)
    yield worker
    worker.close()


def packed(members: dict[str, bytes | str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def refused(data: bytes, name: str, words: str) -> None:
    began = time.monotonic()
    with pytest.raises(PipelineError, match=words):
        parse(data, name, LIMITS)
    assert time.monotonic() - began < 5


def test_zip_bombs() -> None:
    refused(packed({"word/document.xml": b"x" * 4_000_000}), "a.docx", "zip bomb")
    refused(packed({f"{i}.txt": b" " * 3_000_000 for i in range(9)}), "a.zip", "a bomb")
    nested = packed({"a.txt": PROSE})
    for _ in range(5):
        nested = packed({"inner.zip": nested})
    (found,) = parse(nested, "a.zip", LIMITS)
    assert "nested more than" in getattr(found, "reason", "")
    refused(gzip.compress(b"x" * 6_000_000), "a.txt.gz", "unpacks to more than")


def test_a_lying_zip_directory() -> None:
    data = bytearray(packed({"a.txt": b"x" * 100_000}))
    size = data.rindex(b"PK\x01\x02") + 24
    data[size : size + 4] = struct.pack("<I", 10)  # says ten bytes, holds a hundred thousand
    found = parse(bytes(data), "a.zip", LIMITS)
    assert len(getattr(found[0], "text", "")) <= 11


def test_path_traversal(tmp_path: Path) -> None:
    for name in ("../../etc/passwd.txt", "/etc/passwd.txt", "C:\\windows\\a.txt", "a/../../b.txt"):
        (found,) = parse(packed({name: PROSE}), "a.zip", LIMITS)
        assert "points outside" in getattr(found, "reason", "")
    assert not list(tmp_path.iterdir())


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "&a;" * 10}">' for i in range(9))
    + "]>"
)
FILE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("head", [LAUGHS, FILE])
def test_xml_entities(head: str) -> None:
    word = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    body = f"{head}{word}<w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>"
    refused(packed({"word/document.xml": body}), "a.docx", "entities")
    refused(packed({"word/document.xml": body.encode("utf-16")}), "a.docx", "entities")
    feed = f"{head}<rss><channel><item><description>&a;</description></item></channel></rss>"
    refused(feed.encode(), "a.xml", "entities")
    page = f"{head}<html><body><p>{PROSE}</p><p>&a; passes</p></body></html>"
    (found,) = parse(page.encode(), "a.html", LIMITS)  # HTML has no such entities
    assert "root:" not in getattr(found, "text", "") and len(getattr(found, "text", "")) < 2000


def pdf(*objects: bytes) -> bytes:
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (len(objects) + 1, table, len(objects) + 1, len(out))
    )


def stream(content: bytes, extra: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), extra, content)


def test_pdf_page_tree_with_a_loop(worker: Worker) -> None:
    data = pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 1000000000>>",
        b"<</Type/Pages/Kids[2 0 R]/Parent 2 0 R/Count 5>>",
    )
    with pytest.raises(PipelineError):
        worker(data, "a.pdf", LIMITS)


def test_pdf_form_that_draws_itself(worker: Worker) -> None:
    itself = b"/Resources<</XObject<</X 5 0 R>>>>"
    data = pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]%s/Contents 4 0 R>>" % itself,
        stream(b"/X Do"),
        stream(b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]%s" % itself),
    )  # fmt: skip
    with pytest.raises(PipelineError):
        worker(data, "a.pdf", LIMITS)


def test_pdf_with_a_giant_stream() -> None:
    # 400 MB of operators in 400 kB: more than the worker may hold
    worker = Worker(seconds=10, megabytes=400)
    bomb = zlib.compress(b"0 " * 200_000_000, 9)
    data = pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        stream(bomb, b"/Filter/FlateDecode"),
    )  # fmt: skip
    with pytest.raises(PipelineError):
        worker(data, "a.pdf", LIMITS)
    worker.close()


def test_html_with_scripts_and_remote_parts(worker: Worker) -> None:
    page = (
        f"<html><body><article><p>{PROSE}</p><script src=http://127.0.0.1:9/x.js>evil()</script>"
        f"<img src=file:///etc/passwd onerror=evil()><iframe src='http://169.254.169.254/'></iframe>"
        f"<svg onload=evil()></svg><p>{PROSE}</p></article></body></html>"
    )
    text = texts(worker(page.encode(), "a.html", LIMITS))[0]
    assert "evil" not in text and "investors" in text


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "ul><li", "blockquote"])
def test_absurd_nesting(worker: Worker, tag: str) -> None:
    page = f"<html><body>{f'<{tag}>' * 100_000}{PROSE}"
    try:
        worker(page.encode(), "a.html", LIMITS)
    except PipelineError as error:
        assert "nested" in str(error) or "stopped" in str(error) or "text" in str(error)


def test_one_endless_line(tmp_path: Path) -> None:
    path = tmp_path / "p" / "a.txt"
    path.parent.mkdir()
    path.write_bytes(b"")
    with path.open("r+b") as stream:
        stream.truncate(1 << 30)  # sparse: a gigabyte of NUL bytes that takes no disk
    stage = Ingest(IngestConfig())
    (failure,) = stage(discover([path]))
    assert isinstance(failure, Failure) and "1,073,741,824 bytes" in failure.reason
    path.write_text("word " * 400_000)
    (failure,) = Ingest(IngestConfig(max_characters=1_000_000))(discover([path]))
    assert isinstance(failure, Failure) and "max_characters" in failure.reason
    stage.close()


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "[a](", "**a ", "(((", "<!--", "![", "_a", "&", "\u202e", "- \n", "{\\b", "=\n"],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.eml", "a.rtf"])
def test_repeated_openings_take_linear_time(piece: str, name: str) -> None:
    head = {"a.rtf": "{\\rtf1 ", "a.eml": "From: a\nTo: b\nSubject: c\n\n"}.get(name, PROSE)
    began = time.monotonic()
    with contextlib.suppress(PipelineError):
        parse((head + piece * (100_000 // len(piece))).encode(), name, LIMITS)
    assert time.monotonic() - began < 5


def test_control_and_bidirectional_characters_and_nul() -> None:
    text = "a\u202eb\u2066c\u200bd\x07e\x9ff\ufeffg\u00adh\ud800i\U000e0041j"
    assert normalise(text) == "abcdefghij"
    assert normalise("a\r\nb\u2028c\x85d") == "a\nb\nc\nd"
    with pytest.raises(PipelineError, match="binary"):
        parse(b"words \x00 and \xff more \x00" * 50, "a.txt", LIMITS)


def test_a_hanging_parser_is_stopped_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(seconds=60, megabytes=1500)  # starting one takes seconds on a busy machine
    hang = packed({"a.txt": PROSE})
    assert texts(worker(hang, "a.zip", LIMITS))
    process = worker._process
    assert process is not None
    import os
    import signal

    os.kill(process.pid, signal.SIGSTOP)  # as a loop without end looks from outside
    worker.seconds = 1
    with pytest.raises(PipelineError, match="more than 1 s"):
        worker(hang, "a.zip", LIMITS)
    worker.seconds = 60
    assert texts(worker(hang, "a.zip", LIMITS))
    assert worker._process is not process
    worker.close()


def test_the_worker_can_neither_write_nor_connect_nor_start_programs(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = f"""
import sys
from pipeline.ingest.worker import _confine
_confine(1500)
import socket, subprocess, os
for attempt in (
    lambda: open({str(tmp_path / "x")!r}, "w"),
    lambda: os.open({str(tmp_path / "y")!r}, os.O_CREAT | os.O_WRONLY),
    lambda: socket.create_connection(("127.0.0.1", 9)),
    lambda: subprocess.run(["true"]),
    lambda: os.system("true"),
    lambda: bytearray(1 << 31),
):
    try:
        attempt()
    except (PermissionError, MemoryError):
        continue
    sys.exit("allowed")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir())


def test_named_pipes_do_not_block(tmp_path: Path) -> None:
    import os

    (tmp_path / "p").mkdir()
    os.mkfifo(tmp_path / "p" / "pipe.txt")
    (tmp_path / "p" / "a.txt").write_text(PROSE)
    said: list[str] = []
    sources = discover([tmp_path], notify=said.append)
    assert len(sources) == 1 and "no ordinary file" in said[0]
    stage = Ingest(IngestConfig())
    (document,) = stage(sources)
    assert isinstance(document, Document)
    stage.close()


def texts(found: list[Found]) -> list[str]:
    return [item.text for item in found if hasattr(item, "text")]
