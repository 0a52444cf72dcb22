"""Makes plans: (intended study, current study) -> plan. Pure; `execution` carries them out.

A plan's actions are listed in the order of their execution. A plan may consist of any one of them,
when an earlier publication was interrupted after the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_cli.publish import task_definitions
from hippo_cli.publish.build_context import BuildContext
from hippo_cli.publish.current import CurrentStudy
from hippo_cli.publish.intended import Intended, Server
from hippo_cli.publish.master_list import STAMPS
from hippo_cli.publish.registry import Repository
from hippo_cli.publish.stored_pages import ENTRY_FILE
from hippo_cli.publish.task_definitions import Revision
from hippo_cli.study.assets import Asset, digests_of
from hippo_common.errors import HippoError
from hippo_gym.studies import registration, versions

_NOT_COMPARED: Final = {*STAMPS, "version", "ecsTask"}


@dataclass(frozen=True)
class Change:
    """A key whose value changes; None means no value."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class PageChanges:
    """How the pages that participants see change."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed)


@dataclass(frozen=True)
class Plan:
    """The actions that turn the current study into the intended one.

    Attributes:
        current: the study before the plan.
        entry: the entry to register. It has no `version`, and `ecsTask` is null, until a new
            revision is registered.
        pages: all pages of the study, file → content.
        asset_digests: file of its folder `assets` → SHA-256.
        assets: these files on this machine, file → asset; empty for a rollback.
        entry_changes, page_changes, asset_changes, task_changes: the differences to show to people.
        repository: name of the ECR repository to create; None if none is needed.
        adopt: name of the ECR repository of an old script, to tag as the deployment's.
        build: what to build and push; None if the registry has the image.
        image: the server's image; None if `hippo` registers no server.
        task_definition: settings of the revision to register; None if a fitting one exists.
        upload: files of `assets` to upload, before everything else.
        keep: pages to upload under the version.
        keep_entry: the version's own copy of the entry has to be written, too.
        register: the master list has to change.
        refresh, remove: files of the project's own folder to copy or delete after the list has
            changed.
    """

    current: CurrentStudy
    entry: Mapping[str, Any]
    pages: Mapping[str, bytes]
    asset_digests: Mapping[str, str] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    entry_changes: tuple[Change, ...] = ()
    page_changes: PageChanges = PageChanges()
    asset_changes: PageChanges = PageChanges()
    task_changes: tuple[Change, ...] = ()
    repository: str | None = None
    adopt: str | None = None
    build: BuildContext | None = None
    image: str | None = None
    task_definition: Mapping[str, Any] | None = None
    upload: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    keep_entry: bool = False
    register: bool = False
    refresh: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Return the project's id."""
        return str(self.entry["id"])

    @property
    def version(self) -> str | None:
        """Return the version that the plan publishes; None while it is unknown."""
        return self.entry.get("version")

    @property
    def is_empty(self) -> bool:
        """Return whether the plan has no actions."""
        return not (
            self.repository
            or self.adopt
            or self.build
            or self.task_definition
            or self.upload
            or self.keep
            or self.keep_entry
            or self.register
            or self.refresh
            or self.remove
        )


@dataclass(frozen=True)
class _Container:
    """The plan for a study's container: its present revision, or the settings of a new one."""

    task: str | None
    image: str | None = None
    settings: Mapping[str, Any] | None = None
    changes: tuple[Change, ...] = ()
    build: BuildContext | None = None
    repository: Repository | None = None

    @property
    def new_repository(self) -> str | None:
        return self.repository.name if self.repository is not None and not self.repository.exists else None

    @property
    def foreign_repository(self) -> str | None:
        found = self.repository
        return found.name if found is not None and found.exists and not found.tagged else None


def make(intended: Intended, current: CurrentStudy) -> Plan:
    """Plan the publication of an intended study.

    Raises:
        HippoError: the study's server has no image.
    """
    container = _container(intended, current)
    entry = {**intended.entry, "ecsTask": container.task}
    if container.settings is None:
        entry["version"] = versions.version_of(entry, intended.pages)
    return of_entry(
        current,
        entry,
        intended.pages,
        digests_of(intended.assets),
        assets=intended.assets,
        task_changes=container.changes,
        repository=container.new_repository,
        adopt=container.foreign_repository,
        build=container.build,
        image=container.image,
        task_definition=container.settings,
    )


def of_entry(
    current: CurrentStudy,
    entry: Mapping[str, Any],
    pages: Mapping[str, bytes],
    asset_digests: Mapping[str, str],
    **container: Any,
) -> Plan:
    """Plan to make an entry and its pages current.

    Args:
        current: the study before the plan.
        entry: the entry to register; without a version while that is unknown.
        pages: all pages of the study.
        asset_digests: file of its folder `assets` → SHA-256.
        container: the attributes of `Plan` about the container, and `assets`.
    """
    version = entry.get("version")
    held = current.kept.get(version, {}) if version is not None else {}
    whole = ENTRY_FILE in held
    changes = entry_changes(current.entry, entry)
    return Plan(
        current=current,
        entry=entry,
        pages=pages,
        entry_changes=changes,
        page_changes=page_changes(current.pages, pages),
        asset_digests=asset_digests,
        asset_changes=page_changes(current.assets, asset_digests),
        upload=current.missing_assets,
        keep=tuple(file for file in pages if not whole or file not in held or held[file].size != len(pages[file])),
        keep_entry=not whole,
        register=current.entry is None or bool(changes) or version is None or version != current.version,
        refresh=tuple(file for file, content in pages.items() if current.own_pages.get(file) != content),
        remove=tuple(file for file in current.own_pages if file not in pages),
        **container,
    )


def entry_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the differences between two entries, key by key, except stamps and version.

    It also ignores the revision of the same task definition: `task_changes` lists its settings.
    """
    old, new = dict(_flat(_comparable(before))), dict(_flat(_comparable(after)))
    keys = [*new, *(key for key in old if key not in new)]
    changes = [Change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
    task, wanted = (before or {}).get("ecsTask"), after.get("ecsTask")
    if before is not None and task != wanted and "version" in after:
        changes.append(Change("ecsTask", task, wanted))
    return tuple(changes)


def _comparable(entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an entry, also of an old script, in the form that the function writes."""
    read = {} if entry is None else registration.read_payload(entry).entry
    return {key: value for key, value in read.items() if key not in _NOT_COMPARED}


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, part in value.items():
        if isinstance(part, Mapping):
            yield from _flat(part, f"{path}{key}.")
        else:
            yield f"{path}{key}", part


def page_changes(before: Mapping[str, object], after: Mapping[str, object]) -> PageChanges:
    """Compare pages by their contents, or by digests of them."""
    return PageChanges(
        new=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(file for file in after.keys() & before.keys() if before[file] != after[file])),
        removed=tuple(sorted(before.keys() - after.keys())),
        unchanged=tuple(sorted(file for file in after.keys() & before.keys() if before[file] == after[file])),
    )


def _container(intended: Intended, current: CurrentStudy) -> _Container:
    if intended.server is None:
        return _Container(intended.entry["ecsTask"])
    image, build, repository = _image(intended.server, current)
    settings = task_definitions.with_image(intended.server.settings, image)
    known = current.revisions
    for revision in (known.current, known.latest):
        if revision is not None and revision.active and not task_definitions.differences(revision.settings, settings):
            return _Container(revision.name, image, build=build, repository=repository)
    changes = _task_changes(known.current or known.latest, settings)
    return _Container(None, image, settings, changes, build, repository)


def _task_changes(before: Revision | None, settings: Mapping[str, Any]) -> tuple[Change, ...]:
    if before is None:
        return ()
    found = task_definitions.differences(before.settings, settings)
    return tuple(Change(key, old, new) for key, old, new in found)


def _image(server: Server, current: CurrentStudy) -> tuple[str, BuildContext | None, Repository | None]:
    """Return the image, its build context if it has to be built, and its repository."""
    if isinstance(server.image, BuildContext):
        repository = current.repository
        if repository is None:
            raise ValueError("an image has to be built, and its repository was not looked up")
        image = f"{repository.uri}:{server.image.tag}"
        build = None if repository.has_image else server.image
        return image, build, repository
    image = server.image or current.revisions.image or ""
    if not image:
        raise HippoError(
            "The study's server has no image: the folder has no Dockerfile, and no image was published before.",
            "Put a Dockerfile beside config.yml, or into server/; or name an image with --image URI.",
        )
    return image, None, None
