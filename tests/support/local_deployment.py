"""Helpers of the end-to-end tests: take part in a study, get servers, read AWS, wait."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from hippo_cli.rehearsal.next_client import NextClient
from local import loopback
from local.cloud import Cloud
from local.inspection import Inspector
from local.places import REGION

STUDY = "grid_world"
HANG_SECONDS = 300.0
"""After this time a wait fails. It only bounds a hang, because test machines share their cores."""

_Found = TypeVar("_Found")


class LocalDeployment:
    """One deployment on the local cloud."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.inspector = Inspector(cloud)
        self.bucket = str(cloud.outputs["bucket"])
        self.root_domain = str(cloud.outputs["root_domain"])

    def participant(self, user_id: str, project_id: str = STUDY) -> NextClient:
        return NextClient(self.cloud.next_url, project_id, user_id)

    def walk_to_game(self, user_id: str, project_id: str = STUDY) -> NextClient:
        """Answer the two pages before the game."""
        client = self.participant(user_id, project_id)
        client.get()
        client.post({"consent": "yes"}, "1")
        assert client.post({"read": "yes"}, "2").step == "3"
        return client

    def ready_session(self, user_id: str, project_id: str = STUDY) -> dict[str, Any]:
        """Walk a participant to the game and wait for their server."""
        client = self.walk_to_game(user_id, project_id)
        self.wait_for(lambda: client.get("3").shows_game, f"{user_id}'s server is ready")
        return self.inspector.live_session(user_id)

    def live_session(self, user_id: str) -> dict[str, Any] | None:
        try:
            return self.inspector.live_session(user_id)
        except LookupError:
            return None

    def ended_session(self, session_id: str, project_id: str = STUDY) -> dict[str, Any] | None:
        ended = self.inspector.ended_sessions(project_id)
        return next((session for session in ended if session["sessionId"] == session_id), None)

    def left_of(self, session: Mapping[str, Any]) -> dict[str, int]:
        """Return the number of a session's remaining resources by kind, without zeros."""
        user_id = session["userId"]
        found = self.inspector.snapshot().of_session(session["sessionId"], f"{user_id}.{self.root_domain}", user_id)
        return {kind: count for kind, count in found.items() if count}

    def wait_until_nothing_is_left(self, session: Mapping[str, Any], seconds: float = HANG_SECONDS) -> dict[str, Any]:
        """Wait until a session has ended and its resources are gone; return its ended record."""
        self.wait_for(lambda: not self.left_of(session), f"nothing is left of {session['sessionId']}", seconds)
        ended = self.ended_session(session["sessionId"], session["projectId"])
        assert ended is not None, "the session left no record"
        return ended

    def invoke(self, function: str, event: Any) -> Any:
        """Invoke a function by hand and return its answer, or raise with its error."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.outputs["function_names"][function], Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise RuntimeError(payload)
        return payload

    def credentials_of(self, function: str) -> dict[str, str]:
        """Return credentials of a function's role, as Lambda provides them."""
        name = self.cloud.outputs["function_names"][function]
        role = self.cloud.client("lambda").get_function(FunctionName=name)["Configuration"]["Role"]
        return self.credentials_of_role(role, "lambda.amazonaws.com")

    def credentials_of_role(self, role_arn: str, service: str = "ecs-tasks.amazonaws.com") -> dict[str, str]:
        request = {"roleArn": role_arn, "sessionName": "test", "service": service}
        answer = loopback.post(f"{self.cloud.state.gateway_url}/_hippo/role-session", request)
        return {name.lower(): value for name, value in answer.items()}

    @contextmanager
    def without_timed_sweeps(self) -> Iterator[None]:
        """Disable the sweeper's rule, so that only tests start sweeps.

        A sweep that the rule starts, every five minutes, could remove the resources that a test
        inspects.
        """
        events, rule = self.cloud.client("events"), f"{self.cloud.outputs['name']}_sweep_sessions"
        events.disable_rule(Name=rule)
        try:
            yield
        finally:
            events.enable_rule(Name=rule)

    def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        """Publish to a session topic, `start` or `stop`."""
        arn = self.cloud.outputs[f"{topic}_server_topic_arn"]
        self.cloud.client("sns").publish(TopicArn=arn, Message=json.dumps(message))

    def call_api(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        signed: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Call the HTTP API; return status, headers and parsed body."""
        url = f"{self.cloud.api_url}{path}"
        data = None if body is None else json.dumps(body).encode()
        request = AWSRequest(method, url, data=data, headers={"Content-Type": "application/json", **(headers or {})})
        if signed:
            credentials = self.cloud.session().get_credentials()
            assert credentials is not None
            SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
        sent = urllib.request.Request(url, data=data, method=method, headers=dict(request.headers))  # noqa: S310
        try:
            with urllib.request.urlopen(sent, timeout=HANG_SECONDS) as answer:  # noqa: S310 - the local cloud's own URL
                status, answered, text = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            status, answered, text = error.code, dict(error.headers), error.read()
        return status, {name.lower(): value for name, value in answered.items()}, json.loads(text) if text else None

    def wait_for(self, found: Callable[[], _Found], what: str, seconds: float = HANG_SECONDS) -> _Found:
        """Poll until `found` returns a true value, and return it; fail with `what` after `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            result = found()
            if result:
                return result
            time.sleep(0.5)
        raise AssertionError(f"not within {seconds:g} s: {what}")
