"""One trace from the request to the task."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

import start_server
from hippo_gym.runtime import schemas, tracing
from hippo_gym.runtime.errors import Transient
from tests.support.moto_world import NOON, REGION, SESSION, MotoWorld, entry
from tests.unit.handlers.entries import Context, sns_event
from tests.unit.handlers.interposed import interpose

ROOT = "Root=1-6921c3a8-0123456789abcdef01234567"
TRACE = f"{ROOT};Parent=0123456789abcdef;Sampled=1"
OTHER_TRACE = "Root=1-6921c3a9-aaaaaaaaaaaaaaaaaaaaaaaa;Parent=aaaaaaaaaaaaaaaa;Sampled=1"


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (TRACE, TRACE),
        (f"{TRACE};Lineage=1:a87bd80c:0", TRACE),
        (TRACE.replace("Sampled=1", "Sampled=0"), None),
        (ROOT, None),
        ("", None),
        (f"{TRACE}0", None),
        ("Root=../../x;Parent=0123456789abcdef;Sampled=1", None),
    ],
)
def test_an_invocation_s_trace_is_returned_if_x_ray_samples_it(
    monkeypatch: pytest.MonkeyPatch, header: str, trace: str | None
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    assert tracing.current() == trace


def test_outside_of_lambda_there_is_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    assert tracing.current() is None


def environments(task: Any) -> list[dict[str, str]]:
    overrides = task.overrides["containerOverrides"]
    return [{each["name"]: each["value"] for each in override["environment"]} for override in overrides]


def test_the_task_gets_the_trace_of_the_invocation_that_claimed_its_session(world: MotoWorld) -> None:
    world.register(entry())
    world.trace = TRACE
    world.start()
    assert [each["HIPPO_TRACE_ID"] for each in environments(world.tasks()[0])] == [TRACE]
    assert world.session()["trace"] == TRACE


def test_without_a_trace_the_task_gets_none(world: MotoWorld) -> None:
    world.register(entry())
    world.start()
    assert "HIPPO_TRACE_ID" not in environments(world.tasks()[0])[0]
    assert schemas.faults(schemas.SESSION_RECORD, world.session()) == ()


def test_a_run_task_that_a_later_invocation_repeats_is_the_same_request(world: MotoWorld) -> None:
    """ECS refuses a client token with a different request (docs/aws-limits/compute.md)."""
    asked: list[dict[str, Any]] = []

    def run_task(real: Any, **arguments: Any) -> Any:
        asked.append(arguments)
        if len(asked) == 1:
            raise Transient("the function dies before the answer comes")
        return real(**arguments)

    interpose(world, "ecs", run_task=run_task)
    world.register(entry())
    world.trace = TRACE
    with pytest.raises(Transient):
        world.start()
    world.trace = OTHER_TRACE
    world.start()
    assert asked[0] == asked[1]


def test_start_server_uses_the_trace_of_its_invocation(environment: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.register(entry())
    network = environment.network()
    monkeypatch.setenv("SUBNET", network.subnets[0])
    monkeypatch.setenv("SECURITY_GROUP", network.security_groups[0])
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    message = {
        "action": "start",
        "projectId": "study",
        "userId": "ada",
        "sessionId": SESSION,
        "requestedAt": NOON.isoformat(),
    }
    with pytest.raises(Transient):
        start_server.lambda_handler(sns_event(message), Context(seconds=5))
    assert environment.session()["trace"] == TRACE


def test_a_call_of_a_function_carries_its_trace(world: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this header of botocore, the topic and the next function would have other traces."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "function")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", TRACE)
    sent: list[Any] = []
    client = boto3.client("sns", region_name=REGION)
    client.meta.events.register("before-send.sns.*", lambda request, **_: sent.append(request.headers))
    client.publish(TopicArn=world.topics["start"], Message="{}")
    assert [headers["X-Amzn-Trace-Id"] for headers in sent] in ([TRACE], [TRACE.encode()])
