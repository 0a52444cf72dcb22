"""Checks after the removal of the study: nothing is left behind; the cost of the verification."""

from __future__ import annotations

from datetime import timedelta

from hippo_common.prices import basis, cost
from hippo_deploy.verify import removal
from hippo_deploy.verify.records import Session
from hippo_deploy.verify.results import Failed, Unproven
from hippo_deploy.verify.study import CPU_UNITS, MEMORY_MIB
from hippo_deploy.verify.world import World


def nothing_left(world: World) -> str:
    """Check that no resource, object, list entry or task definition of the study is left."""
    left = removal.left(world)
    if left:
        raise Failed("\n".join(f"{each.what}: {each.command}" for each in left))
    counted = len(world.sessions)
    return f"nothing left of {counted} session{'' if counted == 1 else 's'} and {' and '.join(world.study.project_ids)}"


def costs(world: World) -> str:
    """Return the tasks' cost by list prices; everything else costs less than a cent."""
    seconds = {session.id: _seconds(world, session) for session in world.sessions.values()}
    total = None
    for session in world.sessions.values():
        price = cost(
            CPU_UNITS / 1024,
            MEMORY_MIB / 1024,
            seconds[session.id],
            world.target.region,
            session.capacity_provider,
        )
        total = price if total is None or price is None else total + price
    if total is None:
        if world.sessions:
            raise Unproven(basis(world.target.region))
        return "no task has run"
    tasks = f"{len(seconds)} task{'' if len(seconds) == 1 else 's'}"
    return f"{total} for {sum(seconds.values()):.0f} seconds of {tasks}, by list prices"


def _seconds(world: World, session: Session) -> float:
    """Return the billed seconds of a session's task: from its start to the session's end or now."""
    attempt = session.record["seen"].get("attempt")
    if not attempt or not attempt.get("taskArn"):
        return 0.0
    began = session.moment("admittedAt") or session.moment("createdAt")
    ended = session.moment("endedAt") or world.clock.now()
    return max(timedelta(0), ended - began).total_seconds() if began else 0.0
