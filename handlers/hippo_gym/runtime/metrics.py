"""The metrics, and the meter to which the domain adds values.

docs/operate.md, "What is measured", says what each metric means.
terraform/modules/monitoring/metrics.tf names the same metrics for alarms and dashboard; a test
compares the two. The dimensions are the deployment and, for some metrics, the reason, or the study.
CloudWatch bills each value of a dimension as one metric, in the hours in which it gets values: an id
of participants as a dimension would be one metric per participant.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

NAMESPACE: Final = "HippoGym"
DEPLOYMENT_DIMENSION: Final = "Deployment"
REASON_DIMENSION: Final = "Reason"
STUDY_DIMENSION: Final = "Study"


class Metric(Enum):
    """The metrics by their names in CloudWatch."""

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
    SECONDS_TO_PLAY = "SecondsToPlay"
    PARTICIPANTS_IN_LINE = "ParticipantsInLine"
    WARM_SERVERS_WAITING = "WarmServersWaiting"
    WARM_SERVERS_TAKEN = "WarmServersTaken"
    WARM_SERVERS_FAILED = "WarmServersFailed"
    SWEEPS_DONE = "SweepsDone"
    SWEEP_FAULTS = "SweepFaults"
    ORPHANS_SWEPT = "OrphansSwept"
    PARTICIPANTS_REMOVED = "ParticipantsRemoved"
    LIST_UPDATES_DONE = "ListUpdatesDone"
    LIST_UPDATES_REJECTED = "ListUpdatesRejected"
    CERTIFICATE_DAYS_LEFT = "CertificateDaysLeft"
    CERTIFICATE_PERCENT_LEFT = "CertificatePercentLeft"

    @property
    def unit(self) -> str:
        """Return CloudWatch's name of the unit."""
        if self is Metric.CERTIFICATE_PERCENT_LEFT:
            return "Percent"
        return (
            "Seconds" if self in (Metric.SECONDS_TO_READY, Metric.SECONDS_IN_LINE, Metric.SECONDS_TO_PLAY) else "Count"
        )

    @property
    def dimension(self) -> str:
        """Return the dimension that the `reason` of a value is written as."""
        return STUDY_DIMENSION if self is Metric.SECONDS_TO_PLAY else REASON_DIMENSION


class Meter(Protocol):
    """Collects values of metrics."""

    def add(self, metric: Metric, value: float = 1, *, reason: str | None = None) -> None:
        """Add a value; never raises.

        Args:
            metric: what was counted or measured.
            value: a count, or seconds (`Metric.unit`).
            reason: one of a few fixed words, or of SECONDS_TO_PLAY the study's id; the value counts
                by reason and in total.
        """
        ...


class Unmeasured:
    """A meter that discards every value."""

    def add(self, metric: Metric, value: float = 1, *, reason: str | None = None) -> None:
        """Discard the value."""


UNMEASURED: Final = Unmeasured()


class Tally:
    """A meter that keeps the values until `take` is called."""

    def __init__(self) -> None:
        self._values: dict[tuple[Metric, str | None], list[float]] = {}

    def add(self, metric: Metric, value: float = 1, *, reason: str | None = None) -> None:
        """Keep a value."""
        self._values.setdefault((metric, reason), []).append(value)

    def take(self) -> dict[tuple[Metric, str | None], list[float]]:
        """Return the values by metric and reason, and start again with none."""
        taken, self._values = self._values, {}
        return taken
