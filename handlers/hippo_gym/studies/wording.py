"""How a study speaks to its participants: its language, its own texts, and whom they may write to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

ENGLISH: Final = "en"

Text = str | Mapping[str, str]
"""A text with {placeholders}, or its forms by plural category of `count`."""

_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


@dataclass(frozen=True)
class Wording:
    """How a study speaks to its participants.

    Attributes:
        language: its BCP 47 tag, such as `de` or `de-AT`.
        texts: the study's own texts by key; those that it lacks come from the language's catalogue.
        researcher: the name of the person whom participants contact, or None.
        contact: how they reach that person, or None.
    """

    language: str = ENGLISH
    texts: Mapping[str, Text] = field(default_factory=dict)
    researcher: str | None = None
    contact: str | None = None

    @property
    def base(self) -> str:
        """The language without its region: `de` of `de-AT`."""
        return self.language.partition("-")[0]

    @property
    def direction(self) -> str:
        """The direction of the language's script: `rtl` or `ltr`."""
        return "rtl" if self.base in _RIGHT_TO_LEFT else "ltr"

    @property
    def whom_to_write_to(self) -> str | None:
        """The researcher and how to reach them, in one text; None if the study names neither."""
        if self.researcher and self.contact:
            return f"{self.researcher} ({self.contact})"
        return self.contact or self.researcher or None


def wording_of(entry: Mapping[str, Any]) -> Wording:
    """Return how the study of a valid entry speaks."""
    return Wording(
        entry.get("language", ENGLISH), entry.get("texts", {}), entry.get("researcher"), entry.get("contact")
    )
