"""The server as a program: signals, exit codes, an unavailable bucket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from websockets.sync.client import ClientConnection, connect

import hippo_play
from tests.unit.play.serving import NEW_HELLO

LIBRARY = Path(hippo_play.__file__).parent.parent
GAME = """
from hippo_play import Game, serve

game = Game("MountainCar-v0", fps=60, episodes=5)
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGTERM is a POSIX signal")


@contextmanager
def program(folder: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the program; yield it and its address once it listens; kill it at the end."""
    (folder / "game.py").write_text(GAME)
    command = [sys.executable, "-m", "hippo_play", "game.py", "--host", "127.0.0.1", "--port", "0"]
    given = {
        "PATH": os.defpath,
        "PYTHONPATH": str(LIBRARY),
        "HIPPO_PROJECT_ID": "rail",
        "HIPPO_USER_ID": "u1",
        "HIPPO_SESSION_ID": "session",
        "HIPPO_TRIALS": str(folder / "trials"),
        "HIPPO_SAVE_SECONDS": "1",
    }
    out, err = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, env=given | environment, stdout=out, stderr=err, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("ready on ws://127.0.0.1:"), "the program did not listen"
            yield process, line.split("//")[1].strip()
        finally:
            process.kill()


def play(connection: ClientConnection, steps: int) -> None:
    """Send hello and start, and receive frames until this many steps are made."""
    connection.send(json.dumps(NEW_HELLO))
    connection.send(json.dumps({"command": "start"}))
    made = 0
    while made < steps:  # a busy machine shows not each of them
        shown = json.loads(connection.recv(timeout=300)).get("display", {}).get("Steps", "0")
        made = int(shown.split()[0])


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=300) == 0


def events(parts: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for part in parts for line in part.decode().splitlines()]


def on_disk(folder: Path) -> list[dict[str, Any]]:
    return events([file.read_bytes() for file in sorted(folder.rglob("*.jsonl"))])


def test_sigterm_saves_the_trial_and_exits_with_zero(tmp_path: Path) -> None:
    with program(tmp_path, HIPPO_SAVE_SECONDS="300") as (process, address):
        with connect(f"ws://{address}", proxy=None) as connection:
            play(connection, 5)
            end(process)
        (file,) = tmp_path.rglob("*.jsonl")
    assert file.parent == tmp_path / "trials/rail/Trials/u1/session"
    kept = on_disk(tmp_path)
    assert [event["step"] for event in kept if event["event"] == "step"][:5] == [1, 2, 3, 4, 5]
    assert (kept[0]["event"], kept[-1]["event"], kept[-1]["reason"]) == ("server_started", "server_left", "terminated")


def test_a_kill_loses_only_the_seconds_since_the_last_save(tmp_path: Path) -> None:
    with program(tmp_path) as (process, address), connect(f"ws://{address}", proxy=None) as connection:
        play(connection, 130)  # more than two seconds
        process.kill()
        process.wait(timeout=300)
    assert max(event["step"] for event in on_disk(tmp_path) if event["event"] == "step") >= 15


@pytest.fixture
def aws(tmp_path: Path) -> dict[str, str]:
    """Variables for an S3 endpoint that does not answer yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "HIPPO_BUCKET": f"projects-{uuid4().hex}",  # all moto servers of a test process share their state
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "example",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(tmp_path),
    }


@contextmanager
def bucket(aws: dict[str, str]) -> Iterator[Any]:
    """Run S3 with the projects bucket, at that endpoint."""
    url = aws["AWS_ENDPOINT_URL"]
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=int(url.rsplit(":", 1)[1]), verbose=False)
    server.start()
    try:
        s3 = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="me", aws_secret_access_key="mine"
        )
        s3.create_bucket(Bucket=aws["HIPPO_BUCKET"])
        yield s3
    finally:
        server.stop()


def stored(s3: Any, bucket: str) -> list[dict[str, Any]]:
    keys = sorted(found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", []))
    keys = [key for key in keys if key.endswith(".jsonl")]
    assert all(key.startswith("rail/Trials/u1/") for key in keys)
    return events([s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys])


def test_the_record_goes_to_the_bucket_while_the_game_runs_and_at_sigterm(tmp_path: Path, aws: dict[str, str]) -> None:
    with bucket(aws) as s3, program(tmp_path, **aws) as (process, address):
        with connect(f"ws://{address}", proxy=None) as connection:
            play(connection, 100)
            assert stored(s3, aws["HIPPO_BUCKET"])
            end(process)
        kept = stored(s3, aws["HIPPO_BUCKET"])
    assert [event["step"] for event in kept if event["event"] == "step"][:45] == list(range(1, 46))
    assert kept[-1]["reason"] == "terminated"
    assert on_disk(tmp_path) == []


def test_parts_that_s3_refuses_wait_on_disk_and_follow_later(tmp_path: Path, aws: dict[str, str]) -> None:
    with program(tmp_path, **aws) as (process, address), connect(f"ws://{address}", proxy=None) as connection:
        play(connection, 100)  # S3 does not answer, and the game continues
        assert on_disk(tmp_path)
        with bucket(aws) as s3:
            end(process)
            kept = stored(s3, aws["HIPPO_BUCKET"])
    assert [event["step"] for event in kept if event["event"] == "step"][:30] == list(range(1, 31))
    assert kept[-1]["reason"] == "terminated"
    assert on_disk(tmp_path) == []


def test_a_second_server_goes_on_with_the_score_and_round_of_the_first(tmp_path: Path, aws: dict[str, str]) -> None:
    with bucket(aws) as s3:
        for session in ("one", "two"):
            with (
                program(tmp_path, **aws, HIPPO_SESSION_ID=session) as (process, address),
                connect(f"ws://{address}", proxy=None) as connection,
            ):
                play(connection, 5)
                end(process)
        (resumed,) = (event for event in stored(s3, aws["HIPPO_BUCKET"]) if event["event"] == "resumed")
    assert (resumed["block"], resumed["episode"], resumed["over"]) == ("game", 1, False)


def test_progress_that_cannot_be_read_is_in_the_record(tmp_path: Path, aws: dict[str, str]) -> None:
    with program(tmp_path, **aws) as (process, _), bucket(aws) as s3:
        end(process)
        (event,) = (event for event in stored(s3, aws["HIPPO_BUCKET"]) if event["event"] == "not_resumed")
    assert "the earlier progress could not be read" in event["reason"]


def test_invalid_settings_end_the_program_before_it_listens(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "hippo_play", "CartPole-v1"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "PYTHONPATH": str(LIBRARY), "PORT": "http"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 2
    assert "PORT must be a whole number" in ended.stderr
