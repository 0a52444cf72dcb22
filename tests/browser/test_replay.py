"""The page of `hippo replay`: the game, its time line, keyboard, phone, dark, accessibility."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from hippo_cli.replay.playing import Film
from hippo_cli.replay.serving import Server
from tests.browser.accessibility import violations

STEPS = 40


def film(folder: Path) -> Film:
    """Return a film of two episodes of two seconds; the second one differs at step 30."""
    pictures = []
    for number in range(STEPS + 1):
        file = io.BytesIO()
        Image.new("RGB", (60, 40), (number * 6, 90, 90)).save(file, format="JPEG")
        pictures.append(file.getvalue())
    (folder / "pictures.bin").write_bytes(b"".join(pictures))
    moments: list[dict[str, Any]] = [{"seconds": 0.0, "step": 0, "score": 0, "picture": 0}]
    for step in range(1, STEPS + 1):
        what = {"action": 2, "source": "human" if step < 20 else "policy", "reward": -1.0, "score": -step}
        moments.append({"seconds": step / 20, "step": step, "picture": step, **what})
    episode: dict[str, Any] = {
        "block": "game",
        "episode": 1,
        "attempt": 1,
        "seed": 7,
        "compared": STEPS,
        "fault": None,
        "difference": None,
        "moments": moments,
        "keys": [{"key": "→", "from": 0.2, "to": 0.9}, {"key": "←", "from": 1.0, "to": 1.5}],
        "feedback": [{"seconds": 1.2, "value": -1, "step": 24}],
    }
    differs = {"step": 30, "name": "next_observation[2]", "recorded": 0.5, "found": 0.25}
    report = {
        "pictures": [len(picture) for picture in pictures],
        "versions": {"gymnasium": ["1.0.0", "1.4.0"]},
        "episodes": [episode, {**episode, "episode": 2, "difference": differs}],
    }
    return Film(folder, json.loads(json.dumps(report)))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(film(tmp_path), "grid", "ada") as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def opened(browser: Browser, server: Server, **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(server.address)
    expect(page.locator("#verdict")).to_contain_text("iffers at step 30")
    assert faults == []
    return page


def place(page: Page) -> int:
    return int(page.locator("#place").input_value())


def test_the_episode_that_differs_is_shown_first_and_one_button_goes_there(browser: Browser, server: Server) -> None:
    page = opened(browser, server)
    expect(page.locator("#verdict")).to_have_text(
        "Differs at step 30: next_observation[2] is 0.25, and 0.5 in the record"
    )
    expect(page.locator("#versions")).to_contain_text("gymnasium 1.0.0 (1.4.0 here)")
    page.get_by_role("button", name="Go to the difference").click()
    assert place(page) == 30
    expect(page.locator("#facts")).to_contain_text("the policy")
    page.locator("#episode").select_option("0")
    expect(page.locator("#verdict")).to_contain_text("The same as in the record (40 observations compared)")
    expect(page.get_by_role("button", name="Go to the difference")).to_be_hidden()
    page.context.close()


def test_the_keyboard_plays_pauses_and_steps(browser: Browser, server: Server) -> None:
    page = opened(browser, server)
    for key, expected in (("End", STEPS), ("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        page.keyboard.press(key)
        assert place(page) == expected
    page.keyboard.press("Space")
    expect(page.locator("#place")).to_have_value(str(STEPS), timeout=60_000)  # two seconds, on an idle machine
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("Space")  # from the beginning again
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("Space")
    paused = place(page)
    page.wait_for_timeout(300)
    assert place(page) == paused < STEPS
    page.context.close()


def test_the_time_line_and_the_list_go_to_their_places(browser: Browser, server: Server) -> None:
    page = opened(browser, server)
    lane = page.locator(".lane").first
    box = lane.bounding_box()
    assert box is not None
    lane.click(position={"x": box["width"] * 0.62, "y": 5})
    assert abs(place(page) - 0.62 * STEPS) <= 1
    expect(page.locator("#facts")).to_contain_text("←")
    page.get_by_text("Keys and judgements as a list").click()
    page.get_by_role("button", name="after step 24").click()
    assert place(page) == 24
    assert page.locator("#picture").get_attribute("src") == "picture/24"
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 320])
def test_the_page_is_accessible_and_fits(browser: Browser, server: Server, scheme: Any, width: int) -> None:
    page = opened(browser, server, color_scheme=scheme, viewport={"width": width, "height": 700}, bypass_csp=True)
    page.get_by_text("Keys and judgements as a list").click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
