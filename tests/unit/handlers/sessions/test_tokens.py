"""The session's token: made at the claim, passed to container and page, gone with the session."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import Session, new_session
from hippo_gym.sessions.tokens import admits, is_running, new_token
from hippo_gym.studies.projects import from_entry
from tests.support.moto_world import NOON, SESSION, MotoWorld, entry


def session(**changes: Any) -> Session:
    message = Start("study", "ada", SESSION, NOON)
    return replace(new_session(message, from_entry(entry()), NOON, 60, token="right"), **changes)


@pytest.mark.parametrize("presented", ["right"])
def test_the_session_s_token_is_admitted(presented: object) -> None:
    assert admits(session(), presented)


@pytest.mark.parametrize("presented", ["wrong", "", "righ", "rights", None, 7, b"right", ["right"], "\ud800", "é" * 9])
def test_anything_else_is_not(presented: object) -> None:
    assert not admits(session(), presented)


@pytest.mark.parametrize("presented", ["", None, "right"])
def test_a_session_without_a_token_admits_no_token(presented: object) -> None:
    assert not admits(session(token=None), presented)
    assert not admits(session(token=""), presented)


def test_a_session_in_line_or_stopped_does_not_run() -> None:
    assert is_running(session())
    for changes in ({"admitted_at": None}, {"ended_at": NOON}, {"wanted": "stopped"}):
        assert not is_running(session(**changes))


def test_tokens_are_long_and_differ() -> None:
    tokens = {new_token() for _ in range(100)}
    assert (len(tokens), {len(token) for token in tokens}) == (100, {32})


def test_a_token_is_not_printed() -> None:
    assert "right" not in repr(session()) + str(session())


def test_the_container_gets_the_record_s_token_also_at_a_second_attempt(study: MotoWorld) -> None:
    study.start()
    study.start()
    (container,) = study.tasks()[0].overrides["containerOverrides"]
    found = {each["name"]: each["value"] for each in container["environment"]}
    assert found["HIPPO_SESSION_TOKEN"] == study.session()["token"]
    assert "HIPPO_ACCESS" not in found


def test_the_container_of_a_bound_study_demands_it(world: MotoWorld) -> None:
    world.register(entry(access="bound"))
    world.start()
    (container,) = world.tasks()[0].overrides["containerOverrides"]
    found = {each["name"]: each["value"] for each in container["environment"]}
    assert (found["HIPPO_ACCESS"], found["HIPPO_SESSION_TOKEN"]) == ("bound", world.session()["token"])


def test_the_ended_record_has_no_token(study: MotoWorld) -> None:
    study.start()
    token = study.session()["token"]
    study.stop()
    assert (token in json.dumps(study.ended()), "token" in study.ended()) == (False, False)
