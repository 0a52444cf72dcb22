"""Monitoring: Terraform watches the metrics that the functions write; every alarm has its entry in the guide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from hippo_gym.runtime.metrics import DEPLOYMENT_DIMENSION, NAMESPACE, REASON_DIMENSION, STUDY_DIMENSION, Metric
from local.places import REPOSITORY
from local.terraform_program import FLAG, Program
from tests.terraform.planning import PROVIDER, REGION, TIMEOUTS, Plan, Root, read

ALARMS_PAGE = REPOSITORY / "docs" / "alarms.md"
OPERATING_PAGE = REPOSITORY / "docs" / "operate.md"

MODULE = {
    "source": str(REPOSITORY / "terraform" / "modules" / "monitoring"),
    "name": "pilot",
    "region": REGION,
    "account_id": "123456789012",
    "functions": {file: f"pilot_{file}" for file in TIMEOUTS},
    "dead_letter_queues": {topic: f"pilot_{topic}_dead_letters" for topic in ("start_server", "stop_server")},
    "stop_rule": "pilot_task_stopped",
    "api_id": "abc123",
    "sweep_minutes": 5,
    "max_sessions": 50,
}


class Module:
    """The module alone, in a temporary folder, with a given API, so that a plan knows every value."""

    def __init__(self, folder: Path, environment: Mapping[str, str], **variables: Any) -> None:
        configuration = {
            "terraform": PROVIDER,
            "provider": {"aws": {"region": REGION}},
            "module": {"monitoring": MODULE | variables},
        }
        (folder / "main.tf.json").write_text(json.dumps(configuration))
        self._terraform = Program(folder, environment)
        ended = self._terraform.install_provider()
        assert ended.code == 0, ended.error

    def run(self, command: str, *arguments: str, **options: Any) -> str:
        code, output, error = self._terraform.cmd(command, *arguments, no_color=FLAG, **options)
        assert code == 0, error
        return output

    def plan(self) -> Plan:
        self.run("plan", input=False, out="plan")
        return read(self._terraform, Path("plan"))


@pytest.fixture(scope="session")
def monitoring(emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return Module(tmp_path_factory.mktemp("monitoring"), emulator).plan()


OF_THE_CERTIFICATE = {"CertificateDaysLeft", "CertificatePercentLeft"}
"""Metrics of renew_certificate, which a deployment without session_certificate.acme does not have."""


def test_what_is_applied_stays_as_it_is(emulator: dict[str, str], tmp_path: Path) -> None:
    """On moto, since MiniStack does not describe alarms as they were made; without a budget, which moto never finds."""
    module = Module(tmp_path, emulator, alarm_emails=["on-call@example.org"], require_tls=False)
    module.run("apply", input=False, auto_approve=FLAG)
    plan = module.plan()
    changed = [
        (each["address"], each["change"]["actions"])
        for each in plan.document["resource_changes"]
        if each["change"]["actions"] != ["no-op"]
    ]
    assert changed == []
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    made = cloudwatch.describe_alarms()["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in made} == {alarm["alarm_name"] for alarm in alarms(plan)}
    assert cloudwatch.get_dashboard(DashboardName="pilot")["DashboardName"] == "pilot"
    module.run("destroy", input=False, auto_approve=FLAG)


def alarms(plan: Plan) -> list[dict[str, Any]]:
    return [dict(alarm.values) for alarm in plan.of_type("aws_cloudwatch_metric_alarm")]


def watched(plan: Plan) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield namespace, name and dimensions of every metric that an alarm reads."""
    for alarm in alarms(plan):
        queries = [query["metric"][0] for query in alarm["metric_query"] or [] if query["metric"]]
        for metric in queries or [alarm]:
            yield metric["namespace"], metric["metric_name"], metric["dimensions"]


def shown(plan: Plan) -> Iterator[list[Any]]:
    """Yield every metric of the dashboard, as written there."""
    (dashboard,) = plan.of_type("aws_cloudwatch_dashboard")
    for widget in json.loads(dashboard.values["dashboard_body"])["widgets"]:
        yield from widget["properties"].get("metrics", [])


def anchors_of_guide() -> set[str]:
    """Return the anchors of the guide's alarm entries, as GitHub derives them from headings."""
    headings = re.findall(r"^#+ (Alarm: .+)$", ALARMS_PAGE.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_terraform_and_the_functions_have_the_same_metrics() -> None:
    text = (REPOSITORY / "terraform" / "modules" / "monitoring" / "metrics.tf").read_text()
    named = dict(re.findall(r"^    (\w+) += \"(\w+)\"$", text, flags=re.MULTILINE))
    assert named == {metric.name.lower(): metric.value for metric in Metric}
    assert re.search(r'namespace = "(\w+)"', text)[1] == NAMESPACE  # type: ignore[index]


def test_alarms_read_metrics_and_dimensions_that_the_functions_write(monitoring: Plan) -> None:
    ours = [(name, dimensions) for namespace, name, dimensions in watched(monitoring) if namespace == NAMESPACE]
    assert ours
    assert {name for name, _ in ours} <= {metric.value for metric in Metric}
    assert all(dimensions == {DEPLOYMENT_DIMENSION: "pilot"} for _, dimensions in ours)


def test_the_dashboard_shows_every_metric_that_the_functions_write(monitoring: Plan) -> None:
    ours = [metric for metric in shown(monitoring) if metric[0] == NAMESPACE]
    assert {metric[1] for metric in ours} == {metric.value for metric in Metric} - OF_THE_CERTIFICATE
    assert all(metric[2:4] == [DEPLOYMENT_DIMENSION, "pilot"] for metric in ours)


def test_the_dashboard_reads_failed_starts_by_their_dimensions(monitoring: Plan) -> None:
    searches = [metric[0]["expression"] for metric in shown(monitoring) if isinstance(metric[0], dict)]
    dimensions = f"{{{NAMESPACE},{DEPLOYMENT_DIMENSION},{REASON_DIMENSION}}}"
    assert [dimensions in search for search in searches if Metric.SESSIONS_FAILED.value in search] == [True]


def test_the_dashboard_reads_the_wait_for_the_game_by_study(monitoring: Plan) -> None:
    searches = [metric[0]["expression"] for metric in shown(monitoring) if isinstance(metric[0], dict)]
    dimensions = f"{{{NAMESPACE},{DEPLOYMENT_DIMENSION},{STUDY_DIMENSION}}}"
    found = [search for search in searches if Metric.SECONDS_TO_PLAY.value in search]
    assert [(dimensions in search, f"'p{rank}'" in search) for search, rank in zip(found, (50, 95), strict=True)] == [
        (True, True),
        (True, True),
    ]


def test_metrics_of_single_routes_are_off_and_neither_alarms_nor_dashboard_read_them(
    monitoring: Plan, example: Plan
) -> None:
    """API Gateway writes metrics by route, which AWS bills, only with detailed metrics."""
    (stage,) = example.of_type("aws_apigatewayv2_stage")
    assert [each["detailed_metrics_enabled"] for each in stage.values["default_route_settings"]] == [False]
    assert {each["detailed_metrics_enabled"] for each in stage.values["route_settings"]} == {False}
    of_alarms = [sorted(found) for namespace, _, found in watched(monitoring) if namespace == "AWS/ApiGateway"]
    assert of_alarms == [["ApiId"]]
    of_graphs = [metric[2:4] for metric in shown(monitoring) if metric[0] == "AWS/ApiGateway"]
    assert of_graphs
    assert all(dimension == ["ApiId", "abc123"] for dimension in of_graphs)


def test_the_guide_names_existing_log_groups(example: Plan) -> None:
    made = {
        group.values["name"].replace("HIPPO_Gym", "<name>") for group in example.of_type("aws_cloudwatch_log_group")
    }
    named = set(re.findall(r"aws logs tail (\S+)", ALARMS_PAGE.read_text()))
    assert named
    assert named <= made


def test_every_function_has_alarms(monitoring: Plan) -> None:
    functions = {dimensions["FunctionName"] for _, name, dimensions in watched(monitoring) if name == "Errors"}
    assert functions == {f"pilot_{file}" for file in TIMEOUTS}


def test_the_alarm_on_the_stop_rule_reads_that_rule_s_failures(example: Plan) -> None:
    rule = example.at("module.session_stops.aws_cloudwatch_event_rule.task_stopped")
    alarm = example.at('module.monitoring.aws_cloudwatch_metric_alarm.this["stop_rule"]')
    assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/Events", "FailedInvocations")
    assert alarm["dimensions"] == {"RuleName": rule["name"]}
    assert rule.get("event_bus_name") in (None, "default")  # on another bus there are two dimensions


def test_every_alarm_has_its_entry_in_the_guide_and_every_entry_an_alarm(monitoring: Plan) -> None:
    links = [re.search(r"docs/alarms\.md#(\S+)$", alarm["alarm_description"]) for alarm in alarms(monitoring)]
    assert all(links)
    assert {link[1] for link in links if link} == anchors_of_guide() - {"alarm-certificate"}


def test_an_entry_of_the_guide_has_meaning_checks_and_actions() -> None:
    entries = re.split(r"^#+ ", ALARMS_PAGE.read_text(), flags=re.MULTILINE)
    of_alarms = [entry for entry in entries if entry.startswith("Alarm: ")]
    wanting = [
        (entry.partition("\n")[0], part)
        for entry in of_alarms
        for part in ("**Means**", "**Look**", "**Do**")
        if part not in entry
    ]
    assert wanting == []


def test_the_guide_explains_every_metric() -> None:
    table = OPERATING_PAGE.read_text().partition("## What is measured")[2].partition("\n## ")[0]
    explained = {name for name in re.findall(r"`(\w+)`", table) if name in {metric.value for metric in Metric}}
    assert explained == {metric.value for metric in Metric}


def test_the_guide_names_existing_alarms_only(monitoring: Plan) -> None:
    named = set(re.findall(r"`<name>_((?:errors|dead_letters)_\w+)`", ALARMS_PAGE.read_text()))
    assert named <= {alarm["alarm_name"].removeprefix("pilot_") for alarm in alarms(monitoring)}


def test_tracing_is_on_by_default(example: Plan) -> None:
    for file in TIMEOUTS:
        assert example.function(file)["tracing_config"] == [{"mode": "Active"}]
    topics = [topic for topic in example.of_type("aws_sns_topic") if topic.values["name"].endswith("_server")]
    assert [topic.values["tracing_config"] for topic in topics] == ["Active", "Active"]
    (policy,) = example.of_type("aws_xray_resource_policy")
    (statement,) = json.loads(policy.values["policy_document"])["Statement"]
    names = [topic.values["name"] for topic in topics]
    assert [arn.rsplit(":", 1)[-1] for arn in statement["Condition"]["ArnEquals"]["aws:SourceArn"]] == sorted(names)


def test_tracing_can_be_turned_off(root: Root) -> None:
    plan = root.plan(region=REGION, root_domain="play.example.net", tracing=False)
    for file in TIMEOUTS:
        assert plan.function(file)["tracing_config"] == [{"mode": "PassThrough"}]
    for file in (
        "update_project_master_list",
        "send_start_server_message",
    ):  # the functions whose policies a plan without a zone knows
        assert "xray" not in json.dumps(plan.policy(file))
    assert {topic.values.get("tracing_config") for topic in plan.of_type("aws_sns_topic")} <= {"PassThrough", None}
    assert plan.of_type("aws_xray_resource_policy") == []


def test_alarms_are_on_by_default_and_go_to_a_topic(example: Plan) -> None:
    assert {"HIPPO_Gym_sweeper_silent", "HIPPO_Gym_dead_letters_start_server", "HIPPO_Gym_spend"} <= {
        alarm["alarm_name"] for alarm in alarms(example)
    }
    assert "HIPPO_Gym_alarms" in {topic.values["name"] for topic in example.of_type("aws_sns_topic")}


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        (
            {
                "alarm_emails": ["no address"],
                "alarm_thresholds": {"orphans": 0},
                "monthly_budget": {"usd": -1},
                "runbook_url": "https://wiki.example.org/#hippo",
            },
            [
                "must be e-mail addresses",
                "must be above 0",
                "or 0 for no budget",
                "without an anchor",
            ],
        ),
        (
            {"alarm_topic_arn": "on_call", "alarm_emails": ["a@b.example"]},
            ["must be the ARN of a topic", "Subscribe the addresses to your own topic"],
        ),
    ],
    ids=["each alone", "together"],
)
def test_the_plan_refuses_invalid_settings(root: Root, variables: dict[str, Any], wanted: list[str]) -> None:
    with pytest.raises(RuntimeError) as refused:
        root.plan(region=REGION, root_domain="play.example.net", **variables)
    message = re.sub(r"\s+", " ", re.sub(r"[│╷╵]", "", str(refused.value)))
    assert [words for words in wanted if words not in message] == [], message
