"""Every policy fits AWS's limits with the longest settings; the plan refuses a longer policy."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from local.places import REPOSITORY
from local.terraform_program import FLAG, Program
from tests.terraform.planning import ACCOUNT_ID, PROVIDER, REGION, Plan, Root

pytestmark = pytest.mark.terraform

#: Longest policy by resource type: IAM counts characters without white space (user guide, "IAM and AWS STS
#: quotas"), the others bytes. IAM's limit for inline policies is for all of a role together.
MOST: Final = {
    "aws_iam_policy": 6_144,
    "aws_iam_role": 2_048,
    "aws_iam_role_policy": 10_240,
    "aws_s3_bucket_policy": 20_480,
    "aws_sns_topic_policy": 30_720,
    "aws_sqs_queue_policy": 8_192,
    "aws_xray_resource_policy": 5_120,
}
ATTRIBUTES: Final = ("policy", "assume_role_policy", "policy_document")


#: Trust policies that no setting can lengthen. The test of the longest settings measures them.
FIXED: Final = {
    "function/aws_iam_role.this",
    "session_servers/aws_iam_role.execution",
    "session_servers/aws_iam_role.task",
    "session_stops/aws_iam_role.scheduler",
    "session_stops/aws_iam_role.task_events",
}

MODULES: Final = REPOSITORY / "terraform" / "modules"
RESOURCE: Final = re.compile(r'^resource "(\w+)" "(\w+)" \{\n(.*?)^\}', flags=re.MULTILINE | re.DOTALL)


def longest_path(characters: int = 128) -> str:
    """Return an IAM path of the longest length of role_path."""
    return f"/{'r' * (characters - 2)}/"


def settings(region: str, partition: str) -> dict[str, Any]:
    """Return every setting that policies contain, as long as its validation allows, and all optional parts."""
    domain = ".".join(["d" * 63, "e" * 63, "f" * 40, "net"])
    route53 = boto3.client("route53", region_name=region)
    zone = route53.create_hosted_zone(Name=domain, CallerReference=f"sizes {region}")["HostedZone"]["Id"]
    iam = f"arn:{partition}:iam::{ACCOUNT_ID}"
    return {
        "region": region,
        "name": "H" * 32,
        "bucket_name": "b" * 63,
        "root_domain": domain,
        "hosted_zone_id": zone.removeprefix("/hostedzone/"),
        "subnet_ids": ["subnet-0a1"],
        "security_group_ids": ["sg-0b2"],
        # A certificate's name has at most 64 characters, so API and page have no names below this domain.
        "website": {},
        "reserved_names": ["www", "mail", "api", "study"],
        "cluster_mode": "shared",
        "session_task_role": "shared",
        "admitted_task_families": ["f" * 255],
        "admitted_image_repositories": ["r" * 256],
        "role_path": longest_path(),
        "permissions_boundary_arn": f"{iam}:policy/boundary",
        "kms_key_arn": f"arn:{partition}:kms:{region}:{ACCOUNT_ID}:key/mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "session_certificate_secret_arn": (
            f"arn:{partition}:secretsmanager:{region}:{ACCOUNT_ID}:secret:{'s' * 505}-AbCdEf"
        ),
        # IAM takes a path of 512 characters and a name of 64 (API reference, CreateRole).
        "extra_task_role_arns": [f"{iam}:role{longest_path(512)}{'x' * 64}"],
        "alarm_emails": ["on-call@example.org"],
        "monthly_budget": {"usd": 50},
        "max_sessions": 50,
    }


@pytest.fixture(scope="module", params=[("ap-southeast-1", "aws"), ("us-gov-west-1", "aws-us-gov")], ids=lambda p: p[0])
def longest(root: Root, request: pytest.FixtureRequest) -> Plan:
    region, partition = request.param
    return root.plan(**settings(region, partition))


def policies(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield type, holder (the role, for inline policies) and text of every policy that the plan knows."""
    for resource in plan.resources:
        for attribute in ATTRIBUTES:
            if resource.type in MOST and resource.values.get(attribute):
                holder = resource.values["role"] if resource.type == "aws_iam_role_policy" else resource.address
                yield resource.type, holder, resource.values[attribute]


def sizes(plan: Plan) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for kind, holder, text in policies(plan):
        found[kind, holder] += len(json.dumps(json.loads(text), separators=(",", ":")).encode())
    return dict(found)


def test_every_policy_fits_with_the_longest_settings(longest: Plan) -> None:
    found = sizes(longest)
    assert {kind for kind, _ in found} == set(MOST)
    assert {key: size for key, size in found.items() if size > MOST[key[0]]} == {}


def test_every_policy_has_its_check() -> None:
    """The check is in Terraform, so that it also applies to settings that these tests do not use."""
    unchecked = []
    for module in sorted(MODULES.iterdir()):
        for file in sorted(module.glob("*.tf")):
            for kind, name, body in RESOURCE.findall(file.read_text()):
                checked = re.search(
                    rf"precondition \{{[^}}]*<= {MOST.get(kind)}$", body, flags=re.MULTILINE | re.DOTALL
                )
                if kind in MOST and not checked:
                    unchecked.append(f"{module.name}/{kind}.{name}")
    assert sorted(unchecked) == sorted(FIXED)


GITHUB: Final[dict[str, Any]] = {
    "repository": "lab/study",
    "provider_arn": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com",
    "deployers": {"prod": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
}

#: Modules with settings that make their policies too long, and the beginning of each error.
REFUSED: Final[dict[str, tuple[dict[str, Any], list[str]]]] = {
    "researcher": (
        {
            "name": "pilot",
            "region": REGION,
            "account_id": ACCOUNT_ID,
            "bucket_arn": "arn:aws:s3:::" + "b" * 500,
            "task_role_arns": [],
            "session_log_group": "/ecs/pilot",
        },
        ["The policy pilot_researcher has"],
    ),
    "function": (
        {
            "function_name": "pilot_next_step",
            "description": "x",
            "timeout": 3,
            "environment": {},
            "log_retention_days": 30,
            "policy_json": json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "x" * 10_240}]}),
            "code": {
                "bundle_path": str(REPOSITORY / "Makefile"),
                "source_code_hash": "x",
                "handler": "next_step.lambda_handler",
            },
        },
        ["The policy of the role pilot_next_step has"],
    ),
    "session_servers": (
        {
            "name": "pilot",
            "region": REGION,
            "account_id": ACCOUNT_ID,
            "bucket_arn": "arn:aws:s3:::" + "b" * 10_240,
            "log_retention_days": 30,
            "certificate_secret_arn": "s" * 10_240,
            "task_role": True,
        },
        ["The policy of the role pilot_session_execution has", "The policy of the role pilot_session_task has"],
    ),
    "session_stops": (
        {
            "name": "pilot",
            "region": REGION,
            "account_id": ACCOUNT_ID,
            "stop_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:" + "t" * 10_240,
            "dead_letter_queue_arn": f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:dead_letters",
        },
        ["The policy of the role pilot_scheduler has", "The policy of the role pilot_task_events has"],
    ),
    "session_topics": (
        {
            "name": "pilot",
            "region": REGION,
            "account_id": ACCOUNT_ID,
            "partition": "p" * 11_000,
            "task_state_rule_arn": f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/pilot_task_stopped",
            "subscribers": {
                function: {
                    "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:pilot_{function}",
                    "function_name": f"pilot_{function}",
                }
                for function in ("start_server", "stop_server")
            },
        },
        [
            f"The policy of the {kind}"
            for kind in (
                "topic pilot_start_server has",
                "topic pilot_stop_server has",
                "queue pilot_start_server_dead_letters has",
                "queue pilot_stop_server_dead_letters has",
            )
        ],
    ),
    "monitoring": (
        {
            "name": "pilot",
            "region": REGION,
            "account_id": ACCOUNT_ID,
            "partition": "p" * 30_720,
            "functions": {"next_step": "pilot_next_step"},
            "dead_letter_queues": {},
            "stop_rule": "pilot_task_stopped",
            "api_id": "abc123",
            "sweep_minutes": 5,
            "dashboard": False,
        },
        ["The policy of the topic pilot_alarms has"],
    ),
    "tracing": (
        {"name": "pilot", "account_id": ACCOUNT_ID, "topic_arns": ["t" * 5_120]},
        ["The X-Ray policy of pilot has"],
    ),
    "projects_bucket": (
        {"bucket_name": "pilot-projects", "partition": "p" * 20_480},
        ["The policy of the bucket pilot-projects has"],
    ),
    "github_oidc": (
        GITHUB | {"main_branch": "b" * 2_048, "readable_buckets": ["state"]},
        ["The trust policy of the role HIPPO_Gym_github_plan has"],
    ),
    # Terraform does not check the policies of a role whose trust policy it refuses, hence a second case.
    "github_oidc-inline": (
        GITHUB | {"readable_buckets": [f"state-{number:03}-{'s' * 40}" for number in range(200)]},
        ["Together the inline policies of the role HIPPO_Gym_github_plan have"],
    ),
}


@pytest.fixture(scope="module")
def refusals(emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What terraform says of all these modules, in one plan, without the frames that it draws and breaks lines for."""
    folder = tmp_path_factory.mktemp("refused")
    modules = {name: {"source": str(MODULES / name.partition("-")[0]), **given} for name, (given, _) in REFUSED.items()}
    configuration = {"terraform": PROVIDER, "provider": {"aws": {"region": REGION}}, "module": modules}
    (folder / "main.tf.json").write_text(json.dumps(configuration))
    return re.sub(r"[\s│╷╵]+", " ", _plan_error(folder, emulator))


def _plan_error(folder: Path, environment: Mapping[str, str]) -> str:
    terraform = Program(folder, environment)
    ended = terraform.install_provider()
    assert ended.code == 0, ended.error
    ended = terraform.cmd("plan", no_color=FLAG, input=False)
    assert ended.code == 1
    return ended.error


@pytest.mark.parametrize("module", sorted(REFUSED))
def test_the_plan_refuses_a_policy_that_is_too_long(refusals: str, module: str) -> None:
    _, messages = REFUSED[module]
    assert [message for message in messages if message not in refusals] == []


def test_the_error_names_the_settings_to_shorten(root: Root) -> None:
    roles = [f"arn:aws:iam::{ACCOUNT_ID}:role/{number:03}{'x' * 61}" for number in range(100)]
    with pytest.raises(RuntimeError) as refused:
        root.plan(**(settings(REGION, "aws") | {"extra_task_role_arns": roles}))
    text = re.sub(r"[\s│╷╵]+", " ", str(refused.value))
    assert re.search(r"_start_server has \d+ characters without white space, and IAM takes 10,240: use fewer", text)
    assert "extra_task_role_arns" in text
