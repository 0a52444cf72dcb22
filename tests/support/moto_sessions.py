"""A deployment with live sessions, in this process (moto).

MotoSessions    the deployment: participants, sessions, logs, and the function that stops sessions
FakeClock   a clock that `sleep` moves; each sleep also runs the deployment's next step
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.response import StreamingBody

import send_stop_server_message
from hippo_cli.deployment import Deployment, connect
from hippo_cli.main import run
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.sessions.capacity import Place, Places
from hippo_gym.sessions.model import Attempt, Launch, Seen, Session
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.storage.bucket import Bucket
from tests.unit.handlers.entries import Context

REGION = "ca-central-1"
ACCOUNT = "123456789012"
BUCKET = "projects.example"
LOG_GROUP = "/ecs/HIPPO_Gym"
STOP_FUNCTION = "HIPPO_Gym_send_stop_server_message"
SESSION = "20261122-0f3c5d7e9a1b2c4d"
TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/HIPPO_Gym-{SESSION}/0f1e2d3c"
VERSION = "3f9a0c1d2e4b5a67"


@cache
def aws(service: str) -> Any:
    """Return a client, made once for all tests."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def session(user_id: str = "p1", *, age: float = 10, runs: bool = True, **changes: Any) -> Session:
    """Return a session that began `age` minutes ago.

    One that runs has had a task since then, and is ready.
    """
    began = ago(age)
    attempt = Attempt(1, "FARGATE_SPOT", began, TASK)
    made = Session(
        id=SESSION,
        project_id="grid",
        user_id=user_id,
        requested_at=began,
        created_at=began,
        updated_at=began,
        stop_at=began + timedelta(minutes=30),
        launch=Launch("grid:1", "spot-then-on-demand", 5000, 30),
        admitted_at=began,
        seen=Seen(schedule=True, cluster=True, attempt=attempt, ready_at=began) if runs else Seen(),
    )
    return replace(made, **changes)


def in_turn(steps: list[Callable[[], object]]) -> Callable[[], None]:
    """Return a function that runs the next step each time it is called."""
    waiting = iter(steps)

    def do_the_next() -> None:
        next(waiting)()

    return do_the_next


@dataclass
class FakeClock:
    """A clock that only `sleep` moves."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC))
    while_asleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.while_asleep()


class MotoSessions:
    """The deployment HIPPO_Gym, with the study `grid`: its game is step 2."""

    def __init__(self) -> None:
        aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.bucket = Bucket(aws("s3"), BUCKET)
        self.sessions = SessionStore(self.bucket, SystemClock())
        self.asked: list[dict[str, Any]] = []
        self.when_asked: Callable[[Mapping[str, Any]], None] = lambda message: None
        self.topic = aws("sns").create_topic(Name="HIPPO_Gym_stop_server")["TopicArn"]
        aws("logs").create_log_group(logGroupName=LOG_GROUP)
        aws("ssm").put_parameter(Name="/hippo-gym/HIPPO_Gym", Type="String", Value=json.dumps(self._description()))
        self.register_study()
        self.register_container()

    @staticmethod
    def _description() -> dict[str, Any]:
        return {
            "version": 1,
            "name": "HIPPO_Gym",
            "region": REGION,
            "accountId": ACCOUNT,
            "bucket": BUCKET,
            "rootDomain": "example.net",
            "apiUrl": "https://api.example.net",
            "functions": {"send_stop_server_message": STOP_FUNCTION},
            "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
            "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/task",
            "sessionLogGroup": LOG_GROUP,
            "sharedCluster": "",
            "maxRuntimeMinutes": 60,
        }

    def deployment(self) -> Deployment:
        return connect(region=REGION)

    def register_study(self, project_id: str = "grid", **steps: Any) -> None:
        entry = {"id": project_id, "steps": {"1": "1_consent.html", "2": "game", "finalStep": None} | steps}
        self.put("project_master_list.json", {"projects": [entry]})

    def register_container(self, **changes: Any) -> None:
        options = {"awslogs-group": LOG_GROUP, "awslogs-region": REGION, "awslogs-stream-prefix": "grid"}
        container = {"name": "grid", "image": "grid:1", "memory": 512}
        log = {"logConfiguration": {"logDriver": "awslogs", "options": options}}
        aws("ecs").register_task_definition(
            family="grid",
            cpu="1024",
            memory="2048",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            containerDefinitions=[container | log | changes],
        )

    def put(self, key: str, value: Any) -> None:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        aws("s3").put_object(Bucket=BUCKET, Key=key, Body=body)

    def participant(self, user_id: str = "p1", step: str = "2", project_id: str = "grid", **more: Any) -> None:
        record = {"created": "2026-11-22 14:50:00+00:00", "nextStep": 3, "requests": [], "step": step}
        self.put(f"{project_id}/Users/{user_id}", record | more)

    def starts(self, *sessions: Session) -> None:
        for one in sessions:
            self.sessions.claim(one)

    def ends(self, one: Session) -> None:
        """End a live session, or one that exists only in the test."""
        held = self.sessions.live(one.user_id)
        self.sessions.end(held if held is not None else self.sessions.claim(one))

    def change(self, user_id: str, **changes: Any) -> Held:
        held = self.sessions.live(user_id)
        assert held is not None
        return self.sessions.save(held, replace(held.session, **changes))

    def in_line(self, *sessions: Session) -> None:
        """Queue sessions for the only place."""
        places = Places(self.bucket, SystemClock(), limit=1)
        places.ask(Place("20261122-ffffffffffffffff", "grid", "first", ago(60)))
        for one in sessions:
            places.ask(Place(one.id, one.project_id, one.user_id, one.requested_at))

    def writes(self, *lines: str, task: str = TASK, at: datetime | None = None) -> None:
        """Write lines to a container's log."""
        logs, name = aws("logs"), f"grid/grid/{task.rsplit('/', 1)[-1]}"
        if not logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=name)["logStreams"]:
            logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName=name)
        moment = round((at or datetime.now(UTC)).timestamp() * 1000)
        events = [{"timestamp": moment, "message": line} for line in lines]
        logs.put_log_events(logGroupName=LOG_GROUP, logStreamName=name, logEvents=events)

    # --- the function ---

    def answer(self, model: Any, params: Any, **_: Any) -> Any:
        """Answer Lambda calls with the deployed function's code.

        Keep the message that it publishes.
        """
        if model.service_model.service_name != "lambda":
            return None
        assert STOP_FUNCTION in params["url_path"]
        with redirect_stdout(io.StringIO()):  # a function's standard output goes to its log, not to the researcher
            reply = send_stop_server_message.lambda_handler(json.loads(params["body"]), Context())
        if reply["statusCode"] == 202:
            message = json.loads(reply["body"])
            self.asked.append(message)
            self.when_asked(message)
        text = json.dumps(reply).encode()
        payload = StreamingBody(io.BytesIO(text), len(text))
        return SimpleNamespace(status_code=200), {"StatusCode": 200, "Payload": payload}

    # --- the command ---

    @staticmethod
    def hippo(*arguments: str) -> int:
        return run(arguments)
