"""A start without capacity, and tasks that stop or never answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hippo_gym.runtime.errors import SessionFailed
from hippo_gym.runtime.metrics import Metric
from hippo_gym.sessions.converge import Outcome
from hippo_gym.studies.projects import ProjectInvalid
from hippo_gym.studies.task_limits import TaskLimits
from tests.support.moto_world import (
    SESSION,
    MotoWorld,
    entry,
)
from tests.unit.handlers.interposed import client_error, counted, fails, interpose

NO_CAPACITY = {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time.", "detail": "try later"}]}


def refuse(*providers: str) -> Any:
    """Make RunTask refuse, as Fargate does without capacity: HTTP 200 with `failures`."""

    def run_task(real: Any, **arguments: Any) -> Any:
        if arguments["capacityProviderStrategy"][0]["capacityProvider"] in providers:
            return NO_CAPACITY
        return real(**arguments)

    return run_task


# --- capacity ---


def test_spot_out_of_capacity_falls_back_to_on_demand(study: MotoWorld) -> None:
    interpose(study, "ecs", run_task=refuse("FARGATE_SPOT"))
    study.start()
    assert [task.capacity_provider_name for task in study.tasks()] == ["FARGATE"]


def test_the_first_attempt_uses_spot(study: MotoWorld) -> None:
    study.start()
    assert [task.capacity_provider_name for task in study.tasks()] == ["FARGATE_SPOT"]


def test_each_attempt_has_its_own_token(study: MotoWorld) -> None:
    tokens: list[str] = []

    def run_task(real: Any, **arguments: Any) -> Any:
        tokens.append(arguments["clientToken"])
        return refuse("FARGATE_SPOT")(real, **arguments)

    interpose(study, "ecs", run_task=run_task)
    study.start()
    assert (tokens, max(map(len, tokens)) <= 64) == ([f"{SESSION}-1", f"{SESSION}-2"], True)


def test_a_task_that_the_token_has_started_already_is_adopted(study: MotoWorld) -> None:
    def run_and_conflict(real: Any, **arguments: Any) -> Any:
        arn = real(**arguments)["tasks"][0]["taskArn"]
        raise client_error("ConflictException", resourceIds=[arn])

    interpose(study, "ecs", run_task=run_and_conflict)
    assert (study.start(), len(study.tasks())) == (Outcome.READY, 1)


def test_a_task_that_stops_while_starting_is_followed_by_another(study: MotoWorld) -> None:
    study.answering = False

    def stop_the_first() -> None:
        if len(study.tasks_ever(SESSION)) == 1:
            study.task_ends("TaskFailedToStart")
            study.answering = True

    study.clock.while_asleep.append(stop_the_first)
    assert (study.start(), len(study.tasks())) == (Outcome.READY, 1)


@pytest.mark.parametrize("capacity", ["spot", "on-demand", "spot-then-on-demand"])
def test_with_no_capacity_at_all_nothing_is_left_and_the_record_says_why(world: MotoWorld, capacity: str) -> None:
    world.register(entry(capacity=capacity))
    interpose(world, "ecs", run_task=refuse("FARGATE", "FARGATE_SPOT"))
    with pytest.raises(SessionFailed):
        world.start()
    ended = world.ended()
    assert (world.left_over(), ended["failed"], "Capacity is unavailable" in ended["reason"]) == ([], True, True)


def test_a_container_that_never_answers_fails_and_leaves_nothing(study: MotoWorld) -> None:
    study.answering = False
    with pytest.raises(SessionFailed, match="not ready within 15 minutes"):
        study.start(budget=10_000)
    assert (study.left_over(), study.tasks()) == ([], [])


def test_the_retry_of_a_failed_start_neither_starts_nor_raises(study: MotoWorld) -> None:
    interpose(study, "ecs", run_task=refuse("FARGATE", "FARGATE_SPOT"))
    with pytest.raises(SessionFailed):
        study.start()
    with counted("ecs", "route53") as calls:
        assert study.start() is Outcome.OVER
    assert (calls, study.left_over()) == ({}, [])


def test_the_retry_of_a_failed_start_does_not_raise_while_its_task_lingers(study: MotoWorld) -> None:
    lingers = fails(client_error("ClusterContainsTasksException"), times=1)
    interpose(study, "ecs", run_task=refuse("FARGATE", "FARGATE_SPOT"), delete_cluster=lingers)
    with pytest.raises(SessionFailed):
        study.start()
    assert (study.start(), study.left_over(), study.ended()["failed"]) == (Outcome.OVER, [], True)


def test_a_missing_task_definition_fails_with_its_name_and_leaves_nothing(world: MotoWorld) -> None:
    world.register(entry(ecsTask="unregistered"))
    with pytest.raises(SessionFailed, match="'unregistered'"):
        world.start()
    assert (world.left_over(), world.ended()["failed"]) == ([], True)


def test_a_call_that_is_not_permitted_fails_and_leaves_nothing(study: MotoWorld) -> None:
    interpose(study, "ecs", run_task=fails(client_error("AccessDeniedException", "no PassRole", status=403)))
    with pytest.raises(SessionFailed, match="no PassRole"):
        study.start()
    assert study.left_over() == []


# --- a task that AWS stops ---


def test_a_task_lost_to_a_spot_interruption_is_followed_by_one_on_demand(study: MotoWorld) -> None:
    study.start()
    study.task_ends("SpotInterruption")
    study.task_stopped()
    assert (study.start(), [task.capacity_provider_name for task in study.tasks()]) == (Outcome.READY, ["FARGATE"])


def test_a_task_on_demand_whose_host_failed_is_followed_by_another(world: MotoWorld) -> None:
    world.register(entry(capacity="on-demand"))
    world.start()
    world.task_ends("InfrastructureHealth")
    world.task_stopped()
    assert (world.start(), [task.capacity_provider_name for task in world.tasks()]) == (Outcome.READY, ["FARGATE"])


def test_a_new_task_with_the_old_task_s_address_becomes_ready(study: MotoWorld) -> None:
    study.start()
    same = study.session()["seen"]["publicIp"]

    def describe(_: Any, **__: Any) -> Any:
        return {"NetworkInterfaces": [{"Association": {"PublicIp": same}}]}

    study.task_ends("SpotInterruption")
    interpose(study, "ec2", describe_network_interfaces=describe)
    study.clock.while_asleep.clear()
    assert study.start() is Outcome.READY


def test_no_task_is_run_after_a_stop_during_a_pause(world: MotoWorld) -> None:
    world.register(entry(capacity="on-demand"))
    asked: list[str] = []

    def refuse_it(_: Any, **arguments: Any) -> Any:
        asked.append(arguments["clientToken"])
        return {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}

    def stop_it() -> None:
        world.clock.while_asleep.clear()
        world.stop()

    interpose(world, "ecs", run_task=refuse_it)
    world.clock.while_asleep.append(stop_it)
    assert (world.start(), asked, world.left_over()) == (Outcome.OVER, [f"{SESSION}-1"], [])


# --- task definitions of others ---


def test_a_project_that_names_another_family_starts_nothing_and_its_record_says_why(study: MotoWorld) -> None:
    study.admitted_families = ("gri", "grid2")
    with pytest.raises(ProjectInvalid, match="admitted_task_families"):
        study.start()
    assert (study.tasks(), study.clusters()) == ([], [])
    assert "'grid', which is not its own" in str(study.ended()["reason"])


def test_a_project_runs_its_own_family_without_any_setting(study: MotoWorld) -> None:
    study.admitted_families = ()
    study.register(entry("grid", ecsTask="grid:1"))
    assert study.start(project="grid") is Outcome.READY


# --- a server that is too large ---


def test_a_server_larger_than_the_deployment_allows_is_not_started(study: MotoWorld) -> None:
    container = {"name": "server", "image": "image", "memory": 512}
    study.clients.ecs.register_task_definition(
        family="grid", networkMode="awsvpc", cpu="4096", memory="8192", containerDefinitions=[container]
    )
    study.launch = replace(study.network(), limits=TaskLimits(cpu=2048, memory=16384))
    with pytest.raises(SessionFailed, match=r"cpu is 4 vCPU; this deployment allows at most 2 \(max_task_cpu\)"):
        study.start()
    ended: Any = study.json(f"_sessions/ended/study/2026-11-22/{SESSION}.json")
    assert "Set a smaller awsSetup.cpu" in ended["reason"]
    assert (study.tasks(), study.clusters()) == ([], [])
    assert study.meter.take()[Metric.SESSIONS_FAILED, "TaskTooLarge"] == [1]


def test_a_server_of_the_largest_size_is_started(study: MotoWorld) -> None:
    container = {"name": "server", "image": "image", "memory": 512}
    study.clients.ecs.register_task_definition(
        family="grid", networkMode="awsvpc", cpu="2048", memory="16384", containerDefinitions=[container]
    )
    study.launch = replace(study.network(), limits=TaskLimits(cpu=2048, memory=16384))
    assert study.start() is Outcome.READY
