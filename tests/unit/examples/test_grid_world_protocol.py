"""The game connection's messages, in the formats of both generations of clients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid_world_server import picture
from grid_world_server.environment import GARDEN, Direction
from grid_world_server.protocol import (
    Command,
    FrameRate,
    Hello,
    Input,
    Press,
    ProtocolError,
    Release,
    frame_message,
    read_hello,
    read_inputs,
    welcome_message,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)
KEYS = ["action", "command", "changeFrameRate", "KeyboardEvent", "ButtonEvent", "userId"]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"userId": "u1", "projectId": "p", "frameCount": 0, "frameId": 0}, id="to 2023"),
        pytest.param({"action": "start", "userId": "u1", "projectId": "p", "sendTo": "backend"}, id="since 2023"),
    ],
)
def test_both_forms_of_the_first_message_name_the_participant(message: dict[str, Any]) -> None:
    assert read_hello(json.dumps(message)) == Hello(user_id="u1", project_id="p")


@pytest.mark.parametrize("text", ["", "hello", "[]", "null", '{"userId": "u1"}', '{"userId": 1, "projectId": "p"}'])
def test_a_first_message_without_a_participant_is_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        read_hello(text)


@pytest.mark.parametrize(
    ("message", "inputs"),
    [
        # to 2023
        (
            {"action": "left", "actionType": "leftArrow", "frameCount": 3, "frameId": 3},
            (Press(Direction.LEFT),),
        ),
        ({"action": "noop", "actionType": "leftArrow", "frameCount": 3, "frameId": 3}, (Release(None),)),
        ({"command": "start", "system": "Linux", "browser": "Firefox"}, (Command("start"),)),
        ({"command": "good"}, (Command("good"),)),
        ({"changeFrameRate": "faster"}, (FrameRate("faster"),)),
        ({"changeFrameRate": 30}, (FrameRate(30),)),
        ({"changeFrameRate": "30"}, (FrameRate(30),)),
        # since 2023
        ({"action": "command", "command": "pause", "userId": "u", "sendTo": "backend"}, (Command("pause"),)),
        ({"action": "command", "KeyboardEvent": {"KEYDOWN": ["ArrowUp", 65]}}, (Press(Direction.UP),)),
        ({"action": "command", "KeyboardEvent": {"KEYUP": ["ArrowUp"]}}, (Release(Direction.UP),)),
        ({"KeyboardEvent": {"KEYDOWN": ["D", 68]}}, (Press(Direction.RIGHT),)),
        ({"ButtonEvent": {"BUTTONPRESSED": "bad"}}, (Command("bad"),)),
        # an input in both formats counts once
        (
            {"action": "left", "actionType": "leftArrow", "KeyboardEvent": {"KEYDOWN": ["ArrowLeft", 65]}},
            (Press(Direction.LEFT),),
        ),
        # any mix of keys
        ({"command": "good", "action": "down"}, (Command("good"), Press(Direction.DOWN))),
        # keys that this game does not use
        ({"action": "fire", "actionType": "space"}, ()),
        ({"command": "trainOnline"}, ()),
        ({"action": "start", "userId": "u", "projectId": "p"}, ()),
        ({"KeyboardEvent": {"KEYDOWN": ["Tab", 84]}}, ()),
        ({"changeFrameRate": "sideways"}, ()),
        ({}, ()),
    ],
)
def test_a_message_is_read_as_its_client_meant_it(message: dict[str, Any], inputs: tuple[Input, ...]) -> None:
    assert read_inputs(json.dumps(message)) == inputs


@given(st.text() | JSON_VALUES.map(json.dumps))
def test_any_text_is_read_or_refused_without_a_crash(text: str) -> None:
    for read in (read_hello, read_inputs):
        try:
            read(text)
        except ProtocolError:
            continue


@given(st.dictionaries(st.sampled_from(KEYS), JSON_VALUES))
def test_unusual_values_under_known_keys_cause_no_crash(message: dict[str, Any]) -> None:
    assert len(read_inputs(json.dumps(message))) <= 3


def test_the_welcome_lists_only_controls_that_the_game_handles() -> None:
    shown = json.loads(welcome_message(["one", "two"], width=384, height=384))
    assert shown["Instructions"] == ["one", "two"]
    for control in shown["UI"]:
        key = "action" if control in tuple(Direction) else "command"
        assert control in ("fpsUp", "fpsDown") or read_inputs(json.dumps({key: control}))


def test_a_frame_is_in_the_message_under_both_keys() -> None:
    message = json.loads(frame_message("abc", 7, {"Score": 3}, input_budget=60, used_input_budget=4))
    assert message["frame"] == message["env"]["frame"] == "abc"
    assert message["frameId"] == message["env"]["frameId"] == 7
    assert (message["display"], message["inputBudget"], message["usedInputBudget"]) == ({"Score": 3}, 60, 4)


def test_the_picture_is_a_small_base64_jpeg_without_prefix() -> None:
    frame = picture.draw(GARDEN, GARDEN.start)
    assert frame.startswith("/9j/")  # the first bytes of every JPEG, in base64
    assert len(frame) < 32_000
