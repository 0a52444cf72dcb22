"""Requests whose JSON would hurt the next reader are refused before anything is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

import next_step
import send_start_server_message
import send_stop_server_message
import update_project_master_list
from hippo_gym.sessions import messages
from hippo_gym.studies.projects import MASTER_LIST_KEY
from tests.support.moto_world import MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context
from tests.unit.handlers.studies.test_registration import PAYLOAD

DEEP = '{"a":' * 32 + "[1]" + "}" * 32
JUST = '{"a":' * 31 + "[1]" + "}" * 31
NUMBER = '{"a": ' + "7" * 20_000 + "}"
ATTACKS = [DEEP, NUMBER, "[" * 100_000, '{"a": 1e999}']


@pytest.fixture
def study(environment: MotoWorld) -> MotoWorld:
    environment.register(entry())
    return environment


def post(body: str) -> dict[str, Any]:
    event = http_event("POST", {"projectId": "study", "userId": "ada"}, body)
    return next_step.lambda_handler(event, Context())


@pytest.mark.parametrize("body", ATTACKS)
def test_next_refuses_it_and_writes_nothing(study: MotoWorld, body: str) -> None:
    before = study.keys()
    answer = post(body)
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"]).startswith("the answer ")
    assert study.keys() == before


@pytest.mark.parametrize("body", [JUST, "no JSON", "{", '{"a": NaN}'])
def test_next_takes_everything_else(study: MotoWorld, body: str) -> None:
    assert post(body)["statusCode"] == 200
    assert study.keys("study/Users/") == ["study/Users/ada"]


@pytest.mark.parametrize("body", [*ATTACKS, '{"delay": NaN}', '{"delay": Infinity}'])
@pytest.mark.parametrize("handler", [send_start_server_message, send_stop_server_message])
def test_start_and_stop_refuse_it(study: MotoWorld, handler: Any, body: str) -> None:
    answer = handler.lambda_handler(http_event("POST", {}, body), Context())
    assert answer["statusCode"] == 400
    assert json.loads(answer["body"]).startswith("the body ")


@pytest.mark.parametrize("text", ATTACKS)
def test_a_message_on_a_topic_is_refused(text: str) -> None:
    with pytest.raises(messages.MessageInvalid):
        list(messages.read_sns_event({"Records": [{"Sns": {"Message": text}}]}))


@pytest.mark.parametrize("value", [json.loads(JUST.replace("1", "[]")), 10**400, float("nan")])
@pytest.mark.parametrize("key", ["steps", "maxRuntime", "unknown"])
def test_the_list_function_refuses_it_and_writes_nothing(study: MotoWorld, key: str, value: Any) -> None:
    before = study.text(MASTER_LIST_KEY)
    answer = update_project_master_list.lambda_handler(PAYLOAD | {key: value}, Context())
    assert answer["statusCode"] == 400
    assert answer["body"].startswith(f"{key}: found a value that ")
    assert study.text(MASTER_LIST_KEY) == before
