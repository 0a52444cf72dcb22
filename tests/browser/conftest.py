"""One browser of each kind for a file; a study in memory, a game server and a fresh tab for each test.

Tests run in Chromium. With the marker `browsers`, a test runs in each browser that it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser import browsers, game_server, studies, website
from tests.browser.additions import phone
from tests.browser.browsers import BROWSERS, CHROMIUM, Started
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor, watch
from tests.browser.webdriver import FRAME, FRAME_PAGE, Firefox, WebKit
from tests.browser.website import Site

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENSHOTS = REPOSITORY / "build" / "screenshots"

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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test in each browser of its marker `browsers`, whose argument `fails` names those where it fails today."""
    marker = metafunc.definition.get_closest_marker("browsers")
    if marker is not None:
        fails = marker.kwargs.get("fails", {})
        marks = {name: pytest.mark.xfail(reason=reason, raises=AssertionError) for name, reason in fails.items()}
        engines = [pytest.param(name, marks=marks.get(name, ())) for name in marker.args]
        metafunc.parametrize("engine", engines, scope="module")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the folder's tests; skip those of a missing browser, unless HIPPO_REQUIRE_BROWSER is set."""
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        callspec = getattr(item, "callspec", None)
        browser = callspec.params.get("engine", "chromium") if callspec is not None else "chromium"
        why = browsers.missing(browser)
        if why is not None and not browsers.is_required(browser):
            item.add_marker(pytest.mark.skip(reason=why))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the measurements, which `record_property` passes on from every process, and what was not tested."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    properties = [each for report in reports if report.when == "call" for each in report.user_properties]
    for line in sorted(str(value) for name, value in properties if name == MEASURED):
        terminalreporter.write_line(f"measured: {line}")
    for why in filter(None, map(browsers.missing, BROWSERS)):
        terminalreporter.write_line(f"NOT TESTED: {why} ({browsers.INSTALL})", yellow=True)


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
    _must_be_installed("chromium")
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


@pytest.fixture(scope="session")
def started() -> Iterator[Started]:
    """The browsers besides Chromium that this process has started: one of each kind, until it ends."""
    with Started() as started:
        yield started


@pytest.fixture
def firefox(started: Started) -> Firefox:
    _must_be_installed("firefox")
    return started.browser(browsers.firefox)


@pytest.fixture
def webkit(started: Started) -> WebKit:
    _must_be_installed("webkit")
    return started.browser(browsers.webkit)


def _must_be_installed(browser: str) -> None:
    why = browsers.missing(browser)
    if why is not None:
        pytest.fail(f"{why} ({browsers.INSTALL})")


@pytest.fixture(scope="module")
def engine() -> str:
    """The browser of a test without the marker `browsers`."""
    return "chromium"


@pytest.fixture
def page(engine: str, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab. The fixture fails after errors in the tab, or requests to other origins.

    In Firefox and WebKitGTK it is a `webdriver.Tab`, which has the part of Playwright's `Page` that `Visitor` uses.
    """
    if engine == "chromium":
        page = request.getfixturevalue("context").new_page()
        faults = watch(page, site)
        yield page
        keep(page, "tests/" + re.sub(r"[^\w-]+", "-", request.node.name))
    else:
        browser = request.getfixturevalue(engine)
        site.may_be_framed, site.files[FRAME] = True, FRAME_PAGE
        with browser.tab(site) as tab:
            yield cast("Page", tab)
        faults = browser.faults(site.origin)
    assert faults == [], faults


@pytest.fixture
def handheld(engine: str, site: Site, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A participant with a phone: a window of 390 by 844 CSS pixels, and fingers.

    WebKitGTK's driver has no fingers: there, it is a narrow window.
    """
    if engine == "chromium":
        with phone(request.getfixturevalue("browser"), site) as visitor:
            yield visitor
        return
    site.may_be_framed, site.files[FRAME] = True, FRAME_PAGE
    browser = request.getfixturevalue(engine)
    with browser.fingers_only(), browser.tab(site) as tab:
        tab.set_viewport_size({"width": 390, "height": 844})
        yield Visitor(cast("Page", tab), site)
    assert browser.faults(site.origin) == []


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
