"""Needs of AWS services that use the deployment's roles: no recorder sees their calls, the plan does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.terraform.calls.needs import Facts, Need, get_secret_value, need, publish, send_message
from tests.terraform.calls.recorder import Call
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan

_LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group"
_LOGGED = ("logs:CreateLogStream", "logs:PutLogEvents")


def of_lambda(plan: Plan, file: str, facts: Facts) -> Iterator[Need]:
    """Yield what Lambda needs of a function's role.

    Lambda writes the log and, with active tracing, sends traces (Lambda developer guide, "Defining Lambda
    function permissions with an execution role", "Visualize Lambda function invocations using AWS
    X-Ray"); it sends failed events to the on-failure destination (developer guide, "Capturing records of
    Lambda asynchronous invocations").
    """
    function = plan.function(file)
    for action in _LOGGED:
        yield need(action, f"{_LOGS}:/aws/lambda/{function['function_name']}:log-stream:2026/11/22/[$LATEST]0f1e")
    if function["tracing_config"][0]["mode"] == "Active":
        yield need("xray:PutTraceSegments")
        yield need("xray:PutTelemetryRecords")
    for put_aside in plan.of_type("aws_lambda_function_event_invoke_config"):
        if put_aside.values["function_name"] == function["function_name"] and put_aside.values["destination_config"]:
            queue = put_aside.address.replace(
                "aws_lambda_function_event_invoke_config.subscriber", "aws_sqs_queue.dead_letters"
            )
            yield from send_message(f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{plan.at(queue)['name']}", facts)


def of_scheduler(calls: Iterable[Call], facts: Facts) -> Iterator[Need]:
    """Yield what EventBridge Scheduler needs of its role: sending each schedule's message to its target."""
    for call in calls:
        if call.operation == "scheduler.CreateSchedule":
            yield from publish(call.arguments["Target"]["Arn"], facts)


def of_rule(plan: Plan, facts: Facts) -> Iterator[Need]:
    """Yield what EventBridge needs of the role of the task-state rule's target: sending the event.

    Source: EventBridge user guide, "Using resource-based policies": with an execution role on an SNS target
    "ensure the role has the required permissions (for example, … sns:Publish …)". An event that cannot be
    sent goes to the dead-letter queue without the role, by the queue's policy ("Using dead-letter queues to
    process undelivered events").
    """
    yield from publish(plan.at("module.session_stops.aws_cloudwatch_event_target.stop_topic")["arn"], facts)


def of_ecs(log_group: str, facts: Facts, certificate: str | None = None) -> Iterator[Need]:
    """Yield what ECS needs of the execution role: pulling an image, writing the log, reading the container's
    secrets (developer guide, "Amazon ECS task execution IAM role", "Required IAM permissions for Amazon ECS
    secrets")."""
    yield need("ecr:GetAuthorizationToken")
    tags = {f"aws:ResourceTag/{key}": value for key, value in facts.definition_tags if key == "hippo-gym:deployment"}
    for action in ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"):
        yield need(action, f"arn:aws:ecr:{REGION}:{ACCOUNT_ID}:repository/study", tags)
    for action in _LOGGED:
        yield need(action, f"{_LOGS}:{log_group}:log-stream:study/study/0f1e2d3c")
    if certificate is not None:
        yield from get_secret_value(certificate, facts)
