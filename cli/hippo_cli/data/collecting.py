"""Reads the data of a report: every participant's way and every ended server, in a compact form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from hippo_cli.data import fetching, preferences, records, tables
from hippo_cli.data.designs import Design, Designs
from hippo_cli.data.exporting import Progress
from hippo_cli.data.journeys import Journey, Outcome, follow, seconds_between
from hippo_cli.data.records import RecordUnreadable
from hippo_cli.data.studies import check_exists, record_prefix
from hippo_common.parallel import in_parallel
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.sessions.model import Session
from hippo_gym.sessions.store import SessionRecordInvalid, SessionStore
from hippo_gym.storage.bucket import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ENDED: Final = "_sessions/ended/"


@dataclass(frozen=True)
class Pause:
    """A participant's time at one step, None if they are still there; and the wait for its game."""

    position: int
    seconds: float | None
    waited: float | None


@dataclass(frozen=True)
class Person:
    """A participant, as a report counts them.

    Attributes:
        design: the version of the study that they began with.
        exit: the name of the exit that they took, if any.
        position: the step at which they are, left the study, or took the exit.
        groups: number of groups → their group.
        conditions: condition → their value.
        assigned_by: how a balanced study assigned them; None in other studies.
        unreachable: their page could not connect to a server.
        judged: the pairs of clips that they were shown.
    """

    design: Design
    outcome: Outcome
    exit: str | None
    position: int | None
    started: datetime | None
    seconds: float | None
    waited: float | None
    groups: tuple[tuple[int, int], ...]
    pauses: tuple[Pause, ...]
    conditions: Mapping[str, str] = field(default_factory=dict)
    assigned_by: str | None = None
    unreachable: bool = False
    judged: tuple[preferences.Judged, ...] = ()


@dataclass(frozen=True)
class Collected:
    """The data of a report.

    Attributes:
        unreadable: how many records of participants and servers could not be read.
        problems: other messages for the researcher.
        left_out: ids of participants who were left out, because they are tests.
        every_session: the ended servers, with those of the participants who were left out.
    """

    project_id: str
    name: str
    current: Design
    people: Sequence[Person]
    sessions: Sequence[Session]
    unreadable: int
    problems: Sequence[str]
    left_out: frozenset[str] = frozenset()
    every_session: Sequence[Session] = ()


TESTS: Final = ("test-*",)
"""Patterns of the ids of participants who are tests: those of `hippo rehearse`, and yours."""


def is_test(user_id: str, patterns: Sequence[str]) -> bool:
    """Return whether a participant is a test: their id fits one of the patterns, in any case of letters."""
    return any(fnmatchcase(user_id.lower(), pattern.lower()) for pattern in patterns)


def collect(
    s3: S3Client, bucket: str, project_id: str, now: datetime, progress: Progress, tests: Sequence[str] = TESTS
) -> Collected:
    """Read a study's participant records and the records of its ended servers.

    tests: patterns of the ids of participants to leave out.

    Raises:
        HippoError: the study does not exist.
    """
    designs = Designs(s3, bucket, project_id)
    found = fetching.listed(s3, bucket, record_prefix(project_id))
    every = [one.key for one in found if not one.key.endswith("/")]
    check_exists(designs, project_id, has_data=bool(every))
    ids = {key: key.removeprefix(record_prefix(project_id)) for key in every}
    left_out = frozenset(user for user in ids.values() if is_test(user, tests))
    keys = [key for key in every if ids[key] not in left_out]
    people, faults = _people(s3, bucket, project_id, keys, designs, now, progress)
    sessions, more = _sessions(s3, bucket, project_id, progress)
    current = designs.current
    return Collected(
        project_id=project_id,
        name=current.project.name,
        current=current,
        people=people,
        sessions=[session for session in sessions if not is_test(session.user_id, tests)],
        every_session=sessions,
        left_out=left_out,
        unreadable=faults + more,
        problems=tuple(dict.fromkeys(designs.problems)),
    )


def _people(
    s3: S3Client,
    bucket: str,
    project_id: str,
    keys: Sequence[str],
    designs: Designs,
    now: datetime,
    progress: Progress,
) -> tuple[list[Person], int]:
    people: dict[str, Person] = {}
    continued: set[str] = set()
    faults = 0
    with progress("Reading the participants", len(keys)) as advance:
        for found in in_parallel(lambda key: fetching.fetched(s3, bucket, key), keys):
            advance(1)
            if found is None:
                continue
            try:
                record = records.read(found.key.removeprefix(record_prefix(project_id)), found.body)
            except RecordUnreadable:
                faults += 1
                continue
            if record.continues is not None:
                continued.add(record.continues)
            people[found.key] = _person(follow(record, designs.of(record.version)), now)
    return [person for key, person in people.items() if key not in continued], faults


def _person(journey: Journey, now: datetime) -> Person:
    return Person(
        design=journey.design,
        outcome=journey.outcome(now),
        exit=journey.record.exit,
        position=journey.furthest,
        started=journey.started,
        seconds=journey.seconds,
        waited=journey.seconds_waited,
        groups=tables.group_numbers(journey),
        pauses=tuple(
            Pause(stay.position, stay.seconds if stay.is_over else None, seconds_between(stay.arrived, stay.shown))
            for stay in journey.stays
        ),
        conditions=journey.record.conditions,
        assigned_by=journey.record.assigned_by,
        unreachable=journey.record.unreachable,
        judged=tuple(pair for answer in journey.answers if answer.accepted for pair in preferences.judged(answer)),
    )


def _sessions(s3: S3Client, bucket: str, project_id: str, progress: Progress) -> tuple[list[Session], int]:
    sessions = SessionStore(Bucket(s3, bucket), SystemClock())
    ids = [
        one.key.rpartition("/")[2].removesuffix(".json")
        for one in fetching.listed(s3, bucket, f"{_ENDED}{project_id}/")
        if one.key.endswith(".json")
    ]

    def read(session_id: str) -> Session | SessionRecordInvalid | None:
        try:
            return sessions.ended(project_id, session_id)
        except (SessionRecordInvalid, ValueError) as error:
            return SessionRecordInvalid(str(error))

    found: list[Session] = []
    faults = 0
    with progress("Reading the records of servers", len(ids)) as advance:
        for session in in_parallel(read, ids):
            advance(1)
            faults += isinstance(session, SessionRecordInvalid)
            if isinstance(session, Session):
                found.append(session)
    return found, faults
