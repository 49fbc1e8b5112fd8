"""Sources found, files read, failures told, documents merged."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.config import IngestConfig
from pipeline.errors import PipelineError
from pipeline.ingest import Ingest, discover, merge, settle, trace, with_text
from pipeline.ingest.html import trimmed
from pipeline.records import Document, Failure

PROSE = (
    "We oppose this agreement because it lets foreign investors sue our government in private "
    "courts. Working people were promised jobs and were given lower wages instead. "
)


@pytest.fixture(scope="module")
def stage() -> Iterator[Ingest]:
    stage = Ingest(IngestConfig(seconds_per_file=20))
    yield stage
    stage.close()


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(stage: Ingest, path: Path) -> list[Document | Failure]:
    return stage(discover([path]))


def only(stage: Ingest, path: Path) -> Document:
    (document,) = read(stage, path)
    assert isinstance(document, Document), document
    return document


def reason(stage: Ingest, path: Path) -> str:
    (failure,) = read(stage, path)
    assert isinstance(failure, Failure), failure
    return failure.reason


def docx(body: str, **parts: str) -> bytes:
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{name}"><w:body>{body}</w:body></w:document>',
        )
        for part, content in parts.items():
            archive.writestr(part.replace("__", "/") + ".xml", content)
    return data.getvalue()


# --- discover ---


def test_folder_has_one_sub_folder_per_partner(tmp_path: Path) -> None:
    write(tmp_path / "README.md", "not a partner's")
    write(tmp_path / "farmers" / "2020" / "b.txt", "x")
    write(tmp_path / "farmers" / "a.txt", "x")
    write(tmp_path / "labour" / ".hidden", "x")
    write(tmp_path / "labour" / "~$lock.docx", "x")
    write(tmp_path / "labour" / "c.txt", "x")
    said: list[str] = []
    sources = discover([tmp_path], notify=said.append)
    assert [(s.partner, Path(s.path).name) for s in sources] == [
        ("farmers", "b.txt"), ("farmers", "a.txt"), ("labour", "c.txt"),
    ]  # fmt: skip
    assert len(said) == 3 and any("README.md: skipped: lies in no partner's" in s for s in said)
    assert len(discover([tmp_path], partner="all", notify=said.append)) == 4


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.txt", "key")
    folder = tmp_path / "corpus"
    write(folder / "farmers" / "a.txt", "x")
    (folder / "farmers" / "link.txt").symlink_to(secret)
    (folder / "farmers" / "up").symlink_to(tmp_path)
    said: list[str] = []
    assert [Path(s.path).name for s in discover([folder], notify=said.append)] == ["a.txt"]
    assert any("leads out of" in s for s in said)


def test_usage_errors_say_what_to_do(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "x")
    for paths, words in (
        ([tmp_path], "no sub-folder per partner"),
        ([tmp_path / "nowhere"], "no such file"),
        ([f"{tmp_path}/*.pdf"], "no file matches"),
        ([], "nothing to read"),
    ):
        with pytest.raises(PipelineError, match=words):
            discover(paths, notify=lambda message: None)
    (source,) = discover([f"{tmp_path}/*.txt"])
    assert source.partner == tmp_path.name


def test_slices_of_json_lines_give_each_line_once(
    tmp_path: Path, stage: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.ingest.discovery.SLICE_BYTES", 500)
    texts = [f"Text {i} " + "x" * (i * 7 % 300) for i in range(99)]
    rows = [{"text": text, "org": "a"} for text in texts]
    path = write(tmp_path / "docs.jsonl", "\n".join(map(json.dumps, rows)))
    sources = discover([path], partner_field="org")
    assert len(sources) > 20
    assert [d.text for d in stage(sources) if isinstance(d, Document)] == texts


# --- JSON lines ---


def test_json_lines_keep_text_verbatim(tmp_path: Path, stage: Ingest) -> None:
    text = "  A\r\n\u202eb \u0301\t\n\n\n C "
    rows = [
        {"id": "1", "organisation": "farmers", "date": "1/14/2025", "title": "T\r\n x",
         "genre": "News/Media Release", "source": "web", "url": "https://a.org/x", "text": text},
        {"id": "2", "organisation": "farmers", "text": "a\u0000b"},
        {"id": "3", "organisation": "farmers", "body": "Other field name. " * 5},
        {"id": "4", "text": "No partner here."},
    ]  # fmt: skip
    lines = [*map(json.dumps, rows), "{broken", "[1]", ""]
    results = read(stage, write(tmp_path / "docs.jsonl", "\n".join(lines)))
    first = results[0]
    assert isinstance(first, Document)
    assert first.text == text and first.date == "2025-01-14" and first.genre == "press release"
    assert first.title == "T x" and first.sources[1] == "web" and first.url == "https://a.org/x"
    assert isinstance(results[2], Document)
    reasons = [r.reason for r in results if isinstance(r, Failure)]
    expected = ("NUL", "no partner", "not JSON", "a list")
    assert all(words in found for words, found in zip(expected, reasons, strict=True))
    assert any(r.source.endswith("#line 5") for r in results if isinstance(r, Failure))


def test_partner_field_and_partner(tmp_path: Path, stage: Ingest) -> None:
    row = json.dumps({"text": "Some text of theirs.", "who": "unions", "organisation": "other"})
    path = write(tmp_path / "f" / "docs.jsonl", row)

    def partner(**options: str) -> str:
        (document,) = stage(discover([path], **options))  # type: ignore[arg-type]
        assert isinstance(document, Document)
        return document.partner

    assert partner() == "other"
    assert partner(partner_field="who") == "unions"
    assert partner(partner="mine", partner_field="who") == "mine"
    (source,) = discover([tmp_path / "f"], partner_field="who")
    assert source.partner_field == "who"


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    stage = Ingest(IngestConfig(max_characters=1000))
    good = json.dumps({"text": "Good one here.", "partner": "p"})
    path = write(tmp_path / "docs.jsonl", '{"text": "' + "x" * 50_000 + '"}\n' + good)
    failure, document = stage(discover([path]))
    assert isinstance(failure, Failure) and "line too long" in failure.reason
    assert isinstance(document, Document)


# --- files ---


def test_wrapped_text_becomes_paragraphs(tmp_path: Path, stage: Ingest) -> None:
    text = (
        "FOR IMMEDIATE RELEASE\r\n\r\nFarmers reject the deal\r\n\r\n"
        "WASHINGTON – March 3, 2020 – We oppose the agreement\r\n"
        "because it hurts family farms and the towns that live\r\n"
        "from them, and because nobody asked those who will\r\n"
        "have to pay for it.\r\n\r\nIt must not pass\u202e\x07."
    )
    document = only(stage, write(tmp_path / "farmers" / "a.txt", text))
    assert document.text.split("\n\n")[2].startswith("WASHINGTON – March 3, 2020 – We oppose the")
    assert document.text.split("\n\n")[2].endswith("have to pay for it.")
    assert document.text.endswith("It must not pass.") and "\r" not in document.text
    assert (document.date, document.genre) == ("2020-03-03", "press release")
    assert document.title == "Farmers reject the deal" and document.partner == "farmers"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
def test_encodings(tmp_path: Path, stage: Ingest, encoding: str) -> None:
    text = "The café’s owners – “all of them” – oppose the naïve plan. " * 5
    document = only(stage, write(tmp_path / "p" / "a.txt", text.encode(encoding)))
    assert document.text == text.strip()


def test_a_few_broken_bytes_do_not_spoil_utf8(tmp_path: Path, stage: Ingest) -> None:
    data = (
        "Māori and Pasifika students – all of them – pay more. ".encode() * 9 + b"It\x92s unfair."
    )
    assert only(stage, write(tmp_path / "p" / "a.txt", data)).text.endswith(
        "pay more. It’s unfair."
    )


def test_markdown(tmp_path: Path, stage: Ingest) -> None:
    text = (
        '---\ntitle: "Our stand"\ndate: 2017-06-30\n---\n# Heading\n\nWe **oppose** the [deal]'
        "(http://x.y/z) and ![pic](a.png) its _secret_ courts_of_law.\n\n* one\n* two\n"
    )
    document = only(stage, write(tmp_path / "p" / "a.md", text))
    assert (document.title, document.date) == ("Our stand", "2017-06-30")
    assert "We oppose the deal and its secret courts_of_law." in document.text
    assert "- one\n- two" in document.text


def test_html(tmp_path: Path, stage: Ingest) -> None:
    page = f"""<!DOCTYPE html><html lang="en"><head><title>Stop the deal | Farmers</title>
    <meta property="article:published_time" content="2019-05-06T10:00:00Z"></head><body>
    <nav><a href="/">Home</a> <a href="/news">News</a></nav>
    <script>alert("never")</script>
    <article><h1>Stop the deal</h1><p>{PROSE * 3}</p><ul><li>It costs jobs.</li>
    <li>It costs farms.</li></ul><table><tr><td>Tariff on milk</td><td>ten percent</td></tr></table>
    <p>{PROSE}</p></article><footer>Copyright 2024</footer></body></html>"""
    document = only(stage, write(tmp_path / "p" / "a.html", page))
    assert document.date == "2019-05-06" and "Stop the deal" in document.title
    for words in ("private courts", "It costs jobs.", "Tariff on milk", "ten percent"):
        assert words in document.text
    assert "never" not in document.text and "Copyright" not in document.text
    assert "\n\n" in document.text


def test_what_stands_around_an_article_goes_what_stands_in_it_stays() -> None:
    article = f"First: {PROSE}\n- an item\nLast: {PROSE}"
    text = f"Crumb > Crumb\n\nOur stand on it\n{article}\n\nOther article"
    sure = f"First: {PROSE}\nLast: {PROSE}"
    assert trimmed(text, sure, "Our stand on it | Farmers") == f"Our stand on it\n{article}"
    assert trimmed(text, "", "") == text and trimmed(text, "- an item", "") == text


def test_docx(tmp_path: Path, stage: Ingest) -> None:
    def p(text: str, extra: str = "") -> str:
        return f"<w:p>{extra}<w:r><w:t>{text}</w:t></w:r></w:p>"

    item = "<w:pPr><w:numPr/></w:pPr>"
    body = (
        p("Open letter", '<w:pPr><w:pStyle w:val="Title"/></w:pPr>') + p("4 February 2019")
        + p("Dear Members of Parliament,") + p(PROSE)
        + "<w:p><w:ins><w:r><w:t>Inserted words stay.</w:t></w:r></w:ins><w:del><w:r><w:delText>"
        "Deleted words go.</w:delText></w:r></w:del></w:p>"
        + p("first", item) + p("second", item)
        + f"<w:tbl><w:tr><w:tc>{p('left')}</w:tc><w:tc>{p('right')}</w:tc></w:tr></w:tbl>"
        + f"<w:sdt><w:sdtContent>{p('In a control.')}</w:sdtContent></w:sdt>"
    )  # fmt: skip
    document = only(stage, write(tmp_path / "p" / "a.docx", docx(body)))
    assert (document.title, document.date, document.genre) == (
        "Open letter",
        "2019-02-04",
        "letter",
    )
    assert "Inserted words stay." in document.text and "Deleted" not in document.text
    assert "- first\n- second" in document.text and "left | right" in document.text
    assert document.text.endswith("In a control.")


def test_other_languages_are_kept_and_marked(tmp_path: Path, stage: Ingest) -> None:
    german = "Wir lehnen das Abkommen ab, weil es die Demokratie und die Umwelt gefährdet. " * 4
    assert only(stage, write(tmp_path / "p" / "a.txt", german)).language == "de"
    assert only(stage, write(tmp_path / "p" / "b.txt", PROSE)).language == "en"


# --- bad input: one clear line each ---


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b" \n", "empty"),
        ("signs.txt", b"---\n...\n", "no words"),
        ("binary.txt", bytes(range(256)) * 20, "binary"),
        ("photo.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "a picture"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 50, "save it as docx"),
        ("a.pdf", b"%PDF-1.7 nothing", "damaged PDF"),
        ("b.pdf", b"just words", "no pdf inside"),
        ("cut.docx", docx("<w:p/>" * 50)[:120], "damaged"),
        ("script.html", b"<html><body><script>x()</script></body></html>", "without text"),
    ],
)
def test_bad_files(tmp_path: Path, stage: Ingest, name: str, content: bytes, words: str) -> None:
    assert words in reason(stage, write(tmp_path / "p" / name, content))


def test_huge_missing_and_unreadable(tmp_path: Path) -> None:
    small = Ingest(IngestConfig(max_bytes=100, max_characters=50))
    assert "max_bytes" in reason(small, write(tmp_path / "p" / "a.txt", "x" * 200))
    assert "max_characters" in reason(small, write(tmp_path / "p" / "b.txt", "word " * 15))
    sources = discover([write(tmp_path / "p" / "c.txt", "x")])
    (tmp_path / "p" / "c.txt").unlink()
    (failure,) = small(sources)
    assert isinstance(failure, Failure) and "cannot be read" in failure.reason
    small.close()


# --- merge ---


def letter(partner: str, text: str = "", date: str = "", source: str = "") -> Document:
    text = text or "Dear Members,\n\n" + PROSE * 10
    return Document.of(text, partner=partner, source=source or f"{partner}.txt", date=date)


def test_same_text_is_one_document() -> None:
    (document,) = merge([letter("b", date="2020-01-02"), letter("a"), letter("b")], IngestConfig())
    assert document.partner == "b" and document.partners == ("b", "a")
    assert document.sources == ("b.txt", "a.txt") and document.date == "2020-01-02"


def test_near_copies_share_the_earliest_origin_in_any_order() -> None:
    text = " ".join(f"word{i} and reason{i % 7}" for i in range(300))
    documents = [
        letter("a", text + " Our farmers agree.", "2020-05-01"),
        letter("b", text + " Our unions agree.", "2020-04-01"),
        letter("c", "Something else entirely is said here, and said at some length indeed."),
        letter("d", text + " Our churches agree too.", ""),
    ]
    expected = merge(documents, IngestConfig())
    for seed in range(5):
        shuffled = documents[:]
        random.Random(seed).shuffle(shuffled)
        assert merge(shuffled, IngestConfig()) == expected
    by_partner = {document.partner: document for document in expected}
    assert {by_partner[p].origin for p in "abd"} == {by_partner["b"].id}
    assert by_partner["c"].origin == by_partner["c"].id
    apart = merge(documents, replace(IngestConfig(), deduplicate=False))
    assert len({document.origin for document in apart}) == 4


def test_merging_needs_traces_only_and_keeps_the_order_of_reading() -> None:
    words = " ".join(f"word{n}" for n in range(400))
    documents = [
        Document.of(f"{words} and {n % 40} of them.", partner=f"p{n % 3}", source=f"s{n:03d}")
        for n in range(60)
    ] + [Document.of(words.replace("word", f"own{n}x"), partner="p9", source=f"z{n}")
         for n in range(4)]  # fmt: skip
    config = IngestConfig()
    asked: list[str] = []
    texts = {document.id: document.text for document in documents}

    def text_of(key: str) -> str:
        asked.append(key)
        return texts[key]

    settled = settle([trace(d, config) for d in documents], config, text_of)
    places = [place for place, _ in settled]
    assert places == sorted(places)
    assert all(not d.text and documents[place].id == d.id for place, d in settled)
    assert sorted((with_text(d, texts[d.id]) for _, d in settled), key=lambda d: d.id) == merge(
        documents, config
    )
    copies = {d.origin for place, d in settled if place < 60}
    assert len(copies) == 1
    assert len({d.origin for place, d in settled if place >= 60}) == 4
    assert len(asked) < 200  # each text of a group of copies once or twice, not once a pair


def test_signatories_of_a_joint_letter_become_partners(tmp_path: Path) -> None:
    aliases = write(tmp_path / "aliases.toml", '"farmers" = ["National Farmers Union"]\n')
    config = IngestConfig(aliases=str(aliases))
    joint = (
        f"Dear Senators,\n\n{PROSE * 4}The Consumer League was not asked.\n\nSincerely,\n\n"
        "Labour Federation\nThe National Farmers Union\nUnknown Group\n"
    )
    documents = merge(
        [letter("church", joint), letter("labour-federation", "x y"), letter("farmers", "z w"),
         letter("consumer league", "v u")],
        config,
    )  # fmt: skip
    document = next(d for d in documents if d.partner == "church")
    assert document.partners == ("church", "farmers", "labour-federation")


def test_aliases_merge_names(tmp_path: Path) -> None:
    aliases = write(tmp_path / "aliases.toml", '"Labour" = ["labour_federation", "LF"]\n')
    stage = Ingest(IngestConfig(aliases=str(aliases)))
    assert only(stage, write(tmp_path / "labour-federation" / "a.txt", PROSE)).partner == "Labour"
    assert stage.version != Ingest(IngestConfig()).version
    stage.close()
    bad = write(tmp_path / "bad.toml", '"A" = ["x"]\n"B" = ["x"]\n')
    with pytest.raises(PipelineError, match="keep one"):
        Ingest(IngestConfig(aliases=str(bad)))
