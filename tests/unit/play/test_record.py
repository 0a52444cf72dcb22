"""The record: no failure of the bucket or the disk loses or repeats an event."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from hippo_play.recording import BucketStore, Record, Store

NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
PREFIX = "p/Trials/u/s"


@dataclass
class Bucket:
    """A store that can refuse, once or repeatedly."""

    parts: dict[str, bytes] = field(default_factory=dict)
    fails: bool = False
    loses_the_reply: bool = False

    def put(self, key: str, content: bytes) -> None:
        if self.fails:
            raise ConnectionError("the bucket does not answer")
        assert self.parts.get(key, content) == content
        self.parts[key] = content
        if self.loses_the_reply:
            raise TimeoutError("no reply")

    def get(self, key: str) -> bytes | None:
        return self.parts.get(key)

    @property
    def events(self) -> list[Any]:
        return [event for key in sorted(self.parts) for event in lines(self.parts[key])]


def lines(content: bytes) -> list[Any]:
    return [json.loads(line)["event"] for line in content.decode().splitlines()]


def new_record(folder: Path, store: Store | None, now: datetime = NOON) -> Record:
    return Record(folder, PREFIX, store, clock=lambda: now)


def on_disk(folder: Path) -> list[Any]:
    return [event for file in sorted(folder.rglob("*.jsonl")) for event in lines(file.read_bytes())]


def test_each_save_stores_one_part_and_leaves_nothing_on_disk(tmp_path: Path) -> None:
    bucket = Bucket()
    record = new_record(tmp_path, bucket)
    for name in ("one", "two"):
        record.record({"event": name})
        assert record.save()
    assert record.save()  # no new events: no empty part
    name = f"{PREFIX}/20261122T120000.250Z"
    assert list(bucket.parts) == [f"{name}-00000.jsonl", f"{name}-00001.jsonl"]
    assert json.loads(bucket.parts[f"{name}-00000.jsonl"]) == {"time": "2026-11-22T12:00:00.250+00:00", "event": "one"}
    assert on_disk(tmp_path) == []


def test_without_a_bucket_the_record_stays_in_the_folder(tmp_path: Path) -> None:
    record = new_record(tmp_path, None)
    record.record({"event": "one"}, {"event": "two"})
    assert record.save()
    assert on_disk(tmp_path) == ["one", "two"]
    (file,) = tmp_path.rglob("*.jsonl")
    assert file.relative_to(tmp_path).parent.as_posix() == PREFIX


def test_while_the_bucket_fails_parts_wait_on_disk_and_follow_in_order(tmp_path: Path) -> None:
    bucket = Bucket(fails=True)
    record = new_record(tmp_path, bucket)
    for name in ("one", "two"):
        record.record({"event": name})
        assert not record.save()
    assert on_disk(tmp_path) == ["one", "two"]
    bucket.fails = False
    record.record({"event": "three"})
    assert record.save()
    assert bucket.events == ["one", "two", "three"]
    assert on_disk(tmp_path) == []


def test_the_next_program_stores_the_parts_of_a_killed_one(tmp_path: Path) -> None:
    bucket = Bucket(fails=True)
    killed = new_record(tmp_path, bucket)
    killed.record({"event": "before"})
    killed.save()
    bucket.fails = False
    following = new_record(tmp_path, bucket, NOON.replace(minute=1))
    following.record({"event": "after"})
    assert following.save()
    assert bucket.events == ["before", "after"]


def test_an_incomplete_file_is_not_a_part(tmp_path: Path) -> None:
    bucket = Bucket()
    unfinished = tmp_path / PREFIX / "20261122T115900.000Z-00000.unfinished"
    unfinished.parent.mkdir(parents=True)
    unfinished.write_text('{"event": "ha')
    record = new_record(tmp_path, bucket)
    record.record({"event": "one"})
    assert record.save()
    assert bucket.events == ["one"]


def test_another_sessions_files_stay(tmp_path: Path) -> None:
    other = tmp_path / "p/Trials/u/other/20261122T115900.000Z-00000.jsonl"
    other.parent.mkdir(parents=True)
    other.write_text('{"event": "theirs"}\n')
    bucket = Bucket()
    assert new_record(tmp_path, bucket).save()
    assert bucket.parts == {}
    assert other.exists()


@pytest.mark.parametrize("bucket_fails", [False, True])
def test_without_a_disk_the_record_goes_to_the_bucket_or_waits_in_memory(tmp_path: Path, bucket_fails: bool) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    bucket = Bucket(fails=bucket_fails)
    record = new_record(no_folder, bucket)
    record.record({"event": "one"})
    assert record.save() is not bucket_fails
    bucket.fails = False
    record.record({"event": "two"})
    assert record.save()
    assert bucket.events == ["one", "two"]


def test_without_disk_and_bucket_events_stay_in_memory(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    record = new_record(no_folder, None)
    record.record({"event": "one"})
    assert not record.save()
    no_folder.unlink()
    assert record.save()
    assert on_disk(no_folder) == ["one"]


@given(st.lists(st.sampled_from(["record", "save", "fails", "works", "loses the reply", "killed"]), max_size=30))
def test_after_any_failures_each_saved_event_is_stored_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, story: list[str]
) -> None:
    folder, bucket = tmp_path_factory.mktemp("spool"), Bucket()
    record, runs, recorded, unsaved = new_record(folder, bucket), 0, 0, 0
    lost: set[int] = set()
    for chapter in [*story, "works", "save"]:
        if chapter == "record":
            record.record({"event": recorded})
            recorded += 1
            unsaved += 1
        elif chapter == "save":
            record.save()
            unsaved = 0
        elif chapter == "killed":  # only unsaved events are lost
            lost |= set(range(recorded - unsaved, recorded))
            unsaved = 0
            runs += 1
            record = new_record(folder, bucket, NOON.replace(minute=runs))
        else:
            bucket.fails = chapter == "fails"
            bucket.loses_the_reply = chapter == "loses the reply"
    assert bucket.events == [number for number in range(recorded) if number not in lost]
    assert on_disk(folder) == []


def test_recording_continues_while_a_part_is_being_written(tmp_path: Path) -> None:
    writing, go_on = threading.Event(), threading.Event()

    class SlowBucket(Bucket):
        def put(self, key: str, content: bytes) -> None:
            writing.set()
            assert go_on.wait(300)
            super().put(key, content)

    bucket = SlowBucket()
    record = new_record(tmp_path, bucket)
    record.record({"event": "one"})
    thread = threading.Thread(target=record.save)
    thread.start()
    assert writing.wait(300)
    record.record({"event": "two"})
    go_on.set()
    thread.join()
    assert bucket.events == ["one"]
    assert record.save()
    assert bucket.events == ["one", "two"]


def test_the_projects_bucket_stores_the_part_under_its_key(tmp_path: Path) -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="projects")
        record = new_record(tmp_path, BucketStore(s3, "projects"))
        record.record({"event": "one"})
        assert record.save()
        (found,) = s3.list_objects_v2(Bucket="projects")["Contents"]
        assert found["Key"] == f"{PREFIX}/20261122T120000.250Z-00000.jsonl"
        assert lines(s3.get_object(Bucket="projects", Key=found["Key"])["Body"].read()) == ["one"]


def test_a_missing_bucket_loses_no_events(tmp_path: Path) -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        record = new_record(tmp_path, BucketStore(s3, "projects"))
        record.record({"event": "one"})
        assert not record.save()
        s3.create_bucket(Bucket="projects")
        assert record.save()
        assert on_disk(tmp_path) == []
