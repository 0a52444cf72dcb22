"""Clients of the original system and of earlier releases take part in open studies as before.

They send the ids alone: no secret, no step, no heartbeat (docs/participant-protocol.md).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.moto_world import MotoWorld, entry, http_event

OPEN: list[dict[str, Any]] = [{}, {"access": "open"}]


def send(world: MotoWorld, method: str) -> dict[str, Any]:
    """Send what such a client sends, under the id as a panel writes it."""
    query = {"projectId": "study", "userId": "A2XYZ"}
    return world.request(http_event(method, query, "{}" if method == "POST" else None))


@pytest.mark.parametrize("access", OPEN)
def test_an_old_client_takes_part_as_before(world: MotoWorld, access: dict[str, Any]) -> None:
    world.register(entry(**access))
    shown = [send(world, "GET")["page"], send(world, "POST")["page"], send(world, "GET")["page"]]
    assert shown == ["<p>1_consent.html</p>", "wait", "wait"]
    session = world.record("a2xyz")["session"]["id"]
    world.put_session(session, user="a2xyz", seen={"readyAt": world.clock.now().isoformat()})
    game = send(world, "GET")
    assert (game["page"], game["css"]) == ("show_game_page", None)
    shown = [send(world, "GET")["page"], send(world, "GET")["page"], send(world, "POST")["page"]]
    assert shown == ["<p>3_survey.html</p>", "<p>3_survey.html</p>", "<p>4_thanks.html</p>"]
    record = world.record("a2xyz")
    assert [each["body"] for each in record["requests"] if each["httpMethod"] == "POST"] == ["{}", "{}"]
    assert "proofs" not in record


@pytest.mark.parametrize("access", OPEN)
def test_an_old_client_s_server_is_not_idle(world: MotoWorld, access: dict[str, Any]) -> None:
    world.register(entry(**access))
    send(world, "GET")
    send(world, "POST")
    assert world.keys("_sessions/here/") == []


@pytest.mark.parametrize("access", OPEN)
def test_no_answer_of_an_open_study_asks_for_what_an_old_client_does_not_have(
    world: MotoWorld, access: dict[str, Any]
) -> None:
    world.register(entry(**access))
    for method in ("GET", "POST", "GET"):
        answer = send(world, method)
        assert {"page", "css"} <= set(answer)
        assert "notice" not in answer
