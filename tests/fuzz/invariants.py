"""What must hold after every event, whatever it was; each check can fail (test_fuzzer_power.py)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from hippo_gym.runtime.errors import HippoGymError
from tests.fuzz.aws import MAX_SESSIONS, Aws, Call
from tests.support import openapi

MAX_CALLS: Final = 12
"""AWS calls of one request, by a cold function.

For an id with upper case one more: the record that the original system would have stored under it.
"""

_LIST: Final = "project_master_list.json"
_PROJECT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", re.ASCII)
_USER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,46}[A-Za-z0-9])?", re.ASCII)
_SESSION: Final = r"[0-9]{8}-[0-9a-f]{16}"
_DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PAGE: Final = r"(?!Users/|Trials/|_)[^/\x00-\x1f]{1,200}\.html"
_METHODS: Final = frozenset({"get", "post"})


class Violation(AssertionError):
    """An invariant does not hold; the text says which, and for what."""


def require(holds: object, what: str) -> None:
    """Check an invariant.

    Raises:
        Violation: it does not hold.
    """
    if not holds:
        raise Violation(what)


# --- no exception escapes ---


def may_raise(function: str, error: Exception) -> bool:
    """Return whether a function may raise this error.

    Functions behind a topic raise the product's own errors: Lambda tries the message again, and
    then puts it on the dead-letter queue. Every other function answers.
    """
    return function in {"start_server", "stop_server"} and isinstance(error, HippoGymError)


# --- no answer but the documented ones ---


def check_answer(path: str, method: object, answer: Mapping[str, Any]) -> None:
    """Check an HTTP answer against schemas/openapi.json.

    A method that the document does not name, which API Gateway would not pass on, gets one of the
    path's documented statuses; OPTIONS may be answered 204.
    """
    status, body = answer["statusCode"], answer["body"]
    name = str(method or "get").lower()
    described = openapi.statuses(path, name)
    allowed = described or {each for method in _METHODS for each in openapi.statuses(path, method)} | {405}
    require(status in allowed or (name == "options" and status == 204), f"{name} {path}: undocumented status {status}")
    try:
        json.dumps(answer, ensure_ascii=False, allow_nan=False).encode("utf-8")
        value = json.loads(body) if body else None
    except ValueError as error:
        raise Violation(f"{name} {path}: the answer is no JSON in UTF-8: {error}") from error
    require(answer["isBase64Encoded"] is False, "the answer is marked as base64")
    if described and body:
        wrong = openapi.faults(openapi.schema_of(path, name, status), value)
        require(not wrong, f"{name} {path}: {status} with another body than the documented one: {wrong}")


# --- few calls, and no key of anyone else ---


def check_number_of_calls(calls: list[Call], users: list[str]) -> None:
    """Check how many AWS calls a request of these participants made."""
    most = MAX_CALLS + any(user != user.lower() for user in users)
    require(len(calls) <= most, f"{len(calls)} AWS calls: {[call.operation for call in calls]}")


def ids(values: Iterable[object], *, users: bool = False) -> list[str]:
    """Return the values that are valid ids."""
    form = _USER if users else _PROJECT
    return [value for value in values if isinstance(value, str) and form.fullmatch(value)]


def check_keys(function: str, calls: list[Call], projects: list[str], users: list[str]) -> None:
    """Check that one event reached only objects of one project and one participant, and the deployment's.

    Args:
        function: that handled the event.
        calls: that it made.
        projects: valid ids of projects that the event names.
        users: valid ids of participants that the event names.
    """
    keyed = [call for call in calls if call.key is not None]
    if not keyed:
        return
    for project in projects or [""]:
        for user in users or [""]:
            if not _foreign(function, keyed, project, user):
                return
    wrong = _foreign(function, keyed, projects[0] if projects else "", users[0] if users else "")
    raise Violation(f"{function} reached {wrong}; the event names projects {projects} and participants {users}")


def _foreign(function: str, calls: list[Call], project: str, user: str) -> list[str]:
    """Return the calls that a function must not make for a project and a participant."""
    reads, writes = _patterns(function, project, user)
    return [
        f"{call.operation} {call.key}"
        for call in calls
        if (writes if call.writes else reads).fullmatch(str(call.key)) is None
    ]


@lru_cache(4096)
def _patterns(function: str, project: str, user: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    reads, writes = _allowed(function, re.escape(project), re.escape(user), re.escape(user.lower()))
    return re.compile(reads), re.compile(writes)


def _allowed(function: str, project: str, user: str, lower: str) -> tuple[str, str]:
    """Return patterns of the keys that a function may read, and write."""
    if function == "next_step":
        writes = rf"{project}/Users/{lower}|_sessions/here/{_SESSION}|_participants/{project}/(?:count|cells)\.json"
        reads = (
            rf"{_LIST}|{project}/{_PAGE}|{project}/Users/(?:{user}|{lower})|_versions/{project}/[0-9a-f]{{16}}/.+|"
            rf"_sessions/live/{lower}\.json|_sessions/ended/{project}/{_DAY}/{_SESSION}\.json|_sessions/places\.json|"
            rf"_participants/{project}\.json|{writes}"
        )
        return (reads, writes) if project and lower else (_LIST, "(?!)")
    if function == "issue_upload_ticket":
        return (rf"_sessions/live/{lower}\.json" if lower else "(?!)"), "(?!)"
    if function == "update_project_master_list":
        count = rf"_participants/{project}/count\.json"
        reads = rf"{_LIST}|{count}|_participants/{project}\.json|{project}/Users/"
        return (reads, rf"{_LIST}|{count}") if project else (_LIST, "(?!)")
    sessions = (
        rf"_sessions/live/{_USER.pattern}\.json|_sessions/ended/{_PROJECT.pattern}/{_DAY}/{_SESSION}\.json|"
        rf"_sessions/places\.json|_sessions/marks\.json|_sessions/here/{_SESSION}|_sessions/warm/(?:{_USER.pattern})?"
    )
    if function in {"start_server", "stop_server"}:
        return rf"{sessions}|{_LIST}|_versions/{_PROJECT.pattern}/[0-9a-f]{{16}}/project\.json", sessions
    if function == "sweep_sessions":
        retention = r"_sessions/retention\.json|_sessions/warm\.json"
        reads = rf"{sessions}|_sessions/live/|_sessions/here/|{_LIST}|{retention}"
        return reads, rf"{sessions}|{retention}"
    return "(?!)", "(?!)"


# --- no answer acknowledged and lost ---


def accepted(record: bytes | None) -> list[Any]:
    """Return the accepted answers of a participant's record, in order."""
    if record is None:
        return []
    requests = json.loads(record)["requests"]
    return [entry.get("body") for entry in requests if entry.get("accepted") is True]


def step_of(record: bytes | None) -> Any:
    """Return the step of a participant's record; None without a record."""
    return None if record is None else json.loads(record)["step"]


def check_record(key: str, before: bytes | None, after: bytes | None) -> None:
    """Check a change of a participant's record: no accepted answer changes or goes."""
    kept = accepted(before)
    require(after is not None, f"{key} was deleted")
    require(accepted(after)[: len(kept)] == kept, f"{key} lost an accepted answer")


def check_acknowledged(sent: str | None, before: bytes | None, after: bytes | None, answer: Mapping[str, Any]) -> None:
    """Check that a participant who is shown another step after an answer finds the answer in the record.

    Args:
        sent: the body.
        before: the record before the request.
        after: the record after it.
        answer: what the page got.
    """
    if answer.get("retry") or "notice" in answer or "step" not in answer:
        return
    require(after is not None, "a step was shown, and there is no record")
    require(answer["step"] == step_of(after), f"step {answer['step']} was shown, the record is at {step_of(after)}")
    if before is None or step_of(before) == step_of(after):
        return
    new = accepted(after)[len(accepted(before)) :]
    require(new == [sent], f"the page went on to step {step_of(after)}; stored is {str(new)[:200]}")


# --- no session beyond the limit ---


def check_sessions(aws: Aws) -> None:
    """Check the number of sessions that have or may get a server."""
    with_task = {task.session_id for task in aws.ecs.living.values()}
    require(len(with_task) <= MAX_SESSIONS, f"{len(with_task)} sessions have servers, the limit is {MAX_SESSIONS}")
    live = [json.loads(aws.s3.objects[key].body) for key in aws.s3.keys("_sessions/live/")]
    admitted = [each for each in live if each["admittedAt"] is not None]
    there = [each for each in admitted if each["wanted"] == "running" or each["sessionId"] in with_task]
    require(len(there) <= MAX_SESSIONS, f"{len(there)} sessions have a place, the limit is {MAX_SESSIONS}")
