"""The JSON object that `/next` answers with, for each kind of page that it can show.

Old clients read `page` and `css`; newer clients read the other keys, too
(docs/architecture.md, "A request to /next").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hippo_gym.participants import pages
from hippo_gym.participants.decisions import Decision, Show
from hippo_gym.participants.pages import Pages
from hippo_gym.runtime.clock import to_text
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import Meter, Metric
from hippo_gym.sessions.capacity import Places, PlacesInvalid
from hippo_gym.sessions.edge import Edge
from hippo_gym.sessions.model import Phase
from hippo_gym.sessions.resources.dns_labels import label_of
from hippo_gym.studies.devices import SCREENED_OUT
from hippo_gym.studies.exits import SERVER_FAILED
from hippo_gym.studies.projects import COMPARISON, FINAL, OPEN, Project, step_name
from hippo_gym.studies.wording import ENGLISH

FINISHED: Final = "finished"
"""The outcome of a study without an exit."""

_ASK_AGAIN_IN_LINE: Final = 10  # seconds
_ASK_AGAIN_WARM: Final = 1  # second, in a study whose servers may be there at once
_ASK_AGAIN_AFTER: Final = {Phase.QUEUED: 5, Phase.STARTING: 3, Phase.ALMOST_READY: 1, Phase.RESTARTING: 3}
"""Seconds until a waiting page asks again."""

HEARTBEAT_SECONDS: Final = 90
"""Seconds between two heartbeats: an idle time of five minutes, the shortest, takes three."""


@dataclass(frozen=True)
class Answers:
    """Builds the answers; the attributes are those of `Visits`."""

    pages: Pages
    places: Places
    root_domain: str
    reserved: tuple[str, ...]
    meter: Meter
    edge: Edge | None = None

    def to(
        self, project: Project, decision: Decision, user_id: str, *, here: bool = False, has_texts: bool = False
    ) -> dict[str, Any]:
        """Return the answer to a request whose decision has been written.

        Args:
            project: in the version that the participant began with.
            decision: what `steps.decide` returned for the request.
            user_id: the participant's id as they spell it, which is how other sites know them.
            here: the client sends heartbeats, and knows the notice `stillThere`.
            has_texts: the client has the study's own texts from an earlier answer.
        """
        participant = decision.participant
        name = step_name(participant.position)
        logger.append_keys(step=name, show=decision.show.value)  # in the metric's line, see runtime/emf.py
        more = _progress(project, participant.position) | language_of(project, has_texts=has_texts)
        more |= _looks(project) | _requirements(project, decision)
        if here and _sends_heartbeats(project, decision):
            more |= {"heartbeat": {"every": HEARTBEAT_SECONDS, "endsAfter": 60 * (project.idle_timeout or 0)}}
        if (without := self._without_server(project, decision, user_id, here=here)) is not None:
            return without | more
        if decision.show is Show.GAME:
            self.meter.add(Metric.STEPS_SERVED)
            if decision.waited is not None:
                self.meter.add(Metric.SECONDS_TO_PLAY, decision.waited, reason=project.id)
            return _answer(decision.show.value, name) | {"server": self._server(project, decision)} | more
        if decision.show in (Show.WAIT, Show.IN_LINE, Show.ELSEWHERE):
            logger.info("served")
            return self._wait(project, decision, name) | more
        if participant.position >= FINAL:
            more |= _completion(project, participant.outcome or FINISHED, user_id)
            if participant.outcome == SCREENED_OUT and all(each.outcome != SCREENED_OUT for each in project.exits):
                return notice("screenedOut", pages.screened_out(project.wording), name) | more
        file = project.page(participant.position, participant.outcome)
        if file is None:
            self.meter.add(Metric.STEPS_SERVED)
            return _answer(pages.thanks(project.wording), name) | more
        page = self.pages.find(project.id, project.version, file, participant.assigned(project))
        if page is None:
            logger.error("the step's page is not in the bucket", key=f"{project.id}/{file}")
            self.meter.add(Metric.STUDY_FAULTS)
            return notice("pageMissing", pages.page_missing(project.wording), name) | more
        self.meter.add(Metric.STEPS_SERVED)
        return _answer(_own(page, project, participant.user_id), name) | more

    def _without_server(
        self, project: Project, decision: Decision, user_id: str, *, here: bool
    ) -> dict[str, Any] | None:
        """Return the answer to a participant who gets no server for now; None for any other."""
        name = step_name(decision.participant.position)
        if decision.show is Show.SERVER_FAILED:
            code = _completion(project, SERVER_FAILED, user_id)
            if decision.participant.position < FINAL:
                return notice("serverFailed", pages.server_failed(project.wording), name) | code
            shown = None if here else code["completion"]["code"]
            return notice("serverFailed", pages.server_failed_for_good(project.wording, shown), name) | code
        if decision.show is Show.COME_BACK:
            return notice("lineFull", pages.come_back(project.wording), name)
        if decision.show is Show.STILL_THERE:
            # Clients that do not know the notice show the page with their Submit button.
            known = {"notice": "stillThere", "ended": decision.ended_by and decision.ended_by.value} if here else {}
            return _answer(pages.still_there(project.wording), name) | known
        return None

    def _server(self, project: Project, decision: Decision) -> dict[str, Any]:
        """Return where the page finds its game's server."""
        if decision.edge is not None and self.edge is not None:
            label, port = decision.edge.label, decision.edge.port
            url = self.edge.websocket(decision.edge)
        else:
            label, port = decision.warm or label_of(decision.participant.user_id, self.reserved), project.port
            url = f"wss://{label}.{self.root_domain}:{port}"
        host = f"{label}.{self.root_domain}"
        server: dict[str, Any] = {"host": host, "port": port, "url": url, "protocols": []}
        if project.access != OPEN or decision.edge is not None:
            server["fixed"] = True
        if decision.token is not None:
            server["token"] = decision.token
        return server

    def _wait(self, project: Project, decision: Decision, step: str) -> dict[str, Any]:
        """Return the answer for a waiting page.

        Its key `wait` holds the state, the start of the wait, and the seconds until the page asks
        again; for a session in line also the number of sessions ahead of it; for one that waits for
        the end of a session in another study also when that ends at the latest; since when the
        participant waits for this game, whether they had it before, and whom they may write to.
        """
        requested, phase = decision.participant.session, decision.phase
        after = min(_ASK_AGAIN_AFTER[phase], _ASK_AGAIN_WARM) if project.warm else _ASK_AGAIN_AFTER[phase]
        wait: dict[str, Any] = {"state": phase.value, "askAgainAfter": after}
        if requested is not None:
            wait["since"] = to_text(requested.requested_at)
        if (waiting := decision.participant.waiting) is not None:
            wait |= {"waitingSince": to_text(waiting.since)} | ({"crashed": True} if waiting.crashed else {})
        if (contact := project.wording.whom_to_write_to) is not None:
            wait |= {"contact": contact}
        ahead = self._ahead(requested.id) if requested is not None and decision.in_line else None
        if ahead is not None:
            wait |= {"ahead": ahead, "askAgainAfter": _ASK_AGAIN_IN_LINE}
        if decision.elsewhere_until is not None:
            wait |= {"elsewhereUntil": to_text(decision.elsewhere_until), "askAgainAfter": _ASK_AGAIN_IN_LINE}
        page = Show.WAIT.value
        if decision.show is Show.IN_LINE:
            page = pages.in_line(project.wording, ahead or 0)
        elif decision.show is Show.ELSEWHERE:
            page = pages.elsewhere(project.wording)
        return _answer(page, step) | {"wait": wait}

    def _ahead(self, session_id: str) -> int | None:
        """Count the sessions that are before this one in line; None if it is not in line."""
        try:
            line = self.places.in_line()
            return line.index(session_id) if session_id in line else None
        except PlacesInvalid as error:
            logger.error("the place in line cannot be read", exc_info=error)
            return None


def _own(page: str, project: Project, user_id: str) -> str:
    """Return a page as a participant sees it: with their own pairs, if it compares clips."""
    if not page.startswith(COMPARISON):
        return page
    from hippo_gym.studies import comparisons  # most studies have none

    return comparisons.shown_to(page, project.id, user_id)


def language_of(project: Project, *, has_texts: bool = False) -> dict[str, Any]:
    """Return the keys of an answer that say how the page speaks; none in an English study without own texts.

    `texts` holds those of the page; the API uses the others itself.
    """
    wording = project.wording
    own = {} if has_texts else {key: text for key, text in wording.texts.items() if not key.startswith("notice.")}
    language = {} if wording.language == ENGLISH else {"language": wording.language}
    return language | ({"texts": own} if own else {})


def fetched_ahead() -> dict[str, Any]:
    """Return the answer to a request that no person makes (`http.is_ahead`)."""
    return notice("fetchedAhead", pages.fetched_ahead(), None)


def notice(name: str, page: str, step: str | None) -> dict[str, Any]:
    """Return the answer with one of the pages that this product adds to a study.

    Args:
        name: names the page, so that a client can show its own version of it.
        page: the HTML.
        step: the participant's step; None if they have none.
    """
    return _answer(page, step) | {"notice": name}


def _sends_heartbeats(project: Project, decision: Decision) -> bool:
    """Return whether the participant may have a server now that ends without them."""
    session, position = decision.participant.session, decision.participant.position
    is_up = session is not None and not session.stop_requested and project.wants_server(position)
    return project.idle_timeout is not None and is_up and decision.show in (Show.GAME, Show.PAGE)


def _looks(project: Project) -> dict[str, Any]:
    """Return the study's style sheet, and where the page finds the study's files."""
    found = {} if project.style is None else {"style": project.style}
    return found if project.assets is None else found | {"assets": f"assets/{project.id}/{project.assets}/"}


def _progress(project: Project, position: int) -> dict[str, Any]:
    if project.progress is None:
        return {}
    at, of = project.place_of(position)
    return {"progress": {"at": at, "of": of, "label": project.progress.get(position)}}


def _requirements(project: Project, decision: Decision) -> dict[str, Any]:
    """Return what the first page tests of the device, and what was missing in the answer that it has just sent."""
    if project.requires is None or decision.participant.position != project.after(0):
        return {}
    unmet = {"unmet": list(decision.unmet)} if decision.unmet else {}
    return {"requires": dict(project.requires.stated)} | unmet


def _completion(project: Project, outcome: str, user_id: str) -> dict[str, Any]:
    code = project.completion.codes.get(outcome)
    redirect = project.completion.redirect_for(code, user_id, project.id)
    return {"completion": {"outcome": outcome, "code": code, "redirect": redirect}}


def _answer(page: str, step: str | None) -> dict[str, Any]:
    return {"page": page, "css": None} | ({} if step is None else {"step": step})
