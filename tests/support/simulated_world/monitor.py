"""Checks the invariants: at each change, and every few seconds of virtual time.

Some states may last for a while (a record without a task): the monitor measures their duration. The
allowed times are a sweep's interval plus the duration of the sweep and of a task's stop.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_gym.runtime.clock import from_text
from hippo_gym.sessions.presence import PREFIX
from hippo_gym.sessions.warm_names import is_warm
from tests.support.simulated_world.allowed import Allowed
from tests.support.simulated_world.ecs import Ecs
from tests.support.simulated_world.functions import DEPLOYMENT, ROOT, SHARED_CLUSTER, START_TOPIC, STOP_TOPIC
from tests.support.simulated_world.kernel import EPOCH, Kernel, Process
from tests.support.simulated_world.names import name_of, session_of
from tests.support.simulated_world.route53 import Route53
from tests.support.simulated_world.s3 import S3
from tests.support.simulated_world.scheduler import Scheduler
from tests.support.simulated_world.tasks import RUNNING, Task
from tests.support.simulated_world.warm import counts, wrongly_taken

_LOOK_EVERY: Final = 10.0

_LIVE: Final = "_sessions/live/"
_ENDED: Final = "_sessions/ended/"


@dataclass(frozen=True)
class Violation:
    """A violated invariant."""

    at: float
    what: str

    def __str__(self) -> str:
        return f"{self.at:9.2f}s {self.what}"


@dataclass
class Monitor:
    """Watches one simulation.

    Attributes:
        live: live session records by session id; `ended`: ended ones.
        violations: in the order of their detection.
        stop_at: each session's latest deadline, in seconds.
        max_sessions, max_in_project: limits that must hold at all times.
        heard: each session's last heartbeat, in seconds.
    """

    kernel: Kernel
    s3: S3
    ecs: Ecs
    route53: Route53
    scheduler: Scheduler
    allowed: Allowed = field(default_factory=Allowed)
    violations: list[Violation] = field(default_factory=list)
    live: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    ready_after: dict[str, float] = field(default_factory=dict)
    stop_at: dict[str, float] = field(default_factory=dict)
    max_sessions: int | None = None
    max_in_project: dict[str, int] = field(default_factory=dict)
    stops: Counter[tuple[str, str, str | None]] = field(default_factory=Counter)
    starts: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    heard: dict[str, float] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _reported: set[str] = field(default_factory=set)
    _steps: int = -1
    _wrong_now: dict[str, float] = field(default_factory=dict)
    _unchanged_until: float = 0.0

    def begin(self) -> None:
        """Start the checks."""
        self.s3.watchers.append(self._object_changed)
        self.kernel.every(_LOOK_EVERY, self.look)

    def violate(self, what: str, key: str | None = None) -> None:
        """Record a violation, once per key."""
        if (key or what) not in self._reported:
            self._reported.add(key or what)
            self.violations.append(Violation(self.kernel.seconds, what))

    # --- at each change ---

    def published(self, topic: str, message: str) -> None:
        """Record start and stop messages, which may justify a stop."""
        content = json.loads(message)
        if topic == START_TOPIC:
            self.starts.setdefault(content["userId"], set()).add((content["projectId"], content["requestedAt"]))
        elif topic == STOP_TOPIC and "projectId" in content:
            self.stops[content["projectId"], content["userId"], content.get("sessionId")] += 1

    def called(self, process: Process, operation: str, arguments: dict[str, Any]) -> None:
        """Check a call that took effect."""
        if operation == "ecs.stop_task":
            task = self.ecs.tasks[arguments["task"]]
            asked_now = task.stop_asked_at == self.kernel.seconds and task.stop_code == "UserInitiated"
            if asked_now and self._is_played_on(task):
                self.violate(f"{process.name} stopped the ready task of session {task.session_id}, wanted running")
        elif operation == "ecs.run_task":
            # A start that slept while its session ended may run a task; a sweep must remove it
            # (below).
            session = arguments["startedBy"]
            if session in self.gone and session in self.live:
                self.violate(f"{process.name} ran a task for session {session}, which had ended before")
            self._check_limits(process)
        elif operation == "route53.change_resource_record_sets":
            for task in self.ecs.living.values():
                if not task.wanted or not self._is_played_on(task):
                    continue
                if self.route53.address(name_of(self.live[task.session_id])) is None:
                    self.violate(f"{process.name} removed the name of session {task.session_id}, which is ready")

    def _check_limits(self, process: Process) -> None:
        """Check the number of live sessions that have or may get a task."""
        admitted = [record for record in self.live.values() if counts(record)]
        with_task = {task.session_id for task in self.ecs.living.values()}
        there = [record for record in admitted if record["wanted"] == "running" or record["sessionId"] in with_task]
        in_project = Counter(record["projectId"] for record in there)
        if self.max_sessions is not None and len(there) > self.max_sessions:
            self.violate(f"{process.name} ran a task: {len(there)} sessions, the limit is {self.max_sessions}")
        for project, most in self.max_in_project.items():
            if in_project[project] > most:
                self.violate(f"{process.name} ran a task: {in_project[project]} in {project}, the limit is {most}")

    def _is_played_on(self, task: Task) -> bool:
        """Return whether a task is the current one of a ready session, wanted running."""
        record = self.live.get(task.session_id)
        if record is None or record["wanted"] != "running" or record["seen"]["readyAt"] is None:
            return False
        attempt = record["seen"]["attempt"] or {}
        if is_warm(record["userId"]):
            taken = self.live.get(record.get("takenBy", {}).get("sessionId", ""))
            is_used = taken is not None and taken["wanted"] == "running" and taken["seen"]["readyAt"] is not None
            attempt = (taken["seen"]["attempt"] or {}) if taken is not None and is_used else {}
        return attempt.get("taskArn") == task.arn and not attempt.get("over")

    def _object_changed(self, key: str, before: bytes | None, after: bytes | None) -> None:
        if key.startswith(_ENDED) and after is not None:
            record = json.loads(after)
            self.ended.setdefault(record["sessionId"], record)
        if key.startswith(PREFIX) and after is not None:
            self.heard[key.removeprefix(PREFIX)] = self.kernel.seconds
        if not key.startswith(_LIVE):
            return
        old = None if before is None else json.loads(before)
        new = None if after is None else json.loads(after)
        if old is not None and (new is None or new["sessionId"] != old["sessionId"]):
            self.live.pop(old["sessionId"], None)
            if new is not None:
                self.violate(f"the live record of {old['sessionId']} was overwritten by {new['sessionId']}")
            elif self._left_of(old["sessionId"]):
                left = ", ".join(self._left_of(old["sessionId"]))
                self.violate(f"the live record of {old['sessionId']} was deleted before its {left}")
            self.gone.add(old["sessionId"])
        if new is not None:
            self._record_written(old, new)

    def _record_written(self, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        self.live[new["sessionId"]] = new
        for wrong in wrongly_taken(old, new, self.live):
            self.violate(wrong)
        self.stop_at[new["sessionId"]] = (from_text(new["stopAt"]) - EPOCH).total_seconds()
        was_running = old is None or old["wanted"] == "running"
        if was_running and new["wanted"] == "stopped":
            self._check_stop(new)
        if new["seen"]["readyAt"] is not None and (old is None or old["seen"]["readyAt"] is None):
            self._check_ready(new)

    def _check_stop(self, record: dict[str, Any]) -> None:
        """Check that a session ends for one of the allowed reasons."""
        session, project, user = record["sessionId"], record["projectId"], record["userId"]
        attempt = record["seen"]["attempt"] or {}
        task = self.ecs.tasks.get(attempt.get("taskArn") or "")
        elsewhere = any(
            other != project and from_text(at) >= from_text(record["requestedAt"])
            for other, at in self.starts.get(user, set())
        )
        justified = (
            record["failed"]
            or record.get("lineFull", False)
            or session in self.ended
            or self.kernel.seconds >= self.stop_at[session]
            or self.stops[project, user, session]
            or self.stops[project, user, None]
            or elsewhere
            or (task is not None and not task.wanted)
            or (is_warm(user) and not (task is not None and self._is_played_on(task)))
            or (record["endedBy"] == "idle" and self._idle_for(record) >= 60 * record["launch"]["idleMinutes"])
        )
        if not justified:
            self.violate(f"session {session} was stopped without a reason: {record['reason']}")

    def _idle_for(self, record: dict[str, Any]) -> float:
        """Return for how many seconds no heartbeat came for a ready server; 0 if none ever did."""
        ready_at, heard = record["seen"]["readyAt"], self.heard.get(record["sessionId"])
        if ready_at is None or heard is None:
            return 0.0
        return self.kernel.seconds - max((from_text(ready_at) - EPOCH).total_seconds(), heard)

    def _check_ready(self, record: dict[str, Any]) -> None:
        """Check that a ready session's name points to its task, and that the task answers."""
        session, user = record["sessionId"], record["userId"]
        self.ready_after.setdefault(
            session, self.kernel.seconds - (from_text(record["requestedAt"]) - EPOCH).total_seconds()
        )
        warm = record["seen"].get("warm") if record["seen"]["attempt"] is not None else None
        name = name_of(record)
        if warm is not None:
            name, session = f"{warm['userId']}.{ROOT}", warm["sessionId"]
        address = self.route53.address(name)
        if not self.route53.in_sync(name):
            self.violate(f"session {session} was marked ready before its name was in sync")
        for task in self.ecs.living.values():
            if task.session_id == session and task.interface is not None and task.interface.public_ip == address:
                ending = task.stop_asked_at is not None or task.status != RUNNING
                if not task.answers and not ending:
                    self.violate(f"session {session} was marked ready and its container did not answer")
                return
        recently = [
            task
            for task in self.ecs.tasks.values()
            if task.session_id == session and task.stopped_at is not None and self.kernel.seconds - task.stopped_at < 5
        ]
        if not recently:
            self.violate(f"session {session} was marked ready while {user} points to {address}, none of its tasks")

    # --- every few seconds ---

    def look(self) -> None:
        """Check the durations of temporary states.

        The states are those of the last look if nothing but this look has run since then, and no
        time has been reached at which a state begins.
        """
        if self.kernel.steps != self._steps + 1 or self.kernel.seconds > self._unchanged_until:
            self._wrong_now = dict(self._wrong())
            self._unchanged_until = min(self._changes_by_time(), default=float("inf"))
        self._steps = self.kernel.steps
        wrong = self._wrong_now
        for key in [key for key in self._since if key not in wrong]:
            del self._since[key]
        for key, allowed in wrong.items():
            since = self._since.setdefault(key, self.kernel.seconds)
            if self.kernel.seconds - since > allowed:
                self.violate(f"for more than {allowed:.0f} s: {key}", key)

    def _wrong(self) -> Iterator[tuple[str, float]]:
        """Yield each temporary state with its longest allowed duration."""
        yield from self._wrong_tasks()
        yield from self._wrong_names()
        yield from self._wrong_lines()
        for session in (*self._clusters(), *self._schedules()):
            if session not in self.live:
                yield f"cluster or schedule of session {session} without a live record", self.allowed.left_over
        for session, record in self.live.items():
            if record["wanted"] == "stopped" and self._left_of(session) in ([], ["cluster"]):
                yield f"empty cluster, or none, of session {session}, wanted stopped", self.allowed.empty_cluster
            elif record["wanted"] == "stopped":
                yield f"session {session} wanted stopped and not taken down", self.allowed.taking_down
            elif is_warm(record["userId"]) and record.get("takenBy", {}).get("sessionId", session) not in self.live:
                yield f"warm server {record['userId']} of a session that is over", self.allowed.left_over
            elif self.kernel.seconds > self.stop_at[session]:
                in_line = record["admittedAt"] is None
                allowed = self.allowed.past_deadline_in_line if in_line else self.allowed.past_deadline
                yield f"session {session} past its deadline and wanted running", allowed
            elif self._idle_for(record) > 60 * (record["launch"]["idleMinutes"] or float("inf")):
                yield f"session {session} without its participant and wanted running", self.allowed.idle

    def _changes_by_time(self) -> Iterator[float]:
        """Yield the times to come after which `_wrong` yields something else although nothing has happened."""
        now = self.kernel.seconds
        yield from (at for at in self.stop_at.values() if at >= now)
        for record in self.live.values():
            minutes = (record["launch"] or {}).get("idleMinutes")
            if minutes and (idle_at := now - self._idle_for(record) + 60 * minutes) >= now:
                yield idle_at

    def _wrong_tasks(self) -> Iterator[tuple[str, float]]:
        now = self.kernel.seconds
        wanted = Counter(task.session_id for task in self.ecs.living.values() if task.wanted)
        for session, count in wanted.items():
            if session not in self.live:
                yield f"task of session {session} without a live record", self.allowed.left_over
            if count > 1:
                yield f"{count} running tasks of session {session}", self.allowed.two_tasks
        for task in self.ecs.living.values():
            if now > self.stop_at.get(task.session_id, now):
                yield f"task of session {task.session_id} past its deadline", self.allowed.past_deadline

    def _wrong_lines(self) -> Iterator[tuple[str, float]]:
        theirs = [record for record in self.live.values() if not is_warm(record["userId"])]  # others make room
        waiting = [record for record in theirs if record["admittedAt"] is None]
        inside = Counter(record["projectId"] for record in theirs if record["admittedAt"] is not None)
        for record in waiting:
            room = self.max_sessions is None or inside.total() < self.max_sessions
            if room and inside[record["projectId"]] < self.max_in_project.get(record["projectId"], 1000):
                yield f"session {record['sessionId']} is in line although a place is free", self.allowed.in_line

    def _wrong_names(self) -> Iterator[tuple[str, float]]:
        addresses = {
            (task.session_id, task.interface.public_ip)
            for task in self.ecs.living.values()
            if task.interface is not None
        }
        addresses |= {
            (record["sessionId"], record["seen"]["publicIp"])
            for record in self.live.values()
            if "warm" in record["seen"]
            and (record["seen"]["warm"]["sessionId"], record["seen"]["publicIp"]) in addresses
        }
        for (name, kind), record in self.route53.records.items():
            session = session_of(record) if kind == "TXT" else None
            if session is None:
                continue
            if session not in self.live:
                yield f"DNS name {name} of session {session} without a live record", self.allowed.left_over
            address = self.route53.address(name)
            if address is not None and (session, address) not in addresses:
                yield (
                    f"DNS name {name} of session {session} points to {address}, none of its tasks",
                    self.allowed.dead_record,
                )

    # --- at the end ---

    def leftovers(self) -> list[str]:
        """Return all remaining resources of sessions."""
        names = sorted({name for (name, kind), record in self.route53.records.items() if session_of(record)})
        return [
            *(f"cluster of {session}" for session in self._clusters()),
            *(f"task of {task.session_id} ({task.status})" for task in self.ecs.living.values()),
            *(f"schedule of {session}" for session in self._schedules()),
            *(f"name {name}" for name in names),
            *(f"live record of {session}" for session in self.live),
            *(key for key in self.s3.keys("_sessions/warm/")),
        ]

    def _left_of(self, session: str) -> list[str]:
        left = [f"task ({task.status})" for task in self.ecs.living.values() if task.session_id == session]
        cluster = self.ecs.clusters.get(f"{DEPLOYMENT}-{session}")
        left += ["cluster"] if cluster is not None and cluster.status == "ACTIVE" else []
        left += ["name" for record in self.route53.records.values() if session_of(record) == session]
        schedule = self.scheduler.schedules.get(f"{DEPLOYMENT}-{session}")
        left += ["schedule"] if schedule is not None and schedule.firing is not None else []
        return left

    def _clusters(self) -> Iterator[str]:
        for name, cluster in self.ecs.clusters.items():
            if cluster.status == "ACTIVE" and name.startswith(f"{DEPLOYMENT}-") and name != SHARED_CLUSTER:
                yield name.removeprefix(f"{DEPLOYMENT}-")

    def _schedules(self) -> Iterator[str]:
        """Yield the sessions whose schedule will fire; a fired schedule deletes itself."""
        for name, schedule in self.scheduler.schedules.items():
            if schedule.firing is not None and name.startswith(f"{DEPLOYMENT}-"):
                yield name.removeprefix(f"{DEPLOYMENT}-")
