"""A participant's request to `/next`, from the ids in its query to the page in its answer.

A warm step costs two S3 calls: the record is read and written. At the game the session record is read besides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hippo_gym import messages, pages, schemas, steps
from hippo_gym.bucket import Bucket
from hippo_gym.cache import ObjectCache
from hippo_gym.clock import Clock, to_text
from hippo_gym.errors import Conflict, ParticipantError, Transient
from hippo_gym.http import HttpRequest
from hippo_gym.logs import logger
from hippo_gym.metrics import UNMEASURED, Meter, Metric
from hippo_gym.names import label_of
from hippo_gym.pages import Pages
from hippo_gym.participants import HeldParticipant, Participant, Participants
from hippo_gym.places import Places, PlacesInvalid
from hippo_gym.projects import (
    FINAL,
    MasterListInvalid,
    Project,
    ProjectInvalid,
    Projects,
    UnknownProject,
    step_name,
    step_position,
)
from hippo_gym.rosters import Rosters
from hippo_gym.session_records import Sessions
from hippo_gym.sessions import STOPPED, Phase
from hippo_gym.steps import Decision, Request, SessionView, Show

_MOST_TRIES: Final = 8
_LARGEST_BODY: Final = 256 * 1024
FINISHED: Final = "finished"
SERVER_FAILED: Final = "serverFailed"
"""Outcomes that every study has; the others are its exits."""

_ASK_AGAIN_IN_LINE: Final = 10
_ASK_AGAIN_AFTER: Final = {Phase.QUEUED: 5, Phase.STARTING: 3, Phase.ALMOST_READY: 1, Phase.RESTARTING: 3}


class RequestRefused(ParticipantError):
    """The request names no participant, or brings more than can be kept."""


@dataclass(frozen=True)
class Visits:
    """What it takes to serve `/next`.

    Attributes:
        publish: puts a session message on its topic.
        root_domain: participants' servers are `{userId}.{root_domain}`.
        reserved: labels under it that are never a server's (names.py).
        meter: takes down what was served.
    """

    projects: Projects
    participants: Participants
    sessions: Sessions
    places: Places
    rosters: Rosters
    pages: Pages
    publish: Callable[[messages.Start | messages.Stop], None]
    clock: Clock
    root_domain: str
    reserved: tuple[str, ...] = ()
    meter: Meter = UNMEASURED

    @classmethod
    def over(
        cls,
        bucket: Bucket,
        clock: Clock,
        publish: Callable[[messages.Start | messages.Stop], None],
        root_domain: str,
        cache_seconds: float,
        reserved: tuple[str, ...] = (),
    ) -> Visits:
        """Put together what serves `/next` from one bucket.

        Args:
            bucket: the projects bucket.
            clock: tells the time.
            publish: puts a session message on its topic.
            root_domain: participants' servers are below it.
            cache_seconds: how long master list and pages are trusted before S3 is asked again.
            reserved: labels under the root domain that are never a server's.
        """
        objects = ObjectCache(bucket, clock, cache_seconds)
        return cls(
            projects=Projects(objects),
            participants=Participants(bucket),
            sessions=Sessions(bucket, clock),
            places=Places(bucket, clock),
            rosters=Rosters(bucket, clock),
            pages=Pages(objects),
            publish=publish,
            clock=clock,
            root_domain=root_domain,
            reserved=reserved,
        )

    def serve(self, http_request: HttpRequest) -> dict[str, Any]:
        """Return the JSON object that answers a request.

        Raises:
            UnknownProject: there is no such project, or it takes no new participants.
            RequestRefused: the query or the body cannot be accepted; the text says why.
            Transient: other requests of the same participant were first again and again.
        """
        project_id, user_id = _ids(http_request)
        logger.append_keys(project_id=project_id, user_id=user_id.lower())
        try:
            project = self.projects.find(project_id)
        except (ProjectInvalid, MasterListInvalid) as error:
            logger.error("the project cannot be read from the master list", exc_info=error)
            self.meter.add(Metric.STUDY_FAULTS)
            return _notice("studyBroken", pages.study_broken(), None)
        try:
            served, decision = self._decide_and_write(project, user_id, _request(http_request, user_id, self.clock))
        except _TurnedAway as turned:
            logger.info("turned away", notice=turned.notice)
            return _notice(turned.notice, turned.page, None)
        return self._answer(served, decision, user_id)

    def _decide_and_write(self, current: Project, user_id: str, request: Request) -> tuple[Project, Decision]:
        """Return the decision, and the project as this participant began with it."""
        for _ in range(_MOST_TRIES):
            held = self.participants.find(current, user_id)
            participant = held.participant if held else None
            if participant is None:
                self._let_in(current, user_id)
            project = self.projects.began_with(current, participant.version if participant else None)
            decision = self._decide(project, request, participant)
            if self._wrote(decision, project, held):
                if not decision.again:
                    return project, decision
                continue
            if request.expected is None:
                request = replace(request, expected=_found(project, participant))
        raise Transient("other requests of this participant were first each time; try again")

    def _let_in(self, project: Project, user_id: str) -> None:
        """Let somebody new in, or raise; old clients show an error for a project that is not live."""
        if not project.live:
            raise UnknownProject(f"project {project.id!r} takes no new participants")
        doors, now = project.doors, self.clock.now()
        if doors.opens_at is not None and now < doors.opens_at:
            raise _TurnedAway("notOpen", pages.not_open(doors.opens_at))
        if doors.closes_at is not None and now >= doors.closes_at:
            raise _TurnedAway("closed", pages.closed(project.researcher))
        most = doors.most_participants
        if most is not None and not self.rosters.admit(project.id, user_id, most):
            raise _TurnedAway("full", pages.full(project.researcher))

    def _decide(self, project: Project, request: Request, participant: Participant | None) -> Decision:
        view = None
        if participant is not None and steps.needs_session(participant, project, request):
            view = self._view(project, participant)
        return steps.decide(participant, project, request, view)

    def _wrote(self, decision: Decision, project: Project, held: HeldParticipant | None) -> bool:
        """Publish, then write; False if another request was first, and all has to be decided again."""
        for message in decision.messages:
            self.publish(message)
            logger.info("published", action=message.payload()["action"], session_id=message.session_id)
        if held is not None and held.etag is not None and decision.participant == held.participant:
            return True
        try:
            self.participants.save(decision.participant, project, held.etag if held else None)
        except Conflict:
            return False
        return True

    def _view(self, project: Project, participant: Participant) -> SessionView:
        held = self.sessions.live(participant.user_id)
        if held is not None and held.session.project_id == project.id:
            live = held.session
            return SessionView(
                live.id, live.ready, live.wanted == STOPPED, live.updated_at, in_line=live.in_line, phase=live.phase
            )
        asked = participant.session
        ended = self.sessions.ended(project.id, asked.id) if asked is not None else None
        if ended is None:
            return SessionView()
        return SessionView(over=True, ended_at=ended.ended_at)

    def _answer(self, project: Project, decision: Decision, user_id: str) -> dict[str, Any]:
        """Put the answer together; `user_id` is theirs as they spell it, which is how other sites know them."""
        participant = decision.participant
        name = step_name(participant.position)
        logger.info("served", step=name, show=decision.show.value)
        more = _progress(project, participant.position)
        if decision.show is Show.SERVER_FAILED:
            more |= _completion(project, SERVER_FAILED, user_id)
            return _notice("serverFailed", pages.server_failed(project.researcher), name) | more
        if decision.show is Show.GAME:
            self.meter.add(Metric.STEPS_SERVED)
            host = f"{label_of(participant.user_id, self.reserved)}.{self.root_domain}"
            server = {"host": host, "port": project.port}
            return _answer(decision.show.value, name) | {"server": server} | more
        if decision.show in (Show.WAIT, Show.IN_LINE):
            return self._wait(decision, name) | more
        if participant.position >= FINAL:
            more |= _completion(project, participant.outcome or FINISHED, user_id)
        file = project.page(participant.position, participant.outcome)
        if file is None:
            self.meter.add(Metric.STEPS_SERVED)
            return _answer(pages.thanks(), name) | more
        page = self.pages.find(project.id, project.version, file, participant.user_id)
        if page is None:
            logger.error("the step's page is not in the bucket", key=f"{project.id}/{file}")
            self.meter.add(Metric.STUDY_FAULTS)
            return _notice("pageMissing", pages.page_missing(project.researcher), name) | more
        self.meter.add(Metric.STEPS_SERVED)
        return _answer(page, name) | more

    def _wait(self, decision: Decision, step: str) -> dict[str, Any]:
        """Tell a waiting page what is happening, since when, and in how many seconds to ask again."""
        asked, phase = decision.participant.session, decision.phase
        told: dict[str, Any] = {"state": phase.value, "askAgainAfter": _ASK_AGAIN_AFTER[phase]}
        if asked is not None:
            told["since"] = to_text(asked.requested_at)
        ahead = self._ahead(asked.id) if asked is not None and decision.in_line else None
        if ahead is not None:
            told |= {"ahead": ahead, "askAgainAfter": _ASK_AGAIN_IN_LINE}
        page = pages.in_line(ahead or 0) if decision.show is Show.IN_LINE else Show.WAIT.value
        return _answer(page, step) | {"wait": told}

    def _ahead(self, session_id: str) -> int | None:
        """Count those in line before a session; None if it is not in line."""
        try:
            return self.places.ledger().ahead(session_id)
        except PlacesInvalid as error:
            logger.error("the place in line cannot be told", exc_info=error)
            return None


class _TurnedAway(Exception):
    """Somebody new is not let in, and reads why."""

    def __init__(self, notice: str, page: str) -> None:
        super().__init__(notice)
        self.notice = notice
        self.page = page


def _notice(notice: str, page: str, step: str | None) -> dict[str, Any]:
    """Answer with a page of the product's own; `notice` says which, to clients that have a page of their own for it."""
    return _answer(page, step) | {"notice": notice}


def _progress(project: Project, position: int) -> dict[str, Any]:
    if project.progress is None:
        return {}
    at, of = project.place_of(position)
    return {"progress": {"at": at, "of": of, "label": project.progress.get(position)}}


def _completion(project: Project, outcome: str, user_id: str) -> dict[str, Any]:
    code = project.completion.codes.get(outcome)
    redirect = project.completion.redirect_for(code, user_id, project.id)
    return {"completion": {"outcome": outcome, "code": code, "redirect": redirect}}


def _answer(page: str, step: str | None) -> dict[str, Any]:
    return {"page": page, "css": None} | ({} if step is None else {"step": step})


def _found(project: Project, participant: Participant | None) -> tuple[int, bool]:
    """Return where a request found its participant; nowhere, if it was their first and another was quicker."""
    if participant is None:
        return 0, False
    return project.at_or_after(participant.position), participant.game_shown


def _ids(http_request: HttpRequest) -> tuple[str, str]:
    """Check the ids at the door: they become object keys, and the user's a DNS label.

    Raises:
        UnknownProject: an id is missing, or the project's cannot be any project's.
        RequestRefused: the user id breaks its rule.
    """
    project_id = http_request.query.get("projectId", "")
    user_id = http_request.query.get("userId", "")
    if not user_id or not schemas.is_valid(schemas.PROJECT_ID, project_id):
        raise UnknownProject("projectId or userId is missing or cannot be one")
    found = schemas.faults(schemas.USER_ID, user_id)
    if found:
        raise RequestRefused(f"userId: found {found[0].found}; allowed: {found[0].allowed}")
    return project_id, user_id


def _request(http_request: HttpRequest, user_id: str, clock: Clock) -> Request:
    body = http_request.body
    if body is not None and len(body.encode("utf-8")) > _LARGEST_BODY:
        raise RequestRefused(f"the answer is larger than {_LARGEST_BODY} bytes")
    at = clock.now()
    named = http_request.query.get("step")
    position = None if named is None else step_position(named)
    entry = {
        "httpMethod": http_request.method,
        "headers": dict(http_request.headers),
        "queryStringParameters": dict(http_request.query),
        "body": body,
        "requestContext": {"requestId": http_request.id, "requestTime": to_text(at)},
    }
    return Request(
        id=http_request.id,
        user_id=user_id.lower(),
        at=at,
        is_post=http_request.method == "POST",
        step=-1 if named is not None and position is None else position,
        entry=entry,
        answers=_answers(body),
    )


def _answers(body: str | None) -> Mapping[str, Any]:
    """Read a form's fields, if the body holds any."""
    try:
        read = json.loads(body or "{}")
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
