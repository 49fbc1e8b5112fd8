"""Fetching from a server of our own: politeness, limits, resuming, refusal of private networks."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.config import IngestConfig
from pipeline.errors import PipelineError
from pipeline.ingest import Ingest, discover
from pipeline.ingest.web import FetchLimits, fetch, gather, is_address
from pipeline.ingest.web.corpora import corpora, fetch_corpus
from pipeline.ingest.web.gather import host_of
from pipeline.ingest.web.guard import is_public
from pipeline.records import Document

PAGE = "<html><body><article><h1>No. {0}</h1>" + "<p>We oppose the deal. It costs {0} jobs.</p>" * 9
QUICK = FetchLimits(delay=0.0, timeout=2.0, seconds=20.0)


class Site:
    """Pages by path; counts what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str, float]] = []
        self.agents: set[str] = set()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(
                    (self.path, self.headers.get("If-None-Match", ""), time.monotonic())
                )
                site.agents.add(self.headers.get("User-Agent", ""))
                status, headers, body = site.pages.get(self.path, (404, {}, b""))
                if status == 200 and headers.get("ETag") == self.headers.get("If-None-Match", "-"):
                    status, body = 304, b""
                self.send_response(status)
                for key, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, headers, data)

    def count(self, path: str) -> int:
        return sum(1 for asked, _, _ in self.asked if asked == path)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


def get(site: Site, folder: Path, *paths: str, follow: int = 0, limits: FetchLimits = QUICK):  # type: ignore[no-untyped-def]
    return fetch(
        [site.url + path for path in paths], folder, partner="farmers", follow=follow,
        limits=limits, allow_private=True, contact="me@here.org",
    )  # fmt: skip


def test_a_feed_is_followed_and_read_with_its_addresses(site: Site, tmp_path: Path) -> None:
    items = "".join(
        f"<item><title>{i}</title><link>{site.url}/p/{i}</link></item>" for i in range(3)
    )
    site.put("/feed.xml", f"<rss><channel><title>F</title>{items}</channel></rss>")
    for i in range(3):
        site.put(f"/p/{i}", PAGE.format(i))
    result = get(site, tmp_path, "/feed.xml")
    assert len(result.written) == 3 and not result.failures and not result.stopped
    assert site.asked[0][0] == "/robots.txt" and site.agents == {
        agent for agent in site.agents if "axiomap/" in agent and "me@here.org" in agent
    }
    stage = Ingest(IngestConfig())
    documents = [d for d in stage(discover([tmp_path])) if isinstance(d, Document)]
    stage.close()
    assert sorted(d.url for d in documents) == [f"{site.url}/p/{i}" for i in range(3)]
    assert {d.partner for d in documents} == {"farmers"}


def test_sitemaps_lead_to_sitemaps(site: Site, tmp_path: Path) -> None:
    site.put(
        "/sitemap.xml",
        f"<sitemapindex><sitemap><loc>{site.url}/a.xml</loc></sitemap></sitemapindex>",
    )
    site.put("/a.xml", f"<urlset><url><loc>{site.url}/one</loc></url></urlset>")
    site.put("/one", PAGE.format(1))
    assert len(get(site, tmp_path, "/sitemap.xml").written) == 1


def test_a_press_page_is_followed_below_its_folder(site: Site, tmp_path: Path) -> None:
    site.put(
        "/press/",
        '<html><a href="one">1</a> <a href="/about">no</a> <a href="/2020/01/x">dated</a>'
        '<a href="http://elsewhere.invalid/press/">no</a> <a href="logo.png">no</a></html>',
    )
    site.put("/press/one", PAGE.format(1))
    site.put("/2020/01/x", PAGE.format(2))
    assert len(get(site, tmp_path, "/press/", follow=1).written) == 3
    assert not site.count("/about") and not site.count("/press/logo.png")


def test_robots_and_crawl_delay(site: Site, tmp_path: Path) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /secret\nCrawl-delay: 1\n")
    site.put("/secret", PAGE.format(1))
    site.put("/open", PAGE.format(2))
    result = get(site, tmp_path, "/secret", "/open")
    assert len(result.written) == 1 and "robots.txt forbids" in result.failures[0]
    moments = {path: at for path, _, at in site.asked}
    assert moments["/open"] - moments["/robots.txt"] > 0.9 and not site.count("/secret")


def test_unchanged_pages_are_not_sent_again_and_changed_ones_are_versions(
    site: Site, tmp_path: Path
) -> None:
    site.put("/a", PAGE.format(1), ETag='"v1"')
    site.put("/b", PAGE.format(1) + "b")
    assert len(get(site, tmp_path, "/a", "/b").written) == 2
    again = get(site, tmp_path, "/a", "/b")
    assert (again.written, again.unchanged) == ((), 2)
    assert site.asked[-2][1] == '"v1"' or site.asked[-1][1] == '"v1"'
    site.put("/a", PAGE.format(7), ETag='"v2"')
    (changed,) = get(site, tmp_path, "/a").written
    assert "costs 7 jobs" in Path(changed).read_text()
    state = json.loads((tmp_path / "farmers" / ".fetched.json").read_text())
    assert len(state[f"{site.url}/a"]["versions"]) == 2
    assert len(list((tmp_path / "farmers" / ".earlier").iterdir())) == 1
    assert len(discover([tmp_path])) == 2


def test_limits_stop_and_a_second_run_goes_on(site: Site, tmp_path: Path) -> None:
    links = "".join(f"<url><loc>{site.url}/p/{i}</loc></url>" for i in range(6))
    site.put("/sitemap.xml", f"<urlset>{links}</urlset>")
    for i in range(6):
        site.put(f"/p/{i}", PAGE.format(i))
    few = FetchLimits(pages=4, delay=0.0, timeout=2.0, seconds=20.0)
    first = get(site, tmp_path, "/sitemap.xml", limits=few)
    assert len(first.written) == 3 and "4 addresses" in first.stopped
    second = get(site, tmp_path, "/sitemap.xml", limits=few)
    assert len(second.written) == 3
    site.put("/big", b"x" * 10_000)
    small = FetchLimits(page_bytes=1000, delay=0.0, timeout=2.0)
    assert "more than 1,000 bytes" in get(site, tmp_path, "/big", limits=small).failures[0]


def test_errors_redirects_and_retries(site: Site, tmp_path: Path) -> None:
    site.put("/loop", "", 302, Location="/loop")
    site.put("/moved", "", 301, Location="/target")
    site.put("/target", PAGE.format(1))
    site.put("/busy", "", 503)
    result = get(site, tmp_path, "/loop", "/moved", "/busy", "/gone")
    assert len(result.written) == 1 and site.count("/busy") == 3
    for words in ("redirects", "answers 503", "answers 404"):
        assert any(words in failure for failure in result.failures)


def test_private_networks_are_refused_also_behind_redirects(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put("/a", PAGE.format(1))
    result = fetch([f"{site.url}/a"], tmp_path, partner="farmers", limits=QUICK)
    assert "private network" in result.failures[0] and not site.asked
    monkeypatch.setattr(
        "pipeline.ingest.web.guard.is_public", lambda address: not address.startswith("169.254")
    )
    site.put("/meta", "", 302, Location="http://169.254.169.254/latest/")
    site.put("/file", "", 302, Location="file:///etc/passwd")
    result = fetch(
        [f"{site.url}/meta", f"{site.url}/file"], tmp_path, partner="farmers", limits=QUICK
    )
    assert any("private network" in failure for failure in result.failures)
    assert any("only http" in failure for failure in result.failures) and not result.written


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.0.0.1", False),
        ("127.0.0.1", False), ("169.254.169.254", False), ("192.168.1.1", False), ("::1", False),
        ("fe80::1%eth0", False), ("fc00::1", False), ("::ffff:127.0.0.1", False),
        ("0.0.0.0", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False),
        ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False),
    ],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_usage(tmp_path: Path) -> None:
    for urls, partner, words in (
        ([], "p", "nothing to fetch"), (["ftp://x"], "p", "begins with https"),
        (["https://x"], "../p", "can be a folder"),
    ):  # fmt: skip
        with pytest.raises(PipelineError, match=words):
            fetch(urls, tmp_path, partner=partner)
    with pytest.raises(PipelineError, match="axiomap fetch https://x"):
        discover(["https://x"])


def test_corpora(site: Site, tmp_path: Path) -> None:
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    manifest = f"""title = "Hearings"
licence = "Public domain"
source = "{site.url}"
partner = "congress"
addresses = ["{site.url}/sitemap.xml"]
match = 'details/(CHRG-[0-9a-z]+)'
page = '{site.url}/content/\\1.htm'
"""
    (manifests / "hearings.toml").write_text(manifest)
    links = "".join(
        f"<url><loc>{site.url}/app/details/{key}</loc></url>" for key in ("CHRG-1a", "CRPT-2")
    )
    site.put("/sitemap.xml", f"<urlset>{links}</urlset>")
    site.put("/content/CHRG-1a.htm", PAGE.format(1))
    result = fetch_corpus(
        "hearings", tmp_path / "out", manifests=manifests, allow_private=True, limits=QUICK
    )
    assert len(result.written) == 1 and "/congress/" in result.written[0]
    with pytest.raises(PipelineError, match="there are: hearings"):
        fetch_corpus("other", tmp_path, manifests=manifests)
    (manifests / "hearings.toml").write_text(manifest + f'[sha256]\n"{site.url}/x" = "00"\n')
    result = fetch_corpus(
        "hearings", tmp_path / "new", manifests=manifests, allow_private=True, limits=QUICK
    )
    assert "none of the manifest's" in result.failures[0]
    assert "us-hearings" in [corpus.name for corpus in corpora()]


def test_commands(site: Site, tmp_path: Path) -> None:
    site.put("/a", PAGE.format(1))
    options = ["--partner", "p", "--out", str(tmp_path), "--delay", "0"]
    runner = CliRunner()
    done = runner.invoke(cli, ["fetch", f"{site.url}/a", *options, "--allow-private"])
    assert done.exit_code == 0 and "1 pages written" in done.output
    assert runner.invoke(cli, ["fetch", f"{site.url}/a", *options]).exit_code == 1
    listed = runner.invoke(cli, ["corpora", "list", "--json"])
    assert '"name": "us-hearings"' in listed.output


def test_ingest_and_map_take_addresses(
    site: Site, tmp_path: Path, tiny_settings: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    items = "".join(f"<item><link>{site.url}/p/{i}?v=1</link></item>" for i in range(3))
    site.put("/feed.xml?full=1", f"<rss><channel><title>F</title>{items}</channel></rss>")
    for i in range(3):
        site.put(f"/p/{i}?v=1", PAGE.format(i))
    site.put("/other", PAGE.format(9))
    (tmp_path / "unions").mkdir()
    (tmp_path / "unions" / "a.txt").write_text(
        "We reject the deal that they signed last week. " * 4
    )
    options = ["--delay", "0", "--allow-private"]
    feed = f"{site.url}/feed.xml?full=1"

    def ingest(*arguments: str) -> tuple[int, list[dict[str, str]], str]:
        done = CliRunner().invoke(cli, ["ingest", *arguments, *options])
        return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    code, rows, _ = ingest(feed, "unions/a.txt")
    assert code == 0 and {row["partner"] for row in rows} == {"127.0.0.1", "unions"}
    assert {row["url"] for row in rows} == {f"{site.url}/p/{i}?v=1" for i in range(3)} | {""}
    # Other pages in the same folder do not come along; a page at hand is not written again.
    code, rows, _ = ingest(f"{site.url}/other")
    assert code == 0 and [row["url"] for row in rows] == [f"{site.url}/other"]
    code, rows, said = ingest(feed)
    assert code == 0 and len(rows) == 3 and "0 pages written, 3 unchanged" in said
    # One that is gone: what there was is kept, the exit code tells.
    del site.pages["/p/1?v=1"]
    code, rows, said = ingest(feed)
    assert code == 1 and len(rows) == 3 and "answers 404" in said
    done = CliRunner().invoke(cli, ["ingest", feed, "--delay", "0"])
    assert done.exit_code == 2 and "private network" in done.stderr
    done = CliRunner().invoke(cli, ["ingest", f"{site.url}/gone", *options])
    assert done.exit_code == 2 and "nothing could be fetched; first" in done.stderr

    tiny = [word for setting in tiny_settings for word in ("--set", setting)]
    done = CliRunner().invoke(
        cli, ["map", f"{site.url}/other", "unions/a.txt", "--partner", "", "--out", "out",
              "--document-tier", "public", *options, *tiny],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    made = json.loads((tmp_path / "out" / "map.json").read_bytes())
    assert {d["partner"]: d["tier"] for d in made["documents"]} == {
        "127.0.0.1": "public", "unions": "public"
    }  # fmt: skip
    assert (tmp_path / "out" / "fetched" / "127.0.0.1").is_dir()
    gone = [f"{site.url}/gone", *options, *tiny, "--out", "out"]
    done = CliRunner().invoke(cli, ["map", f"{site.url}/other", "unions/a.txt", *gone])
    assert done.exit_code == 1, done.output
    made = json.loads((tmp_path / "out" / "map.json").read_bytes())
    (failure,) = made["failures"]
    assert failure["source"] == f"{site.url}/gone" and "404" in failure["reason"]
    assert "404" in (tmp_path / "out" / "map.html").read_text(encoding="utf-8")


def test_limits_hold_for_all_hosts_together(site: Site, tmp_path: Path) -> None:
    for path in ("/a", "/b", "/c"):
        site.put(path, PAGE.format(path))
    local = site.url.replace("127.0.0.1", "localhost")
    limits = FetchLimits(delay=0.0, timeout=2.0, seconds=20.0, pages=2)
    heard: list[tuple[int, int]] = []
    got = gather(
        [f"{site.url}/a", f"{local}/b", f"{local}/c"], tmp_path, limits=limits,
        allow_private=True, progress=lambda done, known: heard.append((done, known)),
    )  # fmt: skip
    assert len(got.files) == 2 and got.asked == 2 and got.stopped
    assert {Path(file).parent.name for file in got.files} == {"127.0.0.1", "localhost"}
    assert heard == [(1, 1), (2, 3)]
    got = gather(
        [f"{site.url}/a", f"{local}/b"], tmp_path, limits=replace(limits, pages=1),
        allow_private=True, partner="farmers",
    )  # fmt: skip
    assert [Path(file).parent.name for file in got.files] == ["farmers"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.farmers.example/x", "farmers.example"), ("HTTP://A.b:80/", "a.b"),
        ("http://[::1]:8/x", "--1"), ("https:///x", ""), ("https://../x", ""), ("http://[x/", ""),
    ],
)  # fmt: skip
def test_a_host_names_a_folder(url: str, host: str) -> None:
    assert is_address(url)
    if host:
        assert host_of(url) == host
    else:
        with pytest.raises(PipelineError, match="check the spelling"):
            host_of(url)


def test_text_files_keep_their_kind(site: Site, tmp_path: Path) -> None:
    site.put("/press/a.txt", "We oppose the deal.\n\nIt costs jobs <in> our towns.")
    site.put("/rows.jsonl", json.dumps({"text": "It costs jobs in our towns."}))
    result = get(site, tmp_path, "/press/a.txt", "/rows.jsonl")
    assert sorted(Path(file).suffix for file in result.written) == [".jsonl", ".txt"]
    stage = Ingest(IngestConfig())
    texts = {d.text for d in stage(discover([tmp_path])) if isinstance(d, Document)}
    stage.close()
    assert "It costs jobs in our towns." in texts and any("<in>" in text for text in texts)
