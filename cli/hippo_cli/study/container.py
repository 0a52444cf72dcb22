"""The server of a study: its size, and where its image comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_common.task_sizes import DEFAULT_SIZE, TASK_SIZES, TaskSize

DOCKERFILES: Final = ("Dockerfile", "server/Dockerfile")


@dataclass(frozen=True)
class AwsSetup:
    """The `awsSetup` of a study; None for a key that is not set.

    `cpu` and `memory` are always a pair that Fargate supports.

    Attributes:
        cpu: CPU units, 1024 to a vCPU.
        memory: MiB.
        allow_in_image: files of the build context that look like secrets, and may be in the image.
    """

    region: str | None = None
    bucket: str | None = None
    root_domain: str | None = None
    repository: str | None = None
    cpu: int = DEFAULT_SIZE.cpu
    memory: int = DEFAULT_SIZE.memory
    allow_in_image: tuple[str, ...] = ()


def plain(number: float) -> str:
    """Format a number without trailing zeros."""
    return f"{number:g}"


def nearest_size(cpu: float, memory: float) -> TaskSize:
    """Return the smallest size with at least this CPU and memory; the largest size if none has.

    Args:
        cpu: CPU units.
        memory: MiB.
    """
    for units in TASK_SIZES:
        for amount in TASK_SIZES[units]:
            if units >= cpu and amount >= memory:
                return TaskSize(units, amount)
    largest = max(TASK_SIZES)
    return TaskSize(largest, TASK_SIZES[largest][-1])


def dockerfiles(folder: Path) -> list[Path]:
    """Return the Dockerfiles of a study's folder, the preferred one first."""
    return [folder / name for name in DOCKERFILES if (folder / name).is_file()]


def repository_name(project_id: str) -> str:
    """Return the name of a study's image repository: the id in a form that ECR allows."""
    name = re.sub(r"[-_]*-[-_]*", "-", project_id.lower())
    name = re.sub(r"_{3,}", "__", name).strip("-_")
    return name if len(name) > 1 else f"study-{name}"
