"""What a deployment has of a study now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list, stored_pages, task_definitions
from hippo_cli.publish.registry import Repository
from hippo_cli.publish.stored_pages import ENTRY_FILE, StoredPage
from hippo_cli.publish.task_definitions import Revisions
from hippo_gym.studies import versions


@dataclass(frozen=True)
class Live:
    """A study as it is on the deployment.

    Attributes:
        entry: in the master list; None for a new study.
        pages: what participants who begin now are shown.
        own_pages: what is at `{projectId}/` of the pages of its steps, before and after the change.
        kept: version → file → page.
        revisions: its task definitions.
        repository: of its images, if one was looked for.
    """

    entry: Mapping[str, Any] | None = None
    pages: Mapping[str, bytes] = field(default_factory=dict)
    own_pages: Mapping[str, bytes] = field(default_factory=dict)
    kept: Mapping[str, Mapping[str, StoredPage]] = field(default_factory=dict)
    revisions: Revisions = field(default_factory=Revisions)
    repository: Repository | None = None

    @property
    def version(self) -> str | None:
        """Return the version that participants who begin now begin with."""
        return (self.entry or {}).get("version")


def revisions(deployment: Deployment, project_id: str, entry: Mapping[str, Any] | None) -> Revisions:
    """Look up what is registered for a study, given its entry."""
    named = (entry or {}).get("ecsTask")
    latest = task_definitions.describe(deployment, project_id)
    live = task_definitions.describe(deployment, named) if named else None
    return Revisions(live, latest)


def look(
    deployment: Deployment,
    project_id: str,
    entry: Mapping[str, Any] | None,
    intended: Mapping[str, Any],
    found: Revisions,
    repository: Repository | None,
) -> Live:
    """Read the pages of a study, and put them together with what was looked up before.

    Args:
        deployment: where.
        project_id: whose.
        entry: in the master list, None for a new study.
        intended: the entry as it should be; pages of its steps count, too.
        found: the task definitions.
        repository: of the images, if it matters.
    """
    kept = stored_pages.kept_versions(deployment, project_id)
    there = stored_pages.own_pages(deployment, project_id)
    names = sorted({*stored_pages.shown_by(entry, there), *stored_pages.shown_by(intended, there)})
    own = stored_pages.read(deployment, project_id, names)
    return Live(entry, _shown(deployment, project_id, entry, kept, own), own, kept, found, repository)


def _shown(
    deployment: Deployment,
    project_id: str,
    entry: Mapping[str, Any] | None,
    kept: Mapping[str, Mapping[str, StoredPage]],
    own: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Read what participants who begin now are shown: the version's pages; without a version the project's own."""
    version = (entry or {}).get("version")
    if version is None:
        return {name: own[name] for name in stored_pages.shown_by(entry, own)}
    files = [file for file in kept.get(version, {}) if file != ENTRY_FILE]
    return stored_pages.read(deployment, versions.folder(project_id, version), files)


def entry_of(deployment: Deployment, project_id: str) -> dict[str, Any] | None:
    """Return a study's entry in the master list; None if it has none."""
    return master_list.find(master_list.read(deployment), project_id)
