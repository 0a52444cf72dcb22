"""What the environment variables say.

The HIPPO_* ones come from HIPPO Gym, which starts one container for each participant; the MOUNTAIN_CAR_* ones are the
researcher's.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from . import tls
from .controls import FASTEST
from .game import Rules

_ENDS_EARLY: Final = timedelta(seconds=20)
"""How long before HIPPO Gym stops the task the game ends, so that everything is saved and the participant is told."""


class SettingsError(ValueError):
    """Variables have values that cannot be used; the message names each."""


@dataclass(frozen=True)
class Settings:
    """How this server is to run.

    Attributes:
        project_id: whom it serves; of what is None it was not told, so anybody is let in, as on one's own machine.
        user_id: the same, in lower case.
        session_id: this session, None by hand.
        bucket: where the record goes, None for the folder.
        trace_id: X-Ray's trace of the request that asked for this server; None if it keeps none.
        end: when the game ends whatever happens.
        address: listened on.
        port: listened on.
        tls: what to listen with; None listens without TLS.
        trials: the folder for the record: all of it, or what waits for the bucket.
        save_every: seconds.
        away: how long a participant who was here may be gone before the server leaves.
        arrival: how long it waits for a participant who has never come.
        frames_per_second: at the start.
        rules: of the game.
    """

    project_id: str | None
    user_id: str | None
    session_id: str | None
    bucket: str | None
    trace_id: str | None
    end: datetime | None
    address: str
    port: int
    tls: ssl.SSLContext | None
    trials: Path
    save_every: int
    away: timedelta
    arrival: timedelta
    frames_per_second: int
    rules: Rules

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: some cannot be read.
        """
        read = _Reader(environment)
        bucket, user_id = read.text("HIPPO_BUCKET"), read.text("HIPPO_USER_ID")
        settings = cls(
            project_id=read.text("HIPPO_PROJECT_ID"),
            user_id=user_id.lower() if user_id else None,
            session_id=read.text("HIPPO_SESSION_ID"),
            bucket=bucket,
            trace_id=read.text("HIPPO_TRACE_ID"),
            end=read.end("HIPPO_DEADLINE"),
            address=read.text("HIPPO_LISTEN_ADDRESS") or "0.0.0.0",  # noqa: S104 - a container has its own
            port=read.number("PORT", 5000, lowest=0, highest=65535),
            tls=read.tls(),
            trials=read.folder("MOUNTAIN_CAR_TRIALS", waits=bucket is not None),
            save_every=read.number("MOUNTAIN_CAR_SAVE_SECONDS", 5, highest=300),
            away=timedelta(minutes=read.number("MOUNTAIN_CAR_AWAY_MINUTES", 5, highest=120)),
            arrival=timedelta(minutes=read.number("MOUNTAIN_CAR_ARRIVAL_MINUTES", 20, highest=1440)),
            frames_per_second=read.number("MOUNTAIN_CAR_FRAME_RATE", 20, highest=FASTEST),
            rules=Rules(
                episodes=read.number("MOUNTAIN_CAR_EPISODES", Rules.episodes),
                steps_per_episode=read.number("MOUNTAIN_CAR_STEPS", Rules.steps_per_episode, highest=100_000),
            ),
        )
        if read.faults:
            raise SettingsError("; ".join(read.faults))
        return settings


class _Reader:
    """Reads variables one by one, and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def text(self, name: str) -> str | None:
        return self._environment.get(name) or None

    def number(self, name: str, default: int, *, lowest: int = 1, highest: int = 1000) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
            self.faults.append(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}")
            return default
        return int(text)

    def end(self, name: str) -> datetime | None:
        """When to end the game, from the time (UTC unless it says otherwise) at which the task will be stopped."""
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.faults.append(f"{name} must be a date and time in UTC, not {text!r}")
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _ENDS_EARLY

    def folder(self, name: str, *, waits: bool) -> Path:
        """Where the record is kept; untold, here if it stays, and out of the way if it only waits for a bucket."""
        text = self.text(name)
        if text is not None:
            return Path(text)
        return Path(tempfile.gettempdir(), "mountain_car_trials") if waits else Path("trials")

    def tls(self) -> ssl.SSLContext | None:
        """The certificate and its key."""
        try:
            return tls.context(self._environment)
        except tls.TlsError as error:
            self.faults.append(str(error))
            return None
