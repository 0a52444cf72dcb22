"""The step machine: where a participant goes on a request, and what has to be said to the session topics.

A pure function of the record, the project and the request, so that a lost race can simply decide again:

    arrive   the position after the request: only a POST for the current step, or a plain GET after the game, advances
    decide   the whole decision: the record to be, the messages to publish first, and what to show

Sessions are asked for by position, not by event: whoever should have a server and has none gets one asked for, whoever
has one and should not gets it stopped. A message that was lost is thereby sent again by the next request.
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
from hippo_gym.sessions.model import Phase, session_id
from hippo_gym.studies.projects import FINAL, Project, step_name

FAILURES_SHOWN: Final = 4
"""So many sessions in a row that ended at the game, and the participant is told instead of kept waiting."""

_MOST_IDLE_GETS: Final = 20
_STALE: Final = timedelta(seconds=90)
_STUCK: Final = timedelta(minutes=10)
_REQUEST_AGAIN: Final = Backoff(first=15, longest=3600)


@dataclass(frozen=True)
class Request:
    """What a participant's browser asked.

    Attributes:
        id: tells a request from its repetition.
        user_id: who asks, in lower case.
        at: when it came.
        is_post: it brings an answer.
        step: the position that it names, -1 if it names something that is none, None if it names nothing.
        entry: what the record keeps of it.
        answers: the form's fields; empty if it brings none that can be read.
        expected: the position that the participant was found at when the request was first looked at, and whether the
            game was shown to them; set when a lost race makes it be decided again, so that of two requests side by
            side one advances.
    """

    id: str
    user_id: str
    at: datetime
    is_post: bool
    step: int | None
    entry: Mapping[str, Any]
    expected: tuple[int, bool] | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionView:
    """What the session records say of a participant, as far as a decision needs it.

    Attributes:
        live_id: the live session in this project, or None.
        ready: it can be connected to.
        stopping: it is being taken down.
        touched_at: when its record was last written.
        over: the session that the participant's record names has ended.
        ended_at: when it ended.
        in_line: it waits for a place.
        phase: how far it is, if it is not ready.
    """

    live_id: str | None = None
    ready: bool = False
    stopping: bool = False
    touched_at: datetime | None = None
    over: bool = False
    ended_at: datetime | None = None
    in_line: bool = False
    phase: Phase = Phase.QUEUED


class Show(Enum):
    """What a participant is shown."""

    PAGE = "page"
    WAIT = "wait"
    IN_LINE = "in line"
    GAME = "show_game_page"
    SERVER_FAILED = "server failed"


@dataclass(frozen=True)
class Decision:
    """What a request leads to.

    Attributes:
        participant: the record to be.
        messages: to be published before the record is written.
        show: what the participant is shown.
        phase: how far the server is, while the participant waits.
        in_line: it waits for a place.
        again: write the record, then decide once more: a session is due that needs a record to be named after.
    """

    participant: Participant
    messages: tuple[Start | Stop, ...]
    show: Show
    phase: Phase = Phase.QUEUED
    in_line: bool = False
    again: bool = False


def arrive(participant: Participant | None, project: Project, request: Request) -> int:
    """Return the position that the participant is at once the request is done."""
    return _arrive(participant, project, request)[0]


def _arrive(participant: Participant | None, project: Project, request: Request) -> tuple[int, str | None]:
    """Return the position, and the outcome if an answer has just ended the study early."""
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
    """Tell whether `decide` has to know what has become of the participant's session."""
    position = arrive(participant, project, request)
    asked = participant.session if participant is not None else None
    stop_is_due = asked is not None and not asked.stop_requested and not project.wants_server(position)
    return participant is not None and (project.is_game(position) or stop_is_due)


def decide(
    participant: Participant | None, project: Project, request: Request, view: SessionView | None = None
) -> Decision:
    """Decide on a request.

    Args:
        participant: the record, None on the first visit.
        project: where the participant is.
        request: what they ask.
        view: their session; needed where `needs_session` says so.
    """
    position, outcome = _arrive(participant, project, request)
    if participant is None:
        new = Participant(project.id, request.user_id, str(request.at), position, version=project.version)
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
    )
    view = view or SessionView()
    decision = replace(_with_server(moved, project, request, view), phase=view.phase, in_line=view.in_line)
    if participant.has_seen(request.id) or (_is_poll(decision) and position == left and not request.is_post):
        return decision
    stored = _store(decision.participant, request, _about(request, left), accepted=position != left)
    return replace(decision, participant=stored)


def _about(request: Request, left: int) -> int:
    """Return the step that a request is about: what it names, or where it found its participant at first."""
    if request.step is not None and request.step > 0:
        return request.step
    return request.expected[0] if request.expected and request.expected[0] > 0 else left


def _is_poll(decision: Decision) -> bool:
    return decision.show in (Show.WAIT, Show.IN_LINE, Show.SERVER_FAILED)


def _store(participant: Participant, request: Request, step: int, *, accepted: bool) -> Participant:
    entry = {**request.entry, "step": step_name(step)}
    is_idle = not request.is_post and _is_idle(participant, entry["step"])
    if not accepted and (is_idle or request_log.is_full(participant.requests)):
        return participant
    if request.is_post:
        entry["accepted"] = accepted
    return replace(participant, requests=(*participant.requests, entry))


def _is_idle(participant: Participant, step: str) -> bool:
    """Tell a browser that was left alone: old clients go on polling once they have their page, for days if need be."""
    last = participant.requests[-_MOST_IDLE_GETS:]
    same = [entry for entry in last if entry.get("httpMethod") == "GET" and entry.get("step") == step]
    return len(same) == _MOST_IDLE_GETS


def _with_server(participant: Participant, project: Project, request: Request, view: SessionView) -> Decision:
    """Ask for a server or for its end, as the position wants, and choose what to show."""
    asked = participant.session
    at_game = project.is_game(participant.position)
    if not project.wants_server(participant.position):
        if asked is None or asked.stop_requested:
            return Decision(participant, (), Show.PAGE)
        asked = replace(asked, id=view.live_id or asked.id, stop_requested=True)
        return Decision(replace(participant, session=asked), (_stop(participant, project, asked),), Show.PAGE)
    if asked is None or (asked.stop_requested and view.live_id is None):
        return _ask(participant, request, Show.WAIT if at_game else Show.PAGE, failures=0)
    if not at_game:
        return Decision(participant, (), Show.PAGE)
    if asked.stop_requested and view.live_id == asked.id and not view.stopping:
        # Its end, asked for before this game, is on its way: this game would be cut short.
        return Decision(participant, (_stop(participant, project, asked),), Show.WAIT)
    if view.live_id is not None and not view.stopping:
        asked = replace(asked, id=view.live_id, stop_requested=False)
        participant = replace(participant, session=asked)
        if view.ready:
            return Decision(replace(participant, game_shown=True), (), Show.GAME)
    participant = replace(participant, game_shown=False)
    return _wait(participant, asked, request, view)


def _stop(participant: Participant, project: Project, asked: RequestedSession) -> Stop:
    delay = project.stop_delay_at(participant.position)
    return Stop(project.id, participant.user_id, asked.id, delay, "the participant moved on")


def _wait(participant: Participant, asked: RequestedSession, request: Request, view: SessionView) -> Decision:
    """Keep a participant at the game waiting; ask again, with growing pauses, for a server that does not come."""
    show = Show.SERVER_FAILED if asked.failures >= FAILURES_SHOWN else Show.WAIT
    if view.in_line and not request.is_post:
        # A POST is answered `wait`, which is what makes an old client begin to poll (docs/participant-protocol.md).
        show = Show.IN_LINE
    since = request.at - asked.published_at
    if view.live_id is not None:
        untouched = request.at - (view.touched_at or request.at)
        if view.stopping:
            return Decision(participant, (), Show.SERVER_FAILED if untouched > _STUCK else show)
        if untouched > _STALE and since > _STALE:
            return _repeat(participant, asked, request, show)
        return Decision(participant, (), show)
    if not view.over:
        return (
            _repeat(participant, asked, request, show)
            if since > _pause(asked.published)
            else Decision(participant, (), show)
        )
    failures = asked.failures + 1
    show = Show.SERVER_FAILED if failures >= FAILURES_SHOWN else Show.WAIT
    if request.at - (view.ended_at or asked.requested_at) > _pause(failures):
        return _ask(participant, request, show, failures)
    return Decision(participant, (), show)


def _ask(participant: Participant, request: Request, show: Show, failures: int) -> Decision:
    """Ask for a new session, named after the record alone, so that requests side by side ask for the same one."""
    number = participant.session.number + 1 if participant.session is not None else 1
    day = participant.last_heard() or _created(participant, request)
    name = session_id(participant.project_id, participant.user_id, participant.created, number, day)
    session = RequestedSession(name, number, request.at, request.at, failures=failures)
    start = Start(participant.project_id, participant.user_id, name, request.at, participant.version)
    return Decision(replace(participant, session=session), (start,), show)


def _repeat(participant: Participant, asked: RequestedSession, request: Request, show: Show) -> Decision:
    again = replace(asked, published=asked.published + 1, published_at=request.at)
    start = Start(participant.project_id, participant.user_id, asked.id, asked.requested_at, participant.version)
    return Decision(replace(participant, session=again), (start,), show)


def _pause(times: int) -> timedelta:
    """Return how long to wait before a server is requested again, by how often it was requested already."""
    return timedelta(seconds=_REQUEST_AGAIN.limit(times))


def _created(participant: Participant, request: Request) -> datetime:
    try:
        return from_text(participant.created)
    except ValueError:
        return request.at
