"""The server's segment of the X-Ray trace of its request."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from hippo_play import trace

BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=5)
TRACE_ID = "Root=1-6543210f-0123456789abcdef01234567;Parent=89abcdef01234567;Sampled=1"


class Xray:
    def __init__(self, *, answers: bool = True, refuses: bool = False) -> None:
        self.answers, self.refuses = answers, refuses
        self.documents: list[dict[str, Any]] = []

    def put_trace_segments(self, TraceSegmentDocuments: list[str]) -> dict[str, Any]:  # noqa: N803
        if not self.answers:
            raise EndpointConnectionError(endpoint_url="https://xray.example")
        self.documents += [json.loads(document) for document in TraceSegmentDocuments]
        return {"UnprocessedTraceSegments": [{"ErrorCode": "ParseError"}] if self.refuses else []}


def made() -> dict[str, Any]:
    found = trace.segment(TRACE_ID, BEGAN, ENDED, ending="game over")
    assert found is not None
    return found


def test_a_segment_joins_the_requests_trace() -> None:
    found = made()
    assert (found["trace_id"], found["parent_id"]) == ("1-6543210f-0123456789abcdef01234567", "89abcdef01234567")
    assert found["end_time"] - found["start_time"] == 300
    assert found["annotations"] == {"ending": "game over"}


def test_each_segment_has_its_own_id() -> None:
    ids = {made()["id"] for _ in range(10)}
    assert len(ids) == 10
    assert {len(each) for each in ids} == {16}


@pytest.mark.parametrize("trace_id", ["", "nonsense", "Root=1-1-1", "Parent=1;Sampled=1"])
def test_without_a_trace_there_is_no_segment(trace_id: str) -> None:
    assert trace.segment(trace_id, BEGAN, ENDED) is None


def test_a_segment_is_sent_as_json() -> None:
    xray = Xray()
    trace.send(xray, made())
    assert [document["name"] for document in xray.documents] == ["hippo_play"]


@pytest.mark.parametrize("xray", [Xray(answers=False), Xray(refuses=True)], ids=["silent", "refuses"])
def test_a_refusal_by_x_ray_is_logged_and_raises_nothing(xray: Xray, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        trace.send(xray, made())
    assert "trace" in caplog.text
