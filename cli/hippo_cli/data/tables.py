"""The two tables of an export: one row for each field of each answer, and one for each participant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from hippo_cli.data.journeys import Answer, Journey
from hippo_cli.data.records import writable
from hippo_gym.participants.pages import group
from hippo_gym.studies.projects import FINAL, step_name

Kind = Literal["text", "time", "number", "whole", "truth"]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """A column: its name, what its values are, and what they tell."""

    name: str
    kind: Kind
    about: str


ANSWERS: Final = (
    Column("project", "text", "the study's id"),
    Column("participant", "text", "the participant's id"),
    Column("group", "whole", "the participant's group at this step, from 0 on; empty at a step that all see alike"),
    Column("groups", "whole", "how many groups the step makes; empty likewise"),
    Column("version", "text", "the version of the study that the participant began with; empty if it had none"),
    Column("step", "text", "the step's number, or finalStep"),
    Column("file", "text", "what the study has at this step: a page's file, or game"),
    Column("page", "text", "the file that this participant was shown: the variant of their group"),
    Column("requested_at", "time", "when the step's page was first served to them, UTC"),
    Column("answered_at", "time", "when the answer came, UTC"),
    Column("seconds", "number", "from one to the other; empty for an answer that did not complete the step"),
    Column("request", "whole", "the place of the answer among the participant's requests, from 0 on"),
    Column(
        "field", "text", "the form field's name; empty for an answer without fields, and for a field without a name"
    ),
    Column("value", "text", "what was answered: text as it came, anything else as JSON; empty if there is nothing"),
    Column("accepted", "truth", "it completed the step; false for one that came twice, too late, or on the final step"),
    Column("step_derived", "truth", "the old system took the answer and did not note the step: it was worked out"),
)

HEADERS: Final = (
    Column("headers", "text", "the request's headers, as JSON"),
    Column("context", "text", "what else was noted of the request, such as the IP address, as JSON"),
)
"""Further columns of the answers, if personal headers are asked for."""

PARTICIPANTS: Final = (
    Column("project", "text", "the study's id"),
    Column("participant", "text", "the participant's id"),
    Column("sent_as", "text", "their id as their browser first spelled it"),
    Column("version", "text", "the version of the study that they began with; empty if it had none"),
    Column("group", "whole", "their group at the first step that makes groups; empty if none does"),
    Column("groups", "whole", "how many groups that step makes"),
    Column("other_groups", "text", "their group where a step makes another number of groups, such as '1 of 3'"),
    Column("created", "time", "when they came, UTC"),
    Column("last_heard", "time", "when they last sent or fetched something, UTC"),
    Column("outcome", "text", "finished; in progress; left: not heard of for 24 hours; or the exit that they took"),
    Column("last_step", "text", "the step that they are at: its number, or finalStep"),
    Column("last_file", "text", "what the study has there"),
    Column("ended_at", "time", "when they came to the end, or took an exit, UTC"),
    Column("seconds", "number", "from their first request to the end, or to their last request"),
    Column("seconds_waited", "number", "from coming to a game to its being shown: their wait for the server"),
    Column("requests", "whole", "how many requests were kept"),
    Column("answers", "whole", "how many steps they completed by an answer"),
    Column("answers_not_accepted", "whole", "how many answers came twice, too late, or on the final step"),
    Column("sessions", "whole", "how many servers were asked for on their behalf; empty in old records"),
    Column("old_system", "truth", "they began under the old system, whose groups are not known"),
)


def answers_of(journey: Journey, project_id: str, *, every: bool, with_headers: bool) -> Iterator[Row]:
    """Yield the rows of a participant's answers.

    Args:
        journey: theirs.
        project_id: the study's.
        every: those that did not complete a step, too.
        with_headers: with the further columns of `HEADERS`.
    """
    for answer in journey.answers:
        if not (answer.accepted or every):
            continue
        before = (project_id, journey.record.user_id, *_step(journey, answer))
        before += (answer.requested_at, answer.entry.at, answer.seconds, answer.entry.index)
        after: Row = (answer.accepted, answer.is_derived)
        if with_headers:
            after += (_json(answer.entry.stored.get("headers")), _json(answer.entry.stored.get("requestContext")))
        for name, value in answer.fields:
            yield (*before, name, value, *after)


def participant_of(journey: Journey, project_id: str, now: datetime) -> Row:
    """Return a participant's row.

    Args:
        journey: theirs.
        project_id: the study's.
        now: the time, which tells who has left.
    """
    record, position = journey.record, journey.position
    accepted = sum(answer.accepted for answer in journey.answers)
    return (
        project_id,
        record.user_id,
        record.sent_as,
        record.version,
        *groups_of(journey),
        record.created or journey.started,
        journey.last_heard,
        record.exit or journey.outcome(now).value,
        None if position is None else step_name(position),
        None if position is None else journey.file_at(position),
        journey.ended_at,
        journey.seconds,
        journey.seconds_waited,
        len(record.entries),
        accepted,
        len(journey.answers) - accepted,
        record.sessions,
        journey.began_before,
    )


def groups_of(journey: Journey) -> tuple[int | None, int | None, str | None]:
    """Return a participant's group, of how many, and their further groups in words.

    Those who began under the old system have none here: it drew groups by another rule.
    """
    numbers = group_numbers(journey)
    if not numbers:
        return None, None, None
    (groups, first), *others = numbers
    return first, groups, "; ".join(f"{number} of {count}" for count, number in others) or None


def group_numbers(journey: Journey) -> tuple[tuple[int, int], ...]:
    """Return each number of groups that some step makes, with the participant's own among so many."""
    counts = () if journey.began_before else journey.design.group_counts
    return tuple((count, group(journey.record.user_id, count)) for count in counts)


def _step(journey: Journey, answer: Answer) -> Row:
    """Return the columns from `group` to `page`."""
    position, record, design = answer.position, journey.record, journey.design
    if position is None:
        return (None, None, record.version, None, None, None)
    is_exit = position >= FINAL and record.exit is not None
    files = None if answer.is_derived or is_exit else design.files_at(position)
    name = journey.file_at(position)
    if files is None:
        return (None, None, record.version, step_name(position), name, None)
    number = files.group_of(record.user_id)
    groups = None if number is None else files.groups
    return (number, groups, record.version, step_name(position), name, files.page_of(record.user_id))


def _json(value: Any) -> str | None:
    return None if value is None else writable(json.dumps(value, ensure_ascii=False))
