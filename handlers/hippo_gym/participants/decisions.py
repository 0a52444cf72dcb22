"""What a request asks, what is known of the session, and what a decision says.

Request      one request of a participant's browser
SessionView  what a decision needs from the session records
Show         the kinds of page
Decision     the new record, the messages to publish first, and what to show
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from hippo_gym.participants.records import Participant
from hippo_gym.sessions.edge import EdgeServer
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.sessions.model import EndedBy, Phase
from hippo_gym.studies.devices import Device


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
        unreachable: the page says that it cannot connect to the game.
        expected: the position at which the request first found the participant, and whether they
            had seen the game there; set after a lost race, so that only one of two simultaneous
            requests advances.
        device: what the page measured of the device; None from a client that does not test it.
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
    device: Device | None = None
    unreachable: bool = False


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
        warm: the name of the warm server that the session has, once it is ready: a page that
            connects to the address of an answer need not wait for the participant's own name.
        in_line: the session waits for a place.
        phase: the session's progress until it is ready.
        token: the session's token, for the page; None for a session of an earlier release.
        admitted_at: when that live session got a place; None where no limit counts it.
        edge: the server, if the page reaches it through the edge; else None.
        elsewhere_until: when the participant's live session in another study ends at the latest;
            None without one.
        elsewhere_yields: an answer in this study may end that session.
        refused: the session that is over found the line full.
        line_is_full: the line is full now; only read if `refused`.
    """

    live_id: str | None = None
    ready: bool = False
    stopping: bool = False
    touched_at: datetime | None = None
    over: bool = False
    ended_at: datetime | None = None
    in_line: bool = False
    phase: Phase = Phase.QUEUED
    token: str | None = field(default=None, repr=False)
    admitted_at: datetime | None = None
    elsewhere_until: datetime | None = None
    elsewhere_yields: bool = False
    refused: bool = False
    line_is_full: bool = False
    ended_by: EndedBy | None = None
    was_ready: bool = False
    warm: str | None = None
    edge: EdgeServer | None = None


class Show(Enum):
    """The kinds of page that a participant can see."""

    PAGE = "page"
    WAIT = "wait"
    IN_LINE = "in line"
    ELSEWHERE = "elsewhere"
    GAME = "show_game_page"
    SERVER_FAILED = "server failed"
    COME_BACK = "come back later"
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
        token: the session's token, with the game.
        edge: as in `SessionView`, with the game.
        elsewhere_until: the participant waits for the end of their session in another study, which
            comes at this time at the latest.
        unmet: what the study requires and the device does not have, if the answer was not accepted for it.
        warm: with the game, the name of the warm server that the page connects to, or None.
        waited: with the first game page of a session, for how many seconds the participant waited
            at the game for it.
    """

    participant: Participant
    messages: tuple[Start | Stop, ...]
    show: Show
    phase: Phase = Phase.QUEUED
    in_line: bool = False
    ended_by: EndedBy | None = None
    again: bool = False
    token: str | None = field(default=None, repr=False)
    elsewhere_until: datetime | None = None
    unmet: tuple[str, ...] = ()
    waited: float | None = None
    warm: str | None = None
    edge: EdgeServer | None = None
