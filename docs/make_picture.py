"""Writes docs/img/map.png, the picture that the README opens with: ``make picture``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).resolve().parent / "img" / "map.png"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


def main(page: Path) -> None:
    """Draws the matrix of a map's page with the Chromium that is installed."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as drive:
        browser = drive.chromium.launch(executable_path=chromium, args=list(QUIET))
        view = browser.new_page(viewport={"width": 1280, "height": 900})
        view.goto(page.resolve().as_uri() + "#map")
        view.locator("nav").get_by_text("Map", exact=True).click()
        view.get_by_role("heading", name="The map").wait_for()
        view.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
