"""Texts of faults: path, what was found, what is allowed, and the nearest known key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.runtime import schemas
from hippo_gym.runtime.schemas import Fault, faults

PROJECT: dict[str, Any] = {
    "id": "study",
    "name": "A study",
    "live": True,
    "researcher": None,
    "team_members": None,
    "ecsTask": "grid",
    "steps": {"1": "a.html", "2": "game"},
    "events": {"startServerStep": 1, "stopServerStep": None},
    "maxRuntime": 30,
    "bucket": None,
}
START = {
    "action": "start",
    "projectId": "study",
    "userId": "ada",
    "sessionId": "20261122-0f3c5d7e9a1b2c4d",
    "requestedAt": "2026-11-22T12:00:00+00:00",
}
STOP = {"action": "stop", "projectId": "study", "userId": "ada"}
ALL = [value for name, value in vars(schemas).items() if name.isupper() and str(value).startswith("urn:")]


HALF = "x\udc00"
SHOWN = "x\\udc00"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (HALF, "(top)"),
        ({"name": HALF}, "name"),
        ({"steps": {1: HALF}}, "steps.1"),
        ({"exits": {"refused": {"values": ["no", HALF]}}}, "exits.refused.values[1]"),
        ({HALF: 1}, SHOWN),
        ({"exits": {HALF: {}}}, f"exits.{SHOWN}"),
    ],
)
def test_a_lone_surrogate_is_reported_with_its_path_in_valid_utf_8(value: Any, path: str) -> None:
    (fault,) = schemas.half_characters(value)
    assert (fault.path, SHOWN in fault.found) == (path, True)
    str(fault).encode("utf-8")


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_whole_characters_are_no_fault(value: Any) -> None:
    assert list(schemas.half_characters(value)) == []


def only(schema: str, value: Any) -> Fault:
    (fault,) = faults(schema, value)
    return fault


@pytest.mark.parametrize(("schema", "value"), [(schemas.PROJECT, PROJECT), (schemas.START_MESSAGE, START)])
def test_a_valid_value_has_no_faults(schema: str, value: Any) -> None:
    assert faults(schema, value) == ()


@pytest.mark.parametrize(
    ("change", "path", "found", "allowed"),
    [
        ({"maxRuntime": 0}, "maxRuntime", "0", "whole minutes, 1 to 1440"),
        ({"live": "true"}, "live", '"true"', "true, or false"),
        ({"steps": {"1": "a.htm"}}, "steps.1", '"a.htm"', "an .html file"),
        ({"steps": {"1": "a.html", "finalStep": 7}}, "steps.finalStep", "7", "the .html file of the last page"),
        ({"capacity": "cheap"}, "capacity", '"cheap"', "'spot'"),
        ({"events": {"startServerStep": 1}}, "events.stopServerStep", "nothing", "the number of the step"),
        ({"events": {"startServerStep": 1.5, "stopServerStep": None}}, "events.startServerStep", "1.5", "the number"),
        ({"name": "x" * 201}, "name", '"' + "x" * 78 + "…", "1 to 200 characters"),
        ({"id": "été"}, "id", '"été"', "letters, digits"),
    ],
)
def test_a_fault_has_path_found_and_allowed(change: dict[str, Any], path: str, found: str, allowed: str) -> None:
    fault = only(schemas.PROJECT, PROJECT | change)
    assert (fault.path, fault.found, allowed in fault.allowed) == (path, found, True)


@pytest.mark.parametrize("value", [None, [], "text", 7, True])
def test_a_value_that_is_not_an_object_is_reported_at_the_top(value: Any) -> None:
    assert only(schemas.MASTER_LIST_ENVELOPE, value).path == "(top)"


def test_a_fault_in_a_list_names_its_place() -> None:
    assert only("urn:hippo-gym:master-list", {"projects": [PROJECT, PROJECT | {"name": 7}]}).path == "projects[1].name"


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("maxRunTime", "maxRuntime"),
        ("ecstask", "ecsTask"),
        ("Name", "name"),
        ("teamMembers", "team_members"),
        ("step", "steps"),
        ("qqqq", None),
    ],
)
def test_an_unknown_key_is_reported_with_the_nearest_known_one(key: str, nearest: str | None) -> None:
    fault = only(schemas.PROJECT, PROJECT | {key: 1})
    assert (fault.path, fault.found, fault.nearest) == (key, "an unknown key", nearest)


def test_a_nested_unknown_key_is_reported_with_its_path() -> None:
    events = {"startServerStep": 1, "stopServerstep": 2, "stopServerStep": None}
    fault = only(schemas.PROJECT, PROJECT | {"events": events})
    assert (fault.path, fault.nearest) == ("events.stopServerstep", "stopServerStep")


def test_a_step_that_is_not_a_number_is_reported_with_the_known_keys() -> None:
    fault = only(schemas.PROJECT, PROJECT | {"steps": {"1": "a.html", "finalstep": "b.html"}})
    assert (fault.nearest, "a whole number from 1 on" in fault.allowed) == ("finalStep", True)


def test_the_text_of_a_fault_has_all_four_parts() -> None:
    text = str(Fault("port", "0", "1 to 65535", "ports"))
    assert text == "port: found 0; allowed: 1 to 65535 (did you mean 'ports'?)"


def test_every_missing_key_is_reported() -> None:
    assert {fault.path for fault in faults(schemas.PROJECT, {})} == set(PROJECT)


def test_faults_come_in_the_order_of_their_paths() -> None:
    paths = [fault.path for fault in faults(schemas.PROJECT, {"steps": {"0": 1, "x": 2}, "zzz": 1, "aaa": 2})]
    assert paths == sorted(paths)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (schemas.PROJECT_ID, "study\n"),
        (schemas.USER_ID, "ada\n"),
        (schemas.SESSION_ID, "20261122-0f3c5d7e9a1b2c4d\n"),
        (schemas.START_MESSAGE, START | {"userId": "ada\n"}),
        (schemas.START_MESSAGE, START | {"requestedAt": "2026-11-22T12:00:00+00:00\n"}),
        (schemas.STOP_MESSAGE, STOP | {"projectId": "study\n"}),
        (schemas.PROJECT, PROJECT | {"ecsTask": "grid\n"}),
        (schemas.PROJECT, PROJECT | {"steps": {"1": "a.html\n"}}),
        (schemas.PROJECT, PROJECT | {"steps": {"1": "a.html", "2\n": "b.html"}}),
    ],
)
def test_a_trailing_newline_is_refused(schema: str, value: Any) -> None:
    assert not schemas.is_valid(schema, value)


@pytest.mark.parametrize("user", ["a", "A2XYZ", "6f1c2b9a-5f0e-4a6b-9a53-0d4a3f1b2c3d", "a" * 48, "1--2"])
def test_a_user_id_that_can_be_a_dns_label_is_valid(user: str) -> None:
    assert schemas.is_valid(schemas.USER_ID, user)


@pytest.mark.parametrize("user", ["", "-a", "a-", "a" * 49, "a_b", "a.b", "ü", "a b", "a/b", 7, None])
def test_any_other_user_id_is_invalid(user: Any) -> None:
    assert not schemas.is_valid(schemas.USER_ID, user)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "stop"},
        {"sessionId": "x"},
        {"requestedAt": "noon"},
        {"extra": 1},
        {"userId": None},
        {"projectId": ""},
    ],
)
def test_an_invalid_start_message_is_refused(change: dict[str, Any]) -> None:
    assert not schemas.is_valid(schemas.START_MESSAGE, START | change)


@pytest.mark.parametrize("delay", [0, 1, 1440])
def test_a_delay_from_0_to_1440_minutes_is_valid(delay: int) -> None:
    assert schemas.is_valid(schemas.STOP_MESSAGE, STOP | {"delay": delay})


@pytest.mark.parametrize("delay", [-1, 1441, 0.5, "5", None])
def test_any_other_delay_is_reported(delay: Any) -> None:
    assert only(schemas.STOP_MESSAGE, STOP | {"delay": delay}).path == "delay"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(ALL), json_values)
def test_any_json_is_valid_or_has_faults_in_words(schema: str, value: Any) -> None:
    found = faults(schema, value)
    assert bool(found) != schemas.is_valid(schema, value)
    assert all(fault.path and fault.found and fault.allowed for fault in found)


@given(st.sampled_from(sorted(PROJECT)), json_values)
def test_a_fault_of_a_changed_value_has_a_path_below_its_key(key: str, value: Any) -> None:
    for fault in faults(schemas.PROJECT, PROJECT | {key: value}):
        assert fault.path.split(".")[0].split("[")[0] in {key, "ecsTask"}


@given(json_values)
def test_a_found_value_is_never_shown_in_full_length(value: Any) -> None:
    for fault in faults(schemas.PROJECT, PROJECT | {"name": {"long": [value, "x" * 500]}}):
        assert len(json.dumps(fault.found)) < 1000
