"""Takes a session down: its tasks, DNS name, schedule and cluster; then its place and its lock.

Any function may begin a takedown, and any other may continue it. It lists the resources from AWS
and does not rely on the record: the function that brought the session up may have crashed before it
recorded a resource.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import Meter, Metric
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.model import Session
from hippo_gym.sessions.resources.all import Resources
from hippo_gym.sessions.store import Held, SessionStore


@dataclass(frozen=True)
class Teardown:
    """Takes sessions down; the attributes are those of `Lifecycle`."""

    sessions: SessionStore
    resources: Resources
    places: Places
    clock: Clock
    meter: Meter

    def take_down(self, held: Held) -> bool:
        """Delete a session's resources, then its record; False if a task is still stopping.

        Raises:
            Conflict: another function wrote the session's record.
        """
        if held.session.admitted_at is None:
            self._end(held)  # a session in line has no resources
            return True
        withdrawn_at = held.session.seen.withdrawn_at
        if withdrawn_at is None:
            held = self._withdraw(held)
        now = self.clock.now()
        if not self.resources.finish(held.session, now - (withdrawn_at or now)):
            if withdrawn_at is not None:
                self.resources.stop_tasks(self._with_listed_tasks(held).session)
            logger.info("taken down except tasks that are stopping", session_id=held.session.id)
            return False
        if withdrawn_at is not None:
            # A function that brought it up may have made a resource after the withdrawal.
            self.resources.withdraw(self.resources.with_listed_tasks(held.session))
        self._end(held)
        return True

    def clear_resources(self, session: Session) -> bool:
        """Delete what this function made for a session that another one has ended.

        Return False if a task is still stopping.

        Args:
            session: the record as this function last read it.
        """
        if session.counted:
            self.places.give_back(session.id)
        if session.admitted_at is None:
            return True
        self.resources.withdraw(self.resources.with_listed_tasks(session))
        return self.resources.finish(session, timedelta(0))

    def _withdraw(self, held: Held) -> Held:
        held = self._with_listed_tasks(held)
        self.resources.withdraw(held.session)
        seen = replace(held.session.seen, withdrawn_at=self.clock.now())
        return self.sessions.save(held, replace(held.session, seen=seen))

    def _with_listed_tasks(self, held: Held) -> Held:
        """Record the listed tasks before StopTask: afterwards ListTasks does not return them."""
        return self.sessions.save(held, self.resources.with_listed_tasks(held.session))

    def _end(self, held: Held) -> None:
        """Give back the place and the lock of a session without resources."""
        session = held.session
        if session.counted:
            self.places.give_back(session.id)
        self.sessions.end(held)
        if not session.is_warm:
            self.meter.add(Metric.SESSIONS_ENDED)
        logger.info("session over", session_id=session.id, reason=session.reason, failed=session.failed)
