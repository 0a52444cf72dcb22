"""The largest server that a deployment allows a study: `max_task_cpu` and `max_task_memory`.

`hippo submit`, the registration and start_server check it, each with the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

UNITS: Final = 1024
"""CPU units of a vCPU, and MiB of a GB."""

_LEAST_UNITS: Final = 256  # a number from here on is in units: Fargate offers no server of 256 vCPU


@dataclass(frozen=True)
class TaskLimits:
    """The largest size of a task.

    Attributes:
        cpu: CPU units, 1,024 a vCPU; None: any.
        memory: MiB; None: any.
    """

    cpu: int | None = None
    memory: int | None = None

    def faults(self, cpu: int | None, memory: int | None) -> tuple[str, ...]:
        """Return what is too large, each with its limit; empty if the size is allowed.

        Args:
            cpu: CPU units of the task; None if it names none.
            memory: MiB of the task; None if it names none.
        """
        found = []
        if cpu is not None and self.cpu is not None and cpu > self.cpu:
            found.append(f"cpu is {_plain(cpu)} vCPU; this deployment allows at most {_plain(self.cpu)} (max_task_cpu)")
        if memory is not None and self.memory is not None and memory > self.memory:
            most = f"{_plain(self.memory)} (max_task_memory)"
            found.append(f"memory is {_plain(memory)} GB; this deployment allows at most {most}")
        return tuple(found)


NO_LIMITS: Final = TaskLimits()

FIX: Final = (
    "Set a smaller awsSetup.cpu or awsSetup.memory in config.yml and submit the study again, or ask your infra team to "
    "raise the limit"
)


def in_units(value: Any) -> int | None:
    """Return a size from config.yml in units of ECS: `cpu: 2` is 2 vCPU, `memory: 10` is 10 GB.

    None if it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value) if value >= _LEAST_UNITS else round(value * UNITS)


def size_of(definition: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the CPU units and the MiB of a task definition as ECS describes it; None if it names none."""
    return _whole(definition.get("cpu")), _whole(definition.get("memory"))


def _whole(text: Any) -> int | None:
    return int(text) if str(text).isdigit() else None


def _plain(units: int) -> str:
    return f"{units / UNITS:g}"
