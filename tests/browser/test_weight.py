"""The weight of the deployed page, its origins, and its imports."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from build_page import build_page
from tests.browser.game_server import GameServer
from tests.browser.scenes import COMPLETION
from tests.browser.visitors import Visitor
from tests.browser.website import FRONTEND

MOST_OF_FIRST_PAGE: Final = 25_000
MOST_OF_STUDY: Final = 60_000
"""Bytes in transfer: docs/decisions/2026-11-30-the-page-is-made-small-for-deployment.md, and
2026-11-30-one-catalogue-of-texts.md."""

SHIPPED: Final = {".html", ".css", ".js", ".json"}
LOOPBACK: Final = {"http://localhost", "http://127.0.0.1"}
"""In the content policy, for the API of a local cloud."""
IN_TEXTS: Final = {"https://example.org"}
"""What a web address looks like, for participants who shall write one."""

OF_ENGLISH: Final = {"texts/first.js", "texts/en.js", "texts/en_later.js"}
ON_DEMAND: Final = {"modules/debug.js", "modules/devices.js", "texts/en_device.js", "modules/game/gamepad.js"}
"""Only debug mode, a study that requires something of the device, or a connected gamepad loads them."""

TRANSFERRED: Final = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .map(({ name, encodedBodySize, decodedBodySize }) => [name, encodedBodySize, decodedBodySize])"""


@dataclass(frozen=True)
class Weight:
    """Bytes of response bodies as the browser counts them: transferred and unpacked."""

    files: frozenset[str]
    transferred: int
    unpacked: int

    def __str__(self) -> str:
        return f"{len(self.files)} files, {self.transferred:,} bytes in transfer (gzip), {self.unpacked:,} unpacked"


def _weigh(page: Page, origin: str) -> Weight:
    """Weigh everything that the page has loaded, without pictures and the study's own files."""
    found: dict[str, tuple[int, int]] = {}
    for url, transferred, unpacked in page.evaluate(TRANSFERRED):
        name = re.sub(r"[?].*", "", url.removeprefix(f"{origin}/")) or "index.html"
        if name not in ("next", "own.css") and not name.endswith(".svg"):
            found[name] = (transferred, unpacked)
    assert all(unpacked > 0 for _, unpacked in found.values()), f"not measured: {found}"
    sizes = [*zip(*found.values(), strict=True)]
    return Weight(frozenset(found), sum(sizes[0]), sum(sizes[1]))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as a deployment uploads it."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "frontend").symlink_to(FRONTEND)
    return build_page(root).folder


def test_the_first_page_is_light(visitor: Visitor, built: Path, measured: Callable[[str], None]) -> None:
    visitor.site.folder = built
    visitor.come()
    visitor.sees("About this study")
    weight = _weigh(visitor.page, visitor.site.origin)
    measured(f"the first page: {weight}")
    assert len(weight.files) > 15, weight
    assert weight.transferred < MOST_OF_FIRST_PAGE
    assert weight.transferred < weight.unpacked * 0.6, "it was not compressed as CloudFront does it"


def test_the_whole_page_is_light(
    visitor: Visitor, game: GameServer, built: Path, measured: Callable[[str], None]
) -> None:
    """A study with everything: a style sheet of its own, faults, a wait, a game, a completion code."""
    visitor.site.folder = built
    study = visitor.site.study
    study.change(completion=COMPLETION)
    study.servers_are_quick = False
    css = f"{visitor.site.origin}/own.css"
    visitor.page.route(css, lambda route: route.fulfill(content_type="text/css", body="h1 { color: green }"))
    visitor.come(css=css)
    visitor.submit()
    expect(visitor.page.locator("p", has_text="2 questions still need an answer")).to_be_visible()
    visitor.consent()
    visitor.read_instructions()
    visitor.sees("Your game is starting")
    study.make_ready("ada")
    visitor.is_connected()
    game.send("done")
    visitor.answer_survey()
    visitor.sees("Your completion code")
    weight = _weigh(visitor.page, visitor.site.origin)
    measured(f"a whole study with a game: {weight}")
    assert weight.transferred < MOST_OF_STUDY
    shipped = {str(path.relative_to(FRONTEND)) for path in FRONTEND.rglob("*") if path.suffix in SHIPPED}
    others = {name for name in shipped if name.startswith("texts/") and name not in OF_ENGLISH}
    assert others, "no other language is shipped"
    assert weight.files == shipped - ON_DEMAND - others, "files that no study loads, or that the page does not ship"


def test_the_page_loads_nothing_from_other_origins() -> None:
    texts = [path.read_text() for path in sorted(FRONTEND.rglob("*")) if path.suffix in SHIPPED]
    assert {
        address for text in texts for address in re.findall(r"https?://[\w-]+(?:\.\w+)*", text)
    } <= LOOPBACK | IN_TEXTS


def test_index_html_preloads_every_module_of_the_first_page(visitor: Visitor) -> None:
    """Without a preload, the browser finds a module after it has loaded its importer."""
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.come()
    visitor.sees("About this study")
    named = re.findall(r'(?:href|src)="(modules/[\w/]+\.js)"', (FRONTEND / "index.html").read_text())
    assert {url.removeprefix(f"{visitor.site.origin}/") for url in asked if "/modules/" in url} == set(named)


def test_no_module_imports_itself_through_others() -> None:
    """Static and dynamic imports; JSDoc comments import types only."""
    imported: dict[str, set[str]] = {}
    for path in sorted((FRONTEND / "modules").rglob("*.js")):
        code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        names = re.findall(r'\b(?:from |import |import\()"(\.[^"]+)"', code)
        imported[str(path)] = {str((path.parent / name).resolve()) for name in names}
    assert any(path.endswith("later.js") for paths in imported.values() for path in paths), "dynamic imports are found"
    TopologicalSorter(imported).prepare()  # raises CycleError, which names the modules
