"""Live sessions as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, NoReturn

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list
from hippo_cli.publish.words import NOTHING
from hippo_cli.servers.sessions import READY, STOPPING, LiveSession, LiveSessions, Overview
from hippo_common import console, prices
from hippo_common.console import Cell, Style
from hippo_common.words import count, duration
from hippo_gym.runtime.clock import Clock, SystemClock, to_text

_HEADINGS: Final = ("PARTICIPANT", "STUDY", "STEP", "SERVER", "AGE", "LEFT", "WAITED", "COST SO FAR")
_SLOW_START: Final = timedelta(seconds=90)  # a server that is not ready by then has most likely had a failure
_REFRESH_SECONDS: Final = 5
_STYLES: Final[Mapping[str, Style]] = {READY: "good", STOPPING: "quiet"}


def as_table(overview: Overview, region: str, project_id: str | None = None) -> None:
    """Show the live sessions, their total cost, and their failures."""
    if not overview.sessions:
        console.say(f"No server{f' of {project_id}' if project_id else ''} is live.")
    else:
        console.table(_HEADINGS, [_row(one) for one in overview.sessions], right=_HEADINGS[4:])
        console.note()
        console.note(f"{count(len(overview.sessions), 'server')} live{_total(overview, region)}", "quiet")
    for one in overview.sessions:
        if one.session.seen.last_failure and one.state not in (READY, STOPPING) and one.age > _SLOW_START:
            waited = f"{one.session.user_id} has waited for {duration(one.age.total_seconds())}"
            console.warn(f"{waited}; last failure: {one.session.seen.last_failure}")
        if one.unreachable:
            port = one.session.launch.port if one.session.launch is not None else "of the game"
            console.warn(
                f"{one.session.user_id} could not connect to the game: their network may block port {port} "
                "(docs/connection.md)."
            )
    for problem in overview.unreadable:
        console.warn(problem)


def check_study(sessions: LiveSessions, deployment: Deployment, project_id: str) -> None:
    """Check that a study is in the list of the deployment, or that it has a server all the same.

    Raises:
        HippoError: it is not; names the most similar one.
    """
    ids = [entry["id"] for entry in master_list.read(deployment)]
    if project_id not in ids and not sessions.all(project_id).sessions:
        raise master_list.unknown(project_id, ids, deployment)


def continuously(
    sessions: LiveSessions, deployment: Deployment, project_id: str | None = None, clock: Clock | None = None
) -> NoReturn:
    """Show the live sessions every 5 seconds, until Ctrl-C.

    Args:
        sessions: reads the live sessions.
        deployment: the deployment that they belong to.
        project_id: only the sessions of this study; None for every study.
        clock: a clock for tests; None for the system's.

    Raises:
        KeyboardInterrupt: the user pressed Ctrl-C.
    """
    clock = clock or SystemClock()
    while True:
        overview = sessions.all(project_id)
        console.clear()
        console.note(f"{deployment.name}, {clock.now().astimezone():%H:%M:%S} (Ctrl-C ends it)", "quiet")
        as_table(overview, deployment.region, project_id)
        clock.sleep(_REFRESH_SECONDS)


def as_json(overview: Overview) -> list[dict[str, Any]]:
    """Return the live sessions as the list that --json prints."""
    return [_record(one) for one in overview.sessions]


def _row(one: LiveSession) -> list[Cell]:
    state = one.state if one.ahead is None else f"{one.state}, {one.ahead} ahead"
    return [
        one.session.user_id,
        one.session.project_id,
        step(one),
        (state, _STYLES.get(one.state, "warn")),
        duration(one.age.total_seconds()),
        NOTHING if one.left is None else duration(one.left.total_seconds()),
        NOTHING if one.waited is None else duration(one.waited.total_seconds()),
        NOTHING if one.cost is None else str(one.cost),
    ]


def step(one: LiveSession) -> str:
    """Format a participant's step and its content, such as "3 game"."""
    return " ".join(part for part in (one.step, one.page) if part) or NOTHING


def _total(overview: Overview, region: str) -> str:
    costs = [one.cost for one in overview.sessions if one.cost is not None]
    amount = f", {sum(costs, prices.NOTHING)} so far" if costs else ""
    return f"{amount}. {prices.basis(region)}"


def _record(one: LiveSession) -> dict[str, Any]:
    session, attempt = one.session, one.session.seen.attempt
    return {
        "userId": session.user_id,
        "projectId": session.project_id,
        "sessionId": session.id,
        "step": one.step,
        "page": one.page,
        "server": one.state,
        "ahead": one.ahead,
        "requestedAt": to_text(session.requested_at),
        "createdAt": to_text(session.created_at),
        "runningAt": session.seen.running_at and to_text(session.seen.running_at),
        "readyAt": session.seen.ready_at and to_text(session.seen.ready_at),
        "cameAt": one.came_at and to_text(one.came_at),
        "playingAt": one.playing_at and to_text(one.playing_at),
        "waitedSeconds": None if one.waited is None else round(one.waited.total_seconds(), 1),
        "stopAt": to_text(session.stop_at),
        "ageSeconds": round(one.age.total_seconds()),
        "leftSeconds": None if one.left is None else round(one.left.total_seconds()),
        "capacityProvider": attempt and attempt.capacity_provider,
        "taskArn": attempt and attempt.task_arn,
        "costUsd": None if one.cost is None else round(one.cost.total, 6),
        "costIsEstimated": None if one.cost is None else one.cost.estimated,
        "lastFailure": session.seen.last_failure,
        "unreachable": one.unreachable,
    }
