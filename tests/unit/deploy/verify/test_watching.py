"""Sweeper, metrics, alarms, mail and logs: verify finds each fault."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hippo_deploy.verify.checks import watching
from hippo_deploy.verify.results import Failed, NotApplicable, Unproven
from hippo_deploy.verify.world import World
from tests.unit.deploy.verify.stage import CALM, FUNCTIONS, NAME, TOPIC, Stage

SWEEP = FUNCTIONS["sweep_sessions"]
ALARMS = (f"{NAME}_orphans", f"{NAME}_throttles")


# ----------------------------------------------------------------------------------------------------------- sweeper


def test_a_sweep_without_a_fault_passes(stage: Stage) -> None:
    assert watching.sweeper(stage.world) == "found 2 live sessions, cleared 0 leftovers, no fault"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"unreadable": 1}, "1 live records that cannot be read"),
        ({"uncleared": 2}, "2 leftovers that could not be cleared"),
        ({"sessions": {"error": 1}}, "1 sessions that could not be swept"),
        ({"unfinished": True}, "did not finish in its time"),
    ],
)
def test_a_sweep_that_reports_a_fault_fails(stage: Stage, changes: dict[str, Any], why: str) -> None:
    stage.functions.answers[SWEEP] = CALM | changes
    with pytest.raises(Failed, match=why):
        watching.sweeper(stage.world)


def test_a_sweep_that_breaks_fails(stage: Stage) -> None:
    stage.functions.error, stage.functions.answers[SWEEP] = "Unhandled", {"errorMessage": "Task timed out"}
    with pytest.raises(Failed, match="Task timed out"):
        watching.sweeper(stage.world)


def test_a_sweep_that_misses_a_live_session_fails(stage: Stage) -> None:
    stage.plays("player")
    stage.functions.answers[SWEEP] = CALM | {"sessions": {}}
    with pytest.raises(Failed, match="found 0 sessions, but at least 1 are live"):
        watching.sweeper(stage.world)


# ------------------------------------------------------------------------------------------------------- certificate

RENEWS = f"{NAME}_renew_certificate"
KEPT = {
    "outcome": "kept",
    "reason": "it is not due",
    "ends": "2027-02-28T00:00:00+00:00",
    "renewAt": "2027-01-29T00:00:00+00:00",
}


def renews(stage: Stage) -> World:
    functions = {**stage.world.target.functions, "renew_certificate": RENEWS}
    return replace(stage.world, target=replace(stage.world.target, functions=functions))


def test_without_renew_certificate_there_is_nothing_to_check(stage: Stage) -> None:
    with pytest.raises(NotApplicable, match="session_certificate"):
        watching.certificate(stage.world)


def test_a_valid_certificate_passes(stage: Stage) -> None:
    stage.functions.answers[RENEWS] = KEPT
    assert watching.certificate(renews(stage)) == ("it is valid until 2027-02-28 and renewed by itself from 2027-01-29")


def test_a_missing_certificate_fails_with_the_reason(stage: Stage) -> None:
    stage.functions.answers[RENEWS] = KEPT | {"outcome": "waiting", "ends": None, "reason": "the zone is not delegated"}
    with pytest.raises(Failed, match="there is no certificate yet: the zone is not delegated"):
        watching.certificate(renews(stage))


def test_a_run_that_fails_fails_with_the_words_of_the_ca(stage: Stage) -> None:
    stage.functions.error, stage.functions.answers[RENEWS] = "Unhandled", {"errorMessage": "CAA record forbids it"}
    with pytest.raises(Failed, match="CAA record forbids it"):
        watching.certificate(renews(stage))


# ----------------------------------------------------------------------------------------------------------- metrics


def measure(stage: Stage, *names: str, deployment: str = NAME) -> None:
    for name in names:
        stage.clients.client("cloudwatch").put_metric_data(
            Namespace="HippoGym",
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": "Deployment", "Value": deployment}],
                    "Timestamp": stage.time.now(),
                    "Value": 1.0,
                }
            ],
        )


def test_metrics_that_cloudwatch_shows_pass(stage: Stage) -> None:
    measure(stage, *watching.MEASURED)
    assert "SessionsReady 1" in watching.metrics(stage.world)


def test_metrics_that_come_late_pass(stage: Stage) -> None:
    stage.time.meanwhile.append(lambda: measure(stage, *watching.MEASURED))
    assert "SweepsDone 1" in watching.metrics(stage.world)


@pytest.mark.parametrize("missing", watching.MEASURED)
def test_a_missing_metric_fails(stage: Stage, missing: str) -> None:
    measure(stage, *(name for name in watching.MEASURED if name != missing))
    measure(stage, missing, deployment="another")
    with pytest.raises(Failed, match=f": missing {missing}$"):
        watching.metrics(stage.world)


# ------------------------------------------------------------------------------------------------------------ alarms


def alarm(stage: Stage, name: str, **changes: Any) -> None:
    settings = {
        "AlarmName": name,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "MetricName": "x",
        "Namespace": "HippoGym",
        "Period": 300,
        "Statistic": "Sum",
        "Threshold": 1.0,
        "AlarmActions": [TOPIC],
        "ActionsEnabled": True,
    }
    stage.clients.client("cloudwatch").put_metric_alarm(**(settings | changes))


def test_complete_alarms_pass(stage: Stage) -> None:
    for name in ALARMS:
        alarm(stage, name)
    assert watching.alarms(stage.world) == "2 alarms, none in alarm"
    stage.clients.client("cloudwatch").set_alarm_state(AlarmName=ALARMS[0], StateValue="ALARM", StateReason="x")
    assert watching.alarms(stage.world) == f"2 alarms; in alarm now: {ALARMS[0]}"


def test_a_deleted_alarm_fails(stage: Stage) -> None:
    alarm(stage, ALARMS[0])
    with pytest.raises(Failed, match=f"missing: {ALARMS[1]}"):
        watching.alarms(stage.world)


@pytest.mark.parametrize("changes", [{"ActionsEnabled": False}, {"AlarmActions": []}])
def test_an_alarm_without_an_action_fails(stage: Stage, changes: dict[str, Any]) -> None:
    alarm(stage, ALARMS[0])
    alarm(stage, ALARMS[1], **changes)
    with pytest.raises(Failed, match=f"send no message.*{ALARMS[1]}"):
        watching.alarms(stage.world)


def test_the_alarm_check_does_not_apply_only_if_the_settings_have_none() -> None:
    without = Stage(alarm_names=())
    for check in (watching.alarms, watching.alarm_mail):
        with pytest.raises(NotApplicable, match="alarms = false"):
            check(without.world)


def test_without_the_outputs_missing_alarms_are_unproven() -> None:
    with pytest.raises(Unproven):
        watching.alarms(Stage(alarm_names=None).world)


# -------------------------------------------------------------------------------------------------------------- mail


def subscribed(*arns: str) -> Any:
    class Topics:
        def get_paginator(self, _: str) -> Topics:
            return self

        def paginate(self, TopicArn: str) -> list[dict[str, Any]]:  # noqa: N803
            assert TopicArn == TOPIC
            addresses = [f"{number}@example.net" for number in range(len(arns))]
            found = [{"SubscriptionArn": arn, "Endpoint": to} for arn, to in zip(arns, addresses, strict=True)]
            return [{"Subscriptions": found}]

    return Topics()


def test_confirmed_mail_passes(stage: Stage) -> None:
    stage.clients.instead["sns"] = subscribed(f"{TOPIC}:1")
    assert watching.alarm_mail(stage.world) == "1 confirmed: 0@example.net"


def test_an_unconfirmed_subscription_fails(stage: Stage) -> None:
    stage.clients.instead["sns"] = subscribed(f"{TOPIC}:1", "PendingConfirmation")
    with pytest.raises(Failed, match=r"not confirmed: 1@example\.net"):
        watching.alarm_mail(stage.world)


def test_alarms_without_a_subscriber_fail(stage: Stage) -> None:
    stage.clients.instead["sns"] = subscribed()
    with pytest.raises(Failed, match="no person gets its alarms"):
        watching.alarm_mail(stage.world)


def test_without_the_outputs_the_topic_comes_from_the_alarms() -> None:
    stage = Stage(alarm_names=None, alarm_topic_arn=None)
    stage.clients.instead["sns"] = subscribed("PendingConfirmation")
    with pytest.raises(Unproven):
        watching.alarm_mail(stage.world)
    alarm(stage, ALARMS[0])
    with pytest.raises(Failed, match="not confirmed"):
        watching.alarm_mail(stage.world)


# -------------------------------------------------------------------------------------------------------------- logs


@pytest.fixture
def logging(stage: Stage) -> Stage:
    stage.time.moment = datetime.now(UTC)  # moto refuses old events
    stage.world.began = stage.time.now()
    for name in FUNCTIONS.values():
        stage.clients.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    # moto supports no filter pattern with alternatives; the check evaluates each line anyway.
    logs = stage.clients.client("logs")
    stage.clients.instead["logs"] = _WithoutPatterns(logs)
    return stage


class _WithoutPatterns:
    def __init__(self, logs: Any) -> None:
        self.exceptions, self._logs = logs.exceptions, logs

    def get_paginator(self, operation: str) -> Any:
        paginator = self._logs.get_paginator(operation)

        class Paginator:
            def paginate(self, filterPattern: str = "", **parameters: Any) -> Any:  # noqa: N803
                return paginator.paginate(**parameters)

        return Paginator()


def writes(stage: Stage, function: str, message: str, seconds: float = 0.1) -> None:
    logs, group = stage.clients.client, f"/aws/lambda/{FUNCTIONS[function]}"
    client = stage.clients.instead["logs"]._logs
    assert logs is not None
    client.create_log_stream(logGroupName=group, logStreamName=str(time.monotonic_ns()))
    name = client.describe_log_streams(logGroupName=group)["logStreams"][-1]["logStreamName"]
    moment = int((stage.world.began.timestamp() + seconds) * 1000)
    client.put_log_events(logGroupName=group, logStreamName=name, logEvents=[{"timestamp": moment, "message": message}])


def test_logs_without_an_error_pass(logging: Stage) -> None:
    writes(logging, "next_step", json.dumps({"level": "INFO", "message": "ERROR is a word in a page"}))
    writes(logging, "next_step", json.dumps({"level": "ERROR", "message": "before"}), seconds=-600)
    assert watching.logs(logging.world) == "4 functions, no error"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (json.dumps({"level": "ERROR", "message": "broke", "exception": "x\nKeyError: 'a'"}), "broke: KeyError: 'a'"),
        (json.dumps({"level": "CRITICAL", "message": "broke"}), "broke"),
        ("2026-11-22T12:00:00Z 1 Task timed out after 10.00 seconds", "Task timed out after 10.00 seconds"),
        ("RequestId: 1 Error: Runtime exited with error: signal: killed", "Runtime exited"),
        ("[ERROR] Runtime.ImportModuleError: Unable to import module", "ImportModuleError"),
    ],
)
def test_an_error_in_a_log_fails(logging: Stage, line: str, why: str) -> None:
    writes(logging, "stop_server", line)
    with pytest.raises(Failed) as found:
        watching.logs(logging.world)
    assert why in str(found.value)
    assert str(found.value).startswith(f"{NAME}_stop_server: ")


def test_many_errors_are_counted(logging: Stage) -> None:
    for number in range(5):
        writes(logging, "next_step", json.dumps({"level": "ERROR", "message": f"fault {number}"}))
    with pytest.raises(Failed, match="2 more"):
        watching.logs(logging.world)


def test_a_missing_log_group_fails(logging: Stage) -> None:
    logging.clients.instead["logs"]._logs.delete_log_group(logGroupName=f"/aws/lambda/{NAME}_next_step")
    with pytest.raises(Failed, match="next_step: its log group is missing"):
        watching.logs(logging.world)
