"""One participant and the step machine without AWS; every request is decided as `Visits` does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hippo_gym.participants.decisions import Decision, Request, SessionView, Show
from hippo_gym.participants.records import Participant
from hippo_gym.participants.steps import decide, needs_session
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.studies.projects import Project, from_entry, step_name, step_position
from tests.support.moto_world import NOON, entry

NOTHING_KNOWN = SessionView()


def project(steps: dict[str, str | None] | None = None, **changes: Any) -> Project:
    """Make a project; see `world.entry`."""
    return from_entry(entry(**(changes if steps is None else changes | {"steps": steps})))


def in_numbers(*files: str, final: str | None = "thanks.html") -> dict[str, str | None]:
    """Number steps from 1 on."""
    return {str(number): file for number, file in enumerate(files, 1)} | {"finalStep": final}


GAME_SECOND = in_numbers("a.html", "game", "c.html")


@dataclass
class Walker:
    """A participant, what they saw last, and every message that was published for them."""

    project: Project
    participant: Participant | None = None
    view: SessionView = NOTHING_KNOWN
    at: datetime = NOON
    messages: list[Start | Stop] = field(default_factory=list)
    show: Show | None = None
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def request(self, *, is_post: bool, step: str | None = None, request_id: str | None = None) -> Request:
        identity = request_id or f"request-{next(self._ids)}"
        named = None if step is None else step_position(step)
        context = {"requestId": identity, "requestTime": self.at.isoformat()}
        kept = {"httpMethod": "POST" if is_post else "GET", "headers": {}, "body": None, "requestContext": context}
        return Request(identity, "ada", self.at, is_post, -1 if step is not None and named is None else named, kept)

    def decide(self, request: Request) -> Decision:
        """Decide as `Visits` does, with the session only where needed; write nothing."""
        view = None
        if self.participant is not None and needs_session(self.participant, self.project, request):
            view = self.view
        return decide(self.participant, self.project, request, view)

    def send(self, request: Request) -> Show:
        decision = self.decide(request)
        self.messages += decision.messages
        self.participant = decision.participant
        if decision.again:
            return self.send(request)
        self.show = decision.show
        return decision.show

    def get(self, step: str | None = None) -> Show:
        return self.send(self.request(is_post=False, step=step))

    def post(self, step: str | None = None, request_id: str | None = None) -> Show:
        return self.send(self.request(is_post=True, step=step, request_id=request_id))

    def passes(self, **amount: float) -> None:
        self.at += timedelta(**amount)

    @property
    def step(self) -> str:
        assert self.participant is not None
        return step_name(self.participant.position)

    @property
    def starts(self) -> list[Start]:
        return [message for message in self.messages if isinstance(message, Start)]

    @property
    def stops(self) -> list[Stop]:
        return [message for message in self.messages if isinstance(message, Stop)]

    def session_is(self, **view: Any) -> None:
        """Set the view of the session that was requested last: `ready=True`, `over=True`, …"""
        live: dict[str, Any] = (
            {"live_id": self.starts[-1].session_id, "touched_at": self.at} if "over" not in view else {}
        )
        self.view = SessionView(**(live | view))


def at_the_game(**changes: object) -> Walker:
    """Bring a participant to a game at step 2, whose session was requested at step 1."""
    walker = Walker(project(GAME_SECOND, **changes))
    walker.get()
    walker.post()
    return walker
