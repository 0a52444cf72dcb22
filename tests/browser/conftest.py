"""One browser for the folder; a study in memory, a game server and a fresh profile for each test."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser import game_server, studies, website
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor, watch
from tests.browser.website import Site

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENSHOTS = REPOSITORY / "build" / "screenshots"

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
REQUIRED = "HIPPO_REQUIRE_BROWSER"
"""Environment variable: with `1`, as in CI, tests fail without Chromium."""

MEASURED = "measured"

PATIENCE_MS = 300_000
"""Only ends a test that hangs: other programs may use the cores."""

expect.set_options(timeout=PATIENCE_MS)

_CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the folder's tests; skip them without a browser, unless HIPPO_REQUIRE_BROWSER is set."""
    missing = "Chromium is not installed (Debian: apt-get install chromium); " + f"{REQUIRED}=1 makes this a failure"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None and os.environ.get(REQUIRED) != "1":
                item.add_marker(pytest.mark.skip(reason=missing))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the tests' measurements; `record_property` passes them on from every worker process."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    properties = [each for report in reports if report.when == "call" for each in report.user_properties]
    for line in sorted(str(value) for name, value in properties if name == MEASURED):
        terminalreporter.write_line(f"measured: {line}")


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that prints a measurement at the end of the run."""
    return lambda line: record_property(MEASURED, line)


@pytest.fixture(scope="module")  # while it runs, no other asyncio program can run in this process
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("Chromium is not installed: apt-get install chromium")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def game() -> Iterator[GameServer]:
    with game_server.running() as running:
        yield running


@pytest.fixture
def site(game: GameServer) -> Iterator[Site]:
    """A study of five steps whose game runs on `game`."""
    with website.serve(studies.five_steps(game.port)) as serving:
        yield serving


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def blocked(playwright: Playwright, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser whose settings block all storage."""
    preferences = tmp_path / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"profile": {"default_content_setting_values": {"cookies": 2}}}))
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=CHROMIUM, args=_CHROMIUM_ARGUMENTS, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab. The fixture fails after errors in the tab, or requests to other origins."""
    page = context.new_page()
    faults = watch(page, site)
    yield page
    keep(page, "tests/" + re.sub(r"[^\w-]+", "-", request.node.name))
    assert faults == [], faults


@pytest.fixture
def visitor(page: Page, site: Site) -> Visitor:
    """A participant who has not opened the link yet."""
    return Visitor(page, site)


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """Return a function that saves a page's screenshot in build/screenshots, for review."""
    return keep


def keep(page: Page, name: str) -> None:
    path = SCREENSHOTS / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)
