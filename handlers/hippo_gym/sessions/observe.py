"""Observes a session that is starting, with as few AWS calls as possible.

Hundreds of sessions may start at the same time, and an account may read tasks 20 times and DNS
changes 10 times a second, for all sessions together (docs/aws-limits). So once the address is
known, the container's port is tried twice a second, which needs no AWS call; the task is read every
few seconds, and the DNS change only after the port has answered.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from hippo_gym.runtime.clock import Clock
from hippo_gym.sessions.model import EDGE, STOPPED, Session
from hippo_gym.sessions.plan import World
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.fargate import Fargate, Task

_WITHOUT_ADDRESS: Final = 2.0
_WITH_ADDRESS: Final = 6.0
"""Seconds between two DescribeTasks calls, before and after the task's address is in DNS."""

_BEFORE_SECOND_CHANGE: Final = 0.8
_LONGEST_BETWEEN_CHANGES: Final = 2.0
"""Seconds between two GetChange calls: at first, and at most; they double with each call."""


class Watch:
    """Observes one session while one function works on it; caches what it read a moment ago.

    Args:
        fargate, dns, clock: AWS and the time.
        answers: returns whether a session's server at an address answers its participant.
        cluster_of: returns the cluster of a session's task.
    """

    def __init__(
        self,
        fargate: Fargate,
        dns: Dns,
        clock: Clock,
        answers: Callable[[Session, str], bool],
        cluster_of: Callable[[Session], str],
    ) -> None:
        self._fargate = fargate
        self._dns = dns
        self._clock = clock
        self._answers = answers
        self._cluster_of = cluster_of
        self._task: Task | None = None
        self._next_look = clock.now()
        self._next_change = clock.now()
        self._between_changes = _BEFORE_SECOND_CHANGE

    def task_alone(self, session: Session) -> World:
        """Read the session's task only."""
        task_arn = task_of(session)
        return World() if task_arn is None else World(self._describe(session, task_arn))

    def look(self, session: Session) -> World:
        """Read what the session's next step depends on."""
        task_arn, seen, launch = task_of(session), session.seen, session.launch
        if task_arn is None or launch is None:
            return World()
        task = self._look_at_task(session, task_arn)
        if task is None or task.status == "STOPPED":
            return World(task)
        public_ip = seen.public_ip
        if public_ip is None and task.interface_id is not None:
            public_ip = self._fargate.public_ip(task.interface_id)
        if session.has_warm and seen.ready_at is None and public_ip is not None:
            return World(task, public_ip, answers=self._answers(session, public_ip))
        if session.has_warm and not seen.dns_in_sync and seen.dns_change is not None and public_ip == seen.dns_ip:
            return World(task, public_ip, in_sync=self._is_in_sync(seen.dns_change))
        if seen.ready_at is not None or public_ip is None or public_ip != seen.dns_ip or seen.dns_change is None:
            return World(task, public_ip)
        if launch.route == EDGE:
            # An edge that asks for a name too early remembers that it does not exist.
            in_sync = seen.dns_in_sync or self._is_in_sync(seen.dns_change)
            answers = in_sync and self._answers(session, public_ip)
        else:
            answers = self._answers(session, public_ip)
            in_sync = seen.dns_in_sync or (answers and self._is_in_sync(seen.dns_change))
        if answers and in_sync:
            self._next_look = self._clock.now()
            task = self._look_at_task(session, task_arn)
        return World(task, public_ip, in_sync, answers)

    def _look_at_task(self, session: Session, task_arn: str) -> Task | None:
        now = self._clock.now()
        if self._task is None or self._task.arn != task_arn or now >= self._next_look:
            self._task = self._describe(session, task_arn)
            self._next_look = _in_about(now, _WITHOUT_ADDRESS if session.seen.dns_ip is None else _WITH_ADDRESS)
        return self._task

    def _describe(self, session: Session, task_arn: str) -> Task | None:
        return self._fargate.describe(self._cluster_of(session), [task_arn]).get(task_arn)

    def _is_in_sync(self, change_id: str) -> bool:
        now = self._clock.now()
        if now < self._next_change:
            return False
        self._next_change = _in_about(now, self._between_changes)
        self._between_changes = min(2 * self._between_changes, _LONGEST_BETWEEN_CHANGES)
        return self._dns.in_sync(change_id)


def task_of(session: Session) -> str | None:
    """Return the ARN of the current attempt's task.

    Return None if no attempt is current, its task has no ARN yet, or the session is to stop.
    """
    attempt = session.seen.attempt
    return None if session.wanted == STOPPED or attempt is None or attempt.over else attempt.task_arn


def _in_about(now: datetime, seconds: float) -> datetime:
    """Return a time with jitter: sessions that started together do not call AWS together."""
    return now + timedelta(seconds=random.uniform(0.75, 1.25) * seconds)  # noqa: S311 - jitter, not a secret
