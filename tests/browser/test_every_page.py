"""Every page that a participant can see passes axe and fits into the window, in every look."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Page

from hippo_gym.participants import access, answers, enrolling, visits
from tests.browser import studies
from tests.browser.accessibility import ALL_RULES, RULES_OF_SIZE, violations
from tests.browser.game_server import GameServer
from tests.browser.scenes import SCENES
from tests.browser.visitors import Visitor
from tests.browser.website import FRONTEND


@dataclass(frozen=True)
class Look:
    """A colour scheme and window size, with the axe rules to check there."""

    scheme: Literal["light", "dark"]
    width: int
    height: int
    rules: Mapping[str, Any]


LOOKS: Final = {
    "light": Look("light", 1280, 900, ALL_RULES),
    "dark": Look("dark", 1280, 900, ALL_RULES),
    "phone": Look("light", 390, 844, RULES_OF_SIZE),
    "zoomed": Look("light", 640, 450, RULES_OF_SIZE),  # 1280 by 900 at 200 %
    "narrow": Look("dark", 320, 568, RULES_OF_SIZE),  # 1280 at 400 %: WCAG 1.4.10
}

NOTICES: Final = {
    "notOpen": "not_open",
    "closed": "closed",
    "full": "full",
    "serverFailed": "server_failed",
    "studyBroken": "study_broken",
    "pageMissing": "page_missing",
    "screenedOut": "screened_out",
}
"""`notice` in the answer of /next → the scene that shows this page."""


ELSEWHERE: Final = {
    *("stillThere", "lineFull", "fetchedAhead"),
    *("proofNeeded", "otherBrowser", "linkNeeded", "linkExpired"),
}
"""Notices without a scene: test_presence.py and test_access.py show those of presence and access; the
page shows the API's text of the others as it shows that of `full`.
"""


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("name", SCENES)
def test_every_page_is_accessible_and_fits(
    name: str, visitor: Visitor, game: GameServer, screenshot: Callable[[Page, str], None]
) -> None:
    SCENES[name](visitor, game)
    page = visitor.page
    for title, look in LOOKS.items():
        page.emulate_media(color_scheme=look.scheme)
        page.set_viewport_size({"width": look.width, "height": look.height})
        screenshot(page, f"{name}-{title}")
        assert violations(page, look.rules) == [], title
        assert not is_wider_than_its_window(page), title
    assert page.title() != ""


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_shows_its_text_and_no_submit_button(notice: str, visitor: Visitor, game: GameServer) -> None:
    SCENES[NOTICES[notice]](visitor, game)
    answer = visitor.site.answered[-1]
    assert answer["notice"] == notice
    paragraphs = re.findall(r"<p>(.*?)</p>", answer["page"])
    assert paragraphs
    for text in paragraphs:
        assert visitor.page.get_by_text(text, exact=True).is_visible()
    assert not visitor.submit_button.is_visible()


@pytest.mark.parametrize("name", ["not_open", "study_broken", "page_missing", "unknown_study"])
def test_try_again_shows_the_page_after_the_cause_is_fixed(name: str, visitor: Visitor, game: GameServer) -> None:
    SCENES[name](visitor, game)
    fixed = {"id": "nope"} if name == "unknown_study" else {}
    visitor.site.study.register(studies.entry(port=game.port, **fixed), studies.FILES)
    visitor.page.get_by_role("button", name="Try again").click()
    visitor.sees("About this study")


def test_the_page_handles_every_notice_of_the_api() -> None:
    trees = [ast.parse(inspect.getsource(module)) for module in (visits, answers, enrolling, access)]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    made = [call.args[0] for call in calls if getattr(call.func, "id", "") in ("notice", "EnrolmentRefused", "Refused")]
    of_api = {argument.value for argument in made if isinstance(argument, ast.Constant)} | {"stillThere"}
    (types,) = re.findall(r"notice\?: ([^;]+);", (FRONTEND / "modules" / "types.d.ts").read_text())
    assert of_api == set(NOTICES) | ELSEWHERE
    assert set(re.findall(r'"(\w+)"', types)) == of_api
