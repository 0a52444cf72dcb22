"""Running the plan: independent checks in parallel, others in order; removal after any outcome."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from hippo_deploy.verify import removal, showing
from hippo_deploy.verify.plan import Check
from hippo_deploy.verify.results import Failed, NotApplicable, Status, Unproven
from hippo_deploy.verify.running import run
from hippo_deploy.verify.world import World
from tests.unit.deploy.verify.stage import NOON, Stage, denied


@pytest.fixture(autouse=True)
def removed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Replace the removal by one that stores its calls and finds nothing left."""
    called: list[str] = []

    def remove(world: World, report: Callable[[str], None]) -> list[str]:
        called.append(world.study.id)
        return []

    monkeypatch.setattr(removal, "remove", remove)
    yield called
    assert len(called) == 1, "the study is removed exactly once"


def check(name: str, what: Any = "seen", needs: tuple[str, ...] = (), after: tuple[str, ...] = ()) -> Check:
    def look(world: World) -> str:
        if isinstance(what, BaseException):
            raise what
        return str(what(world) if callable(what) else what)

    return Check(name, f"{name} works", look, f"look at {name}", needs, after)


def test_each_end_of_a_check_has_its_status(stage: Stage) -> None:
    unreachable = EndpointConnectionError(endpoint_url="https://ecs.example")
    checks = [
        check("fine"),
        check("fails", Failed("it does not")),
        check("unknown", Unproven("cannot tell")),
        check("none", NotApplicable("there is none")),
        check("denied", denied("Invoke")),
        check("denied by SNS", denied("ListSubscriptionsByTopic", "AuthorizationError")),
        check("in words", denied("Invoke", message="User: x is not authorized to perform: kms:Decrypt on resource")),
        check("refused", denied("StopTask", "InvalidParameterException", "no such task")),
        check("cut off", unreachable),
        check("broken", ZeroDivisionError("a fault in the check")),
    ]
    found = {result.name: result for result in run(stage.world, checks=checks, afterwards=()).results}
    assert {name: result.status for name, result in found.items()} == {
        "fine": Status.PROVEN,
        "fails": Status.FAILED,
        "unknown": Status.UNPROVEN,
        "none": Status.NOT_APPLICABLE,
        "denied": Status.UNPROVEN,
        "denied by SNS": Status.UNPROVEN,
        "in words": Status.UNPROVEN,
        "refused": Status.FAILED,
        "cut off": Status.UNPROVEN,
        "broken": Status.FAILED,
    }
    assert found["denied"].found == "you may not lambda:InvokeFunction, so it cannot be proven that denied works"
    assert "sns:ListSubscriptionsByTopic" in found["denied by SNS"].found
    assert "kms:Decrypt" in found["in words"].found
    assert "ZeroDivisionError" in found["broken"].found
    assert found["fails"].look == "look at fails"


@pytest.mark.parametrize("worst", [Failed("x"), Unproven("x"), denied("Invoke")])
def test_one_unproven_check_fails_the_verification(stage: Stage, worst: Exception) -> None:
    report = run(stage.world, checks=[check("fine"), check("worst", worst)], afterwards=())
    assert not report.passed


def test_a_check_that_does_not_apply_is_not_a_failure(stage: Stage) -> None:
    report = run(stage.world, checks=[check("fine"), check("none", NotApplicable("x"))], afterwards=[check("last")])
    assert report.passed
    assert [result.name for result in report.results] == ["fine", "none", "last"]


def test_a_check_that_needs_a_failed_one_is_not_run(stage: Stage) -> None:
    checks = [
        check("first", Failed("it does not")),
        check("second", needs=("first",)),
        check("third", needs=("second",)),
        check("other", after=("first",)),
    ]
    found = {result.name: result for result in run(stage.world, checks=checks, afterwards=()).results}
    assert found["second"].found == "not run: it needs 'first'"
    assert found["third"].status is Status.UNPROVEN
    assert found["other"].status is Status.PROVEN


def test_independent_checks_run_in_parallel(stage: Stage) -> None:
    meeting = threading.Barrier(3, timeout=300)
    checks = [check(name, lambda _: meeting.wait()) for name in ("one", "two", "three")]
    assert run(stage.world, checks=checks, afterwards=()).passed


def test_a_check_waits_for_the_checks_in_after(stage: Stage) -> None:
    order: list[str] = []

    def note(name: str) -> Callable[[World], str]:
        def look(_: World) -> str:
            order.append(name)
            return name

        return look

    checks = [
        check("last", note("last"), needs=("first",), after=("second",)),
        check("second", note("second"), after=("first",)),
        check("first", note("first")),
    ]
    report = run(stage.world, checks=checks, afterwards=())
    assert order == ["first", "second", "last"]
    assert [result.name for result in report.results] == ["last", "second", "first"], "shown in the order of the plan"


def test_ctrl_c_ends_waiting_checks_and_removes_the_study(stage: Stage) -> None:
    waits = threading.Event()

    def nothing_yet() -> None:
        waits.set()

    def wait_without_end(world: World) -> str:
        return str(world.wait(nothing_yet, "it", 10**9))

    def interrupt(_: World) -> str:
        assert waits.wait(300)
        raise KeyboardInterrupt

    stage.world.deadline = None
    later = check("later")
    checks = [check("waits", wait_without_end), check("ctrl-c", interrupt)]
    report = run(stage.world, checks=checks, afterwards=[later])
    assert report.interrupted
    assert not report.passed
    assert [result.name for result in report.results] == []


def test_a_second_ctrl_c_lists_what_is_left(stage: Stage, monkeypatch: pytest.MonkeyPatch, removed: list[str]) -> None:
    def interrupted(world: World, report: Any) -> list[str]:
        removed.append(world.study.id)
        raise KeyboardInterrupt

    monkeypatch.setattr(removal, "remove", interrupted)
    stage.lists(stage.world.study.id)
    lines: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run(stage.world, lines.append, checks=[check("ctrl-c", KeyboardInterrupt())])
    assert any("hippo close" in line for line in lines)


def test_a_failed_removal_fails_the_verification(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, removed: list[str]
) -> None:
    def refused(world: World, report: Any) -> list[str]:
        removed.append(world.study.id)
        return ["deleting the study's objects: you may not s3:DeleteObjectVersion"]

    monkeypatch.setattr(removal, "remove", refused)
    stage.put(f"{stage.world.study.id}/Users/x", {})
    report = run(stage.world, checks=[check("fine")], afterwards=())
    assert not report.passed
    assert "s3:DeleteObjectVersion" in report.left[0]
    assert "aws s3 rm" in report.left[1]


def test_the_file_and_the_json_hold_the_whole_report(stage: Stage) -> None:
    checks = [check("API", Failed("a | b\nc")), check("TLS", NotApplicable("emulator"))]
    report = run(stage.world, checks=checks, afterwards=())
    report.left = ["the task x: aws ecs stop-task"]
    page = showing.as_markdown(report, "prod", stage.target, NOON)
    assert page.startswith("# Verification of prod: NOT passed\n")
    assert "| FAILED | API | 0 | a \\| b<br>c |" in page
    assert "| not applicable | TLS | 0 | emulator |" in page
    assert "look at API" in page
    assert "aws ecs stop-task" in page
    document = showing.as_json(report, "prod", stage.target)
    assert document["passed"] is False
    assert [each["status"] for each in document["checks"]] == ["failed", "not applicable"]
    assert document["checks"][0]["look"] == "look at API"
    assert document["notRemoved"] == report.left


def test_the_table_shows_where_to_look(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    report = run(stage.world, checks=[check("API", Failed("it does not")), check("TLS")], afterwards=())
    showing.as_table(report)
    shown = capsys.readouterr().out
    assert "look at API" in shown
    assert "look at TLS" not in shown
    assert "The deployment is not proven to work: 1 proven, 1 failed" in shown
