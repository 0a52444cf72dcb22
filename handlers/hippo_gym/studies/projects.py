"""Projects: the entries of the master list, as the handlers use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import prod
from typing import Any, Final

from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import from_text
from hippo_gym.runtime.errors import ParticipantError, ResearcherError
from hippo_gym.runtime.kept_headers import NOT_CHOSEN, Chosen, chosen
from hippo_gym.runtime.schemas import Fault
from hippo_gym.studies import devices, warm
from hippo_gym.studies.exits import Completion, Exit
from hippo_gym.studies.wording import Wording, wording_of

MASTER_LIST_KEY = "project_master_list.json"
GAME: Final = "game"
FINAL_STEP: Final = "finalStep"
COMPARISON: Final = "<!-- hippo:compare "
"""The beginning of a page with pairs of clips (comparisons.py)."""

FINAL: Final = 1_000_000
"""The position of `finalStep`: behind every number that the schema allows."""

HASH: Final = "hash"
BALANCED: Final = "balanced"
BY_STUDY: Final = "study"
"""The value of `groupsBy` of a study whose groups do not repeat those of other studies."""

OPEN: Final = "open"
BOUND: Final = "bound"
SIGNED: Final = "signed"
"""Values of `access`: what proves that a request is the participant's (participants/access.py)."""

ASSIGNMENT_TIMEOUT: Final = 120
"""Default minutes until a balanced study gives a participant's place back."""

DEFAULT_PORT: Final = 5000
"""The port of a study's servers."""

ENROLMENT_TIMEOUT: Final = 120
"""Default minutes after which a participant with one answer only does not count any more."""

MAX_SERVERS: Final = 6
"""Default number of servers of one participant within 24 hours."""

IDLE_TIMEOUT: Final = 10
"""Default minutes without a participant after which a server ends."""

MAX_CELLS: Final = 100
"""Limit of the combinations of conditions in a balanced study."""


class UnknownProject(ParticipantError):
    """No project of this id is registered, or it takes no new participants."""


class MasterListInvalid(ResearcherError):
    """The master list cannot be read; the text says where and why."""


class ProjectInvalid(ResearcherError):
    """The project's entry breaks the schema; the text lists every fault."""


@dataclass(frozen=True)
class EnrolmentWindow:
    """When a study admits new participants, and how many; None: no limit."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    most_participants: int | None = None


@dataclass(frozen=True)
class Project:
    """One valid entry of the master list.

    Attributes:
        steps: number → page file or `GAME`, without steps set to null.
        final_page: the file of the last page, or None.
        start_step, stop_step: the registered numbers, or None; with `requires` the start is after the first step.
        stop_delay: minutes between the stop step and the stop.
        max_runtime: minutes, or None for the deployment's limit.
        task_definition: ECS family or family:revision, or None.
        version: the study's version (versions.py), or None if it was registered without one.
        max_sessions: how many of its servers may run at the same time; None: the deployment's
            limit.
        exits: answers that end the study early.
        progress: labels by position, None: not shown. conditions: condition → its values.
        assignment: how new participants get groups and conditions: `hash` or `balanced`.
        assignment_timeout: minutes until a balanced study gives a participant's place back.
        groups_by_study: groups do not repeat those of other studies.
        access: what proves that a request is the participant's: `OPEN`, `BOUND` or `SIGNED`.
        style: address of a style sheet for every page, or None.
        assets: digest of the files in its folder `assets`, or None.
        enrolment_timeout: minutes after which a participant with one answer only does not count.
        max_servers: servers of one participant within 24 hours, in a study with one game.
        idle_timeout: minutes without a participant after which a server ends; None: never.
        keep: what records keep of addresses and browsers.
        requires: what the participants' devices must have, or None.
        wording: how the study speaks to its participants.
        warm: how many servers are started ahead of participants, and when.
        updated_at: when the entry was written, or None.
    """

    id: str
    name: str
    live: bool
    researcher: str | None
    steps: Mapping[int, str]
    final_page: str | None
    start_step: int | None
    stop_step: int | None
    stop_delay: int
    max_runtime: int | None
    task_definition: str | None
    capacity: str
    port: int
    version: str | None = None
    max_sessions: int | None = None
    exits: tuple[Exit, ...] = ()
    completion: Completion = field(default_factory=Completion)
    enrolment: EnrolmentWindow = field(default_factory=EnrolmentWindow)
    progress: Mapping[int, str] | None = field(default_factory=dict)
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assignment: str = HASH
    assignment_timeout: int = ASSIGNMENT_TIMEOUT
    groups_by_study: bool = False
    access: str = OPEN
    style: str | None = None
    assets: str | None = None
    enrolment_timeout: int = ENROLMENT_TIMEOUT
    max_servers: int = MAX_SERVERS
    idle_timeout: int | None = IDLE_TIMEOUT
    keep: Chosen = NOT_CHOSEN
    requires: devices.Requires | None = None
    wording: Wording = field(default_factory=Wording)
    warm: tuple[warm.WarmWindow, ...] = ()
    updated_at: str | None = None

    @property
    def servers_allowed(self) -> int:
        """Return how many servers one participant may get within 24 hours; each game may need one."""
        games = sum(map(self.is_game, self.steps))
        return self.max_servers + max(games - 1, 0)

    @property
    def salt(self) -> str | None:
        """Return the salt of the study's groups (`assignment.group`)."""
        return self.id if self.groups_by_study else None

    def page(self, position: int, outcome: str | None = None) -> str | None:
        """Return a position's page file, or `GAME`; None for a final step without a page.

        outcome: of the exit that the participant took; its page replaces the last one.
        """
        if position < FINAL:
            return self.steps[position]
        return next((each.page for each in self.exits if each.outcome == outcome), self.final_page)

    def exit_at(self, position: int, answers: Mapping[str, Any]) -> Exit | None:
        """Return the first exit to which an answer at this position leads, or None."""
        return next((each for each in self.exits if each.step == position and each.is_taken_by(answers)), None)

    def place_of(self, position: int) -> tuple[int, int]:
        """Return the position's rank from 1 and the number of steps, both with the last page."""
        numbers = sorted(self.steps)
        return sum(number < position for number in numbers) + 1, len(numbers) + 1

    def after(self, position: int) -> int:
        """Return the next position; `FINAL` after the last number and after `FINAL`."""
        return min((number for number in self.steps if number > position), default=FINAL)

    def at_or_after(self, position: int) -> int:
        """Return `position` if the project has it, else the next one.

        A researcher may have removed steps.
        """
        return position if position in self.steps else self.after(position)

    def is_game(self, position: int) -> bool:
        """Return whether the step at this position is a game."""
        return self.steps.get(position) == GAME

    def wants_server(self, position: int) -> bool:
        """Return whether a participant at this position should have a server.

        Always at a game. Otherwise from the start step up to, not including, the stop step. A stop
        step that is not after both the start step and the next game would end the server unused;
        the position after both then replaces it. Without a stop step, the server stops at the final
        step.
        """
        if self.is_game(position):
            return True
        if self.start_step is None or position >= FINAL:
            return False
        start = self.at_or_after(self.start_step)
        game = min((number for number in self.steps if number >= start and self.is_game(number)), default=start)
        used = self.after(game)
        stop = max(used, FINAL if self.stop_step is None else self.at_or_after(self.stop_step))
        return start <= position < stop

    def stop_delay_at(self, position: int) -> int:
        """Return the delay in minutes of a stop message that is published at this position.

        It is 0 if another game follows: that game gets a new server, and a participant has one at a
        time.
        """
        follows = any(number >= position and self.is_game(number) for number in self.steps)
        return 0 if follows else self.stop_delay


def step_name(position: int) -> str:
    """Return the name of a position in URLs and records: "3", or "finalStep"."""
    return FINAL_STEP if position >= FINAL else str(position)


def step_position(name: str) -> int | None:
    """Return the position of a name in a URL or record; None if it names none."""
    if name == FINAL_STEP:
        return FINAL
    # Check the length first: int() raises on more than 4,300 digits.
    is_number = len(name) <= len(str(FINAL)) and name.isascii() and name.isdigit()
    return int(name) if is_number and 0 < int(name) < FINAL else None


def entry_faults(entry: Any) -> tuple[Fault, ...]:
    """Return every fault of an entry: of the schema, of its times, and of too many cells."""
    found = schemas.faults(schemas.PROJECT, entry)
    if found:
        return found
    times: dict[str, datetime] = {}
    wrong: list[Fault] = list(devices.faults(entry))
    for key in ("opensAt", "closesAt"):
        try:
            times |= {key: from_text(entry[key])} if key in entry else {}
        except ValueError:
            wrong.append(Fault(key, json.dumps(entry[key]), "a time that exists, such as 2026-12-01T08:00:00+01:00"))
    if len(times) == 2 and times["opensAt"] >= times["closesAt"]:
        wrong.append(Fault("closesAt", json.dumps(entry["closesAt"]), f"a time after opensAt, {entry['opensAt']}"))
    combinations = prod(len(values) for values in entry.get("conditions", {}).values())
    if entry.get("assignment") == BALANCED and combinations > MAX_CELLS:
        allowed = f"at most {MAX_CELLS} combinations of their values in a balanced study"
        wrong.append(Fault("conditions", f"{combinations} combinations", allowed))
    return (*wrong, *warm.faults(entry))


def from_entry(entry: Mapping[str, Any]) -> Project:
    """Read an entry of the master list; ProjectInvalid names every fault."""
    found = entry_faults(entry)
    if found:
        listed = "; ".join(str(fault) for fault in found)
        raise ProjectInvalid(f"the entry of project {entry.get('id')!r} in {MASTER_LIST_KEY} is not valid: {listed}")
    events = entry["events"]
    steps = {int(key): file for key, file in entry["steps"].items() if key != FINAL_STEP and file is not None}
    return Project(
        id=entry["id"],
        name=entry["name"],
        live=entry["live"] is not False,
        researcher=entry["researcher"],
        steps=dict(sorted(steps.items())),
        final_page=entry["steps"].get(FINAL_STEP),
        start_step=devices.start_step(entry),
        stop_step=_whole(events["stopServerStep"]),
        stop_delay=int(events.get("stopDelay", 0)),
        max_runtime=_whole(entry["maxRuntime"]),
        task_definition=entry["ecsTask"],
        capacity=entry.get("capacity", "spot-then-on-demand"),
        port=int(entry.get("port", DEFAULT_PORT)),
        version=entry.get("version"),
        max_sessions=_whole(entry.get("maxSessions")),
        exits=tuple(Exit.of(outcome, record) for outcome, record in entry.get("exits", {}).items()),
        completion=Completion(**entry.get("completion", {})),
        enrolment=EnrolmentWindow(
            _time(entry.get("opensAt")), _time(entry.get("closesAt")), _whole(entry.get("mostParticipants"))
        ),
        progress=_progress(entry.get("progress", {})),
        conditions={name: tuple(values) for name, values in sorted(entry.get("conditions", {}).items())},
        assignment=entry.get("assignment", HASH),
        assignment_timeout=int(entry.get("assignmentTimeout", ASSIGNMENT_TIMEOUT)),
        groups_by_study=entry.get("groupsBy") == BY_STUDY,
        access=entry.get("access", OPEN),
        style=entry.get("style"),
        assets=entry.get("assets"),
        enrolment_timeout=int(entry.get("enrolmentTimeout", ENROLMENT_TIMEOUT)),
        max_servers=int(entry.get("maxServersPerParticipant", MAX_SERVERS)),
        idle_timeout=_whole(entry.get("idleTimeout", IDLE_TIMEOUT)),
        keep=chosen(entry),
        requires=devices.required(entry),
        wording=wording_of(entry),
        warm=warm.read(entry.get("warm", 0)),
        updated_at=entry.get("updatedAt"),
    )


def _progress(labels: Mapping[str, str] | bool) -> Mapping[int, str] | None:
    if isinstance(labels, bool):
        return None
    positions = {step_position(name): label for name, label in labels.items()}
    return {position: label for position, label in positions.items() if position is not None}


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def _whole(value: float | None) -> int | None:
    """Return an int: JSON Schema accepts 30.0 as an integer."""
    return None if value is None else int(value)
