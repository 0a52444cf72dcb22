"""A study in memory: its pages, participants and servers. The product's own code answers /next."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import next_step
from hippo_cli.memory_bucket import MemoryBucket
from hippo_gym.participants import pages
from hippo_gym.participants.assigning import Assigner
from hippo_gym.participants.enrolling import Enroller
from hippo_gym.participants.pages import Pages
from hippo_gym.participants.records import Participants, record_key
from hippo_gym.participants.servers import FAILURES_SHOWN
from hippo_gym.participants.visits import Visits
from hippo_gym.participants.waits import Wait
from hippo_gym.runtime import http
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.sessions.capacity import Place, Places
from hippo_gym.sessions.edge import Edge
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.model import DIRECT, EDGE, Attempt, EndedBy, Seen, new_session
from hippo_gym.sessions.presence import PresenceStore
from hippo_gym.sessions.store import Held, SessionStore
from hippo_gym.studies.balance import BalanceStore
from hippo_gym.studies.enrolment import Limit, RosterStore
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import MASTER_LIST_KEY, UnknownProject

_MAX_RUNTIME: Final = 60
_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)


class Study:
    """One study with its participants."""

    def __init__(self, root_domain: str = "localhost") -> None:
        self.clock = SystemClock()
        self.bucket = MemoryBucket()
        self.sessions = SessionStore(self.bucket, self.clock)
        self.entry: dict[str, Any] = {}
        self.published: list[Start | Stop] = []
        self.servers_are_quick = True
        """A requested server is ready immediately."""
        self.token: str | None = None
        self.edge: Edge | None = None
        """Requested servers are on the edge route."""
        self._root_domain = root_domain
        self._places = Places(self.bucket, self.clock, limit=1)
        self._lock = threading.RLock()

    def register(self, entry: Mapping[str, Any], files: Mapping[str, str]) -> None:
        """Store an entry of the master list, and its pages."""
        self.entry = dict(entry)
        self.bucket.put(MASTER_LIST_KEY, json.dumps({"projects": [self.entry]}).encode())
        for name, text in files.items():
            self.bucket.put(f"{self.entry['id']}/{name}", text.encode())

    def change(self, **changes: Any) -> None:
        """Change keys of the entry."""
        self.register({**self.entry, **changes}, {})

    def fill(self, user_id: str) -> None:
        """Count another participant."""
        limit = Limit(self.entry["mostParticipants"], timedelta(hours=2))
        self.visits().enroller.rosters.count(self.entry["id"], user_id, limit)

    def visits(self) -> Visits:
        objects = ObjectCache(self.bucket, self.clock, 0)
        found = Pages(objects)
        return Visits(
            projects=Projects(objects),
            participants=Participants(self.bucket),
            sessions=self.sessions,
            places=self._places,
            enroller=Enroller(RosterStore(self.bucket, self.clock), self.clock),
            presence=PresenceStore(self.bucket),
            assigner=Assigner(found, BalanceStore(self.bucket, self.clock)),
            pages=found,
            publish=self._publish,
            clock=self.clock,
            root_domain=self._root_domain,
            edge=self.edge,
        )

    def answer(self, request: http.HttpRequest) -> tuple[int, Any]:
        """Answer a request as the function next_step does."""
        with self._lock:
            try:
                return 200, self.visits().serve(request)
            except UnknownProject:
                return 400, next_step.NOT_FOUND
            except ParticipantError as error:
                return 400, str(error)
            except Exception:  # noqa: BLE001 - as the function does
                return 200, {"page": pages.try_again(), "css": None, "retry": True}

    def bring(self, user_id: str, step: str) -> None:
        """Take a participant to a step, with requests for each earlier step."""
        for _ in range(20):
            answer = self.look(user_id)
            if answer["step"] == step:
                return
            answers = {"consent": "yes", "initials": "AB"} if answer["step"] == "1" else {}
            self.answer(_request(self.entry["id"], user_id, "POST", answers))
        raise AssertionError(f"{user_id} does not reach step {step}")

    def look(self, user_id: str) -> dict[str, Any]:
        """Return the answer to a GET, as from another tab of the participant."""
        _, answer = self.answer(_request(self.entry["id"], user_id, "GET", None))
        return dict(answer)

    # --- servers ---

    def see(self, user_id: str, seen: Seen) -> None:
        """Record an observation of a participant's server."""
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        self.sessions.save(held, replace(held.session, seen=seen))

    def make_ready(self, user_id: str) -> None:
        """A server of another attempt is ready."""
        held = self.sessions.live(user_id)
        before = held.session.seen.attempt if held is not None else None
        attempt = Attempt(1 if before is None else before.number + 1, "FARGATE", self.clock.now())
        self.see(user_id, Seen(attempt=attempt, ready_at=self.clock.now()))

    def lose_server(self, user_id: str) -> None:
        """Record that the task is lost; a new one is starting."""
        held = self.sessions.live(user_id)
        before = held.session.seen.attempt if held is not None else None
        self.see(user_id, Seen(attempt=before, lost_at=self.clock.now()))

    def end_server(self, user_id: str, by: EndedBy) -> None:
        """End a participant's server."""
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        self.sessions.end(Held(held.session.stopped("as the test wants it", by=by), held.etag))

    def crash(self, user_id: str) -> None:
        """End a participant's server as after a crash."""
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        self.sessions.end(Held(held.session.stopped("the task stopped", failed=True), held.etag))

    def wait_since_long(self, user_id: str) -> None:
        """Record that a participant has waited for their game for more than 15 minutes."""
        project = Projects(ObjectCache(self.bucket, self.clock, 0)).find(self.entry["id"])
        participants, now = Participants(self.bucket), self.clock.now()
        held = participants.find(project, user_id)
        assert held is not None, f"{user_id} has no record"
        long = Wait(now - timedelta(minutes=16), now - timedelta(minutes=1))
        participants.save(replace(held.participant, waiting=long), project, held.etag)

    def fail_servers(self, user_id: str) -> None:
        """Record so many failed starts that the participant sees the failure."""
        project = Projects(ObjectCache(self.bucket, self.clock, 0)).find(self.entry["id"])
        participants = Participants(self.bucket)
        held = participants.find(project, user_id)
        assert held is not None, f"{user_id} has no record"
        assert held.participant.session is not None, f"{user_id} has no session"
        failed = replace(held.participant.session, failures=FAILURES_SHOWN)
        participants.save(replace(held.participant, session=failed), project, held.etag)

    def put_in_line(self, user_id: str, ahead: int) -> None:
        """Take all places, and put other participants before this one in line."""
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        session = replace(held.session, counted=True, admitted_at=None, seen=Seen())
        self.sessions.save(held, session)
        for number in range(ahead + 1):  # the first takes the only place
            self._places.ask(Place(f"other-{number}", session.project_id, f"other-{number}", _LONG_AGO))
        self._places.ask(Place(session.id, session.project_id, user_id, session.requested_at))

    def move_up(self, user_id: str, *, gone: int) -> None:
        """Free one place: the next participant in line gets it."""
        self._places.give_back(f"other-{gone}")
        held = self.sessions.live(user_id)
        assert held is not None, f"{user_id} has no session"
        if self._places.ledger().ahead(held.session.id) is None:
            self.sessions.save(held, held.session.admitted(self.clock.now()))

    def _publish(self, message: Start | Stop) -> None:
        self.published.append(message)
        held = self.sessions.live(message.user_id)
        if isinstance(message, Stop):
            if held is not None:
                self.sessions.end(held)
        elif held is None:
            project, now = Projects(ObjectCache(self.bucket, self.clock, 0)).find(message.project_id), self.clock.now()
            route = DIRECT if self.edge is None else EDGE
            session = new_session(message, project, now, _MAX_RUNTIME, token=self.token, route=route)
            attempt = Attempt(1, "FARGATE", now)
            seen = Seen(attempt=attempt, ready_at=now) if self.servers_are_quick else Seen(attempt=attempt)
            self.sessions.claim(replace(session, seen=seen))

    # --- what was stored ---

    def record(self, user_id: str) -> dict[str, Any]:
        """The participant's record."""
        stored = self.bucket.get(record_key(self.entry["id"], user_id.lower()))
        assert stored is not None, f"{user_id} has no record"
        return dict(stored.json())

    def answers(self, user_id: str) -> list[tuple[str, dict[str, Any]]]:
        """Every accepted form, with its step."""
        requests = self.record(user_id)["requests"]
        return [(entry["step"], json.loads(entry["body"])) for entry in requests if entry.get("accepted")]

    def all_bodies(self, user_id: str) -> list[dict[str, Any]]:
        """Every stored form, accepted or not."""
        return [json.loads(entry["body"]) for entry in self.record(user_id)["requests"] if entry["body"]]

    def participants(self) -> list[str]:
        prefix = f"{self.entry['id']}/Users/"
        return [key.removeprefix(prefix) for key in self.bucket.keys(prefix)]


def _request(project_id: str, user_id: str, method: str, answers: Mapping[str, str] | None) -> http.HttpRequest:
    query = {"projectId": project_id, "userId": user_id} | ({"step": "none"} if method == "GET" else {})
    body = None if answers is None else json.dumps(answers)
    return http.HttpRequest(str(uuid.uuid4()), method, query, {}, body, gateway_answers_cors=True)
