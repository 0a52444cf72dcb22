"""checkov on the plan's JSON: every failed check has a reason beside the resource."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hippo_deploy.checks import check
from hippo_deploy.plan.making import CHECKOV
from local.places import REPOSITORY
from plan_review.page import Checks
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

Checked = Callable[[Mapping[str, Any]], Checks]


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """Run checkov on a plan, as `make plan` does."""

    def run(document: Mapping[str, Any]) -> Checks:
        (tmp_path / "plan.json").write_text(json.dumps(document))
        found = check(tmp_path / "plan.json", document, REPOSITORY / "terraform", REPOSITORY / CHECKOV)
        assert found is not None, "checkov is not installed: make test-terraform installs it"
        return found

    return run


def test_checkov_accepts_a_first_deployment_with_every_default(example: Plan, checked: Checked) -> None:
    found = checked(example.document)
    assert found.failed == ()
    assert found.passed > 100
    assert found.excused > 0


def test_checkov_accepts_every_optional_part(root: Root, checked: Checked) -> None:
    plan = root.plan(
        region=REGION,
        root_domain="play.lab.org",
        website={"domain": "study.play.lab.org"},
        cluster_mode="shared",
        session_certificate_secret_arn=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:certificate-AbCdEf",
    )
    found = checked(plan.document)
    assert found.failed == ()
    assert any(resource.address.startswith("module.website") for resource in plan.resources)


def test_checkov_can_parse_every_file() -> None:
    """checkov only counts a file that its parser refuses, such as one with && at the start of a line."""
    program = """
import sys, hcl2
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        try:
            hcl2.load(file)
        except Exception as error:
            print(name, error)
"""
    files = [str(path) for path in (REPOSITORY / "terraform").rglob("*.tf") if ".terraform" not in path.parts]
    interpreter = REPOSITORY / Path(CHECKOV).with_name("python")
    done = subprocess.run([interpreter, "-c", program, *files], capture_output=True, text=True, check=True)
    assert len(files) > 60
    assert done.stdout == ""
