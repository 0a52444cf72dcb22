"""The spaces of an episode: those that its record states, else gymnasium's, else what its values look like."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from hippo_cli.data.games.datasets import spaces
from hippo_cli.data.games.datasets.episodes import Trajectory
from hippo_cli.data.games.datasets.spaces import Space
from hippo_cli.data.games.reading import events_of
from hippo_cli.data.games.trials import Session
from hippo_common.errors import HippoError


class Lookup:
    """Finds spaces.

    Attributes:
        blocks: session, run and block → its entry in the record's `server_started`.
        problems: what a researcher should know about the spaces.
    """

    def __init__(self, sessions: Sequence[Session]) -> None:
        """Take the records, for those that state no spaces."""
        self._sessions = sessions
        self.blocks: Mapping[tuple[str, str, str], Mapping[str, Any]] = {}
        self.problems: list[str] = []
        self._found: dict[tuple[str, str], tuple[Space, Space]] = {}

    def of(self, found: Trajectory) -> tuple[Space, Space, str | None]:
        """Return the spaces of an episode's observations and actions, and gymnasium's spec as JSON.

        Raises:
            HippoError: they cannot be known.
        """
        session, run, name = (str(found.about[key]) for key in ("session", "run", "block"))
        block = self.blocks.get((session, run, name), {})
        stated = block.get("observation_space"), block.get("action_space")
        if stated[0] is not None and stated[1] is not None:
            return stated[0], stated[1], block.get("spec")
        key = (name, str(found.about["environment"]))
        if key not in self._found:
            self._found[key] = _of_gymnasium(key[1]) or self._guessed(*key)
        return (*self._found[key], None)

    def _guessed(self, block: str, environment: str) -> tuple[Space, Space]:
        observation = spaces.guessed(self._values(block, "observation"), is_action=False)
        action = spaces.guessed(self._values(block, "action"), is_action=True)
        if observation is None or action is None:
            raise HippoError(
                f"The records of {block} do not state the spaces of {environment}, and its values are no arrays of one "
                "shape.",
                f"Install the package that registers {environment} in gymnasium beside hippo, or use -f parquet.",
            )
        self.problems.append(
            f"Older records of {block} do not state the spaces of {environment}: observations are taken as unbounded, "
            f"and actions as {spaces.shown(action)}, from their values."
        )
        return observation, action

    def _values(self, block: str, name: str) -> Iterator[Any]:
        for session in self._sessions:
            for path in session.parts:
                for _, event in events_of(path):
                    if event is not None and event["event"] == "step" and event.get("block", block) == block:
                        yield event.get(name)


def _of_gymnasium(environment: str) -> tuple[Space, Space] | None:
    """Return the spaces of an environment that gymnasium makes from its id, without arguments."""
    if find_spec("gymnasium") is None:
        return None
    gymnasium: Any = import_module("gymnasium")
    if environment not in gymnasium.registry:
        return None
    try:
        made = gymnasium.make(environment, disable_env_checker=True)
    except Exception:  # noqa: BLE001 - it needs arguments, or a package that is not installed here
        return None
    try:
        serialize = import_module("minari.serialization").serialize_space if find_spec("minari") else None
        if serialize is None:
            return None
        return _as_recorded(json.loads(serialize(made.observation_space))), _as_recorded(
            json.loads(serialize(made.action_space))
        )
    except NotImplementedError:
        return None
    finally:
        made.close()


def _as_recorded(described: Mapping[str, Any]) -> Space:
    """Return Minari's description of a space in the form of records."""
    inner = described.get("subspaces")
    if isinstance(inner, Mapping):
        return {"type": described["type"], "spaces": {name: _as_recorded(each) for name, each in inner.items()}}
    if isinstance(inner, list):
        return {"type": described["type"], "spaces": [_as_recorded(each) for each in inner]}
    return {("characters" if name == "charset" else name): value for name, value in described.items()}
