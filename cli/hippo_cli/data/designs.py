"""The version of a study that a participant began with: steps, files and variants."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hippo_cli.data.fetching import Fetched, fetched, listed
from hippo_common.parallel import in_parallel
from hippo_common.reading import json_value
from hippo_gym.participants.pages import EXIT, StepFiles, shown_file, step_files
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import versions
from hippo_gym.studies.assignment import Assigned, conditions_of_page
from hippo_gym.studies.master_list import parse_master_list
from hippo_gym.studies.projects import FINAL, GAME, MASTER_LIST_KEY, Project, ProjectInvalid, from_entry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Files:
    """The files of one step.

    Attributes:
        file: the file that the study's entry names.
        found: the page and its variants in the bucket.
        names: the names of all files in the folder of the page.
    """

    file: str
    found: StepFiles
    names: Collection[str] = ()

    @property
    def groups(self) -> int:
        """Return how many groups the step has: one for each file."""
        return len(self.found.shown)

    def group_of(self, assigned: Assigned) -> int | None:
        """Return the group of a participant; None at a step with a single page."""
        return assigned.group_of(self.groups) if self.groups > 1 else None

    def page_of(self, assigned: Assigned) -> str | None:
        """Return the file that a participant sees.

        Return None for the game, and for a step without files.
        """
        return shown_file(self.file, assigned, lambda name: name in self.names)


@dataclass(frozen=True)
class Design:
    """One version of a study.

    Attributes:
        version: 16 hexadecimal digits; None for a study that was registered without a version.
        project: its entry; an entry without steps if it cannot be read.
        files: position → the files of that step; those of the final step are at `FINAL`.
        end: the position that ends the study: the final step, or in a study without one the last
            number, if its page hides the Submit button.
    """

    version: str | None
    project: Project
    files: Mapping[int, Files]
    end: int = FINAL

    def files_at(self, position: int) -> Files | None:
        """Return the files of the step at a position; None for the game, and for a missing step."""
        return self.files.get(position)

    @property
    def group_counts(self) -> tuple[int, ...]:
        """Return each number of groups that a step has, in the order of the steps."""
        counts = [self.files[position].groups for position in sorted(self.files)]
        return tuple(dict.fromkeys(count for count in counts if count > 1))

    @property
    def layout(self) -> tuple[tuple[int, str | None], ...]:
        """Return the positions and contents of the steps; equal layouts can be counted together."""
        numbered = tuple(sorted(self.project.steps.items()))
        return (*numbered, (FINAL, self.project.final_page))


class Designs:
    """The versions of one study; each is read once, on its first use."""

    def __init__(self, s3: S3Client, bucket: str, project_id: str) -> None:
        """Read the master list.

        Raises:
            MasterListInvalid: the list cannot be read.
        """
        self._s3, self._bucket, self._project_id = s3, bucket, project_id
        stored = Bucket(s3, bucket).get(MASTER_LIST_KEY)
        entries = [] if stored is None else parse_master_list(stored)
        self.known: Final = tuple(str(entry["id"]) for entry in entries)
        self.entry: Final = next((entry for entry in reversed(entries) if entry["id"] == project_id), None)
        self.problems: Final[list[str]] = []
        self._found: dict[str | None, Design] = {}
        self._folders: dict[str, frozenset[str]] = {}

    @property
    def current(self) -> Design:
        """Return the current version, also for participants who began without one."""
        return self.of(None)

    def of(self, version: str | None) -> Design:
        """Return the version in a participant's record; the current one if that version is gone."""
        if version not in self._found:
            self._found[version] = self._read(version)
        return self._found[version]

    def conditions(self) -> tuple[str, ...]:
        """Return the names of the conditions of all versions of the study, in alphabetical order."""
        found = listed(self._s3, self._bucket, f"{versions.PREFIX}{self._project_id}/")
        keys = [one.key for one in found if one.key.endswith("/project.json")]
        kept = in_parallel(lambda key: _conditions_of(fetched(self._s3, self._bucket, key)), keys)
        return tuple(sorted({*self.current.project.conditions, *itertools.chain.from_iterable(kept)}))

    def _read(self, version: str | None) -> Design:
        if version is None:
            return self._design(self._project(self.entry, "the master list"))
        if self.entry is not None and self.entry.get("version") == version:
            return self.current
        key = versions.entry_key(self._project_id, version)
        stored = fetched(self._s3, self._bucket, key)
        try:
            entry = None if stored is None else json_value(stored.body)
        except ValueError:
            entry = None
        project = self._project(versions.entry_in(entry), key)
        if project.version != version:
            self.problems.append(
                f"Version {version} of the study is no longer in the bucket: for participants who began with it, "
                "the current steps are used."
            )
            return self.current
        now = self.current.project
        return self._design(replace(project, groups_by_study=now.groups_by_study))

    def _project(self, entry: Any, where: str) -> Project:
        """Read an entry; return one without steps if it is missing or not valid."""
        if isinstance(entry, Mapping):
            try:
                return from_entry(entry)
            except ProjectInvalid as error:
                self.problems.append(f"The study's steps cannot be read from {where}: {error}")
        return Project(self._project_id, self._project_id, False, None, {}, None, None, None, 0, None, None, "spot", 0)

    def _design(self, project: Project) -> Design:
        named = {position: file for position, file in project.steps.items() if file != GAME}
        if project.final_page is not None:
            named[FINAL] = project.final_page
        files = {position: self._files(project, file) for position, file in named.items()}
        return Design(project.version, project, files, self._end(project, files))

    def _files(self, project: Project, file: str) -> Files:
        """Find a step's files: the version's, or if it has none, the project's own."""
        for folder in dict.fromkeys((versions.folder(project.id, project.version), project.id)):
            found = files_of(file, self._names(folder, file))
            if found.groups or any(conditions_of_page(file, name) for name in found.names):
                return found
        return files_of(file, ())

    def _names(self, folder: str, file: str) -> frozenset[str]:
        """Return the names, below `folder`, of the files in the folder of `file`."""
        parent = file.rpartition("/")[0]
        prefix = f"{folder}/{parent}/" if parent else f"{folder}/"
        if prefix not in self._folders:
            keys = [found.key for found in listed(self._s3, self._bucket, prefix, below=False)]
            self._folders[prefix] = frozenset(key.removeprefix(f"{folder}/") for key in keys)
        return self._folders[prefix]

    def _end(self, project: Project, files: Mapping[int, Files]) -> int:
        last = max(project.steps, default=FINAL)
        if project.final_page is not None or last not in files:
            return FINAL
        folder = versions.folder(project.id, project.version)
        page = files[last].page_of(Assigned(""))
        stored = [fetched(self._s3, self._bucket, f"{place}/{page}") for place in (folder, project.id)]
        leaves = any(found is not None and EXIT.encode() in found.body for found in stored)
        return last if leaves else FINAL


def _conditions_of(stored: Fetched | None) -> frozenset[str]:
    """Return the names of the conditions in a version's `project.json`; none if it is not valid."""
    try:
        found = {} if stored is None else json_value(stored.body).get("conditions", {})
    except (ValueError, AttributeError):
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()


def files_of(file: str, names: Collection[str]) -> Files:
    """Return the files of a step among these names."""
    return Files(file, step_files(file, lambda name: name in names), names)
