"""The messages on the start and stop topics, and how the functions read them from an SNS event."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hippo_gym.runtime import json_reading, schemas
from hippo_gym.runtime.clock import from_text, to_text
from hippo_gym.runtime.errors import OperatorError, ParticipantError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

TASK_STATE_CHANGE: Final = "ECS Task State Change"


class MessageInvalid(OperatorError):
    """A message on a topic breaks its schema; the text lists every fault. A retry cannot help."""


class RequestInvalid(ParticipantError):
    """The body of POST /start or /stop breaks its schema; the text lists every fault."""


@dataclass(frozen=True)
class Start:
    """Starts a participant's server.

    A repeated message with the same session id starts nothing more. `version` is the version of the
    study that the participant began with; None: the current one. `groups` (number of groups →
    group) and `conditions` (condition → value) are the participant's, for the container.

    `takes_over`: an answer of the participant asked for the session, so that it may end their
    session in another study. `holder`: the hash of what proved who they are; None in a study of
    `access: open`.
    """

    project_id: str
    user_id: str
    session_id: str
    requested_at: datetime
    version: str | None = None
    groups: Mapping[int, int] = field(default_factory=dict, hash=False)
    conditions: Mapping[str, str] = field(default_factory=dict, hash=False)
    takes_over: bool = False
    holder: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return the message as JSON holds it."""
        groups = {str(count): own for count, own in self.groups.items()}
        optional = {
            "version": self.version,
            "groups": groups,
            "conditions": dict(self.conditions),
            "takesOver": self.takes_over,
            "holder": self.holder,
        }
        return {
            "action": "start",
            "projectId": self.project_id,
            "userId": self.user_id,
            "sessionId": self.session_id,
            "requestedAt": to_text(self.requested_at),
        } | {key: value for key, value in optional.items() if value}


@dataclass(frozen=True)
class Stop:
    """Stops a participant's server in `delay` minutes.

    Without a session id it stops the session that the participant has in the project when the
    message arrives.
    """

    project_id: str
    user_id: str
    session_id: str | None = None
    delay: int = 0
    reason: str | None = None

    def payload(self) -> dict[str, Any]:
        """Return the message as JSON holds it."""
        optional = {"sessionId": self.session_id, "delay": self.delay or None, "reason": self.reason}
        return {
            "action": "stop",
            "projectId": self.project_id,
            "userId": self.user_id,
        } | {key: value for key, value in optional.items() if value is not None}


@dataclass(frozen=True)
class TaskStopped:
    """The event with which ECS reports that a session's task has stopped."""

    user_id: str
    session_id: str


def publish(client: SNSClient, topic_arn: str, message: Start | Stop) -> None:
    """Publish a message to a topic. SNS delivers it at least once, in any order."""
    client.publish(TopicArn=topic_arn, Message=json.dumps(message.payload()))


def read_sns_event(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the JSON objects that an SNS event carries.

    Raises:
        MessageInvalid: the event is not an SNS event, or a message in it is not a JSON object.
    """
    records = event.get("Records")
    if not isinstance(records, list) or not records:
        raise MessageInvalid("the event has no Records: this function is invoked by its SNS topic")
    for record in records:
        sns = record.get("Sns") if isinstance(record, Mapping) else None
        text = sns.get("Message") if isinstance(sns, Mapping) else None
        try:
            payload = json_reading.read(text) if isinstance(text, str) else None
        except ValueError:
            payload = None
        if not isinstance(payload, Mapping):
            raise MessageInvalid("a record's Sns.Message is not a JSON object")
        yield payload


def read_start(payload: Mapping[str, Any]) -> Start:
    """Read a start message.

    Raises:
        MessageInvalid: it breaks the schema.
    """
    _check(schemas.START_MESSAGE, payload, MessageInvalid)
    try:
        requested_at = from_text(payload["requestedAt"])
    except ValueError as error:
        raise MessageInvalid(f"requestedAt: {error}") from error
    return Start(
        payload["projectId"],
        payload["userId"].lower(),
        payload["sessionId"],
        requested_at,
        payload.get("version"),
        {int(count): int(own) for count, own in payload.get("groups", {}).items()},
        payload.get("conditions", {}),
        payload.get("takesOver", False),
        payload.get("holder"),
    )


def read_stop(payload: Mapping[str, Any]) -> Stop:
    """Read a stop message.

    Raises:
        MessageInvalid: it breaks the schema.
    """
    _check(schemas.STOP_MESSAGE, payload, MessageInvalid)
    return _stop(payload)


def read_task_stopped(event: Mapping[str, Any]) -> TaskStopped | None:
    """Read an EventBridge event of ECS; None if no session owns the task, or it has not stopped.

    The session is found by the environment variables that start_server gave the task; ECS repeats
    them in the event's `overrides` (Amazon ECS developer guide, "Amazon ECS task state change
    events").
    """
    detail = event.get("detail")
    if not isinstance(detail, Mapping) or detail.get("lastStatus") != "STOPPED":
        return None
    variables: dict[str, str] = {}
    overrides = detail.get("overrides")
    for container in _objects(overrides.get("containerOverrides") if isinstance(overrides, Mapping) else None):
        for variable in _objects(container.get("environment")):
            variables[str(variable.get("name"))] = str(variable.get("value"))
    user_id, session_id = variables.get("HIPPO_USER_ID", ""), variables.get("HIPPO_SESSION_ID", "")
    if not schemas.is_valid(schemas.USER_ID, user_id) or not schemas.is_valid(schemas.SESSION_ID, session_id):
        return None
    return TaskStopped(user_id.lower(), session_id)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none of anything else. Anyone who may publish chooses the event's form."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def how_to_send(action: str) -> str:
    """Return what a request by another method than POST is answered.

    Args:
        action: "start" or "stop".
    """
    return (
        f'Send POST /{action} with a JSON body such as {{"projectId": "my_study", "userId": "ada"}}, signed (SigV4) by '
        "a principal of AWS that may invoke this route. A participant's page needs neither: /next starts and stops "
        "its server."
    )


def start_request(body: Any, now: datetime) -> Start:
    """Turn the body of POST /start into a message with a new session id.

    Raises:
        RequestInvalid: the body breaks the schema.
    """
    _check(schemas.SEND_START_REQUEST, body, RequestInvalid)
    session_id = f"{now:%Y%m%d}-{secrets.token_hex(8)}"
    return Start(body["projectId"], body["userId"].lower(), session_id, now, takes_over=True)


def stop_request(body: Any) -> Stop:
    """Turn the body of POST /stop into a message.

    Raises:
        RequestInvalid: the body breaks the schema.
    """
    _check(schemas.SEND_STOP_REQUEST, body, RequestInvalid)
    return _stop(body)


def _stop(payload: Mapping[str, Any]) -> Stop:
    return Stop(
        project_id=payload["projectId"],
        user_id=payload["userId"].lower(),
        session_id=payload.get("sessionId"),
        delay=int(payload.get("delay", 0)),
        reason=payload.get("reason"),
    )


def _check(schema: str, value: Any, error: type[MessageInvalid] | type[RequestInvalid]) -> None:
    found = tuple(schemas.half_characters(value)) or schemas.faults(schema, value)
    if found:
        raise error("; ".join(str(fault) for fault in found))
