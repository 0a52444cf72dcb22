"""One simulated AWS with one deployment of this product."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_gym.runtime.clock import to_text
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.settings import MAX_LINE, MAX_WARM
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.presence import here_key
from hippo_gym.studies.projects import MASTER_LIST_KEY
from tests.support.simulated_world.allowed import SWEEP, Allowed
from tests.support.simulated_world.clients import Channel, Client
from tests.support.simulated_world.ec2 import Ec2
from tests.support.simulated_world.ecs import Ecs, Quotas, event_of
from tests.support.simulated_world.edge import SimulatedEdge
from tests.support.simulated_world.faults import CrashPoint, Faults, Rates
from tests.support.simulated_world.functions import (
    ROOT,
    SHARED_CLUSTER,
    START_SERVER,
    START_TOPIC,
    STOP_SERVER,
    STOP_TOPIC,
    SWEEP_SESSIONS,
    Clients,
    Deployment,
)
from tests.support.simulated_world.kernel import Kernel, Process, VirtualClock
from tests.support.simulated_world.limits import Limits
from tests.support.simulated_world.monitor import Monitor
from tests.support.simulated_world.names import name_of
from tests.support.simulated_world.route53 import Route53
from tests.support.simulated_world.s3 import S3
from tests.support.simulated_world.scheduler import Scheduler
from tests.support.simulated_world.sns_lambda import Lambdas, Sns
from tests.support.simulated_world.tasks import Pace, Task, TaskLives

TASK_DEFINITION: Final = "grid"


@dataclass(frozen=True)
class Settings:
    """Settings of a simulation.

    Attributes:
        rates: chances of faults.
        enforced: rate limits are enforced.
        vcpus: Fargate quota, for spot and for on-demand each.
        shared_cluster: one cluster for all sessions, created by Terraform, instead of one per
            session.
        max_sessions: the deployment's limit, or None.
        max_line: the greatest length of the line.
        max_warm: how many warm servers may wait.
        route: of new sessions, `direct` or `edge`.
        sweeps, schedules, events: the three stops are enabled; tests disable some of them.
    """

    rates: Rates = field(default_factory=Rates)
    pace: Pace = field(default_factory=Pace)
    crash_points: frozenset[CrashPoint] = frozenset()
    allowed: Allowed = field(default_factory=Allowed)
    enforced: bool = True
    vcpus: float = 1000.0
    vcpus_per_task: float = 0.5
    sweeps: bool = True
    schedules: bool = True
    events: bool = True
    concurrency: int = 1000
    max_runtime: int = 60
    shared_cluster: bool = False
    max_sessions: int | None = None
    max_line: int = MAX_LINE
    max_warm: int = MAX_WARM
    route: str = "direct"


class SimulatedWorld:
    """The services, the functions and the monitor, all determined by seed and settings."""

    def __init__(self, seed: int, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.seed = seed
        # The lifecycle's jitter uses the random module's generator.
        random.seed(seed)
        logger.setLevel("CRITICAL")
        self.kernel = Kernel(seed)
        self.clock = VirtualClock(self.kernel)
        self.faults = Faults(self.kernel, self.settings.rates, crash_points=self.settings.crash_points)
        self.limits = Limits(self.settings.enforced)
        self.lambdas = Lambdas(self.kernel, self.faults, self.settings.concurrency)
        self.sns = Sns(self.kernel, self.faults, self.lambdas)
        self.s3 = S3(self.kernel, self.faults)
        self.route53 = Route53(self.kernel, self.faults, self.settings.pace.name_servers_median)
        self.scheduler = Scheduler(self.kernel, self.faults, self.sns.deliver)
        self.scheduler.enabled = self.settings.schedules
        self.lives = TaskLives(self.kernel, self.faults, self.settings.pace, self._task_changed)
        quotas = Quotas({"FARGATE": self.settings.vcpus, "FARGATE_SPOT": self.settings.vcpus})
        self.ecs = Ecs(self.kernel, self.faults, self.limits, self.lives, quotas)
        self.ecs.definitions[TASK_DEFINITION] = self.settings.vcpus_per_task
        self.ec2 = Ec2(self.lives.interfaces)
        self.channel = Channel(self.kernel, self.limits, self.faults)
        self.clients = Clients(
            **{
                name: Client(name, getattr(self, name), self.channel)
                for name in ("s3", "sns", "ecs", "ec2", "route53", "scheduler")
            }
        )
        shared = SHARED_CLUSTER if self.settings.shared_cluster else None
        if shared is not None:
            self.ecs.add_cluster(shared)
        self.edge = SimulatedEdge(self.kernel, self.route53, self.lives, ROOT)
        self.deployment = Deployment(
            self.clients,
            self.clock,
            self._accepts,
            self.settings.max_runtime,
            shared,
            self.settings.max_sessions,
            self.settings.max_line,
            self.settings.max_warm,
            self.settings.route,
            self.edge.ask,
        )
        self.lambdas.functions = {function.name: function for function in self.deployment.functions()}
        self.sns.subscriptions = {START_TOPIC: START_SERVER, STOP_TOPIC: STOP_SERVER}
        self.monitor = Monitor(self.kernel, self.s3, self.ecs, self.route53, self.scheduler, self.settings.allowed)
        self.monitor.max_sessions = self.settings.max_sessions
        self.monitor.begin()
        self.channel.observers.append(self.monitor.called)
        self.sns.watchers.append(self.monitor.published)
        if self.settings.sweeps:
            self.kernel.every(SWEEP, lambda: self.lambdas.invoke_later(SWEEP_SESSIONS, "{}"))

    # --- a test's inputs ---

    def register(self, *entries: dict[str, Any]) -> None:
        """Write the master list, and a page for each file of its entries."""
        self.s3.put(MASTER_LIST_KEY, json.dumps({"projects": list(entries)}))
        for registered in entries:
            for name in registered["steps"].values():
                if name not in (None, "game"):
                    self.s3.put(f"{registered['id']}/{name}", f"<p>{name}</p>")

    def start(self, user: str, session_id: str, project: str = "study", *, takes_over: bool = True) -> Start:
        """Publish a start message; takes_over: it may end a session of another study."""
        message = Start(project, user, session_id, self.clock.now(), takes_over=takes_over)
        self.sns.deliver(START_TOPIC, json.dumps(message.payload()))
        return message

    def stop(self, user: str, session_id: str | None = None, project: str = "study", delay: int = 0) -> None:
        """Publish a stop message."""
        self.sns.deliver(STOP_TOPIC, json.dumps(Stop(project, user, session_id, delay).payload()))

    def heartbeat(self, session_id: str) -> None:
        """Say that a session's participant is there."""
        self.s3.put(here_key(session_id), "{}")

    def run(self, seconds: float) -> None:
        """Run for this long, in seconds of virtual time."""
        self.kernel.run(self.kernel.seconds + seconds)

    def run_to_the_end(self, seconds: float) -> None:
        """Run for this long, or until nothing can happen any more.

        That is so if no session's resource is left, only the sweeps are scheduled, and two sweeps
        have changed no object: the next one meets the same world.
        """
        until = self.kernel.seconds + seconds
        unchanged = 0
        while unchanged < 2 and self.kernel.seconds < until:
            before = dict(self.s3.objects)
            self.kernel.run(min(until, self.kernel.seconds + SWEEP))
            over = self.kernel.only_repeats and not self.monitor.leftovers() and self.s3.objects == before
            unchanged = unchanged + 1 if over else 0

    # --- for a test's assertions ---

    def live(self, user: str) -> Any:
        """Return a participant's live session record, or None."""
        return self.s3.json(f"_sessions/live/{user}.json")

    def tasks(self, session_id: str) -> list[Task]:
        """Return a session's tasks without a stop request."""
        return [task for task in self.ecs.living.values() if task.session_id == session_id and task.wanted]

    def answers(self, user: str, host: str | None = None) -> bool:
        """Return whether a host, by default the participant's own name, leads to an answering server of theirs.

        A warm server asks who its participant is, as issue_upload_ticket answers it.
        """
        record = self.live(user)
        own = f"{user}.{ROOT}" if record is None else name_of(record)
        address = self.route53.address(host or own)
        task = self.lives.by_address.get(address or "")
        if task is None or not task.answers:
            return False
        owner = task.environment["HIPPO_USER_ID"]
        if "HIPPO_WARM" in task.environment:
            record = self.live(owner)
            taken = None if record is None else record.get("takenBy")
            return taken is not None and bool(taken["userId"] == user)
        return owner == user

    def report(self) -> str:
        """Describe the simulation's state, for the message of a failed test."""
        lines = [f"seed {self.seed}, {self.kernel.seconds:.1f} s, crashes {[str(p) for p in self.faults.reached]}"]
        lines += [str(violation) for violation in self.monitor.violations]
        lines += [f"left: {left}" for left in self.monitor.leftovers()]
        letters = self.lambdas.dead_letters
        lines += [f"dead letter: {letter.function} {letter.error} {letter.payload}" for letter in letters]
        lines += [f"outcome: {outcome} × {count}" for outcome, count in sorted(self.lambdas.outcomes.items())]  # noqa: RUF001
        return "\n".join(lines)

    # --- connections between the services ---

    def _task_changed(self, task: Task) -> None:
        """Publish a task's status; the EventBridge rule passes only STOPPED to the stop topic."""
        self.ecs.note(task)
        if task.status == "STOPPED" and self.settings.events and not self.faults.happens("lost_event"):
            self.sns.deliver(STOP_TOPIC, json.dumps(event_of(task, to_text(self.clock.now()))))

    def _accepts(self, ip: str, port: int) -> bool:
        """Connect to an address: answered within milliseconds, or a timeout after a second."""
        self.kernel.sleep(0.02)
        task = self.lives.by_address.get(ip)
        if task is not None:
            return task.answers
        self.kernel.sleep(0.98)
        return False


def killed(process: Process) -> bool:
    """Return whether an invocation was killed."""
    return process.error is not None and not isinstance(process.error, Exception)
