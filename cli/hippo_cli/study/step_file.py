"""The file of a step, or of an exit, as config.yml names it."""

from __future__ import annotations

from dataclasses import dataclass

from hippo_cli.study.findings import Place


@dataclass(frozen=True)
class StepFile:
    """The file of a step, or of an exit, as config.yml names it.

    Attributes:
        step: the step's name for people: "step 3", "the final step".
        file: the file's name, relative to the project's folder.
        place: the place of the name in config.yml.
        where: the key of config.yml.
        is_last: no step follows.
    """

    step: str
    file: str
    place: Place
    where: str
    is_last: bool

    @property
    def stem(self) -> str:
        """The file's name without `.html`."""
        return self.file.removesuffix(".html")
