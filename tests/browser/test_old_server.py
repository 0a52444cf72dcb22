"""What servers of the two older generations receive: the page's texts of before the additions.

The texts below were recorded before `speaks` existed. Older servers read the keys in them by name.
"""

from __future__ import annotations

import json
import re
from typing import Final

import pytest

from tests.browser.game_server import ALL_MOVES, GameServer, picture
from tests.browser.visitors import Visitor

SPEAKS: Final = ["keys", "inputs", "binary"]

CONTROLS: Final = [*ALL_MOVES, "start", "pause", "good", "fpsUp", "fpsSet"]
FRAME: Final = {"frame": picture((9, 9, 9)), "frameId": 41}

OLDER: Final = """RECORD"""

NEWER: Final = """RECORD"""


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
    for label in ("Good", "Faster", "Pause"):
        page.get_by_role("button", name=label).click()
    page.keyboard.down("d")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    game.wait_for(lambda message: message.get("KeyboardEvent") == {"KEYUP": ["d"]})
    return [re.sub(r'("(?:system|browser)(?:Version)?"):"[^"]*"', r'\1:"…"', str(text)) for text in game.texts]


def _without_speaks(hello: str) -> str:
    message = json.loads(hello)
    assert message.pop("speaks") == SPEAKS
    return json.dumps(message, separators=(",", ":"))


@pytest.mark.parametrize(("frame", "recorded"), [(FRAME, OLDER), ({"env": FRAME}, NEWER)], ids=["older", "newer"])
def test_an_older_server_receives_what_it_always_received(
    visitor: Visitor, game: GameServer, frame: dict[str, object], recorded: str
) -> None:
    game.welcome = [{"UI": CONTROLS}, frame]
    hello, *others = _play(visitor, game)
    print(*[hello, *others], sep="\n")
    assert [_without_speaks(hello), *others] == recorded.split("\n")
