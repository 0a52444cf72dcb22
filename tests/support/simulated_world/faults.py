"""Random faults, all drawn from the kernel's one random generator, so that a seed replays them.

    Rates       the chance of each fault; all zero: no faults
    CrashPoint  kills one invocation before or after one of its calls: the crash-point tests try each one
    Faults      draws and counts faults

Rates are per call, per message or per task.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from tests.support.simulated_world.kernel import Kernel, Killed, Process

BEFORE: Final = "before"
AFTER: Final = "after"


@dataclass(frozen=True)
class Rates:
    """Chances between 0 and 1, per call, per message or per task.

    Attributes:
        throttle: a call is throttled although its bucket has tokens: other programs use the account
            too.
        server_error: a call is answered 500 and has no effect.
        lost_answer: a call takes effect and its answer is lost; botocore retries it.
        crash: a function is killed before or after a call.
        duplicate, late: an SNS message or event is delivered twice; is delivered minutes late.
        lost_event: a task-state event is never delivered. (EventBridge is at-least-once: for tests
            of the sweeper.)
        busy_key: an S3 write conflicts with another write in progress (409).
        first_use: CreateCluster or RunTask cannot assume the service-linked role yet.
        slow_cluster: a new cluster is busy for some seconds.
        busy_zone: PriorRequestNotComplete.
        spot_shortage, shortage: ECS refuses a launch because capacity is missing.
        interruption: AWS interrupts a spot task within its first half hour.
        pull_failure, crash_loop: a task stops before it runs; its container exits.
        mute: a container never answers on its port.
        stuck: a task stays PENDING.
        host_failure: the host of a running task fails within its first half hour, for spot or
            on-demand.
        busy_schedule: a change of a schedule conflicts with another change in progress.
    """

    throttle: float = 0.0
    server_error: float = 0.0
    lost_answer: float = 0.0
    crash: float = 0.0
    duplicate: float = 0.0
    late: float = 0.0
    lost_event: float = 0.0
    busy_key: float = 0.0
    first_use: float = 0.0
    slow_cluster: float = 0.0
    busy_zone: float = 0.0
    spot_shortage: float = 0.0
    shortage: float = 0.0
    interruption: float = 0.0
    pull_failure: float = 0.0
    crash_loop: float = 0.0
    mute: float = 0.0
    stuck: float = 0.0
    host_failure: float = 0.0
    busy_schedule: float = 0.0


ROUGH: Final = Rates(
    throttle=0.01,
    server_error=0.005,
    lost_answer=0.005,
    crash=0.002,
    duplicate=0.1,
    late=0.03,
    busy_key=0.005,
    first_use=0.01,
    slow_cluster=0.3,
    busy_zone=0.02,
    spot_shortage=0.2,
    shortage=0.03,
    interruption=0.1,
    pull_failure=0.03,
    crash_loop=0.03,
    mute=0.02,
    stuck=0.02,
    host_failure=0.02,
    busy_schedule=0.05,
)
"""AWS on a bad day."""


@dataclass(frozen=True)
class CrashPoint:
    """Kill the `invocation`-th invocation of a function (from 1) before or after its `call`-th call (from 1)."""

    function: str
    invocation: int
    call: int
    side: str

    @cached_property
    def at(self) -> tuple[str, int, int, str]:
        """All four, to compare with."""
        return (self.function, self.invocation, self.call, self.side)

    def __str__(self) -> str:
        return f"{self.function}#{self.invocation} {self.side} call {self.call}"


@dataclass
class Faults:
    """Draws faults.

    Attributes:
        injected: number of occurrences of each fault.
        crash_points: points at which to kill an invocation.
        reached: the crash points at which an invocation was killed.
    """

    kernel: Kernel
    rates: Rates = field(default_factory=Rates)
    injected: Counter[str] = field(default_factory=Counter)
    crash_points: frozenset[CrashPoint] = frozenset()
    reached: list[CrashPoint] = field(default_factory=list)

    def happens(self, fault: str) -> bool:
        """Draw one fault by the name of its rate."""
        rate: float = getattr(self.rates, fault)
        if rate <= 0.0 or self.kernel.random.random() >= rate:
            return False
        self.injected[fault] += 1
        return True

    def may_crash(self, process: Process, side: str) -> None:
        """Kill the process at a crash point, or randomly.

        Raises:
            Killed: ends the process.
        """
        if process.function is None:
            return
        for point in self.crash_points:
            if point.at == (process.function, process.invocation, process.calls, side):
                self.reached.append(point)
                self.injected["crash"] += 1
                raise Killed(str(point))
        if self.happens("crash"):
            raise Killed(f"{process.name} {side} call {process.calls}")
