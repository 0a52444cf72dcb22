"""`hippo sessions`: the live sessions, their states and their costs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from hippo_cli.publish.words import NOTHING
from hippo_cli.servers import show
from hippo_cli.servers.sessions import LiveSessions
from hippo_cli.servers.tasks import seconds_run
from hippo_gym.participants.records import record_key
from hippo_gym.runtime.clock import to_text
from hippo_gym.sessions.model import STOPPED, Other, Seen
from tests.support.moto_sessions import (
    BUCKET,
    SESSION,
    VERSION,
    FakeClock,
    MotoSessions,
    ago,
    aws,
    in_turn,
    session,
)

NEVER = ago(0)


def interrupt(*_: object) -> NoReturn:
    """Press Ctrl-C."""
    raise KeyboardInterrupt


def records(deployed: MotoSessions, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert deployed.hippo("sessions", "--json", *arguments) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_deployment_without_servers_shows_a_message(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deployed.hippo("sessions") == 0
    assert capsys.readouterr().out == "No server is live.\n"


def test_a_row_shows_participant_step_state_age_time_left_and_cost(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.participant("p1", "2")
    deployed.starts(session("p1", age=10.2))
    assert deployed.hippo("sessions") == 0
    written = capsys.readouterr()
    (_, row, *_) = written.out.splitlines()
    assert [cell.strip() for cell in row.split("   ") if cell.strip()] == [
        "p1",
        "grid",
        "2 game",
        "ready",
        "10 min 12 s",
        "19 min 48 s",
        NOTHING,
        "about $0.0036",
    ]
    assert "1 server live" in written.err
    assert "not a bill" in written.err


def test_a_session_says_when_it_was_requested_ran_was_ready_and_was_played(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    running, came, playing = ago(9), ago(8.5), ago(8)
    deployed.participant("p1", "2", servers={"shown": SESSION, "cameAt": to_text(came), "playingAt": to_text(playing)})
    started = session("p1", age=10)
    deployed.starts(replace(started, seen=replace(started.seen, running_at=running)))
    (found,) = records(deployed, capsys)
    times = [found[key] for key in ("requestedAt", "runningAt", "readyAt", "cameAt", "playingAt")]
    assert times == [*map(to_text, (started.requested_at, running, started.seen.ready_at or NEVER, came, playing))]
    assert found["waitedSeconds"] == 30


def test_a_wait_at_an_earlier_game_is_not_that_of_this_server(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = {"shown": "20261122-0000000000000000", "cameAt": to_text(ago(90)), "playingAt": to_text(ago(80))}
    deployed.participant("p1", "2", servers=earlier)
    deployed.starts(session("p1"))
    assert records(deployed, capsys)[0]["waitedSeconds"] is None


def test_a_participant_who_waits_is_shown_with_the_time_until_now(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.participant("p1", "2", servers={"cameAt": to_text(ago(2))})
    deployed.starts(session("p1", runs=False))
    assert 120 <= records(deployed, capsys)[0]["waitedSeconds"] < 180


def test_a_warm_server_is_listed_and_paid_for_until_a_session_takes_it(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "hippo-warm-0f3c5d7e9a1b-2c4d6e8f0a1b2c3d4e"
    waiting = session(name, age=60)
    deployed.starts(waiting)
    assert [found["userId"] for found in records(deployed, capsys)] == [name]
    taken = replace(waiting, taken_by=Other("p1", SESSION), taken_at=ago(20))
    assert seconds_run(taken, ago(0)) == pytest.approx(40 * 60, abs=5)
    deployed.change(name, taken_by=taken.taken_by, taken_at=taken.taken_at)
    assert records(deployed, capsys) == []


def test_the_cost_depends_on_size_and_time(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1", age=60))
    (found,) = records(deployed, capsys)
    assert found["costUsd"] == pytest.approx(0.3 * (0.04456 + 2 * 0.004865) + 0.005, rel=0.01)
    assert found["costIsEstimated"] is True


def test_a_server_without_a_task_has_cost_nothing_yet(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.starts(session("p1", runs=False))
    assert records(deployed, capsys)[0]["costUsd"] == 0


def test_a_task_that_aws_took_away_is_billed_too(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    lost = session("p1", age=60)
    assert lost.seen.attempt is not None
    second = replace(lost.seen.attempt, number=2, not_before=ago(1))
    deployed.starts(replace(lost, seen=replace(lost.seen, attempt=second, lost_at=ago(2), ready_at=None)))
    (found,) = records(deployed, capsys)
    assert found["server"] == "restarting"
    assert found["costUsd"] > 0.02


def test_without_its_task_definition_the_cost_is_unknown(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = session("p1")
    assert gone.launch is not None
    deployed.starts(replace(gone, launch=replace(gone.launch, task_definition="other:7")))
    assert records(deployed, capsys)[0]["costUsd"] is None


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"admitted_at": None, "seen": Seen()}, "queued"),
        ({"seen": Seen()}, "starting"),
        ({"seen": Seen(dns_ip="203.0.113.7")}, "almost ready"),
        ({}, "ready"),
        ({"wanted": STOPPED, "reason": "time is up"}, "stopping"),
    ],
)
def test_the_state_of_a_server(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], state: str
) -> None:
    deployed.starts(session("p1", **changes))
    assert records(deployed, capsys)[0]["server"] == state


def test_a_participant_whose_page_cannot_connect_is_named(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = session("p1"), session("p2")
    deployed.starts(one, other)
    for each, unreachable in ((one, one.id), (other, "20261122-ffffffffffffffff")):
        record = {"step": "2", "requests": [], "created": "x", "servers": {"unreachable": unreachable}}
        aws("s3").put_object(Bucket=BUCKET, Key=record_key(each.project_id, each.user_id), Body=json.dumps(record))
    found = {each["userId"]: each["unreachable"] for each in records(deployed, capsys)}
    assert found == {"p1": True, "p2": False}
    assert deployed.hippo("sessions") == 0
    shown = " ".join(capsys.readouterr().err.split())
    assert "p1 could not connect to the game: their network may block port 5000" in shown
    assert "p2 could not" not in shown


def test_a_queued_server_shows_how_many_are_ahead(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    early = session("p1", age=5, id="20261122-000000000000000a", admitted_at=None, seen=Seen())
    late = session("p2", age=2, id="20261122-000000000000000b", admitted_at=None, seen=Seen())
    deployed.starts(early, late)
    deployed.in_line(early, late)
    assert [(one["userId"], one["ahead"]) for one in records(deployed, capsys)] == [("p1", 0), ("p2", 1)]
    assert deployed.hippo("sessions") == 0
    assert "queued, 1 ahead" in capsys.readouterr().out


def test_the_oldest_session_is_listed_first(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("young", age=1), session("old", age=20), session("middle", age=5))
    assert [one["userId"] for one in records(deployed, capsys)] == ["old", "middle", "young"]


def test_one_study_can_be_listed_alone(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1"), session("p2", project_id="other"))
    assert [one["userId"] for one in records(deployed, capsys, "other")] == ["p2"]


@pytest.mark.parametrize("more", [[], ["--json"], ["--watch"]])
def test_an_unknown_study_is_an_error_with_the_most_similar_id(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    assert deployed.hippo("sessions", "gird", *more) == 1
    written = " ".join(capsys.readouterr().err.split())
    assert "has no study 'gird'" in written
    assert "Did you mean grid? `hippo list` shows its studies." in written
    assert deployed.hippo("sessions", "grid") == 0


def test_the_step_is_read_from_the_participants_version(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.put(f"_versions/grid/{VERSION}/project.json", {"id": "grid", "steps": {"2": "2_rules.html"}})
    deployed.participant("p1", "2", version=VERSION)
    deployed.participant("p2", "2")
    deployed.starts(session("p1", age=9), session("p2", age=8))
    assert [one["page"] for one in records(deployed, capsys)] == ["2_rules.html", "game"]


def test_a_server_that_was_requested_by_hand_has_no_step(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.starts(session("p1"))
    assert records(deployed, capsys)[0]["step"] is None


def test_the_last_failure_of_a_slow_server_is_shown(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    failed = Seen(last_failure="FARGATE_SPOT: Capacity is unavailable at this time.")
    deployed.starts(session("p1", age=4.1, seen=failed), session("p2", age=0.5, seen=failed))
    assert deployed.hippo("sessions") == 0
    errors = capsys.readouterr().err
    assert re.search(r"p1 has waited for 4 min \d\d s; last failure: FARGATE_SPOT: Capacity is unavailable", errors)
    assert "p2" not in errors


def test_an_unreadable_record_does_not_hide_the_others(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.put("_sessions/live/broken.json", {"a": 1})
    deployed.put("_sessions/live/torn.json", b"{")
    deployed.starts(session("p1"))
    assert deployed.hippo("sessions") == 0
    written = capsys.readouterr()
    assert "p1" in written.out
    assert "broken" in written.err
    assert "torn" in written.err


def test_watching_and_json_exclude_each_other(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    assert deployed.hippo("sessions", "--watch", "--json") == 2
    assert "exclude" in capsys.readouterr().err


def test_watching_continues_until_it_is_interrupted(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = in_turn([lambda: deployed.starts(session("p1")), interrupt])
    with pytest.raises(KeyboardInterrupt):
        show.continuously(
            LiveSessions(deployed.deployment()), deployed.deployment(), clock=FakeClock(while_asleep=rounds)
        )
    shown = capsys.readouterr().out
    assert shown.index("No server is live") < shown.index("p1")


def test_watch_shows_the_sessions_continuously(deployed: MotoSessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "continuously", interrupt)
    assert deployed.hippo("sessions", "--watch") == 130
