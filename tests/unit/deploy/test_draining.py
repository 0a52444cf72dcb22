"""Draining a deployment: no new session starts, every session ends, no resource is left. Handlers' code on moto."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.moto_api import state_manager

from hippo_deploy.drain import Remaining, can_have_sessions, drain
from hippo_deploy.errors import DeployError
from hippo_gym.sessions import messages
from hippo_gym.sessions.resources.all import HOLD_TAG
from tests.support import moto_world as worlds
from tests.support.moto_world import BUCKET, DEPLOYMENT, OTHER_SESSION, REGION, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import client_error

START, SWEEP = f"{DEPLOYMENT}_start_server", f"{DEPLOYMENT}_sweep_sessions"
NAME = f"{DEPLOYMENT}-{SESSION}"
SOON = timedelta(minutes=1)


@dataclass
class Functions:
    """A Lambda client for the deployment's functions; stop messages are delivered while the clock sleeps.

    Attributes:
        open: whether start_server may run.
        stops_arrive, sweeps_run: false if messages get lost, or the sweeper is broken.
    """

    world: MotoWorld
    open: bool = True
    stops_arrive: bool = True
    sweeps_run: bool = True
    swept: int = 0
    missing: set[str] = field(default_factory=set)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def put_function_concurrency(self, FunctionName: str, ReservedConcurrentExecutions: int) -> None:  # noqa: N803
        self._find(FunctionName, "PutFunctionConcurrency")
        assert (FunctionName, ReservedConcurrentExecutions) == (START, 0)
        self.open = False

    def invoke(self, FunctionName: str, Payload: bytes, InvocationType: str = "") -> Mapping[str, Any]:  # noqa: N803
        self._find(FunctionName, "Invoke")
        assert (FunctionName, json.loads(Payload)) == (SWEEP, {})
        self.swept += 1
        report = asdict(self.world.sweep()) if self.sweeps_run else {}
        return {} if InvocationType == "Event" else {"Payload": io.BytesIO(json.dumps(report).encode())}

    def _find(self, name: str, operation: str) -> None:
        if name in self.missing:
            raise client_error("ResourceNotFoundException", operation=operation)

    def serve(self) -> None:
        """Deliver the published stop messages to stop_server's code."""
        came = self.world.received("stop")
        self.requests += came
        for payload in came if self.stops_arrive else []:
            self.world.stopping().stop(messages.read_stop(payload), self.world.seconds(30))


@dataclass
class Session:
    """A boto3 session with another Lambda client."""

    functions: Functions

    def client(self, service: str, **_: Any) -> Any:
        if service == "lambda":
            return self.functions
        return getattr(self.functions.world.clients, service)


@pytest.fixture
def world() -> Iterator[MotoWorld]:
    with mock_aws():
        state_manager.set_transition("ecs::task", {"progression": "manual", "times": 1_000_000})
        made = MotoWorld().build()
        made.register(entry())
        yield made
    state_manager.unset_transition("ecs::task")


@pytest.fixture
def functions(world: MotoWorld) -> Functions:
    made = Functions(world)
    world.clock.while_asleep.append(made.serve)
    return made


@pytest.fixture
def reported() -> list[str]:
    return []


Drain = Callable[..., Remaining]


@pytest.fixture
def run(world: MotoWorld, functions: Functions, reported: list[str]) -> Drain:
    outputs = {
        "name": DEPLOYMENT,
        "region": REGION,
        "bucket": BUCKET,
        "hosted_zone_id": world.zone,
        "root_domain": worlds.ROOT,
        "stop_server_topic_arn": world.topics["stop"],
        "function_names": {"start_server": START, "sweep_sessions": SWEEP},
    }

    def drained(**more: Any) -> Remaining:
        return drain(outputs, session=Session(functions), report=reported.append, clock=world.clock, **more)

    return drained


def test_without_a_session_start_server_is_stopped_and_no_stop_message_is_sent(
    run: Drain, functions: Functions, reported: list[str]
) -> None:
    assert not run()
    assert (functions.open, functions.requests, functions.swept) == (False, [], 1)
    assert reported[1] == "No session is live."


def test_every_session_gets_a_stop_message_with_its_id_and_leaves_nothing(
    run: Drain, world: MotoWorld, functions: Functions, reported: list[str]
) -> None:
    world.start()
    world.start(OTHER_SESSION, user="bob")

    assert not run()
    assert (world.left_over(), world.tasks(), world.tasks(OTHER_SESSION)) == ([], [], [])
    assert {(each["userId"], each["sessionId"]) for each in functions.requests} == {
        ("ada", SESSION),
        ("bob", OTHER_SESSION),
    }
    assert world.ended()["reason"] == "the deployment is being destroyed"
    assert any("ada in study, ready, since 2026-11-22" in line for line in reported)


def test_start_server_is_stopped_before_the_sessions_end(run: Drain, world: MotoWorld, functions: Functions) -> None:
    world.start()
    seen: list[bool] = []
    world.clock.while_asleep.insert(0, lambda: seen.append(functions.open))

    run()

    assert seen
    assert not any(seen)


def test_the_studies_stay_unchanged(run: Drain, world: MotoWorld) -> None:
    before = world.text("project_master_list.json")
    world.start()
    run()
    assert world.text("project_master_list.json") == before


def test_a_lost_stop_message_is_sent_again(run: Drain, world: MotoWorld, functions: Functions) -> None:
    world.start()
    functions.stops_arrive = False

    def heals() -> None:
        functions.stops_arrive = len(functions.requests) > 1

    world.clock.while_asleep.append(heals)

    assert not run()
    assert len(functions.requests) == 3, "the first two were lost; each is repeated after two minutes"


def test_leftovers_without_a_record_are_left_to_the_sweeper(run: Drain, world: MotoWorld, functions: Functions) -> None:
    world.start()
    world.clients.s3.delete_object(Bucket=BUCKET, Key="_sessions/live/ada.json")

    assert not run()
    assert (world.left_over(), functions.requests) == ([], [])
    assert functions.swept >= 3, "the first sweep marks, the second clears, the last one checks"


def test_a_session_that_starts_while_it_waits_is_ended_too(run: Drain, world: MotoWorld) -> None:
    """A start_server that was running when the drain began waits for an earlier server to end, and then starts one."""
    began = world.clock.now()

    def comes_late() -> None:
        if world.clock.now() - began >= timedelta(seconds=15):
            world.clock.while_asleep.remove(comes_late)
            world.start()

    world.clock.while_asleep.append(comes_late)

    assert not run()
    assert world.left_over() == []
    assert world.ended()["reason"] == "the deployment is being destroyed"


def test_other_deployments_stay_unchanged(run: Drain, world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=f"Other-{SESSION}")
    world.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-shared")

    assert not run()
    assert world.clusters() == [f"Other-{SESSION}", f"{DEPLOYMENT}-shared"]


def test_after_the_time_limit_it_fails_and_lists_what_is_left(
    run: Drain, world: MotoWorld, functions: Functions
) -> None:
    world.start()
    functions.stops_arrive = functions.sweeps_run = False
    began = world.clock.now()

    with pytest.raises(DeployError, match="Nothing was destroyed") as stopped:
        run(patience=SOON)

    assert SOON <= world.clock.now() - began < 2 * SOON
    assert "ada in study: ready" in stopped.value.message
    assert f"delete-function-concurrency --function-name {START}" in (stopped.value.fix or "")
    assert not functions.open


def test_a_second_run_continues(run: Drain, world: MotoWorld, functions: Functions) -> None:
    world.start()
    functions.stops_arrive = functions.sweeps_run = False
    with pytest.raises(DeployError):
        run(patience=SOON)
    functions.stops_arrive = functions.sweeps_run = True

    assert not run()
    assert world.left_over() == []


def test_with_force_it_returns_what_is_left(run: Drain, world: MotoWorld, functions: Functions) -> None:
    world.start()
    functions.stops_arrive = functions.sweeps_run = False

    left = run(force=True, patience=SOON)

    assert [session.id for session in left.sessions] == [SESSION]


def test_a_held_session_is_named_as_held(run: Drain, world: MotoWorld) -> None:
    made = world.clients.ecs.create_cluster(clusterName=NAME)["cluster"]["clusterArn"]
    world.clients.ecs.tag_resource(resourceArn=made, tags=[{"key": HOLD_TAG, "value": "me"}])

    with pytest.raises(DeployError, match=f"{SESSION}, held by the tag hippo-gym:hold"):
        run(patience=SOON)


def test_an_unreadable_record_is_named(run: Drain, world: MotoWorld) -> None:
    world.put("_sessions/live/ada.json", "{}")

    with pytest.raises(DeployError, match="live record of ada cannot be read"):
        run(patience=SOON)


def test_a_half_destroyed_deployment_is_drained_too(run: Drain, world: MotoWorld, functions: Functions) -> None:
    functions.missing = {START, SWEEP}
    assert not run()

    world.clients.ecs.create_cluster(clusterName=NAME)
    with pytest.raises(DeployError, match=f"resources of session {SESSION}"):
        run(patience=SOON)


def test_a_deleted_bucket_holds_no_sessions(run: Drain, world: MotoWorld) -> None:
    world.clients.s3.delete_object(Bucket=BUCKET, Key="project_master_list.json")
    bucket = boto3.resource("s3", region_name=REGION).Bucket(BUCKET)
    bucket.object_versions.delete()
    bucket.delete()

    assert not run()


def test_a_refused_call_ends_the_drain(run: Drain, world: MotoWorld, functions: Functions) -> None:
    def denied(**_: Any) -> None:
        raise client_error("AccessDeniedException", operation="PutFunctionConcurrency")

    functions.put_function_concurrency = denied  # type: ignore[method-assign, assignment]
    with pytest.raises(ClientError, match="AccessDenied"):
        run()


def test_a_first_deploy_that_failed_early_has_no_sessions_to_end() -> None:
    whole = {"name": DEPLOYMENT, "bucket": BUCKET, "hosted_zone_id": "Z1", "root_domain": "play.lab.org"}
    assert can_have_sessions(whole)
    assert not any(can_have_sessions({k: v for k, v in whole.items() if k != name}) for name in whole)
    assert not can_have_sessions({})
