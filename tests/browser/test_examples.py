"""Each example in its preview: a browser walks it from consent to thanks, and plays its game.

The mountain car is walked on the local cloud (test_local_cloud.py).
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from hippo_cli.preview import server as preview_server
from tests.browser.conftest import keep
from tests.browser.layout import PHONES, WINDOWS, check_game

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
_PATH: Final = str(EXAMPLES.parent / "play")
_RUN: Final = f"import runpy, sys; sys.path.insert(0, {_PATH!r}); runpy.run_module('hippo_play', run_name='__main__')"
READY_MS: Final = 300_000
"""Longest wait for a game; it only ends a test that hangs."""


def _command(config: Path, port: int) -> list[str]:
    return [sys.executable, "-c", _RUN, str(config), "--port", str(port), "--host", "127.0.0.1"]


@contextmanager
def previewed(folder: Path) -> Iterator[str]:
    """Serve a study and its game; return the link of a participant."""
    with preview_server.serve(folder, command=_command) as preview:
        thread = threading.Thread(target=preview.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"{preview.address}participant/?projectId={folder.name}&userId=ada"
        preview.shutdown()
        thread.join()


def press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def shows(page: Page, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible(timeout=READY_MS)


def figure(page: Page, label: str, text: str) -> None:
    """Wait until a figure beside the game begins with the text."""
    expect(page.locator("dt", has_text=label).locator("xpath=following-sibling::dd[1]")).to_contain_text(
        text, timeout=READY_MS
    )


def teach_the_robot(page: Page) -> None:
    page.keyboard.press("ArrowDown")  # a tap makes one move, however long the steps take
    figure(page, "Help left", "59")
    press(page, "Bad")
    figure(page, "Help left", "58")


def cross_the_lake(page: Page) -> None:
    figure(page, "Steps", "0 of 100")
    page.keyboard.press("ArrowUp")  # on slippery ice, the first row and column have no hole beside the start
    figure(page, "Steps", "1 of 100")
    press(page, "Go up")
    figure(page, "Steps", "2 of 100")


def steer(page: Page) -> None:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    page.locator("canvas").click(position={"x": 2, "y": box["height"] / 2})
    figure(page, "Score", "-")  # power costs points


def judge(page: Page) -> None:
    figure(page, "Score", "-")
    press(page, "Good", "Bad")


def correct(page: Page) -> None:
    page.keyboard.down("ArrowRight")
    figure(page, "Score", "-")
    page.keyboard.up("ArrowRight")


def fits(page: Page) -> None:
    """Check the game in windows of several sizes."""
    page.locator("dd").first.wait_for(timeout=READY_MS)
    page.wait_for_function(
        "document.querySelector('.screen').style.getPropertyValue('--wanted') !== ''", timeout=READY_MS
    )
    for width, height in [*WINDOWS, *PHONES]:
        page.set_viewport_size({"width": width, "height": height})
        keep(page, f"example-{width}x{height}-{page.url.partition('projectId=')[2].partition('&')[0]}")
        check_game(page, width, height)


def answer(page: Page) -> None:
    """Answer every question of a page, once it is shown."""
    page.get_by_role("button", name="Submit").wait_for(timeout=READY_MS)
    for group in page.get_by_role("group").all():
        if group.get_by_role("radio").count():
            group.get_by_role("radio").first.check()
    for box in page.get_by_role("checkbox").all():
        box.check()
    for number in page.get_by_role("spinbutton").all():
        number.fill("5")
    for text in page.get_by_role("textbox").all():
        text.fill("AB")
    for choice in page.get_by_role("combobox").all():
        choice.select_option(index=1)
    page.get_by_role("button", name="Submit").click()


WALKS: Final[dict[str, tuple[Callable[[Page], None], tuple[str, ...]]]] = {
    "grid_world": (teach_the_robot, ("human", "feedback")),
    "frozen_lake": (cross_the_lake, ("human",)),
    "steer_by_touch": (steer, ("pointed", "human")),
    "judge_the_driver": (judge, ("feedback", "policy")),
    "correct_the_driver": (correct, ("human",)),
}


@pytest.mark.parametrize("name", WALKS)
def test_from_consent_to_thanks(name: str, context: BrowserContext, tmp_path: Path) -> None:
    play, wanted = WALKS[name]
    folder = Path(shutil.copytree(EXAMPLES / name, tmp_path / name))
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    with previewed(folder) as link:
        page.goto(link)
        answer(page)
        shows(page, "How to ")
        answer(page)
        expect(page.get_by_text("Connected", exact=True)).to_be_visible(timeout=READY_MS)
        fits(page)
        press(page, "Start")
        play(page)
        press(page, "Stop", "End the game")
        expect(page.get_by_role("button", name="Submit")).to_be_visible(timeout=READY_MS)
        answer(page)
        shows(page, "You may exit now")
    assert errors == []
    events = recorded(folder)
    assert set(wanted) <= {event["event"] for event in events} | {event.get("source") for event in events}


def recorded(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / ".hippo" / "trials").rglob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
