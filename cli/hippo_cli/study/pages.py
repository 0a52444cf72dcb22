"""The pages of a study on disk: finds the files of its steps by the functions' rules.

read       steps → the pages to upload, and their faults
groups     the file that each group sees at a step
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from pathlib import Path, PurePosixPath

from hippo_cli.study import boundary, content
from hippo_cli.study.condition_pages import ConditionPages
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.folder import Folder, directory_of, folded
from hippo_cli.study.step_file import StepFile
from hippo_gym.participants.pages import step_files
from hippo_gym.studies.assignment import conditions_of_page


def read(
    folder: Path,
    steps: Sequence[StepFile],
    conditions: Mapping[str, Sequence[str]] | None = None,
    assets: Collection[str] = (),
) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the pages of the steps, including variants, by their names; and their faults.

    Args:
        folder: the study's folder.
        steps: the files of its steps and exits.
        conditions: the study's conditions with their values.
        assets: the names of the study's files in its folder `assets`.
    """
    files = Folder(folder)
    pages: dict[str, bytes] = {}
    findings: list[Finding] = []
    for step in steps:
        found = _Step(step, files, conditions or {})
        findings += found.findings()
        for file in found.pages:
            target = files.outside(file)
            if target is not None:
                what = f"this page leads out of the study's folder, to {target}"
                findings.append(Finding(Severity.ERROR, "page-outside", Place(file), what, boundary.FIX))
                continue
            try:
                pages[file] = files.content(file)
            except OSError as error:
                what, fix = f"this page cannot be read: {error.strerror}", "Give yourself permission to read it."
                findings.append(Finding(Severity.ERROR, "page-unreadable", Place(file), what, fix))
    findings += _collisions(steps, pages)
    steps_on_the_way = _on_the_way(steps)
    last_only = {file for step in steps if step.is_last for file in pages if _belongs(file, step)}
    on_the_way = {file for step in steps_on_the_way for file in pages if _belongs(file, step)}
    for file, body in pages.items():
        ends, leads_on = file in last_only - on_the_way, file in on_the_way
        findings += content.judge(file, body, ends=ends, leads_on=leads_on, files=assets)
    findings += _unused(steps, {*pages, *(finding.file for finding in findings)}, files)
    return dict(sorted(pages.items())), findings


def _on_the_way(steps: Sequence[StepFile]) -> list[StepFile]:
    """Return the steps that another follows; a last numbered step with the final step's page ends the study."""
    ends = {step.file for step in steps if step.is_last}
    numbered = [step for step in steps if not step.is_last]
    return numbered[:-1] if numbered and numbered[-1].file in ends else numbered


def groups(file: str, pages: Collection[str]) -> tuple[str, ...]:
    """Return the file that each group sees at a step, group 0 first; empty if the step has no file.

    Args:
        file: the step's file, as config.yml names it.
        pages: the study's pages.
    """
    return step_files(file, lambda name: name in pages).shown


def _belongs(file: str, step: StepFile) -> bool:
    return file == step.file or _number(file, step.stem) is not None or conditions_of_page(step.file, file) is not None


def _number(file: str, stem: str) -> int | None:
    """Return a variant's number; None if the file is not a variant of the step."""
    match = re.fullmatch(r"-(0|[1-9]\d{0,8})\.html", file.removeprefix(stem)) if file.startswith(stem) else None
    return int(match[1]) if match else None


class _Step:
    """A step's files: those that exist, and those that the functions find."""

    def __init__(self, step: StepFile, files: Folder, conditions: Mapping[str, Sequence[str]]) -> None:
        self._step = step
        self._files = files
        self._for_conditions = ConditionPages(step, files.beside(step.file), conditions)
        beside = files.beside(step.file)
        self._variants = {number: file for file in beside if (number := _number(file, step.stem)) is not None}
        self._found = step_files(step.file, lambda name: name in beside)
        self.pages = sorted({*self._found.files, *self._for_conditions.pages})

    def findings(self) -> Iterator[Finding]:
        """Yield the faults of the step's files."""
        yield from self._for_conditions.findings(has_base=bool(self._found.files))
        if not self.pages and not self._variants:
            yield self._missing()
            return
        for number, file in sorted(self._variants.items()):
            if number not in self._found.variants:
                what = f"this variant of {self._step.step} is never used: its number is too far from the others"
                yield self._of_file("variant-not-found", file, what, self._renumber(number))
        shown = self._found.shown
        for number, file in self._found.variants.items():
            if file not in shown:
                what = f"this variant of {self._step.step} is shown to no participant: {_counted(len(shown))}"
                yield self._of_file("variant-not-shown", file, what, self._renumber(number))
        yield from self._near_misses()

    def _renumber(self, number: int) -> str:
        wanted = len(self._variants) + (self._found.base is not None)
        free = [group for group in range(wanted) if group not in self._variants]
        best = free[-1] if free else number
        return f"Rename it to {PurePosixPath(self._step.stem).name}-{best}.html."

    def _near_misses(self) -> Iterator[Finding]:
        stem = re.escape(self._step.stem)
        pattern = re.compile(rf"{stem}(?:-0+(\d+)|[_ ](\d+))\.html?|{stem}-(\d+)\.htm", re.IGNORECASE)
        for file in self._files.beside(self._step.file):
            match = pattern.fullmatch(file)
            if match and file not in self.pages and _number(file, self._step.stem) is None:
                number = int(match[1] or match[2] or match[3])
                what = f"this looks like a variant of {self._step.step}, but its name does not have the form of one"
                fix = f"Rename it to {PurePosixPath(self._step.stem).name}-{number}.html, if it should be a variant."
                yield self._of_file("variant-name", file, what, fix, Severity.WARNING)

    def _missing(self) -> Finding:
        step = self._step
        near = self._near()
        what = f"{step.step}: the study's folder has no file {step.file}"
        fix = f"Write the page {step.file}, or name another file."
        if near is not None and folded(near) == folded(step.file):
            what += f", only {near}: upper and lower case and accents must match"
            fix = f"Write {near} in config.yml, or rename the file."
        elif near is not None:
            fix = f"Name {near} instead, if you mean that page; else write the page {step.file}."
        return Finding(Severity.ERROR, "page-missing", step.place, what, fix, where=step.where)

    def _near(self) -> str | None:
        """Return the most similar file: other case, another folder, or a letter or two changed."""
        file = self._step.file
        everywhere = [name for directory in ["", *self._files.directories()] for name in self._files.names(directory)]
        candidates = [
            name for name in dict.fromkeys((*self._files.beside(file), *everywhere)) if name.endswith(".html")
        ]
        for same in (folded(file), folded(PurePosixPath(file).name)):
            for name in candidates:
                if same in (folded(name), folded(PurePosixPath(name).name)):
                    return name
        return next(iter(difflib.get_close_matches(file, candidates, n=1, cutoff=0.8)), None)

    def _of_file(self, code: str, file: str, what: str, fix: str, severity: Severity = Severity.ERROR) -> Finding:
        return Finding(severity, code, Place(file), what, fix, where=self._step.where)


def _counted(groups: int) -> str:
    files = (
        "one file, so its only group is 0" if groups == 1 else f"{groups} files, so its groups are 0 to {groups - 1}"
    )
    return f"the step has {files}"


def _collisions(steps: Sequence[StepFile], pages: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield the names of pages that conflict with each other."""
    for step in steps:
        for other in steps:
            if _number(step.file, other.stem) is not None and step.file in pages:
                what = f"the name of {step.file} of {step.step} makes it a variant of {other.step}, too"
                fix = f"Rename it, so that it does not begin with {PurePosixPath(other.stem).name}-."
                yield Finding(Severity.ERROR, "page-is-variant", step.place, what, fix, where=step.where)
    first: dict[str, str] = {}
    for file in pages:
        other_file = first.setdefault(folded(file), file)
        if other_file != file:
            what = f"{file} and {other_file} differ only in upper and lower case: many machines treat them as one file"
            yield Finding(Severity.WARNING, "name-case", Place(file), what, "Rename one of them.")


def _unused(steps: Sequence[StepFile], known: Set[str], files: Folder) -> Iterator[Finding]:
    """Yield pages that have a number like a step's page, but belong to no step."""
    for directory in sorted({directory_of(step.file) for step in steps}):
        for file in files.names(directory):
            if file not in known and re.match(r"\d+[_-].*\.html?$", PurePosixPath(file).name, re.IGNORECASE):
                what = "no step uses this page, so it is not uploaded"
                yield Finding(
                    Severity.WARNING, "page-unused", Place(file), what, "Name it under `steps:`, or delete it."
                )
