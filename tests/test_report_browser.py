"""The page in a browser: views, filters, keyboard, documents, print, dark, phone, axe-core.

Needs Debian's Chromium (``apt-get install chromium``); run with ``pytest -m browser``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import report_maps as maps

pytest.importorskip("playwright.sync_api")
from playwright.sync_api import expect, sync_playwright

from pipeline import report
from pipeline.config import ReportConfig
from pipeline.records import Tier

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ROUTES = (
    "overview", "map", "pairs", "pair/0/0/1", "conclusion/0", "partners", "partner/0", "advice",
    "documents", "document/2", "claims", "about",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pages")
    report.write(maps.coalition(), root / "plain", ReportConfig())
    report.write(maps.hostile(), root / "hostile", ReportConfig())
    report.write(maps.torn(), root / "torn", ReportConfig())
    report.write(maps.coalition(), root / "public", ReportConfig(tier=Tier.PUBLIC))
    return root


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.skip("no chromium; apt-get install chromium, or set CHROMIUM")
    with sync_playwright() as driver:
        made = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield made
        made.close()


class Errors(list):
    """What the page complained about."""


@pytest.fixture
def page(browser, folder) -> Iterator:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.errors = Errors()
    opened.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.on("console", lambda m: m.type == "error" and opened.errors.append(m.text))
    opened.on("request", lambda r: r.url.startswith("file:") or opened.errors.append(r.url))
    yield opened
    assert not opened.errors
    context.close()


def visit(page, folder: Path, route: str = "overview", name: str = "plain") -> None:
    page.goto("about:blank")
    page.goto(f"file://{folder / name / 'map.html'}#{route}")


def axe(page) -> list[str]:
    source = resources.files("axe_playwright_python").joinpath("axe.min.js")
    page.evaluate(source.read_text(encoding="utf-8"))  # outside the policy: evaluated by the driver
    found = page.evaluate("axe.run(document)")
    return [
        f"{v['id']}: {n['html'][:140]} {n['failureSummary'][:200]}"
        for v in found["violations"] for n in v["nodes"]
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_in_any_view_and_nothing_overflows(browser, folder, width, scheme):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    for name in ("plain", "hostile", "public"):
        for route in ROUTES:
            visit(page, folder, route, name)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, route)
            assert axe(page) == [], (name, route)
    context.close()


def test_finding_leads_to_the_pair_and_a_quote_to_its_document_and_back(page, folder):
    visit(page, folder)
    page.get_by_role("link", name="See the evidence: Same position").click()
    expect(page.locator("h2:visible")).to_have_text("Federation of Trades and Estuary League")
    assert "different grounds" in page.locator("main").inner_text()
    page.get_by_role("link", name="Workers first in Twin Seas talks").last.click()
    here = page.locator("mark.here")
    assert "We look after our own people first." in here.inner_text()
    assert here.evaluate("e => document.activeElement === e")
    page.get_by_role("link", name="The Twin Seas Partnership must be rejected.").last.click()
    expect(page.locator("h2:visible")).to_have_text("“The Twin Seas Partnership must be rejected.”")
    page.go_back()
    expect(page.locator("mark.here")).to_have_count(1)


def test_filters_narrow_claims_documents_and_the_map(page, folder):
    visit(page, folder, "claims")
    page.get_by_label("Layer", exact=True).select_option("deep core")
    page.get_by_label("Partner", exact=True).select_option("Common Table")
    assert page.locator("#claims-body blockquote").count() == 3
    page.get_by_label("Search", exact=True).fill("third countries")
    assert page.locator("#filter-count").inner_text() == "1 claim found"
    page.get_by_role("button", name="Show everything").click()
    page.get_by_label("Voice", exact=True).select_option("an opponent it quotes")
    expect(page.locator("#claims-body blockquote")).to_have_count(1)
    page.get_by_role("button", name="Show everything").click()
    page.get_by_label("From (year or date)").fill("2024")
    page.get_by_label("Genre", exact=True).select_option("testimony")
    page.get_by_role("link", name="Documents", exact=True).click()
    expect(page.locator("#documents-body > ul > li")).to_have_count(1)
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.locator("#matrix tbody tr:not([hidden])")).to_have_count(2)
    assert page.locator(".outside:visible").count() >= 1
    page.get_by_role("button", name="Show everything").click()
    page.get_by_label("Only contested").check()
    expect(page.locator("#matrix tbody tr:not([hidden])")).to_have_count(2)


def test_everything_is_reached_by_keyboard(page, folder):
    visit(page, folder)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Pairs"
    page.keyboard.press("Enter")
    expect(page.locator("#view-pairs h2")).to_be_focused()
    expect(page).to_have_title("Pairs – Axiom map")
    visit(page, folder, "pair/0/0/1")
    page.locator("#view-pairs button.term").first.focus()
    assert page.locator("#definition").is_visible()
    assert "no reason in common" in page.locator("#definition").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#definition").is_visible()


def test_silence_tacit_and_too_little_evidence_are_said(page, folder):
    visit(page, folder, "conclusion/1")
    text = page.locator("#view-detail").inner_text()
    assert "Silence is not disagreement." in text and "No reason stated" in text
    assert "What would you say to a revised agreement" in text
    visit(page, folder, "pair/0/0/2")
    text = page.locator("#view-pairs").inner_text()
    assert "too little evidence" in text and "at least 3 from each" in text


def test_who_says_both_and_who_was_not_read_are_told_apart(page, folder):
    for route in ("conclusion/2", "pair/2/0/2", "partner/2", "partner/3", "map"):
        visit(page, folder, route, "torn")
        assert axe(page) == [], route
    page.locator("#filter-box > summary").click()
    page.get_by_label("Position (map)").select_option("◐ says both")
    expect(page.locator("#matrix tbody tr:not([hidden])")).to_have_count(1)
    page.get_by_label("Partner", exact=True).select_option("Estuary League")
    expect(page.locator("#matrix tbody tr:not([hidden])")).to_have_count(0)
    page.get_by_label("Position (map)").select_option("✕ rejects")
    expect(page.locator("#matrix tbody tr:not([hidden])")).to_have_count(1)
    visit(page, folder, "conclusion/2", "torn")
    table = page.locator("#view-detail article").nth(2).inner_text()
    assert "For it" in table and "has our blessing" in table
    assert "Against it" in table and "No strike on 28 November" in table
    assert "counts it on neither side" in table and "Reasons given" not in table
    bog = page.locator("#view-detail article").nth(3).inner_text()
    assert "not read" in bog and "Silence" not in bog
    visit(page, folder, "partners", "torn")
    assert "says both on 1" in page.locator("#view-partners").inner_text()


def test_hostile_documents_are_text(page, folder):
    dialogs = []
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    for route in (*ROUTES, "document/8", "conclusion/3", "partner/2"):
        visit(page, folder, route, "hostile")
    visit(page, folder, "document/8", "hostile")
    body = page.locator(".document")
    assert "<script>document.title='owned'</script> </style>" in body.inner_text()
    assert "⟨U+202E⟩gnp.exe" in body.inner_text() and "x" * 10_000 in body.inner_text()
    assert "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 😀 is <!-- ultimately --> what counts." in page.locator(
        "mark.deep_core").last.inner_text()  # fmt: skip
    assert page.locator("a[href^=javascript]").count() == 0
    assert page.locator("main script, main img, main iframe").count() == 0
    assert not dialogs and "owned" not in page.title()


def test_print_shows_overview_map_advice_and_glossary(page, folder):
    visit(page, folder)
    page.emulate_media(media="print")
    for part in ("overview", "map", "advice", "about"):
        assert page.locator(f"#view-{part}").is_visible()
    assert not page.locator("nav.main").is_visible()
    assert page.pdf(format="A4")[:4] == b"%PDF"


def test_without_script_the_overview_and_map_still_read(browser, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    visit(page, folder)
    assert page.locator("#view-map .matrix").is_visible()
    assert "Same position, different roots" in page.locator("#view-overview").inner_text()
    context.close()


def test_public_page_offers_no_pairs_reasons_or_advice(page, folder):
    visit(page, folder, "conclusion/0", "public")
    text = page.locator("#view-detail").inner_text()
    assert "Reasons" not in text and "what to ask" not in text
    assert page.get_by_role("link", name="What follows").count() == 0
