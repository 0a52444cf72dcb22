"""Serves the previewed study with the functions' own code, from a bucket in memory."""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Protocol

from hippo_cli.memory_bucket import MemoryBucket
from hippo_cli.study import Study, listing, pages, read
from hippo_common.errors import HippoError
from hippo_common.reading import json_value
from hippo_gym.participants.pages import notice, shown_file
from hippo_gym.participants.records import Participants, record_key
from hippo_gym.participants.visits import Visits
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.sessions.launch import own_variables
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.model import Launch, Seen, Session, new_session
from hippo_gym.sessions.store import SessionStore, live_key
from hippo_gym.sessions.tokens import new_token
from hippo_gym.sessions.variables import of_assignment
from hippo_gym.studies.assignment import Assigned, by_hash
from hippo_gym.studies.projects import (
    BY_STUDY,
    FINAL,
    FINAL_STEP,
    GAME,
    MASTER_LIST_KEY,
    Project,
    from_entry,
    step_name,
    step_position,
)

FIRST_USER: Final = "preview"
_LEFT_OUT: Final = frozenset({"maxSessions", "opensAt", "closesAt", "mostParticipants", "assignment", "access"})
_MAX_RUNTIME: Final = 1440
_MAX_IDS_TRIED: Final = 100_000


class Servers(Protocol):
    """Starts and ends game servers, as start_server and stop_server do on AWS."""

    def start(self, user_id: str, variables: Mapping[str, str]) -> None:
        """Start a participant's server with these environment variables, unless it runs."""

    def end(self, user_id: str) -> None:
        """End a participant's server, if it runs."""


class Stage:
    """One study, its participants and their servers, for the time of the preview.

    Attributes:
        changes: how often the study was reloaded.
        moves: how often a participant's page sent a request.
    """

    def __init__(self, config: Path, servers: Servers | None = None) -> None:
        """Load a study.

        Args:
            config: its config.yml, or the folder with it.
            servers: starts and ends the participants' game servers; None: there are none.
        """
        self._config = config
        self._servers = servers
        self._clock = SystemClock()
        self._bucket = MemoryBucket()
        self._participants = Participants(self._bucket)
        self._sessions = SessionStore(self._bucket, self._clock)
        self._lock = threading.RLock()
        self._trouble: str | None = None
        self._study = read(config)
        self._fill()
        self.changes = 0
        self.moves = 0

    @property
    def study(self) -> Study:
        """The study as last loaded."""
        return self._study

    def reload(self) -> None:
        """Reload the study; participants stay at their steps."""
        with self._lock:
            try:
                self._study, self._trouble = read(self._config), None
            except HippoError as error:  # an editor may replace the file at this moment
                self._trouble = error.message
            except Exception as error:  # noqa: BLE001 - no file may end the watch over the others
                self._trouble = f"The study could not be read, because of a fault in hippo: {error!r}"
            self._fill()
            self.changes += 1

    def next(self, request: HttpRequest) -> dict[str, Any]:
        """Answer a request to `/next`."""
        with self._lock:
            self.moves += 1
            if not self._study.entry:
                return {"page": notice("This study cannot be shown yet", _FIX), "css": None}
            try:
                return self._visits().serve(request)
            except ParticipantError as error:
                return {"page": notice("This request was refused", str(error)), "css": None}

    def go_to(self, user_id: str, step: str) -> None:
        """Move a participant to a step.

        Raises:
            HippoError: the study has no such step.
        """
        with self._lock:
            project, position = self._project(), step_position(step)
            if project is None or position is None or (step != FINAL_STEP and position not in project.steps):
                raise HippoError(f"The study has no step {step}.")
            self.next(_first_visit(project.id, user_id))
            held = self._participants.find(project, user_id)
            if held is not None:
                moved = replace(held.participant, position=position, game_shown=False, outcome=None)
                self._participants.save(moved, project, held.etag)

    def start_over(self, user_id: str) -> None:
        """Delete a participant's record and their server."""
        with self._lock:
            self._bucket.remove(record_key(self._study.id, user_id))
            self._bucket.remove(live_key(user_id))
            if self._servers is not None:
                self._servers.end(user_id.lower())

    def user_in_groups(self, wanted: Mapping[int, int], conditions: Mapping[str, str] | None = None) -> str:
        """Return the id of a participant in these groups and conditions.

        Args:
            wanted: number of groups → group.
            conditions: condition → value.

        Raises:
            HippoError: none of the tried ids is in all of them.
        """
        project = self._project()
        for number in itertools.islice(itertools.count(1), _MAX_IDS_TRIED):
            user_id = FIRST_USER if number == 1 else f"{FIRST_USER}-{number}"
            assigned = Assigned(user_id) if project is None else _assigned(project, user_id)
            if all(assigned.group_of(groups) == index for groups, index in wanted.items()) and (
                (conditions or {}).items() <= assigned.conditions.items()
            ):
                return user_id
        raise HippoError("No participant id was found for this combination of groups and conditions.")

    def state(self, user_id: str) -> dict[str, Any]:
        """Return the data for the bar."""
        with self._lock:
            study, project = self._study, self._project()
            held = self._participants.find(project, user_id) if project else None
            return {
                "changes": self.changes,
                "id": study.id,
                "name": study.entry.get("name") or study.config.name,
                "userId": user_id,
                "trouble": self._trouble,
                "findings": [listing.finding_as_json(finding) for finding in study.findings],
                "steps": self._steps(project, user_id, held.participant.outcome if held else None) if project else [],
                "at": step_name(held.participant.position) if held else None,
                "groups": self._groups(project, user_id) if project else {},
                "conditions": by_hash(project, user_id) if project else {},
                "values": {name: [*values] for name, values in project.conditions.items()} if project else {},
                "answers": _answers(held.participant.requests if held else ()),
            }

    def _steps(self, project: Project, user_id: str, outcome: str | None = None) -> list[dict[str, Any]]:
        positions = [*project.steps, FINAL]
        assigned = _assigned(project, user_id)
        return [self._step(step_name(each), project.page(each, outcome), assigned) for each in positions]

    def _step(self, name: str, file: str | None, assigned: Assigned) -> dict[str, Any]:
        if file is None or file == GAME:
            return {"step": name, "file": file, "groups": 0, "isGame": file == GAME}
        shown = pages.groups(file, self._study.pages)
        mine = shown_file(file, assigned, lambda page: page in self._study.pages) or file
        return {"step": name, "file": mine, "groups": len(shown), "isGame": file == GAME}

    def _groups(self, project: Project, user_id: str) -> dict[str, int]:
        """Return number of groups → this participant's group, for each such number."""
        counts = sorted({step["groups"] for step in self._steps(project, user_id) if step["groups"] > 1})
        assigned = _assigned(project, user_id)
        return {str(count): assigned.group_of(count) for count in counts}

    def _project(self) -> Project | None:
        entry = self._shown_entry()
        return from_entry(entry) if entry else None

    def _shown_entry(self) -> dict[str, Any]:
        """Return the study's entry, open, without dates and limits, and assigned by hash.

        So an id alone decides the groups and conditions that it shows.
        """
        entry = {key: value for key, value in self._study.entry.items() if key not in _LEFT_OUT}
        return entry | {"live": True, "groupsBy": BY_STUDY} if entry else {}

    def _fill(self) -> None:
        """Replace the study's objects in the bucket."""
        entry = self._shown_entry()
        for key in list(self._bucket.keys("")):
            if key.endswith(".html"):
                self._bucket.remove(key)
        for file, content in self._study.pages.items():
            self._bucket.put(f"{self._study.id}/{file}", content)
        listed = json.dumps({"projects": [entry] if entry else []})
        self._bucket.put(MASTER_LIST_KEY, listed.encode())

    def _visits(self) -> Visits:
        root_domain = self._study.aws_setup.root_domain or "example.net"
        return Visits.over(self._bucket, self._clock, self._publish, root_domain, cache_seconds=0)

    def _publish(self, message: Start | Stop) -> None:
        """Act as start_server and stop_server: a server is ready, or removed, immediately."""
        held = self._sessions.live(message.user_id)
        if isinstance(message, Start):
            project, now = self._project(), self._clock.now()
            if held is None and project is not None:
                groups = {int(count): own for count, own in self._groups(project, message.user_id).items()}
                session = new_session(replace(message, groups=groups), project, now, _MAX_RUNTIME, token=new_token())
                self._sessions.claim(replace(session, seen=Seen(ready_at=now)))
                if self._servers is not None:
                    self._servers.start(message.user_id, _variables(session))
        elif held is not None:
            self._sessions.end(held)
            if self._servers is not None:
                self._servers.end(message.user_id)


_FIX: Final = "Fix the errors above. The page appears as soon as you save."


def _assigned(project: Project, user_id: str) -> Assigned:
    return Assigned(user_id, project.salt, by_hash(project, user_id))


def _variables(session: Session) -> dict[str, str]:
    """Return the environment variables of a session's container, without those of AWS."""
    return {
        "HIPPO_PROJECT_ID": session.project_id,
        "HIPPO_USER_ID": session.user_id,
        "HIPPO_SESSION_ID": session.id,
        **(_launch_variables(session, session.launch) if session.launch is not None else {}),
    }


def _launch_variables(session: Session, launch: Launch) -> dict[str, str]:
    token = {} if session.token is None else {"HIPPO_SESSION_TOKEN": session.token}
    own: dict[str, str] = of_assignment(launch) | token | own_variables(session, launch, ())
    return own


def _first_visit(project_id: str, user_id: str) -> HttpRequest:
    query = {"projectId": project_id, "userId": user_id}
    return HttpRequest(str(uuid.uuid4()), "GET", query, {}, None, gateway_answers_cors=True)


def _answers(requests: tuple[Mapping[str, Any], ...]) -> list[dict[str, Any]]:
    """Return the fields of a participant's answers, in their order."""
    answers = [entry for entry in requests if entry.get("httpMethod") == "POST" and entry.get("accepted")]
    return [{"step": entry["step"], "fields": _fields(entry.get("body"))} for entry in answers]


def _fields(body: str | None) -> Any:
    try:
        return json_value(body or "{}")
    except ValueError:
        return {}
