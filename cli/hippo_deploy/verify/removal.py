"""Removes the synthetic study after any outcome, and names what could not be removed.

    sessions       stop messages end them, as in `make destroy`; removal waits for their end
    the list       a conditional write, as the functions make it, removes both entries
    objects        deletes pages and records of the study with all their versions
    the container  deregisters its task definition, and deletes its log streams

A step that fails does not prevent the other steps.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_common.errors import HippoError
from hippo_deploy.verify.cloud import is_denied, permission
from hippo_deploy.verify.records import Leftover, Session
from hippo_deploy.verify.results import Cancelled, Failed
from hippo_deploy.verify.world import POLL_SECONDS, World
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.studies.projects import MASTER_LIST_KEY

_TRIES: Final = 20  # writes of the list without the study's entries, while other writers change it
_RACES: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_MAX_KEYS: Final = 1000
"""The most objects of one DeleteObjects call (Amazon S3 API reference)."""


def remove(world: World, report: Callable[[str], None]) -> list[str]:
    """Remove everything of the study; return one line for each step that failed.

    Args:
        world: the verification. Clears its `stop`, so that the waits of the removal are complete.
        report: called with one line for each step.
    """
    world.stop.clear()
    world.deadline = None
    wrong: list[str] = []
    steps: tuple[tuple[str, Callable[[World], None]], ...] = (
        ("ending the sessions", _end_sessions),
        ("removing the study from the list", _remove_entries),
        ("deleting the study's objects", _delete_objects),
        ("deregistering the container", _deregister),
        ("deleting the container's log", _delete_log_streams),
    )
    for what, step in steps:
        report(f"Removing the study: {what}")
        try:
            step(world)
        except ClientError as error:
            why = f"you may not {permission(error)}" if is_denied(error) else str(error)
            wrong.append(f"{what}: {why}")
        except (BotoCoreError, HippoError, Failed, Cancelled, OSError, ValueError, KeyError) as error:
            wrong.append(f"{what}: {error}")
    return wrong


def still_there(world: World) -> list[str]:
    """Return a line for each remaining thing, with its command, and for each failed read."""
    lines: list[str] = []
    for what, look in (("its sessions", _left_of_sessions), ("its study", _left_of_study)):
        try:
            lines += [f"{each.what}: {each.command}" for each in look(world)]
        except ClientError as error:
            why = f"you may not {permission(error)}" if is_denied(error) else str(error)
            lines.append(f"what is left of {what} ({world.study.id}) is not known: {why}")
        except (BotoCoreError, OSError, ValueError, KeyError) as error:
            lines.append(f"what is left of {what} ({world.study.id}) is not known: {error}")
    return lines


def left(world: World) -> list[Leftover]:
    """Return everything that is left of the study."""
    return [*_left_of_sessions(world), *_left_of_study(world)]


def _left_of_sessions(world: World) -> Iterator[Leftover]:
    for _, user_id in sorted(world.participants):
        live = world.live(user_id)
        if live is None and user_id not in world.sessions:
            continue
        yield from world.records.left_of(world.sessions[user_id])


def _left_of_study(world: World) -> Iterator[Leftover]:
    target, study = world.target, world.study
    at = f"--region {target.region}"
    entries = {entry["id"] for entry in (world.records.object(MASTER_LIST_KEY) or {"projects": []})["projects"]}
    for project in study.project_ids:
        if project in entries:
            yield Leftover(f"the entry {project} in {MASTER_LIST_KEY}", f"hippo close {project}")
        for prefix in _prefixes(project):
            if world.records.keys(prefix):
                yield Leftover(
                    f"objects below {prefix} in {target.bucket}",
                    f"aws s3 rm {at} --recursive s3://{target.bucket}/{prefix}",
                )
    for name in _revisions(world):
        yield Leftover(
            f"the task definition {name}", f"aws ecs deregister-task-definition {at} --task-definition {name}"
        )


def _prefixes(project: str) -> tuple[str, ...]:
    return f"{project}/", f"_versions/{project}/", f"_sessions/ended/{project}/"


def _end_sessions(world: World) -> None:
    """Publish a stop for each participant's session, and wait until its resources are gone."""
    stopping: list[Session] = []
    for project, user_id in sorted(world.participants):
        live = world.live(user_id)
        session_id = live.id if live is not None else _requested_session(world, project, user_id)
        if session_id is None or (live is None and _is_over(world, project, user_id, session_id)):
            continue
        message = {
            "action": "stop",
            "projectId": project,
            "userId": user_id,
            "sessionId": session_id,
            "reason": "make verify has ended",
        }
        world.cloud.client("sns").publish(TopicArn=world.target.stop_topic_arn, Message=json.dumps(message))
        if live is not None:
            stopping.append(live)
    if stopping:
        _wait_for_ends(world, stopping)


def _wait_for_ends(world: World, sessions: list[Session]) -> None:
    """Wait until the sessions' resources are gone; run sweeps, as a message may be lost."""
    what = f"the end of {len(sessions)} session{'' if len(sessions) == 1 else 's'}"
    waiting = {session.user_id: session for session in sessions}
    for session in sessions:
        with suppress(ClientError, Failed):  # no permission, or no task
            world.release(session)
    between = timedelta(seconds=world.patience.unswept)
    sweep_at = world.clock.now() + between

    def over() -> bool:
        nonlocal sweep_at
        for user_id, session in list(waiting.items()):
            ended = world.records.ended(session)
            if ended is not None and world.records.live(user_id) is None:
                world.sessions[user_id] = ended
                del waiting[user_id]
        if waiting and world.clock.now() >= sweep_at:
            _sweep(world)
            sweep_at = world.clock.now() + between
        return not waiting

    world.wait(over, what, world.patience.removed)


def _sweep(world: World) -> None:
    with suppress(ClientError):  # its rule also runs it every few minutes
        world.cloud.client("lambda").invoke(FunctionName=world.target.functions["sweep_sessions"], Payload=b"{}")


def _requested_session(world: World, project: str, user_id: str) -> str | None:
    """Return the id of the session that /next requested, even before start_server starts it."""
    record = world.records.object(f"{project}/Users/{user_id}") or {}
    requested = record.get("session") or {}
    return None if "id" not in requested else str(requested["id"])


def _is_over(world: World, project: str, user_id: str, session_id: str) -> bool:
    session = Session({"sessionId": session_id, "projectId": project, "userId": user_id, "seen": {}})
    return world.records.ended(session) is not None


def _remove_entries(world: World) -> None:
    """Remove both entries from the list, with If-Match so that no other writer's change is lost."""
    s3, bucket = world.cloud.client("s3"), world.target.bucket
    for _ in range(_TRIES):
        try:
            stored = s3.get_object(Bucket=bucket, Key=MASTER_LIST_KEY)
        except s3.exceptions.NoSuchKey:
            return
        document: dict[str, Any] = json.loads(stored["Body"].read())
        kept = [entry for entry in document["projects"] if entry["id"] not in world.study.project_ids]
        if len(kept) == len(document["projects"]):
            return
        body = json.dumps({**document, "projects": kept}, ensure_ascii=False, indent=1).encode("utf-8")
        try:
            s3.put_object(
                Bucket=bucket, Key=MASTER_LIST_KEY, Body=body, ContentType="application/json", IfMatch=stored["ETag"]
            )
            return
        except ClientError as error:
            if code_of(error) not in _RACES:
                raise
        world.clock.sleep(POLL_SECONDS / 2)
    raise Failed(f"other writers changed {MASTER_LIST_KEY} {_TRIES} times in a row")


def _delete_objects(world: World) -> None:
    prefixes = [prefix for project in world.study.project_ids for prefix in _prefixes(project)]
    prefixes += [f"_sessions/live/{user_id}.json" for _, user_id in world.participants if world.live(user_id) is None]
    s3, bucket = world.cloud.client("s3"), world.target.bucket
    for prefix in prefixes:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            for start in range(0, len(objects), _MAX_KEYS):
                batch = {"Objects": objects[start : start + _MAX_KEYS], "Quiet": True}
                refused = s3.delete_objects(Bucket=bucket, Delete=batch).get("Errors")
                if refused:
                    denied = refused[0].get("Code") == "AccessDenied"
                    why = "you may not s3:DeleteObjectVersion" if denied else str(refused[0].get("Message"))
                    raise Failed(f"{refused[0]['Key']}: {why}")


def _revisions(world: World) -> list[str]:
    """Return the study's active task definitions."""
    pages = (
        world.cloud.client("ecs")
        .get_paginator("list_task_definitions")
        .paginate(familyPrefix=world.study.id, status="ACTIVE")
    )
    return [arn.rpartition("/")[2] for page in pages for arn in page["taskDefinitionArns"]]


def _deregister(world: World) -> None:
    for name in _revisions(world):
        world.cloud.client("ecs").deregister_task_definition(taskDefinition=name)


def _delete_log_streams(world: World) -> None:
    logs, group = world.cloud.client("logs"), world.target.session_log_group
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, logStreamNamePrefix=f"{world.study.id}/"
    )
    for name in [stream["logStreamName"] for page in pages for stream in page["logStreams"]]:
        logs.delete_log_stream(logGroupName=group, logStreamName=name)
