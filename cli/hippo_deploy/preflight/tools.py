"""The programs on this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hippo_deploy.preflight.findings import Finding, ok, problem
from hippo_deploy.terraform import GET_TERRAFORM, is_too_old

if TYPE_CHECKING:
    from hippo_deploy.preflight.situation import Situation

TerraformVersion = Callable[[], str | None]
"""Returns the version of the terraform program; None if there is none."""


def terraform_version() -> str | None:
    """Ask the terraform program on PATH for its version."""
    if shutil.which("terraform") is None:
        return None
    done = subprocess.run(["terraform", "version", "-json"], capture_output=True, encoding="utf-8", check=False)
    try:
        return str(json.loads(done.stdout)["terraform_version"])
    except (ValueError, KeyError):
        return None


def check(situation: Situation) -> Iterator[Finding]:
    """Look whether terraform can do what the root and its state need."""
    subject, why = "Terraform", "It locks the state in S3 with a file beside it, which older versions cannot."
    version = situation.terraform()
    if version is None:
        yield problem(subject, "not installed", why, GET_TERRAFORM)
    elif is_too_old(version):
        yield problem(subject, f"version {version} is too old", why, GET_TERRAFORM)
    else:
        yield ok(subject, f"version {version}", why)
