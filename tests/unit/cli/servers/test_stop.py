"""`hippo stop`: stops the session that it showed, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hippo_cli.servers import stopping
from hippo_common.errors import HippoError
from hippo_gym.sessions.model import STOPPED, Seen, Session
from tests.support.moto_sessions import SESSION, FakeClock, MotoSessions, ago, in_turn, session


def takes_down(deployed: MotoSessions, message: Mapping[str, Any]) -> None:
    """Take the session down immediately, as the deployment does after a stop."""
    one = deployed.change(message["userId"], wanted=STOPPED, reason=message["reason"]).session
    deployed.ends(one)


def test_a_stopped_server_is_removed_at_the_end(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1"))
    deployed.when_asked = lambda message: takes_down(deployed, message)
    assert deployed.hippo("stop", "p1", "--yes") == 0
    assert "The server of p1 is removed." in capsys.readouterr().out
    assert deployed.sessions.live("p1") is None


def test_the_stop_names_the_session_that_was_shown_and_the_caller(deployed: MotoSessions) -> None:
    deployed.starts(session("p1"))
    assert deployed.hippo("stop", "P1", "--yes", "--no-wait") == 0
    (message,) = deployed.asked
    assert (message["projectId"], message["userId"], message["sessionId"]) == ("grid", "p1", SESSION)
    assert message["reason"].startswith("stopped by ")
    assert "delay" not in message


def test_nothing_is_stopped_without_a_yes(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1"))
    assert deployed.hippo("stop", "p1") == 1  # standard input is not a terminal
    assert deployed.asked == []
    assert "--yes" in capsys.readouterr().err


def test_a_participant_without_a_server_is_an_error(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    assert deployed.hippo("stop", "p1", "--yes") == 1
    assert "p1 has no server" in capsys.readouterr().err


def test_an_invalid_id_is_wrong_use(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    assert deployed.hippo("stop", "../p1", "--yes") == 2
    assert "cannot be a participant's id" in capsys.readouterr().err


def test_the_researcher_learns_that_a_participant_at_the_game_requests_a_new_server(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.participant("p1", "2")
    deployed.starts(session("p1"))
    deployed.when_asked = lambda message: takes_down(deployed, message)
    assert deployed.hippo("stop", "p1", "--yes") == 0
    assert "requests a new server" in capsys.readouterr().err


def test_a_later_stop_waits_until_it_is_on_the_record(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.starts(session("p1", age=1))

    def note(message: Mapping[str, Any]) -> None:
        deployed.change("p1", stop_at=ago(0) + timedelta(minutes=message["delay"]))

    deployed.when_asked = note
    assert deployed.hippo("stop", "p1", "--in", "5", "--yes") == 0
    assert deployed.asked[0]["delay"] == 5
    assert "will be stopped at" in capsys.readouterr().out


def test_a_later_stop_after_the_end_changes_nothing(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1", age=20))
    assert deployed.hippo("stop", "p1", "--in", "15", "--yes") == 0
    assert deployed.asked == []
    assert "stops before that anyway" in capsys.readouterr().out


def test_a_refusal_of_the_function_is_an_error(deployed: MotoSessions) -> None:
    one = session("p1")
    with pytest.raises(HippoError, match="refused the stop"):
        stopping.request_stop(deployed.deployment(), one, 2000, "a reason")


def test_waiting_reports_its_progress(deployed: MotoSessions) -> None:
    one = session("p1")
    deployed.starts(one)
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: deployed.change("p1", wanted=STOPPED, reason="a reason"),
        lambda: deployed.change("p1", seen=_withdrawn(one)),
        lambda: deployed.ends(one),
    ]
    reports: list[str] = []
    clock = FakeClock(while_asleep=in_turn(steps))
    ended = stopping.wait_until_removed(deployed.deployment(), one, reports.append, clock)
    assert ended.ended_at is not None
    assert [text.split()[0:3] for text in reports] == [
        ["Waiting", "for", "the"],
        ["Removing", "its", "DNS"],
        ["Waiting", "for", "its"],
    ]


def test_waiting_ignores_a_newer_session_of_the_participant(deployed: MotoSessions) -> None:
    one = session("p1")
    deployed.starts(one)
    deployed.ends(one)
    deployed.starts(session("p1", age=0, id="20261122-000000000000000a"))
    ended = stopping.wait_until_removed(deployed.deployment(), one, lambda _: None, FakeClock())
    assert ended.id == one.id


def test_waiting_times_out(deployed: MotoSessions) -> None:
    one = session("p1")
    deployed.starts(one)
    with pytest.raises(HippoError, match="still not removed"):
        stopping.wait_until_removed(deployed.deployment(), one, lambda _: None, FakeClock())


def _withdrawn(one: Session) -> Seen:
    return replace(one.seen, withdrawn_at=ago(0))
