"""The step machine: which step a request leads to, and which session messages it publishes.

Both functions are pure, so that a request that loses a race decides again on the newer record:

    arrive   the position after the request: only a POST for the current step, or a plain GET after
             the game, advances
    decide   the whole decision: the new record, the messages to publish first, and what to show

The position alone decides whether a participant should have a server. Each request starts a missing
session and stops one that is no longer needed, so the next request repeats a message that was lost.
"""

from __future__ import annotations

from dataclasses import replace

from hippo_gym.participants import request_log, servers, waits
from hippo_gym.participants.decisions import Decision, Request, SessionView, Show
from hippo_gym.participants.records import Participant
from hippo_gym.studies.assignment import Assignment, by_hash, completed
from hippo_gym.studies.devices import SCREENED_OUT
from hippo_gym.studies.exits import SERVER_FAILED
from hippo_gym.studies.projects import FINAL, Project, step_name


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
    if taken is not None:
        return FINAL, taken.outcome
    if not _unmet(project, current, request):
        return project.after(current), None
    gave_up = request.device is not None and request.device.gave_up
    return (FINAL, SCREENED_OUT) if gave_up else (current, None)


def _unmet(project: Project, position: int, request: Request) -> tuple[str, ...]:
    """Name what the study requires and the device of an answer to the first step does not have."""
    if project.requires is None or request.device is None or not request.is_post or position != project.after(0):
        return ()
    return project.requires.unmet(request.device)


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
    request = _with_device(project, request)
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
    answered = request.is_post and position != left
    decision = servers.for_position(moved, project, request, view, answered=answered)
    decision = _waited(servers.noting_wait(decision, project, request), moved, request, view)
    if decision.show is Show.SERVER_FAILED and project.completion.has_way_out(SERVER_FAILED):
        waiting = decision.participant.waiting
        failed = replace(moved, position=FINAL, outcome=SERVER_FAILED, game_shown=False, waiting=waiting)
        decision = servers.for_position(failed, project, request, view, answered=False)
    if decision.participant.outcome == SERVER_FAILED and decision.show is Show.PAGE:
        decision = replace(decision, show=Show.SERVER_FAILED)
    unmet = _unmet(project, left, request) if position == left else ()
    decision = replace(decision, phase=view.phase, in_line=view.in_line, ended_by=view.ended_by, unmet=unmet)
    if participant.has_seen(request.id) or (_is_poll(decision) and position == left and not request.is_post):
        return decision
    stored = _store(decision.participant, request, _about(request, left), accepted=position != left)
    return replace(decision, participant=stored)


def _with_device(project: Project, request: Request) -> Request:
    """Add what the page measured of the device to what the record keeps, in a study that requires something of it."""
    if project.requires is None or request.device is None:
        return request
    gave_up = {"gaveUp": True} if request.device.gave_up else {}
    return replace(request, entry={**request.entry, "device": {**request.device.measured, **gave_up}})


def _waited(decision: Decision, before: Participant, request: Request, view: SessionView) -> Decision:
    """Note how long the participant has waited for the game, and end a wait that is too long.

    Args:
        decision: what to show.
        before: the record at the request's position, before the decision.
        request: the browser's request.
        view: the participant's session.
    """
    if before.position >= FINAL or view.in_line or decision.show is Show.COME_BACK:
        return decision  # `admitted_at` ends a wait in line: until then, polls write nothing
    if decision.show not in (Show.WAIT, Show.SERVER_FAILED) or decision.elsewhere_until is not None:
        return replace(decision, participant=replace(decision.participant, waiting=None))
    crashed = before.game_shown and view.ended_by is None
    session = before.session
    admitted_at = waits.left_line(session.requested_at, view.admitted_at) if session is not None else None
    waiting = waits.continued(before.waiting, request.at, admitted_at, crashed=crashed)
    show = Show.SERVER_FAILED if waiting.is_over(request.at) else decision.show
    return replace(decision, participant=replace(decision.participant, waiting=waiting), show=show)


def _about(request: Request, left: int) -> int:
    """Return the step that a request names, or else where it first found the participant."""
    if request.step is not None and request.step > 0:
        return request.step
    return request.expected[0] if request.expected and request.expected[0] > 0 else left


def _is_poll(decision: Decision) -> bool:
    polls = (Show.WAIT, Show.IN_LINE, Show.ELSEWHERE, Show.SERVER_FAILED, Show.COME_BACK, Show.STILL_THERE)
    return decision.show in polls


def _store(participant: Participant, request: Request, step: int, *, accepted: bool) -> Participant:
    """Add the request to the record, unless it completes no step and the log has no room for it.

    Old clients poll for days after they have their page.
    """
    entry = {**request.entry, "step": step_name(step)}
    if not accepted:
        entry = request_log.unaccepted(entry)
        if not request_log.has_room(participant.requests, entry):
            return participant
    if request.is_post:
        entry["accepted"] = accepted
    return replace(participant, requests=(*participant.requests, entry))
