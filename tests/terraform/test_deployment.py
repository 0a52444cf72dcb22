"""Functions, API and data in a plan: names, settings, times."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.terraform.conftest import EXAMPLE
from tests.terraform.planning import ACCOUNT_ID, REGION, TIMEOUTS, Plan, Root

pytestmark = pytest.mark.terraform

START_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pilot_start_server"
STOP_TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pilot_stop_server"
EVERYWHERE = {"DEPLOYMENT_NAME", "LOG_LEVEL", "AWS_ENDPOINT_URL_ECS"}
DNS = {"HOSTED_ZONE_ID", "ROOT_DOMAIN"}
LINE = {"MAX_LINE"}
SESSIONS = {"MAX_SESSIONS"}
WARM = {"MAX_WARM"}
SIZES = {"MAX_TASK_CPU", "MAX_TASK_MEMORY"}
MEMORY_MB = dict.fromkeys(TIMEOUTS, 256) | {"next_step": 512, "sweep_sessions": 1024}
KEEP = {"KEEP_ADDRESSES", "KEEP_BROWSER"}
ENVIRONMENTS = {
    "next_step": {"BUCKET", "START_SERVER_TOPIC_ARN", "STOP_SERVER_TOPIC_ARN"} | DNS | LINE | KEEP,
    "start_server": {
        "BUCKET",
        "SECURITY_GROUP",
        "SUBNET",
        "MAX_RUNTIME",
        "SCHEDULER_ROLE_ARN",
        "ADMITTED_TASK_FAMILIES",
    }
    | {"START_SERVER_TOPIC_ARN", "STOP_SERVER_TOPIC_ARN"}
    | DNS
    | LINE
    | SESSIONS
    | SIZES
    | WARM,
    "stop_server": {"BUCKET", "START_SERVER_TOPIC_ARN"} | DNS | LINE | SESSIONS,
    "send_start_server_message": {"START_SERVER_TOPIC_ARN"},
    "send_stop_server_message": {"STOP_SERVER_TOPIC_ARN"},
    "update_project_master_list": {"BUCKET", "ADMITTED_TASK_FAMILIES", "TASK_ROLES"} | SIZES,
    "issue_upload_ticket": {"BUCKET", "MAX_UPLOAD_MB"},
    "sweep_sessions": {"BUCKET", "START_SERVER_TOPIC_ARN"} | DNS | LINE | SESSIONS | WARM,
}


def test_researchers_scripts_find_the_update_function(example: Plan) -> None:
    assert example.function("update_project_master_list")["function_name"] == "HIPPO_Gym_update_project_master_list"


def test_there_are_seven_functions(pilot: Plan) -> None:
    names = {function.values["function_name"] for function in pilot.of_type("aws_lambda_function")}
    assert names == {f"pilot_{file}" for file in TIMEOUTS}


@pytest.mark.parametrize("file", TIMEOUTS)
def test_a_function_has_its_entry_file_and_timeout(pilot: Plan, file: str) -> None:
    function = pilot.function(file)
    assert function["handler"] == f"{file}.lambda_handler"
    assert function["timeout"] == TIMEOUTS[file]
    assert function["memory_size"] == MEMORY_MB[file]
    assert (function["runtime"], function["architectures"]) == ("python3.13", ["x86_64"])
    assert function["tracing_config"] == [{"mode": "Active"}]


@pytest.mark.parametrize("file", TIMEOUTS)
def test_a_function_has_its_own_role_and_log(pilot: Plan, file: str) -> None:
    module = f'module.function["{file}"]'
    assert pilot.at(f"{module}.aws_iam_role.this")["name"] == f"pilot_{file}"
    log = pilot.at(f"{module}.aws_cloudwatch_log_group.this")
    assert (log["name"], log["retention_in_days"]) == (f"/aws/lambda/pilot_{file}", 90)


@pytest.mark.parametrize("file", TIMEOUTS)
def test_a_function_has_exactly_its_environment_variables(pilot: Plan, file: str) -> None:
    assert set(pilot.environment(file)) == ENVIRONMENTS[file] | EVERYWHERE


def test_start_server_gets_network_and_longest_runtime(pilot: Plan) -> None:
    environment = pilot.environment("start_server")
    assert environment["SUBNET"] == "subnet-0a1,subnet-0b2"
    assert environment["SECURITY_GROUP"] == "sg-0c3,sg-0d4"
    assert environment["MAX_RUNTIME"] == "45"
    assert environment["SCHEDULER_ROLE_ARN"] == f"arn:aws:iam::{ACCOUNT_ID}:role/pilot_scheduler"
    assert environment["DEPLOYMENT_NAME"] == "pilot"


def test_names_in_settings_and_policies_are_those_of_the_resources(pilot: Plan) -> None:
    """Settings build ARNs from names instead of reading them; this test keeps both sides equal."""
    topics = {f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{topic.values['name']}" for topic in pilot.of_type("aws_sns_topic")}
    roles = {f"arn:aws:iam::{ACCOUNT_ID}:role/{role.values['name']}" for role in pilot.of_type("aws_iam_role")}
    queues = {f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{queue.values['name']}" for queue in pilot.of_type("aws_sqs_queue")}
    rules = {
        f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/{rule.values['name']}"
        for rule in pilot.of_type("aws_cloudwatch_event_rule")
    }
    logs = {
        f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{log.values['name']}:*"
        for log in pilot.of_type("aws_cloudwatch_log_group")
    }
    (bucket,) = (bucket.values["bucket"] for bucket in pilot.of_type("aws_s3_bucket"))

    assert {START_TOPIC, STOP_TOPIC, f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:pilot_alarms"} == topics
    assert pilot.environment("next_step")["BUCKET"] == bucket
    assert pilot.environment("next_step")["START_SERVER_TOPIC_ARN"] == START_TOPIC
    assert pilot.environment("next_step")["STOP_SERVER_TOPIC_ARN"] == STOP_TOPIC
    assert pilot.environment("start_server")["SCHEDULER_ROLE_ARN"] in roles

    named = json.dumps(pilot.policies)
    for arn in topics | queues | {f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/pilot_task_stopped"}:
        assert arn in named
    assert f"arn:aws:events:{REGION}:{ACCOUNT_ID}:rule/pilot_task_stopped" in rules
    assert f"arn:aws:s3:::{bucket}/*" in named
    passed = pilot.policy("start_server")["Statement"]
    passed_roles = next(statement["Resource"] for statement in passed if statement.get("Sid") == "PassTaskRoles")
    assert set(passed_roles) - roles == {f"arn:aws:iam::{ACCOUNT_ID}:role/a_study"}
    for file in TIMEOUTS:
        own_log = next(s["Resource"] for s in pilot.policy(file)["Statement"] if s.get("Sid") == "WriteOwnLog")
        assert own_log in logs


def test_lambda_allows_loops_of_start_server_and_stop_server_only(pilot: Plan) -> None:
    """Both may run dozens of times in one chain; loop detection covers every other function."""
    allowed = {
        setting.values["function_name"]: setting.values["recursive_loop"]
        for setting in pilot.of_type("aws_lambda_function_recursion_config")
    }
    assert allowed == {"pilot_start_server": "Allow", "pilot_stop_server": "Allow"}


def test_lambda_allows_loops_of_every_subscriber_that_may_publish_to_a_topic(pilot: Plan) -> None:
    """A new function that subscribes to one topic and publishes to one also needs the setting."""
    subscribers = {
        subscription.address.rsplit('"', 2)[1] for subscription in pilot.of_type("aws_sns_topic_subscription")
    }
    looping = {
        file
        for file in subscribers
        if any(pilot.allows(file, "sns:Publish", topic) for topic in (START_TOPIC, STOP_TOPIC))
    }
    allowed = pilot.of_type("aws_lambda_function_recursion_config")
    assert {f"pilot_{file}" for file in looping} == {setting.values["function_name"] for setting in allowed}


def test_only_start_and_stop_require_a_signature(pilot: Plan) -> None:
    routes = {
        route.values["route_key"]: route.values["authorization_type"]
        for route in pilot.of_type("aws_apigatewayv2_route")
    }
    assert routes == {
        "GET /next": "NONE",
        "POST /next": "NONE",
        "GET /": "NONE",
        "POST /": "NONE",
        "POST /trials": "NONE",  # the upload token of a session
        "GET /start": "NONE",
        "GET /stop": "NONE",
        "POST /start": "AWS_IAM",
        "POST /stop": "AWS_IAM",
    }


def test_no_rule_expires_research_data(pilot: Plan) -> None:
    (lifecycle,) = pilot.of_type("aws_s3_bucket_lifecycle_configuration")
    for rule in lifecycle.values["rule"]:
        for expiration in rule["expiration"]:
            assert not expiration["days"]
            assert not expiration["date"]
        assert not rule["transition"]


def test_every_taggable_resource_has_the_deployment_s_tags(pilot: Plan) -> None:
    tagged = [resource for resource in pilot.resources if "tags_all" in resource.values]
    assert len(tagged) > 20
    for resource in tagged:
        assert resource.values["tags_all"].items() >= {"Product": "hippo-gym", "Deployment": "pilot"}.items(), (
            resource.address
        )


def test_two_deployments_share_no_name(example: Plan, pilot: Plan) -> None:
    def names(plan: Plan) -> set[tuple[str, str]]:
        keys = ("name", "function_name", "bucket")
        alike = ("aws_iam_role_policy", "aws_apigatewayv2_stage", "aws_lambda_function_event_invoke_config")
        return {
            (resource.type, resource.values[key])
            for resource in plan.resources
            for key in keys
            if resource.type not in alike and isinstance(resource.values.get(key), str)
        }

    assert len(names(pilot)) > 20
    assert not names(example) & names(pilot)


def test_a_given_network_and_zone_are_not_changed(pilot: Plan, example: Plan) -> None:
    made = ("aws_vpc", "aws_subnet", "aws_security_group", "aws_internet_gateway", "aws_route53_zone")
    assert [kind for kind in made if pilot.of_type(kind)] == []
    assert [kind for kind in made if not example.of_type(kind)] == []


def test_the_example_explains_every_variable_with_its_default(example: Plan, spelled_out: Plan) -> None:
    declared = example.document["configuration"]["root_module"]["variables"]
    shown = spelled_out.document["variables"]
    text = EXAMPLE.read_text()
    assert [name for name in declared if f"\n{name} " not in text and f"\n# {name} " not in text] == []
    assert set(declared) == set(shown)
    assert spelled_out.document["planned_values"] == example.document["planned_values"]


def test_terraform_refuses_to_destroy_the_bucket(root: Root, state_file: Path) -> None:
    variables = {"region": REGION, "root_domain": "play.example.net", "bundle_path": str(root.bundle), "name": "kept"}
    state = str(state_file)
    bucket = "module.projects_bucket.aws_s3_bucket.this"
    root.run("apply", var=variables, target=bucket, state=state, auto_approve=True, input=False)
    with pytest.raises(RuntimeError, match="Instance cannot be destroyed"):
        root.run("destroy", var=variables, target=bucket, state=state, auto_approve=True, input=False)
