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
