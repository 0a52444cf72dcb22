"""Checks of the sweeper, the metrics, the alarms, the alarm mail and the functions' logs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from hippo_common.reading import json_value
from hippo_common.words import count
from hippo_deploy import first_certificate
from hippo_deploy.verify.results import Failed, NotApplicable, Unproven
from hippo_deploy.verify.world import World

NAMESPACE: Final = "HippoGym"
MEASURED: Final = ("StepsServed", "SessionsStarted", "SessionsReady", "SweepsDone", "ListUpdatesDone")
"""Metrics that the functions write during a verification (docs/operate.md, "What is measured")."""

_ERROR_FILTER: Final = '?ERROR ?CRITICAL ?"Task timed out" ?"Runtime exited"'
_LAMBDA_ERRORS: Final = ("Task timed out", "Runtime exited", "[ERROR]")
_MAX_ERRORS: Final = 3  # lines that are shown of one function's log


def sweeper(world: World) -> str:
    """Check that a sweep finishes, finds the live sessions, and reports no fault."""
    live = sum(world.records.live(user_id) is not None for _, user_id in sorted(world.participants))
    function = world.target.functions["sweep_sessions"]
    answer = world.cloud.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    report = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError") or not isinstance(report, dict) or "sessions" not in report:
        raise Failed(f"{function} failed: {str(report)[:300]}")
    faults = {
        "live records that cannot be read": int(report["unreadable"]),
        "leftovers that could not be cleared": int(report["uncleared"]),
        "sessions that could not be swept": int(report["sessions"].get("error", 0)),
    }
    found = [f"{number} {what}" for what, number in faults.items() if number]
    if found:
        raise Failed(f"the sweep reports {', '.join(found)}")
    if report["unfinished"]:
        raise Failed("the sweep did not finish in its time")
    seen = sum(report["sessions"].values())
    if seen < live:
        raise Failed(f"the sweep found {count(seen, 'session')}, but at least {live} are live")
    cleared = int(report["cleared"])
    return f"found {count(seen, 'live session')}, cleared {count(cleared, 'leftover')}, no fault"


def certificate(world: World) -> str:
    """Check that renew_certificate runs, and that there is a certificate."""
    function = world.target.functions.get(first_certificate.FUNCTION)
    if function is None:
        raise NotApplicable("the deployment has no renew_certificate (session_certificate.acme)")
    looked = first_certificate.run(function, world.cloud.client("lambda"))
    if not looked.good:
        raise Failed(looked.text)
    return looked.text


def metrics(world: World) -> str:
    """Check that CloudWatch shows the metrics that the functions have logged since the start."""
    if world.target.emulator is not None:
        raise NotApplicable(f"the emulator at {world.target.emulator} makes no metrics of log lines")
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": name,
                    "Dimensions": [{"Name": "Deployment", "Value": world.target.name}],
                },
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for number, name in enumerate(MEASURED)
    ]
    seen: dict[str, float] = {}

    def look() -> bool:
        answer = world.cloud.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries,
            StartTime=world.began - timedelta(minutes=1),
            EndTime=world.clock.now() + timedelta(minutes=1),
        )
        seen.update({MEASURED[int(each["Id"][1:])]: sum(each["Values"]) for each in answer["MetricDataResults"]})
        return all(seen.get(name, 0) > 0 for name in MEASURED)

    try:
        world.wait(look, "CloudWatch shows the metrics", world.patience.measured)
    except Failed as error:
        missing = ", ".join(name for name in MEASURED if not seen.get(name))
        raise Failed(f"{error}: missing {missing}") from error
    return ", ".join(f"{name} {seen[name]:.0f}" for name in MEASURED)


def alarms(world: World) -> str:
    """Check that every alarm of the deployment exists, is enabled and has an action."""
    expected = world.target.alarm_names
    if expected == ():
        raise NotApplicable("the deployment has no alarms (alarms = false)")
    there = {alarm["AlarmName"]: alarm for alarm in _alarms(world)}
    if expected is None:
        if not there:
            raise Unproven("there are no alarms, and only Terraform's outputs say whether there should be any")
        expected = tuple(sorted(there))
    missing = [name for name in expected if name not in there]
    if missing:
        raise Failed(f"missing: {', '.join(missing)}")
    silent = [name for name in expected if not there[name].get("ActionsEnabled") or not there[name].get("AlarmActions")]
    if silent:
        raise Failed(f"these alarms send no message, because their actions are off or missing: {', '.join(silent)}")
    ringing = [name for name in expected if there[name]["StateValue"] == "ALARM"]
    return f"{len(expected)} alarms" + (f"; in alarm now: {', '.join(ringing)}" if ringing else ", none in alarm")


def alarm_mail(world: World) -> str:
    """Check that the alarm topic has subscriptions, and each one is confirmed."""
    if world.target.alarm_names == ():
        raise NotApplicable("the deployment has no alarms (alarms = false)")
    topic = world.target.alarm_topic_arn or _topic_of_alarms(world)
    pages = world.cloud.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [subscription for page in pages for subscription in page["Subscriptions"]]
    if not found:
        raise Failed(f"no subscription to {topic}: no person gets its alarms")
    pending = [each["Endpoint"] for each in found if each["SubscriptionArn"] == "PendingConfirmation"]
    if pending:
        raise Failed(f"not confirmed: {', '.join(pending)}")
    return f"{len(found)} confirmed: {', '.join(sorted(str(each['Endpoint']) for each in found))}"


def _topic_of_alarms(world: World) -> str:
    topics = {arn for alarm in _alarms(world) for arn in alarm.get("AlarmActions", ())}
    if len(topics) != 1:
        raise Unproven("only Terraform's outputs name the topic of the alarms")
    return str(topics.pop())


def _alarms(world: World) -> Iterator[Mapping[str, Any]]:
    paginator = world.cloud.client("cloudwatch").get_paginator("describe_alarms")
    for page in paginator.paginate(AlarmNamePrefix=f"{world.target.name}_"):
        yield from page["MetricAlarms"]


def logs(world: World) -> str:
    """Check that no function has logged an error since the verification began."""
    world.clock.sleep(world.patience.logged)
    wrong: list[str] = []
    for function in sorted(world.target.functions.values()):
        errors = list(_errors(world, f"/aws/lambda/{function}"))
        wrong += [f"{function}: {text}" for text in errors[:_MAX_ERRORS]]
        if len(errors) > _MAX_ERRORS:
            wrong.append(f"{function}: {len(errors) - _MAX_ERRORS} more")
    if wrong:
        raise Failed("\n".join(wrong))
    return f"{len(world.target.functions)} functions, no error"


def _errors(world: World, group: str) -> Iterator[str]:
    logs = world.cloud.client("logs")
    # MiniStack treats a pattern's `?` as a wildcard for one letter.
    chosen = {} if world.target.emulator is not None else {"filterPattern": _ERROR_FILTER}
    start = int(world.began.timestamp() * 1000)
    try:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=start, **chosen):
            for event in page["events"]:
                for line in event["message"].splitlines():
                    error = _error_in(line)
                    if error:
                        yield error
    except logs.exceptions.ResourceNotFoundException:
        yield "its log group is missing"


def _error_in(line: str) -> str | None:
    """Return the error in a line of a function's log; None if it has none."""
    try:
        entry = json_value(line)
    except ValueError:
        entry = None
    if isinstance(entry, dict):
        if entry.get("level") not in ("ERROR", "CRITICAL"):
            return None
        why = str(entry.get("exception") or entry.get("reason") or "").strip().splitlines()[-1:]
        return ": ".join([str(entry.get("message")), *why])[:300]
    return line.strip()[:300] if any(words in line for words in _LAMBDA_ERRORS) else None
