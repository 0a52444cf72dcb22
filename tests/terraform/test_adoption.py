"""examples/adopt takes over a deployment created by hand, and loses none of it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from local.places import REPOSITORY
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

pytestmark = pytest.mark.terraform

IMPORTS = REPOSITORY / "terraform" / "examples" / "adopt" / "imports.tf"
DOMAIN = "old.example.net"
FILES = ("next_step", "start_server", "update_project_master_list")


@dataclass(frozen=True)
class ByHand:
    """Resources created by hand in the console; `adopt` is the local value of imports.tf."""

    adopt: Mapping[str, Any]
    bucket: str
    zone: str


@pytest.fixture(scope="module")
def by_hand(emulator: dict[str, str]) -> ByHand:
    """An old deployment in moto: bucket with data, zone, two functions with log groups, topic, API."""
    bucket, zone = _data()
    functions = {file: _function(file) for file in FILES}
    topic, subscription = _topic(functions["start_server"])
    api, integration, routes = _api(functions["next_step"])
    adopt = {
        "bucket": bucket,
        "bucket_settings": ["policy", "lifecycle"],
        "zone_id": zone,
        "functions": list(FILES),
        "log_groups": list(FILES),
        "roles": ["update_project_master_list"],
        "topics": {"start_server": topic},
        "subscriptions": {"start_server": subscription},
        "api_id": api,
        "api_default_stage": True,
        "integrations": {"next_step": integration},
        "routes": routes,
    }
    return ByHand(adopt, bucket, zone)


def _data() -> tuple[str, str]:
    # No dots in the bucket's name, although AWS takes them: over plain HTTP it becomes part of a host name.
    s3, bucket = boto3.client("s3", region_name=REGION), "old-projects"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    s3.put_object(Bucket=bucket, Key="project_master_list.json", Body=b'{"projects": []}')
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [everyone]}))
    rule: Any = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    zone = boto3.client("route53", region_name=REGION).create_hosted_zone(Name=DOMAIN, CallerReference="by hand")
    return bucket, zone["HostedZone"]["Id"].removeprefix("/hostedzone/")


def _function(file: str) -> str:
    """Create a function like the console: x86, an older Python, a role with its own or a generated name."""
    name = f"HIPPO_Gym_{file}"
    role = name if file == "update_project_master_list" else f"{name}-role-x1y2z3"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = boto3.client("iam", region_name=REGION).create_role(RoleName=role, AssumeRolePolicyDocument=document)["Role"][
        "Arn"
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("lambda_function.py", "def lambda_handler(event, context): ...")
    boto3.client("logs", region_name=REGION).create_log_group(logGroupName=f"/aws/lambda/{name}")
    made = boto3.client("lambda", region_name=REGION).create_function(
        FunctionName=name,
        Runtime="python3.9",
        Role=arn,
        Handler="lambda_function.lambda_handler",
        Code={"ZipFile": packed.getvalue()},
    )
    return made["FunctionArn"]


def _topic(function: str) -> tuple[str, str]:
    sns = boto3.client("sns", region_name=REGION)
    topic = sns.create_topic(Name="HIPPO_Gym_start_server")["TopicArn"]
    subscribed = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function, ReturnSubscriptionArn=True)
    return topic, subscribed["SubscriptionArn"]


def _api(function: str) -> tuple[str, str, dict[str, str]]:
    gateway = boto3.client("apigatewayv2", region_name=REGION)
    api = gateway.create_api(Name="HIPPO next", ProtocolType="HTTP")["ApiId"]
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationMethod="POST",
        IntegrationUri=uri,
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    routes = {
        key: gateway.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{integration}")["RouteId"]
        for key in ("GET /next", "POST /next")
    }
    return api, integration, routes


@pytest.fixture(scope="module")
def adopted(by_hand: ByHand, emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan with the example's imports, its names and ids replaced by those of what is there."""
    folder = tmp_path_factory.mktemp("adopt")
    root = Root(folder / "root", emulator)
    text = IMPORTS.read_text()
    blocks = text[text.index("# ---") :]
    (folder / "root" / "imports.tf").write_text(f"locals {{\n  adopt = {json.dumps(by_hand.adopt)}\n}}\n{blocks}")
    return root.plan(region=REGION, root_domain=DOMAIN, bucket_name=by_hand.bucket)


def _imports(plan: Plan) -> dict[str, str]:
    changes = plan.document["resource_changes"]
    return {
        change["address"]: change["change"]["importing"]["id"]
        for change in changes
        if change["change"].get("importing")
    }


def _actions(plan: Plan, address: str) -> list[str]:
    found = next(change for change in plan.document["resource_changes"] if change["address"] == address)
    return list(found["change"]["actions"])


def test_every_existing_resource_is_imported_by_its_id(adopted: Plan, by_hand: ByHand) -> None:
    adopt = by_hand.adopt
    api, integration = adopt["api_id"], adopt["integrations"]["next_step"]
    assert _imports(adopted) == {
        "module.projects_bucket.aws_s3_bucket.this": by_hand.bucket,
        "module.projects_bucket.aws_s3_bucket_policy.this[0]": by_hand.bucket,
        "module.projects_bucket.aws_s3_bucket_lifecycle_configuration.this": by_hand.bucket,
        "module.dns.aws_route53_zone.made[0]": by_hand.zone,
        **{f'module.function["{file}"].aws_lambda_function.this': f"HIPPO_Gym_{file}" for file in FILES},
        **{
            f'module.function["{file}"].aws_cloudwatch_log_group.this': f"/aws/lambda/HIPPO_Gym_{file}"
            for file in FILES
        },
        'module.function["update_project_master_list"].aws_iam_role.this': "HIPPO_Gym_update_project_master_list",
        'module.session_topics.aws_sns_topic.this["start_server"]': adopt["topics"]["start_server"],
        'module.session_topics.aws_sns_topic_subscription.function["start_server"]': adopt["subscriptions"][
            "start_server"
        ],
        "module.api.aws_apigatewayv2_api.this": api,
        "module.api.aws_apigatewayv2_stage.default": f"{api}/$default",
        'module.api.aws_apigatewayv2_integration.this["HIPPO_Gym_next_step"]': f"{api}/{integration}",
        **{f'module.api.aws_apigatewayv2_route.this["{key}"]': f"{api}/{id_}" for key, id_ in adopt["routes"].items()},
    }


def test_no_existing_resource_is_destroyed_or_replaced(adopted: Plan) -> None:
    actions = {change["address"]: change["change"]["actions"] for change in adopted.document["resource_changes"]}
    assert [address for address, done in actions.items() if "delete" in done] == []


def test_only_the_settings_of_the_bucket_change(adopted: Plan) -> None:
    """The plan may change only the tags of the bucket itself (default_tags)."""
    (change,) = (
        c for c in adopted.document["resource_changes"] if c["address"] == "module.projects_bucket.aws_s3_bucket.this"
    )
    before, after = change["change"]["before"], change["change"]["after"]
    differing = {key for key in after if key in before and after[key] != before[key]}
    assert differing <= {"tags_all", "force_destroy"}


def test_the_plan_shows_the_removal_of_a_public_policy_and_of_an_expiry_rule(adopted: Plan) -> None:
    for kind in ("policy.this[0]", "lifecycle_configuration.this"):
        address = f"module.projects_bucket.aws_s3_bucket_{kind}"
        assert _actions(adopted, address) == ["update"]
    policy = adopted.at("module.projects_bucket.aws_s3_bucket_policy.this[0]")["policy"]
    assert "Allow" not in policy
    rules = adopted.at("module.projects_bucket.aws_s3_bucket_lifecycle_configuration.this")["rule"]
    assert not any(rule["expiration"] and rule["expiration"][0].get("days") for rule in rules)


def test_clients_keep_their_address(adopted: Plan) -> None:
    assert _actions(adopted, "module.api.aws_apigatewayv2_api.this") == ["update"]
    for key in ("GET /next", "POST /next"):
        assert "create" not in _actions(adopted, f'module.api.aws_apigatewayv2_route.this["{key}"]')
    assert _actions(adopted, 'module.api.aws_apigatewayv2_route.this["POST /start"]') == ["create"]


def test_functions_keep_their_names_and_get_the_bundle(adopted: Plan) -> None:
    for file in FILES:
        address = f'module.function["{file}"].aws_lambda_function.this'
        assert _actions(adopted, address) == ["update"]
        assert adopted.at(address)["runtime"] == "python3.13"


def test_the_zone_keeps_its_name_servers(adopted: Plan) -> None:
    zone = adopted.at("module.dns.aws_route53_zone.made[0]")
    assert zone["name"] == DOMAIN
    assert adopted.document["planned_values"]["outputs"]["name_servers"]["value"] == zone["name_servers"]


def test_every_block_of_the_example_is_in_the_readme() -> None:
    readme = (IMPORTS.parent / "README.md").read_text()
    for kind in set(re.findall(r"\.(aws_[a-z0-9_]+)\.", IMPORTS.read_text())):
        assert f"`{kind}`" in readme, kind
    assert ACCOUNT_ID in IMPORTS.read_text()
