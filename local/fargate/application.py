"""The WSGI application: control routes, authorization, our ECS operations, moto for other calls."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.ecs.exceptions import ECSException
from moto.ecs.models import ecs_backends
from werkzeug.wrappers import Request, Response

from local.fargate.authorization import (
    Authorizer,
    Check,
    Refusal,
    access_key_of,
    checks_for_ec2,
    checks_for_ecs,
)
from local.fargate.control import Control
from local.fargate.errors import EcsError
from local.fargate.operations import Operations
from local.places import ACCOUNT_ID, REGION

logger = logging.getLogger(__name__)

_ECS_TARGET = "AmazonEC2ContainerServiceV20141113."
_JSON = "application/x-amz-json-1.1"
_UNSIGNED = Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class FargateApplication:
    """Routes each request to control, ECS or EC2."""

    def __init__(self, operations: Operations, control: Control, authorize: Authorizer, moto: WsgiApplication) -> None:
        self._operations = operations
        self._control = control
        self._authorize = authorize
        self._moto = moto

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = Request(environ)
        data = request.get_data()
        target = request.headers.get("X-Amz-Target", "")
        try:
            if request.path.startswith("/_fargate/"):
                response = self._answer_control(request, data)
            elif target.startswith(_ECS_TARGET):
                response = self._answer_ecs(request, target.removeprefix(_ECS_TARGET), data)
            else:
                response = self._answer_ec2(request, data)
        except Exception as error:  # after any error the caller gets an answer
            logger.exception("%s %s %s failed", request.method, request.path, target)
            failure = {"__type": "ServerException", "message": f"the local cloud failed: {error}"}
            response = _json(failure, 500)
        return response(environ, start_response)

    def _answer_control(self, request: Request, data: bytes) -> Response:
        try:
            answer = self._control.answer(request.method, request.path, json.loads(data or b"{}"))
        except LookupError as error:
            return _json({"error": str(error)}, 404)
        return _json(answer)

    def _answer_ecs(self, request: Request, operation: str, data: bytes) -> Response:
        body: dict[str, Any] = json.loads(data or b"{}")
        refusal = self._refuse(request, checks_for_ecs(operation, body, _definition(operation, body)))
        if refusal is not None:
            return _ecs_error(refusal.code, refusal.message)
        try:
            ordered = self._control.rejection(operation)
            if ordered is not None:
                raise ordered
            answer = self._operations.answer(operation, body)
        except EcsError as rejection:
            return _ecs_error(rejection.code, rejection.message, **rejection.members)
        if answer is not None:
            return _json(answer)
        response = self._from_moto(request, data)
        if response.status_code == 200:
            response.set_data(json.dumps(self._operations.amend(operation, json.loads(response.get_data()))))
        return response

    def _answer_ec2(self, request: Request, data: bytes) -> Response:
        action = parse_qs(data.decode()).get("Action", [""])[0] or request.args.get("Action", "")
        refusal = self._refuse(request, checks_for_ec2(action))
        if refusal is not None:
            code = "UnauthorizedOperation" if refusal.code == "AccessDeniedException" else "AuthFailure"
            return _ec2_error(code, f"You are not authorized to perform this operation. {refusal.message}")
        return self._from_moto(request, data)

    def _refuse(self, request: Request, checks: list[Check]) -> Refusal | None:
        access_key_id = access_key_of(request.headers.get("Authorization", ""))
        return self._authorize(access_key_id, checks) if access_key_id else _UNSIGNED

    def _from_moto(self, request: Request, data: bytes) -> Response:
        environ = {**request.environ, "wsgi.input": io.BytesIO(data)}
        environ.pop("werkzeug.request", None)
        return Response.from_app(self._moto, environ, buffered=True)


def _definition(operation: str, body: Mapping[str, Any]) -> Any:
    """Return RunTask's task definition, for the roles that it passes; None if there is none."""
    if operation != "RunTask":
        return None
    try:
        return ecs_backends[ACCOUNT_ID][REGION].describe_task_definition(body["taskDefinition"])
    except ECSException:
        return None  # the operation itself reports that it does not exist


def _json(answer: Any, status: int = 200) -> Response:
    return Response(json.dumps(answer), status, {"x-amzn-RequestId": str(uuid.uuid4())}, content_type=_JSON)


def _ecs_error(code: str, message: str, **members: Any) -> Response:
    response = _json({"__type": code, "message": message, **members}, 400)
    response.headers["x-amzn-ErrorType"] = code
    return response


def _ec2_error(code: str, message: str) -> Response:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    xml = f"<Response><Errors>{error}</Errors><RequestID>{uuid.uuid4()}</RequestID></Response>"
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{xml}', 403, content_type="text/xml")
