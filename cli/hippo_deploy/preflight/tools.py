"""The programs on this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hippo_deploy.preflight.findings import Finding, ok, problem
from hippo_deploy.terraform import LEAST_VERSION

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
    least = ".".join(str(part) for part in LEAST_VERSION)
    fix = f"Install {least} or newer: https://developer.hashicorp.com/terraform/install."
    version = situation.terraform()
    if version is None:
        yield problem(subject, "not installed", why, fix)
    elif tuple(int(part) for part in version.split("-")[0].split(".")[:2]) < LEAST_VERSION:
        yield problem(subject, f"version {version}, older than {least}", why, fix)
    else:
        yield ok(subject, f"version {version}", why)
