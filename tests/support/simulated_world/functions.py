"""The deployment's Lambda functions, on the simulated clients.

They are assembled as in `hippo_gym.wiring.session_functions`, with the time limits of
terraform/functions.tf. Each invocation gets the payload that the entry file would get.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hippo_gym.participants.visits import Visits
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.runtime.settings import MAX_LINE, MAX_WARM
from hippo_gym.sessions import messages
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.converge import Lifecycle
from hippo_gym.sessions.edge import Edge
from hippo_gym.sessions.launch import LaunchSettings
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.model import DIRECT
from hippo_gym.sessions.probe import Asked, EdgeProbe
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.fargate import Fargate
from hippo_gym.sessions.resources.schedules import Schedules
from hippo_gym.sessions.start import SessionStarter
from hippo_gym.sessions.stop import SessionStopper
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.sessions.sweep import Sweeper
from hippo_gym.sessions.warm_pool import WarmPool
from hippo_gym.sessions.warm_servers import WarmServers
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.object_cache import ObjectCache
from tests.support.inputs import ADMITTED_FAMILIES
from tests.support.simulated_world.edge import KEY, URL
from tests.support.simulated_world.sns_lambda import Function

BUCKET: Final = "projects.example"
ROOT: Final = "example.net"
ZONE: Final = "Z0123456789"
DEPLOYMENT: Final = "HIPPO_Gym"
START_TOPIC: Final = "arn:aws:sns:ca-central-1:000000000000:HIPPO_Gym_start_server"
STOP_TOPIC: Final = "arn:aws:sns:ca-central-1:000000000000:HIPPO_Gym_stop_server"
SHARED_CLUSTER: Final = "HIPPO_Gym-shared"
ROLE: Final = "arn:aws:iam::000000000000:role/scheduler"

START_SERVER: Final = "start_server"
STOP_SERVER: Final = "stop_server"
SWEEP_SESSIONS: Final = "sweep_sessions"
NEXT_STEP: Final = "next_step"
LIMITS: Final = {START_SERVER: 300.0, STOP_SERVER: 30.0, SWEEP_SESSIONS: 60.0, NEXT_STEP: 10.0}
"""Time limit of an invocation, in seconds."""


@dataclass(frozen=True)
class Clients:
    """One client per service, as from boto3."""

    s3: Any
    sns: Any
    ecs: Any
    ec2: Any
    route53: Any
    scheduler: Any


@dataclass(frozen=True)
class Deployment:
    """State that the functions share.

    Attributes:
        max_runtime: the deployment's limit, in minutes.
        accepts: returns whether a container answers.
        shared_cluster: the cluster of all sessions; None: one cluster per session.
        max_sessions: the deployment's limit, or None.
        max_line: the greatest length of the line.
        max_warm: how many warm servers may wait.
        route: of new sessions.
        ask: asks an address of the page's distribution.
        swept: records that the warm sweep_sessions function remembers from the last sweep.
        warm: idle next_step functions with their caches; each serves one request at a time.
    """

    clients: Clients
    clock: Clock
    accepts: Callable[[str, int], bool]
    max_runtime: int = 60
    shared_cluster: str | None = None
    max_sessions: int | None = None
    max_line: int = MAX_LINE
    max_warm: int = MAX_WARM
    route: str = DIRECT
    ask: Callable[[str], Asked] = lambda address: Asked(0)
    warm: list[Visits] = field(default_factory=list)
    swept: dict[str, Held] = field(default_factory=dict)

    def functions(self) -> tuple[Function, ...]:
        """Return the functions that messages, events and the sweep rule invoke."""
        return (
            Function(START_SERVER, LIMITS[START_SERVER], self._start),
            Function(STOP_SERVER, LIMITS[STOP_SERVER], self._stop),
            Function(SWEEP_SESSIONS, LIMITS[SWEEP_SESSIONS], self._sweep),
            Function(NEXT_STEP, LIMITS[NEXT_STEP], self._next_step),
        )

    def visits(self) -> Visits:
        """Return a new next_step function."""
        bucket = Bucket(self.clients.s3, BUCKET)
        made = Visits.over(bucket, self.clock, self._publish, ROOT, cache_seconds=15, max_line=self.max_line)
        return replace(made, edge=Edge(URL, lambda: KEY))

    def lifecycle(self, *, launches: bool) -> Lifecycle:
        """Return a lifecycle; only start_server's launches tasks."""
        probe = EdgeProbe(Edge(URL, lambda: KEY), self.clock, self.ask)
        settings = LaunchSettings(
            BUCKET,
            ("subnet-1",),
            ("sg-1",),
            STOP_TOPIC,
            ROLE,
            route=self.route,
            edge=probe,
            edge_security_groups=("sg-2",),
        )
        clients = self.clients
        return Lifecycle(
            sessions=SessionStore(Bucket(clients.s3, BUCKET), self.clock),
            fargate=Fargate(clients.ecs, clients.ec2),
            dns=Dns(clients.route53, ZONE, ROOT, DEPLOYMENT),
            schedules=Schedules(clients.scheduler, self.clock),
            clock=self.clock,
            deployment=DEPLOYMENT,
            launch=settings if launches else None,
            ask_for_start=self._publish,
            places=Places(Bucket(clients.s3, BUCKET), self.clock, self.max_sessions, self._publish, self.max_line),
            shared_cluster=self.shared_cluster,
            accepts=self.accepts,
            warm=self._warm_servers(),
        )

    def _warm_servers(self) -> WarmServers:
        bucket = Bucket(self.clients.s3, BUCKET)
        sessions = SessionStore(bucket, self.clock)
        return WarmServers(bucket, sessions, self.clock, lambda: f"{random.getrandbits(72):018x}")

    def _start(self, payload: str, seconds_left: Callable[[], float]) -> str:
        lifecycle = self.lifecycle(launches=True)
        starting = SessionStarter(
            self._projects(),
            lifecycle.sessions,
            lifecycle,
            self.max_runtime,
            token=lambda: "t" * 32,
            admitted_families=ADMITTED_FAMILIES,
            max_warm=self.max_warm,
        )
        return starting.start(messages.read_start(json.loads(payload)), seconds_left).value

    def _stop(self, payload: str, seconds_left: Callable[[], float]) -> str:
        lifecycle = self.lifecycle(launches=False)
        stopping = SessionStopper(self._projects(), lifecycle.sessions, lifecycle)
        message: Mapping[str, Any] = json.loads(payload)
        if message.get("detail-type") != messages.TASK_STATE_CHANGE:
            return stopping.stop(messages.read_stop(message), seconds_left).value
        event = messages.read_task_stopped(message)
        return "none of ours" if event is None else stopping.task_stopped(event, seconds_left).value

    def _sweep(self, payload: str, seconds_left: Callable[[], float]) -> str:
        lifecycle = self.lifecycle(launches=False)
        bucket, known = Bucket(self.clients.s3, BUCKET), self.swept
        pool = WarmPool(bucket, self._warm_servers(), lifecycle.places, self.clock, self._publish, self.max_warm)
        sweeping = Sweeper(lifecycle.sessions, lifecycle, bucket, read_all=map, known=known, warm=pool)
        return "unfinished" if sweeping.sweep(seconds_left).unfinished else "swept"

    def _next_step(self, payload: str, seconds_left: Callable[[], float]) -> dict[str, Any]:
        """Serve a request as next_step.py does: 400 for the browser's faults, else a page."""
        sent = json.loads(payload)
        request = HttpRequest(sent["id"], sent["method"], sent["query"], {}, sent["body"], gateway_answers_cors=True)
        visits = self.warm.pop() if self.warm else self.visits()
        try:
            answer = {"status": 200, "body": visits.serve(request)}
        except ParticipantError as error:
            answer = {"status": 400, "body": str(error)}
        except Exception as error:  # noqa: BLE001 - as in next_step.py
            answer = {"status": 200, "body": {"page": str(error), "retry": True}}
        self.warm.append(visits)
        return answer

    def _projects(self) -> Projects:
        return Projects(ObjectCache(Bucket(self.clients.s3, BUCKET), self.clock, seconds=0))

    def _publish(self, message: Start | Stop) -> None:
        messages.publish(self.clients.sns, START_TOPIC if isinstance(message, Start) else STOP_TOPIC, message)
