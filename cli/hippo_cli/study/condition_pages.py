"""The pages of a step for values of the study's conditions, such as `quiz.partner=expert.html`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice, product
from pathlib import PurePosixPath
from typing import Final

from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.step_file import StepFile
from hippo_gym.studies.assignment import condition_files, conditions_of_page

_MAX_TRIED: Final = 10_000


class ConditionPages:
    """The files beside a step's page whose names have values of conditions.

    Attributes:
        pages: those that participants may see.
    """

    def __init__(self, step: StepFile, beside: Collection[str], conditions: Mapping[str, Sequence[str]]) -> None:
        self._step = step
        self._conditions = conditions
        named = {file: conditions_of_page(step.file, file) for file in sorted(beside)}
        self._named = {file: found for file, found in named.items() if found is not None}
        self.pages = [file for file, found in self._named.items() if self._is_used(file, found)]

    def findings(self, *, has_base: bool) -> Iterator[Finding]:
        """Yield the faults of the names, and the participants for whom there is no page.

        Args:
            has_base: the step has a page for participants without a page for their conditions.
        """
        for file, found in self._named.items():
            if file not in self.pages:
                yield self._not_used(file, found)
        if has_base or not self.pages:
            return
        for values in islice(product(*self._conditions.values()), _MAX_TRIED):
            own = dict(zip(self._conditions, values, strict=True))
            if not any(file in self.pages for file in condition_files(self._step.file, own)):
                whom = ", ".join(f"{name}={value}" for name, value in own.items())
                what = f"{self._step.step} has no page for participants with {whom}"
                fix = f"Write the page {self._step.file}, which all others see."
                yield Finding(
                    Severity.ERROR, "condition-page-missing", self._step.place, what, fix, where=self._step.where
                )
                return

    def _is_used(self, file: str, found: tuple[tuple[str, str], ...]) -> bool:
        return file in condition_files(self._step.file, dict(found)) and all(
            value in self._conditions.get(name, ()) for name, value in found
        )

    def _not_used(self, file: str, found: tuple[tuple[str, str], ...]) -> Finding:
        for name, value in found:
            known = self._conditions.get(name)
            if known is None:
                what = f"this page is never shown: {name!r} is no condition of the study"
                fix = (
                    _rename(name, tuple(self._conditions)) or f"Name {name!r} under `conditions:`, or delete the page."
                )
                return self._finding("condition-unknown", file, what, fix, self._conditions)
            if value not in known:
                what = f"this page is never shown: {value!r} is no value of the condition {name!r}"
                fix = _rename(value, known) or f"Add it to the values of {name!r} in config.yml, or delete the page."
                return self._finding("condition-value-unknown", file, what, fix, known)
        best = next(condition_files(self._step.file, dict(found)))
        what = "this page is never shown: its name must have each condition once, in alphabetical order"
        fix = f"Rename it to {PurePosixPath(best).name}."
        return self._finding("condition-order", file, what, fix, self._conditions)

    def _finding(self, code: str, file: str, what: str, fix: str, allowed: Collection[str]) -> Finding:
        listed = ", ".join(allowed) or None
        return Finding(Severity.WARNING, code, Place(file), what, fix, listed, self._step.where)


def _rename(text: str, known: Sequence[str]) -> str | None:
    close = difflib.get_close_matches(text, known, n=1)
    return f"Rename the page: write {close[0]} for {text}." if close else None
