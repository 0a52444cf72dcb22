"""One participant's play of a game, as a state machine without a clock, a socket or a file.

    READY ──start──▶ RUNNING ──pause──▶ PAUSED ──start──▶ RUNNING
      ▲                 │
      └── an episode ended: the next one waits for Start, or begins by itself
                        └── after the last episode, the time, or at stop ──▶ OVER

Each method returns the events to record, oldest first; a call that changes nothing returns none.
Times are seconds of one clock that never goes back, passed by the caller.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from .environments import Outcome, World
from .game import Game
from .held import HeldKeys
from .plain import count, number, plain
from .steps import Episode, Phase, Source, State, Step

Event = dict[str, Any]
"""Something to record: `event` names it, the other keys are plain JSON values."""

WINDOW: Final = (0.2, 0.8)
"""Seconds before a judgement in which the steps lie that it may be about."""

LARGEST_OBSERVATION: Final = 64
"""Numbers of an observation that the record holds without being asked."""


class Actor(Protocol):
    """Who acts while the participant holds no key: a policy, in this thread or in its own."""

    def request(self, observation: Any, number: int) -> None:
        """Ask for the action of step `number`; the latest request counts."""

    def take(self, number: int) -> tuple[Any, int]:
        """Return the latest choice, and the steps by which it is late; None: no choice."""

    def learn(self, step: Step) -> None:
        """Pass a step of any source."""

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        """Pass a judgement and the steps that it may be about."""


class Play:
    """One participant's play of one game."""

    def __init__(self, game: Game, world: World, actor: Actor | None, seed: int, *, episode: int = 1, score: float = 0):
        """Reset the environment for the first episode.

        seed: of episode 1; each later episode adds 1.
        episode, score: to go on where an earlier server was.
        """
        self.game = game
        self.world = world
        self.phase = Phase.READY
        self.episode = episode
        self.steps = 0
        self.score = float(score)
        self.episode_score = 0.0
        self.used = 0
        self.last_step: Step | None = None
        self.seed = seed
        self.outcome: Outcome | None = None
        self._actor = actor
        self._attempt = 0
        self._keys = HeldKeys(world.keymap)
        self._held_action = world.noop
        self._pointed: Any = None
        self._judged = 0.0
        self._recent: deque[Step] = deque()
        self._seconds, self._since = 0.0, 0.0
        self.observation, self.info = world.reset(self.episode_seed)

    @property
    def episode_seed(self) -> int:
        """The seed of this episode."""
        return self.seed + self.episode - 1

    @property
    def is_between_episodes(self) -> bool:
        """True after an episode has ended and before the next one starts."""
        return self.phase is Phase.READY and self.steps > 0

    @property
    def help_left(self) -> bool:
        """The participant may still act and judge."""
        return self.game.budget is None or self.used < self.game.budget

    def seconds(self, now: float) -> float:
        """Return the seconds of play, without pauses."""
        return self._seconds + (now - self._since if self.phase is Phase.RUNNING else 0.0)

    def start(self, now: float, client: Mapping[str, str] | None = None) -> list[Event]:
        """Start an episode, or resume it after a pause; client: the browser, to record."""
        if self.phase not in (Phase.READY, Phase.PAUSED):
            return []
        events = self._begin() if self.phase is Phase.READY else []
        self.phase, self._since = Phase.RUNNING, now
        self._ask()
        return [*events, self._event("started", **({"client": dict(client)} if client else {}))]

    def pause(self, now: float) -> list[Event]:
        """Stop until `start`."""
        if self.phase is not Phase.RUNNING:
            return []
        self._stand(Phase.PAUSED, now)
        return [self._event("paused")]

    def reset(self, now: float) -> list[Event]:
        """Restart this episode from the same seed. The score stays."""
        if self.steps == 0 or self.phase in (Phase.READY, Phase.OVER):
            return []
        events = [self._event("reset"), *self._begin()]
        if self.phase is Phase.RUNNING:
            self._ask()
        return events

    def stop(self, now: float, how: str = "stopped") -> list[Event]:
        """End the game early; how: the reason, to record."""
        if self.phase is Phase.OVER:
            return []
        return [self._end(how, now)]

    def press(self, name: str) -> list[Event]:
        """A key goes down, by its own name or its action's; a press of a held key changes nothing."""
        if self.phase is Phase.OVER:
            return []
        pressed = self._keys.press(name, counts=self.phase is Phase.RUNNING)
        return [self._event("pressed", keys=list(pressed))] if pressed else []

    def release(self, name: str | None = None) -> list[Event]:
        """A key goes up; None: release all keys, because the client does not name the key.

        A short press that ends before the next step still acts for one step.
        """
        released = self._keys.release(name)
        return [self._event("released", keys=list(released))] if released else []

    def hold(self, names: Sequence[str]) -> list[Event]:
        """These keys are held now, and no others, in the order of their presses."""
        if self.phase is Phase.OVER:
            return []
        pressed, released = self._keys.hold(names, counts=self.phase is Phase.RUNNING)
        events = [self._event("released", keys=list(released))] if released else []
        return [*events, *([self._event("pressed", keys=list(pressed))] if pressed else [])]

    def point(self, x: float, y: float, seen_frame_id: int | None = None) -> list[Event]:
        """The participant points at a place in the picture: x from the left, y from the top, 0 to 1."""
        if self.phase is Phase.OVER or not self.world.pointer:
            return []
        self._pointed = self.world.pointed(x, y)
        return [self._event("pointed", x=x, y=y, action=plain(self._pointed), seen_frame_id=seen_frame_id)]

    def judge(self, value: float, now: float, seen_frame_id: int | None = None) -> list[Event]:
        """The participant judges the latest steps.

        seen_frame_id: the frame on the participant's screen, reported by the client.
        """
        step = self.last_step
        if self.phase is Phase.OVER or step is None or not self.help_left:
            return []
        self.used += 1
        self._judged += value
        window = tuple(each for each in self._recent if WINDOW[0] <= now - each.at <= WINDOW[1]) or (step,)
        if self._actor is not None:
            self._actor.feedback(window, value)
        return [
            self._event(
                "feedback",
                value=number(value),
                seen_frame_id=seen_frame_id,
                steps=[each.number for each in window],
                observation=self._recorded(step.observation),
                action=plain(step.action),
                source=step.source,
            )
        ]

    def advance(self, now: float) -> list[Event]:
        """Make one step; the participant or the policy chooses the action, or it is `noop`."""
        if self.phase is not Phase.RUNNING:
            return []
        if (late := self._time_is_up(now)) is not None:
            return [late]
        action, source, behind = self._choose()
        before = self.observation
        self.outcome = outcome = self.world.step(action)
        self.observation, self.info = outcome.observation, outcome.info
        self.steps += 1
        self.score += outcome.reward
        self.episode_score += outcome.reward
        self.used += source is Source.HUMAN and self.game.budget is not None
        step = Step(
            self.episode,
            self.steps,
            before,
            action,
            source,
            outcome.reward,
            outcome.terminated,
            outcome.truncated,
            outcome.observation,
            outcome.info,
            now,
            behind,
        )
        self._remember(step)
        if self._actor is not None:
            self._actor.learn(step)
        if self.game.on_step is not None:
            self.game.on_step(step)
        events = [self._row(step)]
        if step.done:
            return [*events, *self._finish_episode(step, now)]
        self._ask()
        return events

    def check_time(self, now: float) -> list[Event]:
        """End the game if its `seconds` are over, also where no step is made without a key."""
        over = self._time_is_up(now) if self.phase is Phase.RUNNING else None
        return [] if over is None else [over]

    # --- inside ---

    def _choose(self) -> tuple[Any, Source, int]:
        wanted = self._keys.action() if self.help_left else None
        if wanted is None and self.help_left:
            wanted = self._pointed
        self._keys.stepped()
        chosen, behind = (None, 0) if self._actor is None else self._actor.take(self.steps + 1)
        if wanted is not None:
            action, source, behind = self.world.action(wanted), Source.HUMAN, 0
        elif chosen is not None:
            action, source = self.world.action(chosen), Source.POLICY
        else:
            return (self._held_action if self.world.holds else self.world.noop), Source.NONE, behind
        self._held_action = action
        return action, source, behind

    def _ask(self) -> None:
        if self._actor is not None:
            self._actor.request(self.observation, self.steps + 1)

    def _remember(self, step: Step) -> None:
        self.last_step = step
        self._recent.append(step)
        while step.at - self._recent[0].at > WINDOW[1]:
            self._recent.popleft()

    def _row(self, step: Step) -> Event:
        """Return a step's row of the record: enough to learn from it without the next row."""
        judged, self._judged = self._judged, 0.0
        wanted = self.game.record
        extra: Mapping[str, Any] = wanted(step) if callable(wanted) else {}
        named: tuple[str, ...] = ("observation",) if wanted is None or callable(wanted) else tuple(wanted)
        row: Event = {}
        if "observation" in named:
            row["observation"] = self._recorded(step.observation)
            row["next_observation"] = self._recorded(step.next_observation)
        row |= {
            "action": plain(step.action),
            "source": step.source,
            "reward": plain(step.reward),
            "terminated": step.terminated,
            "truncated": step.truncated,
            "feedback": number(judged),
        }
        row |= {"behind": step.behind} if step.behind else {}
        row |= {"info": plain(step.info)} if "info" in named else {}
        return self._event("step", **row, **{str(name): plain(value) for name, value in extra.items()})

    def _recorded(self, observation: Any) -> Any:
        """Return an observation for the record; None if it is large and was not asked for."""
        asked = self.game.record is not None and not callable(self.game.record) and "observation" in self.game.record
        return plain(observation) if asked or count(observation) <= LARGEST_OBSERVATION else None

    def _begin(self) -> list[Event]:
        """Reset the environment, for the next episode or again for this one."""
        if self.is_between_episodes:
            self.episode += 1
            self._attempt = 0
        self._attempt += 1
        self.steps, self.episode_score = 0, 0.0
        self.last_step, self.outcome, self._judged = None, None, 0.0
        self._recent.clear()
        self._keys.stepped()
        self._held_action, self._pointed = self.world.noop, None
        self.observation, self.info = self.world.reset(self.episode_seed)
        seed, observation = self.episode_seed, self._recorded(self.observation)
        return [self._event("episode_started", attempt=self._attempt, seed=seed, observation=observation)]

    def _finish_episode(self, step: Step, now: float) -> list[Event]:
        events = [
            self._event(
                "episode_finished",
                terminated=step.terminated,
                truncated=step.truncated,
                reward=number(self.episode_score),
                observation=self._recorded(step.next_observation),
            )
        ]
        if self.game.on_episode is not None:
            self.game.on_episode(
                Episode(
                    self.episode, self.steps, self.episode_score, self.episode_seed, step.terminated, step.truncated
                )
            )
        if self.episode == self.game.last_episode:
            return [*events, self._end("completed", now)]
        self._stand(Phase.READY, now)
        return events if self.game.start_each_episode else [*events, *self.start(now)]

    def _time_is_up(self, now: float) -> Event | None:
        limit = self.game.seconds
        return self._end("time", now) if limit is not None and self.seconds(now) >= limit else None

    def _stand(self, phase: Phase, now: float) -> None:
        self._seconds = self.seconds(now)
        self.phase = phase

    def _end(self, how: str, now: float) -> Event:
        self._stand(Phase.OVER, now)
        return self._event("game_over", how=how, seconds=round(self._seconds, 3))

    def _event(self, name: str, **details: Any) -> Event:
        """Return an event with the game's state: each recorded line is complete."""
        return {"event": name, **details, "episode": self.episode, "step": self.steps, "score": number(self.score)}

    def state(self, now: float, fps: int) -> State:
        """Return what `display` is given."""
        return State(
            self.phase,
            self._status(),
            self.episode,
            self.game.last_episode,
            self.steps,
            self.world.most_steps,
            self.score,
            self.episode_score,
            self.seconds(now),
            self.game.seconds,
            fps,
            "speed" in self.game.controls and not self.world.turns,
            self.observation,
            self.info,
            self.last_step,
            self.world.environment,
        )

    def _status(self) -> str:
        match self.phase:
            case Phase.RUNNING:
                return "running: press a key" if self.world.turns else "running"
            case Phase.PAUSED:
                return "paused: press Start to continue"
            case Phase.OVER:
                return "the game is over"
        if not self.is_between_episodes:
            return "press Start to begin"
        cut = self.outcome is not None and self.outcome.truncated and not self.outcome.terminated
        how = "this round's steps are used up" if cut else f"this round ended after {self.steps} steps"
        return f"{how}: press Start for the next round"
