"""What servers of the two older generations receive: the page's texts of before the additions.

The texts below were recorded before `speaks` existed, except for one: the frame rate was sent as a
number then, which crashed older servers.
"""

from __future__ import annotations

import json
import re
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.game_server import ALL_MOVES, GameServer, binary_frame, picture
from tests.browser.visitors import Visitor

SPEAKS: Final = ["keys", "inputs", "binary"]

CONTROLS: Final = [*ALL_MOVES, "start", "pause", "good", "fpsUp", "fpsSet"]
FRAME: Final = {"frame": picture((9, 9, 9)), "frameId": 41}

OLDER: Final = """\
{"action":"start","projectId":"study"
{"command":"start","system":"…","systemVersion":"…","browser":"…","browserVersion":"…"
{"action":"left","actionType":"leftArrow","KeyboardEvent":{"KEYDOWN":["ArrowLeft",65]}
{"action":"up","actionType":"upArrow","KeyboardEvent":{"KEYDOWN":["w",119]}
{"action":"left","KeyboardEvent":{"KEYUP":["w"]}
{"action":"noop","KeyboardEvent":{"KEYUP":["ArrowLeft"]}
{"action":"fire","actionType":"fireArrow","KeyboardEvent":{"KEYDOWN":[" ",32]}
{"action":"noop","KeyboardEvent":{"KEYUP":[" "]}
{"command":"good"
{"changeFrameRate":"faster"
{"changeFrameRate":"30"
{"command":"pause"
{"action":"right","actionType":"rightArrow","KeyboardEvent":{"KEYDOWN":["d",100]}
{"action":"noop","KeyboardEvent":{"KEYUP":["d"]}"""

NEWER: Final = """\
{"action":"start","projectId":"study"
{"action":"command","command":"start","system":"…","systemVersion":"…","browser":"…","browserVersion":"…"
{"action":"command","KeyboardEvent":{"KEYDOWN":["ArrowLeft",65]}
{"action":"command","KeyboardEvent":{"KEYDOWN":["w",119]}
{"action":"command","KeyboardEvent":{"KEYUP":["w"]}
{"action":"command","KeyboardEvent":{"KEYUP":["ArrowLeft"]}
{"action":"command","KeyboardEvent":{"KEYDOWN":[" ",32]}
{"action":"command","KeyboardEvent":{"KEYUP":[" "]}
{"action":"command","command":"good"
{"action":"command","changeFrameRate":"faster"
{"action":"command","changeFrameRate":"30"
{"action":"command","command":"pause"
{"action":"command","KeyboardEvent":{"KEYDOWN":["d",100]}
{"action":"command","KeyboardEvent":{"KEYUP":["d"]}"""

END: Final = ',"userId":"ada","sendTo":"backend","frameCount":%d,"frameId":%d}'
"""Of every message: frames received, and the id of the newest."""


def _play(visitor: Visitor, game: GameServer) -> list[str]:
    """Use every kind of control, and return the texts that the server received."""
    page = visitor.page
    visitor.come_to_game()
    page.get_by_role("button", name="Start").click()
    page.keyboard.down("ArrowLeft")
    page.keyboard.down("w")
    page.keyboard.up("w")
    page.keyboard.up("ArrowLeft")
    page.get_by_role("button", name="Fire").hover()
    page.mouse.down()
    page.mouse.up()
    for label in ("Good", "Faster"):
        page.get_by_role("button", name=label).click()
    page.get_by_label("Pictures per second").fill("30")
    for label in ("Set", "Pause"):
        page.get_by_role("button", name=label).click()
    page.keyboard.down("d")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    game.wait_for(lambda message: message.get("KeyboardEvent") == {"KEYUP": ["d"]})
    return [re.sub(r'("(?:system|browser)(?:Version)?"):"[^"]*"', r'\1:"…"', str(text)) for text in game.texts]


def _without_additions(hello: str) -> str:
    """Remove the keys that were added to the first message: old servers ignore them."""
    message = json.loads(hello)
    assert message.pop("speaks") == SPEAKS
    assert message.pop("step") == "3"
    return json.dumps(message, separators=(",", ":"))


@pytest.mark.parametrize(("frame", "recorded"), [(FRAME, OLDER), ({"env": FRAME}, NEWER)], ids=["older", "newer"])
def test_an_older_server_receives_what_it_always_received(
    visitor: Visitor, game: GameServer, frame: dict[str, object], recorded: str
) -> None:
    game.welcome = [{"UI": CONTROLS}, frame]
    hello, *others = _play(visitor, game)
    begun, *played = recorded.split("\n")
    assert _without_additions(hello) == begun + END % (0, 0)
    assert others == [text + END % (1, 41) for text in played]


def test_an_older_servers_words_for_additions_mean_nothing(visitor: Visitor, game: GameServer) -> None:
    """It does not say `speaks`: its `keys` and `inputs` are something else, and it sends no binary frames."""
    ours = {"keys": [{"keys": ["x"], "label": "Explode"}], "inputs": [{"name": "a", "kind": "text"}]}
    game.welcome = [{"UI": CONTROLS, **ours}, FRAME, binary_frame(99, (1, 2, 3)), {"display": {"Round": "begun"}}]
    visitor.come_to_game()
    expect(visitor.page.get_by_text("begun")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Explode")).to_have_count(0)
    expect(visitor.page.get_by_role("button", name="Send")).to_have_count(0)
    visitor.page.keyboard.press("x")
    visitor.page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message["action"] == "noop")
    assert [message["frameId"] for message in game.received] == [0, 41, 41]
