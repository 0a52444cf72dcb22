"""Admits new participants, and counts them where the study limits their number.

A participant counts from their first answer (studies/enrolment.py holds the counts, the
participant's record whether it counts them):

    visiting  came, and answered nothing: takes no room
    held      answered one page: counts until the study's `enrolmentTimeout`
    counted   answered a second page, or reached the end: counts for good; who got a code instead
              of a game keeps their state

So visits fill no study, and single answers fill it for the time-out only. A participant costs
one read at the first visit, and a read and a write at the first and second answer, however many came
before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from hippo_gym.participants import pages
from hippo_gym.participants.records import Enrolled, Enrolment, Participant
from hippo_gym.runtime.clock import Clock
from hippo_gym.studies.devices import SCREENED_OUT
from hippo_gym.studies.enrolment import Limit, RosterStore
from hippo_gym.studies.exits import SERVER_FAILED
from hippo_gym.studies.projects import FINAL, Project, UnknownProject


class EnrolmentRefused(Exception):
    """A participant is not admitted; `page` shows them why."""

    def __init__(self, notice: str, page: str) -> None:
        super().__init__(notice)
        self.notice = notice
        self.page = page


@dataclass(frozen=True)
class Enroller:
    """Admits participants.

    Every method raises, besides what it names:
        RosterInvalid: a stored count cannot be read.
        Transient: other requests changed the count first each time.
    """

    rosters: RosterStore
    clock: Clock

    def admit(self, project: Project) -> Enrolment | None:
        """Return the enrolment of a new participant; None in a study without a limit.

        Raises:
            UnknownProject: the study takes no new participants. Old clients show an error for it.
            EnrolmentRefused: the study is not open, has closed, or is full.
        """
        if not project.live:
            raise UnknownProject(f"project {project.id!r} takes no new participants")
        enrolment, now = project.enrolment, self.clock.now()
        if enrolment.opens_at is not None and now < enrolment.opens_at:
            raise EnrolmentRefused("notOpen", pages.not_open(project.wording, enrolment.opens_at))
        if enrolment.closes_at is not None and now >= enrolment.closes_at:
            raise EnrolmentRefused("closed", pages.closed(project.wording))
        limit = _limit(project)
        if limit is None:
            return None
        if not self.rosters.has_room(project.id, limit):
            raise _full(project)
        return Enrolment(Enrolled.VISITING)

    def advance(self, project: Project, before: Participant, after: Participant) -> Participant:
        """Count a participant who completes a step; a repetition counts them once.

        Called before messages are published and before the record is written.

        Args:
            project: the study as it is now.
            before: the stored record.
            after: the record to be written.

        Raises:
            EnrolmentRefused: the study has become full. Nothing may be written.
        """
        limit, enrolment = _limit(project), before.enrolment
        stays = project.at_or_after(before.position) >= after.position or after.outcome == SERVER_FAILED
        if stays or limit is None or enrolment is None or enrolment.state is Enrolled.COUNTED:
            return after
        if project.requires is not None and after.outcome == SCREENED_OUT:
            return after  # takes no place
        if enrolment.state is Enrolled.HELD or after.position >= FINAL:
            if not self.rosters.count(project.id, after.user_id, limit, enrolment.since):
                raise _full(project)
            return replace(after, enrolment=Enrolment(Enrolled.COUNTED))
        since = self.rosters.hold(project.id, after.user_id, limit)
        if since is None:
            raise _full(project)
        return replace(after, enrolment=Enrolment(Enrolled.HELD, since))


def _limit(project: Project) -> Limit | None:
    most = project.enrolment.most_participants
    return None if most is None else Limit(most, timedelta(minutes=project.enrolment_timeout))


def _full(project: Project) -> EnrolmentRefused:
    return EnrolmentRefused("full", pages.full(project.wording))
