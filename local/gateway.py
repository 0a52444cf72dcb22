"""MiniStack, plus our routes for the Fargate stand-in and for copies: `python -m local.gateway`.

MiniStack enforces IAM on the calls that it serves. Another process serves ECS and EC2, and must
enforce the same roles and policies; so this process also answers, on loopback,

- `POST /_hippo/authorize`: may the owner of this access key take these actions on these resources?
- `POST /_hippo/role-session`: credentials of a task's or function's role. sts:AssumeRole would
  refuse us, because such a role trusts only its service.
- `POST /_hippo/keep`: save MiniStack's state to STATE_DIR, which it reads at its start
  (PERSIST_STATE=1).

It accepts the segments that game servers send to X-Ray (`POST /TraceSegments`), and drops them:
MiniStack has no X-Ray, and answers no other request for seconds while it looks for one.

iam_corrections.py adds the IAM checks that MiniStack lacks for the calls that it serves.

This code uses MiniStack's own evaluator and session store, so its version is pinned. Its settings
are environment variables (GATEWAY_PORT, BIND_HOST, AUTH, MINISTACK_ACCOUNT_ID, …), which it reads
while it is imported.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack_app
from ministack.core import iam_evaluator, persistence, responses
from ministack.services import iam, s3, secretsmanager, sts, tagging

from local import iam_corrections
from local.places import ACCOUNT_ID, REGION

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_TASKS = "ecs-tasks.amazonaws.com"
_TRACES = "/TraceSegments"


def authorize(access_key_id: str, checks: list[dict[str, Any]]) -> dict[str, str] | None:
    """Return the first refusal among `checks` (action, resource, context), or None if all pass."""
    responses.set_request_account_id(ACCOUNT_ID)
    for check in checks:
        action, resource = check["action"], check["resource"]
        service = action.partition(":")[0]
        verdict = iam_evaluator.enforce(
            access_key_id, action, service, REGION, resource, service_context=check["context"]
        )
        if isinstance(verdict, iam_evaluator.AuthError):
            return {"code": verdict.code, "message": verdict.message}
        if verdict is not None:
            denied = verdict.decision == "Deny"
            why = "with an explicit deny" if denied else f"because no identity-based policy allows the {action} action"
            return {
                "code": "AccessDeniedException",
                "message": f"User: {verdict.principal_arn} is not authorized to perform: {action} "
                f"on resource: {resource} {why}",
            }
    return None


def role_session(role_arn: str, session_name: str, service: str = _TASKS) -> dict[str, str]:
    """Return temporary credentials of a role, as Fargate passes to a task, or Lambda to a function.

    Raises:
        LookupError: the role does not exist, or does not trust the service.
    """
    responses.set_request_account_id(ACCOUNT_ID)
    role_name = role_arn.rsplit("/", 1)[-1]
    role = iam._roles.get(role_name)
    if role is None:
        raise LookupError(f"the role {role_arn} does not exist")
    if service not in json.dumps(role.get("AssumeRolePolicyDocument", "")):
        raise LookupError(f"the role {role_arn} does not trust {service}")
    session = {
        "Arn": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role_name}/{session_name}",
        "UserId": f"{role['RoleId']}:{session_name}",
        "SecretAccessKey": secrets.token_hex(20),
        "SessionToken": secrets.token_hex(32),
        "AccountId": ACCOUNT_ID,
        "PrincipalType": "AssumedRole",
    }
    access_key_id = f"ASIA{secrets.token_hex(8).upper()}"
    sts.register_session(access_key_id, session)
    return {
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


def keep() -> dict[str, str]:
    """Save the state of each service; the answer's `error` says why the saved state is incomplete.

    MiniStack's persistence omits the bodies of S3 objects, and logs what it cannot write instead of
    raising.
    """
    if any(bucket["objects"] for bucket in s3._buckets._data.values()):
        return {"error": "there are objects in S3"}
    services = ministack_app._build_persistence_save_dict()
    persistence.save_all(services)
    missing = [name for name in services if not Path(persistence.STATE_DIR, f"{name}.json").is_file()]
    return {"error": f"not written: {', '.join(missing)}"} if missing else {}


def without_empty_values(get: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wrap MiniStack's GetSecretValue, which answers for a secret without a value as if it had one.

    AWS knows no version of such a secret (Secrets Manager API reference, GetSecretValue).
    """

    def corrected(data: Any) -> Any:
        answer = get(data)
        held = json.loads(answer[2])
        if answer[0] != 200 or "SecretString" in held or "SecretBinary" in held:
            return answer
        return responses.error_response_json(
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
            400,
        )

    return corrected


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer our routes; pass every other request to MiniStack."""
    if scope["type"] == "http" and scope["path"].startswith("/_hippo/"):
        await _answer(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == _TRACES:
        await _body(receive)
        await _send_json(send, {"UnprocessedTraceSegments": []})
    elif scope["type"] == "http" and iam_corrections.concerns(scope["path"]):
        body = await _body(receive)
        request = iam_corrections.CurrentRequest(scope["path"], body.decode(errors="replace"))
        iam_corrections.current_request.set(request)
        await ministack_app.app(scope, _again(body, receive), send)
    else:
        await ministack_app.app(scope, receive, send)


async def _answer(scope: Message, receive: Receive, send: Send) -> None:
    question = json.loads(await _body(receive))
    if scope["path"] == "/_hippo/authorize":
        answer: Any = authorize(question["accessKeyId"], question["checks"])
    elif scope["path"] == "/_hippo/role-session":
        try:
            answer = role_session(question["roleArn"], question["sessionName"], question.get("service", _TASKS))
        except LookupError as error:
            answer = {"error": str(error)}
    elif scope["path"] == "/_hippo/keep":
        answer = keep()
    else:
        answer = {"error": f"no route {scope['path']}"}
    await _send_json(send, answer)


async def _send_json(send: Send, answer: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields the body already read, then the messages after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def main() -> None:
    """Serve until SIGTERM."""
    # MiniStack looks up `enforce` at each request, so this replaces it for all services.
    iam_evaluator.enforce = iam_corrections.corrected(iam_evaluator.enforce)
    secretsmanager._get_secret_value = without_empty_values(secretsmanager._get_secret_value)
    tagging._RESOURCE_TAG_COLLECTORS.setdefault("ecr", tagging._collect_ecr)
    config = Config()
    config.bind = [f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"]
    config.keep_alive_timeout = 75  # as MiniStack's own entry point: clients pool their connections
    config.graceful_timeout = 2
    asyncio.run(serve(app, config))  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
