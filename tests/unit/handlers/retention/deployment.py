"""A deployment with studies, participants and their data, in virtual time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hippo_gym.retention.looking import Look
from hippo_gym.retention.removing import Remover
from hippo_gym.retention.rounds import Report, Rounds
from hippo_gym.retention.schedule import KEY
from hippo_gym.runtime.metrics import Tally
from hippo_gym.sessions.store import SessionStore
from hippo_gym.storage.bucket import Bucket
from hippo_gym.storage.past_versions import PastVersions
from hippo_gym.studies.enrolment import Limit, RosterStore, count_key
from tests.support.fake_clock import FakeClock
from tests.support.versioned_s3 import VersionedS3

BUCKET = "projects.example"
LIMIT = Limit(1000, timedelta(hours=2))


@dataclass
class Deployment:
    """A bucket, and the sweeper's retention over it."""

    clock: FakeClock = field(default_factory=FakeClock)
    default_days: int | None = None
    meter: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self.s3 = VersionedS3(self.clock)

    def studies(self, **days: int | str | None) -> None:
        """Write the master list: study → its `retainDays`; None: it does not say."""
        entries: list[dict[str, Any]] = [{"id": name, "retainDays": value} for name, value in days.items()]
        entries = [{key: value for key, value in entry.items() if value is not None} for entry in entries]
        self.s3.write("project_master_list.json", json.dumps({"projects": entries}).encode())

    def takes_part(self, user: str = "ada", study: str = "maze", *, limited: bool = False) -> None:
        """Let a participant take part, have a server, and leave what a container stores."""
        now = self.clock.now()
        session = f"{now:%Y%m%d}-{hashlib.sha256(f'{study} {user} {now}'.encode()).hexdigest()[:16]}"
        for number in range(3):
            self.s3.write(f"{study}/Users/{user}", json.dumps({"answers": number, "at": str(now)}).encode())
        self.s3.write(f"{study}/Trials/{user}/{session}/part-0001.jsonl", b"moves")
        self.s3.write(f"{study}/Trials/{user}/{session}/progress.json", b"1")
        self.s3.write(f"{study}/Trials/{user}/{session}/progress.json", b"2")
        ended = f"_sessions/ended/{study}/{now:%Y-%m-%d}/{session}.json"
        self.s3.write(ended, json.dumps({"userId": user.lower(), "projectId": study}).encode())
        if limited:
            RosterStore(self.bucket, self.clock).hold(study, user, LIMIT)

    def has_server(self, user: str = "ada", study: str = "maze") -> None:
        """Write the live record of a session."""
        now = self.clock.now().isoformat()
        record: dict[str, Any] = {
            "sessionId": "20261122-0123456789abcdef",
            "projectId": study,
            "userId": user,
            "wanted": "running",
            "launch": {"taskDefinition": "grid", "capacity": "on-demand", "port": 5000},
            "seen": {},
        } | dict.fromkeys(("requestedAt", "createdAt", "updatedAt", "stopAt"), now)
        self.s3.write(f"_sessions/live/{user}.json", json.dumps(record).encode())

    @property
    def bucket(self) -> Bucket:
        client: Any = self.s3
        return Bucket(client, BUCKET)

    def rounds(self) -> Rounds:
        """Make a warm function's retention."""
        client: Any = self.s3
        remover = Remover(self.bucket, PastVersions(client, BUCKET), SessionStore(self.bucket, self.clock), self.clock)
        return Rounds(remover, Look(client, remover), self.default_days, self.meter)

    def turn(self, seconds: float = 50, **more: Any) -> Report:
        """Make one turn, five minutes after the last one."""
        self.clock.advance(minutes=5)
        return self.rounds().turn(lambda: seconds, **more)

    def sweeps(self, hours: float = 30) -> list[Report]:
        """Make the turns of some hours."""
        return [self.turn() for _ in range(int(hours * 12))]

    def data_of(self, user: str = "ada", study: str = "maze") -> list[str]:
        """Return the keys that hold data of a participant, in any version, also by their content."""
        by_key = [key for key in self.s3.all() if f"/{user}" in key and key.startswith(study)]
        text = f'"{user}"'.encode()
        by_content = [
            key
            for key, there in self.s3.versions.items()
            if key.startswith(f"_sessions/ended/{study}/") and any(text in (each.body or b"") for each in there)
        ]
        return sorted(by_key + by_content)

    def everything(self) -> dict[str, list[str]]:
        """Return key → ids of its versions, without the retention's own object."""
        return {
            key: [version.id for version in there]
            for key, there in self.s3.versions.items()
            if there and key not in (KEY, count_key("maze"))
        }
