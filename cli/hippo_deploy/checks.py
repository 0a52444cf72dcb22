"""checkov on a plan's JSON. A failed check needs a written reason (checkov:skip) in the resource's block.

checkov's own option for this (--repo-root-for-plan-enrichment) matches resources by type and name only: a reason in
one module's `aws_s3_bucket.this` would excuse that of every other module (checkov 3.3.30,
Report.handle_skipped_checks). hippo_deploy.reasons finds the block of each resource of the plan.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hippo_deploy.errors import DeployError
from hippo_deploy.reasons import reasons
from plan_review.page import Checks


def check(plan_json: Path, document: Mapping[str, Any], root: Path, checkov: Path) -> Checks | None:
    """Run checkov on a plan; return None if checkov is not installed.

    Args:
        plan_json: file with the plan's JSON.
        document: the parsed content of that file.
        root: the Terraform root that the plan was made from.
        checkov: path of the program.

    Raises:
        DeployError: checkov prints no report.
    """
    if not checkov.is_file():
        return None
    done = subprocess.run(
        [str(checkov), "-f", str(plan_json), "--framework=terraform_plan", "--skip-download", "--compact", "-o=json"],
        cwd=plan_json.parent,  # in the repository's root checkov would read .checkov.yaml, which is for the HCL
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        raise DeployError(f"checkov failed: {(done.stderr or done.stdout).strip()[-500:]}") from error
    if "results" not in report:  # checkov reports no results for a plan that creates nothing
        return Checks(0, 0, ())
    return judge(report["results"], document, root)


def judge(results: Mapping[str, Any], document: Mapping[str, Any], root: Path) -> Checks:
    """Sort checkov's results into passed, excused by a written reason, and failed."""
    excused = 0
    failed = []
    for found in results["failed_checks"]:
        if found["check_id"] in reasons(found["resource"], document, root):
            excused += 1
        else:
            failed.append(f"{found['check_id']} `{found['resource']}`: {found['check_name']}")
    return Checks(len(results["passed_checks"]), excused, tuple(sorted(failed)))
