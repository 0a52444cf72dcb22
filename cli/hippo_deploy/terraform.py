"""The terraform program on an environment, and its errors in plain words."""

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

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.provider_mirror import plugin_dir

LEAST_VERSION: Final = (1, 10)
"""The first whose S3 backend locks with a file beside the state:
https://developer.hashicorp.com/terraform/language/backend/s3#state-locking"""

GET_TERRAFORM: Final = (
    f"Get {'.'.join(map(str, LEAST_VERSION))} or newer: https://developer.hashicorp.com/terraform/install."
)
LOCK_WAIT: Final = "60s"
NOT_INHERITED: Final = frozenset({"TF_DATA_DIR", "TF_WORKSPACE", "TF_CLI_ARGS"})


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it wrote."""

    code: int
    output: str
    errors: str


class Terraform:
    """Terraform's commands on one environment."""

    def __init__(self, environment: Environment) -> None:
        """Make it ready; nothing is run.

        Raises:
            DeployError: terraform is not installed.
        """
        if shutil.which("terraform") is None:
            raise DeployError("terraform is not installed.", GET_TERRAFORM)
        self._environment = environment
        self._variables = _variables(environment)

    def init(self) -> None:
        """Get the provider, and connect to the state.

        Raises:
            DeployError: terraform is too old, the provider cannot be had, or the state cannot be reached.
        """
        version = str(self.versions()["terraform"])
        if is_too_old(version):
            raise DeployError(f"terraform {version} cannot lock a state in S3.", GET_TERRAFORM)
        mirror = plugin_dir()
        self._checked(
            "init",
            "-input=false",
            f"-backend-config={self._environment.backend}",
            *([f"-plugin-dir={mirror}"] if mirror else []),
        )

    def plan(self, out: Path, *arguments: str) -> bool:
        """Write a plan, and tell whether it changes anything.

        Args:
            out: the file to write.
            arguments: further ones, such as -destroy.

        Raises:
            DeployError: the plan fails.
        """
        ended = self.run(
            "plan",
            "-input=false",
            "-detailed-exitcode",
            f"-lock-timeout={LOCK_WAIT}",
            f"-var-file={self._environment.tfvars}",
            f"-out={out}",
            *arguments,
        )
        if ended.code not in (0, 2):
            raise explained(ended, self._environment)
        return ended.code == 2

    def apply(self, plan: Path) -> None:
        """Apply a plan as it stands, with terraform's progress on this terminal.

        Raises:
            DeployError: it fails; what was done until then stays.
        """
        command = self._command("apply", "-input=false", f"-lock-timeout={LOCK_WAIT}", str(plan))
        process = subprocess.Popen(
            command, env=self._variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8"
        )
        _, errors = process.communicate()
        if process.returncode != 0:
            raise explained(Ended(process.returncode, "", errors), self._environment)

    def show(self, plan: Path) -> dict[str, Any]:
        """A plan as JSON: https://developer.hashicorp.com/terraform/internals/json-format."""
        document: dict[str, Any] = json.loads(self._checked("show", "-json", str(plan)).output)
        return document

    def state(self) -> dict[str, Any]:
        """The state as JSON; without resources if there is none."""
        document: dict[str, Any] = json.loads(self._checked("show", "-json").output)
        return document

    def outputs(self) -> dict[str, Any]:
        """The outputs of the last apply; none before the first."""
        found = json.loads(self._checked("output", "-json").output)
        return {name: output["value"] for name, output in found.items()}

    def versions(self) -> dict[str, Any]:
        """`terraform` and each provider with its version."""
        found = json.loads(self._checked("version", "-json").output)
        return {"terraform": found["terraform_version"], "providers": found.get("provider_selections") or {}}

    def run(self, command: str, *arguments: str) -> Ended:
        """Run a command to its end and return what it wrote, whatever its exit code."""
        done = subprocess.run(
            self._command(command, *arguments),
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def _checked(self, command: str, *arguments: str) -> Ended:
        ended = self.run(command, *arguments)
        if ended.code != 0:
            raise explained(ended, self._environment)
        return ended

    def _command(self, command: str, *arguments: str) -> Sequence[str]:
        plain = ("-no-color",) if command in {"init", "plan", "show", "output"} else ()
        return ("terraform", f"-chdir={self._environment.root}", command, *plain, *arguments)


def is_too_old(version: str) -> bool:
    """Tell whether terraform of a version, such as 1.9.8 or 1.11.0-rc1, cannot do what the root and its state need."""
    return tuple(int(part) for part in version.split("-")[0].split(".")[:2]) < LEAST_VERSION


def _variables(environment: Environment) -> dict[str, str]:
    cache = environment.repository / "build" / "terraform-plugins"
    cache.mkdir(parents=True, exist_ok=True)
    environment.data.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return {
        "TF_PLUGIN_CACHE_DIR": str(cache),  # the provider is some 700 MB: once for all environments
        **inherited,
        "TF_DATA_DIR": str(environment.data),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }


# ------------------------------------------------------------------------------------------------------------- errors


def explained(ended: Ended, environment: Environment) -> DeployError:
    """Put what terraform failed with into words; what is not known is told as terraform tells it."""
    text = _unboxed(ended.errors or ended.output)
    for pattern, message, fix in _EXPLANATIONS:
        match = re.search(pattern, text, re.DOTALL)
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


def _unboxed(text: str) -> str:
    """Take the lines that terraform draws at the left of an error away."""
    text = re.sub("\x1b\\[[0-9;]*m", "", text)
    return "\n".join(re.sub(r"^[╷│╵] ?", "", line) for line in text.splitlines())


_EXPLANATIONS: Final = (
    (
        r"Error: Saved plan is stale",
        "Somebody changed the deployment after this plan was made; the plan is stale, and nothing was applied.",
        "Run make plan ENV={env} again, and have the new plan reviewed.",
    ),
    (
        r"Error: Instance cannot be destroyed.*?Resource\s+(?P<address>\S+)\s+has\s+lifecycle\.prevent_destroy",
        "This would destroy {address}, which holds research data; Terraform refuses even to plan it.",
        "Something that you changed forces a new one: most often `name` or `bucket_name` in {tfvars}. Put it back. "
        "Another name means another deployment: make another environment.",
    ),
    (
        r"Error acquiring the state lock.*?ID:\s+(?P<id>\S+).*?Operation:\s+(?P<operation>\S+).*?Who:\s+(?P<who>\S+).*?"
        r"Created:\s+(?P<created>[^\n]+)",
        "{who} is working on {env} just now ({operation}, since {created}).",
        "Wait until they are done. If that command is known to be dead: "
        "TF_DATA_DIR=$PWD/{data}/.terraform terraform -chdir=terraform force-unlock {id}",
    ),
    (
        r'(S3 bucket "(?P<bucket>[^"]+)" does not exist|NoSuchBucket)',
        "The bucket for the state, {bucket}, does not exist.",
        "Run make bootstrap ENV={env}, or mend {backend}.",
    ),
    (
        r"Error: Backend configuration changed",
        "{backend} names another place for the state than the last command used.",
        "If the state has been moved there, delete {data} and run it again. If it has yet to be moved: "
        "TF_DATA_DIR=$PWD/{data}/.terraform terraform -chdir=terraform init -migrate-state "
        "-backend-config=environments/{env}.s3.tfbackend",
    ),
    (
        r"(No valid credential sources found|ExpiredToken|InvalidClientTokenId|no EC2 IMDS role found)",
        "AWS does not accept your credentials, or there are none.",
        "Log in (`aws sso login`, or set AWS_PROFILE), and run it again.",
    ),
    (
        r"(Failed to query available provider packages|Failed to install provider|registry\.terraform\.io.*dial)",
        "terraform cannot get its AWS provider: registry.terraform.io does not answer, and no folder on this machine "
        "mirrors it.",
        "Connect to the internet, or set TF_PLUGIN_DIR to a folder that holds registry.terraform.io/hashicorp/aws.",
    ),
    (
        r"HostedZoneNotEmpty",
        "The hosted zone holds records that are not the deployment's, so Route 53 does not delete it.",
        "Delete those records, and run it again; what was done until now need not be done again.",
    ),
    (
        r"DeleteConflict: (?P<what>[^\n]*)",
        "IAM does not delete something that is still in use: {what}",
        "Detach it where it is attached (the researcher policy may be in a permission set), and run it again.",
    ),
    (
        r'Error: No value for required variable.*?variable "(?P<name>[^"]+)"',
        "{tfvars} sets no {name}.",
        "Set it; terraform/environments/example.tfvars says what it is.",
    ),
)


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
