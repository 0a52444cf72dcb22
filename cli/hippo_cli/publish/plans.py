"""What a publication will do: (what is intended, what is live) -> plan. Pure; `execution` carries plans out.

A plan is made of actions in the order in which they are carried out. Each of them may be all that is left to do, when
an earlier publication died after the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_cli.publish import task_definitions
from hippo_cli.publish.build_context import BuildContext
from hippo_cli.publish.current import Live
from hippo_cli.publish.intended import Intended, Server
from hippo_cli.publish.master_list import STAMPS
from hippo_cli.publish.registry import Repository
from hippo_cli.publish.stored_pages import ENTRY_FILE
from hippo_cli.publish.task_definitions import Revision
from hippo_common.errors import HippoError
from hippo_gym.studies import registration, versions

_NOT_COMPARED: Final = {*STAMPS, "version", "ecsTask"}


@dataclass(frozen=True)
class Change:
    """One key whose value changes; None stands for no value."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class PageChanges:
    """What becomes of the pages that participants are shown."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.removed)


@dataclass(frozen=True)
class Plan:
    """What is to be done to have a study as it is intended.

    Attributes:
        live: what it starts from.
        entry: as it is to be registered. Without `version`, and with `ecsTask` null, while a revision has to be made.
        pages: all of the study, file → content.
        entry_changes, page_changes, task_changes: what a person calls the difference.
        repository: name of the ECR repository to make; None if none is needed.
        adopt: name of the ECR repository to tag as the deployment's: one that an old script made.
        build: what to build and push; None if the image is there.
        image: of the server; None without a server of ours.
        task_definition: settings of the revision to register; None if there is one already.
        keep: pages to put under the version.
        keep_entry: the version's own entry is to be written as well.
        register: the master list is to be changed.
        refresh, remove: files of the project's own folder, which are brought up to date once the list is changed.
    """

    live: Live
    entry: Mapping[str, Any]
    pages: Mapping[str, bytes]
    entry_changes: tuple[Change, ...] = ()
    page_changes: PageChanges = PageChanges()
    task_changes: tuple[Change, ...] = ()
    repository: str | None = None
    adopt: str | None = None
    build: BuildContext | None = None
    image: str | None = None
    task_definition: Mapping[str, Any] | None = None
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
        """Return the version that comes out; None while it is not known."""
        return self.entry.get("version")

    @property
    def is_empty(self) -> bool:
        """Tell that everything is as it should be."""
        return not (
            self.repository
            or self.adopt
            or self.build
            or self.task_definition
            or self.keep
            or self.keep_entry
            or self.register
            or self.refresh
            or self.remove
        )


@dataclass(frozen=True)
class _Container:
    """What becomes of a study's container: the revision that it has, or the settings of one to make."""

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


def make(intended: Intended, live: Live) -> Plan:
    """Plan how a study becomes what is intended.

    Raises:
        HippoError: nothing says what the study's server is.
    """
    container = _container(intended, live)
    entry = {**intended.entry, "ecsTask": container.task}
    if container.settings is None:
        entry["version"] = versions.version_of(entry, intended.pages)
    return of_entry(
        live,
        entry,
        intended.pages,
        task_changes=container.changes,
        repository=container.new_repository,
        adopt=container.foreign_repository,
        build=container.build,
        image=container.image,
        task_definition=container.settings,
    )


def of_entry(live: Live, entry: Mapping[str, Any], pages: Mapping[str, bytes], **container: Any) -> Plan:
    """Plan how an entry and its pages become what is live.

    Args:
        live: what it starts from.
        entry: without a version while that is not known.
        pages: all of the study.
        container: what is planned about the container, attributes of `Plan`.
    """
    version = entry.get("version")
    held = live.kept.get(version, {}) if version is not None else {}
    whole = ENTRY_FILE in held
    changes = entry_changes(live.entry, entry)
    return Plan(
        live=live,
        entry=entry,
        pages=pages,
        entry_changes=changes,
        page_changes=page_changes(live.pages, pages),
        keep=tuple(file for file in pages if not whole or file not in held or held[file].size != len(pages[file])),
        keep_entry=not whole,
        register=live.entry is None or bool(changes) or version is None or version != live.version,
        refresh=tuple(file for file, content in pages.items() if live.own_pages.get(file) != content),
        remove=tuple(file for file in live.own_pages if file not in pages),
        **container,
    )


def entry_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what differs between two entries, key by key; stamps and version aside, as they always do.

    So does the revision of the same task definition, which the plan tells setting by setting.
    """
    old, new = dict(_flat(_comparable(before))), dict(_flat(_comparable(after)))
    keys = [*new, *(key for key in old if key not in new)]
    changes = [Change(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]
    task, wanted = (before or {}).get("ecsTask"), after.get("ecsTask")
    if before is not None and task != wanted and "version" in after:
        changes.append(Change("ecsTask", task, wanted))
    return tuple(changes)


def _comparable(entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """Bring an entry, whoever wrote it, into the form that the function writes."""
    read = {} if entry is None else registration.read_payload(entry).entry
    return {key: value for key, value in read.items() if key not in _NOT_COMPARED}


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, part in value.items():
        if isinstance(part, Mapping):
            yield from _flat(part, f"{path}{key}.")
        else:
            yield f"{path}{key}", part


def page_changes(before: Mapping[str, object], after: Mapping[str, object]) -> PageChanges:
    """Compare pages by whatever stands for their contents: the bytes, or a digest of them."""
    return PageChanges(
        new=tuple(sorted(after.keys() - before.keys())),
        changed=tuple(sorted(file for file in after.keys() & before.keys() if before[file] != after[file])),
        removed=tuple(sorted(before.keys() - after.keys())),
        unchanged=tuple(sorted(file for file in after.keys() & before.keys() if before[file] == after[file])),
    )


def _container(intended: Intended, live: Live) -> _Container:
    if intended.server is None:
        return _Container(intended.entry["ecsTask"])
    image, build, repository = _image(intended.server, live)
    settings = task_definitions.with_image(intended.server.settings, image)
    known = live.revisions
    for revision in (known.live, known.latest):
        if revision is not None and revision.active and not task_definitions.differences(revision.settings, settings):
            return _Container(revision.name, image, build=build, repository=repository)
    changes = _task_changes(known.live or known.latest, settings)
    return _Container(None, image, settings, changes, build, repository)


def _task_changes(before: Revision | None, settings: Mapping[str, Any]) -> tuple[Change, ...]:
    if before is None:
        return ()
    found = task_definitions.differences(before.settings, settings)
    return tuple(Change(key, old, new) for key, old, new in found)


def _image(server: Server, live: Live) -> tuple[str, BuildContext | None, Repository | None]:
    """Return the image, what to build for it, and the repository that it is to be in."""
    if isinstance(server.image, BuildContext):
        repository = live.repository
        if repository is None:
            raise ValueError("an image is to be built, and nobody has looked for its repository")
        image = f"{repository.uri}:{server.image.tag}"
        build = None if repository.has_image else server.image
        return image, build, repository
    image = server.image or live.revisions.image or ""
    if not image:
        raise HippoError(
            "Nothing says what the study's server is: there is no Dockerfile, and the study has no image yet.",
            "Put a Dockerfile beside config.yml, or into server/; or name an image with --image URI.",
        )
    return image, None, None
