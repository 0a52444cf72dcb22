"""Compare every call of the functions with their policies, both ways: nothing missing, nothing unused.

calls/recorder.py   records the calls (botocore's events)
calls/scenarios.py  makes each function send every kind of AWS call
calls/needs.py      the permissions that each call needs, with sources
calls/services.py   the needs of AWS services that use the roles
calls/proof.py      splits a policy into parts, and evaluates it by IAM's rules
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hippo_gym.runtime.logs import logger
from hippo_play import trace
from hippo_play.recording.store import BucketStore
from tests.simulation.histories import History, planned
from tests.support import moto_world as worlds
from tests.support.simulated_world.clients import api_name
from tests.support.simulated_world.kernel import Process
from tests.terraform.calls.needs import TABLE, Facts, Need, get_secret_value, need, needs_of
from tests.terraform.calls.proof import grants, listed, refused, unused
from tests.terraform.calls.recorded import NAME, ZONE, role, worlds_of
from tests.terraform.calls.recorder import Call, Recorder
from tests.terraform.calls.scenarios import SCENARIOS
from tests.terraform.calls.services import of_ecs, of_lambda, of_rule, of_scheduler
from tests.terraform.planning import ACCOUNT_ID, REGION, TIMEOUTS, Plan, Root

pytestmark = pytest.mark.terraform

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
CERTIFICATE = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:certificate-AbCdEf"
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/boundary"
PATH = "/research/hippo/"


@dataclass(frozen=True)
class Deployment:
    """A planned deployment, and the recorded calls of its functions."""

    plan: Plan
    calls: tuple[Call, ...]
    facts: Facts
    certificate: str | None = None

    def policy(self, file: str) -> dict[str, Any]:
        """Return the policy of a function, with the zone of the recorded calls."""
        zone = self.plan.environment("stop_server")["HOSTED_ZONE_ID"]
        policy: dict[str, Any] = json.loads(json.dumps(self.plan.policy(file)).replace(zone, ZONE))
        return policy

    def role_policy(self, address: str) -> dict[str, Any]:
        """Return the policy of another role."""
        policy: dict[str, Any] = json.loads(self.plan.at(address)["policy"])
        return policy

    def needs(self, file: str) -> set[Need]:
        """Return what a function and Lambda need of its role."""
        by_itself = (each for call in self.calls if call.caller == file for each in needs_of(call, self.facts))
        return {*by_itself, *of_lambda(self.plan, file, self.facts)}


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    """Switch the functions' log off."""
    before = logger.log_level
    logger.setLevel("CRITICAL")
    yield
    logger.setLevel(before)


def recorded(role_path: str) -> tuple[Call, ...]:
    with worlds_of(role_path) as (recorder, fresh):
        for scenario in SCENARIOS:
            with fresh() as world:
                scenario(world)
    calls: list[Call] = recorder.calls
    return tuple(calls)


def planned_with(root: Root, **variables: Any) -> Plan:
    """Return the plan of the deployment to which the recorded calls belong."""
    route53 = boto3.client("route53", region_name=REGION)
    zone = route53.create_hosted_zone(Name=worlds.ROOT, CallerReference=json.dumps(variables))["HostedZone"]["Id"]
    return root.plan(
        name=NAME,
        region=REGION,
        bucket_name=worlds.BUCKET,
        root_domain=worlds.ROOT,
        hosted_zone_id=zone.removeprefix("/hostedzone/"),
        subnet_ids=["subnet-0a1"],
        security_group_ids=["sg-0b2"],
        **variables,
    )


TAGS = (("hippo-gym:deployment", worlds.DEPLOYMENT), ("hippo-gym:project", "study"))
"""Tags of the studies' task definitions, as `hippo submit` sets them."""


def facts_of(role_path: str, key: str | None = None, *, task_role: bool = False) -> Facts:
    roles = [role("session_task", role_path)] if task_role else []
    return Facts((*roles, role("session_execution", role_path)), key, worlds.BUCKET, TAGS)


@pytest.fixture(scope="module")
def plain(root: Root, quiet: None) -> Deployment:
    """A deployment with the defaults."""
    return Deployment(planned_with(root), recorded("/"), facts_of("/"))


@pytest.fixture(scope="module")
def guarded(root: Root, quiet: None) -> Deployment:
    """A deployment with a customer key, a permissions boundary, a role path, a certificate, and the servers' role."""
    plan = planned_with(
        root,
        kms_key_arn=KEY,
        permissions_boundary_arn=BOUNDARY,
        role_path=PATH,
        website={},
        reserved_names=["www"],
        session_certificate_secret_arn=CERTIFICATE,
        session_task_role="shared",
    )
    return Deployment(plan, recorded(PATH), facts_of(PATH, KEY, task_role=True), CERTIFICATE)


@pytest.fixture(params=["plain", "guarded"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    found: Deployment = request.getfixturevalue(request.param)
    return found


def parts(policy: Mapping[str, Any], wanted: set[Need]) -> list[str]:
    """Return the parts of a policy that no call needs."""
    return [str(part) for part in unused(policy, wanted)]


# --- the functions ---


@pytest.mark.parametrize("file", TIMEOUTS)
def test_a_function_may_send_all_of_its_calls(deployment: Deployment, file: str) -> None:
    assert refused(deployment.policy(file), deployment.needs(file)) == []


@pytest.mark.parametrize("file", TIMEOUTS)
def test_a_function_has_no_unused_permission(deployment: Deployment, file: str) -> None:
    assert parts(deployment.policy(file), deployment.needs(file)) == []


@pytest.mark.parametrize("file", TIMEOUTS)
def test_calls_of_every_function_are_recorded(plain: Deployment, file: str) -> None:
    assert [call for call in plain.calls if call.caller == file]


def test_a_missing_permission_is_found(plain: Deployment) -> None:
    policy = plain.policy("start_server")
    for index, statement in enumerate(policy["Statement"]):
        fewer = {"Statement": policy["Statement"][:index] + policy["Statement"][index + 1 :]}
        assert refused(fewer, plain.needs("start_server")), statement["Sid"]


@pytest.mark.parametrize(
    ("more", "noticed"),
    [
        ({"Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{worlds.BUCKET}/*/Users/*"}, "s3:DeleteObject"),
        ({"Action": "ecs:ListClusters", "Resource": "*"}, "ecs:ListClusters"),
        ({"Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::{worlds.BUCKET}/*/Trials/*"}, "Trials"),
    ],
    ids=["action", "without resource", "resource"],
)
def test_a_superfluous_permission_is_found(plain: Deployment, more: dict[str, Any], noticed: str) -> None:
    policy = plain.policy("next_step")
    policy["Statement"].append({"Sid": "More", "Effect": "Allow", **more})
    (found,) = parts(policy, plain.needs("next_step"))
    assert noticed in found


def test_a_superfluous_value_of_a_condition_is_found(plain: Deployment) -> None:
    policy = plain.policy("start_server")
    names = next(each for each in policy["Statement"] if each["Sid"] == "PointNamesAtServers")
    names["Condition"]["ForAllValues:StringEquals"]["route53:ChangeResourceRecordSetsActions"].append("CREATE")
    (found,) = parts(policy, plain.needs("start_server"))
    assert found.endswith("value CREATE")


def test_an_operation_without_an_entry_in_the_table_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"s3\.PutBucketPolicy"):
        needs_of(Call("next_step", "s3.PutBucketPolicy", {"Bucket": "b"}), Facts())


@pytest.mark.parametrize(("name", "may"), [("ada", True), ("www", False), ("_dmarc", False), ("a.ada", False)])
def test_only_names_of_sessions_can_be_changed(guarded: Deployment, name: str, may: bool) -> None:
    record = {"Name": f"{name}.{worlds.ROOT}", "Type": "A"}
    change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    call = Call("start_server", "route53.ChangeResourceRecordSets", {"HostedZoneId": ZONE, "ChangeBatch": change})
    assert (refused(guarded.policy("start_server"), needs_of(call, guarded.facts)) == []) == may


def test_the_key_is_only_for_this_deployment_s_bucket_and_topics(guarded: Deployment) -> None:
    elsewhere = Facts(key=KEY, bucket="another")
    for call in (
        Call("next_step", "s3.GetObject", {"Bucket": "another", "Key": "study/1.html"}),
        Call("next_step", "sns.Publish", {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:another"}),
    ):
        (*_, with_key) = needs_of(call, elsewhere)
        assert with_key.action.startswith("kms:")
        assert refused(guarded.policy("next_step"), [with_key]) == [with_key]
    decrypt = need("kms:Decrypt", KEY)
    assert all(refused(guarded.policy(file), [decrypt]) for file in TIMEOUTS)


@pytest.mark.simulation
def test_the_policies_allow_every_call_of_the_simulation(plain: Deployment) -> None:
    """Including faults, crashes and retries: the policies allow each call that takes effect there."""
    calls: dict[str, Call] = {}

    def observe(process: Process, name: str, arguments: dict[str, Any]) -> None:
        if process.function is not None:
            call = simulated(process.function, name, arguments)
            calls.setdefault(repr(call), call)

    for seed in range(20):
        history = History(planned(seed))
        history.simulation.channel.observers.append(observe)
        history.play()
    assert {call.caller for call in calls.values()} == {"next_step", "start_server", "stop_server", "sweep_sessions"}
    for file in sorted({call.caller for call in calls.values()}):
        wanted = {each for call in calls.values() if call.caller == file for each in needs_of(call, plain.facts)}
        assert refused(plain.policy(file), wanted) == []


def simulated(function: str, name: str, arguments: dict[str, Any]) -> Call:
    """Translate a call of the simulated AWS into one of the planned deployment."""
    service, operation = name.split(".")
    text = json.dumps(arguments, default=str).replace("000000000000", ACCOUNT_ID)
    translated = json.loads(text.replace("role/scheduler", f"role/{NAME}_scheduler"))
    zone = {"HostedZoneId": ZONE} if "HostedZoneId" in translated else {}
    return Call(function, f"{service}.{api_name(operation)}", translated | zone)


# --- the other roles ---


def test_the_scheduler_s_role_has_exactly_the_needed_permissions(deployment: Deployment) -> None:
    policy = deployment.role_policy("module.session_stops.aws_iam_role_policy.scheduler")
    wanted = set(of_scheduler(deployment.calls, deployment.facts))
    assert (refused(policy, wanted), parts(policy, wanted)) == ([], [])


def test_the_rule_s_role_has_exactly_the_needed_permissions(deployment: Deployment) -> None:
    policy = deployment.role_policy("module.session_stops.aws_iam_role_policy.task_events")
    wanted = set(of_rule(deployment.plan, deployment.facts))
    assert (refused(policy, wanted), parts(policy, wanted)) == ([], [])


def test_the_execution_role_has_exactly_the_needed_permissions(deployment: Deployment) -> None:
    policy = deployment.role_policy("module.session_servers.aws_iam_role_policy.execution")
    wanted = set(of_ecs(f"/ecs/{NAME}", deployment.facts, deployment.certificate))
    assert (refused(policy, wanted), parts(policy, wanted)) == ([], [])


def test_the_execution_role_needs_no_key_for_a_certificate_encrypted_by_aws(root: Root) -> None:
    plan = planned_with(root, session_certificate_secret_arn=CERTIFICATE)
    policy = json.loads(plan.at("module.session_servers.aws_iam_role_policy.execution")["policy"])
    wanted = set(of_ecs(f"/ecs/{NAME}", facts_of("/"), CERTIFICATE))
    assert (refused(policy, wanted), parts(policy, wanted)) == ([], [])


def test_no_other_secret_can_be_read(guarded: Deployment) -> None:
    policy = guarded.role_policy("module.session_servers.aws_iam_role_policy.execution")
    other = list(get_secret_value(CERTIFICATE.replace("certificate", "another"), guarded.facts))
    assert len(other) == 2
    assert refused(policy, other) == other


def test_without_a_shared_role_no_container_gets_a_role(plain: Deployment) -> None:
    assert [each for each in plain.plan.of_type("aws_iam_role") if each.values["name"].endswith("_session_task")] == []
    assert role("session_task", "/") not in json.dumps(plain.plan.policies)


def test_the_task_role_has_exactly_what_game_servers_need(guarded: Deployment) -> None:
    recorder = Recorder()
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=worlds.BUCKET)
        xray = boto3.client("xray", region_name="us-east-1")
        recorder.listen(s3)
        recorder.listen(xray)
        with recorder.by("session_task"):
            store = BucketStore(s3, worlds.BUCKET)
            store.put("car/Trials/ada/1.jsonl", b"")
            store.get("car/Trials/ada/1.jsonl")
            trace.send(xray, {})
    policy = guarded.role_policy("module.session_servers.aws_iam_role_policy.task[0]")
    wanted = {each for call in recorder.calls for each in needs_of(call, guarded.facts)}
    assert len(recorder.calls) == 3
    assert (refused(policy, wanted), parts(policy, wanted)) == ([], [])


# --- the table, and the splitting of policies ---


def test_every_operation_of_the_table_occurs_in_a_recorded_call(plain: Deployment) -> None:
    heard = {call.operation for call in plain.calls}
    others = {name for name in TABLE if name.split(".")[0] in {"lambda", "ecr", "logs", "sts", "xray"}}
    others |= {f"ecs.{name}" for name in ("ListTaskDefinitions", "RegisterTaskDefinition")}
    others |= {"ssm.PutParameter"}  # of researchers
    assert heard == set(TABLE) - others


def test_grants_are_the_smallest_parts_of_a_policy() -> None:
    policy = {
        "Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["s:A", "s:B"], "Resource": ["1", "2"]},
            {
                "Sid": "B",
                "Effect": "Allow",
                "Action": "s:C",
                "Resource": "*",
                "Condition": {"StringEquals": {"k": ["x", "y"]}},
            },
            {"Sid": "C", "Effect": "Deny", "Action": "s:D", "Resource": "*"},
        ]
    }
    assert len(grants(policy)) == 6
    assert refused(policy, [need("s:C", "*", {"k": "z"})]) == [need("s:C", "*", {"k": "z"})]
    assert listed("a") == ["a"]
