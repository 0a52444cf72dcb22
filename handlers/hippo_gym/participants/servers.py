"""The part of the step machine that concerns servers: when a session is requested, repeated, stopped.

`for_position` is pure, as all of the step machine.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hippo_gym.participants.decisions import Decision, Request, SessionView, Show
from hippo_gym.participants.records import Participant, RequestedSession
from hippo_gym.participants.server_history import Servers
from hippo_gym.runtime.backoff import Backoff
from hippo_gym.runtime.clock import from_text
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.model import session_id
from hippo_gym.studies.projects import Project

FAILURES_SHOWN: Final = 4
"""After this many sessions in a row failed at the game, the participant sees `pages.server_failed`.
"""

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


def for_position(
    participant: Participant, project: Project, request: Request, view: SessionView, *, answered: bool
) -> Decision:
    """Start or stop a session, as the position requires, and choose what to show.

    answered: the request is an answer that was accepted.
    """
    requested = participant.session
    at_game = project.is_game(participant.position)
    if not project.wants_server(participant.position):
        if requested is None or requested.stop_requested:
            return Decision(participant, (), Show.PAGE)
        requested = replace(requested, id=view.live_id or requested.id, stop_requested=True)
        stops = () if view.over else (_stop(participant, project, requested),)
        return Decision(replace(participant, session=requested), stops, Show.PAGE)
    if requested is None or (requested.stop_requested and view.live_id is None):
        show = Show.WAIT if at_game else Show.PAGE
        return _request_session(participant, project, request, show, failures=0, answered=answered)
    if not at_game:
        return Decision(participant, (), Show.PAGE)
    if requested.stop_requested and view.live_id == requested.id and not view.stopping:
        # Its stop message was published before this game and may arrive in the middle of it.
        return Decision(participant, (_stop(participant, project, requested),), Show.WAIT)
    if view.live_id is not None and not view.stopping:
        requested = replace(requested, id=view.live_id, stop_requested=False)
        participant = replace(participant, session=requested)
        warm = view.warm if request.here else None  # such a page connects to the address of the answer
        if view.ready or warm is not None:
            servers = participant.servers.show(requested.id, request.at)
            waited = None if servers == participant.servers else _waited(servers)
            servers = replace(servers, unreachable=requested.id) if request.unreachable else servers
            shown = replace(participant, game_shown=True, servers=servers)
            return Decision(shown, (), Show.GAME, token=view.token, waited=waited, warm=warm, edge=view.edge)
    participant = replace(participant, game_shown=False)
    return _wait(participant, project, requested, request, view, answered=answered)


def noting_wait(decision: Decision, project: Project, request: Request) -> Decision:
    """Return the decision with the time from which a participant at a game waits for it."""
    participant = decision.participant
    if decision.show is Show.GAME or not project.is_game(participant.position):
        return decision
    return replace(decision, participant=replace(participant, servers=participant.servers.wait(request.at)))


def _waited(servers: Servers) -> float:
    came, playing = servers.came_at, servers.playing_at
    return 0.0 if came is None or playing is None else max((playing - came).total_seconds(), 0.0)


def _stop(participant: Participant, project: Project, requested: RequestedSession) -> Stop:
    delay = project.stop_delay_at(participant.position)
    return Stop(project.id, participant.user_id, requested.id, delay, "the participant moved on")


def _wait(
    participant: Participant,
    project: Project,
    requested: RequestedSession,
    request: Request,
    view: SessionView,
    *,
    answered: bool,
) -> Decision:
    """Let a participant at the game wait.

    Request a session again, with growing pauses, if none comes. If the last one ended because
    no participant needed it, only the participant requests another: a page may poll for days. A
    session of the participant in another study goes on, unless an answer in this study asked for
    this one.
    """
    answered = answered or participant.has_answered_since(requested.requested_at)
    if view.elsewhere_until is not None and not (answered and view.elsewhere_yields):
        show = Show.WAIT if request.is_post else Show.ELSEWHERE
        return Decision(participant, (), show, elsewhere_until=view.elsewhere_until)
    show = Show.SERVER_FAILED if requested.failures >= FAILURES_SHOWN else Show.WAIT
    if view.in_line and not request.is_post:
        # A POST gets `wait`: only that makes an old client begin to poll (docs/lifecycle.md).
        show = Show.IN_LINE
    if view.live_id is not None:
        return _while_live(participant, requested, request, view, show, answered=answered)
    if not view.over:
        return (
            _repeat(participant, requested, request, show, answered=answered)
            if request.at - requested.published_at > _pause(requested.published)
            else Decision(participant, (), show)
        )
    return _after_end(participant, project, requested, request, view, answered=answered)


def _while_live(
    participant: Participant,
    requested: RequestedSession,
    request: Request,
    view: SessionView,
    show: Show,
    *,
    answered: bool,
) -> Decision:
    """Wait for a session that exists; publish its start again if no function has touched it for long."""
    since = request.at - requested.published_at
    untouched = request.at - (view.touched_at or request.at)
    if view.stopping:
        if request.is_post:
            participant = replace(participant, servers=replace(participant.servers, asked=view.live_id))
        return Decision(participant, (), Show.SERVER_FAILED if untouched > _STUCK else show)
    if untouched > _STALE and since > _STALE:
        return _repeat(participant, requested, request, show, answered=answered)
    return Decision(participant, (), show)


def _after_end(
    participant: Participant,
    project: Project,
    requested: RequestedSession,
    request: Request,
    view: SessionView,
    *,
    answered: bool,
) -> Decision:
    """Request another session after one that is over, if the reason of its end allows it."""
    if view.refused:
        if view.line_is_full:
            return Decision(participant, (), Show.COME_BACK)
        return _request_session(
            participant,
            project,
            request,
            Show.WAIT,
            requested.failures,
            answered=answered,
            since=requested.requested_at,
        )
    if view.ended_by is not None or (view.was_ready and participant.servers.shown != requested.id):
        if request.is_post or participant.servers.asked == requested.id:
            return _request_session(participant, project, request, Show.WAIT, failures=0, answered=answered)
        return Decision(participant, (), Show.STILL_THERE)
    failures = requested.failures + 1
    show = Show.SERVER_FAILED if failures >= FAILURES_SHOWN else Show.WAIT
    if request.at - (view.ended_at or requested.requested_at) > _pause(failures):
        return _request_session(participant, project, request, show, failures, answered=answered)
    return Decision(participant, (), show)


def _request_session(
    participant: Participant,
    project: Project,
    request: Request,
    show: Show,
    failures: int,
    *,
    answered: bool,
    since: datetime | None = None,
) -> Decision:
    """Request a new session, unless the participant has had as many as they may.

    Its id derives from the record, so simultaneous requests name the same one.

    Args:
        participant: who needs it.
        request: the browser's request.
        show: what the participant sees.
        failures: how many sessions in a row failed before it.
        answered: the request is an answer that was accepted.
        project: limits how many they may have.
        since: its rank in line, of a session that the full line refused; None: the time of this request.
    """
    servers = participant.servers
    if since is None:  # the one before began a server
        if len(servers.recent(request.at)) >= project.servers_allowed:
            return Decision(participant, (), show if show is Show.PAGE else Show.SERVER_FAILED)
        servers = servers.begin(request.at)
    since = since or request.at
    number = participant.session.number + 1 if participant.session is not None else 1
    day = participant.last_request_at() or _created(participant, request)
    name = session_id(participant.project_id, participant.user_id, participant.created, number, day)
    session = RequestedSession(name, number, since, request.at, failures=failures)
    project_id, user_id, version = participant.project_id, participant.user_id, participant.version
    start = Start(project_id, user_id, name, since, version, takes_over=answered)
    return Decision(replace(participant, session=session, servers=servers), (start,), show)


def _repeat(
    participant: Participant, requested: RequestedSession, request: Request, show: Show, *, answered: bool
) -> Decision:
    """Publish the start message of the requested session again."""
    again = replace(requested, published=requested.published + 1, published_at=request.at)
    project_id, user_id, version = participant.project_id, participant.user_id, participant.version
    start = Start(project_id, user_id, requested.id, requested.requested_at, version, takes_over=answered)
    return Decision(replace(participant, session=again), (start,), show)


def _pause(times: int) -> timedelta:
    """Return the pause before the next start message, by how many were published or have failed."""
    return timedelta(seconds=_REQUEST_AGAIN.limit(times))


def _created(participant: Participant, request: Request) -> datetime:
    try:
        return from_text(participant.created)
    except ValueError:
        return request.at
