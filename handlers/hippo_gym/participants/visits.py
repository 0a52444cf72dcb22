"""Carries out a request to `/next`: read the record, decide, publish, write.

`answers` builds the answer. On a warm function a step costs two S3 calls, one to read and one to
write the participant record; at the game one more, to read the session record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.participants import access, pages, requests, steps
from hippo_gym.participants.answers import Answers, language_of, notice
from hippo_gym.participants.assigning import Assigner
from hippo_gym.participants.decisions import Decision, Request, SessionView, Show
from hippo_gym.participants.enrolling import Enroller, EnrolmentRefused
from hippo_gym.participants.pages import Pages
from hippo_gym.participants.records import HeldParticipant, Participant, Participants
from hippo_gym.participants.server_history import Servers
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Conflict, Transient
from hippo_gym.runtime.http import HttpRequest
from hippo_gym.runtime.kept_headers import DEFAULT, Keep
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import UNMEASURED, Meter, Metric
from hippo_gym.runtime.settings import MAX_LINE
from hippo_gym.sessions import messages
from hippo_gym.sessions.capacity import Places, PlacesInvalid
from hippo_gym.sessions.edge import Edge, server_of
from hippo_gym.sessions.model import STOPPED
from hippo_gym.sessions.presence import PresenceStore
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket
from hippo_gym.storage.optimistic import for_seconds, tries
from hippo_gym.studies.assignment import Assignment
from hippo_gym.studies.balance import BalanceStore
from hippo_gym.studies.enrolment import RosterStore
from hippo_gym.studies.links import Verdict
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import MasterListInvalid, Project, ProjectInvalid

_SECONDS: Final = 4
"""Limit for writing the record when requests of one participant race; next_step has 10 seconds in
all.
"""

_NOT_PUBLISHED: Final = "NotPublished"


def no_links(proof: str, project_id: str, user_id: str) -> Verdict:
    """Return INVALID: a deployment without keys has signed no link."""
    return Verdict.INVALID


@dataclass(frozen=True)
class Visits:
    """Serves `/next`.

    Attributes:
        judge: checks a signed link's proof.
        enroller: admits new participants, and counts them.
        presence: keeps the heartbeats of participants' pages.
        assigner: gives new participants their groups and conditions.
        publish: publishes a session message to its topic.
        root_domain: a participant's server is `{userId}.{root_domain}`.
        reserved: labels under it that no server gets (dns_labels.py).
        edge: the distribution through which pages reach servers; None: they do not.
        meter: counts what was served.
        keep: what records keep of clients in studies that do not say.
    """

    projects: Projects
    participants: Participants
    sessions: SessionStore
    places: Places
    enroller: Enroller
    presence: PresenceStore
    assigner: Assigner
    pages: Pages
    publish: Callable[[messages.Start | messages.Stop], None]
    clock: Clock
    root_domain: str
    reserved: tuple[str, ...] = ()
    judge: access.Judge = no_links
    meter: Meter = UNMEASURED
    keep: Keep = DEFAULT
    edge: Edge | None = None

    @classmethod
    def over(
        cls,
        bucket: Bucket,
        clock: Clock,
        publish: Callable[[messages.Start | messages.Stop], None],
        root_domain: str,
        cache_seconds: float,
        reserved: tuple[str, ...] = (),
        judge: access.Judge = no_links,
        max_line: int = MAX_LINE,
    ) -> Visits:
        """Assemble the objects that serve `/next` from one bucket.

        Args:
            bucket: the projects bucket.
            clock: the time.
            publish: publishes a session message to its topic.
            root_domain: participants' servers are below it.
            cache_seconds: how long master list and pages are used before S3 is called again.
            reserved: labels under the root domain that no server gets.
            judge: checks a signed link's proof; by default no link is valid.
            max_line: the greatest length of the line for a place.
        """
        objects = ObjectCache(bucket, clock, cache_seconds)
        found = Pages(objects)
        return cls(
            projects=Projects(objects),
            participants=Participants(bucket),
            sessions=SessionStore(bucket, clock),
            places=Places(bucket, clock, max_line=max_line),
            enroller=Enroller(RosterStore(bucket, clock), clock),
            presence=PresenceStore(bucket),
            assigner=Assigner(found, BalanceStore(bucket, clock)),
            pages=found,
            publish=publish,
            clock=clock,
            root_domain=root_domain,
            judge=judge,
            reserved=reserved,
        )

    def serve(self, http_request: HttpRequest) -> dict[str, Any]:
        """Return the JSON object that answers a request.

        Raises:
            UnknownProject: the project does not exist, or takes no new participants.
            LinkKeysInvalid: the keys of a study's links cannot be read.
            RequestRefused: the query or the body is not valid; the text says why.
            Transient: other requests wrote the record first each time, or the invocation is out of
                time.
            ParticipantRecordInvalid, SessionRecordInvalid, RosterInvalid: a stored object is not
                valid.
            BotoCoreError, ClientError: S3 failed; or SNS failed and the request was a poll of a
                participant who waits for a server.
        """
        project_id, user_id = requests.ids(http_request)
        logger.append_keys(project_id=project_id, user_id=user_id.lower())
        try:
            project = self.projects.find(project_id)
        except (ProjectInvalid, MasterListInvalid) as error:
            logger.error("the project cannot be read from the master list", exc_info=error)
            self.meter.add(Metric.STUDY_FAULTS)
            return notice("studyBroken", pages.study_broken(), None)
        try:
            proof = access.present(project, user_id, http_request.proof, self.judge)
            request = requests.read(http_request, user_id, self.clock, project.keep.over(self.keep))
            served, decision = self._decide_and_write(project, user_id, request, proof)
        except access.Refused as refused:
            logger.info("access refused", notice=refused.notice)
            self.meter.add(Metric.INPUTS_REJECTED)
            return notice(refused.notice, refused.page, None) | language_of(project)
        except EnrolmentRefused as refused:
            logger.info("participant not admitted", notice=refused.notice)
            return notice(refused.notice, refused.page, None) | language_of(project)
        self._note_presence(served, decision, request)
        shaped = Answers(self.pages, self.places, self.root_domain, self.reserved, self.meter, self.edge)
        has_texts = http_request.query.get("words") == "1"
        return shaped.to(served, decision, user_id, here=request.here, has_texts=has_texts)

    def _note_presence(self, project: Project, decision: Decision, request: Request) -> None:
        """Write the heartbeat of a participant who may have a server; a failure changes nothing else.

        The first one comes with the start message. A page that waits for its server sends no others:
        no session is idle before it is ready.
        """
        session, at = decision.participant.session, decision.participant.position
        starts = any(isinstance(message, messages.Start) for message in decision.messages)
        may_be_up = decision.show is Show.GAME or (not request.is_post and not project.is_game(at))
        if not request.here or session is None or session.stop_requested or not project.wants_server(at):
            return
        if project.idle_timeout is None or not (starts or may_be_up):
            return
        try:
            self.presence.note(session.id)
        except (Conflict, BotoCoreError, ClientError) as error:
            logger.error("a heartbeat was not written", session_id=session.id, exc_info=error)

    def _decide_and_write(
        self, current: Project, user_id: str, request: Request, proof: access.Proof
    ) -> tuple[Project, Decision]:
        """Return the decision, and the project in the version that the participant began with."""
        for _ in tries(self.clock, for_seconds(self.clock, _SECONDS)):
            held = self.participants.find(current, user_id)
            project, decision = self._decided(current, user_id, held, request, proof)
            written = self._try_to_write(decision, project, held)
            if written is not None and decision.again:  # the session's id derives from the stored record
                held = written
                project, decision = self._decided(current, user_id, held, request, proof)
                written = self._try_to_write(decision, project, held)
            if written is not None:
                return project, decision
            if request.expected is None:
                request = replace(request, expected=_found(project, held.participant if held else None))
        raise Transient("other requests of this participant were written first each time; try again")

    def _decided(
        self, current: Project, user_id: str, held: HeldParticipant | None, request: Request, proof: access.Proof
    ) -> tuple[Project, Decision]:
        participant = held.participant if held else None
        access.admit(current, user_id, participant, proof, self.judge)
        assignment, enrolment = None, None
        if participant is None:
            enrolment = self.enroller.admit(current)
            assignment = self.assigner.assign(current, user_id)
        project = self.projects.began_with(current, participant.version if participant else None)
        decided = self._decide(project, request, participant, assignment, proof)
        decided = replace(decided, participant=access.bind(current, decided.participant, proof))
        if participant is None:
            decided = replace(decided, participant=replace(decided.participant, enrolment=enrolment))
        else:
            decided = replace(decided, participant=self.enroller.advance(current, participant, decided.participant))
        decision = self._published(decided, project, participant, request, proof)
        self.assigner.count(participant, decision.participant)
        return project, decision

    def _decide(
        self,
        project: Project,
        request: Request,
        participant: Participant | None,
        assignment: Assignment | None,
        proof: access.Proof,
    ) -> Decision:
        view = None
        if participant is not None and steps.needs_session(participant, project, request):
            at_game = project.is_game(steps.arrive(participant, project, request))
            view = self._view(project, participant, proof, at_game=at_game)
        return steps.decide(participant, project, request, view, assignment)

    def _published(
        self, decision: Decision, project: Project, before: Participant | None, request: Request, proof: access.Proof
    ) -> Decision:
        """Publish the messages; return the decision to write.

        If SNS fails, the participant's answer is still written, without the session of the message,
        and the next request publishes again. After the last answer there may be no next request:
        then the stop schedule or the sweeper ends the server.
        """
        for message in decision.messages:
            ids = {"action": message.payload()["action"], "session_id": message.session_id}
            try:
                self.publish(self._with_assignment(message, decision.participant, project, proof))
            except Exception:  # whatever failed, the participant's answer must be written
                if decision.show is not Show.PAGE and not request.is_post:
                    raise  # a poll carries no answer; its client shows the error instead of waiting without end
                logger.exception("not published; the next request publishes again", **ids)
                self.meter.add(Metric.REQUESTS_FAILED, reason=_NOT_PUBLISHED)
                session = before.session if before is not None else None
                servers = before.servers if before is not None else Servers()
                unpublished = replace(decision.participant, session=session, servers=servers)
                return replace(decision, participant=unpublished, messages=())
            logger.info("published", **ids)
        return decision

    def _with_assignment(
        self, message: messages.Start | messages.Stop, participant: Participant, project: Project, proof: access.Proof
    ) -> messages.Start | messages.Stop:
        """Add the participant's groups and conditions, for the container, and their proof to a start message."""
        if isinstance(message, messages.Stop):
            return message
        groups = self.assigner.groups_of(participant, project)
        return replace(message, groups=groups, conditions=participant.conditions, holder=proof.digest)

    def _try_to_write(
        self, decision: Decision, project: Project, held: HeldParticipant | None
    ) -> HeldParticipant | None:
        """Write the record and return it; None if another request was faster: the caller decides again."""
        if held is not None and held.etag is not None and decision.participant == held.participant:
            return held
        try:
            etag = self.participants.save(decision.participant, project, held.etag if held else None)
        except Conflict:
            return None
        return HeldParticipant(decision.participant, etag)

    def _view(self, project: Project, participant: Participant, proof: access.Proof, *, at_game: bool) -> SessionView:
        """Read the participant's session. Only a participant at a game needs to know how an ended one ended."""
        held = self.sessions.live(participant.user_id)
        if held is not None and held.session.project_id == project.id:
            live = held.session
            return SessionView(
                live.id,
                live.ready and (not live.has_warm or live.seen.dns_in_sync),
                live.wanted == STOPPED,
                live.updated_at,
                in_line=live.in_line,
                phase=live.phase,
                token=live.token,
                admitted_at=live.admitted_at,
                warm=live.seen.warm.user_id if live.ready and live.has_warm and live.seen.warm else None,
                edge=server_of(live),
            )
        requested = participant.session
        ended = self.sessions.ended(project.id, requested.id) if requested is not None and at_game else None
        if held is None or held.session.wanted == STOPPED:
            if ended is None:
                return SessionView()
            return SessionView(
                over=True,
                ended_at=ended.ended_at,
                ended_by=ended.ended_by,
                was_ready=ended.seen.ready_at is not None,
                refused=ended.line_full,
                line_is_full=ended.line_full and self._line_is_full(),
            )
        view = SessionView() if ended is None else SessionView(over=True, ended_at=ended.ended_at)
        yields = held.session.yields_to(proof.digest, takes_over=True)
        return replace(view, elsewhere_until=held.session.stop_at, elsewhere_yields=yields)

    def _line_is_full(self) -> bool:
        try:
            return self.places.line_is_full()
        except PlacesInvalid as error:
            logger.error("the length of the line cannot be read", exc_info=error)
            return True


def _found(project: Project, participant: Participant | None) -> tuple[int, bool]:
    """Return `Request.expected`: where the request found the participant.

    That is the position, and whether the game was shown there; (0, False) without a record.
    """
    if participant is None:
        return 0, False
    return project.at_or_after(participant.position), participant.game_shown
