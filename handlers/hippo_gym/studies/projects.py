"""Projects: the entries of the master list, as the handlers use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import from_text
from hippo_gym.runtime.errors import ParticipantError, ResearcherError
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.schemas import Fault
from hippo_gym.storage.bucket import StoredObject
from hippo_gym.studies import versions
from hippo_gym.studies.object_cache import ObjectCache

MASTER_LIST_KEY = "project_master_list.json"
GAME: Final = "game"
FINAL_STEP: Final = "finalStep"

FINAL: Final = 1_000_000
"""The position of `finalStep`: behind every number that the schema allows."""


class UnknownProject(ParticipantError):
    """No project of that id is registered, or it takes no new participants."""


class MasterListInvalid(ResearcherError):
    """The master list cannot be read; the text says where."""


class ProjectInvalid(ResearcherError):
    """The project's entry breaks the schema; the text holds every fault."""


@dataclass(frozen=True)
class Exit:
    """An answer that ends the study early.

    Attributes:
        outcome: its name, kept on the participant's record.
        step: where the answer is given.
        field, values: the form field that decides, and which of its values do.
        page: what the participant sees from then on.
    """

    outcome: str
    step: int
    field: str
    values: frozenset[str]
    page: str

    def is_taken_by(self, answers: Mapping[str, Any]) -> bool:
        """Tell whether a form's fields lead to this exit; a checkbox may be sent as true and false."""
        value = answers.get(self.field)
        if not isinstance(value, str | int | float):
            return False
        return (str(value).lower() if isinstance(value, bool) else str(value)) in self.values


@dataclass(frozen=True)
class Completion:
    """What participants take away: a code by outcome, and where they are sent back to."""

    codes: Mapping[str, str] = field(default_factory=dict)
    redirect: str | None = None

    def redirect_for(self, code: str | None, user_id: str, project_id: str) -> str | None:
        """Return the address with its placeholders filled in; None without one, or without the code that it needs."""
        if self.redirect is None or ("{code}" in self.redirect and code is None):
            return None
        filled = self.redirect
        for name, value in (("code", code or ""), ("userId", user_id), ("projectId", project_id)):
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        return filled


@dataclass(frozen=True)
class Doors:
    """When, and to how many, a study opens; None sets no bound."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    most_participants: int | None = None


@dataclass(frozen=True)
class Project:
    """One valid entry of the master list.

    Attributes:
        steps: number → page file or `GAME`; steps set to null are not in it.
        final_page: the file of the last page, or None.
        start_step, stop_step: the numbers registered, or None.
        stop_delay: minutes between the stop step and the stop.
        max_runtime: minutes, or None for the deployment's limit.
        task_definition: ECS family or family:revision, or None.
        version: the study's version (versions.py), or None if it was registered without.
        most_sessions: how many of its servers may run at once, or None for as many as the deployment allows.
        exits: answers that end the study early.
        progress: labels of positions; None shows no progress.
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
    most_sessions: int | None = None
    exits: tuple[Exit, ...] = ()
    completion: Completion = field(default_factory=Completion)
    doors: Doors = field(default_factory=Doors)
    progress: Mapping[int, str] | None = field(default_factory=dict)

    def page(self, position: int, outcome: str | None = None) -> str | None:
        """Return what stands at a position: a page file, `GAME`, or None for a final step without a page.

        Args:
            position: a step's.
            outcome: of an exit that the participant took; its page takes the place of the last one.
        """
        if position < FINAL:
            return self.steps[position]
        return next((each.page for each in self.exits if each.outcome == outcome), self.final_page)

    def exit_at(self, position: int, answers: Mapping[str, Any]) -> Exit | None:
        """Return the exit that an answer to a step takes, if any; the first one of several."""
        return next((each for each in self.exits if each.step == position and each.is_taken_by(answers)), None)

    def place_of(self, position: int) -> tuple[int, int]:
        """Return the how-manieth of how many steps a position is, the last page included."""
        numbers = sorted(self.steps)
        return sum(number < position for number in numbers) + 1, len(numbers) + 1

    def after(self, position: int) -> int:
        """Return the position that follows; `FINAL` past the last number, for ever."""
        return min((number for number in self.steps if number > position), default=FINAL)

    def at_or_after(self, position: int) -> int:
        """Return `position` if the project has it, else the one that follows: steps may have been taken out."""
        return position if position in self.steps else self.after(position)

    def is_game(self, position: int) -> bool:
        """Tell whether the game is played at this position."""
        return self.steps.get(position) == GAME

    def wants_server(self, position: int) -> bool:
        """Tell whether a participant at this position should have a server.

        At the game always. Otherwise from the start step up to, not including, the stop step; a stop step that is
        not past the start and past the game that follows it would end the server unused, so it is taken to be the
        next position after both. Without a stop step, the final step stops.
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
        """Return how many minutes a server outlives its stop at a position.

        Where a game follows, none at all: it gets a server of its own, and there is one at a time.
        """
        follows = any(number >= position and self.is_game(number) for number in self.steps)
        return 0 if follows else self.stop_delay


def step_name(position: int) -> str:
    """Return a position as clients and records name it: "3", or "finalStep"."""
    return FINAL_STEP if position >= FINAL else str(position)


def step_position(name: str) -> int | None:
    """Return the position that a client's or record's text names; None if it names none."""
    if name == FINAL_STEP:
        return FINAL
    # The length first: Python refuses to read more than 4,300 digits as a number.
    is_number = len(name) <= len(str(FINAL)) and name.isascii() and name.isdigit()
    return int(name) if is_number and 0 < int(name) < FINAL else None


def entry_faults(entry: Any) -> tuple[Fault, ...]:
    """Return everything that is wrong with an entry: by the schema, and what a schema cannot see."""
    found = schemas.faults(schemas.PROJECT, entry)
    if found:
        return found
    times: dict[str, datetime] = {}
    wrong: list[Fault] = []
    for key in ("opensAt", "closesAt"):
        try:
            times |= {key: from_text(entry[key])} if key in entry else {}
        except ValueError:
            wrong.append(Fault(key, json.dumps(entry[key]), "a time that there is, such as 2026-12-01T08:00:00+01:00"))
    if len(times) == 2 and times["opensAt"] >= times["closesAt"]:
        wrong.append(Fault("closesAt", json.dumps(entry["closesAt"]), f"a time after opensAt, {entry['opensAt']}"))
    return tuple(wrong)


def from_entry(entry: Mapping[str, Any]) -> Project:
    """Read an entry of the master list.

    Raises:
        ProjectInvalid: naming every fault.
    """
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
        start_step=_whole(events["startServerStep"]),
        stop_step=_whole(events["stopServerStep"]),
        stop_delay=int(events.get("stopDelay", 0)),
        max_runtime=_whole(entry["maxRuntime"]),
        task_definition=entry["ecsTask"],
        capacity=entry.get("capacity", "spot-then-on-demand"),
        port=int(entry.get("port", 5000)),
        version=entry.get("version"),
        most_sessions=_whole(entry.get("maxSessions")),
        exits=tuple(_exit(outcome, told) for outcome, told in entry.get("exits", {}).items()),
        completion=Completion(**entry.get("completion", {})),
        doors=Doors(_time(entry.get("opensAt")), _time(entry.get("closesAt")), _whole(entry.get("mostParticipants"))),
        progress=_progress(entry.get("progress", {})),
    )


def _exit(outcome: str, told: Mapping[str, Any]) -> Exit:
    return Exit(outcome, int(told["step"]), told["field"], frozenset(told["values"]), told["page"])


def _progress(labels: Mapping[str, str] | bool) -> Mapping[int, str] | None:
    if isinstance(labels, bool):
        return None
    positions = {step_position(name): label for name, label in labels.items()}
    return {position: label for position, label in positions.items() if position is not None}


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)


def _whole(value: float | None) -> int | None:
    """JSON Schema counts 30.0 as an integer; Python does not."""
    return None if value is None else int(value)


def parse_master_list(stored: StoredObject) -> list[dict[str, Any]]:
    """Return the entries of the master list, of which only the envelope is checked.

    Raises:
        MasterListInvalid: it is not JSON, or not of the form `{"projects": [{"id": …}, …]}`.
    """
    try:
        value = stored.json()
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise MasterListInvalid(f"{MASTER_LIST_KEY} is not valid JSON ({place}); mend it by hand") from error
    except UnicodeDecodeError as error:
        raise MasterListInvalid(f"{MASTER_LIST_KEY} is not UTF-8 ({error}); mend it by hand") from error
    found = schemas.faults(schemas.MASTER_LIST_ENVELOPE, value)
    if found:
        raise MasterListInvalid(f"{MASTER_LIST_KEY}: " + "; ".join(str(fault) for fault in found))
    entries: list[dict[str, Any]] = value["projects"]
    return entries


class Projects:
    """Looks projects up in the master list through a cache; the list is parsed once per version."""

    def __init__(self, cache: ObjectCache) -> None:
        self._cache = cache
        self._parsed: StoredObject | None = None
        self._entries: dict[str, dict[str, Any]] = {}

    def find(self, project_id: str) -> Project:
        """Return a project; of several entries with the same id the last one, which is the newest.

        Raises:
            UnknownProject: none has this id; without a master list, there is none at all.
            ProjectInvalid: its entry breaks the schema.
            MasterListInvalid: the list as a whole cannot be read.
        """
        entry = self._entry(project_id, trust=True) or self._entry(project_id, trust=False)
        if entry is None:
            raise UnknownProject(f"no project {project_id!r} is registered")
        return from_entry(entry)

    def began_with(self, project: Project, version: str | None) -> Project:
        """Return a project as it was in the version that a participant began with.

        What is current still says whether new participants are let in, and how many servers may run. Somebody who
        began without a version follows what is current; so does everybody whose version is not there any more.

        Args:
            project: as it is now.
            version: of the participant's record.
        """
        if version is None or version == project.version:
            return project
        key = versions.entry_key(project.id, version)
        stored = self._cache.get(key)
        try:
            then = from_entry(versions.entry_in(stored.json())) if stored is not None else None
        except (ValueError, ProjectInvalid, AttributeError) as error:
            logger.error("a version of the study cannot be read", key=key, exc_info=error)
            then = None
        if then is None or (then.id, then.version) != (project.id, version):
            logger.error("a participant's version of the study is not there: what is current is served", key=key)
            return project
        return replace(then, live=project.live, most_sessions=project.most_sessions, doors=project.doors)

    def _entry(self, project_id: str, *, trust: bool) -> dict[str, Any] | None:
        """Look in the remembered list, or in S3's: a project that was registered a moment ago is no unknown one."""
        stored = self._cache.get(MASTER_LIST_KEY, trust=trust)
        if stored is None:
            return None
        if stored is not self._parsed:
            self._entries = {entry["id"]: entry for entry in parse_master_list(stored)}
            self._parsed = stored
        return self._entries.get(project_id)
