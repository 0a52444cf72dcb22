"""EventBridge Scheduler: one-time schedules only (its user guide and API reference)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.faults import Faults
from tests.support.simulated_world.kernel import EPOCH, Event, Kernel

PRECISION: Final = 60.0
"""A schedule fires within the minute after its time ("Schedule types": 60 second precision)."""

_NAME: Final = re.compile(r"[0-9a-zA-Z\-_.]{1,64}")
_PAGE: Final = 100


@dataclass
class Schedule:
    """One schedule's latest settings, and its next firing."""

    settings: dict[str, Any]
    at: float
    firing: Event | None = None


class Scheduler:
    """The schedules of group `default`.

    Attributes:
        fire: called with the target's ARN and input when a schedule fires.
        enabled: False: no schedule fires. For tests that the other stops suffice.
    """

    PAGES: Final = {"list_schedules": (("NextToken", "NextToken"),)}

    def __init__(self, kernel: Kernel, faults: Faults, fire: Callable[[str, str], None]) -> None:
        self._kernel = kernel
        self._faults = faults
        self._fire = fire
        self.schedules: dict[str, Schedule] = {}
        self.enabled = True

    def create_schedule(self, *, Name: str, **settings: Any) -> dict[str, Any]:  # noqa: N803
        """CreateSchedule: ConflictException if the name is taken."""
        if Name in self.schedules:
            raise client_error("ConflictException", f"Schedule {Name} already exists.", "CreateSchedule", 409)
        self._write(Name, settings, "CreateSchedule")
        return {"ScheduleArn": _arn(Name)}

    def update_schedule(self, *, Name: str, **settings: Any) -> dict[str, Any]:  # noqa: N803
        """UpdateSchedule: replaces the whole schedule; ConflictException during another change."""
        self._found(Name, "UpdateSchedule")
        self._not_busy("UpdateSchedule")
        self._write(Name, settings, "UpdateSchedule")
        return {"ScheduleArn": _arn(Name)}

    def get_schedule(self, *, Name: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        """GetSchedule."""
        return {"Name": Name, "Arn": _arn(Name)} | self._found(Name, "GetSchedule").settings

    def delete_schedule(self, *, Name: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        """DeleteSchedule; ConflictException during another change of it."""
        schedule = self._found(Name, "DeleteSchedule")
        self._not_busy("DeleteSchedule")
        if schedule.firing is not None:
            schedule.firing.cancelled = True
        del self.schedules[Name]
        return {}

    def list_schedules(
        self,
        *,
        NamePrefix: str = "",  # noqa: N803
        NextToken: str = "",  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        """ListSchedules: at most 100 a page."""
        names = [name for name in sorted(self.schedules) if name.startswith(NamePrefix) and name > NextToken]
        answer: dict[str, Any] = {"Schedules": [{"Name": name, "Arn": _arn(name)} for name in names[:_PAGE]]}
        if len(names) > _PAGE:
            answer["NextToken"] = names[_PAGE - 1]
        return answer

    def _found(self, name: str, operation: str) -> Schedule:
        if name not in self.schedules:
            raise client_error("ResourceNotFoundException", f"Schedule {name} does not exist.", operation, 404)
        return self.schedules[name]

    def _not_busy(self, operation: str) -> None:
        if self._faults.happens("busy_schedule"):
            message = "Updating or deleting the resource can cause an inconsistent state."
            raise client_error("ConflictException", message, operation, 409)

    def _write(self, name: str, settings: dict[str, Any], operation: str) -> None:
        if not _NAME.fullmatch(name):
            raise client_error("ValidationException", f"Invalid schedule name {name}", operation)
        written = re.fullmatch(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", settings["ScheduleExpression"])
        if written is None or settings.get("ScheduleExpressionTimezone") != "UTC":
            raise client_error("ValidationException", "Invalid Schedule Expression", operation)
        at = (datetime.fromisoformat(written[1]).replace(tzinfo=UTC) - EPOCH).total_seconds()
        existing = self.schedules.get(name)
        if existing is not None and existing.firing is not None:
            existing.firing.cancelled = True
        schedule = Schedule(settings, at)
        self.schedules[name] = schedule
        late = self._kernel.random.uniform(0.0, PRECISION)
        schedule.firing = self._kernel.after(
            max(0.0, at - self._kernel.seconds) + late, lambda: self._fired(name, schedule)
        )

    def _fired(self, name: str, schedule: Schedule) -> None:
        """Invoke the target at least once; delete the schedule later (`ActionAfterCompletion`)."""
        schedule.firing = None
        if not self.enabled:
            return
        target = schedule.settings["Target"]
        times = 2 if self._faults.happens("duplicate") else 1
        for _ in range(times):
            self._fire(target["Arn"], target["Input"])
        if schedule.settings.get("ActionAfterCompletion") == "DELETE":
            self._kernel.after(self._kernel.random.uniform(0.5, 60.0), lambda: self._completed(name, schedule))

    def _completed(self, name: str, schedule: Schedule) -> None:
        if self.schedules.get(name) is schedule:
            del self.schedules[name]


def _arn(name: str) -> str:
    return f"arn:aws:scheduler:ca-central-1:000000000000:schedule/default/{name}"
