"""The environment variables that tell a study's container who its participant is.

start_server gives them to a container that it starts for a participant. A warm container is started
without them and asks for them once a participant connects (uploads.py); it adds those of its own
start, such as the bucket, and needs no others.
"""

from __future__ import annotations

from hippo_gym.runtime.clock import to_text
from hippo_gym.runtime.tracing import TASK_VARIABLE
from hippo_gym.sessions.model import Launch, Session
from hippo_gym.studies.assignment import as_json


def of_participant(session: Session, launch: Launch) -> dict[str, str]:
    """Return the variables of every container of a participant's task, without the bucket."""
    return {
        "HIPPO_PROJECT_ID": session.project_id,
        "HIPPO_USER_ID": session.user_id,
        "HIPPO_SESSION_ID": session.id,
        "HIPPO_DEADLINE": to_text(session.stop_at),
        **({} if session.trace is None else {TASK_VARIABLE: session.trace}),
        **of_assignment(launch),
        **({} if session.token is None else {"HIPPO_SESSION_TOKEN": session.token}),
    }


def of_assignment(launch: Launch) -> dict[str, str]:
    """Return the environment variables with the participant's groups and conditions, as JSON.

    A study without groups, or without conditions, has no such variable.
    """
    groups = {"HIPPO_GROUP": as_json(launch.groups)} if launch.groups else {}
    conditions = {"HIPPO_CONDITIONS": as_json(launch.conditions)} if launch.conditions else {}
    return groups | conditions


def of_study(session: Session, launch: Launch) -> dict[str, str]:
    """Return those of the study's container alone, which serves the game.

    With the upload token it gets upload tickets; the address to ask is in the task definition:
    `hippo submit` knows it.
    """
    token = {} if session.upload_token is None else {"HIPPO_UPLOAD_TOKEN": session.upload_token}
    idle = {} if launch.idle_minutes is None else {"HIPPO_IDLE_MINUTES": str(launch.idle_minutes)}
    return token | idle
