"""Measures participants' waits when many start together, and which default rate limit binds.

Sends one start message per participant, spread evenly; skips Visits, so that a run takes seconds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from hippo_gym.runtime.clock import from_text
from hippo_gym.runtime.settings import MAX_LINE
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.warm_names import is_warm
from tests.support.inputs import entry
from tests.support.simulated_world.allowed import SWEEP, Allowed
from tests.support.simulated_world.functions import START_TOPIC, STOP_TOPIC
from tests.support.simulated_world.simulation import Settings, SimulatedWorld

CLUSTER_PER_SESSION: Final = "per-session"
SHARED_CLUSTER: Final = "shared"
_CLEARED_A_SWEEP: Final = 80.0
_REPEATED_AFTER: Final = 90.0
_ASKED_EVERY: Final = 15.0
_WARM_AFTER: Final = 500.0


@dataclass(frozen=True)
class Crowd:
    """The participants of a measurement.

    Attributes:
        participants: number, evenly spread within `minutes`.
        cluster_mode: one cluster per session, or one for all.
        plays: seconds from ready to the stop message.
        concurrency: of Lambda.
        max_sessions: the deployment's limit, or None.
        max_line: the greatest length of the line.
        warm: how many warm servers the study keeps waiting; they start before the crowd comes.
    """

    participants: int = 1000
    minutes: float = 10.0
    cluster_mode: str = CLUSTER_PER_SESSION
    plays: float = 600.0
    vcpus: float = 4000.0
    concurrency: int = 1000
    max_sessions: int | None = None
    max_line: int = MAX_LINE
    warm: int = 0
    seed: int = 1


@dataclass(frozen=True)
class Measured:
    """The result of a measurement.

    Attributes:
        waits: seconds to ready, sorted.
        failed: reason of a failed session → number of sessions.
        neither: number of participants who were neither ready nor refused.
        throttles, calls: by rate-limit bucket.
        drained: seconds from the last stop until all resources of sessions were removed.
        violations: broken invariants, and resources that were never removed.
    """

    crowd: Crowd
    waits: tuple[float, ...]
    failed: Mapping[str, int]
    neither: int
    throttles: Mapping[str, int]
    calls: Mapping[str, int]
    dead_letters: int
    max_running: int
    drained: float
    violations: tuple[str, ...]

    def percentile(self, share: float) -> float:
        """Return the longest wait of this share of the ready sessions; infinite without any."""
        return self.waits[min(len(self.waits) - 1, int(share * len(self.waits)))] if self.waits else float("inf")

    @property
    def binding(self) -> str:
        """Return the limit that refused most calls; "none" if none did."""
        return max(self.throttles, key=lambda name: self.throttles[name], default="none")

    def lines(self) -> list[str]:
        """Return the result as lines of text."""
        crowd = self.crowd
        return [
            f"{crowd.participants} participants within {crowd.minutes:g} minutes, cluster mode {crowd.cluster_mode}, "
            f"at most {crowd.max_sessions or 'any number'} at once:",
            f"  ready {len(self.waits)}, refused {sum(self.failed.values())}, neither {self.neither}",
            f"  seconds to ready: p50 {self.percentile(0.5):.0f}, p95 {self.percentile(0.95):.0f}, "
            f"most {self.percentile(1.0):.0f}",
            f"  binding limit: {self.binding}; Lambda invocations at once: {self.max_running}",
            *(f"  throttled: {name}: {times} of {self.calls[name]}" for name, times in sorted(self.throttles.items())),
            *(f"  refused: {times} × {reason}" for reason, times in self.failed.items()),  # noqa: RUF001
            f"  all resources removed {self.drained:.0f} s after the last stop",
            f"  dead letters {self.dead_letters}, violations {len(self.violations)}",
            *(f"  {violation}" for violation in self.violations[:10]),
        ]


def measure(crowd: Crowd) -> Measured:
    """Let a crowd start, play and stop; return the result."""
    shared = crowd.cluster_mode == SHARED_CLUSTER
    # Empty clusters cost nothing; the sweeper removes them, with about 80 cluster calls in its
    # minute.
    cleared = crowd.participants / _CLEARED_A_SWEEP * SWEEP + 2 * SWEEP
    allowed = Allowed() if shared else replace(Allowed(), empty_cluster=cleared, left_over=cleared)
    settings = Settings(
        vcpus=crowd.vcpus,
        concurrency=crowd.concurrency,
        shared_cluster=shared,
        max_sessions=crowd.max_sessions,
        max_line=crowd.max_line,
        allowed=allowed,
    )
    simulation = SimulatedWorld(crowd.seed, settings)
    warm = {"warm": crowd.warm, "takesParticipant": True} if crowd.warm else {}
    simulation.register(entry(**warm))
    ahead = _WARM_AFTER if crowd.warm else 0.0
    for number in range(crowd.participants):
        at = ahead + number * crowd.minutes * 60 / crowd.participants
        simulation.kernel.after(at, lambda number=number: _come(simulation, crowd, number))  # type: ignore[misc]
    monitor, kernel = simulation.monitor, simulation.kernel
    left_at = 0.0

    def note() -> None:
        nonlocal left_at
        left_at = kernel.seconds if monitor.leftovers() else left_at

    kernel.every(30.0, note)
    simulation.run(ahead + crowd.minutes * 60 + crowd.plays)
    if crowd.warm:
        simulation.register(entry())  # the study wants none any more: whatever waits must be removed
    simulation.run(7200.0)
    stops = (
        at for at, topic, text in simulation.sns.published if topic == STOP_TOPIC and "projectId" in json.loads(text)
    )
    last_stop = max(stops, default=0.0)
    own = {session: record for session, record in monitor.ended.items() if not is_warm(record["userId"])}
    failed = Counter(str(record["reason"])[:100] for record in own.values() if record["failed"])
    refused = {session for session, record in own.items() if record["failed"]}
    ready = {session: seconds for session, seconds in monitor.ready_after.items() if session in own}
    return Measured(
        crowd=crowd,
        waits=tuple(sorted(ready.values())),
        failed=dict(failed),
        neither=crowd.participants - len(ready.keys() | refused),
        throttles=dict(simulation.limits.throttles),
        calls=dict(simulation.limits.calls),
        dead_letters=len(simulation.lambdas.dead_letters),
        max_running=simulation.lambdas.max_running,
        drained=float("inf") if monitor.leftovers() else max(0.0, left_at - last_stop),
        violations=tuple(
            [str(violation) for violation in monitor.violations] + [f"left: {left}" for left in monitor.leftovers()]
        ),
    )


def _come(simulation: SimulatedWorld, crowd: Crowd, number: int) -> None:
    """Request a server, repeat the request as `/next` does, play, and stop."""
    user, session_id = f"user-{number}", f"{simulation.clock.now():%Y%m%d}-{number:016x}"
    message = simulation.start(user, session_id)
    asked = simulation.kernel.seconds

    def look() -> None:
        record: Any = simulation.monitor.live.get(session_id)
        if session_id in simulation.monitor.ready_after:
            simulation.kernel.after(crowd.plays, lambda: simulation.stop(user, session_id))
            return
        if session_id in simulation.monitor.ended:
            return
        nonlocal asked
        touched = asked if record is None else _seconds(simulation, from_text(record["updatedAt"]))
        if simulation.kernel.seconds - max(asked, touched) > _REPEATED_AFTER:
            asked = simulation.kernel.seconds
            simulation.sns.deliver(START_TOPIC, _text(message))
        simulation.kernel.after(_ASKED_EVERY, look)

    simulation.kernel.after(_ASKED_EVERY, look)


def _seconds(simulation: SimulatedWorld, moment: datetime) -> float:
    return simulation.kernel.seconds - (simulation.clock.now() - moment).total_seconds()


def _text(message: Start) -> str:
    return json.dumps(message.payload())
