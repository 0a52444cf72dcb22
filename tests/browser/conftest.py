"""One browser for the folder; a study in memory, a game server and a fresh profile for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from local.cloud import Cloud
from local.deployment import deploy as deployment_on
from tests.browser import deployment, game_server, studies
from tests.browser.deployment import Site
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor, watch

REPOSITORY = Path(__file__).resolve().parents[2]
SCREENSHOTS = REPOSITORY / "build" / "screenshots"

expect.set_options(timeout=10_000)  # machines that run this share their cores

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
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("Chromium is not installed: apt-get install chromium")
    return found


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=_CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session", autouse=True)
def local_cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Future[Cloud]]:
    """The local cloud with everything deployed. Terraform mostly waits: meanwhile, the other tests run."""
    pool = ThreadPoolExecutor(1)  # its thread lives as long as the cloud's processes
    cloud = Cloud(tmp_path_factory.mktemp("cloud"), ephemeral=True)
    made: Future[Cloud] | None = None

    def make() -> Cloud:
        deployment_on(cloud)
        return cloud

    if any("stage" in getattr(item, "fixturenames", ()) for item in request.session.items):
        made = pool.submit(make)
    try:
        yield made or Future()
    finally:
        if made is not None:
            wait([made])
            cloud.stop()
        pool.shutdown()


@pytest.fixture
def game() -> Iterator[GameServer]:
    with game_server.running() as running:
        yield running


@pytest.fixture
def site(game: GameServer) -> Iterator[Site]:
    """A study of five steps, whose game is played on `game`."""
    with deployment.serve(studies.five_steps(game.port)) as serving:
        yield serving


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """A tab; at the end nothing may have gone wrong in it, and nobody else may have been asked for anything."""
    page = context.new_page()
    faults = watch(page, site)
    yield page
    assert faults == [], faults


@pytest.fixture
def visitor(page: Page, site: Site) -> Visitor:
    """A participant who has not come yet."""
    return Visitor(page, site)


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """Keeps what a page looks like, for people to review, in build/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    return take
