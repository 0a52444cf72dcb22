"""What is counted and measured, and who takes it: the domain adds to a meter that it is given, and knows no more of it.

docs/operate.md, "What is measured", says what each number means. terraform/modules/monitoring/metrics.tf names the same
ones for alarms and dashboard; a test holds the two against each other. A metric is kept by deployment and, where it has
reasons, by reason: an id in that place would make a metric, and a bill, for each participant.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

NAMESPACE: Final = "HippoGym"
DEPLOYMENT_DIMENSION: Final = "Deployment"
REASON_DIMENSION: Final = "Reason"


class Metric(Enum):
    """A name in CloudWatch. Counts, unless it is in seconds."""

    STEPS_SERVED = "StepsServed"
    REQUESTS_FAILED = "RequestsFailed"
    INPUTS_REJECTED = "InputsRejected"
    STUDY_FAULTS = "StudyFaults"
    SESSIONS_STARTED = "SessionsStarted"
    SESSIONS_READY = "SessionsReady"
    SESSIONS_FAILED = "SessionsFailed"
    SESSIONS_ENDED = "SessionsEnded"
    SESSIONS_LIVE = "SessionsLive"
    SERVERS_LOST = "ServersLost"
    SECONDS_TO_READY = "SecondsToReady"
    SECONDS_IN_LINE = "SecondsInLine"
    PARTICIPANTS_IN_LINE = "ParticipantsInLine"
    SWEEPS_DONE = "SweepsDone"
    SWEEP_FAULTS = "SweepFaults"
    ORPHANS_SWEPT = "OrphansSwept"
    LIST_UPDATES_DONE = "ListUpdatesDone"
    LIST_UPDATES_REJECTED = "ListUpdatesRejected"

    @property
    def unit(self) -> str:
        """Return the unit, as CloudWatch calls it."""
        return "Seconds" if self in (Metric.SECONDS_TO_READY, Metric.SECONDS_IN_LINE) else "Count"


class Meter(Protocol):
    """Takes numbers down."""

    def add(self, metric: Metric, value: float = 1, *, reason: str | None = None) -> None:
        """Take a number down; never raises.

        Args:
            metric: what was counted or measured.
            value: how many, or how long.
            reason: one of a few, fixed words; kept beside the whole.
        """
        ...


class Unmeasured:
    """A meter for those whom no number interests."""

    def add(self, metric: Metric, value: float = 1, *, reason: str | None = None) -> None:
        """Forget it."""


UNMEASURED: Final = Unmeasured()


class Tally:
    """A meter that keeps the numbers until they are taken."""

    def __init__(self) -> None:
        self._values: dict[tuple[Metric, str | None], list[float]] = {}

    def add(self, metric: Metric, value: float = 1, *, reason: str | None = None) -> None:
        """Keep a number."""
        self._values.setdefault((metric, reason), []).append(value)

    def take(self) -> dict[tuple[Metric, str | None], list[float]]:
        """Return the numbers by metric and reason, and forget them."""
        taken, self._values = self._values, {}
        return taken
