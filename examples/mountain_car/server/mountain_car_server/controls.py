"""What a participant's message does to the game, and what they are shown of it."""

from __future__ import annotations

from typing import Final

from . import protocol
from .game import Event, Game, Phase
from .mountain import FLAG, VALLEY, Action

INSTRUCTIONS: Final = (
    "Get the car up to the flag on the right.",
    "Press Start. Hold ← or A to drive left, → or D to drive right.",
    "Good or Bad: say what you think of what the car has just done.",
    "Each moment costs a point. Each round waits for Start.",
)

FASTEST: Final = 60
"""Frames a second, at most: more than a small container can draw helps nobody."""

_STEP: Final = 5
_ACTIONS: Final = {"left": Action.LEFT, "right": Action.RIGHT}
_JUDGEMENTS: Final = {"good": 1, "bad": -1}
_STILL: Final = 0.001


class Pace:
    """How many frames a second are shown; each is one step of the car while the game runs."""

    def __init__(self, frames_per_second: int) -> None:
        self.frames_per_second = min(FASTEST, frames_per_second)

    def change(self, wish: protocol.FrameRate) -> list[Event]:
        """Go faster or slower, within bounds."""
        before = self.frames_per_second
        match wish.change:
            case "faster":
                wanted = before + _STEP if before >= _STEP else _STEP
            case "slower":
                wanted = before - _STEP
            case number:
                wanted = number
        self.frames_per_second = max(protocol.SLOWEST, min(FASTEST, wanted))
        if self.frames_per_second == before:
            return []
        return [{"event": "frame_rate_changed", "frames_per_second": self.frames_per_second}]


def apply(what: protocol.Input, game: Game, pace: Pace, seen_frame_id: int | None = None) -> list[Event]:
    """Do what the participant wants; returns what is to be recorded.

    seen_frame_id: the frame that was on their screen, as their client says.
    """
    match what:
        case protocol.Press(key):
            return game.press(_ACTIONS[key])
        case protocol.Release(key):
            return game.release(_ACTIONS[key] if key else None)
        case protocol.FrameRate():
            return pace.change(what)
        case protocol.Command("start", client):
            return game.start(client)
        case protocol.Command(name) if name in _JUDGEMENTS:
            return game.judge(_JUDGEMENTS[name], seen_frame_id)
        case protocol.Command(name):
            return {"pause": game.pause, "reset": game.reset, "stop": game.stop}[name]()


def display(game: Game, pace: Pace) -> dict[str, str | int]:
    """The figures beside the picture: label → value."""
    return {
        "Game": _status(game),
        "Round": f"{game.episode} of {game.rules.episodes}",
        "Steps": f"{game.steps} of {game.rules.steps_per_episode}",
        "Score": game.score,
        "Flags reached": game.flags,
        "Car": _whereabouts(game),
        "Speed": f"{pace.frames_per_second} frames a second",
    }


def _status(game: Game) -> str:
    if game.phase is Phase.RUNNING:
        return "running"
    if game.phase is Phase.PAUSED:
        return "paused: press Start to go on"
    if game.phase is Phase.READY and not game.is_between_rounds:
        return "press Start to begin"
    how = f"you reached the flag in {game.steps} steps" if game.at_flag else "this round's steps are used up"
    return "the game is over" if game.phase is Phase.OVER else f"{how}: press Start for the next round"


def _whereabouts(game: Game) -> str:
    """The picture in words, for those who do not see it, or set the frame rate low."""
    position, velocity = game.observation
    if position >= FLAG:
        return "at the flag"
    where = "left slope" if position < VALLEY - 0.05 else "right slope" if position > VALLEY + 0.05 else "valley"
    how = "hardly moving" if abs(velocity) < _STILL else "rolling left" if velocity < 0 else "rolling right"
    return f"{where}, {how}"
