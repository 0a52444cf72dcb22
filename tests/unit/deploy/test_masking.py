"""The JSON of a plan holds no secret, and the record names those of the plan file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_deploy.plan.masking import masked
from tests.unit.plan_review.plans import PREPARED, prepared

SECRET = "hunter2-of-prod"
ADDRESS = "module.a.aws_x.this"


def resource(values: Any, sensitive: Any) -> dict[str, Any]:
    return {"root_module": {"resources": [{"address": ADDRESS, "values": values, "sensitive_values": sensitive}]}}


def change(**parts: Any) -> list[dict[str, Any]]:
    return [{"address": ADDRESS, "change": {"actions": ["update"], **parts}}]


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (
            {
                "variables": {"token": {"value": SECRET}},
                "configuration": {"root_module": {"variables": {"token": {"sensitive": True}}}},
            },
            "var.token",
        ),
        (
            {"variables": {"function_environment": {"value": {"API_KEY": SECRET}}}},
            "var.function_environment.API_KEY",
        ),
        ({"planned_values": resource({"a": [SECRET]}, {"a": [True]})}, f"{ADDRESS}.a"),
        ({"planned_values": {"outputs": {"o": {"sensitive": True, "value": SECRET}}}}, "output.o"),
        ({"prior_state": {"values": resource({"a": {"b": SECRET}}, {"a": {"b": True}})}}, f"{ADDRESS}.a.b"),
        ({"resource_changes": change(before=None, after={"a": SECRET}, after_sensitive={"a": True})}, f"{ADDRESS}.a"),
        ({"resource_drift": change(before={"a": SECRET}, after={}, before_sensitive={"a": True})}, f"{ADDRESS}.a"),
        ({"output_changes": {"o": {"after": SECRET, "after_sensitive": True}}}, "output.o"),
        (
            {
                "resource_changes": change(
                    after={"environment": [{"variables": {"DB_PASSWORD": SECRET}}]}, after_sensitive={}
                )
            },
            f"{ADDRESS}.environment.variables.DB_PASSWORD",
        ),
    ],
)
def test_a_secret_is_removed_and_named(document: dict[str, Any], name: str) -> None:
    found, names = masked(document)
    assert SECRET not in json.dumps(found)
    assert names == (name,)


def test_whether_a_secret_changes_stays_visible() -> None:
    def after(value: str) -> tuple[str, str]:
        parts = {
            "before": {"a": SECRET},
            "after": {"a": value},
            "before_sensitive": {"a": True},
            "after_sensitive": {"a": True},
        }
        found = masked({"resource_changes": change(**parts)})[0]["resource_changes"][0]["change"]
        return found["before"]["a"], found["after"]["a"]

    same, other = after(SECRET), after("another")
    assert same[0] == same[1]
    assert other[0] != other[1]


@pytest.mark.parametrize("name", [path.name.split(".")[0] for path in sorted(PREPARED.glob("*.json"))])
def test_a_plan_of_this_root_has_no_secret_and_stays_as_it_is(name: str) -> None:
    document = dict(prepared(name)._document)
    assert masked(document) == (document, ())


def test_the_description_for_hippo_is_not_secret() -> None:
    address = "module.deployment_description.aws_ssm_parameter.this"
    parts = {"actions": ["create"], "before": None, "after": {"value": "{}"}, "after_sensitive": {"value": True}}
    assert masked({"resource_changes": [{"address": address, "change": parts}]})[1] == ()
