"""HTTP events: any event is read or refused, and the answer is JSON."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import next_step
from hippo_gym.runtime.http import BadRequest, HttpRequest, answer, json_body, read_request
from tests.support.moto_world import MotoWorld, entry, http_event
from tests.unit.handlers.entries import Context

QUERY = {"projectId": "study", "userId": "ada"}
BODY = '{"age": "34", "name": "Ünal"}'
FORMAT_1 = {
    "version": "1.0",
    "resource": "/next",
    "path": "/next",
    "httpMethod": "POST",
    "headers": {"Content-Type": "application/json"},
    "multiValueHeaders": {"Content-Type": ["application/json"]},
    "queryStringParameters": QUERY,
    "multiValueQueryStringParameters": {name: [value] for name, value in QUERY.items()},
    "requestContext": {"requestId": "id", "httpMethod": "POST"},
    "body": BODY,
    "isBase64Encoded": False,
}
FORMAT_2 = http_event("POST", QUERY, BODY)
FUNCTION_URL = FORMAT_2 | {"rawPath": "/", "requestContext": {"http": {"method": "POST"}, "domainName": "x.on.aws"}}
LOAD_BALANCER = {
    "requestContext": {"elb": {"targetGroupArn": "arn"}},
    "httpMethod": "POST",
    "path": "/next",
    "queryStringParameters": QUERY,
    "headers": {"content-type": "application/json"},
    "body": BODY,
    "isBase64Encoded": False,
}
MULTI_VALUE_LOAD_BALANCER = {
    "requestContext": {"elb": {"targetGroupArn": "arn"}},
    "httpMethod": "POST",
    "multiValueQueryStringParameters": {"projectId": ["study"], "userId": ["ben", "ada"]},
    "multiValueHeaders": {"content-type": ["application/json"]},
    "body": BODY,
}
SHAPES = {
    "payload 1.0": FORMAT_1,
    "payload 2.0": FORMAT_2,
    "function URL": FUNCTION_URL,
    "load balancer": LOAD_BALANCER,
    "load balancer, multi-value": MULTI_VALUE_LOAD_BALANCER,
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_shape_reads_the_same(shape: str) -> None:
    request = read_request(SHAPES[shape])
    assert (request.method, dict(request.query), request.body) == ("POST", QUERY, BODY)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_shape_may_be_base64(shape: str) -> None:
    encoded = {"body": base64.b64encode(BODY.encode()).decode(), "isBase64Encoded": True}
    assert read_request(SHAPES[shape] | encoded).body == BODY


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_shape_may_hold_nulls_everywhere(shape: str) -> None:
    request = read_request(dict.fromkeys(SHAPES[shape]))
    assert (request.method, request.query, request.headers, request.body) == ("GET", {}, {}, None)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_every_shape_is_served(environment: MotoWorld, shape: str) -> None:
    environment.register(entry(start=None))
    answered = next_step.lambda_handler(SHAPES[shape], Context())
    assert (answered["statusCode"], json.loads(answered["body"])["step"]) == (200, "1")


@pytest.mark.parametrize("body", ["%%%", "=", "abc", "é", base64.b64encode(b"\xff\xfe").decode()])
def test_a_body_that_is_marked_as_base64_and_is_not_is_refused(body: str) -> None:
    with pytest.raises(BadRequest):
        read_request({"body": body, "isBase64Encoded": True})


def test_an_event_without_request_id_gets_a_new_one() -> None:
    assert read_request({}).id != read_request({}).id


@pytest.mark.parametrize("name", ["Authorization", "authorization", "Cookie", "X-Amz-Security-Token", "x-api-key"])
def test_credentials_are_not_read(name: str) -> None:
    assert read_request({"headers": {name: "secret"}}).headers == {}


def test_an_http_api_adds_cors_headers_itself() -> None:
    assert "Access-Control-Allow-Origin" not in answer(read_request(FORMAT_2), 200, {})["headers"]


@pytest.mark.parametrize("shape", ["payload 1.0", "load balancer"])
def test_other_gateways_leave_cors_headers_to_the_function(shape: str) -> None:
    headers = answer(read_request(SHAPES[shape]), 200, {})["headers"]
    assert {name: value for name, value in headers.items() if name.startswith("Access-Control")} == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET,POST,OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type, Hippo-Proof",
        "Access-Control-Max-Age": "3600",
    }


def test_a_preflight_is_answered_without_a_body(environment: MotoWorld) -> None:
    answered = next_step.lambda_handler({"httpMethod": "OPTIONS"}, Context())
    assert (answered["statusCode"], answered["body"]) == (204, "")


def test_answers_forbid_caching() -> None:
    assert answer(read_request(FORMAT_2), 200, {})["headers"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [None, "", "{", "nope", "'a'"])
def test_a_body_that_is_no_json_is_refused(body: str | None) -> None:
    with pytest.raises(BadRequest, match="not JSON"):
        json_body(HttpRequest("id", "POST", {}, {}, body, gateway_answers_cors=True))


# --- any event ---

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
surrogates = st.text(st.characters(), max_size=12)
events = st.fixed_dictionaries(
    {},
    optional={
        "requestContext": json_values | st.fixed_dictionaries({"http": json_values, "requestId": json_values}),
        "httpMethod": json_values | st.sampled_from(["GET", "POST", "OPTIONS"]),
        "headers": json_values | st.dictionaries(surrogates, surrogates, max_size=3),
        "multiValueHeaders": json_values,
        "queryStringParameters": json_values
        | st.fixed_dictionaries(
            {"projectId": st.just("study"), "userId": st.sampled_from(["ada", "ADA", ""]) | surrogates},
            optional={"step": surrogates | st.sampled_from(["1", "2", "finalStep"])},
        ),
        "multiValueQueryStringParameters": json_values,
        "body": json_values | surrogates,
        "isBase64Encoded": json_values,
    },
)


@given(events)
def test_any_event_is_read_or_refused(event: dict[str, Any]) -> None:
    try:
        request = read_request(event)
    except BadRequest:
        return
    assert isinstance(request.method, str)


@given(event=events)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_event_is_answered_200_400_or_405_with_json(environment: MotoWorld, event: dict[str, Any]) -> None:
    if not environment.keys("project_master_list.json"):
        environment.register(entry())
    answered = next_step.lambda_handler(event, Context())
    assert answered["statusCode"] in {200, 400, 405} or (answered["statusCode"], answered["body"]) == (204, "")
    assert answered["body"] == "" or json.loads(answered["body"]) is not None


@given(body=surrogates | st.text(st.characters(categories=["Cs"]), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_no_answer_is_lost_because_of_its_characters(environment: MotoWorld, body: str) -> None:
    if not environment.keys("project_master_list.json"):
        environment.register(entry(start=None))
    environment.put("study/Users/ada", json.dumps({"created": "x", "nextStep": 2, "requests": []}))
    answered = json.loads(next_step.lambda_handler(http_event("POST", QUERY, body), Context())["body"])
    assert (answered["step"], len(environment.record()["requests"])) == ("2", 1)
