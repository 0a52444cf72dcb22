"""Reads the environment variables.

HIPPO Gym, which starts one container per participant, sets the HIPPO_* variables.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from . import tls
from .game import Rules


class SettingsError(ValueError):
    """A variable has an invalid value; the message names the variable."""


@dataclass(frozen=True)
class Settings:
    """Settings of this server.

    An id that is None is not checked: the server admits any participant, as on a researcher's own
    machine.
    """

    project_id: str | None
    user_id: str | None
    session_id: str | None
    bucket: str | None
    deadline: datetime | None
    address: str
    port: int
    tls: ssl.SSLContext | None
    """TLS context of the port; None: no TLS."""
    away: timedelta
    """Longest absence of a participant who was connected; then the server exits."""
    moves_per_second: int
    rules: Rules

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: a variable has an invalid value.
        """
        user_id = environment.get("HIPPO_USER_ID") or None
        return cls(
            project_id=environment.get("HIPPO_PROJECT_ID") or None,
            user_id=user_id.lower() if user_id else None,
            session_id=environment.get("HIPPO_SESSION_ID") or None,
            bucket=environment.get("HIPPO_BUCKET") or None,
            deadline=_deadline(environment.get("HIPPO_DEADLINE", "")),
            address=environment.get("HIPPO_LISTEN_ADDRESS") or "0.0.0.0",  # noqa: S104 - a container has its own
            port=_number(environment, "PORT", 5000, lowest=0, highest=65535),
            tls=_tls(environment),
            away=timedelta(minutes=_number(environment, "GRID_WORLD_AWAY_MINUTES", 5, highest=60)),
            moves_per_second=_number(environment, "GRID_WORLD_MOVES_PER_SECOND", 2, highest=10),
            rules=Rules(
                episodes=_number(environment, "GRID_WORLD_EPISODES", Rules.episodes),
                moves_per_episode=_number(environment, "GRID_WORLD_MOVES_PER_EPISODE", Rules.moves_per_episode),
                help_budget=_number(environment, "GRID_WORLD_HELP_BUDGET", Rules.help_budget),
            ),
        )


def _number(environment: Mapping[str, str], name: str, default: int, *, lowest: int = 1, highest: int = 1000) -> int:
    text = environment.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise SettingsError(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}")
    return int(text)


def _deadline(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"HIPPO_DEADLINE must be a date and time in UTC, not {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tls(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    try:
        return tls.context(environment)
    except tls.TlsError as error:
        raise SettingsError(str(error)) from error
