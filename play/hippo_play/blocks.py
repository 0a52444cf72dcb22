"""The games of a study, as its config.yml names them, made ready for one participant.

Block   a game, and the folder that its paths start from
Table   everything one server needs to play a block: environment, policy, seed
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .environments import World
from .faults import explained
from .game import Game, GameError, Problem
from .play import Play
from .policies import PolicyError, ThreadActor, load


@dataclass(frozen=True)
class Block:
    """A game, and the folder that its paths start from."""

    game: Game
    folder: Path


@dataclass(frozen=True)
class Table:
    """A block that can be played.

    Attributes:
        game: what the researcher wrote.
        world: its environment.
        actor: its policy; None: no policy.
        policy: the policy's name, for the record.
        seed: of its first episode.
    """

    game: Game
    world: World
    actor: ThreadActor | None
    policy: str
    seed: int

    def play(self, episode: int = 1, score: float = 0) -> Play:
        """Begin the block, or go on with it."""
        return Play(self.game, self.world, self.actor, self.seed, episode=episode, score=score)

    def close(self) -> None:
        """Release the environment and the policy."""
        self.world.close()
        if self.actor is not None:
            self.actor.close()


def prepare(
    blocks: Sequence[Block], conditions: Mapping[str, str], *, project_id: str, participant: str
) -> tuple[Table, ...]:
    """Make every block ready.

    participant: the participant's id, or of this run where there is none.

    Raises:
        GameError: a block cannot be played; names every fault with its fix.
    """
    tables: list[Table] = []
    try:
        for block in blocks:
            tables.append(_table(block, conditions, project_id, participant))  # noqa: PERF401 - see below
    except GameError:
        for table in tables:
            table.close()
        raise
    return tuple(tables)


def first_seed(game: Game, project_id: str, participant: str) -> int:
    """Return the seed of a game's first episode, as its `seed` says. Blocks of one study differ."""
    if isinstance(game.seed, int):
        return game.seed
    parts = [project_id, game.name, *([participant] if game.seed == "participant" else [])]
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1  # gymnasium's seeds are not negative, and leave room for episodes


def _table(block: Block, conditions: Mapping[str, str], project_id: str, participant: str) -> Table:
    world = World(block.game)
    try:
        policy, name = load(block.game.policy, block.folder, world.space, conditions)
    except PolicyError as error:
        world.close()
        raise GameError(Problem(error.problem, error.fix)) from error
    except Exception as error:
        world.close()
        raise explained(error, f"loading the policy of {block.game.name}") from error
    actor = None if policy is None else ThreadActor(policy)
    return Table(block.game, world, actor, name, first_seed(block.game, project_id, participant))
