"""AWS accepts every value of every example plan, as far as its models, schemas and pages state.

An emulator accepts nearly every value, and so does `terraform plan`: a wrong one makes the apply fail in
the middle. The contract package explains the checks; docs/aws-limits lists the limits.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.terraform.conftest import EXAMPLES
from tests.terraform.contract.checking import Report, check, listed
from tests.terraform.contract.roots import github_roles, parts_with_ids
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

pytestmark = pytest.mark.terraform

NAME = "HIPPO_Gym_psychology_department1"  # 32 characters, the limit
ROOT_DOMAIN = f"play.{'a' * 46}.exam.org"  # 60: with `api.` before it, the 64 of a certificate's Common Name
FAR_REGION = "ap-southeast-2"  # one of the longest names of Regions

#: 46 tags of the team, the limit, each of the longest length, with letters outside ASCII.
TAGS = {
    f"Kostenstelle {number:02d} für 心理学 {'ä' * 128}"[:128]: (
        "Fakultät für Psychologie, Κτήριο 5".replace(",", "") * 9
    )[:256]
    for number in range(46)
}

PLANS = (
    *("minimal", "complete", "existing_vpc", "spelled_out", "pilot"),
    *("edge", "everything", "github", "github_with_provider", "parts"),
)

#: Critical values for which no source states a limit.
WITHOUT_A_LIMIT = {
    "aws_cloudfront_function.comment": "the API reference names no length",
    "aws_cloudfront_origin_access_control.description": "the API reference names no length",
    "aws_cloudfront_response_headers_policy.name": "the API reference names no length",
    "aws_cloudwatch_dashboard.dashboard_body": "relations.dashboard_size counts its widgets and metrics",
    "aws_s3_object.content": "an object has up to 5 TB",
}

#: Critical values that are unknown in every plan, and why that is no gap.
NEVER_KNOWN = {
    **{
        f"{kind}.bucket": "the bucket's own name, which aws_s3_bucket.bucket holds"
        for kind in (
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_ownership_controls",
            "aws_s3_bucket_policy",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
            "aws_s3_bucket_versioning",
            "aws_s3_object",
        )
    },
    "aws_s3_object.tags_all": "objects have neither default tags nor their own: always an empty map",
    "aws_apigatewayv2_api_mapping.domain_name": "the name that aws_apigatewayv2_domain_name.domain_name holds",
    "aws_sns_topic_subscription.redrive_policy": "only the ARN of a queue in the plan",
}


@pytest.fixture(scope="module")
def everything(root: Root, make_zone: Callable[[str], str]) -> Plan:
    """All optional parts; every name and list as long as the variables allow."""
    arn = f"{FAR_REGION}:{ACCOUNT_ID}"
    return root.plan(
        EXAMPLES / "complete.tfvars",
        name=NAME,
        region=FAR_REGION,
        tags=TAGS,
        root_domain=ROOT_DOMAIN,
        hosted_zone_id=make_zone(ROOT_DOMAIN),
        parent_zone_id=None,
        api_domain=f"api.{ROOT_DOMAIN}",
        website={"domain": f"www.{ROOT_DOMAIN}", "embedded_in": [f"https://{host}.mturk.com" for host in ("www", "b")]},
        reserved_names=["mail", "n" * 63],
        session_ports=[5000, 5001, 8443, 65535],
        bucket_name=None,
        kms_key_arn=f"arn:aws:kms:{arn}:key/mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        session_certificate_secret_arn=f"arn:aws:secretsmanager:{arn}:secret:hippo-gym/certificate-AbCdEf",
        max_sessions=100000,
        waf={"requests": 2000000000},
        reserved_concurrency={"start_server": 100, "next_step": 1},
        sweep_minutes=60,
        runbook_url="https://wiki.example.org/" + "r" * 275,
    )


@pytest.fixture(scope="module")
def github_root(emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Root:
    return github_roles(tmp_path_factory.mktemp("github") / "root", emulator)


def _roles(**settings: Any) -> dict[str, Any]:
    return {
        "region": REGION,
        "repository": f"{'o' * 39}/{'r' * 100}",  # the longest that GitHub takes
        "deployers": {"e" * 32: ["arn:aws:iam::aws:policy/AdministratorAccess"], "prod": [_policy("deployer")]},
        "readable_buckets": ["b" * 63, f"{'c' * 41}-website-{ACCOUNT_ID}"],
        "kms_key_arns": [f"arn:aws:kms:{FAR_REGION}:{ACCOUNT_ID}:key/mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0"],
        **settings,
    }


def _policy(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:policy/{name}"


@pytest.fixture(scope="module")
def github(github_root: Root) -> Plan:
    return github_root.plan(**_roles())


@pytest.fixture(scope="module")
def github_with_provider(github_root: Root) -> Plan:
    """With an existing provider, the roles' trust policies are known before an apply."""
    provider = f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com"
    return github_root.plan(**_roles(provider_arn=provider))


@pytest.fixture(scope="module")
def parts(emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Plan:
    root = parts_with_ids(tmp_path_factory.mktemp("parts") / "root", emulator)
    return root.plan(name=NAME, root_domain="r" * 189, role_path=f"/{'p' * 62}/")


@pytest.fixture(scope="module")
def made() -> dict[str, Report]:
    """The reports of the plans checked so far."""
    return {}


@pytest.fixture
def report_of(request: pytest.FixtureRequest, made: dict[str, Report]) -> Callable[[str], Report]:
    """Return a function that checks a plan by its fixture's name, once."""

    def report(name: str) -> Report:
        if name not in made:
            made[name] = check(request.getfixturevalue(name).document)
        return made[name]

    return report


@pytest.fixture
def reports(report_of: Callable[[str], Report]) -> Mapping[str, Report]:
    """The reports of all plans."""
    return {name: report_of(name) for name in PLANS}


@pytest.mark.parametrize("name", PLANS)
def test_aws_accepts_every_value_of_a_plan(report_of: Callable[[str], Report], name: str) -> None:
    report = report_of(name)
    assert not report.findings, listed(report.findings)


@pytest.mark.parametrize("name", PLANS[:6])
def test_a_plan_of_the_root_is_compared_with_thousands_of_limits(report_of: Callable[[str], Report], name: str) -> None:
    assert report_of(name).checked > 2000


def test_every_argument_of_every_plan_is_in_a_table(reports: Mapping[str, Report]) -> None:
    """Add a new resource or argument to tests/terraform/contract/tables."""
    assert sorted(set().union(*(report.unmapped for report in reports.values()))) == []


def test_every_name_description_policy_and_tag_has_a_limit(reports: Mapping[str, Report]) -> None:
    assert set().union(*(report.unlimited for report in reports.values())) == set(WITHOUT_A_LIMIT)


def test_every_critical_value_is_known_in_some_plan(reports: Mapping[str, Report]) -> None:
    known = set().union(*(report.known for report in reports.values()))
    unknown = {
        name: (plan, *addresses) for plan, report in reports.items() for name, addresses in report.unknown.items()
    }
    never = {name: addresses for name, addresses in unknown.items() if name not in known}
    assert set(never) == set(NEVER_KNOWN), never


def test_every_example_is_checked() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.tfvars")} <= set(PLANS)


def test_the_plan_of_everything_has_every_resource(everything: Plan) -> None:
    """The plan with all parts has every resource of the other plans, except those given to it."""
    optional = {"aws_cloudfront_distribution", "aws_apigatewayv2_domain_name", "aws_budgets_budget", "aws_ecs_cluster"}
    made = {resource.type for resource in everything.resources}
    assert made >= optional | {"aws_xray_resource_policy", "aws_cloudwatch_dashboard", "aws_cloudwatch_metric_alarm"}
    (role, *_) = everything.of_type("aws_iam_role")
    assert len(role.values["tags_all"]) == 49
    assert all(len(key) == 128 for key in TAGS)
    assert all(len(value) == 256 for value in TAGS.values())


# --- faults of the first apply, planted in a real plan ---


def _planted(plan: Plan, kind: str, change: Callable[[dict[str, Any]], None]) -> Report:
    """Check a plan in which the first resource of a type is changed."""
    document = copy.deepcopy(plan.document)
    modules = [document["planned_values"]["root_module"]]
    while modules:
        module = modules.pop()
        modules += module.get("child_modules", [])
        for resource in module.get("resources", []):
            if resource["type"] == kind:
                change(resource["values"])
                return check(document)
    raise AssertionError(f"the plan has no {kind}")


def test_an_apostrophe_in_a_rule_s_description_is_found(complete: Plan) -> None:
    found = _planted(
        complete,
        "aws_vpc_security_group_ingress_rule",
        lambda values: values.update(description="Participants' browsers"),
    ).findings
    assert [finding.argument for finding in found] == ["description"]
    assert "Participants' browsers" in str(found[0])
    assert "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpRange.html" in str(found[0])


def test_a_policy_that_is_too_long_is_found(complete: Plan) -> None:
    def lengthen(values: dict[str, Any]) -> None:
        values["policy"] = values["policy"].replace("ssm:GetParameter", "ssm:GetParameter" + "s" * 6144, 1)

    (found,) = _planted(complete, "aws_iam_policy", lengthen).findings
    assert (found.address, found.argument) == ("module.researcher.aws_iam_policy.this", "policy")
    assert "at most 6,144 characters without white space" in found.rule


def test_an_eighth_tag_of_the_team_on_an_object_is_found(complete: Plan) -> None:
    def tag(values: dict[str, Any]) -> None:
        values["tags_all"] = {f"Tag{number}": "x" for number in range(3 + 8)}

    (found,) = _planted(complete, "aws_s3_object", tag).findings
    assert (found.argument, found.rule) == ("tags_all", "at most 10 tags, has 11")
