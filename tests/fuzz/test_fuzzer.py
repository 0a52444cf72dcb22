"""The fuzzer finds each kind of fault that it looks for, and none in the product. `make fuzz` runs it for longer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from hippo_gym.participants import answers, records
from hippo_gym.participants.records import Participants
from hippo_gym.runtime import http
from hippo_gym.sessions import capacity, tokens
from tests.fuzz.running import run

pytestmark = pytest.mark.simulation

admit, answer, save, find = capacity.admit, http.answer, Participants.save, Participants.find


def _raises(*_: Any) -> Any:
    raise KeyError("planted")


def _internal_error(request: Any, status: int, value: Any, **more: str) -> Any:
    return answer(request, 500 if status == 400 else status, value, **more)


def _without_the_last_answer(self: Participants, participant: Any, *rest: Any) -> Any:
    return save(self, replace(participant, requests=participant.requests[:-1]), *rest)


def _without_the_first_answer(self: Participants, participant: Any, *rest: Any) -> Any:
    return save(self, replace(participant, requests=participant.requests[-2:]), *rest)


def _reads_often(self: Participants, project: Any, user_id: str) -> Any:
    for _ in range(12):
        find(self, project, user_id)
    return find(self, project, user_id)


PLANTED: dict[str, tuple[Callable[[], AbstractContextManager[Any]], str]] = {
    "an exception escapes": (lambda: patch.object(http, "json_body", _raises), "raised KeyError('planted')"),
    "a status that no document names": (
        lambda: patch.object(http, "answer", _internal_error),
        "undocumented status 500",
    ),
    "a body that no document describes": (
        lambda: patch.object(answers, "_answer", lambda page, step: {"page": page, "css": None, "planted": step}),
        "with another body than the documented one",
    ),
    "many calls": (lambda: patch.object(Participants, "find", _reads_often), "AWS calls"),
    "a key of another project": (
        lambda: patch.object(records, "record_key", lambda project, user: f"x{project}/Users/{user}"),
        "next_step reached",
    ),
    "an answer is not stored": (
        lambda: patch.object(Participants, "save", _without_the_last_answer),
        "went on to step",
    ),
    "an answer is lost later": (
        lambda: patch.object(Participants, "save", _without_the_first_answer),
        "lost an accepted",
    ),
    "more servers than the limit": (
        lambda: patch.object(capacity, "admit", lambda ledger, _: admit(ledger, None)),
        "the limit is 2",
    ),
    "a ticket for a wrong token": (
        lambda: patch.object(tokens, "admits_upload", lambda *_: True),
        "a ticket for a wrong token",
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_the_fuzzer_finds_a_planted_fault(planted: str) -> None:
    plant, found = PLANTED[planted]
    with plant():
        failures = (run(number, histories=60, steps=40, shrink=False).failure for number in range(6))
        assert any(found in failure for failure in failures)


def test_the_fuzzer_finds_nothing_in_a_short_run() -> None:
    part = run(0, histories=8)
    assert part.failure == ""
    assert part.events.total() > 100
    assert len(part.events) == 8  # every function


def test_the_same_seed_sends_the_same_events() -> None:
    assert run(3, histories=3).events == run(3, histories=3).events
