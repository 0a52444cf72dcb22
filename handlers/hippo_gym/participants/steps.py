"""The step machine: which step a request leads to, and which session messages it publishes.

Both functions are pure, so that a request that loses a race decides again on the newer record:

    arrive   the position after the request: only a POST for the current step, or a plain GET after
             the game, advances
    decide   the whole decision: the new record, the messages to publish first, and what to show

The position alone decides whether a participant should have a server. Each request starts a missing
session and stops one that is no longer needed, so the next request repeats a message that was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from hippo_gym.participants import request_log
from hippo_gym.participants.records import Participant, RequestedSession
from hippo_gym.runtime.backoff import Backoff
from hippo_gym.runtime.clock import from_text
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.model import EndedBy, Phase, session_id
from hippo_gym.studies.assignment import Assignment, by_hash, completed
from hippo_gym.studies.projects import FINAL, Project, step_name

FAILURES_SHOWN: Final = 4
"""After this many sessions in a row failed at the game, the participant sees `pages.server_failed`.
"""

_MAX_IDLE_GETS: Final = 20
"""After this many GETs in a row for the same step the record keeps no further one."""

_STALE: Final = timedelta(seconds=90)
"""The start message of a live session is published again if for this long no function has written
its record, and no start message was published.
"""

_STUCK: Final = timedelta(minutes=10)
"""If no function has written the record of a stopping session for this long, the participant who
waits for its end sees `pages.server_failed`.
"""

_REQUEST_AGAIN: Final = Backoff(first=15, longest=3600)
"""Pauses between two start messages, and after a failed session before the next one."""


@dataclass(frozen=True)
class Request:
    """One request of a participant's browser.

    Attributes:
        id: identifies the request, so that its repetition is recognised.
        user_id: the participant's id in lower case.
        at: when the request came.
        is_post: the request brings an answer.
        step: the position that it names; -1 if what it names is no step; None if it names none.
        entry: what the record keeps of the request.
        answers: the form's fields; empty if the body holds no readable form.
        here: the client says that the participant is there: it sends heartbeats.
        expected: the position at which the request first found the participant, and whether they
            had seen the game there; set after a lost race, so that only one of two simultaneous
            requests advances.
    """

    id: str
    user_id: str
    at: datetime
    is_post: bool
    step: int | None
    entry: Mapping[str, Any]
    expected: tuple[int, bool] | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    here: bool = False


@dataclass(frozen=True)
class SessionView:
    """What a decision needs from the session records.

    Attributes:
        live_id: the participant's live session in this project, or None.
        ready: the participant can connect to the server.
        stopping: the session is being taken down.
        touched_at: when a function last wrote the live record.
        over: the session that the participant record names has ended.
        ended_at: when that session ended.
        ended_by: why no participant needed it any more, or None.
        was_ready: that session's server could be connected to.
        in_line: the session waits for a place.
        phase: the session's progress until it is ready.
    """

    live_id: str | None = None
    ready: bool = False
    stopping: bool = False
    touched_at: datetime | None = None
    over: bool = False
    ended_at: datetime | None = None
    in_line: bool = False
    phase: Phase = Phase.QUEUED
    ended_by: EndedBy | None = None
    was_ready: bool = False


class Show(Enum):
    """The kinds of page that a participant can see."""

    PAGE = "page"
    WAIT = "wait"
    IN_LINE = "in line"
    GAME = "show_game_page"
    SERVER_FAILED = "server failed"
    STILL_THERE = "still there?"


@dataclass(frozen=True)
class Decision:
    """What a request leads to.

    Attributes:
        participant: the new record.
        messages: what to publish before the record is written.
        show: what the participant sees.
        phase: the session's progress, while the participant waits.
        in_line: the session waits for a place.
        ended_by: why the last server ended, for `Show.STILL_THERE`; None if no participant connected to it.
        again: write the record, then decide once more: the session's id derives from the stored
            record.
    """

    participant: Participant
    messages: tuple[Start | Stop, ...]
    show: Show
    phase: Phase = Phase.QUEUED
    in_line: bool = False
    ended_by: EndedBy | None = None
    again: bool = False


def arrive(participant: Participant | None, project: Project, request: Request) -> int:
    """Return the participant's position after the request."""
    return _arrive(participant, project, request)[0]


def _arrive(participant: Participant | None, project: Project, request: Request) -> tuple[int, str | None]:
    """Return the position, and the outcome if this request's answer ends the study early."""
    if participant is None:
        return project.after(0), None
    current = project.at_or_after(participant.position)
    stay = (
        current == FINAL
        or participant.has_seen(request.id)
        or request.expected not in (None, (current, participant.game_shown))
        or request.step not in (None, current)
    )
    if stay:
        return current, None
    game_is_over = participant.game_shown and current == participant.position
    if project.is_game(current):
        advances = game_is_over and (request.is_post or request.step is None)
    else:
        advances = request.is_post
    if not advances:
        return current, None
    taken = project.exit_at(current, request.answers) if request.is_post else None
    return (project.after(current), None) if taken is None else (FINAL, taken.outcome)


def needs_session(participant: Participant | None, project: Project, request: Request) -> bool:
    """Return whether `decide` needs a `SessionView` for this request."""
    position = arrive(participant, project, request)
    requested = participant.session if participant is not None else None
    stop_is_due = requested is not None and not requested.stop_requested and not project.wants_server(position)
    return participant is not None and (project.is_game(position) or stop_is_due)


def decide(
    participant: Participant | None,
    project: Project,
    request: Request,
    view: SessionView | None = None,
    assignment: Assignment | None = None,
) -> Decision:
    """Decide what a request changes and shows.

    Args:
        participant: the record; None on the first visit.
        project: in the version that the participant began with.
        request: the browser's request.
        view: the participant's session; required if `needs_session` returns True.
        assignment: what a new participant gets; None assigns by hash.
    """
    position, outcome = _arrive(participant, project, request)
    if participant is None:
        given = assignment or Assignment(by_hash(project, request.user_id))
        new = Participant(
            project.id,
            request.user_id,
            str(request.at),
            position,
            version=project.version,
            conditions=given.conditions,
            groups=given.groups,
            assigned_by=given.by,
        )
        return Decision(
            _store(new, request, position, accepted=False),
            (),
            Show.PAGE,
            again=project.wants_server(position),
        )
    left = project.at_or_after(participant.position)
    moved = replace(
        participant,
        position=position,
        outcome=outcome or participant.outcome,
        game_shown=participant.game_shown and position == participant.position,
        conditions=completed(project, participant.user_id, participant.conditions),
    )
    view = view or SessionView()
    decision = _with_server(moved, project, request, view)
    decision = replace(decision, phase=view.phase, in_line=view.in_line, ended_by=view.ended_by)
    if participant.has_seen(request.id) or (_is_poll(decision) and position == left and not request.is_post):
        return decision
    stored = _store(decision.participant, request, _about(request, left), accepted=position != left)
    return replace(decision, participant=stored)


def _about(request: Request, left: int) -> int:
    """Return the step that a request names, or else where it first found the participant."""
    if request.step is not None and request.step > 0:
        return request.step
    return request.expected[0] if request.expected and request.expected[0] > 0 else left


def _is_poll(decision: Decision) -> bool:
    return decision.show in (Show.WAIT, Show.IN_LINE, Show.SERVER_FAILED, Show.STILL_THERE)


def _store(participant: Participant, request: Request, step: int, *, accepted: bool) -> Participant:
    entry = {**request.entry, "step": step_name(step)}
    is_idle = not request.is_post and _is_idle(participant, entry["step"])
    if not accepted and (is_idle or request_log.is_full(participant.requests)):
        return participant
    if request.is_post:
        entry["accepted"] = accepted
    return replace(participant, requests=(*participant.requests, entry))


def _is_idle(participant: Participant, step: str) -> bool:
    """Return whether the browser only polls.

    Old clients poll for days after they have their page.
    """
    last = participant.requests[-_MAX_IDLE_GETS:]
    same = [entry for entry in last if entry.get("httpMethod") == "GET" and entry.get("step") == step]
    return len(same) == _MAX_IDLE_GETS


def _with_server(participant: Participant, project: Project, request: Request, view: SessionView) -> Decision:
    """Start or stop a session, as the position requires, and choose what to show."""
    requested = participant.session
    at_game = project.is_game(participant.position)
    if not project.wants_server(participant.position):
        if requested is None or requested.stop_requested:
            return Decision(participant, (), Show.PAGE)
        requested = replace(requested, id=view.live_id or requested.id, stop_requested=True)
        return Decision(replace(participant, session=requested), (_stop(participant, project, requested),), Show.PAGE)
    if requested is None or (requested.stop_requested and view.live_id is None):
        return _request_session(participant, project, request, Show.WAIT if at_game else Show.PAGE, failures=0)
    if not at_game:
        return Decision(participant, (), Show.PAGE)
    if requested.stop_requested and view.live_id == requested.id and not view.stopping:
        # Its stop message was published before this game and may arrive in the middle of it.
        return Decision(participant, (_stop(participant, project, requested),), Show.WAIT)
    if view.live_id is not None and not view.stopping:
        requested = replace(requested, id=view.live_id, stop_requested=False)
        participant = replace(participant, session=requested)
        if view.ready:
            servers = replace(participant.servers, shown=requested.id)
            return Decision(replace(participant, game_shown=True, servers=servers), (), Show.GAME)
    participant = replace(participant, game_shown=False)
    return _wait(participant, project, requested, request, view)


def _stop(participant: Participant, project: Project, requested: RequestedSession) -> Stop:
    delay = project.stop_delay_at(participant.position)
    return Stop(project.id, participant.user_id, requested.id, delay, "the participant moved on")


def _wait(
    participant: Participant, project: Project, requested: RequestedSession, request: Request, view: SessionView
) -> Decision:
    """Let a participant at the game wait.

    Request a session again, with growing pauses, if none comes. If the last one ended because
    no participant needed it, only the participant requests another: a page may poll for days.
    """
    show = Show.SERVER_FAILED if requested.failures >= FAILURES_SHOWN else Show.WAIT
    if view.in_line and not request.is_post:
        # A POST gets `wait`: only that makes an old client begin to poll (docs/lifecycle.md).
        show = Show.IN_LINE
    since = request.at - requested.published_at
    if view.live_id is not None:
        untouched = request.at - (view.touched_at or request.at)
        if view.stopping:
            if request.is_post:
                participant = replace(participant, servers=replace(participant.servers, asked=view.live_id))
            return Decision(participant, (), Show.SERVER_FAILED if untouched > _STUCK else show)
        if untouched > _STALE and since > _STALE:
            return _repeat(participant, requested, request, show)
        return Decision(participant, (), show)
    if not view.over:
        return (
            _repeat(participant, requested, request, show)
            if since > _pause(requested.published)
            else Decision(participant, (), show)
        )
    if view.ended_by is not None or (view.was_ready and participant.servers.shown != requested.id):
        if request.is_post or participant.servers.asked == requested.id:
            return _request_session(participant, project, request, Show.WAIT, failures=0)
        return Decision(participant, (), Show.STILL_THERE)
    failures = requested.failures + 1
    show = Show.SERVER_FAILED if failures >= FAILURES_SHOWN else Show.WAIT
    if request.at - (view.ended_at or requested.requested_at) > _pause(failures):
        return _request_session(participant, project, request, show, failures)
    return Decision(participant, (), show)


def _request_session(
    participant: Participant, project: Project, request: Request, show: Show, failures: int
) -> Decision:
    """Request a new session, unless the participant has had as many as they may.

    Its id derives from the record, so simultaneous requests name the same one.
    """
    if len(participant.servers.recent(request.at)) >= project.servers_allowed:
        return Decision(participant, (), show if show is Show.PAGE else Show.SERVER_FAILED)
    number = participant.session.number + 1 if participant.session is not None else 1
    day = participant.last_request_at() or _created(participant, request)
    name = session_id(participant.project_id, participant.user_id, participant.created, number, day)
    session = RequestedSession(name, number, request.at, request.at, failures=failures)
    start = Start(participant.project_id, participant.user_id, name, request.at, participant.version)
    servers = participant.servers.begin(request.at)
    return Decision(replace(participant, session=session, servers=servers), (start,), show)


def _repeat(participant: Participant, requested: RequestedSession, request: Request, show: Show) -> Decision:
    """Publish the start message of the requested session again."""
    again = replace(requested, published=requested.published + 1, published_at=request.at)
    start = Start(
        participant.project_id, participant.user_id, requested.id, requested.requested_at, participant.version
    )
    return Decision(replace(participant, session=again), (start,), show)


def _pause(times: int) -> timedelta:
    """Return the pause before the next start message, by how many were published or have failed."""
    return timedelta(seconds=_REQUEST_AGAIN.limit(times))


def _created(participant: Participant, request: Request) -> datetime:
    try:
        return from_text(participant.created)
    except ValueError:
        return request.at
