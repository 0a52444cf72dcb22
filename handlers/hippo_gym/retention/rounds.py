"""A turn of the retention: it looks at one page of one study, and removes what is due there.

The sweeper makes a turn after each sweep. Its cost is one page, at most; in the time between two
rounds it is one call.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.retention.looking import Look, Page
from hippo_gym.retention.removing import OutOfTime, Remover
from hippo_gym.retention.schedule import KEY, Due, Progress, from_json, next_place, retentions, study_at, to_json
from hippo_gym.runtime.errors import Conflict, HippoGymError
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import UNMEASURED, Meter, Metric
from hippo_gym.storage.bucket import StoredObject
from hippo_gym.studies.master_list import parse_master_list
from hippo_gym.studies.projects import MASTER_LIST_KEY

_SECONDS: Final = 8.0
"""No turn begins with fewer seconds left, and none removes in the last of them."""

_REMOVED: Final = 20
"""Participants whose removal may have begun at the same time."""


@dataclass
class Report:
    """What a turn did.

    Attributes:
        participants: whose data it removed.
        versions: versions of objects that it deleted.
        came_back: participants who used the study before their data was removed; it stays.
        faults: participants and pages that could not be handled; a later turn tries again.
        planned: in a dry run, what a turn would do, one line each.
    """

    participants: int = 0
    versions: int = 0
    came_back: int = 0
    faults: int = 0
    planned: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rounds:
    """Goes through the studies of one deployment.

    Attributes:
        default_days: the retention of studies that do not say; None: without end.
    """

    remover: Remover
    look: Look
    default_days: int | None = None
    meter: Meter = UNMEASURED

    def turn(self, seconds_left: Callable[[], float], *, dry_run: bool = False) -> Report:
        """Go on with removals that have begun, then look at one page; never raises what AWS or an object causes."""
        report = Report()
        left = _but(_SECONDS, seconds_left)
        if left() <= 0:
            return report
        try:
            self._turn(report, left, dry_run=dry_run)
        except Conflict:
            logger.warning("another sweep goes on with the retention at the same time")
        except (HippoGymError, BotoCoreError, ClientError) as error:
            logger.error("the retention could not go on", exc_info=error)
            report.faults += 1
        if not dry_run:
            self.meter.add(Metric.PARTICIPANTS_REMOVED, report.participants)
            if report.faults:  # the sweep itself counts its own
                self.meter.add(Metric.SWEEP_FAULTS, report.faults)
        return report

    def _turn(self, report: Report, left: Callable[[], float], *, dry_run: bool) -> None:
        bucket, now = self.remover.bucket, self.remover.clock.now()
        stored = bucket.get(KEY)
        before = _read(stored)
        progress = before.begin(now)
        if progress.place is None and not progress.removing:
            return
        progress, page = self._page(progress, left)
        if dry_run:
            report.planned += [f"participant {due.user_id} of {due.project_id}: remove" for due in progress.removing]
            report.planned += [f"{each.key}: delete a version without a participant" for each in page.versions]
            return
        # Written before the first deletion, so that the next turn goes on after a crash.
        etag = stored.etag if stored is not None else None
        if progress.removing or progress != before:
            etag = self._save(progress, etag)
        if page.versions:
            report.versions += self.remover.versions.delete(page.versions)
            logger.info("removed without a participant's record, after the retention", versions=len(page.versions))
        rest = self._remove_all(progress.removing, report, left)
        if rest != progress.removing:
            self._save(replace(progress, removing=rest), etag)

    def _page(self, progress: Progress, left: Callable[[], float]) -> tuple[Progress, Page]:
        """Return what is due on the next page, and the progress with it and behind the page."""
        place, now = progress.place, self.remover.clock.now()
        if place is None:
            return progress, Page()
        stored = self.remover.bucket.get(MASTER_LIST_KEY)
        studies = retentions([] if stored is None else parse_master_list(stored), self.default_days)
        found = study_at(place, studies)
        if found is None:
            return replace(progress, place=None), Page()
        study, here = found
        room = _REMOVED - len(progress.removing)
        if room <= 0:
            return progress, Page()  # first those of earlier turns
        page = self.look.at(study, here, now, left, room)
        begun = {(due.project_id, due.user_id) for due in progress.removing}
        new = [due for due in page.participants if (due.project_id, due.user_id) not in begun]
        return replace(progress, place=next_place(here, page.after), removing=(*progress.removing, *new)), page

    def _remove_all(self, removing: tuple[Due, ...], report: Report, left: Callable[[], float]) -> tuple[Due, ...]:
        """Remove participants' data; return those whose removal a later turn goes on with."""
        rest: list[Due] = []
        removed: Counter[str] = Counter()
        versions = 0
        for due in removing:
            if left() <= 0:
                rest.append(due)
                continue
            try:
                done = self.remover.remove(due, left)
            except OutOfTime:
                rest.append(due)
                continue
            except (HippoGymError, BotoCoreError, ClientError) as error:
                logger.error("a participant's data could not be removed", project_id=due.project_id, exc_info=error)
                report.faults += 1
                rest.append(due)
                continue
            versions += done.versions
            report.came_back += done.came_back
            removed[due.project_id] += not done.came_back
        report.participants += removed.total()
        report.versions += versions
        if removed.total():
            # Without ids: the log outlives the data.
            logger.info("removed after the retention", participants=dict(removed), versions=versions)
        return tuple(rest)

    def _save(self, progress: Progress, etag: str | None) -> str:
        bucket, value = self.remover.bucket, to_json(progress)
        return bucket.create_json(KEY, value) if etag is None else bucket.replace_json(KEY, value, etag)


def _read(stored: StoredObject | None) -> Progress:
    if stored is None:
        return Progress()
    try:
        return from_json(stored.json())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.error("the progress of the retention cannot be read; it begins again", key=KEY, exc_info=error)
        return Progress()


def _but(seconds: float, seconds_left: Callable[[], float]) -> Callable[[], float]:
    return lambda: seconds_left() - seconds
