"""The gateway's own routes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from local import gateway


def test_segments_of_a_trace_are_accepted_without_asking_ministack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("ministack.app.app")
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"TraceSegmentDocuments": ["{}"]}'}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(gateway.app({"type": "http", "path": "/TraceSegments"}, receive, send))
    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"]) == {"UnprocessedTraceSegments": []}


def test_a_secret_without_a_value_is_answered_as_aws_does() -> None:
    def get(data: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        held = {"SecretString": "s"} if data["SecretId"] == "full" else {}
        return 200, {}, json.dumps({"Name": data["SecretId"], **held}).encode()

    corrected = gateway.without_empty_values(get)
    assert json.loads(corrected({"SecretId": "full"})[2])["SecretString"] == "s"
    status, _, body = corrected({"SecretId": "empty"})
    assert (status, json.loads(body)["__type"]) == (400, "ResourceNotFoundException")
