"""Random histories: participants, messages and faults over hours of virtual time.

    Plan      the input of a history; `planned` draws one from a seed, hypothesis draws others (test_histories.py)
    History   plays a plan and lists the faults

The same plan gives the same history, call by call.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from random import Random
from typing import Any, Final

from hippo_gym.sessions.plan import START_LIMIT
from tests.support.inputs import entry
from tests.support.simulated_world.allowed import ROUGH_ALLOWED, SWEEP
from tests.support.simulated_world.browsers import Browser, Habits
from tests.support.simulated_world.faults import ROUGH, Rates
from tests.support.simulated_world.simulation import Settings, SimulatedWorld

LONGEST_WAIT: Final = START_LIMIT.total_seconds() + 2 * SWEEP
"""Longest wait of a participant without a server and without a new reason on record, in seconds: the lifecycle's
own limit, plus Lambda's retries and a sweep."""

_QUIET_BY: Final = 2 * 3600.0
_PROJECTS: Final = ("study", "other")
_STEPS: Final = {
    "1": "1_consent.html",
    "2": "game",
    "3": "3_survey.html",
    "4": "4_debrief.html",
    "finalStep": "5_thanks.html",
}
"""The server stops at step 3; a page follows it."""


@dataclass(frozen=True)
class Guest:
    """One participant: time of arrival (seconds), project, user, and behaviour."""

    arrives: float
    project: int
    user: int
    habits: Habits


@dataclass(frozen=True)
class ExternalMessage:
    """A message from outside: a stop or start by hand, or a repeated old message.

    Attributes:
        kind: "stop", "stop session", "start" or "replay".
    """

    at: float
    kind: str
    user: int
    project: int
    delay: int = 0


@dataclass(frozen=True)
class Plan:
    """The input of a history."""

    seed: int
    rates: Rates
    guests: tuple[Guest, ...]
    external_messages: tuple[ExternalMessage, ...] = ()
    capacity: str = "spot-then-on-demand"
    stop_delay: int = 0
    vcpus: float = 1000.0
    shared_cluster: bool = False
    max_sessions: int | None = None
    max_in_project: int | None = None
    max_line: int = 200
    warm: int = 0
    route: str = "direct"
    lasts: float = 3600.0


def planned(seed: int) -> Plan:
    """Draw a plan from a seed; the same seed gives the same plan."""
    chance = Random(seed)  # noqa: S311 - must be repeatable
    roughness = chance.choice((0.0, 0.3, 1.0, 2.0))
    rates = Rates(
        **{
            rate.name: min(0.9, getattr(ROUGH, rate.name) * roughness * chance.choice((0.0, 1.0, 1.0, 3.0)))
            for rate in fields(Rates)
        }
    )
    guests = tuple(
        Guest(
            arrives=chance.uniform(0, 900),
            project=chance.randrange(2) if chance.random() < 0.3 else 0,
            user=chance.randrange(4),
            habits=Habits(
                reads=chance.choice((2.0, 15.0, 60.0)),
                plays=chance.choice((20.0, 180.0, 900.0)),
                refreshes=chance.choice((0.0, 0.2)),
                twice=chance.choice((0.0, 0.1)),
                double=chance.choice((0.0, 0.3)),
                stale=chance.choice((0.0, 0.1)),
                leaves=chance.choice((0.0, 0.01, 0.1)),
                returns=chance.choice((0.0, 0.5, 0.9)),
                away=chance.choice((10.0, 200.0, 1800.0)),
            ),
        )
        for _ in range(chance.randint(1, 5))
    )
    kinds = ("stop", "stop session", "start", "replay", "replay")
    external_messages = tuple(
        ExternalMessage(
            at=chance.uniform(0, 3000),
            kind=chance.choice(kinds),
            user=chance.randrange(4),
            project=chance.randrange(2),
            delay=chance.choice((0, 0, 1, 5)),
        )
        for _ in range(chance.choice((0, 0, 3, 10)))
    )
    return Plan(
        seed,
        rates,
        guests,
        external_messages,
        capacity=chance.choice(("spot-then-on-demand", "spot-then-on-demand", "spot", "on-demand")),
        stop_delay=chance.choice((0, 0, 2)),
        vcpus=chance.choice((1000.0, 1000.0, 1.0)),
        shared_cluster=chance.random() < 0.3,
        max_sessions=chance.choice((None, None, 1, 2)),
        max_in_project=chance.choice((None, None, None, 1)),
        max_line=chance.choice((200, 200, 1)),
        warm=chance.choice((0, 0, 1, 2)),
    )


@dataclass
class History:
    """Plays a plan."""

    plan: Plan
    simulation: SimulatedWorld = field(init=False)
    browsers: list[Browser] = field(default_factory=list)
    longest_wait: float = 0.0
    _reasons: Counter[str] = field(default_factory=Counter)
    _waits: dict[str, tuple[float, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plan = self.plan
        settings = Settings(
            rates=plan.rates,
            allowed=ROUGH_ALLOWED,
            vcpus=plan.vcpus,
            shared_cluster=plan.shared_cluster,
            max_sessions=plan.max_sessions,
            max_line=plan.max_line,
            route=plan.route,
        )
        self.simulation = SimulatedWorld(plan.seed, settings)
        self._register(plan.warm)
        self.simulation.monitor.max_in_project = dict.fromkeys(_PROJECTS, plan.max_in_project or 1000)
        self.simulation.s3.watchers.append(self._object_changed)

    def _register(self, warm: int) -> None:
        plan = self.plan
        more: dict[str, Any] = {} if plan.max_in_project is None else {"maxSessions": plan.max_in_project}
        if warm:
            more |= {"warm": min(warm, plan.max_in_project or warm), "takesParticipant": True}
        self.simulation.register(
            *(
                entry(project, steps=_STEPS, capacity=plan.capacity, delay=plan.stop_delay, **more)
                for project in _PROJECTS
            )
        )

    def play(self) -> list[str]:
        """Play the plan to its end and return the faults."""
        simulation, kernel = self.simulation, self.simulation.kernel
        for number, guest in enumerate(self.plan.guests):
            taken = any((b.user, b.project) == (_user(guest.user), _PROJECTS[guest.project]) for b in self.browsers)
            browser = Browser(
                _user(guest.user),
                _PROJECTS[guest.project],
                guest.habits,
                kernel,
                simulation.lambdas,
                simulation.monitor,
                simulation.answers,
                tab=number if taken else 0,
            )
            self.browsers.append(browser)
            browser.come(guest.arrives)
        for external in self.plan.external_messages:
            kernel.after(external.at, lambda external=external: self._send_external(external))  # type: ignore[misc]
        kernel.every(10.0, self._look)
        simulation.run(self.plan.lasts)
        for browser in self.browsers:
            browser.hurry()
        self._register(0)
        simulation.run(_QUIET_BY)
        return self._wrong()

    def _wrong(self) -> list[str]:
        simulation = self.simulation
        wrong = [str(violation) for violation in simulation.monitor.violations]
        wrong += [f"never removed: {left}" for left in simulation.monitor.leftovers()]
        for browser in self.browsers:
            record = simulation.s3.json(f"{browser.project}/Users/{browser.user}")
            kept = {
                (entry.get("requestContext") or {}).get("requestId") for entry in (record or {}).get("requests", [])
            }
            wrong += [
                f"the answer {each} was acknowledged but is not stored"
                for each in browser.acknowledged
                if each not in kept
            ]
        return wrong

    def _object_changed(self, key: str, before: bytes | None, after: bytes | None) -> None:
        """Count recorded reasons, and check that no participant record loses a request."""
        if key.startswith("_sessions/ended/") and before is None and after is not None:
            record = json.loads(after)
            self._reasons[record["userId"]] += 1
        if "/Users/" in key and before is not None:
            lost = set(_requests(before)) - set(_requests(after))
            if lost:
                self.simulation.monitor.violate(f"{key} has lost the requests {sorted(lost)}")

    def _look(self) -> None:
        """Check for participants who wait too long without a game or a recorded reason."""
        now = self.simulation.kernel.seconds
        for browser in self.browsers:
            key = f"{browser.user} in {browser.project} (tab {browser.tab})"
            live = self.simulation.live(browser.user)
            in_line = live is not None and live["admittedAt"] is None
            if browser.waiting_since is None or in_line or browser.sent_away:
                # In line, or at its end, the wait has no limit; the monitor checks that no place is free.
                self._waits.pop(key, None)
                continue
            since, reasons = self._waits.setdefault(key, (now, self._reasons[browser.user]))
            if reasons != self._reasons[browser.user]:
                self._waits[key] = (now, self._reasons[browser.user])
                continue
            self.longest_wait = max(self.longest_wait, now - since)
            if now - since > LONGEST_WAIT:
                self.simulation.monitor.violate(f"{key} waits for more than {LONGEST_WAIT:.0f} s without a reason", key)

    def _send_external(self, external: ExternalMessage) -> None:
        simulation = self.simulation
        user, project = _user(external.user), _PROJECTS[external.project]
        if external.kind == "stop":
            simulation.stop(user, None, project, external.delay)
        elif external.kind == "stop session":
            record = simulation.live(user)
            if record is not None:
                simulation.stop(user, record["sessionId"], record["projectId"], external.delay)
        elif external.kind == "start":
            digits = f"{simulation.kernel.random.randrange(16**16):016x}"
            simulation.start(user, f"{simulation.clock.now():%Y%m%d}-{digits}", project)
        elif simulation.sns.published:
            _, topic, message = simulation.kernel.random.choice(simulation.sns.published)
            simulation.sns.deliver(topic, message)


def _user(number: int) -> str:
    return f"user-{number}"


def _requests(body: bytes | None) -> list[str]:
    record: dict[str, Any] = {} if body is None else json.loads(body)
    return [str((request.get("requestContext") or {}).get("requestId")) for request in record.get("requests", [])]
