"""Simulates participants: a browser's calls of `/next`, and habits that studies must tolerate.

    Persona      a participant with a habit
    walk         one visit: reads and answers each page, waits for the server, plays, continues; returns a Visit

`hippo_cli.rehearsal` calls /next and fills in forms, `local.player` plays the game; neither knows
the study.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from hippo_cli.rehearsal import forms
from hippo_cli.rehearsal.next_client import FINAL_STEP, Answer, NextClient, VisitError
from local.player import Dialect, Play, Seat, play

_POLL_SECONDS = 1.0
_READY_SECONDS = 180.0
_MOST_STEPS = 100


class Habit(StrEnum):
    """A participant's habit that a study must tolerate."""

    NONE = "goes straight through"
    REFRESHES = "refreshes on each step"
    SUBMITS_TWICE = "submits each form twice"
    CHANGES_CASE = "comes back in upper case"


@dataclass(frozen=True)
class Persona:
    """A simulated participant."""

    name: str
    user_id: str
    habit: Habit = Habit.NONE
    dialect: Dialect = Dialect.NEW

    def spelling(self, steps_done: int) -> str:
        """Return the user id as the participant spells it after this number of steps."""
        if self.habit is Habit.CHANGES_CASE:
            return (self.user_id.lower(), self.user_id.upper())[steps_done % 2]
        return self.user_id

    @property
    def key(self) -> str:
        """The user id as HIPPO Gym compares and stores it, and the participant's DNS label."""
        return self.user_id.lower()


@dataclass
class Visit:
    """The record of one participant's visit, filled in during the walk."""

    persona: Persona
    steps: list[str] = field(default_factory=list)
    """Every step that the participant reached, in order, each once."""
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    """The submitted answers by step."""
    wait_seconds: float = 0.0
    """From the first `wait` to the game page."""
    play: Play | None = None
    last_page: str = ""
    faults: list[str] = field(default_factory=list)
    """Faults after which the visit could continue."""


@dataclass(frozen=True)
class Surroundings:
    """The deployment and callbacks of a visit."""

    next_url: str
    project_id: str
    root_domain: str
    resolve: Callable[[str], str]
    """Returns the IPv4 address of a host name; raises LookupError if there is none."""
    port: int = 5000
    tls: ssl.SSLContext | None = None
    """What the participants' browsers trust; None: the servers have no certificate."""
    on_step: Callable[[Visit, str], None] = lambda visit, doing: None
    """Called with each activity that the participant begins."""
    on_playing: Callable[[Visit], None] = lambda visit: None
    """Called while the participant is connected to their server."""


def walk(persona: Persona, around: Surroundings, visit: Visit | None = None) -> Visit:
    """Walk through a study, from the first page to the last.

    Pass a Visit to read it during the walk.

    Raises:
        VisitError: an answer is unusable, the server does not become ready, or the study does not
            end.
        GameError: the server did not serve the game.
    """
    return _Walk(persona, around, visit or Visit(persona)).run()


class _Walk:
    """One participant's walk through a study."""

    def __init__(self, persona: Persona, around: Surroundings, visit: Visit) -> None:
        self._persona = persona
        self._around = around
        self._visit = visit
        self._api = NextClient(around.next_url, around.project_id, persona.spelling(0))
        self._chance = random.Random(persona.key)  # noqa: S311 - answers to invented questions

    def run(self) -> Visit:
        answer = self._api.get()
        for _ in range(_MOST_STEPS):
            self._visit.steps.append(answer.step)
            self._visit.last_page = answer.page
            if answer.step == FINAL_STEP:
                self._around.on_step(self._visit, "is done")
                self._refresh(answer)
                return self._visit
            reached = answer.step
            answer = self._pass_game(answer) if answer.waits or answer.shows_game else self._pass_page(answer)
            if answer.step == reached:
                raise VisitError(f"step {reached} was answered, and step {reached} was served again")
            self._api.user_id = self._persona.spelling(len(self._visit.steps))
        raise VisitError(f"the study does not end: {_MOST_STEPS} steps were served")

    def _pass_page(self, answer: Answer) -> Answer:
        """Answer a page and submit it."""
        self._around.on_step(self._visit, f"step {answer.step}: reads and answers")
        self._refresh(answer)
        fields = forms.fill(answer.page, self._chance)
        self._visit.answers[answer.step] = fields
        if self._persona.habit is Habit.SUBMITS_TWICE:
            return self._submit_twice(answer.step, fields)
        return self._api.post(fields, answer.step)

    def _submit_twice(self, step: str, fields: Mapping[str, str]) -> Answer:
        """Submit twice, like a double click: in parallel on every other step, else in sequence."""
        if len(self._visit.steps) % 2:
            with ThreadPoolExecutor(2) as pool:
                first, second = pool.map(lambda _: self._api.post(fields, step), range(2))
        else:
            first, second = self._api.post(fields, step), self._api.post(fields, step)
        self._expect_same(f"step {step} submitted twice", first, second)
        return first

    def _pass_game(self, answer: Answer) -> Answer:
        """Wait for the server, play, and continue to the next step."""
        step = answer.step
        answer = self._wait_for_server(answer)
        self._around.on_step(self._visit, f"step {step}: plays")
        seat = self._seat(answer)
        self._visit.play = play(seat, lambda: self._around.on_playing(self._visit))
        match self._persona.habit:
            case Habit.REFRESHES:
                self._expect_same(f"GET ?step={step} after the game", answer, self._api.get(step))
                return self._api.post({}, step)
            case Habit.SUBMITS_TWICE:
                first, second = self._api.get(), self._api.get()
                self._expect_same("two plain GETs after the game", first, second)
                return first
            case _:
                return self._api.get()

    def _seat(self, answer: Answer) -> Seat:
        """Return where the game is: the url that /next answers, or what older clients build."""
        around = self._around
        url = f"wss://{self._persona.key}.{around.root_domain}:{around.port}"
        if self._persona.dialect is Dialect.NEW:
            url = str((answer.more.get("server") or {}).get("url") or url)
        host, port = urlsplit(url).hostname or "", urlsplit(url).port or around.port
        in_zone = host.endswith(f".{around.root_domain}")
        return Seat(
            address=self._address_of(host, answer.step) if in_zone else host,
            url=url.replace("wss:", "ws:", 1) if around.tls is None else url,
            user_id=self._api.user_id,
            project_id=around.project_id,
            port=port,
            dialect=self._persona.dialect,
            tls=around.tls,
        )

    def _wait_for_server(self, answer: Answer) -> Answer:
        began = time.monotonic()
        step = answer.step
        if self._persona.habit is Habit.REFRESHES:
            answer = self._api.get()
        while answer.waits:
            self._around.on_step(self._visit, f"step {step}: waits for the server")
            waited = time.monotonic() - began
            if waited > _READY_SECONDS:
                raise VisitError(f"step {step}: no server within {_READY_SECONDS:g} s")
            time.sleep(_POLL_SECONDS)
            answer = self._api.get(step)
            self._visit.wait_seconds = time.monotonic() - began
        if answer.step != step or not answer.shows_game:
            raise VisitError(f"step {step}: after `wait` came step {answer.step}: {answer.page[:200]!r}")
        return answer

    def _address_of(self, host: str, step: str) -> str:
        try:
            return self._around.resolve(host)
        except LookupError as error:
            raise VisitError(f"step {step}: the game page was shown, but {error}") from error

    def _refresh(self, answer: Answer) -> None:
        """Refresh, if that is the habit; the answer must be the same page of the same step."""
        if self._persona.habit is Habit.REFRESHES:
            self._expect_same(f"a refresh of step {answer.step}", answer, self._api.get())

    def _expect_same(self, what: str, first: Answer, second: Answer) -> None:
        if first.step != second.step:
            self._visit.faults.append(f"{what} led to step {first.step}, then to step {second.step}")
        elif first.page != second.page and not (first.waits or second.waits):
            self._visit.faults.append(f"{what} served two different pages of step {first.step}")
