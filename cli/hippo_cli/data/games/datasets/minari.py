"""Data sets of Minari (https://minari.farama.org): `minari.load_dataset` opens them.

The folder is one of MINARI_DATASETS_PATH: `{study}/{block}-v0/data`. Pictures are stored without loss.
"""

from __future__ import annotations

import json
import re
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy

from hippo_cli.data.games.datasets import spaces
from hippo_cli.data.games.datasets.episodes import Trajectory
from hippo_cli.data.games.datasets.spaces import Space


class MinariData:
    """One data set. An episode that no environment ended is truncated at its last step, as Minari records it."""

    def __init__(self, folder: Path, dataset_id: str, observation: Space, action: Space, environment: str) -> None:
        """Create it in a folder that has none of this id.

        Raises:
            Unsupported: Minari cannot hold a space.
        """
        self._observation, self._action = observation, action
        made = [spaces.made(each) for each in (observation, action)]
        data = folder / dataset_id / "data"
        data.mkdir(parents=True)
        (folder / dataset_id).parent.joinpath("namespace_metadata.json").write_text("{}", encoding="utf-8")
        storage: Any = import_module("minari.dataset.minari_storage").MinariStorage
        spec = _spec(environment)
        self._storage = storage.new(data, made[0], made[1], env_spec=spec, data_format="hdf5", jpeg_encoding=False)
        version = str(import_module("minari").__version__)
        about = f"Games of people, exported by hippo. Environment: {json.loads(environment).get('environment')}."
        self._storage.update_metadata({"dataset_id": dataset_id, "minari_version": version, "description": about})
        self._buffer: Any = import_module("minari.data_collector").EpisodeBuffer
        self._episodes = 0

    def add(self, found: Trajectory) -> None:
        """Write an episode.

        Raises:
            ValueError: a value is not of its space.
        """
        truncated = list(found.truncated)
        truncated[-1] = truncated[-1] or not found.terminated[-1]
        times = [found.about["started"], *found.times]
        infos = {
            "feedback": numpy.asarray([0.0, *found.feedback]),
            "source": ["", *found.sources],
            "seconds": numpy.asarray([time.timestamp() for time in times]),
            "participant": [str(found.about["participant"])] * len(times),
            "session": [str(found.about["session"])] * len(times),
        }
        episode = self._buffer(
            id=self._episodes,
            seed=found.about["seed"],
            observations=spaces.stacked(self._observation, found.observations),
            actions=spaces.stacked(self._action, found.actions),
            rewards=found.rewards,
            terminations=found.terminated,
            truncations=truncated,
            infos=infos,
        )
        about = {name: value for name, value in found.stored_about.items() if name not in ("seed",)}
        self._storage.update_episodes([episode])
        self._storage.update_episode_metadata([about], [self._episodes])
        self._episodes += 1

    def close(self) -> None:
        """End the data set."""


def dataset_id(study: str, block: str, number: int) -> str:
    """Return the id of a data set: letters, digits, - and _ only, as Minari wants them."""
    space, name = (re.sub(r"[^-\w]", "-", text, flags=re.ASCII) for text in (study, block))
    return f"{space if len(space) > 1 else f'study-{space}'}/{name}-v{number}"


def _spec(environment: str) -> Any:
    """Return gymnasium's spec of the environment, which `recover_environment` needs; None if it is unknown here."""
    text = json.loads(environment).get("spec")
    if text is None:
        return None
    from gymnasium.envs.registration import EnvSpec

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return EnvSpec.from_json(text)
        except Exception:  # noqa: BLE001 - of another version of gymnasium, or of a package that is not installed
            return None
