"""Plays an example's game without a server: its policy answers in this thread, at each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hippo_play.blocks import Block
from hippo_play.environments import World
from hippo_play.loading import load
from hippo_play.play import Play
from hippo_play.policies import load as load_policy
from hippo_play.policies.actor import InlineActor

EXAMPLES = Path(__file__).parents[3] / "examples"


def block_of(name: str) -> Block:
    """Return the game that an example's config.yml names, with a fresh policy."""
    (found,) = load(str(EXAMPLES / name / "config.yml"))
    return found


def begin(name: str, seed: int = 7, conditions: Mapping[str, str] = MappingProxyType({})) -> Play:
    """Return an example's play, before its first episode."""
    block = block_of(name)
    world = World(block.game)
    policy, _ = load_policy(block.game.policy, block.folder, world.space, conditions)
    return Play(block.game, world, None if policy is None else InlineActor(policy), seed)


def played(play: Play, person: Callable[[Play, float], Any]) -> list[dict[str, Any]]:
    """Play to the end at 20 steps a second; `person` acts after each step. Return the finished episodes."""
    now, finished = 0.0, []
    while play.phase.value != "over":
        play.start(now)
        now += 0.05
        finished += [event for event in play.advance(now) if event["event"] == "episode_finished"]
        person(play, now)
    return finished
