"""The sizes of a Fargate task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_GB: Final = 1024

TASK_SIZES: Final[Mapping[int, Sequence[int]]] = {
    256: (512, 1 * _GB, 2 * _GB),
    512: range(1 * _GB, 4 * _GB + 1, _GB),
    1024: range(2 * _GB, 8 * _GB + 1, _GB),
    2048: range(4 * _GB, 16 * _GB + 1, _GB),
    4096: range(8 * _GB, 30 * _GB + 1, _GB),
    8192: range(16 * _GB, 60 * _GB + 1, 4 * _GB),
    16384: range(32 * _GB, 120 * _GB + 1, 8 * _GB),
}
"""CPU units → amounts of memory in MiB that Fargate allows with them (Amazon ECS Developer Guide,
"Troubleshoot Amazon ECS task definition invalid CPU or memory errors"; Linux)."""


@dataclass(frozen=True)
class TaskSize:
    """CPU units (1024 to a vCPU) and MiB of memory."""

    cpu: int
    memory: int


DEFAULT_SIZE: Final = TaskSize(1024, 2048)
"""The size of a study's server when config.yml sets none."""
