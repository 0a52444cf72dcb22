"""The edge route on the real provider's plan: who reaches a server, who may sign, and where no key is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_gym.sessions.edge_keys import parameter_name
from local.edge.function import FILE
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan

pytestmark = pytest.mark.terraform

PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter{parameter_name('pilot')}"
SIGN = {"next_step", "start_server"}


def _inbound(plan: Plan) -> list[dict[str, Any]]:
    return [dict(rule.values) for rule in plan.of_type("aws_vpc_security_group_ingress_rule")]


def test_only_cloudfront_s_edges_reach_a_server(edge: Plan) -> None:
    (rule,) = _inbound(edge)
    assert (rule["ip_protocol"], rule["from_port"], rule["to_port"]) == ("tcp", 5000, 5001)
    assert (rule["cidr_ipv4"], rule["cidr_ipv6"], rule["referenced_security_group_id"]) == (None, None, None)
    assert rule["prefix_list_id"].startswith("pl-")


def test_the_direct_route_admits_everyone_as_before(pilot: Plan) -> None:
    assert all(rule["cidr_ipv4"] == "0.0.0.0/0" and not rule["prefix_list_id"] for rule in _inbound(pilot))
    assert pilot.of_type("aws_cloudfront_function") == []
    assert all("EDGE_URL" not in pilot.environment(file) for file in SIGN)


def test_the_functions_that_sign_read_the_keys_and_no_others_do(edge: Plan) -> None:
    for function in edge.of_type("aws_lambda_function"):
        file = str(function.values["handler"]).partition(".")[0]
        assert edge.allows(file, "ssm:GetParameter", PARAMETER) == (file in SIGN), file
        assert not edge.allows(file, "ssm:PutParameter", PARAMETER), file


def test_next_step_names_the_page_s_own_name(edge: Plan) -> None:
    assert edge.environment("next_step")["EDGE_URL"] == "https://study.edge.example.org"


def test_no_signing_key_is_in_the_plan_or_will_be_in_the_state(edge: Plan) -> None:
    kinds = {resource.type for resource in edge.resources}
    assert not kinds & {"aws_cloudfrontkeyvaluestore_key", "random_password", "aws_secretsmanager_secret_version"}
    assert PARAMETER.partition(":parameter")[2] not in {
        resource.values.get("name") for resource in edge.of_type("aws_ssm_parameter")
    }


def test_the_function_is_the_file_that_the_tests_run(edge: Plan) -> None:
    (function,) = edge.of_type("aws_cloudfront_function")
    assert function.values["code"] == FILE.read_text().replace("{{root_domain}}", "edge.example.org")
    assert function.values["publish"] is True
    assert json.dumps(function.values["code"]).count("{{") == 0
