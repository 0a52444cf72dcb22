"""Folders of imitation's trajectories: `imitation.data.serialize.load` opens them.

imitation stores trajectories as a data set of the library `datasets`: an Arrow stream, and two JSON files
beside it. A row is an episode: `obs` has one more entry than `acts`; `infos` is a JSON object for each
step; `terminal` is false if no environment ended the episode.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from hippo_cli.data.games.datasets import spaces
from hippo_cli.data.games.datasets.episodes import Trajectory, infos_of
from hippo_cli.data.games.datasets.spaces import Space, Unsupported

_DATA: Final = "data-00000-of-00001.arrow"
_STATE: Final[dict[str, Any]] = {
    "_data_files": [{"filename": _DATA}],
    "_fingerprint": "hippo-gym-aws-1",
    "_format_columns": None,
    "_format_kwargs": {},
    "_format_type": None,
    "_output_all_columns": False,
    "_split": None,
}


class ImitationData:
    """One folder."""

    def __init__(self, folder: Path, observation: Space, action: Space) -> None:
        """Create it.

        Raises:
            Unsupported: imitation cannot hold a space.
        """
        for space in (observation, action):
            if not spaces.is_array(space):
                raise Unsupported(spaces.shown(space))
        self._observation, self._action = observation, action
        folder.mkdir(parents=True)
        (folder / "state.json").write_text(json.dumps(_STATE), encoding="utf-8")
        (folder / "dataset_info.json").write_text("{}", encoding="utf-8")
        self._arrow: Any = import_module("pyarrow")
        self._schema = self._arrow.schema(
            [
                ("obs", self._list(observation)),
                ("acts", self._list(action)),
                ("infos", self._arrow.list_(self._arrow.string())),
                ("terminal", self._arrow.bool_()),
                ("rews", self._arrow.list_(self._arrow.float64())),
            ]
        )
        self._file = (folder / _DATA).open("wb")
        self._writer = self._arrow.ipc.new_stream(self._file, self._schema)

    def add(self, found: Trajectory) -> None:
        """Write an episode.

        Raises:
            ValueError: a value is not of its space.
        """
        row = {
            "obs": spaces.stacked(self._observation, found.observations).tolist(),
            "acts": spaces.stacked(self._action, found.actions).tolist(),
            "infos": infos_of(found),
            "terminal": found.terminated[-1] or found.truncated[-1],
            "rews": found.rewards,
        }
        self._writer.write_batch(self._arrow.RecordBatch.from_pylist([row], schema=self._schema))

    def close(self) -> None:
        """End the stream."""
        self._writer.close()
        self._file.close()

    def _list(self, space: Space) -> Any:
        """Return Arrow's type of a list of values of a space."""
        kind = self._arrow.from_numpy_dtype(spaces.dtype_of(space))
        for _ in range(len(spaces.shape_of(space)) + 1):
            kind = self._arrow.list_(kind)
        return kind
