"""`hippo logs`: shows a container's log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hippo_cli.servers.finding import SessionFinder
from hippo_cli.servers.logs import followed, moment
from hippo_common.errors import HippoError
from hippo_gym.sessions.model import Attempt, Seen
from tests.support.moto_sessions import SESSION, TASK, FakeClock, MotoSessions, ago, in_turn, session

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OTHER = "20261122-000000000000000a"


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]


def test_the_log_of_the_live_server(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1"))
    deployed.writes("one", "two")
    assert deployed.hippo("logs", "P1") == 0
    assert lines(capsys) == ["one", "two"]


def test_a_long_log_is_read_completely(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1"))
    written = [f"line {number}" for number in range(12_000)]
    for start in range(0, len(written), 6_000):
        deployed.writes(*written[start : start + 6_000])
    assert deployed.hippo("logs", "p1") == 0
    assert lines(capsys) == written


def test_the_log_of_the_last_ended_server(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.participant("p1", session={"id": SESSION})
    deployed.ends(session("p1"))
    deployed.writes("the last words")
    assert deployed.hippo("logs", "p1") == 0
    assert lines(capsys) == ["the last words"]


def test_a_session_without_a_participant_record_is_found_among_all_sessions(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.participant("p1")
    deployed.ends(session("p1", age=90, id="20261120-000000000000000a"))
    deployed.ends(session("p1", age=60))
    deployed.ends(session("p2", age=5, id=OTHER))
    deployed.writes("of p1")
    assert deployed.hippo("logs", "p1") == 0
    written = capsys.readouterr()
    assert SESSION in written.err
    assert "of p1" in written.out


def test_a_failed_start_does_not_hide_an_earlier_server(deployed: MotoSessions) -> None:
    deployed.participant("p1", session={"id": OTHER})
    deployed.ends(session("p1", age=60))
    deployed.ends(session("p1", age=5, id=OTHER, launch=None, seen=Seen(), reason="a newer session was live"))
    assert SessionFinder(deployed.deployment()).find("p1", None).id == SESSION


def test_the_later_of_two_studies_is_used(deployed: MotoSessions) -> None:
    entries = [{"id": name, "steps": {"1": "game"}} for name in ("grid", "maze")]
    deployed.put("project_master_list.json", {"projects": entries})
    for name, age, session_id in (("grid", 60, SESSION), ("maze", 5, OTHER)):
        deployed.participant("p1", project_id=name, session={"id": session_id})
        deployed.ends(session("p1", age=age, id=session_id, project_id=name))
    finder = SessionFinder(deployed.deployment())
    assert finder.find("p1", None).project_id == "maze"
    assert finder.find("p1", "grid").project_id == "grid"


def test_a_named_study_is_used_instead_of_the_live_one(deployed: MotoSessions) -> None:
    deployed.starts(session("p1", project_id="maze", id=OTHER))
    deployed.sessions._mark_ended(session("p1", age=60))
    assert SessionFinder(deployed.deployment()).find("p1", "grid").id == SESSION


def test_a_participant_who_never_had_a_server_is_an_error(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.participant("p1")
    assert deployed.hippo("logs", "p1") == 1
    assert "p1 never had a server" in capsys.readouterr().err
    assert deployed.hippo("logs", "p1", "--project", "grid") == 1
    assert "in the study grid" in capsys.readouterr().err


def test_a_server_that_never_ran_shows_the_reason(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.participant("p1", session={"id": SESSION})
    deployed.ends(session("p1", seen=Seen(), wanted="stopped", reason="there is no active task definition grid"))
    assert deployed.hippo("logs", "p1") == 1
    assert "never ran: there is no active task definition grid" in capsys.readouterr().err


def test_a_container_that_has_not_started_can_be_followed(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.starts(session("p1", runs=False))
    assert deployed.hippo("logs", "p1") == 1
    assert "--follow" in capsys.readouterr().err


def test_a_container_that_has_written_nothing(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1"))
    assert deployed.hippo("logs", "p1") == 0
    assert "written nothing yet" in capsys.readouterr().err


def test_a_container_that_logs_elsewhere_is_an_error(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.register_container(logConfiguration={"logDriver": "splunk"})
    one = session("p1")
    assert one.launch is not None
    deployed.starts(replace(one, launch=replace(one.launch, task_definition="grid:2")))
    assert deployed.hippo("logs", "p1") == 1
    assert "does not send its output to CloudWatch Logs" in capsys.readouterr().err


def test_only_lines_since_a_time_are_shown(deployed: MotoSessions, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.starts(session("p1"))
    deployed.writes("old", at=ago(20))
    deployed.writes("new", at=ago(2))
    assert deployed.hippo("logs", "p1", "--since", "10m") == 0
    assert lines(capsys) == ["new"]


def test_following_shows_each_line_once_until_the_server_has_ended(deployed: MotoSessions) -> None:
    one = session("p1")
    deployed.starts(one)
    deployed.writes("one")
    steps: list[Callable[[], object]] = [
        lambda: deployed.writes("two"),
        lambda: None,
        lambda: deployed.ends(one),
        lambda: deployed.writes("the last words"),
    ]
    clock = FakeClock(while_asleep=in_turn(steps))
    found = deployed.deployment()
    seen = [line.text for line in followed(found, one, None, SessionFinder(found).reload, clock)]
    assert seen == ["one", "two", "the last words"]


def test_following_waits_for_the_container(deployed: MotoSessions) -> None:
    one = session("p1", runs=False)
    deployed.starts(one)
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: deployed.change("p1", seen=session("p1").seen),
        lambda: deployed.writes("here I am"),
        lambda: deployed.ends(one),
        lambda: None,
    ]
    clock = FakeClock(while_asleep=in_turn(steps))
    found = deployed.deployment()
    assert [line.text for line in followed(found, one, None, SessionFinder(found).reload, clock)] == ["here I am"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("10m", NOW - timedelta(minutes=10)),
        ("2 h", NOW - timedelta(hours=2)),
        ("1d", NOW - timedelta(days=1)),
        ("2026-11-22T11:00+00:00", datetime(2026, 11, 22, 11, tzinfo=UTC)),
    ],
)
def test_the_start_time_of_a_log_is_parsed(text: str, expected: datetime) -> None:
    assert moment(text, NOW) == expected


@pytest.mark.parametrize("text", ["yesterday", "10 parsecs", "9999999999d", ""])
def test_an_invalid_time_is_wrong_use(text: str) -> None:
    with pytest.raises(HippoError, match="not a time") as refused:
        moment(text, NOW)
    assert refused.value.exit_status == 2


# ------------------------------------------------------------------------------------------ servers that crashed early

CRASHED, AGAIN = (TASK.replace("0f1e2d3c", name) for name in ("aaaa1111", "bbbb2222"))


def crashed(*others: str, task: str | None, over: bool = True) -> Seen:
    """Return what is observed of a session whose tasks stopped before they were ready."""
    attempt = Attempt(2, "FARGATE", ago(5), task, over=over)
    return Seen(attempt=attempt, other_tasks=others, last_failure="FARGATE: the task stopped: EssentialContainerExited")


@pytest.mark.parametrize(
    "seen",
    [
        crashed(AGAIN, CRASHED, task=AGAIN),  # the second one has just been given up
        crashed(AGAIN, CRASHED, task=None, over=False),  # the third has not been started yet
        crashed(AGAIN, CRASHED, task=None),  # ECS refused the third
    ],
)
def test_the_output_of_tasks_that_crashed_before_they_were_ready_is_shown_oldest_first(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str], seen: Seen
) -> None:
    deployed.starts(session("p1", seen=seen))
    deployed.writes("ImportError: no module named game", task=CRASHED)
    deployed.writes("the same again", task=AGAIN)
    assert deployed.hippo("logs", "p1") == 0
    shown = capsys.readouterr()
    assert [line.split("  ", 1)[1] for line in shown.out.splitlines()] == [
        "ImportError: no module named game",
        "the same again",
    ]
    assert shown.err.index("aaaa1111") < shown.err.index("bbbb2222")


def test_the_output_of_a_session_that_failed_for_good_is_shown(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.participant("p1", session={"id": SESSION})
    seen = crashed(CRASHED, task=None)
    deployed.ends(session("p1", seen=seen, wanted="stopped", failed=True, reason="6 attempts failed"))
    deployed.writes("Traceback", task=CRASHED)
    assert deployed.hippo("logs", "p1") == 0
    assert lines(capsys) == ["Traceback"]


def test_following_shows_a_crashed_task_and_the_next_one(deployed: MotoSessions) -> None:
    one = session("p1", seen=crashed(task=CRASHED, over=False))
    deployed.starts(one)
    deployed.writes("crash", task=CRASHED)
    steps: list[Callable[[], object]] = [
        lambda: deployed.change("p1", seen=crashed(CRASHED, task=None, over=False)),
        lambda: deployed.change("p1", seen=crashed(CRASHED, task=AGAIN, over=False)),
        lambda: deployed.writes("it runs", task=AGAIN),
        lambda: deployed.ends(one),
        lambda: None,
    ]
    found = deployed.deployment()
    clock = FakeClock(while_asleep=in_turn(steps))
    seen = [(line.task, line.text) for line in followed(found, one, None, SessionFinder(found).reload, clock)]
    assert seen == [("aaaa1111", "crash"), ("bbbb2222", "it runs")]


def test_a_task_that_wrote_nothing_shows_why_it_stopped(
    deployed: MotoSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    why = "FARGATE: the task stopped: TaskFailedToStart, ResourceInitializationError: unable to pull secrets"
    deployed.starts(session("p1", seen=replace(crashed(CRASHED, task=CRASHED), last_failure=why)))
    assert deployed.hippo("logs", "p1") == 0
    assert "ResourceInitializationError: unable to pull secrets" in capsys.readouterr().err
