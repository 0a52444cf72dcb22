"""Participants: browsers that go through a study with requests to `/next`.

    Habits   a participant's behaviour: speed, patience, chances to refresh, leave, return, or press twice
    Browser  one participant in one project; one process

They send requests as frontend/ does: they poll while they wait, and name the step that they answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hippo_gym.participants.answers import HEARTBEAT_SECONDS
from tests.support.simulated_world.functions import NEXT_STEP
from tests.support.simulated_world.kernel import Kernel, Process
from tests.support.simulated_world.monitor import Monitor
from tests.support.simulated_world.sns_lambda import Lambdas

_POLL: Final = 4.0
_FORGOTTEN_POLL: Final = 60.0
_DAY: Final = 86_400.0
_LATER: Final = 120.0
_COME_BACK: Final = "Please come back later"
_HEARTBEAT: Final = float(HEARTBEAT_SECONDS)


@dataclass(frozen=True)
class Habits:
    """How a participant behaves; times in seconds, chances between 0 and 1.

    Attributes:
        reads: time on a page.
        plays: time in the game.
        refreshes: chance of a reload instead of an answer.
        twice: chance that a request is repeated with the same id, as browsers do on a bad
            connection.
        double: chance that an answer is sent as two simultaneous requests (a double click).
        stale: chance of an answer to an earlier step (another tab).
        leaves: chance of closing the page, at each step or poll of the wait.
        returns: chance of returning after leaving; `away`: the time until then.
        heartbeats: the client says that the participant is there; those of others never do.
        clicks: presses the button of a page that asks whether they are still there; else the page
            stays open, as a forgotten tab does.
    """

    reads: float = 15.0
    plays: float = 120.0
    refreshes: float = 0.0
    twice: float = 0.0
    double: float = 0.0
    stale: float = 0.0
    leaves: float = 0.0
    returns: float = 0.5
    away: float = 600.0
    heartbeats: bool = True
    clicks: bool = True


@dataclass
class Browser:
    """One participant in one project.

    Attributes:
        tab: number of this browser among the participant's.
        play: returns whether the participant's server currently answers at a host.
        waits: finished waits for the game, in seconds.
        acknowledged: ids of the requests whose answers were accepted.
        seen: the step that was shown last.
        waiting_since: start of the current wait, in seconds.
        refused: a page said that the game could not be started.
        told_to_come_back: a page said that the line is full; `sent_away`: the last one did.
    """

    user: str
    project: str
    habits: Habits
    kernel: Kernel
    lambdas: Lambdas
    monitor: Monitor
    play: Callable[[str, str], bool]
    tab: int = 0
    waits: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    seen: str = ""
    waiting_since: float | None = None
    refused: bool = False
    told_to_come_back: bool = False
    sent_away: bool = False
    gone: bool = False
    finished: bool = False
    _requests: int = 0

    def come(self, after: float) -> None:
        """Start the participant, some seconds from now."""
        name = f"{self.user} in {self.project}"

        def begin() -> None:
            self.kernel.start(name, self._take_part, _DAY)

        self.kernel.after(after, begin)

    def hurry(self) -> None:
        """Let the participant leave permanently at the next chance."""
        self.habits = replace(self.habits, leaves=1.0, returns=0.0)

    def _take_part(self) -> None:
        answer = self._get()
        while not self.finished:
            if self._chance(self.habits.leaves):
                self._leave()
                if not self._chance(self.habits.returns):
                    return
                self.kernel.sleep(self._about(self.habits.away))
                self.gone = False
                answer = self._get(self.step)
                continue
            answer = self._react(answer)

    def _react(self, answer: dict[str, Any]) -> dict[str, Any]:
        """React to an answer as a participant does; return the next answer."""
        page = answer.get("page", "")
        if answer.get("retry"):
            self.kernel.sleep(self._about(_POLL))
            return self._get(self.step)
        if page == "wait" or "could not be started" in page or "You are in line" in page or _COME_BACK in page:
            self._wait(page)
            return self._get(self.step)
        self._stop_waiting()
        if "Are you still there?" in page:
            if self.habits.clicks:
                self.kernel.sleep(self._about(_POLL))
                return self._send("POST", {"step": "current"}, "{}")
            self.kernel.sleep(self._about(_FORGOTTEN_POLL))
            return self._get(self.step)
        if page == "show_game_page":
            return self._play(answer["server"]["host"])
        if self.step == "finalStep":
            self.finished = True
            return answer
        self.kernel.sleep(self._about(self.habits.reads))
        if self._chance(self.habits.refreshes):
            return self._get(self.step if self._chance(0.5) else None)
        if self._chance(self.habits.stale):
            self._send("POST", {"step": "1"}, "an answer from another tab")
        return self._answer()

    @property
    def step(self) -> str | None:
        """The step that was shown last."""
        return self.seen or None

    def _wait(self, page: str) -> None:
        if "could not be started" not in page:
            if self.waiting_since is None:
                self.waiting_since = self.kernel.seconds
        else:
            self.refused = True
            self._stop_waiting()
        self.sent_away = _COME_BACK in page
        self.told_to_come_back |= self.sent_away
        self.kernel.sleep(self._about(_LATER if self.sent_away else _POLL))

    def _stop_waiting(self) -> None:
        if self.waiting_since is not None:
            self.waits.append(self.kernel.seconds - self.waiting_since)
            self.waiting_since = None

    def _play(self, host: str) -> dict[str, Any]:
        """Play until done; if the server does not answer for a while, request the step."""
        until = self.kernel.seconds + self._about(self.habits.plays)
        silent, beat_at = 0, self.kernel.seconds + _HEARTBEAT
        while self.kernel.seconds < until:
            if self._chance(self.habits.leaves):
                return self._get(self.step)
            self.kernel.sleep(5.0)
            silent = 0 if self.play(self.user, host) else silent + 1
            if silent >= 3:
                return self._get(self.step)
            if self.habits.heartbeats and silent == 0 and self.kernel.seconds >= beat_at:
                beat_at = self.kernel.seconds + _HEARTBEAT
                self._get(self.step)
        return self._get(None)

    def _answer(self) -> dict[str, Any]:
        """Send the answer to the current step; an answer with another step acknowledges it."""
        before = self.step
        request_id = self._request_id()
        answer = self._send("POST", {"step": before} if before else {}, "an answer", request_id)
        if not answer.get("retry") and answer.get("step") not in (None, before):
            self.acknowledged.append(request_id)
        return answer

    def _get(self, step: str | None = None) -> dict[str, Any]:
        return self._send("GET", {"step": step} if step else {}, None)

    def _send(
        self, method: str, query: dict[str, str], body: str | None, request_id: str | None = None
    ) -> dict[str, Any]:
        """Send a request, randomly twice, and return the answer; a failure counts as `retry`."""
        request_id = request_id or self._request_id()
        here = {"here": "1"} if self.habits.heartbeats else {}
        payload = json.dumps(
            {
                "id": request_id,
                "method": method,
                "query": {"projectId": self.project, "userId": self.user, **here, **query},
                "body": body,
            }
        )
        if self._chance(self.habits.twice):
            self.lambdas.invoke(NEXT_STEP, payload, lambda _: None)
        if method == "POST" and self._chance(self.habits.double):
            again = json.dumps(json.loads(payload) | {"id": self._request_id()})
            self.lambdas.invoke(NEXT_STEP, again, lambda _: None)
        ended: list[Process] = []

        def begin(done: Callable[[], None]) -> None:
            def note(process: Process) -> None:
                ended.append(process)
                done()

            self.lambdas.invoke(NEXT_STEP, payload, note)

        self.kernel.wait_for(begin)
        answer: dict[str, Any] = {"status": 502} if ended[0].error is not None else ended[0].result
        if answer["status"] != 200:
            return {"retry": True}
        shown: dict[str, Any] = answer["body"]
        if "step" in shown:
            self.seen = shown["step"]
        return shown

    def _request_id(self) -> str:
        self._requests += 1
        return f"{self.user}-{self.project}-{self.tab}-{self._requests}"

    def _leave(self) -> None:
        self.gone = True
        self._stop_waiting()

    def _chance(self, chance: float) -> bool:
        return chance > 0.0 and self.kernel.random.random() < chance

    def _about(self, seconds: float) -> float:
        return self.kernel.random.uniform(0.5, 1.5) * seconds
