"""A session's stop schedule: a change is retried while Scheduler changes the schedule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import Cause, cause_of
from hippo_gym.sessions.messages import Stop
from hippo_gym.sessions.resources.schedules import Schedules
from tests.support.moto_world import ROLE, MotoWorld
from tests.unit.handlers.interposed import beforehand, fails, interpose

NAME = "HIPPO_Gym-20261122-0f3c5d7e9a1b2c4d"
FIRST = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def error(operation: str, code: str) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "as the test wants it"}}
    return ClientError(response, operation)


def schedules(world: MotoWorld) -> Schedules:
    return Schedules(world.clients.scheduler, world.clock)


def create(world: MotoWorld, at: datetime = FIRST) -> None:
    stop = Stop("study", "ada", "20261122-0f3c5d7e9a1b2c4d")
    schedules(world).create(NAME, at, world.topics["stop"], ROLE, stop)


def expression(world: MotoWorld) -> str:
    found: str = world.clients.scheduler.get_schedule(Name=NAME, GroupName="default")["ScheduleExpression"]
    return found


def is_there(world: MotoWorld) -> bool:
    return [each["Name"] for each in world.clients.scheduler.list_schedules()["Schedules"]] == [NAME]


CHANGES: dict[str, Callable[[MotoWorld], None]] = {
    "update_schedule": lambda world: schedules(world).move(NAME, LATER),
    "delete_schedule": lambda world: schedules(world).delete(NAME),
}
API_NAMES = {"update_schedule": "UpdateSchedule", "delete_schedule": "DeleteSchedule"}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("operation", CHANGES)
def test_a_change_during_another_change_is_retried(world: MotoWorld, operation: str, times: int) -> None:
    create(world)
    interpose(world, "scheduler", **{operation: fails(error(API_NAMES[operation], "ConflictException"), times)})
    CHANGES[operation](world)
    if operation == "delete_schedule":
        assert not is_there(world)
    else:
        assert expression(world) == "at(2026-11-22T14:30:00)"


@pytest.mark.parametrize("operation", CHANGES)
def test_a_conflict_that_does_not_end_is_transient(world: MotoWorld, operation: str) -> None:
    create(world)
    interpose(world, "scheduler", **{operation: fails(error(API_NAMES[operation], "ConflictException"))})
    with pytest.raises(ClientError) as raised:
        CHANGES[operation](world)
    assert cause_of(raised.value) is Cause.TRANSIENT


def test_an_existing_schedule_is_changed_although_its_update_conflicts(world: MotoWorld) -> None:
    create(world)
    interpose(world, "scheduler", update_schedule=fails(error("UpdateSchedule", "ConflictException"), times=2))
    create(world, LATER)
    assert expression(world) == "at(2026-11-22T14:30:00)"


def test_a_schedule_that_is_deleted_between_create_and_update_is_made(world: MotoWorld) -> None:
    create(world)
    gone = beforehand(lambda: clients.delete_schedule(Name=NAME, GroupName="default"))
    clients = world.clients.scheduler
    interpose(world, "scheduler", update_schedule=gone)
    create(world, LATER)
    assert expression(world) == "at(2026-11-22T14:30:00)"


def test_a_schedule_that_is_never_found_when_it_is_updated_is_transient(world: MotoWorld) -> None:
    create(world)
    interpose(world, "scheduler", update_schedule=fails(error("UpdateSchedule", "ResourceNotFoundException")))
    with pytest.raises(ClientError) as raised:
        create(world, LATER)
    assert cause_of(raised.value) is Cause.TRANSIENT


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
@pytest.mark.parametrize("operation", CHANGES)
def test_any_other_error_is_raised_immediately(world: MotoWorld, operation: str, code: str) -> None:
    create(world)
    interpose(world, "scheduler", **{operation: fails(error(API_NAMES[operation], code), times=1)})
    with pytest.raises(ClientError, match=code):
        CHANGES[operation](world)


def test_a_conflict_of_another_service_is_not_transient() -> None:
    assert cause_of(error("RunTask", "ConflictException")) is Cause.PERMANENT


@pytest.mark.parametrize("change", [lambda world: schedules(world).move(NAME, LATER), CHANGES["delete_schedule"]])
def test_a_missing_schedule_is_no_error(world: MotoWorld, change: Callable[[MotoWorld], None]) -> None:
    change(world)
    assert world.clients.scheduler.list_schedules()["Schedules"] == []
