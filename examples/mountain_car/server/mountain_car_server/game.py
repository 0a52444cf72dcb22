"""One participant's game, as a state machine without a clock, a socket or a file.

    READY ──start──▶ RUNNING ──pause──▶ PAUSED ──start──▶ RUNNING
      ▲                 │
      └── flag reached, or no steps left: the next round waits for Start
                        └── after the last round, or at stop ──▶ OVER

Each method returns the events to record, oldest first; a call that changes nothing returns none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .agent import Agent, Source, Step
from .mountain import Action, Mountain, Outcome

Event = dict[str, Any]
"""Something to record: `event` names it, the other keys are plain JSON values."""


class Phase(StrEnum):
    """State of the game."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    OVER = "over"


@dataclass(frozen=True)
class Rules:
    """Rules that a researcher may set."""

    episodes: int = 5
    """Rounds."""
    steps_per_episode: int = 200


class Game:
    """One participant's game.

    Attributes:
        phase: state of the game.
        episode: the round, from 1.
        steps: number of steps in this round.
        score: sum of the rewards of all rounds.
        flags: number of rounds that ended at the flag.
        at_flag: this round ended at the flag.
        observation: the car's position and velocity.
        last_step: the latest step of this round.
    """

    def __init__(self, rules: Rules, seed: int, mountain: Mountain, agent: Agent) -> None:
        """Place the car in the valley; seed: of the first round; each later round adds 1."""
        self.rules = rules
        self.phase = Phase.READY
        self.episode = 1
        self.steps = 0
        self.score = 0
        self.flags = 0
        self.at_flag = False
        self.last_step: Step | None = None
        self._seed = seed
        self._mountain = mountain
        self._agent = agent
        self._attempt = 0
        self._held: list[Action] = []
        self._tapped: Action | None = None
        self._feedback = 0
        self.observation = mountain.reset(seed)

    def start(self, client: Mapping[str, str] | None = None) -> list[Event]:
        """Start a round, or resume it after a pause; client: the browser, to record."""
        if self.phase not in (Phase.READY, Phase.PAUSED):
            return []
        events = self._begin() if self.phase is Phase.READY else []
        self.phase = Phase.RUNNING
        return [*events, self._event("started", **({"client": dict(client)} if client else {}))]

    def pause(self) -> list[Event]:
        """Stop the car until `start`."""
        if self.phase is not Phase.RUNNING:
            return []
        self.phase = Phase.PAUSED
        return [self._event("paused")]

    def reset(self) -> list[Event]:
        """Restart this round from the same position. The score stays."""
        if self.steps == 0 or self.phase in (Phase.READY, Phase.OVER):
            return []
        return [self._event("reset"), *self._begin()]

    def stop(self, how: str = "stopped") -> list[Event]:
        """End the game early; how: the reason, to record."""
        if self.phase is Phase.OVER:
            return []
        return [self._end(how)]

    def press(self, action: Action) -> list[Event]:
        """A key goes down: the participant drives until its release; the latest key wins.

        Browsers repeat a held key, and some clients send each press in two forms: a press of a held
        key changes nothing.
        """
        if self.phase is Phase.OVER or action in self._held:
            return []
        self._held.append(action)
        if self.phase is Phase.RUNNING:
            self._tapped = action
        return [self._event("pressed", action=action.name.lower())]

    def release(self, action: Action | None = None) -> list[Event]:
        """A key goes up; None: release all keys, because the client does not name the key.

        A short press that ends before the next step still drives one step.
        """
        released = [held for held in self._held if action in (None, held)]
        self._held = [held for held in self._held if held not in released]
        return [self._event("released", action=held.name.lower()) for held in released]

    def judge(self, value: int, seen_frame_id: int | None = None) -> list[Event]:
        """The participant judges the latest step: Good (1) or Bad (-1).

        seen_frame_id: the frame on the participant's screen, reported by the client.
        """
        step = self.last_step
        if self.phase is Phase.OVER or step is None:
            return []
        self._feedback += value
        self._agent.take_feedback(step, value)
        return [
            self._event(
                "feedback",
                value=value,
                seen_frame_id=seen_frame_id,
                observation=list(step.observation),
                action=int(step.action),
                source=step.source,
            )
        ]

    def advance(self) -> list[Event]:
        """Make one step; the participant or the agent chooses the action, or the car rolls."""
        if self.phase is not Phase.RUNNING:
            return []
        action, source = self._choose()
        before, outcome = self.observation, self._mountain.step(action)
        self.observation = outcome.observation
        self.steps += 1
        self.score += round(outcome.reward)
        done = outcome.terminated or outcome.truncated
        step = Step(self.steps, before, action, source, outcome.reward, outcome.observation, done)
        self.last_step = step
        self._agent.take_step(step)
        feedback, self._feedback = self._feedback, 0
        event = self._event(
            "step",
            observation=list(before),
            action=int(action),
            source=source,
            reward=outcome.reward,
            done=done,
            feedback=feedback,
        )
        return [event, *(self._finish_round(outcome) if done else ())]

    def _choose(self) -> tuple[Action, Source]:
        wanted = self._tapped if self._tapped is not None else next(reversed(self._held), None)
        self._tapped = None
        if wanted is not None:
            return wanted, Source.HUMAN
        chosen = self._agent.choose(self.observation)
        return (Action.COAST, Source.NONE) if chosen is None else (chosen, Source.AGENT)

    def _begin(self) -> list[Event]:
        """Place the car in the valley, for the next round or again for this one."""
        if self.is_between_rounds:
            self.episode += 1
            self._attempt = 0
        self._attempt += 1
        self.steps = 0
        self.at_flag = False
        self.last_step, self._tapped, self._feedback = None, None, 0
        seed = self._seed + self.episode - 1
        self.observation = self._mountain.reset(seed)
        return [
            self._event("episode_started", attempt=self._attempt, seed=seed, observation=list(self.observation)),
        ]

    def _finish_round(self, outcome: Outcome) -> list[Event]:
        self.at_flag = outcome.terminated
        self.flags += self.at_flag
        events = [
            self._event("episode_finished", at_flag=self.at_flag, observation=list(outcome.observation)),
        ]
        if self.episode == self.rules.episodes:
            return [*events, self._end("completed")]
        self.phase = Phase.READY
        return events

    @property
    def is_between_rounds(self) -> bool:
        """True after a round has ended and before the next one starts."""
        return self.phase is Phase.READY and self.steps > 0

    def _end(self, how: str) -> Event:
        self.phase = Phase.OVER
        return self._event("game_over", how=how, flags=self.flags)

    def _event(self, name: str, **details: Any) -> Event:
        """Return an event with the game's state: each recorded line is complete."""
        return {"event": name, **details, "episode": self.episode, "step": self.steps, "score": self.score}
