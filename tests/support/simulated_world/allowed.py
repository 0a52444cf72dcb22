"""How long each temporary state may last, for the monitor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.support.simulated_world.scheduler import PRECISION

SWEEP: Final = 300.0
"""Seconds between sweeps: the default of Terraform's `sweep_minutes`."""

_STOPPING: Final = 120.0 + 60.0
"""Longest duration of a sweep, of a task's stop with its interface, and of the event about it."""


@dataclass(frozen=True)
class Allowed:
    """Longest allowed durations of temporary states, in seconds.

    Attributes:
        two_tasks: two tasks of one session without a stop request.
        past_deadline: a task after its session's deadline: the schedule's precision, a sweep, the stop itself.
        left_over: a resource without a session; two sweeps: the sweeper marks it first, and removes
            it in the next.
        taking_down: a session that is wanted stopped.
        empty_cluster: a session of which only the cluster remains, which costs nothing; if hundreds
            stop together, an account's limit of one cluster call per second (docs/aws-limits/compute.md)
            determines the time.
        dead_record: a DNS record that points to no task of its session.
        in_line: a session in line although a place is free: the sweeper repeats a lost call; it
            finds a lost place in one sweep and frees it in the next.
        idle: a session without its participant, after its idle time.
        past_deadline_in_line: a session in line after its deadline. It has no server.
    """

    two_tasks: float = 60.0
    past_deadline: float = PRECISION + SWEEP + _STOPPING
    left_over: float = 2 * SWEEP + _STOPPING
    taking_down: float = SWEEP + _STOPPING
    empty_cluster: float = SWEEP + _STOPPING
    dead_record: float = SWEEP + _STOPPING
    in_line: float = 2 * SWEEP + _STOPPING
    idle: float = SWEEP + _STOPPING
    past_deadline_in_line: float = PRECISION + SWEEP + _STOPPING


ROUGH_ALLOWED: Final = Allowed(
    two_tasks=60.0,
    past_deadline=PRECISION + 2 * SWEEP + _STOPPING,
    left_over=3 * SWEEP + _STOPPING,
    taking_down=2 * SWEEP + _STOPPING,
    empty_cluster=2 * SWEEP + _STOPPING,
    dead_record=2 * SWEEP + _STOPPING,
    in_line=3 * SWEEP + _STOPPING,
    idle=3 * SWEEP + _STOPPING,
    past_deadline_in_line=PRECISION + 2 * SWEEP + _STOPPING,
)
"""One more sweep, for histories in which sweeps are killed and throttled."""
