"""The simulation gives the same answers to the same calls as moto, where moto follows AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hippo_gym.runtime import aws_clients
from tests.support.simulated_world.clients import ATTEMPTS, READ_TIMEOUTS
from tests.support.simulated_world.functions import BUCKET
from tests.support.simulated_world.simulation import SimulatedWorld

pytestmark = pytest.mark.simulation

_REGION: Final = "ca-central-1"
_ROLE = "arn:aws:iam::123456789012:role/scheduler"


def _outcome(call: Callable[..., Any], arguments: dict[str, Any], shown: Callable[[Any], Any]) -> Any:
    try:
        return shown(call(**arguments))
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def _simulated(name: str, calls: list[tuple[str, dict[str, Any]]], shown: Callable[[Any], Any]) -> list[Any]:
    simulation = SimulatedWorld(0)
    client = getattr(simulation.clients, name)
    outcomes: list[Any] = []

    def work() -> None:
        outcomes.extend(_outcome(getattr(client, operation), arguments, shown) for operation, arguments in calls)

    simulation.kernel.start("self-check", work, 1000.0)
    simulation.run(1000.0)
    return outcomes


@pytest.fixture
def moto() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.mark.usefixtures("moto")
def test_conditional_writes_of_s3_succeed_and_fail_as_in_moto() -> None:
    client = boto3.client("s3", region_name=_REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": _REGION})
    one, other = '"c4ca4238a0b923820dcc509a6f75849b"', '"c81e728d9d4c2f636f067f89cc14862c"'  # of the bodies 1 and 2
    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_object", {"Key": "a"}),
        ("head_object", {"Key": "a"}),
        ("put_object", {"Key": "a", "Body": b"1", "IfMatch": one}),
        ("put_object", {"Key": "a", "Body": b"1", "IfNoneMatch": "*"}),
        ("put_object", {"Key": "a", "Body": b"2", "IfNoneMatch": "*"}),
        ("put_object", {"Key": "a", "Body": b"2", "IfMatch": other}),
        ("put_object", {"Key": "a", "Body": b"2", "IfMatch": one}),
        ("get_object", {"Key": "a"}),
        ("get_object", {"Key": "a", "IfNoneMatch": other}),
        ("get_object", {"Key": "a", "IfNoneMatch": one}),
        ("head_object", {"Key": "a"}),
        ("list_objects_v2", {"Prefix": "a"}),
        ("list_objects_v2", {"Prefix": "b"}),
        ("put_object", {"Key": "b", "Body": b"1"}),
        ("put_object", {"Key": "b", "Body": b"1"}),
        ("delete_object", {"Key": "b"}),
        ("delete_object", {"Key": "b"}),
        ("get_object", {"Key": "b"}),
    ]
    calls = [(operation, {"Bucket": BUCKET, **arguments}) for operation, arguments in calls]

    def shown(answer: Any) -> Any:
        body = answer["Body"].read() if "Body" in answer else None
        return answer.get("ETag"), body, [entry["Key"] for entry in answer.get("Contents", [])]

    assert _simulated("s3", calls, shown) == [_outcome(getattr(client, op), args, shown) for op, args in calls]


# moto lets CREATE overwrite, and answers a DELETE that does not match with InvalidInput instead of
# InvalidChangeBatch. So the test compares whether a batch is refused, and the records after it.
@pytest.mark.usefixtures("moto")
def test_change_batches_of_route_53_are_refused_and_applied_as_in_moto() -> None:
    client = boto3.client("route53", region_name=_REGION)
    zone = client.create_hosted_zone(Name="example.net", CallerReference="self-check")["HostedZone"]["Id"]

    def record(name: str, value: str, kind: str = "A", ttl: int = 30) -> dict[str, Any]:
        return {"Name": f"{name}.example.net", "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value}]}

    def change(*changes: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        listed = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
        return "change_resource_record_sets", {"ChangeBatch": {"Changes": listed}}

    def look(name: str) -> tuple[str, dict[str, Any]]:
        return "list_resource_record_sets", {"StartRecordName": f"{name}.example.net", "MaxItems": "3"}

    calls = [
        change(("UPSERT", record("a", "10.0.0.1")), ("UPSERT", record("a", '"mine"', "TXT"))),
        look("a"),
        change(("DELETE", record("a", "10.0.0.2"))),
        change(("UPSERT", record("b", "10.0.0.3")), ("DELETE", record("a", "10.0.0.2"))),
        look("a"),
        change(("UPSERT", record("a", "10.0.0.2"))),
        look("a"),
        change(("DELETE", record("a", "10.0.0.2")), ("DELETE", record("a", '"mine"', "TXT"))),
        look("a"),
    ]
    calls = [(operation, {"HostedZoneId": zone, **arguments}) for operation, arguments in calls]

    def shown(answer: Any) -> Any:
        return [
            (found["Name"], found["Type"], found["TTL"], found["ResourceRecords"])
            for found in answer.get("ResourceRecordSets", [])
            if found["Type"] not in {"NS", "SOA"}
        ]

    def refused(outcomes: list[Any]) -> list[Any]:
        return ["refused" if isinstance(outcome, tuple) else outcome for outcome in outcomes]

    expected = refused([_outcome(getattr(client, op), args, shown) for op, args in calls])
    assert refused(_simulated("route53", calls, shown)) == expected
    assert expected.count("refused") == 2


@pytest.mark.usefixtures("moto")
def test_schedules_are_kept_and_refused_as_in_moto() -> None:
    client = boto3.client("scheduler", region_name=_REGION)

    def schedule(at: str) -> dict[str, Any]:
        return {
            "GroupName": "default",
            "ScheduleExpression": f"at({at})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": "arn:aws:sns:ca-central-1:123456789012:stop", "RoleArn": _ROLE, "Input": "{}"},
        }

    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_schedule", {"Name": "a"}),
        ("update_schedule", {"Name": "a", **schedule("2030-01-01T00:00:00")}),
        ("create_schedule", {"Name": "a", **schedule("2030-01-01T00:00:00")}),
        ("create_schedule", {"Name": "a", **schedule("2030-01-01T00:00:00")}),
        ("update_schedule", {"Name": "a", **schedule("2031-01-01T00:00:00")}),
        ("get_schedule", {"Name": "a"}),
        ("list_schedules", {"NamePrefix": "a"}),
        ("list_schedules", {"NamePrefix": "b"}),
        ("delete_schedule", {"Name": "a"}),
        ("delete_schedule", {"Name": "a"}),
    ]

    def shown(answer: Any) -> Any:
        listed = [found["Name"] for found in answer.get("Schedules", [])]
        return answer.get("Name"), answer.get("ScheduleExpression"), answer.get("Target", {}).get("Input"), listed

    def codes(outcomes: list[Any]) -> list[Any]:
        # moto answers 400; the service's model has 409.
        return [outcome[0] if len(outcome) == 2 else outcome for outcome in outcomes]

    expected = [_outcome(getattr(client, op), args, shown) for op, args in calls]
    assert codes(_simulated("scheduler", calls, shown)) == codes(expected)


@pytest.mark.usefixtures("moto")
def test_unknown_resources_of_ecs_and_ec2_give_the_errors_of_moto() -> None:
    ecs, ec2 = boto3.client("ecs", region_name=_REGION), boto3.client("ec2", region_name=_REGION)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("describe_task_definition", {"taskDefinition": "none"}),
        ("list_tasks", {"cluster": "none"}),
        ("delete_cluster", {"cluster": "none"}),
        ("create_cluster", {"clusterName": "one", "capacityProviders": ["FARGATE"], "tags": []}),
        ("list_tasks", {"cluster": "one"}),
        ("delete_cluster", {"cluster": "one"}),
    ]

    def shown(answer: Any) -> Any:
        return answer.get("taskArns"), answer.get("cluster", {}).get("clusterName")

    def codes(outcomes: list[Any]) -> list[Any]:
        # moto has AWS's errors for a missing cluster, and AWS's status for a task definition.
        return [outcome[0] for outcome in outcomes]

    found = [_outcome(getattr(ecs, op), args, shown) for op, args in calls]
    assert codes(_simulated("ecs", calls, shown)) == codes(found)
    missing = [("describe_network_interfaces", {"NetworkInterfaceIds": ["eni-0123456789abcdef0"]})]
    assert _simulated("ec2", missing, shown) == [_outcome(getattr(ec2, op), args, shown) for op, args in missing]


@pytest.mark.usefixtures("moto")
def test_a_message_to_an_unknown_topic_gives_the_error_of_moto() -> None:
    client = boto3.client("sns", region_name=_REGION)
    arguments = {"TopicArn": "arn:aws:sns:ca-central-1:123456789012:none", "Message": "{}"}
    expected = [_outcome(client.publish, arguments, bool)]
    assert _simulated("sns", [("publish", arguments)], bool) == expected


def test_the_number_of_attempts_equals_that_of_the_functions_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", _REGION)
    aws_clients._client.cache_clear()
    configs = {name: getattr(aws_clients, name)().meta.config for name in ATTEMPTS}
    aws_clients._client.cache_clear()
    assert {name: config.retries["total_max_attempts"] for name, config in configs.items()} == ATTEMPTS
    assert {name: float(config.read_timeout) for name, config in configs.items()} == READ_TIMEOUTS
