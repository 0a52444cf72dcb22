"""The RunTask request of a session with its environment variables, and the pause before it.

How many attempts a session has, and for how long, is in plan.py.

Pure except for the jitter of pauses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hippo_gym.runtime.backoff import Backoff
from hippo_gym.sessions import variables
from hippo_gym.sessions.model import DIRECT, EDGE, Attempt, Launch, Session
from hippo_gym.sessions.plan import capacity_provider
from hippo_gym.sessions.probe import EdgeProbe
from hippo_gym.sessions.resources.fargate import TaskRequest
from hippo_gym.studies.projects import OPEN
from hippo_gym.studies.task_definitions import DEPLOYMENT_TAG
from hippo_gym.studies.task_limits import NO_LIMITS, TaskLimits

_BACKOFF: Final = Backoff(first=2, longest=30)
"""Pauses between two launches, or two failed calls, of one session."""

_SHORTEST_PAUSE: Final = 0.1  # seconds


@dataclass(frozen=True)
class LaunchSettings:
    """Settings of start_server.

    A function without them can take sessions down, but not bring them up.

    `page_origins`: origins of the pages that participants use; empty: any. `route`: of new sessions.
    `edge`: the distribution of sessions on the edge route, and `edge_security_groups` their groups:
    both also where new sessions are direct and earlier ones are not.
    """

    bucket: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    stop_topic_arn: str
    scheduler_role_arn: str
    page_origins: tuple[str, ...] = ()
    limits: TaskLimits = NO_LIMITS
    route: str = DIRECT
    edge: EdgeProbe | None = None
    edge_security_groups: tuple[str, ...] = ()

    def security_groups_of(self, launch: Launch) -> tuple[str, ...]:
        """Return the groups of a session's task."""
        return self.edge_security_groups if launch.route == EDGE else self.security_groups


def next_attempt(session: Session, now: datetime) -> Attempt:
    """Return the next attempt, with the time before which it does not call RunTask.

    On another capacity provider than the last attempt it may run at once; on the same one after
    the pause that `jittered` returns.
    """
    last = session.seen.attempt
    number = 1 if last is None else last.number + 1
    provider = capacity_provider(session.launch.capacity if session.launch else "on-demand", number)
    same_again = last is not None and last.capacity_provider == provider
    pause = jittered(number) if same_again else 0.0
    return Attempt(number, provider, now + timedelta(seconds=pause))


def task_request(
    session: Session,
    launch: Launch,
    attempt: Attempt,
    settings: LaunchSettings,
    *,
    cluster: str,
    tags: dict[str, str],
) -> TaskRequest:
    """Return the RunTask request.

    Each repetition of an attempt is the same, as its client token requires. RunTask takes at most
    8,192 characters of overrides, JSON included (Amazon ECS API reference, RunTask, `overrides`);
    the schema of an entry limits conditions so that the variables of six containers fit.
    """
    return TaskRequest(
        cluster=cluster,
        task_definition=launch.task_definition,
        capacity_provider=attempt.capacity_provider,
        client_token=f"{session.id}-{attempt.number}",
        started_by=session.id,
        environment={
            **variables.of_participant(session, launch),
            "HIPPO_BUCKET": settings.bucket,
        },
        study_environment=own_variables(session, launch, settings.page_origins),
        subnets=settings.subnets,
        security_groups=settings.security_groups_of(launch),
        tags=tags,
        limits=settings.limits,
    )


def own_variables(session: Session, launch: Launch, page_origins: tuple[str, ...]) -> dict[str, str]:
    """Return the environment variables of the study's container alone, which serves the game.

    In a study of `access: open`, whose pages may be older ones from anywhere, it refuses a wrong
    session token and admits a page that sends none. A warm container asks for its participant.
    """
    own = variables.of_study(session, launch) | ({"HIPPO_WARM": "1"} if session.is_warm else {})
    own |= {} if launch.route == DIRECT else {"HIPPO_GAME_ROUTE": launch.route}
    if launch.access == OPEN:
        return own
    origins = {"HIPPO_PAGE_ORIGINS": ",".join(page_origins)} if page_origins else {}
    return own | {"HIPPO_ACCESS": launch.access} | origins


def session_tags(deployment: str, session: Session) -> dict[str, str]:
    """Return the tags of a session's cluster and task."""
    return {
        "Deployment": deployment,  # Terraform sets the same tag on its resources: it separates costs by deployment
        DEPLOYMENT_TAG: deployment,
        "hippo-gym:project": session.project_id,
        "hippo-gym:session": session.id,
    }


def jittered(number: int) -> float:
    """Return a random pause in seconds, at most 2, 4, 8, 16 and 30 by number of tries ("full jitter")."""
    return _BACKOFF.jittered(number, least=_SHORTEST_PAUSE)
