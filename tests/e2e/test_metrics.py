"""The metrics that the functions log for a participant, and the session's trace."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from typing import Any

from hippo_gym.runtime.metrics import NAMESPACE, Metric
from tests.support.local_deployment import HANG_SECONDS, STUDY, LocalDeployment


def written(lab: LocalDeployment, function: str) -> list[dict[str, Any]]:
    """Return the lines of a function's log that are in embedded metric format."""
    group = f"/aws/lambda/{lab.cloud.outputs['function_names'][function]}"
    pages = lab.cloud.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    texts = [line for page in pages for event in page["events"] for line in event["message"].splitlines()]
    return [json.loads(text) for text in texts if text.startswith('{"_aws"')]


def bring_out(lab: LocalDeployment, *functions: str) -> None:
    """Make MiniStack read the functions' remaining output.

    MiniStack reads a worker's output until 5 ms pass without any, and reads later output at the
    worker's next run. A worker that raises, as it does for an invalid event, is ended and read to
    its end; a new worker takes the next run.
    """
    for function in functions:
        with suppress(RuntimeError):
            lab.invoke(function, {})


def about(lab: LocalDeployment, user_id: str) -> dict[str, list[float]]:
    """Return the metrics of a participant, by name."""
    values: dict[str, list[float]] = defaultdict(list)
    for function in lab.cloud.outputs["function_names"]:
        for line in written(lab, function):
            if line.get("user_id") == user_id:
                for metric in Metric:
                    values[metric.value] += line.get(metric.value, [])
    return {name: found for name, found in values.items() if found}


def test_a_participant_s_visit_is_in_the_metrics(lab: LocalDeployment, user_id: str) -> None:
    session = lab.ready_session(user_id)
    client = lab.participant(user_id)
    client.get()  # ends the game
    client.post({"liked": "yes"}, "4")
    lab.wait_until_nothing_is_left(session)

    def counted() -> bool:
        bring_out(lab, "start_server", "stop_server", "next_step")
        return {"SessionsStarted", "SessionsReady", "SessionsEnded"} <= set(about(lab, user_id))

    lab.wait_for(counted, "start and end are counted")
    measured = about(lab, user_id)
    assert (measured["SessionsStarted"], measured["SessionsReady"], measured["SessionsEnded"]) == ([1], [1], [1])
    assert len(measured["StepsServed"]) == 5  # two pages, the game when ready, survey, thanks; polls do not count
    (seconds,) = measured["SecondsToReady"]
    assert 0 < seconds < HANG_SECONDS
    assert "SessionsFailed" not in measured
    assert "RequestsFailed" not in measured


def test_a_line_has_the_form_that_cloudwatch_reads(lab: LocalDeployment, user_id: str) -> None:
    lab.participant(user_id).get()
    bring_out(lab, "next_step")
    line = next(each for each in written(lab, "next_step") if each.get("user_id") == user_id)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == (NAMESPACE, [["Deployment"]])
    assert line["Deployment"] == lab.cloud.outputs["name"]
    assert {metric["Name"] for metric in directive["Metrics"]} <= set(line)


def test_a_sweep_and_an_update_are_in_the_metrics(lab: LocalDeployment) -> None:
    for _ in range(2):
        lab.invoke("sweep_sessions", {})
    lines = lab.wait_for(lambda: written(lab, "sweep_sessions"), "the sweep is counted")
    assert (lines[-1]["SweepsDone"], lines[-1]["SweepFaults"]) == ([1], [0])
    bring_out(lab, *["update_project_master_list"] * 2)
    lab.wait_for(
        lambda: any(line.get("ListUpdatesRejected") for line in written(lab, "update_project_master_list")),
        "the refusal is counted",
    )


def test_the_container_s_environment_has_the_session_s_trace(lab: LocalDeployment, user_id: str) -> None:
    session = lab.ready_session(user_id)
    (task,) = [task for task in lab.cloud.fargate.tasks() if session["sessionId"] in json.dumps(task)]
    assert session["trace"].startswith("Root=1-")
    assert json.dumps({"HIPPO_TRACE_ID": session["trace"]})[1:-1] in json.dumps(task)
    lab.publish("stop", {"action": "stop", "projectId": STUDY, "userId": user_id})
    lab.wait_until_nothing_is_left(session)
