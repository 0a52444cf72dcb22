"""Opens the data sets of an export: one for each block and environment, all replaced together at the end."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

from hippo_cli.data.files import Format
from hippo_cli.data.games.datasets.episodes import Gatherer, Trajectory
from hippo_cli.data.games.datasets.spaces import Unsupported
from hippo_common.errors import HippoError
from hippo_common.words import count

Spaces = Callable[[Trajectory], tuple[Mapping[str, Any], Mapping[str, Any], str | None]]
"""An episode → the spaces of its observations and actions, and gymnasium's spec as JSON, if it was recorded."""

_FIXES: Final = {
    Format.MINARI: "Wrap the environment, so that its spaces are of gymnasium's basic classes, or use -f parquet.",
    Format.D3RLPY: (
        "d3rlpy takes Box and Discrete actions, and observations that are arrays. Wrap the environment, for example "
        "with gymnasium.wrappers.FlattenObservation, or use -f minari."
    ),
    Format.IMITATION: (
        "imitation takes observations and actions that are arrays. Wrap the environment, for example with "
        "gymnasium.wrappers.FlattenObservation, or use -f minari."
    ),
}


class _Data(Protocol):
    def add(self, found: Trajectory) -> None: ...

    def close(self) -> None: ...


@dataclass
class DataSets:
    """The data sets of one export.

    Attributes:
        study: the study's id.
        folder: to write to, empty at first.
        steps: name of a data set → number of its steps.
        episodes: name → number of its episodes.
        problems: what a researcher should know.
    """

    study: str
    folder: Path
    form: Format
    spaces: Spaces
    steps: Counter[str] = field(default_factory=Counter)
    episodes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _open: dict[tuple[str, ...], tuple[str, _Data]] = field(default_factory=dict)

    def add(self, found: Trajectory) -> None:
        """Write an episode into the data set of its block and environment."""
        observation, action, spec = self.spaces(found)
        block, environment = str(found.about["block"]), str(found.about["environment"])
        key = (block, environment, json.dumps([observation, action]))
        if key not in self._open:
            number = sum(other[0] == block for other in self._open)
            try:
                self._open[key] = self._new(
                    block, number, observation, action, {"environment": environment, "spec": spec}
                )
            except Unsupported as error:
                what = f"-f {self.form.value} cannot hold {error} of the environment {environment}."
                raise HippoError(what, _FIXES[self.form]) from error
        name, data = self._open[key]
        data.add(found)
        self.steps[name] += found.steps
        self.episodes[name] += 1

    def close(self) -> None:
        """End every data set."""
        for _, data in self._open.values():
            data.close()

    def _new(
        self,
        block: str,
        number: int,
        observation: Mapping[str, Any],
        action: Mapping[str, Any],
        about: Mapping[str, Any],
    ) -> tuple[str, _Data]:
        from hippo_cli.data.games.datasets import d3rlpy, imitation, minari

        name = quote(block, safe=" ") + (f"-{number}" if number else "")
        if self.form is Format.MINARI:
            named = minari.dataset_id(self.study, block, number)
            while named in self.steps or (self.folder / named).exists():  # two names that Minari does not tell apart
                number += 1
                named = minari.dataset_id(self.study, block, number)
            return named, minari.MinariData(self.folder, named, observation, action, json.dumps(about))
        if self.form is Format.D3RLPY:
            return f"{name}.h5", d3rlpy.D3rlpyData(self.folder / f"{name}.h5", observation, action)
        return name, imitation.ImitationData(self.folder / name, observation, action)


@contextmanager
def opened(study: str, folder: Path, form: Format, spaces: Spaces) -> Iterator[tuple[DataSets, Gatherer]]:
    """Open the data sets below `folder`/`form`, which replace earlier ones when the block ends without an error.

    Yields the data sets, and the gatherer that takes the rows of steps and episodes.
    """
    place, part = folder / form.value, folder / f".{form.value}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    data = DataSets(study, part, form, spaces)
    gatherer = Gatherer(data.add)
    try:
        try:
            yield data, gatherer
        finally:
            data.close()
        shutil.rmtree(place, ignore_errors=True)
        part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    for why, number in gatherer.left_out.items():
        are = "was" if number == 1 else "were"
        data.problems.append(f"{count(number, 'episode')} {are} left out: {why}.")
