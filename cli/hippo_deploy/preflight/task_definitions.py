"""Checks which task definitions sessions may run: those of the studies that exist, and the admitted families."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hippo_common.names import DEPLOYMENT_TAG
from hippo_deploy.preflight import existing
from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.situation import Situation
from hippo_gym.studies.task_families import foreign_family

SUBJECT: Final = "Task definitions"
_WHY: Final = "start_server runs only task definitions with this deployment's tag, or of an admitted family."
ROLE: Final = "Role of the containers"
SHARED: Final = "shared"
_WHY_ROLE: Final = "ECS starts no task whose role does not exist; without a role, containers store with upload tickets."
_GUIDE: Final = "docs/take-over.md#task-definitions-of-the-earlier-system"


def check(situation: Situation) -> Iterator[Finding]:
    """Check the task definitions of the open studies; warn about admitted families, which nothing else checks."""
    admitted = situation.wanted.admitted_task_families
    if admitted:
        found = f"admitted_task_families: {', '.join(admitted)}"
        why = "Any project may name these, and everyone who may register task definitions here may change them."
        fix = f"Remove a family once its studies were submitted with `hippo submit` ({_GUIDE})."
        yield warning(SUBJECT, found, why, fix)
    refused = list(_refused(situation))
    if refused:
        fix = (
            f"Submit these studies again with `hippo submit`, or add the families to admitted_task_families ({_GUIDE})."
        )
        yield warning(SUBJECT, f"sessions of these studies will not start: {'; '.join(refused)}", _WHY, fix)
    elif not admitted:
        yield ok(SUBJECT, "every open study names its own, with this deployment's tag", _WHY)


def roles(situation: Situation) -> Iterator[Finding]:
    """Check that no open study needs the shared role of the containers while the settings remove it."""
    role = f"{situation.wanted.name}_session_task"
    found = [
        project.id
        for project, definition in existing.definitions(situation.cloud, situation.existing)
        if (definition.task_role or "").rsplit("/", 1)[-1] == role
    ]
    if not found:
        return
    if situation.wanted.session_task_role == SHARED:
        yield ok(ROLE, f"{', '.join(found)}: the containers run with {role}", _WHY_ROLE)
        return
    yield problem(
        ROLE,
        f"session_task_role is none, and the containers of {', '.join(found)} run with {role}, which would be deleted",
        _WHY_ROLE,
        'Set session_task_role = "shared" for now. docs/upgrade.md#containers-without-a-role says how to leave it.',
    )


def _refused(situation: Situation) -> Iterator[str]:
    """Yield each open study that start_server would refuse to start, and why."""
    wanted = situation.wanted
    for project, definition in existing.definitions(situation.cloud, situation.existing):
        family = foreign_family(project.id, project.task_definition, wanted.admitted_task_families)
        if family is not None:
            yield f"{project.id} names the family {family}"
        elif definition.tags.get(DEPLOYMENT_TAG) != wanted.name and project.id not in wanted.admitted_task_families:
            yield f"{project.id}, whose task definition has no tag {DEPLOYMENT_TAG}={wanted.name}"
