"""Formats that hold several texts, or text in a way of their own."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import tarfile
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.ingest.extract import Extract, Found, Limits, Reject
from pipeline.ingest.parse import parse

LIMITS = Limits(max_bytes=1_000_000, max_characters=100_000)
PROSE = "We oppose this agreement because it lets foreign investors sue our government. " * 4


def texts(found: list[Found]) -> list[Extract]:
    assert all(isinstance(item, Extract) for item in found), found
    return [item for item in found if isinstance(item, Extract)]


def packed(members: dict[str, bytes | str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_odt() -> None:
    ns = "urn:oasis:names:tc:opendocument:xmlns:"
    content = f"""<office:document-content xmlns:office="{ns}office:1.0" xmlns:text="{ns}text:1.0"
      xmlns:table="{ns}table:1.0"><office:body><office:text>
      <text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>
      <text:h>Our stand</text:h><text:p>We<text:s/>oppose<text:note><text:note-body><text:p>A
      note.</text:p></text:note-body></text:note> it.</text:p>
      <text:list><text:list-item><text:p>one</text:p></text:list-item><text:list-item>
      <text:p>two</text:p></text:list-item></text:list></office:text></office:body>
      </office:document-content>"""
    meta = f"""<office:document-meta xmlns:office="{ns}office:1.0" xmlns:meta="{ns}meta:1.0"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>Stand</dc:title>
      <dc:date>2021-02-03T10:00:00</dc:date></office:meta></office:document-meta>"""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", content)
        archive.writestr("meta.xml", meta)
    (found,) = texts(parse(data.getvalue(), "a.odt", LIMITS))
    assert (found.title, found.date) == ("Stand", "2021-02-03")
    assert found.text.startswith("Our stand\n\nWe oppose it.\n\n- one\n- two")
    assert "note." in found.text and "Deleted" not in found.text


def test_rtf() -> None:
    info = rb"{\info{\title Our stand}{\creatim\yr2010\mo3\dy4}}"
    data = rb"{\rtf1\ansi\ansicpg1250" + info + rb"We oppose \'e8.\par Two.}"
    (found,) = texts(parse(data, "a.rtf", LIMITS))
    assert (found.title, found.date) == ("Our stand", "2010-03-04")
    assert "We oppose č." in found.text and "\n\nTwo." in found.text


def message(subject: str, text: str, html: str = "") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "news@farmers.org", subject
    mail["Date"], mail["Message-ID"] = "Tue, 03 Mar 2020 10:00:00 +0000", "<1@farmers.org>"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def test_mail_without_what_it_answers_and_with_attachments() -> None:
    mail = message(
        "Our stand", f"{PROSE}\n\nOn Monday, Jane wrote:\n> We love it.\n\n-- \nJane Roe\n"
    )
    mail["List-Unsubscribe"] = "<mailto:x@farmers.org>"
    mail.add_attachment(PROSE.encode(), maintype="text", subtype="plain", filename="letter.txt")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    body, letter = texts(parse(mail.as_bytes(), "a.eml", LIMITS))
    assert (body.title, body.date, body.genre) == ("Our stand", "2020-03-03", "newsletter")
    assert "love it" not in body.text and "Jane Roe" not in body.text and "oppose" in body.text
    assert letter.part == "letter.txt" and letter.text.startswith("We oppose")


def test_mail_in_html_only() -> None:
    mail = message(
        "Our stand", "Open in a browser.", f"<p>{PROSE}</p><p>{PROSE * 3}</p>" + "<br>" * 99
    )
    (body,) = texts(parse(mail.as_bytes(), "a.eml", LIMITS))
    assert body.text.count("investors") == 16


def test_mailbox() -> None:
    data = b"".join(
        b"From a@b.org Tue Mar 03 10:00:00 2020\n" + message(f"No. {i}", PROSE).as_bytes() + b"\n"
        for i in range(3)
    )
    found = texts(parse(data, "archive", LIMITS))
    assert [(item.title, item.part) for item in found] == [
        (f"No. {i}", f"message {i + 1}") for i in range(3)
    ]


def test_archives_name_partners_by_their_folders() -> None:
    inner = packed({"labour/b.txt": PROSE + "b"})
    data = packed(
        {"corpus/farmers/a.txt": PROSE + "a", "corpus/farmers/bad.docx": "no",
         "corpus/c.txt": PROSE,
         "corpus/labour/x.zip": inner, "corpus/labour/.DS_Store": "x", "__MACOSX/corpus/._a": "x"}
    )  # fmt: skip
    found = parse(data, "corpus.zip", LIMITS)
    assert [(item.part, item.partner) for item in found if isinstance(item, Extract)] == [
        ("corpus/c.txt", ""), ("corpus/farmers/a.txt", "farmers"),
        ("corpus/labour/x.zip/labour/b.txt", "labour"),
    ]  # fmt: skip
    (bad,) = [item for item in found if isinstance(item, Reject)]
    assert bad.part == "corpus/farmers/bad.docx" and "no docx inside" in bad.reason


def test_tar_and_gz() -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name in ("farmers/b.txt", "farmers/a.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(PROSE)
            archive.addfile(info, io.BytesIO(PROSE.encode()))
    found = texts(parse(data.getvalue(), "corpus.tgz", LIMITS))
    assert [(item.part, item.partner) for item in found] == [
        ("farmers/a.txt", "farmers"), ("farmers/b.txt", "farmers"),
    ]  # fmt: skip
    (single,) = texts(parse(gzip.compress(PROSE.encode()), "a.txt.gz", LIMITS))
    assert single.text == PROSE.strip()


RSS = f"""<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Farmers</title><item><title>Stop &amp;amp; think</title><link>https://f.org/1</link>
<pubDate>Tue, 03 Mar 2020 10:00:00 GMT</pubDate><description>Short.</description>
<content:encoded><![CDATA[<p>{PROSE}</p><ul><li>one</li><li>two</li></ul><script>x()</script>]]>
</content:encoded></item><item><title>Only a headline</title></item></channel></rss>"""


def test_feeds() -> None:
    (entry,) = texts(parse(RSS.encode(), "feed.xml", LIMITS))
    assert (entry.title, entry.date, entry.url) == ("Stop & think", "2020-03-03", "https://f.org/1")
    assert entry.text.endswith("- one\n- two") and "x()" not in entry.text
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry><title>A</title><updated>'
        f'2021-01-02T00:00:00Z</updated><content type="html">&lt;p&gt;{PROSE}&lt;/p&gt;</content>'
        "</entry></feed>"
    )
    (entry,) = texts(parse(atom.encode(), "atom", LIMITS))
    assert entry.date == "2021-01-02" and entry.text == PROSE.strip()


def test_sitemaps_and_unknown_xml_say_what_they_are() -> None:
    for data, words in (
        (b"<urlset><url><loc>http://a.b</loc></url></urlset>", "a sitemap"),
        (b"<?xml version='1.0'?><other/>", "unknown kind"),
    ):
        with pytest.raises(PipelineError, match=words):
            parse(data, "x", LIMITS)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_a_column_map(delimiter: str) -> None:
    text = 'A text, with "quotes"; and\nlines.'
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerows([["Body", "who", "date"], [text, "farmers", "1/14/2025"], ["", "x", ""]])
    found = parse(stream.getvalue().encode(), "a.csv", LIMITS, ("text=Body", "partner=who"))
    assert isinstance(found[0], Extract) and found[0].verbatim
    assert (found[0].text, found[0].partner, found[0].date) == (text, "farmers", "2025-01-14")
    assert isinstance(found[1], Reject) and "fields found: Body, who, date" in found[1].reason
    with pytest.raises(PipelineError, match="WHAT=FIELD"):
        parse(b"a,b\n1,2", "a.csv", LIMITS, ("body",))


def test_coded_quasi_sentences_are_one_manifesto() -> None:
    data = b'text,cmp_code,eu_code\nWe want peace.,106,NA\n"Jobs, too.",504,NA\n'
    (found,) = texts(parse(data, "51320_199705.csv", LIMITS))
    assert found.text == "We want peace.\nJobs, too." and (found.partner, found.date) == (
        "51320", "1997-05",
    )  # fmt: skip


def test_parquet_and_json() -> None:
    import pyarrow
    from pyarrow import parquet

    rows = [{"text": PROSE, "organisation": "farmers", "date": "2020-01-02"}]
    stream = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), stream)
    for data, name in (
        (stream.getvalue(), "a.parquet"),
        (json.dumps(rows).encode(), "a.json"),
    ):
        (found,) = texts(parse(data, name, LIMITS))
        assert (found.text, found.partner, found.date) == (PROSE, "farmers", "2020-01-02")


DNA_COMMON = """
CREATE TABLE DOCUMENTS(ID INTEGER PRIMARY KEY, Title TEXT, Text TEXT, Coder INTEGER, Author TEXT,
  Source TEXT, Section TEXT, Notes TEXT, Type TEXT, Date INTEGER);
CREATE TABLE STATEMENTS(ID INTEGER PRIMARY KEY, StatementTypeId INTEGER, DocumentId INTEGER,
  Start INTEGER, Stop INTEGER, Coder INTEGER);
CREATE TABLE VARIABLES(ID INTEGER PRIMARY KEY, Variable TEXT, DataType TEXT, TypeId INTEGER);
INSERT INTO VARIABLES VALUES (1, 'organization', 'short text', 1), (2, 'concept', 'short text', 1);
INSERT INTO STATEMENTS VALUES (1, 1, 1, 3, 16, 1), (2, 1, 1, 17, 28, 1);
"""
DNA_2 = """CREATE TABLE DATASHORTTEXT(ID INTEGER PRIMARY KEY, StatementId INTEGER,
  VariableId INTEGER, StatementTypeId INTEGER, Value TEXT);
INSERT INTO DATASHORTTEXT VALUES (1, 1, 1, 1, 'Farmers'), (2, 2, 1, 1, 'Unions'),
  (3, 1, 2, 1, 'c');"""
DNA_2_LATE = """CREATE TABLE DATASHORTTEXT(ID INTEGER PRIMARY KEY, StatementId INTEGER,
  VariableId INTEGER, Value INTEGER);
CREATE TABLE ATTRIBUTES(ID INTEGER PRIMARY KEY, VariableId INTEGER, Value TEXT);
INSERT INTO ATTRIBUTES VALUES (7, 1, 'Farmers'), (8, 1, 'Unions');
INSERT INTO DATASHORTTEXT VALUES (1, 1, 1, 7), (2, 2, 1, 8);"""
DNA_3 = DNA_2_LATE.replace("ATTRIBUTES", "ENTITIES").replace("Value INTEGER", "Entity INTEGER")


@pytest.mark.parametrize("schema", [DNA_2, DNA_2_LATE, DNA_3])
def test_dna_databases(schema: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(DNA_COMMON + schema)
    date = 1583193600 * (1000 if schema is DNA_2 else 1)
    connection.executemany(
        "INSERT INTO DOCUMENTS VALUES (?, 'T', ?, 1, 'Roe', 'Times', '', '', '', ?)",
        [(1, "🌍 We reject it. We love it. Rest.", date), (2, "Not coded.", date)],
    )
    found = texts(parse(connection.serialize(), "a.dna", LIMITS))
    connection.close()
    assert [(item.partner, item.text) for item in found] == [
        ("Farmers", "We reject it."), ("Unions", "We love it."), ("Roe", "Not coded."),
    ]  # fmt: skip
    assert {item.date for item in found} == {"2020-03-03"}


def test_other_databases_are_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE x(y)")
    data = connection.serialize()
    connection.close()
    with pytest.raises(PipelineError, match="none of Discourse Network Analyzer"):
        parse(data, "a.dna", LIMITS)
    with pytest.raises(PipelineError, match="damaged"):
        parse(data[:100] + b"\xff" * 500, "a.dna", LIMITS)
