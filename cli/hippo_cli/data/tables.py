"""The two tables of an export: fields of answers, and participants."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from hippo_cli.data.journeys import Answer, Journey
from hippo_cli.data.records import writable
from hippo_gym.studies.projects import FINAL, step_name

Kind = Literal["text", "time", "number", "whole", "truth", "numbers"]
"""`numbers` is a flat list of numbers."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Column:
    """A column: its name, the type of its values, and its description."""

    name: str
    kind: Kind
    about: str


ANSWERS: Final = (
    Column("project", "text", "the study's id"),
    Column("participant", "text", "the participant's id"),
    Column("group", "whole", "the participant's group at this step, counted from 0; empty at a step without groups"),
    Column("groups", "whole", "the number of groups of this step; empty at a step without groups"),
    Column("version", "text", "the version of the study that the participant began with; empty if the study had none"),
    Column("step", "text", "the step's number, or finalStep"),
    Column("file", "text", "the content of this step: a page's file, or game"),
    Column("page", "text", "the file that this participant saw: the variant of their group"),
    Column("requested_at", "time", "when the participant first got the step's page, UTC"),
    Column("answered_at", "time", "when the participant sent the answer, UTC"),
    Column(
        "seconds",
        "number",
        "the time from requested_at to answered_at; empty for an answer that did not complete the step",
    ),
    Column("request", "whole", "the index of the answer among the participant's requests, counted from 0"),
    Column(
        "field", "text", "the form field's name; empty for an answer without fields, and for a field without a name"
    ),
    Column("value", "text", "the answer: text unchanged, anything else as JSON; empty if there is none"),
    Column(
        "accepted", "truth", "the answer completed the step; false if it was sent twice, too late, or on the final step"
    ),
    Column("step_derived", "truth", "the old system stored the answer without its step, which was derived"),
)

HEADERS: Final = (
    Column(
        "headers",
        "text",
        "what the record keeps of the request's headers (keepAddresses, keepBrowser), as JSON; more in old records",
    ),
    Column("context", "text", "other data of the request, as JSON; in records of the old system also the IP address"),
)
"""More columns of the answers, with --with-headers."""

PARTICIPANTS: Final = (
    Column("project", "text", "the study's id"),
    Column("participant", "text", "the participant's id"),
    Column("sent_as", "text", "the participant's id as their browser first spelled it"),
    Column(
        "version",
        "text",
        "the version of the study that the participant began with; empty if the study had no versions",
    ),
    Column("group", "whole", "the participant's group at the first step with groups; empty if no step has groups"),
    Column("groups", "whole", "the number of groups of that step"),
    Column("other_groups", "text", "the participant's group at steps with another number of groups, such as '1 of 3'"),
    Column("created", "time", "when the participant began, UTC"),
    Column("last_heard", "time", "the time of the participant's last request, UTC"),
    Column(
        "outcome",
        "text",
        "finished; in progress; left: no request for 24 hours; screenedOut: their device does not meet requires; or "
        "the name of the exit that the participant took",
    ),
    Column("last_step", "text", "the participant's current step: its number, or finalStep"),
    Column("last_file", "text", "the content of that step"),
    Column("ended_at", "time", "when the participant reached the end, or took an exit, UTC"),
    Column("seconds", "number", "the time from the first request to the end, or to the last request"),
    Column("seconds_waited", "number", "the wait for the server: from reaching the game until it was shown"),
    Column("requests", "whole", "the number of stored requests"),
    Column("answers", "whole", "the number of steps completed by an answer"),
    Column("answers_not_accepted", "whole", "the number of answers sent twice, too late, or on the final step"),
    Column("sessions", "whole", "the number of servers requested for the participant; empty in old records"),
    Column("old_system", "truth", "the participant began under the old system, whose groups are unknown"),
    Column(
        "assigned_by",
        "text",
        "in a balanced study: balanced, or hash if the balance could not be written when the participant began",
    ),
    Column(
        "device",
        "text",
        "in a study with requires: what the page measured of the device, as JSON; empty for a client that measures "
        "nothing",
    ),
)


def condition_columns(names: Sequence[str]) -> tuple[Column, ...]:
    """Return a column for each condition; the last columns of both tables."""
    about = "the participant's value of the condition {}; empty if their version of the study did not have it"
    return tuple(Column(f"condition_{name}", "text", about.format(name)) for name in names)


def answers_of(
    journey: Journey, project_id: str, *, every: bool, with_headers: bool, conditions: Sequence[str] = ()
) -> Iterator[Row]:
    """Yield the rows of a participant's answers.

    Args:
        journey: the participant's way.
        project_id: the study's id.
        every: include answers that did not complete a step.
        with_headers: include the columns of `HEADERS`.
        conditions: the names of the study's conditions.
    """
    values = _values(journey, conditions)
    for answer in journey.answers:
        if not (answer.accepted or every):
            continue
        before = (project_id, journey.record.user_id, *_step(journey, answer))
        before += (answer.requested_at, answer.entry.at, answer.seconds, answer.entry.index)
        after: Row = (answer.accepted, answer.is_derived)
        if with_headers:
            after += (_json(answer.entry.stored.get("headers")), _json(answer.entry.stored.get("requestContext")))
        for name, value in answer.fields:
            yield (*before, name, value, *after, *values)


def participant_of(journey: Journey, project_id: str, now: datetime, conditions: Sequence[str] = ()) -> Row:
    """Return a participant's row.

    Args:
        journey: the participant's way.
        project_id: the study's id.
        now: the time of the export; decides who counts as having left.
        conditions: the names of the study's conditions.
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
        record.assigned_by,
        _json(record.device),
        *_values(journey, conditions),
    )


def _values(journey: Journey, conditions: Sequence[str]) -> Row:
    own = journey.record.conditions
    return tuple(own.get(name) for name in conditions)


def groups_of(journey: Journey) -> tuple[int | None, int | None, str | None]:
    """Return a participant's group, the number of groups, and their other groups as text.

    Participants of the old system have no groups here: it assigned groups by another rule.
    """
    numbers = group_numbers(journey)
    if not numbers:
        return None, None, None
    (groups, first), *others = numbers
    return first, groups, "; ".join(f"{number} of {count}" for count, number in others) or None


def group_numbers(journey: Journey) -> tuple[tuple[int, int], ...]:
    """Return each number of groups that a step has, with the participant's group."""
    counts = () if journey.began_before else journey.design.group_counts
    return tuple((count, journey.assigned.group_of(count)) for count in counts)


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
    number = files.group_of(journey.assigned)
    groups = None if number is None else files.groups
    return (number, groups, record.version, step_name(position), name, files.page_of(journey.assigned))


def _json(value: Any) -> str | None:
    return None if value is None else writable(json.dumps(value, ensure_ascii=False))
