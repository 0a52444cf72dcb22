"""One fault of the settings: its place and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What is wrong.

    OURS: Terraform does not report it, or only as a warning.
    TERRAFORMS: Terraform has to report an error too; if it does not, it understands the value, and there is no fault.
    """

    OURS = auto()
    TERRAFORMS = auto()


@dataclass(frozen=True)
class Fault:
    """A fault.

    Attributes:
        line: its line in the tfvars; None if it has none.
        text: what is wrong and what is allowed, as a sentence.
        kind: whether Terraform has to agree.
        setting: the setting that it belongs to; empty if it belongs to none.
        stops: whether Terraform cannot evaluate the setting, so that its other errors about it are consequences.
        place: another place than the tfvars: a file, or a variable of the shell.
    """

    line: int | None
    text: str
    kind: Kind = Kind.OURS
    setting: str = ""
    stops: bool = False
    place: str = ""

    def sentence(self, tfvars: str) -> str:
        """Return the sentence with its place, as `file:line: …`, which editors open at that line."""
        place = self.place or (tfvars if self.line is None else f"{tfvars}:{self.line}")
        return f"{place}: {self.text}"
