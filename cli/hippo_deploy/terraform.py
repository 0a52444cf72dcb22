"""Runs the terraform program on an environment, and explains its errors."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hippo_common import console
from hippo_common.errors import INTERRUPTED
from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.following import follow, without_outputs
from hippo_deploy.provider_mirror import plugin_dir

MINIMUM_VERSION: Final = (1, 10)
"""The first version whose S3 backend locks with a file beside the state:
https://developer.hashicorp.com/terraform/language/backend/s3#state-locking"""

GET_TERRAFORM: Final = (
    f"Install {'.'.join(map(str, MINIMUM_VERSION))} or newer: https://developer.hashicorp.com/terraform/install."
)
LOCK_WAIT: Final = "60s"
APPLY_LOG: Final = "apply.log"
"""Name of the file beside a plan to which terraform writes what it does while it applies the plan."""
NOT_INHERITED: Final = frozenset({"TF_DATA_DIR", "TF_WORKSPACE", "TF_CLI_ARGS"})


@dataclass(frozen=True)
class Completed:
    """A finished command: its exit code and its output."""

    code: int
    output: str
    errors: str


class Terraform:
    """Terraform's commands on one environment."""

    def __init__(self, environment: Environment) -> None:
        """Prepare the environment variables; nothing runs yet.

        Raises:
            DeployError: terraform is not installed.
        """
        if shutil.which("terraform") is None:
            raise DeployError("terraform is not installed.", GET_TERRAFORM)
        self._environment = environment
        self._variables = _variables(environment)

    def init(self) -> None:
        """Install the provider, and connect to the state.

        Raises:
            DeployError: terraform is too old, the provider is not available, or the state cannot be reached.
        """
        version = str(self.versions()["terraform"])
        if is_too_old(version):
            raise DeployError(f"terraform {version} cannot lock a state in S3.", GET_TERRAFORM)
        mirror = plugin_dir()
        self._run_checked(
            "init",
            "-input=false",
            f"-backend-config={self._environment.backend}",
            *([f"-plugin-dir={mirror}"] if mirror else []),
        )

    def plan(self, out: Path, *arguments: str) -> bool:
        """Write a plan, and return whether it changes anything.

        Args:
            out: the file to write.
            arguments: further arguments, such as -destroy.

        Raises:
            DeployError: the plan fails.
        """
        completed = self.run(
            "plan",
            "-input=false",
            "-detailed-exitcode",
            f"-lock-timeout={LOCK_WAIT}",
            f"-var-file={self._environment.tfvars}",
            f"-out={out}",
            *arguments,
        )
        if completed.code not in (0, 2):
            raise explain(completed, self._environment)
        return completed.code == 2

    def apply(self, plan: Path) -> None:
        """Apply a plan, with terraform's progress on this terminal and in `APPLY_LOG` beside the plan.

        The outputs, which terraform prints at the end, are only in the file.

        Raises:
            DeployError: terraform fails, or is interrupted; the changes that it has made until then stay.
        """
        command = self._command("apply", "-input=false", f"-lock-timeout={LOCK_WAIT}", str(plan))
        ended = follow(command, self._variables, plan.with_name(APPLY_LOG), without_outputs(console.say))
        if ended.code != 0 and ended.interrupted:
            raise DeployError(
                f"terraform was interrupted. What it had changed is in the state of {self._environment.name}.",
                f"Run make plan ENV={self._environment.name}: the new plan contains what is still to do.",
                INTERRUPTED,
            )
        if ended.code != 0:
            raise explain(Completed(ended.code, "", ended.errors), self._environment)

    def refresh(self, plan: Path) -> None:
        """Apply a plan that changes nothing: terraform only writes what it read from AWS to the state.

        Raises:
            DeployError: terraform fails.
        """
        self._run_checked("apply", "-input=false", f"-lock-timeout={LOCK_WAIT}", str(plan))

    def show(self, plan: Path) -> dict[str, Any]:
        """Return a plan as JSON: https://developer.hashicorp.com/terraform/internals/json-format."""
        document: dict[str, Any] = json.loads(self._run_checked("show", "-json", str(plan)).output)
        return document

    def state(self) -> dict[str, Any]:
        """Return the state as JSON; without resources before the first apply."""
        document: dict[str, Any] = json.loads(self._run_checked("show", "-json").output)
        return document

    def pull(self) -> str:
        """Return the state as it is stored, in Terraform's own format; empty before the first apply."""
        return self._run_checked("state", "pull").output

    def outputs(self) -> dict[str, Any]:
        """Return the outputs of the last apply; none before the first."""
        found = json.loads(self._run_checked("output", "-json").output)
        return {name: output["value"] for name, output in found.items()}

    def versions(self) -> dict[str, Any]:
        """Return the versions of `terraform` and of each provider."""
        found = json.loads(self._run_checked("version", "-json").output)
        return {"terraform": found["terraform_version"], "providers": found.get("provider_selections") or {}}

    def run(self, command: str, *arguments: str) -> Completed:
        """Run a command and return its output, whatever its exit code."""
        done = subprocess.run(
            self._command(command, *arguments),
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Completed(done.returncode, done.stdout, done.stderr)

    def _run_checked(self, command: str, *arguments: str) -> Completed:
        completed = self.run(command, *arguments)
        if completed.code != 0:
            raise explain(completed, self._environment)
        return completed

    def _command(self, command: str, *arguments: str) -> Sequence[str]:
        # The output may go to a file. `state` and `version` take no such option, and write no colours.
        plain = ("-no-color",) if command not in {"state", "version"} else ()
        return ("terraform", f"-chdir={self._environment.root}", command, *plain, *arguments)


def is_too_old(version: str) -> bool:
    """Return whether a version of terraform, such as 1.9.8 or 1.11.0-rc1, is older than `MINIMUM_VERSION`."""
    return tuple(int(part) for part in version.split("-")[0].split(".")[:2]) < MINIMUM_VERSION


def _variables(environment: Environment) -> dict[str, str]:
    cache = environment.repository / "build" / "terraform-plugins"
    cache.mkdir(parents=True, exist_ok=True)
    environment.data.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return {
        "TF_PLUGIN_CACHE_DIR": str(cache),  # the provider has about 700 MB: all environments share it
        **inherited,
        "TF_DATA_DIR": str(environment.data),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }


# ------------------------------------------------------------------------------------------------------------- errors


def explain(completed: Completed, environment: Environment) -> DeployError:
    """Return terraform's error as a message with a fix; an unknown error keeps terraform's text."""
    text = _without_box(completed.errors or completed.output)
    for pattern, message, fix in _EXPLANATIONS:
        match = re.search(pattern, text, re.DOTALL | re.MULTILINE)
        if match:
            words = {
                "env": environment.name,
                "backend": environment.relative(environment.backend),
                "tfvars": environment.relative(environment.tfvars),
                "data": environment.relative(environment.data.parent),
                **{name: " ".join((value or "").split()) for name, value in match.groupdict().items()},
            }
            return DeployError(message.format(**words), fix.format(**words))
    errors = text[text.find("Error:") :].strip() if "Error:" in text else text.strip()
    return DeployError(f"terraform failed.\n\n{errors}")


def _without_box(text: str) -> str:
    """Remove colours and the lines that terraform draws at the left of an error."""
    text = re.sub("\x1b\\[[0-9;]*m", "", text)
    return "\n".join(re.sub(r"^[╷│╵] ?", "", line) for line in text.splitlines())


_EXPLANATIONS: Final = (
    (
        r"Error: Saved plan is stale",
        "The deployment has changed since this plan was made: the plan is stale, and nothing was applied.",
        "Run make plan ENV={env} again, and have the new plan reviewed.",
    ),
    (
        r"Error: Instance cannot be destroyed.*?Resource\s+(?P<address>\S+)\s+has\s+lifecycle\.prevent_destroy",
        "This would destroy {address}, which holds research data; Terraform refuses to plan that.",
        "A changed setting forces its replacement, most often `name` or `bucket_name` in {tfvars}. Restore the old "
        "value. For a deployment with another name, create another environment.",
    ),
    (
        # Only the lines below "Lock Info:" are about the lock; S3's own message above it names a RequestID.
        r"Error acquiring the state lock.*?^Lock Info:[ \t]*\n\s*ID:[ \t]+(?P<id>\S+)[ \t]*\n.*?"
        r"^\s*Operation:[ \t]*(?P<operation>\S+).*?^\s*Who:[ \t]*(?P<who>[^\n]+)\n.*?"
        r"^\s*Created:[ \t]*(?P<created>[^\n]+)",
        "{who} is running terraform on {env} ({operation}, since {created}).",
        "Wait until that command ends. If you know that it no longer runs: "
        "TF_DATA_DIR=$PWD/{data}/.terraform terraform -chdir=terraform force-unlock {id}",
    ),
    (
        r'(S3 bucket "(?P<bucket>[^"]+)" does not exist|NoSuchBucket)',
        "The state bucket {bucket} does not exist.",
        "Run make bootstrap ENV={env}, or correct the bucket in {backend}.",
    ),
    (
        r"Error: Backend configuration changed",
        "{backend} names another state than the last command used.",
        "If the state is already there, delete {data} and run the command again. If it still has to be moved: "
        "TF_DATA_DIR=$PWD/{data}/.terraform terraform -chdir=terraform init -migrate-state "
        "-backend-config=environments/{env}.s3.tfbackend",
    ),
    (
        r"(No valid credential sources found|ExpiredToken|InvalidClientTokenId|no EC2 IMDS role found)",
        "There are no AWS credentials, or AWS does not accept them.",
        "Log in (`aws sso login`, or set AWS_PROFILE), and run the command again.",
    ),
    (
        r"(Failed to query available provider packages|Failed to install provider|registry\.terraform\.io.*dial)",
        "terraform cannot install its AWS provider: registry.terraform.io does not answer, and this machine has no "
        "copy of the provider.",
        "Connect to the internet, or set TF_PLUGIN_DIR to a folder that holds registry.terraform.io/hashicorp/aws.",
    ),
    (
        r"HostedZoneNotEmpty",
        "Route 53 does not delete the hosted zone, because it holds records that the deployment did not make.",
        "Delete those records, and run the command again; it continues from here.",
    ),
    (
        r"DeleteConflict: (?P<what>[^\n]*)",
        "IAM does not delete a policy or role that is in use: {what}",
        "Detach it (the researcher policy may be in a permission set), and run the command again.",
    ),
    (
        r"plan file was created by Terraform\s+v?(?P<then>[\w.+-]+),\s+but\s+this\s+is\s+v?(?P<now>[\w.+-]+)",
        "The plan was made by terraform {then}, but this machine has {now}.",
        "Use that version, or run make plan ENV={env} again and have the new plan reviewed.",
    ),
    (
        r"Failed to read the given file as a state or plan file|(Failed to load \"[^\"]*\" as a plan file)",
        "terraform cannot read the plan file: it is incomplete, or it is not a plan.",
        "Run make plan ENV={env} again, and have the new plan reviewed.",
    ),
    (
        r"Error acquiring the state lock\s+Error message:\s+(?P<why>.+?)\n\s*\n",
        "The state of {env} cannot be locked, and S3 shows no lock of another command: {why}",
        "Run the command again: a lock that was just released looks like this. If it happens again, check that your "
        "role may read, write and delete the object <key>.tflock beside the state; {backend} names bucket and key.",
    ),
    (
        r'Error: No value for required variable.*?variable "(?P<name>[^"]+)"',
        "{tfvars} does not set {name}.",
        "Set it; terraform/environments/example.tfvars explains it.",
    ),
)


TerraformVersion = Callable[[], str | None]
"""Returns the version of the terraform program; None if it is not installed."""


def terraform_version() -> str | None:
    """Return the version of the terraform program on PATH; None if it is not installed."""
    if shutil.which("terraform") is None:
        return None
    done = subprocess.run(["terraform", "version", "-json"], capture_output=True, encoding="utf-8", check=False)
    try:
        return str(json.loads(done.stdout)["terraform_version"])
    except (ValueError, KeyError):
        return None
