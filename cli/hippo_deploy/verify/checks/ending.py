"""Checks the ways in which a session ends: a delayed stop, its schedule, the end of its task.

The sweeper would also end these sessions, but later. So each session has a tag that makes the
sweeper skip it: then only a message on the stop topic can have ended it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from hippo_deploy.verify.checks.playing import PLAYER, ready
from hippo_deploy.verify.records import Session
from hippo_deploy.verify.results import Failed, Unproven
from hippo_deploy.verify.study import GAME_STEP
from hippo_deploy.verify.world import World

SCHEDULED: Final = "scheduled"
CASUALTY: Final = "casualty"
_SLACK: Final = timedelta(seconds=60)
"""A schedule fires within its minute (EventBridge Scheduler user guide, "Schedule types")."""


def delayed_stop(world: World) -> str:
    """Check that the page after the game stops the server after stopDelay, not earlier."""
    page = world.page(PLAYER, world.study.id)
    session = world.sessions[page.user_id]
    world.hold(session)
    before = session.moment("stopAt")
    after = page.ask(GAME_STEP, {})
    if after.get("step") != "3":
        raise Failed(f"after the game /next shows step {after.get('step')}")

    def moved() -> Session | None:
        found = world.live(page.user_id)
        if found is None:
            raise Failed(f"the server stopped immediately, not after {world.study.delay_minutes} min")
        at = found.moment("stopAt")
        return found if before is not None and at is not None and at < before else None

    session = world.wait(moved, "the stop message moves the end of the session", world.patience.noted)
    stop_at = session.moment("stopAt")
    if stop_at is None:
        raise Failed("the session's record has no stopAt")
    return _ends_at(world, session, stop_at, "the delayed stop")


def schedule(world: World) -> str:
    """Check that its schedule ends a session that nothing else ends, when its time is up."""
    _, _, session = ready(world, SCHEDULED, world.study.short_id)
    world.hold(session)
    stop_at = session.moment("stopAt")
    if stop_at is None:
        raise Failed("the session's record has no stopAt")
    return _ends_at(world, session, stop_at, "the stop by schedule")


def _ends_at(world: World, session: Session, stop_at: datetime, what: str) -> str:
    seconds = max(0.0, (stop_at - world.clock.now()).total_seconds()) + world.patience.fired
    ended = world.wait_for_end(session, f"{what} ends the session of {session.user_id}", seconds)
    ended_at = ended.moment("endedAt") or world.clock.now()
    if ended.record.get("failed"):
        raise Failed(f"the session ended as a failure: {ended.reason}")
    if ended_at < stop_at - _SLACK:
        raise Failed(f"the session ended {(stop_at - ended_at).total_seconds():.0f} s before its time: {ended.reason}")
    if session.public_ip is not None and world.accepts(session.public_ip, world.study.port):
        raise Failed(f"{session.public_ip}:{world.study.port} still accepts connections after the session's end")
    late = max(0.0, (ended_at - stop_at).total_seconds())
    return f"everything was gone {late:.0f} s after its time ({ended.reason})"


def task_dies(world: World) -> str:
    """Check that the event of a task stopped from outside the deployment ends its session."""
    _, _, session = ready(world, CASUALTY, world.study.id)
    world.hold(session)
    began = world.clock.now()
    world.cloud.client("ecs").stop_task(
        cluster=world.records.cluster_of(session), task=session.task_arn, reason="make verify: a task that dies"
    )
    ended = world.wait_for_end(session, "the event of the stopped task ends its session", world.patience.stopped)
    if "the task stopped" not in ended.reason:
        raise Failed(f"the session ended for another reason: {ended.reason}")
    if world.target.shared_cluster is not None and _swept_since(world, began):
        # In a shared cluster the task has the tag, and ECS does not list a stopping task.
        raise Unproven("a sweep ran meanwhile and may have ended the session before the event did: run it again")
    ended_at = ended.moment("endedAt") or world.clock.now()
    return f"everything was gone {max(0.0, (ended_at - began).total_seconds()):.0f} s after the task was stopped"


def _swept_since(world: World, began: datetime) -> bool:
    group = f"/aws/lambda/{world.target.functions['sweep_sessions']}"
    pages = (
        world.cloud.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=group, startTime=int(began.timestamp() * 1000))
    )
    return any(event for page in pages for event in page["events"])
