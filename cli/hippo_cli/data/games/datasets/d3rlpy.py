"""Files of d3rlpy's ReplayBuffer: `d3rlpy.dataset.ReplayBuffer.load` opens them.

The layout is that of d3rlpy's `dataset/io.py`, version 2.1: the data sets `columns`, `num_episodes` and
`version`, and for each column and episode `{column}_{episode}`; a Tuple's parts are
`{column}_{episode}_{part}`. d3rlpy reads these only, so further data sets, `hippo/{episode}/…`, hold
what it has no place for: who played, who chose each action, the judgements, and `truncated`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy

from hippo_cli.data.games.datasets import spaces
from hippo_cli.data.games.datasets.episodes import Trajectory
from hippo_cli.data.games.datasets.spaces import Space, Unsupported

_COLUMNS: Final = ("observations", "actions", "rewards", "terminated")
_VERSION: Final = "2.1"


class D3rlpyData:
    """One file."""

    def __init__(self, path: Path, observation: Space, action: Space) -> None:
        """Create it.

        Raises:
            Unsupported: d3rlpy cannot hold a space.
        """
        import h5py

        parts = observation["spaces"] if observation["type"] == "Tuple" else [observation]
        if not all(spaces.is_array(part) for part in parts):
            raise Unsupported(spaces.shown(observation))
        if action["type"] not in ("Box", "Discrete") or len(spaces.shape_of(action)) > 1:
            raise Unsupported(spaces.shown(action))
        self._observation, self._action = observation, action
        self._file: Any = h5py.File(path, "w")
        self._file.create_dataset("columns", data=list(_COLUMNS))
        self._episodes = 0

    def add(self, found: Trajectory) -> None:
        """Write an episode. d3rlpy keeps no observation after the last step.

        Raises:
            ValueError: a value is not of its space.
        """
        number, file = self._episodes, self._file
        observations = spaces.stacked(self._observation, found.observations[:-1])
        if isinstance(observations, tuple):
            parts = {f"observations_{number}_{at}": _rows(part) for at, part in enumerate(observations)}
        else:
            parts = {f"observations_{number}": _rows(observations)}
        actions = _rows(spaces.stacked(self._action, found.actions))
        if self._action["type"] == "Discrete":
            actions = (actions - int(self._action.get("start", 0))).astype("int32")  # d3rlpy counts from 0
        rewards = numpy.asarray(found.rewards, dtype="float32").reshape(-1, 1)
        for name, array in {**parts, f"actions_{number}": actions, f"rewards_{number}": rewards}.items():
            file.create_dataset(name, data=array)
        file.create_dataset(f"terminated_{number}", data=bool(found.terminated[-1]))
        group = file.create_group(f"hippo/{number}")
        group.attrs.update(found.stored_about)
        group.create_dataset("source", data=found.sources, dtype=_text())
        group.create_dataset("feedback", data=found.feedback)
        group.create_dataset("truncated", data=found.truncated)
        group.create_dataset("time", data=[time.isoformat() for time in found.times], dtype=_text())
        self._episodes += 1

    def close(self) -> None:
        """End the file."""
        self._file.create_dataset("num_episodes", data=self._episodes)
        self._file.create_dataset("version", data=_VERSION)
        self._file.close()


def _rows(array: Any) -> Any:
    """Return an array with at least two dimensions: d3rlpy wants a row for each step."""
    return array.reshape(-1, 1) if array.ndim == 1 else array


def _text() -> Any:
    import h5py

    return h5py.string_dtype(encoding="utf-8")
