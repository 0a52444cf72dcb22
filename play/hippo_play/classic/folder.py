"""From an App folder to the game that the server plays."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from ..blocks import Block
from ..feedback import Binary
from ..game import Game, GameError, Problem
from . import configuration
from .agent import import_agent
from .environment import AppEnvironment, Judgements, recorded

log = logging.getLogger("hippo_play.classic")


@dataclass(frozen=True)
class _ClassicGame(Game):
    """A game whose frame rates have limits of their own."""

    limits: tuple[int, int, int] = (1, 60, 5)

    @property
    def pace(self) -> tuple[int, int, int]:
        """As minFrameRate, maxFrameRate and frameRateStepSize say."""
        return self.limits


def load(folder: Path) -> tuple[Block, ...]:
    """Return the game of an App folder, for the server.

    Raises:
        GameError: the folder cannot be played; names every fault with its file and fix.
    """
    return (Block(game(folder), folder),)


def game(folder: Path | str) -> Game:
    """Return the game of an App folder: also for a game.py, which `hippo preview` and `hippo submit` know.

        game = hippo_play.classic.game(Path(__file__).parent / "App")

    Raises:
        GameError: the folder cannot be played; names every fault with its file and fix.
    """
    app = Path(folder).absolute()
    if not app.is_dir():
        raise GameError(Problem(f"{app} is no folder", "name the folder that holds agent.py: --classic App"))
    trial = configuration.read(app)
    code = import_agent(app / "agent.py")
    if (app / "trial.py").is_file():
        log.info("%s is not used: hippo_play takes its place", app / "trial.py")
    judgements = Judgements()
    hears = "judgement" in code.wanted
    return _ClassicGame(
        env=lambda: AppEnvironment(code, trial, judgements),
        keys_to_action=trial.keys_to_action,
        noop=trial.noop,
        fps=trial.fps,
        wait_on_player=trial.waits,
        episodes=trial.episodes,
        feedback=Binary() if trial.judges else None,
        policy=judgements if hears and trial.judges else None,
        instructions=trial.instructions,
        record=recorded,
        controls=trial.controls,
        start_each_episode=False,
        limits=trial.pace,
    )
