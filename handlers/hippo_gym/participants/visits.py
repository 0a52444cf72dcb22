"""A participant's request to `/next`: what it asks, what is decided on it and written down. `answers` says the rest.

A warm step costs two S3 calls: the record is read and written. At the game the session record is read besides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hippo_gym.participants import pages, request_log, steps
from hippo_gym.participants.answers import Answers, notice
from hippo_gym.participants.pages import Pages
from hippo_gym.participants.records import HeldParticipant, Participant, Participants
from hippo_gym.participants.steps import Decision, Request, SessionView, Show
from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Conflict, ParticipantError, Transient
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import UNMEASURED, Meter, Metric
from hippo_gym.sessions import messages
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.model import STOPPED
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket
from hippo_gym.storage.optimistic import for_seconds, tries
from hippo_gym.studies.enrolment import Rosters
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import (
    MasterListInvalid,
    Project,
    ProjectInvalid,
    Projects,
    UnknownProject,
    step_position,
)

_SECONDS: Final = 4
"""For writing the record when requests of one participant race; next_step has 10 seconds in all."""

_LARGEST_BODY: Final = 256 * 1024
_NOT_PUBLISHED: Final = "NotPublished"


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
    sessions: SessionStore
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
            sessions=SessionStore(bucket, clock),
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
            Transient: others were first again and again, or the time left to the invocation does not suffice.
            ParticipantRecordInvalid, SessionRecordInvalid, RosterInvalid: what is kept of them cannot be read.
            BotoCoreError, ClientError: S3 has failed. SNS, too, if it was a poll of somebody who waits for a server.
        """
        project_id, user_id = _ids(http_request)
        logger.append_keys(project_id=project_id, user_id=user_id.lower())
        try:
            project = self.projects.find(project_id)
        except (ProjectInvalid, MasterListInvalid) as error:
            logger.error("the project cannot be read from the master list", exc_info=error)
            self.meter.add(Metric.STUDY_FAULTS)
            return notice("studyBroken", pages.study_broken(), None)
        try:
            served, decision = self._decide_and_write(project, user_id, _request(http_request, user_id, self.clock))
        except _TurnedAway as turned:
            logger.info("turned away", notice=turned.notice)
            return notice(turned.notice, turned.page, None)
        shaped = Answers(self.pages, self.places, self.root_domain, self.reserved, self.meter)
        return shaped.to(served, decision, user_id)

    def _decide_and_write(self, current: Project, user_id: str, request: Request) -> tuple[Project, Decision]:
        """Return the decision, and the project as this participant began with it."""
        for _ in tries(self.clock, for_seconds(self.clock, _SECONDS)):
            project, decision, held = self._decided(current, user_id, request)
            written = self._wrote(decision, project, held)
            if written and decision.again:  # a session is named after the record, so the record comes first
                project, decision, held = self._decided(current, user_id, request)
                written = self._wrote(decision, project, held)
            if written:
                return project, decision
            if request.expected is None:
                request = replace(request, expected=_found(project, held.participant if held else None))
        raise Transient("other requests of this participant were written first each time; try again")

    def _decided(
        self, current: Project, user_id: str, request: Request
    ) -> tuple[Project, Decision, HeldParticipant | None]:
        held = self.participants.find(current, user_id)
        participant = held.participant if held else None
        if participant is None:
            self._let_in(current, user_id)
        project = self.projects.began_with(current, participant.version if participant else None)
        decision = self._published(self._decide(project, request, participant), participant, request)
        return project, decision, held

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

    def _published(self, decision: Decision, before: Participant | None, request: Request) -> Decision:
        """Publish; return the decision as it may be written.

        A message that cannot be published costs nobody an answer: the record then says nothing of it, and the next
        request asks again. Where none comes, for the study is over, the stop schedule or the sweeper ends the server.
        """
        for message in decision.messages:
            told = {"action": message.payload()["action"], "session_id": message.session_id}
            try:
                self.publish(message)
            except Exception:  # whatever it was, an answer is worth more
                if decision.show is not Show.PAGE and not request.is_post:
                    raise  # a poll brings no answer, and whoever waits for a server must not wait without end
                logger.exception("not published: the next request asks again", **told)
                self.meter.add(Metric.REQUESTS_FAILED, reason=_NOT_PUBLISHED)
                session = before.session if before is not None else None
                return replace(decision, participant=replace(decision.participant, session=session))
            logger.info("published", **told)
        return decision

    def _wrote(self, decision: Decision, project: Project, held: HeldParticipant | None) -> bool:
        """Write; False if another request was first, and all has to be decided again."""
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


class _TurnedAway(Exception):
    """Somebody new is not let in, and reads why."""

    def __init__(self, notice: str, page: str) -> None:
        super().__init__(notice)
        self.notice = notice
        self.page = page


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
    return Request(
        id=http_request.id,
        user_id=user_id.lower(),
        at=at,
        is_post=http_request.method == "POST",
        step=-1 if named is not None and position is None else position,
        entry=request_log.entry_of(http_request, at),
        answers=_answers(body),
    )


def _answers(body: str | None) -> Mapping[str, Any]:
    """Read a form's fields, if the body holds any."""
    try:
        read = json.loads(body or "{}")
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
