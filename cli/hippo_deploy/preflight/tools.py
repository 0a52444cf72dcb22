"""Checks the programs on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from hippo_deploy.preflight.findings import Finding, ok, problem
from hippo_deploy.preflight.situation import Situation
from hippo_deploy.terraform import GET_TERRAFORM, is_too_old


def check(situation: Situation) -> Iterator[Finding]:
    """Check that terraform is installed and not too old."""
    subject, why = "Terraform", "It has to lock the state in S3 with a lock file, which older versions cannot."
    version = situation.terraform()
    if version is None:
        yield problem(subject, "not installed", why, GET_TERRAFORM)
    elif is_too_old(version):
        yield problem(subject, f"version {version} is too old", why, GET_TERRAFORM)
    else:
        yield ok(subject, f"version {version}", why)
