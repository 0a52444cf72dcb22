"""The current state of a study on a deployment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list, stored_assets, stored_pages, task_definitions
from hippo_cli.publish.registry import Repository
from hippo_cli.publish.stored_pages import ENTRY_FILE, StoredPage
from hippo_cli.publish.task_definitions import Revisions
from hippo_gym.studies import versions


@dataclass(frozen=True)
class CurrentStudy:
    """A study as it is on the deployment.

    Attributes:
        entry: its entry in the master list; None for a new study.
        pages: the pages that new participants see.
        own_pages: the pages at `{projectId}/` that belong to the current or the intended steps.
        kept: version → file → page, of the kept versions.
        revisions: its task definitions.
        repository: the repository of its images; None if it was not looked up.
        assets: file of the folder `assets` → SHA-256, of the version that new participants get.
        missing_assets: files of the intended study that the bucket of the page does not have.
    """

    entry: Mapping[str, Any] | None = None
    pages: Mapping[str, bytes] = field(default_factory=dict)
    own_pages: Mapping[str, bytes] = field(default_factory=dict)
    kept: Mapping[str, Mapping[str, StoredPage]] = field(default_factory=dict)
    revisions: Revisions = field(default_factory=Revisions)
    repository: Repository | None = None
    assets: Mapping[str, str] = field(default_factory=dict)
    missing_assets: tuple[str, ...] = ()

    @property
    def version(self) -> str | None:
        """Return the version that new participants get."""
        return (self.entry or {}).get("version")


def revisions(deployment: Deployment, project_id: str, entry: Mapping[str, Any] | None) -> Revisions:
    """Look up the task definitions of a study, given its entry."""
    named = (entry or {}).get("ecsTask")
    latest = task_definitions.describe(deployment, project_id)
    current = task_definitions.describe(deployment, named) if named else None
    return Revisions(current, latest)


def read(
    deployment: Deployment,
    project_id: str,
    entry: Mapping[str, Any] | None,
    intended: Mapping[str, Any],
    found: Revisions,
    repository: Repository | None,
    assets: Collection[str] = (),
) -> CurrentStudy:
    """Read the pages of a study, and return its current state.

    Args:
        deployment: the deployment.
        project_id: the study's id.
        entry: its entry in the master list; None for a new study.
        intended: the intended entry; `own_pages` includes the pages of its steps.
        found: the task definitions.
        repository: the repository of the images, if it was looked up.
        assets: the files in the intended study's folder `assets`.

    Raises:
        HippoError: the study has such files, and the deployment serves none.
    """
    kept = stored_pages.kept_versions(deployment, project_id)
    there = stored_pages.own_pages(deployment, project_id)
    names = sorted({*stored_pages.shown_by(entry, there), *stored_pages.shown_by(intended, there)})
    own = stored_pages.read(deployment, project_id, names)
    shown = _shown(deployment, project_id, entry, kept, own)
    before = stored_assets.digests(deployment, project_id, entry)
    lost = stored_assets.missing(deployment, project_id, str(intended.get("assets")), assets)
    return CurrentStudy(entry, shown, own, kept, found, repository, before, lost)


def _shown(
    deployment: Deployment,
    project_id: str,
    entry: Mapping[str, Any] | None,
    kept: Mapping[str, Mapping[str, StoredPage]],
    own: Mapping[str, bytes],
) -> dict[str, bytes]:
    """Read the pages that new participants see: the version's, or the project's own."""
    version = (entry or {}).get("version")
    if version is None:
        return {name: own[name] for name in stored_pages.shown_by(entry, own)}
    files = [file for file in kept.get(version, {}) if file != ENTRY_FILE]
    return stored_pages.read(deployment, versions.folder(project_id, version), files)


def entry_of(deployment: Deployment, project_id: str) -> dict[str, Any] | None:
    """Return a study's entry in the master list; None if it is not listed."""
    return master_list.find(master_list.read(deployment), project_id)
