"""One simulated participant's way through a study, from the first page to the last."""

from __future__ import annotations

import html
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_cli.rehearsal import forms, player
from hippo_cli.rehearsal.next_client import FINAL_STEP, Answer, NextClient, VisitError
from hippo_cli.rehearsal.places import Place
from hippo_cli.rehearsal.player import GameError, Play

_READY_SECONDS: Final = 600.0
_ASK_AGAIN_SECONDS: Final = 3.0
_MOST_STEPS: Final = 200
_MEASURED: Final = {"minWidth": "width"}
"""What a study requires of a device → what a page measures for it, where the names differ."""


@dataclass
class Walk:
    """What happened to one participant.

    Attributes:
        user_id: the participant.
        steps: the steps that they reached, in their order.
        outcome: `finished`, or the exit that they took; None if they did not reach the end.
        answers: number of form fields that they answered.
        waited: seconds that they waited for their server.
        games: the games that they played.
        faults: what went wrong, each with its step.
        notes: what is allowed, and worth knowing.
    """

    user_id: str
    steps: list[str] = field(default_factory=list)
    outcome: str | None = None
    answers: int = 0
    waited: float = 0.0
    games: list[Play] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def walk(
    place: Place,
    user_id: str,
    *,
    game_seconds: float,
    pause: Callable[[float], Any] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Walk:
    """Walk through a study. A fault that ends the walk is in `faults`, as are the others.

    Args:
        place: the study.
        user_id: the participant; the same id gives the same answers.
        game_seconds: after these a game is stopped.
        pause: waits some seconds.
        clock: seconds that only grow.
    """
    walked = Walk(user_id)
    try:
        _Walker(place, walked, game_seconds, pause, clock).run()
    except (VisitError, GameError) as error:
        walked.faults.append(f"{_at(walked)}{error}")
    return walked


class _Walker:
    def __init__(
        self,
        place: Place,
        walked: Walk,
        game_seconds: float,
        pause: Callable[[float], Any],
        clock: Callable[[], float],
    ) -> None:
        self._place, self._walked = place, walked
        self._game_seconds, self._pause, self._clock = game_seconds, pause, clock
        self._api = NextClient(place.next_url, place.project_id, walked.user_id)
        self._chance = random.Random(walked.user_id)  # noqa: S311 - answers to invented questions

    def run(self) -> None:
        answer = self._api.get()
        for _ in range(_MOST_STEPS):
            self._walked.steps.append(answer.step)
            self._check(answer)
            if answer.step == FINAL_STEP:
                self._walked.outcome = str((answer.more.get("completion") or {}).get("outcome", "finished"))
                return
            before = answer
            answer = self._pass_game(answer) if answer.waits or answer.shows_game else self._pass_page(answer)
            if answer.step == before.step:
                raise VisitError("the step was answered, and it was served again")
        raise VisitError(f"the study does not end: {_MOST_STEPS} steps were served")

    def _check(self, answer: Answer) -> None:
        """Raise for one of the product's own pages, which a participant cannot pass."""
        notice = answer.more.get("notice")
        if notice is not None:
            raise VisitError(f"the participant reads ({notice}): {_text(answer.page)}")

    def _pass_page(self, answer: Answer) -> Answer:
        fields = forms.fill(answer.page, self._chance)
        for name, question in forms.read(answer.page).items():
            if not fields[name] and "required" in question.attributes:
                self._walked.faults.append(f"{_at(self._walked)}the required field {name!r} has nothing to choose")
        self._walked.answers += len(fields)
        return self._api.post(fields, answer.step, self._device(answer))

    def _device(self, answer: Answer) -> dict[str, Any] | None:
        """Return a device that has what the study requires; None where it asks for none."""
        requires = answer.more.get("requires")
        if requires is None:
            return None
        self._walked.notes.append(
            f"step {answer.step}: the study requires {', '.join(requires)}; the participant has it"
        )
        return {_MEASURED.get(name, name): value for name, value in requires.items()}

    def _pass_game(self, answer: Answer) -> Answer:
        step = answer.step
        answer = self._wait_for_server(answer)
        address = self._place.game_address(answer.more.get("server") or {}, self._walked.user_id)
        played = player.play(
            address,
            self._walked.user_id,
            self._place.project_id,
            seconds=self._game_seconds,
            chance=self._chance,
            clock=self._clock,
            token=(answer.more.get("server") or {}).get("token"),
        )
        self._walked.games.append(played)
        if played.stopped:
            how = "stopped it" if played.done else "left it"
            self._walked.notes.append(f"step {step}: the game was not over after {self._game_seconds:g} s; {how}")
        elif not played.done:
            self._walked.faults.append(f"step {step}: the game closed the connection without `done`")
        return self._api.post({}, step)

    def _wait_for_server(self, answer: Answer) -> Answer:
        began, step = self._clock(), answer.step
        while answer.waits:
            if self._clock() - began > _READY_SECONDS:
                raise VisitError(f"no server within {_READY_SECONDS / 60:g} minutes")
            self._pause(float((answer.more.get("wait") or {}).get("askAgainAfter") or _ASK_AGAIN_SECONDS))
            answer = self._api.get(step)
        self._walked.waited += self._clock() - began
        self._check(answer)
        if answer.step != step or not answer.shows_game:
            raise VisitError(f"after the wait came step {answer.step}: {_text(answer.page)}")
        return answer


def _at(walked: Walk) -> str:
    return f"step {walked.steps[-1]}: " if walked.steps else ""


def _text(page: str) -> str:
    """Return a page's text, without its markup, shortened."""
    text = " ".join(html.unescape(re.sub(r"<!--.*?-->|<[^>]*>", " ", page, flags=re.DOTALL)).split())
    return text if len(text) <= 400 else text[:399] + "…"
