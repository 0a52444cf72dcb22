"""Which task definitions a project may name."""

from __future__ import annotations

from collections.abc import Collection


def foreign_family(project_id: str, task: str | None, admitted: Collection[str]) -> str | None:
    """Return the family of a task definition that a project may not name; None if it may.

    A project names the family of its own id, which `hippo submit` registers: a container of another
    project could belong to other people, with other settings and secrets.

    Args:
        project_id: the project.
        task: its `ecsTask`, family or family:revision; None for a study without a server.
        admitted: families that any project may name (ADMITTED_TASK_FAMILIES).
    """
    family = project_id if task is None else task.partition(":")[0]
    return None if family == project_id or family in admitted else family
