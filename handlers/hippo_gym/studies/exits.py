"""Exits, the answers that end a study early; and what its last page gives to a participant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

SERVER_FAILED: Final = "serverFailed"
"""The outcome of a participant who got no game."""


@dataclass(frozen=True)
class Exit:
    """An answer that ends the study early.

    Attributes:
        outcome: the exit's name, kept in the participant record.
        step: the number of the step whose answer decides.
        field, values: the form field that decides, and its values that lead to this exit.
        page: the page that the participant sees from then on.
    """

    outcome: str
    step: int
    field: str
    values: frozenset[str]
    page: str

    @classmethod
    def of(cls, outcome: str, record: Mapping[str, Any]) -> Exit:
        """Read an exit of a valid entry."""
        return cls(outcome, int(record["step"]), record["field"], frozenset(record["values"]), record["page"])

    def is_taken_by(self, answers: Mapping[str, Any]) -> bool:
        """Return whether a form's fields lead to this exit.

        Clients may send a checkbox as true or false.
        """
        value = answers.get(self.field)
        if not isinstance(value, str | int | float):
            return False
        return (str(value).lower() if isinstance(value, bool) else str(value)) in self.values


@dataclass(frozen=True)
class Completion:
    """The completion codes by outcome, and the address to which participants return."""

    codes: Mapping[str, str] = field(default_factory=dict)
    redirect: str | None = None

    def has_way_out(self, outcome: str) -> bool:
        """Return whether participants with this outcome get a code, or an address to return to."""
        code = self.codes.get(outcome)
        return code is not None or self.redirect_for(code, "", "") is not None

    def redirect_for(self, code: str | None, user_id: str, project_id: str) -> str | None:
        """Return the address with its placeholders filled in.

        Return None if the study has no address, or if its address needs a code and there is none.
        """
        if self.redirect is None or ("{code}" in self.redirect and code is None):
            return None
        filled = self.redirect
        for name, value in (("code", code or ""), ("userId", user_id), ("projectId", project_id)):
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        return filled
