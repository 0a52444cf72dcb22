"""Games whose servers use the additions to the protocol, and fingers to play them with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

from playwright.sync_api import Browser, CDPSession, Locator, Page

from tests.browser import found
from tests.browser.game_server import picture
from tests.browser.visitors import Visitor, watch
from tests.browser.webdriver import Tab
from tests.browser.website import Site

SPEAKS: Final = ["keys", "inputs", "binary"]


def key(*keys: str, label: str, action: str | None = None) -> dict[str, Any]:
    """Return an entry of `keys`; without an action, it is named like its label."""
    return {"keys": list(keys), "action": action or label.lower(), "label": label}


ARROWS: Final = [
    key("ArrowLeft", label="Left"),
    key("ArrowRight", label="Right"),
    key("ArrowUp", label="Up"),
    key("ArrowDown", label="Down"),
]
TAXI: Final = [
    key("ArrowDown", label="South"),
    key("ArrowUp", label="North"),
    key("ArrowRight", label="East"),
    key("ArrowLeft", label="West"),
    key("p", label="Pick up"),
    key("d", label="Drop off"),
]
LANDER: Final = [
    key("ArrowLeft", label="Left engine"),
    key("ArrowUp", label="Main engine"),
    key("ArrowRight", label="Right engine"),
]


def welcome(
    keys: list[dict[str, Any]] | None = None,
    inputs: list[dict[str, Any]] | None = None,
    controls: tuple[str, ...] = ("start", "pause"),
    size: tuple[int, int] = (600, 400),
) -> list[Any]:
    """Return a server's first messages: it speaks all additions, and shows frame 5."""
    first: dict[str, Any] = {"UI": list(controls), "speaks": SPEAKS, "Instructions": ["Press Start.", "Then play."]}
    first |= {} if keys is None else {"keys": keys}
    first |= {} if inputs is None else {"inputs": inputs}
    frame = {"frame": picture((40, 90, 140), size), "frameId": 5, "display": {"Score": -12.5, "Episode": "1 of 5"}}
    return [first, frame]


def come(visitor: Visitor) -> Page:
    """Come to the game of `welcome`, and wait until its frame is on the screen."""
    visitor.come_to_game()
    frame_is_drawn(visitor.page, 600)
    return visitor.page


def frame_is_drawn(page: Page, width: int) -> None:
    """Wait until the picture has this width. Pixels."""
    page.wait_for_function("width => document.querySelector('canvas').width === width", arg=width)


@contextmanager
def phone(browser: Browser, site: Site, width: int = 390, height: int = 844) -> Iterator[Visitor]:
    """A participant with a touch screen. Width and height: CSS pixels."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    page = context.new_page()
    faults = watch(page, site)
    yield Visitor(page, site)
    context.close()
    assert faults == [], faults


def fingers_on(page: Page | Tab) -> Fingers:
    """Return the fingers on the touch screen of a tab."""
    return cast("Fingers", found.Fingers(page)) if isinstance(page, Tab) else Fingers(page)


class Fingers:
    """Several fingers on a touch screen."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._down: dict[int, tuple[float, float]] = {}

    def put(self, finger: int, on: Locator, x: float = 0.5, y: float = 0.5) -> None:
        """Put a finger on an element. x and y: 0 to 1, within the element."""
        box = on.bounding_box()
        assert box is not None
        self._down[finger] = (box["x"] + x * box["width"], box["y"] + y * box["height"])
        self._tell("touchStart", finger)

    def lift(self, finger: int) -> None:
        self._tell("touchEnd", finger)

    def _tell(self, kind: str, finger: int) -> None:
        x, y = self._down[finger]
        points = [{"x": x, "y": y, "id": finger}]  # the others stay as they are
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
