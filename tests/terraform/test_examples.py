"""The examples of the root's variables: each is planned unchanged, and creates what the README says."""

from __future__ import annotations

import json
import re

import pytest

from local.places import REPOSITORY
from plan_review.changes import Plan as ReviewedPlan
from plan_review.costs.estimate import estimate
from tests.terraform.conftest import EXAMPLES
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan

pytestmark = pytest.mark.terraform

ZONE = {"aws_route53_zone", "aws_route53_record"}
NETWORK = {"aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_route", "aws_security_group"}
PAGE_AND_NAME = {"aws_cloudfront_distribution", "aws_acm_certificate", "aws_apigatewayv2_domain_name"}
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/research-boundary"

#: Variables that no deployment to AWS sets, or alternatives to those in the example.
NOT_IN_COMPLETE = {
    *("require_tls", "task_event_publishing", "task_event_sources", "xray_resource_policy"),
    *("hosted_zone_id", "subnet_ids", "security_group_ids", "alarm_topic_arn"),
    *("session_certificate", "certificate_bundle_path"),  # instead of session_certificate_secret_arn
    *("game_route", "former_game_route"),  # the route that keeps the direct one's settings out
    *("state_location", "import_owner"),  # `make plan` passes them
}


def _types(plan: Plan) -> set[str]:
    return {resource.type for resource in plan.resources}


def _declared_variables() -> str:
    return "".join(path.read_text() for path in sorted((REPOSITORY / "terraform").glob("variables*.tf")))


def _keys(text: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, text, flags=re.MULTILINE))


# --- minimal ---


def test_minimal_sets_exactly_the_variables_without_a_default() -> None:
    declared = _declared_variables()
    blocks = re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', declared, flags=re.MULTILINE | re.DOTALL)
    without_default = {name for name, block in blocks if not re.search(r"^  default ", block, flags=re.MULTILINE)}
    assert _keys((EXAMPLES / "minimal.tfvars").read_text(), r"^(\w+) +=") == without_default


def test_minimal_creates_a_network_and_a_zone_but_no_domain_names_and_no_page(minimal: Plan) -> None:
    assert _types(minimal) >= NETWORK | ZONE
    assert not _types(minimal) & PAGE_AND_NAME
    assert [record.values["type"] for record in minimal.of_type("aws_route53_record")] == ["SOA"]


def test_minimal_has_the_names_that_researchers_scripts_use(minimal: Plan) -> None:
    assert minimal.function("update_project_master_list")["function_name"] == "HIPPO_Gym_update_project_master_list"


# --- complete ---


def test_complete_shows_every_variable_that_a_deployment_may_set() -> None:
    declared = _keys(_declared_variables(), r'^variable "(\w+)"')
    shown = _keys((EXAMPLES / "complete.tfvars").read_text(), r"^(\w+) +=")
    assert shown == declared - NOT_IN_COMPLETE


def test_complete_has_a_delegation_and_domain_names(complete: Plan) -> None:
    delegation = complete.at("module.dns.aws_route53_record.delegation[0]")
    assert (delegation["name"], delegation["type"]) == ("play.example.net", "NS")
    domain = 'module.api_domain["this"].aws_apigatewayv2_domain_name.this'
    assert complete.at(domain)["domain_name"] == "api.play.example.net"
    (page,) = complete.of_type("aws_cloudfront_distribution")
    assert page.values["aliases"] == ["study.play.example.net"]
    names = {record.values.get("name") for record in complete.of_type("aws_route53_record")}
    assert {"play.example.net", "api.play.example.net", "study.play.example.net"} <= names


def test_complete_gives_the_api_s_own_name_to_page_and_researchers(complete: Plan) -> None:
    settings = complete.at('module.website["this"].aws_s3_object.settings')
    assert json.loads(settings["content"])["api"] == "https://api.play.example.net/next"
    headers = complete.at('module.website["this"].aws_cloudfront_response_headers_policy.this')
    policy = headers["security_headers_config"][0]["content_security_policy"][0]["content_security_policy"]
    connect = next(part for part in policy.split("; ") if part.startswith("connect-src"))
    assert connect.split()[1:] == [
        "'self'",
        "https://api.play.example.net",
        "https://lab.example.org",
        "wss://*.play.example.net:443",
        "wss://*.play.example.net:5000",
    ]
    assert complete.document["planned_values"]["outputs"]["next_url"]["value"] == "https://api.play.example.net/next"


def test_complete_serves_the_page_s_files(complete: Plan) -> None:
    keys = {file.values["key"] for file in complete.of_type("aws_s3_object")}
    assert {"index.html", "settings.json"} <= keys


def test_complete_runs_all_sessions_in_one_cluster(complete: Plan) -> None:
    assert [cluster.values["name"] for cluster in complete.of_type("aws_ecs_cluster")] == ["HIPPO_Gym-shared"]


def test_complete_sets_boundary_and_path_of_every_role(complete: Plan) -> None:
    roles = complete.of_type("aws_iam_role")
    assert len(roles) >= 10
    assert {(role.values["permissions_boundary"], role.values["path"]) for role in roles} == {(BOUNDARY, "/research/")}


def test_complete_encrypts_with_the_given_key(complete: Plan) -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555"
    for kind in ("aws_cloudwatch_log_group", "aws_sns_topic", "aws_sqs_queue"):
        for resource in complete.of_type(kind):
            assert key in (resource.values.get("kms_key_id"), resource.values.get("kms_master_key_id")), resource


# --- a given network and zone ---


def test_existing_vpc_creates_no_network_and_no_zone(existing_vpc: Plan) -> None:
    assert not _types(existing_vpc) & (NETWORK | ZONE)


def test_existing_vpc_runs_servers_in_the_given_network(existing_vpc: Plan) -> None:
    environment = existing_vpc.environment("start_server")
    assert environment["SUBNET"] == "subnet-0123456789abcdef0,subnet-0123456789abcdef1"
    assert environment["SECURITY_GROUP"] == "sg-0123456789abcdef0"
    assert environment["RESERVED_NAMES"] == "mail,www"


def test_existing_vpc_shares_no_name_with_another_deployment(existing_vpc: Plan) -> None:
    names = {function.values["function_name"] for function in existing_vpc.of_type("aws_lambda_function")}
    assert len(names) == 8
    assert all(name.startswith("HIPPO_Gym_lab_") for name in names)


# --- all of them ---


def test_the_guide_has_the_costs_of_the_review(minimal: Plan) -> None:
    costs = estimate(ReviewedPlan(minimal.document))
    guide = (REPOSITORY / "docs" / "deploy.md").read_text()
    assert costs.usage_total is not None
    assert f"**${costs.fixed_after:.2f} a month**" in guide
    assert f"**${costs.usage_total:.2f} for 100 hours**" in guide
    assert f"${costs.usage_total / 100:.2f} for an hour at the game" in guide
    optional = sum(line.after or 0 for line in costs.fixed if "alarm" in line.what or "dashboard" in line.what)
    assert f"${costs.fixed_after - optional:.2f} a month" in guide


def test_the_guide_names_existing_commands_and_settings() -> None:
    pages = ("deploy", "domains-and-certificates", "settings", "verify", "ci", "upgrade", "take-over", "remove")
    guide = "\n".join((REPOSITORY / "docs" / f"{page}.md").read_text() for page in pages)
    targets = _keys((REPOSITORY / "Makefile").read_text(), r"^([a-z-]+):")
    assert set(re.findall(r"`?make ([a-z]+)(?: ENV=|`|$)", guide)) <= targets
    declared = _keys(_declared_variables(), r'^variable "(\w+)"')
    assert set(re.findall(r"`([a-z_]+) = ", guide)) <= declared


def test_every_example_is_planned_and_explained() -> None:
    assert {file.name for file in EXAMPLES.glob("*.tfvars")} == {
        "minimal.tfvars",
        "complete.tfvars",
        "existing_vpc.tfvars",
    }
    readme = (EXAMPLES / "README.md").read_text()
    assert all(f"({file.name})" in readme for file in EXAMPLES.glob("*.tfvars"))
