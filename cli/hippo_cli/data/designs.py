"""A study as each participant began with it: its steps, their files, and who saw which variant of a page."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hippo_cli.data.fetching import fetched, listed
from hippo_gym.participants.pages import EXIT, StepFiles, group, step_files
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import versions
from hippo_gym.studies.projects import (
    FINAL,
    GAME,
    MASTER_LIST_KEY,
    Project,
    ProjectInvalid,
    from_entry,
    parse_master_list,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class Files:
    """The files of one step, as an export tells them.

    Attributes:
        file: as the study's entry names it.
        found: of it in the bucket.
    """

    file: str
    found: StepFiles

    @property
    def groups(self) -> int:
        """Tell how many groups the step makes: every file of it is one."""
        return len(self.found.shown)

    def group_of(self, user_id: str) -> int | None:
        """Return the group of a participant; None at a step that all see alike."""
        return group(user_id, self.groups) if self.groups > 1 else None

    def page_of(self, user_id: str) -> str | None:
        """Return the file that a participant is shown; None for the game, and where there is none."""
        return self.found.shown_to(user_id)


@dataclass(frozen=True)
class Design:
    """One version of a study.

    Attributes:
        version: 16 hexadecimal digits; None for a study that was registered without.
        project: its entry. One without steps stands in where there is none that can be read.
        files: position → the files of the step there; the final step's are at `FINAL`.
        end: the position that ends the study: the final step, or in a study without one the last number, if its page
            lets nobody go on.
    """

    version: str | None
    project: Project
    files: Mapping[int, Files]
    end: int = FINAL

    def files_at(self, position: int) -> Files | None:
        """Return the files of the step at a position; None for the game, and where the study has no step."""
        return self.files.get(position)

    @property
    def group_counts(self) -> tuple[int, ...]:
        """Return each number of groups that some step makes, in the order of the steps."""
        counts = [self.files[position].groups for position in sorted(self.files)]
        return tuple(dict.fromkeys(count for count in counts if count > 1))

    @property
    def layout(self) -> tuple[tuple[int, str | None], ...]:
        """Return what stands where; versions with the same layout can be counted together."""
        numbered = tuple(sorted(self.project.steps.items()))
        return (*numbered, (FINAL, self.project.final_page))


class Designs:
    """The versions of one study, each read once, when it is asked for."""

    def __init__(self, s3: S3Client, bucket: str, project_id: str) -> None:
        """Read the master list.

        Raises:
            MasterListInvalid: it cannot be read.
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
        """Return what new participants begin with, and what those follow who began without a version."""
        return self.of(None)

    def of(self, version: str | None) -> Design:
        """Return what a participant with this version in their record is served; what is current, if it is gone."""
        if version not in self._found:
            self._found[version] = self._read(version)
        return self._found[version]

    def _read(self, version: str | None) -> Design:
        if version is None:
            return self._design(self._project(self.entry, "the master list"))
        if self.entry is not None and self.entry.get("version") == version:
            return self.current
        key = versions.entry_key(self._project_id, version)
        stored = fetched(self._s3, self._bucket, key)
        try:
            entry = None if stored is None else json.loads(stored.body)
        except ValueError:
            entry = None
        project = self._project(versions.entry_in(entry), key)
        if project.version != version:
            self.problems.append(
                f"Version {version} of the study is not in the bucket any more: the steps of those who began with it "
                "are told by what the study is now."
            )
            return self.current
        return self._design(project)

    def _project(self, entry: Any, where: str) -> Project:
        """Read an entry; one without steps stands in for what is not there or not valid."""
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
        """Find a step's files: those of the version, or if it has none of this step the project's own."""
        for folder in dict.fromkeys((versions.folder(project.id, project.version), project.id)):
            found = files_of(file, self._names(folder, file))
            if found.groups:
                return found
        return files_of(file, ())

    def _names(self, folder: str, file: str) -> frozenset[str]:
        """Return the names, below `folder`, of the files beside `file`: only its own folder is listed."""
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
        page = files[last].page_of("")
        stored = [fetched(self._s3, self._bucket, f"{place}/{page}") for place in (folder, project.id)]
        leaves = any(found is not None and EXIT.encode() in found.body for found in stored)
        return last if leaves else FINAL


def files_of(file: str, names: Collection[str]) -> Files:
    """Return which files of a step there are, of these names."""
    return Files(file, step_files(file, lambda name: name in names))
