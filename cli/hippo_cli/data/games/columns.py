"""The columns of steps, episodes and feedback (schemas/trial_event.schema.json describes the events)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from hippo_cli.data.tables import Column, Kind

_WHERE: Final = (
    Column("project", "text", "the study's id"),
    Column("participant", "text", "the participant's id"),
    Column("session", "text", "the id of the participant's server"),
    Column("run", "text", "the start of the server's program, UTC; another run of a session continues it"),
    Column("block", "text", "the block's name; game if there are no blocks"),
    Column("episode", "whole", "the episode's number within the block, from 1"),
    Column("attempt", "whole", "how often this run began the episode, from 1: a reset begins it again"),
)

_DESIGN: Final = (
    Column("environment", "text", "the environment's id"),
    Column("groups", "text", "the participant's group by number of groups, as JSON"),
    Column("conditions", "text", "the participant's conditions, as JSON"),
)

STEPS: Final = (
    *_WHERE,
    Column("step", "whole", "the step's number within the episode, from 1"),
    Column("time", "time", "when the step was made, UTC"),
    Column("observation", "numbers", "the observation before the step, as recorded; empty if it was too large"),
    Column("action", "numbers", "the action"),
    Column("source", "text", 'who chose the action: human, policy, or "nobody" (the game\'s noop)'),
    Column("reward", "number", "the step's reward"),
    Column("terminated", "truth", "the environment ended the episode with this step"),
    Column("truncated", "truth", "a limit, such as on time, ended the episode with this step"),
    Column("next_observation", "numbers", "the observation after the step"),
    Column("feedback", "number", "sum of the participant's judgements since the step before"),
    Column("behind", "whole", "by how many steps a slow policy's action came late; 0 for the other steps"),
    Column("frame", "whole", "the id of the latest picture that the server had drawn"),
    Column("more", "text", "further values that the game's `record` stores with a step, as JSON; empty without any"),
)

EPISODES: Final = (
    *_WHERE,
    *_DESIGN,
    Column("seed", "whole", "the seed of the episode's reset"),
    Column("started", "time", "when the episode began, UTC"),
    Column("ended", "time", "when its last step was made, UTC; empty without steps"),
    Column("steps", "whole", "number of steps"),
    Column("return", "number", "sum of the rewards"),
    Column("human_steps", "whole", "number of steps whose action the participant chose"),
    Column("feedback", "number", "sum of the participant's judgements"),
    Column(
        "outcome",
        "text",
        "terminated; truncated; reset: the participant began it again; over: the game ended before the "
        "episode did; cut: the record ends here, as when the connection was lost for good",
    ),
)

FEEDBACK: Final = (
    *_WHERE,
    Column("time", "time", "when the judgement arrived, UTC"),
    Column("step", "whole", "the latest step at that time"),
    Column("value", "number", "the judgement: above 0 is good, below 0 is bad"),
    Column("steps", "text", "the numbers of the steps that it may refer to, as JSON"),
    Column("action", "numbers", "the action of the latest step"),
    Column("source", "text", "who chose that action"),
    Column("observation", "numbers", "the observation before that step"),
    Column("seen_frame", "whole", "the id of the picture on the participant's screen, if the page said it"),
)


def typed(columns: Sequence[Column], kinds: dict[str, Kind]) -> tuple[Column, ...]:
    """Return the columns with the kinds that a study's observations and actions have."""
    return tuple(replace(column, kind=kinds.get(column.name, column.kind)) for column in columns)
