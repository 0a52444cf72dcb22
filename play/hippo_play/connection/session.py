"""Applies a page's messages to the play of the current block, and describes its state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from .. import keys
from ..blocks import Table
from ..display import figures
from ..feedback import NAME
from ..instructions import instructions
from ..plain import number
from ..play import Event
from ..recording import Progress
from ..steps import Phase
from . import messages, protocol
from .client import Client
from .pictures import Encoder

POINTER: Final = "pointer"
"""Name of the input with which a participant points at the picture."""
_JUDGEMENTS: Final = ("good", "bad")


class Session:
    """The play of one block after the other.

    Attributes:
        play: of the current block.
        frames_per_second: while the game runs, each frame is one step.
        frame_id: of the latest frame that was sent; from 1.
    """

    def __init__(self, tables: Sequence[Table], time: Callable[[], float]) -> None:
        """Begin the first block; time: seconds, of a clock that never goes back."""
        self._tables = tables
        self._time = time
        self._encoder = Encoder()
        self.block = 0
        self.frame_id = 0
        self._begin(0)

    def _begin(self, block: int, episode: int = 1, score: float = 0) -> None:
        self.block = block
        self.table = self._tables[block]
        self.play = self.table.play(episode, score)
        self.frames_per_second = self.table.world.fps
        judging = self.table.game.feedback is not None
        turns = self.table.world.turns
        controls = [name for name in self.table.game.controls if not (turns and name in ("pause", "speed"))]
        speed = ("fpsUp", "fpsDown") if "speed" in controls else ()
        self._commands = ("start", *(name for name in controls if name != "speed"), *(_JUDGEMENTS if judging else ()))
        self._shown = (*self._commands, *speed)

    def resume(self, progress: Progress) -> str | None:
        """Go on where an earlier server was; return why not, if that is impossible."""
        names = [table.game.name for table in self._tables]
        if progress.block not in names:
            return f"the game has no block {progress.block!r} any more"
        block = names.index(progress.block)
        if self._tables[block].seed != progress.seed:
            return "the game has another seed now"
        last = self._tables[block].game.last_episode
        if last is not None and progress.episode > last:
            return f"the game has no episode {progress.episode} any more"
        self._begin(block, progress.episode, progress.score)
        if progress.over:
            self.play.stop(self._time(), "over before")
        return None

    def progress(self) -> Progress:
        """Return where the participant is: a second server begins the episode again."""
        play = self.play
        name, seed = self.table.game.name, self.table.seed
        if self.is_over and self.has_next_block:
            following = self._tables[self.block + 1]
            return Progress(following.game.name, following.seed, 1, 0.0)
        if self.is_over or not play.is_between_episodes:
            return Progress(name, seed, play.episode, number(play.score - play.episode_score), over=self.is_over)
        return Progress(name, seed, play.episode + 1, number(play.score))

    @property
    def has_next_block(self) -> bool:
        """Another block follows this one."""
        return self.block + 1 < len(self._tables)

    def next_block(self) -> None:
        """Begin the block after this one."""
        self._begin(self.block + 1)

    @property
    def is_over(self) -> bool:
        """The block is over."""
        return self.play.phase is Phase.OVER

    def welcome(self, speaks: frozenset[str]) -> str:
        """Return the first message of a connection."""
        game, world = self.table.game, self.table.world
        bindings = world.keymap.bindings
        height, width = world.picture().shape[:2]
        inputs = [game.feedback.described()] if game.feedback is not None else []
        inputs += [{"name": POINTER, "kind": "click", "label": ""}] if world.pointer else []
        shown = [name for name in self._shown if "inputs" not in speaks or name not in _JUDGEMENTS]
        lines = instructions(game, bindings, turns=world.turns)
        gamepad = keys.gamepad(game.gamepad or {})
        return messages.welcome_message(shown, bindings, inputs, lines, (width, height), speaks, gamepad)

    def take(self, text: str | bytes) -> tuple[list[Event], tuple[str, ...]]:
        """Apply a message; return the events to record, and the faults to answer."""
        reading = protocol.read(text, self._commands)
        faults = list(reading.faults)
        events: list[Event] = []
        for what in reading.inputs:
            try:
                found = self._apply(what, reading.frame_id)
            except ValueError as error:
                faults.append(str(error))
                continue
            seen = {} if reading.frame_id is None else {"seen_frame_id": reading.frame_id}
            events += ({**seen, **event} for event in found)
        return events, tuple(faults)

    @property
    def runs_by_clock(self) -> bool:
        """The clock makes steps now; turns are made by keys."""
        return self.play.phase is Phase.RUNNING and not self.table.world.turns

    def advance(self) -> list[Event]:
        """Make one step, if the game runs."""
        return self.play.advance(self._time()) if self.runs_by_clock else []

    def check_time(self) -> list[Event]:
        """End the game if its time is over."""
        return self.play.check_time(self._time())

    def pause(self) -> list[Event]:
        """Pause the game."""
        return self.play.pause(self._time())

    def release(self) -> list[Event]:
        """Release all keys."""
        return self.play.release()

    def stop(self, how: str) -> list[Event]:
        """End the game early."""
        return self.play.stop(self._time(), how)

    def frame(self, client: Client) -> Iterable[str | bytes]:
        """Return the messages that show the current state as the next frame."""
        self.frame_id += 1
        picture = self._encoder.encode(self.table.world.picture())
        shown = self._figures()
        if "binary" not in client.speaks:
            return [messages.frame_message(picture, self.frame_id, shown)]
        text = messages.figures_message(shown)
        new = [text] if text != client.figures else []
        client.figures = text
        return [*new, messages.binary_frame(picture, self.frame_id)]

    def _figures(self) -> dict[str, Any]:
        play, game = self.play, self.table.game
        shown: dict[str, Any] = {
            "display": figures(play.state(self._time(), self.frames_per_second), game.display),
        }
        phase = "between" if play.is_between_episodes else str(play.phase)
        shown["status"] = {"phase": phase, "round": play.episode, "pictures": self.runs_by_clock}
        if game.budget is not None:
            shown |= {"inputBudget": game.budget, "usedInputBudget": play.used}
        return shown

    def _apply(self, what: protocol.Input, seen_frame_id: int | None) -> list[Event]:
        now, play = self._time(), self.play
        match what:
            case protocol.Press(name):
                return self._turn(play.press(name), now)
            case protocol.Hold(names):
                return self._turn(play.hold(names), now)
            case protocol.Release(name):
                return play.release(name)
            case protocol.FrameRate():
                return self._change_pace(what.change)
            case protocol.Answer(name, value):
                return self._answer(name, value, seen_frame_id)
            case protocol.Command("start", client):
                return play.start(now, client)
            case protocol.Command("good" | "bad" as name):
                feedback = self.table.game.feedback
                value = feedback.ends[name == "good"] if feedback else 0.0
                return play.judge(value, now, seen_frame_id)
            case protocol.Command(name):
                return {"pause": play.pause, "reset": play.reset, "stop": play.stop}[name](now)

    def _turn(self, events: list[Event], now: float) -> list[Event]:
        """Where the environment waits for the player, a press makes a step."""
        pressed = any(event["event"] in ("pressed", "pointed") for event in events)
        return [*events, *(self.play.advance(now) if pressed and self.table.world.turns else ())]

    def _answer(self, name: str, value: Any, seen_frame_id: int | None) -> list[Event]:
        feedback = self.table.game.feedback
        if name == POINTER and self.table.world.pointer:
            return self._turn(self.play.point(*_place(value), seen_frame_id), self._time())
        if name != NAME or feedback is None:
            raise ValueError(f"the game has no input {name[:40]!r}")
        return self.play.judge(feedback.check(value), self._time(), seen_frame_id)

    def _change_pace(self, change: str | int) -> list[Event]:
        """Change the frame rate, within its limits."""
        before = self.frames_per_second
        slowest, fastest, step = self.table.game.pace
        if "speed" not in self.table.game.controls or self.table.world.turns:
            return []
        match change:
            case "faster":
                wanted = before + step if before >= step else step
            case "slower":
                wanted = before - step
            case _:
                wanted = int(change)
        self.frames_per_second = max(slowest, min(fastest, wanted))
        if self.frames_per_second == before:
            return []
        return [{"event": "frame_rate_changed", "frames_per_second": self.frames_per_second}]


def _place(value: Any) -> tuple[float, float]:
    """Return x and y of a place in the picture.

    Raises:
        ValueError: the value is none.
    """
    place: list[Any] = [value.get(axis) for axis in ("x", "y")] if isinstance(value, dict) else []
    if len(place) == 2 and all(isinstance(each, int | float) and 0 <= each <= 1 for each in place):
        return float(place[0]), float(place[1])
    raise ValueError('pointer must be a place in the picture, such as {"x": 0.25, "y": 0.5}')
