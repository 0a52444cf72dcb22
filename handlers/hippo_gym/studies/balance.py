"""Balance: assigns new participants of a study to the cell that has the fewest.

A cell is a combination of values of the study's conditions and of groups of its steps. The object
`_participants/{projectId}/cells.json` holds the marks (enrolment.py) of the participants of each
cell: those who have finished, and those inside with the time at which they began. Each change uses
`If-Match`, so it also holds for participants who come at the same moment.

A new participant gets a cell with the fewest participants, finished and inside together. A place
is given back when its participant takes an exit, and when they have not finished in the study's
time. A participant who finishes after that still counts in their cell. So while all stay, the
participants who have finished in two cells differ by at most one more than the participants inside;
people who leave can widen this at most to the largest number that was inside at once, and each who
finishes late by one more.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import prod
from typing import Any, Final, TypeVar

from hippo_gym.runtime.clock import Clock, from_text, to_text
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.storage.optimistic import Change, for_seconds, update
from hippo_gym.studies.assignment import Assignment, cell_name, cells, rank
from hippo_gym.studies.enrolment import mark_of
from hippo_gym.studies.projects import Project

_SECONDS: Final = 1.5
"""Limit for a change: next_step has 10 seconds in all, and also writes roster and record."""

_MAX_CELLS: Final = 1000
"""With more combinations the groups of steps are left to the hash."""


class CellsInvalid(OperatorError):
    """The object with the cells cannot be read; the text says why. It was not changed."""


def cells_key(project_id: str) -> str:
    """Return the key of the object with a project's cells."""
    return f"_participants/{project_id}/cells.json"


@dataclass
class Cell:
    """The marks of one cell's participants.

    Attributes:
        finished: who has finished.
        inside: who is inside → when they began.
    """

    finished: set[str] = field(default_factory=set)
    inside: dict[str, datetime] = field(default_factory=dict)

    @property
    def load(self) -> int:
        """Return how many participants have finished or are inside."""
        return len(self.finished) + len(self.inside)


Cells = dict[str, Cell]
Result = TypeVar("Result")


def choose(there: Cells, candidates: Sequence[Assignment], project_id: str, user_id: str) -> Assignment:
    """Return a cell with the fewest participants.

    Of several, one whose single values have the fewest, so that they are balanced, too; of several
    of these, one at random by the participant's id.
    """
    loads = {cell: there[cell].load for cell in there}
    of_value: Counter[str] = Counter()
    for cell, load in loads.items():
        of_value.update(dict.fromkeys(cell.split(";"), load))

    def key(candidate: Assignment) -> tuple[int, int, int]:
        name = cell_name(candidate.conditions, candidate.groups)
        values = sum(of_value[value] for value in name.split(";"))
        return loads.get(name, 0), values, rank(project_id, user_id, name)

    return min(candidates, key=key)


@dataclass(frozen=True)
class BalanceStore:
    """The cells of the studies of one bucket.

    Every change raises:
        Transient: other functions changed the object each time before this write, until the time
            was up.
        CellsInvalid: the object cannot be read; it was not changed.
    """

    bucket: Bucket
    clock: Clock

    def assign(self, project: Project, counts: Sequence[int], user_id: str) -> Assignment:
        """Assign a new participant; a participant who is in a cell keeps it.

        Args:
            project: the study; it has a condition, or a step with groups.
            counts: the numbers of groups of its steps.
            user_id: the participant's id.
        """
        if prod((*map(len, project.conditions.values()), *counts)) > _MAX_CELLS:
            counts = ()
        candidates = {cell_name(each.conditions, each.groups): each for each in cells(project.conditions, counts)}
        mark, now = mark_of(user_id), self.clock.now()
        oldest = now - timedelta(minutes=project.assignment_timeout)

        def with_one(there: Cells) -> Assignment:
            for cell in there.values():
                cell.inside = {each: began for each, began in cell.inside.items() if began > oldest}
            for name, cell in there.items():
                if mark in cell.inside or mark in cell.finished:
                    if name in candidates:
                        return candidates[name]
                    cell.inside.pop(mark, None)  # the study's conditions have changed
            chosen = choose(there, tuple(candidates.values()), project.id, user_id)
            there.setdefault(cell_name(chosen.conditions, chosen.groups), Cell()).inside[mark] = now
            return chosen

        return self._change(project.id, with_one)

    def finish(self, project_id: str, user_id: str, cell: str) -> None:
        """Count a participant as finished in their cell; a second time changes nothing."""
        mark = mark_of(user_id)

        def with_finished(there: Cells) -> None:
            for each in there.values():
                each.inside.pop(mark, None)
            there.setdefault(cell, Cell()).finished.add(mark)

        self._change(project_id, with_finished)

    def leave(self, project_id: str, user_id: str) -> None:
        """Give a participant's place back."""
        mark = mark_of(user_id)

        def without_one(there: Cells) -> None:
            for each in there.values():
                each.inside.pop(mark, None)

        self._change(project_id, without_one)

    def forget(self, project_id: str, user_id: str) -> None:
        """Replace a participant's mark by a random one, which keeps the counts."""
        mark = mark_of(user_id)

        def anonymous(there: Cells) -> None:
            for each in there.values():
                if mark in each.finished:
                    each.finished = (each.finished - {mark}) | {secrets.token_hex(8)}
                if mark in each.inside:
                    each.inside[secrets.token_hex(8)] = each.inside.pop(mark)

        self._change(project_id, anonymous)

    def _change(self, project_id: str, change: Callable[[Cells], Result]) -> Result:
        key = cells_key(project_id)

        def changed(stored: StoredObject | None) -> Change[Result]:
            there = {} if stored is None else _read(stored, key)
            before = _to_json(there)
            result = change(there)
            after = _to_json(there)
            return Change(result, None if after == before else after)

        return update(self.bucket, key, changed, self.clock, for_seconds(self.clock, _SECONDS))


def _to_json(there: Cells) -> dict[str, Any]:
    return {
        "cells": {
            name: {
                "finished": sorted(cell.finished),
                "inside": {mark: to_text(began) for mark, began in sorted(cell.inside.items())},
            }
            for name, cell in sorted(there.items())
        }
    }


def _read(stored: StoredObject, key: str) -> Cells:
    try:
        found: Mapping[str, Any] = stored.json()["cells"]
        return {
            name: Cell(
                {str(mark) for mark in cell["finished"]},
                {mark: from_text(began) for mark, began in cell["inside"].items()},
            )
            for name, cell in found.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CellsInvalid(f"{key} cannot be read ({error!r}); it was not changed") from error
