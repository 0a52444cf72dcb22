"""How a participant judges: `Binary` (Good and Bad) or `Scale` (a slider)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NAME: Final = "feedback"
"""Of the input, on the wire."""


@dataclass(frozen=True)
class Binary:
    """Two buttons: Good (+1) and Bad (-1).

    >>> Binary(good="Well done", bad="Not so").check(1)
    1.0
    """

    good: str = "Good"
    bad: str = "Bad"
    label: str = "Judge what has just happened"

    def check(self, value: Any) -> float:
        """Return a judgement, +1 or -1.

        Raises:
            ValueError: the value is no judgement of this kind.
        """
        if isinstance(value, bool) or value not in (1, -1):
            raise ValueError(f"feedback must be 1 or -1, not {value!r}")
        return float(value)

    def described(self) -> dict[str, Any]:
        """Return the input as messages describe it."""
        options = [{"value": 1, "label": self.good}, {"value": -1, "label": self.bad}]
        return {"name": NAME, "kind": "binary", "label": self.label, "options": options}

    @property
    def ends(self) -> tuple[float, float]:
        """Bad and Good, for pages that know these two buttons only."""
        return -1.0, 1.0


@dataclass(frozen=True)
class Scale:
    """A slider from `least` to `most`, in steps of `step`.

    >>> Scale(-2, 2, 1).check(-2)
    -2.0
    """

    least: float
    most: float
    step: float = 1
    label: str = "Judge what has just happened"
    least_label: str = ""
    most_label: str = ""

    def __post_init__(self) -> None:
        """Check the numbers."""
        numbers: tuple[Any, ...] = (self.least, self.most, self.step)
        if not all(isinstance(each, int | float) and math.isfinite(each) for each in numbers):
            raise ValueError("feedback: a scale needs three numbers: Scale(least, most, step)")
        if not self.least < self.most or not 0 < self.step <= self.most - self.least:
            shown = f"{self.least}, {self.most}, {self.step}"
            raise ValueError(f"feedback: a scale needs least < most and 0 < step <= most - least, not {shown}")

    def check(self, value: Any) -> float:
        """Return a judgement within the scale.

        Raises:
            ValueError: the value is no number within the scale.
        """
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.least <= value <= self.most:
            raise ValueError(f"feedback must be a number from {self.least} to {self.most}, not {value!r}")
        return float(value)

    def described(self) -> dict[str, Any]:
        """Return the input as messages describe it."""
        return {
            "name": NAME,
            "kind": "scale",
            "label": self.label,
            "least": self.least,
            "most": self.most,
            "step": self.step,
            "leastLabel": self.least_label,
            "mostLabel": self.most_label,
        }

    @property
    def ends(self) -> tuple[float, float]:
        """Bad and Good, for pages that know these two buttons only."""
        return float(self.least), float(self.most)


Feedback = Binary | Scale


def from_config(value: Any) -> Feedback | None:
    """Read `feedback` of config.yml: `binary`, or `{scale: [least, most, step]}`, each with labels.

    >>> from_config({"scale": [0, 10, 1], "labels": ["poor", "great"]})
    Scale(least=0, most=10, step=1, label='Judge what has just happened', least_label='poor', most_label='great')

    Raises:
        ValueError: the value is neither.
    """
    if value is None or isinstance(value, Binary | Scale):
        return value
    given: Mapping[str, Any] = {value: None} if isinstance(value, str) else value if isinstance(value, Mapping) else {}
    words = {"label": given["label"]} if isinstance(given.get("label"), str) else {}
    labels = given.get("labels", ["", ""])
    if not (isinstance(labels, list | tuple) and len(labels) == 2 and all(isinstance(each, str) for each in labels)):
        raise ValueError("feedback: labels must be two texts, such as [Bad, Good]: the lower end first")
    unknown = set(given) - {"binary", "scale", "label", "labels"}
    if "binary" in given and "scale" not in given and not unknown:
        return Binary(good=labels[1] or Binary.good, bad=labels[0] or Binary.bad, **words)
    scale = given.get("scale")
    if isinstance(scale, list | tuple) and len(scale) in (2, 3) and "binary" not in given and not unknown:
        step = scale[2] if len(scale) == 3 else 1
        return Scale(scale[0], scale[1], step, least_label=labels[0], most_label=labels[1], **words)
    raise ValueError(f"feedback must be binary or {{scale: [least, most, step]}}, not {value!r}")
