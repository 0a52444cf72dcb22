"""A session goes down: every task, its DNS name, its schedule, its cluster; then its place and its lock.

Anyone may begin with it, and anyone come back to it. What is there is asked of AWS, not of the record: whoever was
bringing the session up may have died before they could write down what they made.
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
class TakingDown:
    """What it takes to take sessions down; `Lifecycle` says what each is."""

    sessions: SessionStore
    resources: Resources
    places: Places
    clock: Clock
    meter: Meter

    def take_down(self, held: Held) -> bool:
        """Withdraw a session's resources once, then see whether it can be finished; False if a task is still stopping.

        Raises:
            Conflict: somebody else has written the session's record meanwhile.
        """
        if held.session.admitted_at is None:
            self._end(held)  # nothing was made for it
            return True
        withdrawn_at = held.session.seen.withdrawn_at
        if withdrawn_at is None:
            held = self._withdraw(held)
        now = self.clock.now()
        if not self.resources.finish(held.session, now - (withdrawn_at or now)):
            if withdrawn_at is not None:
                self.resources.stop_tasks(self._with_listed_tasks(held).session)
            logger.info("taken down but for what is stopping", session_id=held.session.id)
            return False
        if withdrawn_at is not None:
            # Whoever was bringing it up may have made something after it was withdrawn; from here on their writes fail.
            self.resources.withdraw(self.resources.with_listed_tasks(held.session))
        self._end(held)
        return True

    def clear_up_behind(self, session: Session) -> bool:
        """Take down what somebody has just made for a session that ended meanwhile; False if a task is still stopping.

        Args:
            session: as they last knew it.
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
        """Write down which tasks are about to be asked to stop: from then on ECS does not list them any more."""
        return self.sessions.save(held, self.resources.with_listed_tasks(held.session))

    def _end(self, held: Held) -> None:
        """Give back the place and the lock of a session of which nothing is left."""
        session = held.session
        if session.counted:
            self.places.give_back(session.id)
        self.sessions.end(held)
        self.meter.add(Metric.SESSIONS_ENDED)
        logger.info("session over", session_id=session.id, reason=session.reason, failed=session.failed)
