"""Assigns new participants of a study their conditions and groups, and counts who has finished.

In a balanced study the first request reads and writes the study's cells (balance.py), and so does
the one that ends the participant's way. No other request of any study makes an AWS call for this,
but the first of a version in a cold function, which reads the names of its pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.participants.pages import Pages, group_counts
from hippo_gym.participants.records import Participant
from hippo_gym.runtime.errors import Conflict, Transient
from hippo_gym.runtime.logs import logger
from hippo_gym.studies.assignment import Assignment, by_hash, cell_name
from hippo_gym.studies.balance import BalanceStore, CellsInvalid
from hippo_gym.studies.projects import BALANCED, FINAL, HASH, Project

_FAILURES = (Transient, Conflict, CellsInvalid, BotoCoreError, ClientError)


@dataclass(frozen=True)
class Assigner:
    """Assigns groups and conditions.

    Attributes:
        pages: names the pages of a version.
        balance: the cells of balanced studies.
    """

    pages: Pages
    balance: BalanceStore

    def assign(self, project: Project, user_id: str) -> Assignment:
        """Return what a new participant gets.

        If the cells of a balanced study cannot be written, the participant is served by hash, and
        their record says so (`assignedBy`).
        """
        hashed = Assignment(by_hash(project, user_id))
        if project.assignment != BALANCED:
            return hashed
        counts = self._counts(project)
        if not project.conditions and not counts:
            return hashed
        try:
            return self.balance.assign(project, counts, user_id)
        except _FAILURES as error:
            logger.error("the balance was not written; the participant is assigned by hash", exc_info=error)
            return Assignment(hashed.conditions, by=HASH)

    def count(self, before: Participant | None, after: Participant) -> None:
        """Count a participant who reaches the end, or give their place back after an exit.

        Called before the record is written, and harmless to repeat. If it fails, the place is given
        back after the study's time, and the participant is missing in the balance.
        """
        ends = after.position >= FINAL and (before is None or before.position < FINAL)
        if after.assigned_by != BALANCED or not ends:
            return
        try:
            if after.outcome is None:
                cell = cell_name(after.conditions, after.groups)
                self.balance.finish(after.project_id, after.user_id, cell)
            else:
                self.balance.leave(after.project_id, after.user_id)
        except _FAILURES as error:
            logger.error("the end of a participant was not counted in the balance", exc_info=error)

    def groups_of(self, participant: Participant, project: Project) -> dict[int, int]:
        """Return number of groups → the participant's group, for each number that a step has.

        Empty for a study without a stored list of its pages: one that a script registered.
        """
        assigned = participant.assigned(project)
        return {count: assigned.group_of(count) for count in self._counts(project)}

    def _counts(self, project: Project) -> tuple[int, ...]:
        return group_counts(project, self.pages.names(project.id, project.version) or ())
