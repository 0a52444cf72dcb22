"""The review of a pull request is made from the plan's JSON, which is data that others wrote."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hippo_deploy.commands.review import read, review
from hippo_deploy.errors import DeployError
from tests.unit.plan_review.plans import prepared

RECORD: dict[str, Any] = {
    "environment": "prod",
    "made_at": "2026-11-22T12:00:00+00:00",
    "origin": {
        "account_id": "123456789012",
        "region": "ca-central-1",
        "bundle": "b" * 64,
        "terraform": "1.11.4",
        "providers": {"registry.terraform.io/hashicorp/aws": "5.100.0"},
    },
}


def document(name: str = "iam_widening") -> dict[str, Any]:
    return dict(prepared(name)._document)


def test_the_review_says_what_the_plan_changes() -> None:
    text = review("prod", document(), RECORD)
    assert text.startswith("# Plan for prod: 0 added, 1 changed, 0 replaced, 0 destroyed\n")
    assert "Account 123456789012, Region ca-central-1. Made 2026-11-22 12:00 UTC with terraform 1.11.4" in text
    assert "**Permissions get wider**" in text


def test_a_review_of_a_plan_by_another_release_is_made_as_well() -> None:
    assert review("prod", document(), {**RECORD, "release": "9.9.9"})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda record: record.update(environment="pilot"), "for 'pilot', not for prod"),
        (lambda record: record["origin"].update(region="x\n# Approved"), "the region in another form"),
        (lambda record: record["origin"].update(account_id=12), "the account_id in another form"),
        (lambda record: record["origin"].update(terraform="1 <b>"), "the terraform in another form"),
        (lambda record: record["origin"].update(providers={"a\n## Safe": "1"}), "a provider of another form"),
        (lambda record: record.pop("origin"), "not a plan with its record"),
        (lambda record: record.update(made_at="now"), "not a plan with its record"),
    ],
)
def test_a_record_of_another_form_is_refused(change: Callable[[dict[str, Any]], object], words: str) -> None:
    record = copy.deepcopy(RECORD)
    change(record)
    with pytest.raises(DeployError, match=words):
        review("prod", document(), record)


@pytest.mark.parametrize("plan", [[], "x", {"resource_changes": [{}]}, {"resource_changes": [{"change": 1}]}])
def test_what_is_not_a_plan_is_refused(plan: Any) -> None:
    with pytest.raises(DeployError, match="not a plan with its record"):
        review("prod", plan, RECORD)


@pytest.mark.parametrize("text", ["", '{"half": ', "\x00"])
def test_half_a_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.json").write_text(text)
    with pytest.raises(DeployError, match="cannot be read as JSON"):
        read(tmp_path / "plan.json")
    with pytest.raises(DeployError, match="cannot be read as JSON"):
        read(tmp_path / "missing.json")


def test_a_secret_in_an_unmasked_plan_is_not_in_the_review() -> None:
    plan = document()
    changed = json.loads(json.dumps(plan))
    for found in changed["resource_changes"]:
        if found["change"]["actions"] == ["update"]:
            found["change"]["after"]["policy"] = "hunter2"
            found["change"]["after_sensitive"] = {"policy": True}
            found["change"]["before_sensitive"] = {"policy": True}
    assert "hunter2" not in review("prod", changed, RECORD)
