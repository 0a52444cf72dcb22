"""Storing with upload tickets: asked for once, renewed in time and when refused, kept on disk while away."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3

from hippo_play import trace
from hippo_play.recording import BucketStore, Record, TicketStore, bucket_store
from hippo_play.recording.tickets import NotStored
from hippo_play.settings import Settings

URL = "https://api.example.net/trials"
PROOF = {"projectId": "car", "userId": "ada", "sessionId": "s1", "token": "secret"}
PREFIX, PROGRESS = "car/Trials/ada/s1/", "car/Trials/ada/progress.json"


@dataclass
class Answer:
    status: int
    data: bytes = b""


@dataclass
class Cloud:
    """HIPPO Gym and S3: tickets are numbered, and S3 takes only the newest."""

    issued: int = 0
    valid: int | None = None
    away: bool = False
    refused: int | None = None
    objects: dict[str, bytes] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    proofs: list[Any] = field(default_factory=list)

    def request(self, method: str, url: str, **options: Any) -> Any:
        if self.away:
            raise urllib3.exceptions.ProtocolError("no route to host")
        if url == URL:
            return self._ticket(json.loads(options["body"]))
        if method == "GET":
            found = self.objects.get(PROGRESS)
            return Answer(404) if found is None else Answer(200, found)
        fields = options["fields"]
        if self.refused is not None or fields["number"] != str(self.valid):
            return Answer(self.refused or 403, b"<Code>AccessDenied</Code>")
        assert list(fields)[-1] == "file", "S3 ignores every field after the file"
        self.objects[fields["key"]], self.kinds[fields["key"]] = fields["file"][1], fields["Content-Type"]
        return Answer(204)

    def _ticket(self, proof: Any) -> Answer:
        self.proofs.append(proof)
        if proof != PROOF:
            return Answer(403)
        self.issued += 1
        self.valid = self.issued
        fields = {"number": str(self.issued)}
        ticket = {
            "upload": {"url": "https://s3/b", "fields": fields, "prefix": PREFIX, "maxBytes": 1000},
            "progress": {
                "url": "https://s3/b",
                "fields": {**fields, "key": PROGRESS},
                "key": PROGRESS,
                "maxBytes": 100,
                "readUrl": "https://s3/b/progress",
            },
            "expiresAt": "2026-11-30T12:00:00+00:00",
            "renewAfter": 300,
        }
        return Answer(200, json.dumps(ticket).encode())


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def store(cloud: Cloud, clock: Callable[[], float] | None = None, **proof: str) -> TicketStore:
    return TicketStore(URL, {**PROOF, **proof}, cloud, clock or Clock())


def test_files_and_progress_are_stored_with_one_ticket() -> None:
    cloud = Cloud()
    made = store(cloud)
    made.put(f"{PREFIX}a-00000.jsonl", b"{}\n")
    made.put(f"{PREFIX}a-policy/model.zip", b"zip")
    made.put(PROGRESS, b"{}")
    assert cloud.objects == {f"{PREFIX}a-00000.jsonl": b"{}\n", f"{PREFIX}a-policy/model.zip": b"zip", PROGRESS: b"{}"}
    assert cloud.kinds[f"{PREFIX}a-00000.jsonl"] == "application/x-ndjson"
    assert cloud.issued == 1


def test_a_ticket_is_renewed_before_it_expires() -> None:
    cloud, clock = Cloud(), Clock()
    made = store(cloud, clock)
    for now, issued in ((0, 1), (299, 1), (300, 2), (599, 2), (900, 3)):
        clock.now = now
        made.put(f"{PREFIX}{now}", b"")
        assert cloud.issued == issued


def test_a_refused_ticket_is_renewed_at_once() -> None:
    cloud = Cloud()
    made = store(cloud)
    made.put(f"{PREFIX}1", b"")
    cloud.valid = None  # the signer's credentials expired earlier than the ticket
    made.put(f"{PREFIX}2", b"")
    assert (sorted(cloud.objects), cloud.issued) == ([f"{PREFIX}1", f"{PREFIX}2"], 2)


def test_what_s3_refuses_with_a_new_ticket_too_is_an_error() -> None:
    cloud = Cloud(refused=400)
    with pytest.raises(NotStored, match="S3 answers 400"):
        store(cloud).put(f"{PREFIX}1", b"")
    assert cloud.issued == 2


@pytest.mark.parametrize(
    "key", ["car/Trials/ada/s2/1", "car/Trials/ada/s1", "car/Users/ada", "car/Trials/ben/progress.json"]
)
def test_other_keys_are_refused_before_they_are_sent(key: str) -> None:
    cloud = Cloud()
    with pytest.raises(NotStored, match="not for"):
        store(cloud).put(key, b"")
    assert cloud.objects == {}


def test_a_file_over_the_limit_is_refused_before_it_is_sent() -> None:
    cloud = Cloud()
    with pytest.raises(NotStored, match="1001 bytes"):
        store(cloud).put(f"{PREFIX}big", b"x" * 1001)
    assert cloud.objects == {}


def test_a_wrong_token_is_an_error_that_names_the_answer() -> None:
    with pytest.raises(NotStored, match="answers 403"):
        store(Cloud(), token="wrong").put(f"{PREFIX}1", b"")


def test_progress_is_read_back_and_nothing_else_is() -> None:
    cloud = Cloud()
    made = store(cloud)
    assert made.get(PROGRESS) is None
    made.put(PROGRESS, b"{}")
    assert made.get(PROGRESS) == b"{}"
    with pytest.raises(NotStored, match="reads only"):
        made.get(f"{PREFIX}1")


def test_a_record_is_kept_on_disk_while_s3_is_away_and_follows_in_order(tmp_path: Path) -> None:
    cloud = Cloud()
    record = Record(tmp_path, PREFIX.rstrip("/"), store(cloud))
    for away in (False, True, True):
        cloud.away = away
        record.record({"event": "step"})
        assert record.save() is not away
    assert len(cloud.objects) == 1
    cloud.away = False
    assert record.save()
    assert (len(cloud.objects), list(tmp_path.rglob("*.jsonl"))) == (3, [])


def test_a_session_with_an_upload_token_needs_no_role() -> None:
    given = {
        "HIPPO_PROJECT_ID": "car",
        "HIPPO_USER_ID": "Ada",
        "HIPPO_SESSION_ID": "s1",
        "HIPPO_BUCKET": "b",
        "HIPPO_UPLOAD_URL": URL,
        "HIPPO_UPLOAD_TOKEN": "secret",
        "AWS_DEFAULT_REGION": "ca-central-1",
    }
    settings = Settings.from_environment(given)
    assert isinstance(bucket_store(settings), TicketStore)
    assert "secret" not in repr(settings)
    without = Settings.from_environment({key: value for key, value in given.items() if "UPLOAD" not in key})
    assert isinstance(bucket_store(without), BucketStore)
    assert bucket_store(Settings.from_environment({})) is None


def test_no_trace_is_sent_without_a_role() -> None:
    assert not trace.has_credentials({"AWS_DEFAULT_REGION": "ca-central-1"})
    assert trace.has_credentials({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"})
