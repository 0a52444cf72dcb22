"""Events of every function: what services send, and what they never send."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from hippo_gym.studies.links import sign
from tests.fuzz import values
from tests.fuzz.aws import LINK_KEY
from tests.support.inputs import entry
from tests.support.simulated_world.kernel import EPOCH

USERS: Final = ("ada", "Ben", "c-3", "dot", "eve")
PROJECTS: Final = ("study", "other", "signed")
PATHS: Final = ("/next", "/", "/start", "/stop", "/trials")
METHODS: Final = ("GET", "POST", "OPTIONS", "HEAD", "PUT", "DELETE", "PATCH", "get", "TRACE", "", "\ud800")
SHAPES: Final = ("v2", "v1", "alb", "url")
_SIGNED_UNTIL: Final = EPOCH.replace(year=EPOCH.year + 1)
_ids: Final = itertools.count(1)

STUDIES: Final[tuple[dict[str, Any], ...]] = (
    entry("study", mostParticipants=4, enrolmentTimeout=5, idleTimeout=5, progress={"1": "Consent"}),
    entry(
        "other",
        access="bound",
        conditions={"partner": ["novice", "expert"]},
        assignment="balanced",
        mostParticipants=4,
        maxSessions=1,
        exits={"refused": {"step": 1, "field": "field-0", "values": ["no"], "page": "9_declined.html"}},
        completion={"codes": {"finished": "C1"}, "redirect": "https://panel.example/?cc={code}"},
    ),
    entry("signed", access="signed", steps={"1": "1.html", "2": "game", "3": "game", "4": "4.html"}, stop=4),
)
"""One study of each `access`, with the keys that read or write something."""


def secret(user: str) -> str:
    """Return the secret of a participant's browser."""
    return base64.urlsafe_b64encode(user.lower().encode().ljust(32, b"_")).decode().rstrip("=")


def proof(project: str, user: str) -> str:
    """Return what proves that a participant is who they are."""
    return sign(LINK_KEY, project, user, _SIGNED_UNTIL) if project == "signed" else secret(user)


def request(
    shape: str,
    method: str,
    path: str,
    query: Mapping[str, Any] | None,
    body: str | None,
    headers: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the event of a request, in the format of what carries it.

    API Gateway's payload formats 1.0 and 2.0, a load balancer, a function URL.
    """
    sent = {"content-type": "application/json", **(headers or {})}
    number = f"request-{next(_ids)}"
    event: dict[str, Any] = {"body": body, "isBase64Encoded": False, "headers": sent}
    if shape in ("v2", "url"):
        described = {"http": {"method": method, "path": path}, "requestId": number}
        event |= {"version": "2.0", "rawPath": path, "queryStringParameters": dict(query) if query else None}
        return event | {"requestContext": described}
    event |= {"httpMethod": method, "path": path, "queryStringParameters": dict(query or {})}
    if shape == "alb":
        return event | {"requestContext": {"elb": {"targetGroupArn": "arn"}}}
    many = {name: ["first", value] for name, value in (query or {}).items()}
    return event | {"multiValueQueryStringParameters": many, "requestContext": {"requestId": number}}


def hostile_request(random: Random, path: str) -> dict[str, Any]:
    """Return a request in which everything may be wrong."""
    query: dict[str, Any] = {"projectId": random.choice(PROJECTS), "userId": random.choice(USERS)}
    for _ in range(random.randrange(3)):
        query[random.choice(("projectId", "userId", "step", "here", values.text(random)))] = values.text(random)
    headers: dict[str, Any] = {"hippo-proof": random.choice((proof("other", "ada"), values.text(random)))}
    for _ in range(random.randrange(3)):
        name = random.choice(("Origin", "Content-Length", "content-type", "Purpose", "X-Forwarded-For", "Hippo-Proof"))
        headers[name if random.random() < 0.8 else values.text(random)] = values.text(random)
    event = request(random.choice(SHAPES), random.choice(METHODS), path, query, _body(random, path), headers)
    if random.random() < 0.3:
        _as_base64(random, event)
    return event if random.random() < 0.6 else _like_an_event(values.damaged(random, event, random.randint(1, 3)))


def _like_an_event(damaged: Any) -> dict[str, Any]:
    """API Gateway sends an object, whatever is in it."""
    return damaged if isinstance(damaged, dict) else {"body": damaged}


def _body(random: Random, path: str) -> str | None:
    kind = random.random()
    if kind < 0.4:
        return random.choice(values.BODIES)()
    if kind < 0.6:
        return values.form(random)
    user, project = random.choice(USERS), random.choice(PROJECTS)
    body: dict[str, Any] = {"projectId": project, "userId": user}
    if path == "/stop":
        body |= {"delay": random.randrange(-1, 1442, 481), "reason": values.text(random)}
    if path == "/trials":
        body |= {"sessionId": "20261122-0f3c5d7e9a1b2c4d", "token": "x" * 32}
    return json.dumps(values.damaged(random, body, random.randint(0, 2)))


def _as_base64(random: Random, event: dict[str, Any]) -> None:
    """Mark the body as base64, which it may be."""
    event["isBase64Encoded"] = random.choice((True, True, "true", 1))
    kind = random.randrange(4)
    if kind == 0:
        event["body"] = base64.b64encode(str(event["body"]).encode("utf-8", "replace")).decode()
    elif kind == 1:
        event["body"] = base64.b64encode(b"\xff\xfe\x00").decode()
    elif kind == 2:
        event["body"] = "====" + str(event["body"])[:1000]


def hostile_message(random: Random, kind: str) -> dict[str, Any]:
    """Return an SNS event with a message of a kind, damaged: "start", "stop" or "task"."""
    user, project = random.choice(USERS).lower(), random.choice(PROJECTS)
    session = f"20261122-{random.randrange(4):016x}"
    message: Any = {"action": kind, "projectId": project, "userId": user, "sessionId": session}
    if kind == "start":
        message |= {"requestedAt": "2026-11-22T12:00:00+00:00", "takesOver": random.random() < 0.5}
        optional: tuple[dict[str, Any], ...] = (
            {},
            {"groups": {"2": 1}},
            {"conditions": {"partner": "novice"}},
            {"holder": "0" * 64},
        )
        message |= random.choice(optional)
    if kind == "stop":
        message |= {"delay": random.randrange(3), "reason": "asked for"}
    if kind == "task":
        message = task_stopped(user, session)
    message = values.damaged(random, message, random.randint(0, 2))
    texts = [json.dumps(message)]
    if random.random() < 0.1:
        texts = [random.choice(values.BODIES)() or ""]
    event = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": each}} for each in texts]}
    return event if random.random() < 0.85 else _like_an_event(values.damaged(random, event))


def task_stopped(user: str, session: str) -> dict[str, Any]:
    """Return the event of EventBridge about a task that has stopped."""
    environment = [{"name": "HIPPO_USER_ID", "value": user}, {"name": "HIPPO_SESSION_ID", "value": session}]
    overrides = {"containerOverrides": [{"name": "server", "environment": environment}]}
    detail = {"lastStatus": "STOPPED", "overrides": overrides, "stopCode": "EssentialContainerExited"}
    return {"detail-type": "ECS Task State Change", "source": "aws.ecs", "detail": detail}


def payload(random: Random) -> Any:
    """Return what a researcher's script may send to register a study."""
    study = dict(random.choice(STUDIES))
    if study["id"] != "study":
        study["version"] = f"{random.randrange(2):016x}"
    kind = random.random()
    if kind < 0.15:
        return study
    study["id"] = random.choice((study["id"], f"new-{random.randrange(3)}", values.text(random)))
    if kind < 0.4:
        study |= {"replaces": random.choice((None, "0" * 64, values.value(random))), "useAWS": True}
    if kind > 0.9:
        study |= {"proof": random.choice(({"Authorization": "AWS4-HMAC-SHA256 x"}, values.value(random)))}
    return values.damaged(random, study, random.randint(0, 3))
