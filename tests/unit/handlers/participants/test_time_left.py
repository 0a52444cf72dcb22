"""If AWS does not answer, the participant still gets a page within the function's time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

import next_step
import send_start_server_message
import send_stop_server_message
from hippo_gym.runtime import aws_clients, deadline
from hippo_gym.runtime.errors import Transient
from hippo_gym.wiring import next_step as next_step_wiring
from tests.support.moto_world import entry, http_event
from tests.unit.handlers.conftest import forget_deployments
from tests.unit.handlers.entries import Context

PILOT = {"projectId": "study", "userId": "ada"}
LIST = json.dumps({"projects": [entry(start=None)]}).encode()


@dataclass
class Counting(Context):
    """A context whose remaining time decreases, as Lambda's does."""

    began: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # as Context
        return int((self.began + self.seconds - time.monotonic()) * 1000)


class Silent(ThreadingHTTPServer):
    """S3 and SNS on this machine that never answer, except for the master list when `answering`.

    `asked` counts the requests by the last part of their path.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.list_is_answered_from = 1_000_000
        self.over = threading.Event()

    def close(self) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Silent

    def log_message(self, *_: Any) -> None:
        """Log nothing."""

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.split("?")[0].rsplit("/", 1)[-1]
        self.server.asked.append(name)
        if name == "project_master_list.json" and self.server.asked.count(name) >= self.server.list_is_answered_from:
            self.send_response(200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(LIST)))
            self.end_headers()
            self.wfile.write(LIST)
            return
        self.server.over.wait(300)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silent]:
    server = Silent()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    topic = "arn:aws:sns:ca-central-1:123456789012:topic"
    for name, value in {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_ENDPOINT_URL_SNS": url,
        "BUCKET": "bucket",
        "START_SERVER_TOPIC_ARN": topic,
        "STOP_SERVER_TOPIC_ARN": topic,
        "HOSTED_ZONE_ID": "zone",
        "ROOT_DOMAIN": "example.net",
    }.items():
        monkeypatch.setenv(name, value)
    forget_deployments()
    aws_clients._client.cache_clear()
    yield server
    forget_deployments()
    aws_clients._client.cache_clear()
    server.close()
    thread.join()


def timed(event: dict[str, Any], seconds: float) -> tuple[float, dict[str, Any]]:
    began = time.monotonic()
    answered = next_step.lambda_handler(event, Counting(seconds=seconds))
    return time.monotonic() - began, json.loads(answered["body"])


def takes_less_than(limit: float, attempt: Callable[[], float]) -> bool:
    """Return whether one of five attempts is fast enough: a busy machine slows some, a hanging call all."""
    return any(attempt() < limit for _ in range(5))


def test_next_step_answers_within_its_time_although_every_call_hangs(silent: Silent) -> None:
    silent.list_is_answered_from = 2

    def attempt() -> float:
        forget_deployments()
        aws_clients._client.cache_clear()
        silent.asked.clear()
        next_step_wiring.prepare()  # as Lambda does before the time runs
        took, answered = timed(http_event("GET", PILOT), seconds=10)
        assert (answered["retry"], "ada" in silent.asked) == (True, True)
        return took

    assert takes_less_than(10, attempt)


def test_a_call_that_may_take_longer_than_the_time_left_is_not_made(silent: Silent) -> None:
    def attempt() -> float:
        took, answered = timed(http_event("GET", PILOT), seconds=3)
        assert (answered["retry"], silent.asked) == (True, [])
        return took

    assert takes_less_than(1, attempt)


@pytest.mark.parametrize("entry_file", [send_start_server_message, send_stop_server_message])
def test_a_message_by_hand_fails_within_the_function_s_time(silent: Silent, entry_file: Any) -> None:
    def attempt() -> float:
        silent.asked.clear()
        began = time.monotonic()
        with pytest.raises(ReadTimeoutError):
            entry_file.lambda_handler(http_event("POST", None, json.dumps(PILOT)), Counting(seconds=3))
        assert len(silent.asked) == 1
        return time.monotonic() - began

    assert takes_less_than(2, attempt)


def test_a_hanging_topic_leaves_time_to_write_the_record(silent: Silent) -> None:
    with deadline.within(lambda: 6.9), pytest.raises(Transient):
        aws_clients.sns_once().publish(TopicArn="topic", Message="{}")
    assert silent.asked == []


def test_outside_an_invocation_the_time_is_infinite() -> None:
    deadline.must_hold(1e9)


def test_the_time_of_one_invocation_does_not_apply_to_the_next() -> None:
    with pytest.raises(Transient), deadline.within(lambda: 1.0):
        deadline.must_hold(2.0)
    deadline.must_hold(2.0)
