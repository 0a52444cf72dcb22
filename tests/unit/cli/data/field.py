"""A study with participants: a versioned bucket on moto, and the real `/next`.

`hippo_gym.participants.visits`, the deployed code, writes its data; tests write records of the old
system by hand.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from hippo_cli.data.exporting import Exported, Wanted, export
from hippo_cli.data.files import Format
from hippo_gym.runtime import http
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.studies import versions
from hippo_gym.studies.projects import MASTER_LIST_KEY
from tests.support.moto_world import BUCKET, REGION, MotoWorld, entry, http_event

STUDY = "study"


@contextlib.contextmanager
def no_progress(label: str, total: int) -> Iterator[Callable[[int], None]]:
    del label, total
    yield lambda _: None


class _World(MotoWorld):
    """The deployment behind `/next`: it has only a bucket, and keeps the published messages."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Start | Stop] = []

    def _publish(self, message: Start | Stop) -> None:
        self.asked.append(message)


class Field:
    """One bucket with one study and its participants."""

    def __init__(self, **changes: Any) -> None:
        self._world = _World()
        self.s3, self.bucket = self._world.clients.s3, BUCKET
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.clock, self.asked = self._world.clock, self._world.asked
        self.register(**changes)

    # --- the study ---

    def register(self, pages: Mapping[str, str] | None = None, **changes: Any) -> None:
        """Register the study, as `hippo submit` does if it has a `version`; `pages` adds pages."""
        self.entry = entry(STUDY, **changes)
        version = self.entry.get("version")
        files = {file: f"<p>{file}</p>" for file in self.entry["steps"].values() if file not in (None, "game")}
        for file, text in (files | dict(pages or {})).items():
            self.put(f"{versions.folder(STUDY, version)}/{file}", text)
        if version is not None:
            self.put(versions.entry_key(STUDY, version), json.dumps(self.entry))
        self.put(MASTER_LIST_KEY, json.dumps({"projects": [self.entry]}))

    def put(self, key: str, body: str | bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def stored(self, key: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def record(self, user: str = "ada") -> Any:
        return json.loads(self.stored(f"{STUDY}/Users/{user}"))

    def keys(self, prefix: str = "") -> list[str]:
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])]

    # --- its participants ---

    def serve(self, event: Mapping[str, Any], s3: Any = None) -> dict[str, Any]:
        return self._world.visits(s3, cache_seconds=0).serve(http.read_request(event))

    def get(self, user: str = "ada", **query: str) -> dict[str, Any]:
        return self.serve(http_event("GET", {"projectId": STUDY, "userId": user} | query))

    def post(self, user: str = "ada", form: Any = None, **query: str) -> dict[str, Any]:
        body = json.dumps({"q": "yes"} if form is None else form)
        return self.serve(http_event("POST", {"projectId": STUDY, "userId": user} | query, body))

    def server_is(self, state: str, user: str = "ada") -> None:
        """Set the state of the server that was requested last: `starting`, `ready` or `gone`."""
        asked = [one for one in self.asked if isinstance(one, Start) and one.user_id == user]
        if not asked:
            return
        now = self.clock.now().isoformat()
        seen = {"readyAt": now, "dnsInSync": True} if state == "ready" else {}
        record = session_record(asked[-1].session_id, user, now) | {"seen": seen}
        if state == "gone":
            day = asked[-1].session_id
            key = f"_sessions/ended/{STUDY}/{day[:4]}-{day[4:6]}-{day[6:8]}/{day}.json"
            self.put(key, json.dumps(record | {"wanted": "stopped", "endedAt": now}))
            self.s3.delete_object(Bucket=self.bucket, Key=f"_sessions/live/{user}.json")
        else:
            self.put(f"_sessions/live/{user}.json", json.dumps(record))

    def passes(self, **amount: float) -> None:
        self.clock.advance(**amount)

    # --- its data ---

    def export(self, folder: Path, form: Format = Format.CSV, **options: Any) -> Exported:
        return export(self.s3, self.bucket, Wanted(STUDY, folder, form, **options), self.clock.now(), no_progress)

    def answers(self, folder: Path, **options: Any) -> list[dict[str, Any]]:
        """Export to JSON Lines and return the rows of the answers."""
        self.export(folder, Format.JSONL, **options)
        return json_lines(folder / "answers.jsonl")

    def participants(self, folder: Path) -> dict[str, dict[str, Any]]:
        """Export to JSON Lines and return the participants' rows by their id."""
        self.export(folder, Format.JSONL)
        return {row["participant"]: row for row in json_lines(folder / "participants.jsonl")}


def session_record(session_id: str, user: str, now: str, **changes: Any) -> dict[str, Any]:
    """Return a live session's record."""
    return {
        "sessionId": session_id,
        "projectId": STUDY,
        "userId": user,
        "requestedAt": now,
        "createdAt": now,
        "updatedAt": now,
        "stopAt": now,
        "wanted": "running",
        "launch": {"taskDefinition": "grid", "capacity": "on-demand", "port": 5000},
        "seen": {},
    } | changes


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def csv_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
