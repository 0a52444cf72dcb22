"""What a study requires of a participant's device: tested with the first answer, before any server."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from hippo_gym.studies import devices, registration
from hippo_gym.studies.enrolment import count_key
from tests.support.moto_world import MotoWorld, entry
from tests.unit.handlers.studies.test_registration import PAYLOAD

REQUIRES: Final = {"keyboard": True, "minWidth": 1000, "ping": 200, "sound": False}
MET: Final = {"keyboard": True, "width": 1280, "ping": 43.5}
STEPS: Final = {"1": "1.html", "2": "2.html", "3": "game", "finalStep": "end.html"}
CODES: Final = {"codes": {"finished": "C1", "screenedOut": "C9"}}


def study(world: MotoWorld, **changes: Any) -> MotoWorld:
    more: dict[str, Any] = {"requires": REQUIRES, "completion": CODES} | changes
    world.register(entry(steps=STEPS, start=1, stop=None, **more))
    return world


def answer(world: MotoWorld, device: dict[str, Any] | str | None, user: str = "ada", **fields: Any) -> dict[str, Any]:
    sent = {} if device is None else {"device": device if isinstance(device, str) else json.dumps(device)}
    return world.post(user, body=json.dumps(fields), step="1", **sent)


def test_the_first_step_says_what_is_required(world: MotoWorld) -> None:
    shown = study(world).get()
    assert shown["requires"] == {"keyboard": True, "minWidth": 1000, "ping": 200}
    assert "unmet" not in shown
    assert "requires" not in answer(world, MET)


def test_no_server_is_asked_for_before_the_device_meets_it(world: MotoWorld) -> None:
    study(world).get()
    world.get()
    assert answer(world, MET | {"width": 900})["step"] == "1"
    assert world.record()["session"] is None
    assert answer(world, MET)["step"] == "2"
    assert world.record()["session"] is not None


@pytest.mark.parametrize(
    ("device", "unmet"),
    [
        ({}, ["keyboard", "minWidth", "ping"]),
        (MET | {"keyboard": False}, ["keyboard"]),
        (MET | {"width": 999.5}, ["minWidth"]),
        (MET | {"ping": 200.1}, ["ping"]),
        (MET | {"ping": True, "width": "1280"}, ["minWidth", "ping"]),
        (MET | {"ping": -1}, ["ping"]),
    ],
)
def test_an_answer_from_a_device_without_it_waits_for_another(
    world: MotoWorld, device: dict[str, Any], unmet: list[str]
) -> None:
    study(world).get()
    shown = answer(world, device, age=3)
    assert (shown["step"], shown["unmet"], shown["page"]) == ("1", unmet, world.get()["page"])
    assert answer(world, MET, age=3)["step"] == "2"
    kept = [(each["accepted"], each["device"]) for each in world.record()["requests"] if each["httpMethod"] == "POST"]
    assert [accepted for accepted, _ in kept] == [False, True]
    assert kept[-1] == (True, MET)


def test_a_participant_who_gives_up_gets_the_code_of_screened_out(world: MotoWorld) -> None:
    study(world).get()
    shown = answer(world, MET | {"keyboard": False, "gaveUp": True})
    assert (shown["step"], shown["notice"]) == ("finalStep", "screenedOut")
    assert shown["completion"] == {"outcome": "screenedOut", "code": "C9", "redirect": None}
    record = world.record()
    assert (record["outcome"], record["session"]) == ("screenedOut", None)
    assert record["requests"][-1]["device"] == MET | {"keyboard": False, "gaveUp": True}
    assert world.get() == shown


def test_giving_up_with_a_device_that_meets_it_continues(world: MotoWorld) -> None:
    study(world).get()
    assert answer(world, MET | {"gaveUp": True})["step"] == "2"


def test_an_exit_goes_before_the_device(world: MotoWorld) -> None:
    exits = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "end.html"}}
    study(world, exits=exits).get()
    assert answer(world, {}, consent="no")["completion"]["outcome"] == "refused"


def test_a_study_may_have_its_own_page_for_it(world: MotoWorld) -> None:
    exits = {"screenedOut": {"step": 1, "field": "age", "values": ["1"], "page": "other.html"}}
    world.put("study/other.html", "<p>another device</p>")
    study(world, exits=exits).get()
    shown = answer(world, {"gaveUp": True})
    assert (shown["page"], "notice" in shown) == ("<p>another device</p>", False)


@pytest.mark.parametrize("device", [None, "", "[]", "{", "null", "7", '{"keyboard":' + "[" * 200, "{}" + " " * 500])
def test_a_client_that_does_not_test_the_device_takes_part(world: MotoWorld, device: str | None) -> None:
    study(world).get()
    assert answer(world, device)["step"] == "2"
    assert "device" not in world.record()["requests"][-1]


def test_the_device_counts_at_the_first_step_only(world: MotoWorld) -> None:
    study(world).get()
    answer(world, MET)
    assert world.post(step="2", device="{}")["step"] == "3"


def test_a_study_that_requires_nothing_keeps_nothing(world: MotoWorld) -> None:
    world.register(entry(steps=STEPS, start=1, stop=None))
    world.get()
    assert answer(world, {"keyboard": False, "gaveUp": True})["step"] == "2"
    assert "device" not in world.record()["requests"][-1]


def test_who_is_screened_out_takes_no_place(world: MotoWorld) -> None:
    study(world, mostParticipants=1)
    for user in ("ada", "ben", "eve"):
        world.get(user)
        answer(world, {"gaveUp": True}, user)
    world.get("kim")
    assert answer(world, MET, "kim")["step"] == "2"
    count = world.json(count_key("study"))
    assert count["counted"] + sum(count["held"].values()) == 1


# --- registration ---


def read(**changes: Any) -> registration.Registration:
    return registration.read_payload({**PAYLOAD, **changes})


def test_null_and_no_requirements_are_as_without_the_key() -> None:
    assert "requires" not in read(requires=None).entry
    assert devices.required(read(requires={"sound": False}).entry) is None


@pytest.mark.parametrize(
    "requires",
    [{}, {"mouse": True}, {"keyboard": "yes"}, {"minWidth": 100}, {"ping": 1}, {"ping": True}, [], "keyboard"],
)
def test_a_wrong_requirement_is_refused(requires: Any) -> None:
    assert [fault.path.split(".")[0] for fault in read(requires=requires).faults] == ["requires"]


def test_a_game_as_the_first_step_is_refused() -> None:
    (fault,) = read(requires={"keyboard": True}, steps={1: "game", 2: "2.html"}).faults
    assert fault.path == "steps.1"


def test_a_server_at_the_tested_step_is_warned_of() -> None:
    found = read(requires={"keyboard": True}, steps={1: "1.html", 3: "game"}, events={"startServerStep": 1})
    assert any("startServerStep 1 is the step on which the devices are tested" in text for text in found.warnings)


def test_a_code_for_screened_out_is_known_with_requirements() -> None:
    codes = {"completion": {"codes": {"finished": "C1", "screenedOut": "C9"}}}
    assert not any("screenedOut" in text for text in read(requires={"sound": True}, **codes).warnings)
    assert any("screenedOut" in text for text in read(**codes).warnings)
