"""Messages, in the formats of all generations of pages."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_play.connection.messages import binary_frame, error_message, frame_message, welcome_message
from hippo_play.connection.protocol import (
    Answer,
    Command,
    FrameRate,
    Hello,
    Hold,
    Input,
    Press,
    ProtocolError,
    Reading,
    Release,
    read_hello,
)
from hippo_play.connection.protocol import read as read_message
from hippo_play.keys import bindings

COMMANDS = ("start", "pause", "stop", "reset", "good", "bad")
BINDINGS = bindings({"ArrowLeft": 0, "ArrowRight": 2, ("ArrowUp", "x"): 1}, {"ArrowLeft": "Push left"})


def read(text: str | bytes) -> Reading:
    return read_message(text, COMMANDS)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)
WORDS = st.sampled_from(["left", "right", "noop", "start", "good", "stop", "faster", "command", "ArrowLeft", "30"])
KEYS = st.sampled_from(
    [
        "action",
        "actionType",
        "command",
        "changeFrameRate",
        "KeyboardEvent",
        "frameId",
        "keys",
        "input",
        "value",
        "speaks",
    ]
)
KEYBOARD_EVENTS = st.dictionaries(
    st.sampled_from(["KEYDOWN", "KEYUP"]), JSON_VALUES | st.lists(WORDS | JSON_VALUES, max_size=2)
)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"userId": "u1", "projectId": "p", "frameCount": 0, "frameId": 0}, id="to 2023"),
        pytest.param({"action": "start", "userId": "u1", "projectId": "p", "sendTo": "backend"}, id="since 2023"),
    ],
)
def test_both_forms_of_the_first_message_name_the_participant(message: dict[str, Any]) -> None:
    assert read_hello(json.dumps(message)) == Hello(user_id="u1", project_id="p")


@pytest.mark.parametrize(
    "text", ["", "hello", "[]", "null", "7", '{"userId": "u1"}', '{"userId": 1, "projectId": "p"}', "[" * 9000]
)
def test_a_first_message_without_a_participant_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(ProtocolError, match="message must"):
        read_hello(text)


@pytest.mark.parametrize(
    ("message", "inputs"),
    [
        # to 2023
        ({"action": "left", "actionType": "leftArrow", "frameCount": 3, "frameId": 3}, (Press("left"),)),
        ({"action": "noop", "actionType": "leftArrow", "frameCount": 3, "frameId": 3}, (Release(None),)),
        ({"command": "start", "browser": "Firefox"}, (Command("start", {"browser": "Firefox"}),)),
        ({"command": "good"}, (Command("good"),)),
        ({"changeFrameRate": "faster"}, (FrameRate("faster"),)),
        ({"changeFrameRate": "slower"}, (FrameRate("slower"),)),
        ({"changeFrameRate": 30}, (FrameRate(30),)),
        ({"changeFrameRate": "30"}, (FrameRate(30),)),
        ({"changeFrameRate": 9000}, (FrameRate(90),)),
        ({"changeFrameRate": 0}, (FrameRate(1),)),
        # since 2023
        ({"action": "command", "command": "pause", "userId": "u", "sendTo": "backend"}, (Command("pause"),)),
        ({"action": "command", "KeyboardEvent": {"KEYDOWN": ["ArrowLeft", 65]}}, (Press("ArrowLeft"),)),
        ({"action": "command", "KeyboardEvent": {"KEYUP": ["ArrowLeft"]}}, (Release("ArrowLeft"),)),
        ({"action": "command", "KeyboardEvent": {"KEYDOWN": ["D", 68]}}, (Press("D"),)),
        ({"action": "command", "KeyboardEvent": {"KEYUP": ["a"]}}, (Release("a"),)),
        # an input in both formats counts once
        ({"action": "left", "KeyboardEvent": {"KEYDOWN": ["ArrowLeft", 65]}}, (Press("ArrowLeft"),)),
        ({"action": "noop", "KeyboardEvent": {"KEYUP": ["ArrowLeft"]}}, (Release("ArrowLeft"),)),
        # any mix of keys
        ({"command": "good", "action": "right", "changeFrameRate": 5}, (Command("good"), FrameRate(5), Press("right"))),
        # the additions
        ({"keys": ["ArrowLeft", " "], "frameId": 7}, (Hold(("ArrowLeft", " ")),)),
        ({"keys": [], "frameId": 9}, (Hold(()),)),
        ({"input": "feedback", "value": 2, "frameId": 7}, (Answer("feedback", 2),)),
        # keys of other games: the play ignores those that it does not know
        ({"action": "fire", "actionType": "space"}, (Press("fire"),)),
        ({"action": "start", "userId": "u", "projectId": "p"}, ()),
        ({"KeyboardEvent": {"KEYDOWN": ["Tab", 84]}}, (Press("Tab"),)),
        ({"ButtonEvent": {"BUTTONPRESSED": "fire"}, "brightness": 3}, ()),
        ({"ButtonEvent": {"BUTTONPRESSED": "bad"}}, (Command("bad"),)),
        ({}, ()),
    ],
)
def test_a_message_is_read_as_its_client_meant_it(message: dict[str, Any], inputs: tuple[Input, ...]) -> None:
    reading = read(json.dumps(message))
    assert reading.inputs == inputs
    assert reading.faults == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("not json", "JSON text"),
        ("\x00", "JSON text"),
        ('["left"]', "JSON object, not a list"),
        ('{"command": "trainOnline"}', 'command must be one of .*, not "trainOnline"'),
        ('{"command": {}}', "command must be one of .*, not an object"),
        ('{"changeFrameRate": "sideways"}', 'faster, slower or a number from 1 to 90, not "sideways"'),
        ('{"changeFrameRate": true}', "not true"),
        ('{"changeFrameRate": Infinity}', "not Infinity"),
        ('{"KeyboardEvent": "left"}', "KeyboardEvent must be an object"),
        ('{"keys": "ArrowLeft"}', "keys must list the names"),
        ('{"keys": [1]}', "keys must list the names"),
        ('{"input": "feedback"}', "input must be the name of an input, with a value"),
        ('{"input": 7, "value": 1}', "input must be the name"),
    ],
)
def test_an_invalid_value_is_answered_with_its_fault(text: str, fault: str) -> None:
    reading = read(text)
    assert reading.inputs == ()
    (found,) = reading.faults
    assert re.search(fault, found)
    assert json.loads(error_message(found)) == {"error": found}


def test_a_fault_in_one_key_does_not_lose_the_other_keys() -> None:
    reading = read('{"command": "dance", "action": "left", "frameId": 12}')
    assert reading.inputs == (Press("left"),)
    assert len(reading.faults) == 1
    assert reading.frame_id == 12


@pytest.mark.parametrize("frame_id", [0, -1, True, "12", None, 1.5, 2**70])
def test_an_invalid_frame_id_is_none(frame_id: Any) -> None:
    assert read(json.dumps({"frameId": frame_id})).frame_id is None


@settings(max_examples=40)
@given(st.text() | st.binary() | JSON_VALUES.map(json.dumps))
def test_any_text_is_read_or_answered_without_a_crash(text: str | bytes) -> None:
    reading = read(text)
    assert all(json.loads(error_message(fault))["error"] for fault in reading.faults)
    with contextlib.suppress(ProtocolError):
        read_hello(text)


@settings(max_examples=40)
@given(st.dictionaries(KEYS, JSON_VALUES | WORDS | KEYBOARD_EVENTS))
def test_unusual_values_under_known_keys_are_a_few_inputs_or_faults(message: dict[str, Any]) -> None:
    reading = read(json.dumps(message))
    assert len(reading.inputs) + len(reading.faults) <= 5


@pytest.mark.parametrize(
    ("speaks", "known"),
    [
        (["keys", "inputs", "binary"], {"keys", "inputs", "binary"}),
        (["binary", "video", 7], {"binary"}),
        ("keys", set()),
        (None, set()),
    ],
)
def test_a_hello_says_what_the_page_speaks(speaks: Any, known: set[str]) -> None:
    hello = read_hello(json.dumps({"userId": "u1", "projectId": "p", "speaks": speaks}))
    assert hello.speaks == known


def test_an_older_page_is_shown_the_nine_actions_that_the_game_uses() -> None:
    shown = json.loads(welcome_message(["start", "good"], BINDINGS, [{"name": "feedback"}], ["one", "two"], (600, 400)))
    assert shown["Instructions"] == ["one", "two"]
    assert shown["UI"] == ["left", "right", "start", "good"]
    assert not {"speaks", "keys", "inputs"} & set(shown)


def test_a_page_that_speaks_keys_and_inputs_is_sent_them() -> None:
    speaks = frozenset({"keys", "inputs"})
    shown = json.loads(welcome_message(["start"], BINDINGS, [{"name": "feedback"}], [], (600, 400), speaks))
    assert (shown["UI"], shown["speaks"], shown["inputs"]) == (["start"], ["keys", "inputs"], [{"name": "feedback"}])
    assert shown["keys"] == [
        {"keys": ["ArrowLeft"], "action": "left", "label": "Push left"},
        {"keys": ["ArrowRight"], "action": "right", "label": "Right"},
        {"keys": ["ArrowUp", "x"], "action": "ArrowUp+x", "label": "Up + X"},
    ]


def test_a_page_that_speaks_keys_is_sent_the_controls_of_a_gamepad() -> None:
    controls = {"button0": "x"}
    sent = [
        json.loads(welcome_message([], BINDINGS, [], [], (600, 400), frozenset(speaks), controls))
        for speaks in (["keys"], ["inputs"])
    ]
    assert [message.get("gamepad") for message in sent] == [controls, None]


def test_a_frame_is_in_the_message_under_both_keys() -> None:
    message = json.loads(frame_message(b"abc", 7, {"display": {"Round": "1 of 5"}, "Score": -3.5}))
    assert message["frame"] == message["env"]["frame"] == "YWJj"
    assert message["frameId"] == message["env"]["frameId"] == 7
    assert (message["display"], message["Score"]) == ({"Round": "1 of 5"}, -3.5)


def test_a_binary_frame_begins_with_its_id() -> None:
    assert binary_frame(b"jpeg", 258) == b"\x00\x00\x01\x02jpeg"
