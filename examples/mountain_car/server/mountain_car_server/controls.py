"""Applies a participant's inputs to the game, and describes the game's state for display."""

from __future__ import annotations

from typing import Final

from . import protocol
from .game import Event, Game, Phase
from .mountain import FLAG, VALLEY, Action

INSTRUCTIONS: Final = (
    "Drive the car up to the flag on the right.",
    "Press Start. Hold ← or A to drive left, → or D to drive right.",
    "Press Good or Bad to judge what the car has just done.",
    "Each step costs a point. Press Start to begin each round.",
)

FASTEST: Final = 60
"""Highest number of frames per second: a small container cannot draw more."""

_STEP: Final = 5
_ACTIONS: Final = {"left": Action.LEFT, "right": Action.RIGHT}
_JUDGEMENTS: Final = {"good": 1, "bad": -1}
_STILL: Final = 0.001


class Pace:
    """Frames per second; while the game runs, each frame is one step of the car."""

    def __init__(self, frames_per_second: int) -> None:
        self.frames_per_second = min(FASTEST, frames_per_second)

    def change(self, wish: protocol.FrameRate) -> list[Event]:
        """Change the frame rate, within its limits."""
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
    """Apply an input to the game; return the events to record.

    seen_frame_id: the frame on the participant's screen, reported by the client.
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
    """Return the figures beside the picture: label → value."""
    return {
        "Game": _status(game),
        "Round": f"{game.episode} of {game.rules.episodes}",
        "Steps": f"{game.steps} of {game.rules.steps_per_episode}",
        "Score": game.score,
        "Flags reached": game.flags,
        "Car": _whereabouts(game),
        "Speed": f"{pace.frames_per_second} frames per second",
    }


def _status(game: Game) -> str:
    if game.phase is Phase.RUNNING:
        return "running"
    if game.phase is Phase.PAUSED:
        return "paused: press Start to continue"
    if game.phase is Phase.READY and not game.is_between_rounds:
        return "press Start to begin"
    how = f"you reached the flag in {game.steps} steps" if game.at_flag else "this round's steps are used up"
    return "the game is over" if game.phase is Phase.OVER else f"{how}: press Start for the next round"


def _whereabouts(game: Game) -> str:
    """Describe the picture, for participants who cannot see it or who use a low frame rate."""
    position, velocity = game.observation
    if position >= FLAG:
        return "at the flag"
    where = "left slope" if position < VALLEY - 0.05 else "right slope" if position > VALLEY + 0.05 else "valley"
    how = "hardly moving" if abs(velocity) < _STILL else "rolling left" if velocity < 0 else "rolling right"
    return f"{where}, {how}"
