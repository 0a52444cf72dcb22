"""Reads an environment's settings. Terraform itself evaluates the tfvars, with defaults and validation rules."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hippo_deploy.bootstrap.files import backend_settings
from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.preflight.wanted import StateStore, Wanted
from hippo_deploy.terraform import GET_TERRAFORM, NOT_INHERITED

_VARIABLES: Final = (
    "alarm_emails",
    "alarm_topic_arn",
    "api_domain",
    "bucket_name",
    "cluster_mode",
    "hosted_zone_id",
    "kms_key_arn",
    "max_sessions",
    "name",
    "parent_zone_id",
    "permissions_boundary_arn",
    "region",
    "root_domain",
    "security_group_ids",
    "session_certificate_secret_arn",
    "session_ports",
    "subnet_ids",
    "tracing",
    "vpc_cidr",
    "website",
    "xray_resource_policy",
)
_ERROR: Final = re.compile(r"Error: (?P<title>[^\n]+)\n(?P<text>.*?)(?=\n(?:Error|Warning): |\Z)", re.DOTALL)


def read(environment: Environment) -> Wanted:
    """Return an environment's settings.

    Raises:
        DeployError: terraform is not installed, or the tfvars break a rule of terraform/variables*.tf.
    """
    values = _evaluated(environment)
    return Wanted(
        region=values["region"],
        root_domain=values["root_domain"],
        environment=environment.name,
        name=values["name"],
        hosted_zone_id=values["hosted_zone_id"],
        parent_zone_id=values["parent_zone_id"],
        subnet_ids=tuple(values["subnet_ids"]),
        security_group_ids=tuple(values["security_group_ids"]),
        vpc_cidr=values["vpc_cidr"],
        session_ports=tuple(values["session_ports"]),
        max_sessions=values["max_sessions"],
        cluster_mode=values["cluster_mode"],
        bucket_name=values["bucket_name"],
        website=values["website"] is not None,
        page_domain=(values["website"] or {}).get("domain"),
        api_domain=values["api_domain"],
        kms_key_arn=values["kms_key_arn"],
        permissions_boundary_arn=values["permissions_boundary_arn"],
        alarm_topic_arn=values["alarm_topic_arn"],
        alarm_emails=frozenset(values["alarm_emails"]),
        session_certificate_secret_arn=values["session_certificate_secret_arn"],
        tracing=values["tracing"],
        xray_resource_policy=values["xray_resource_policy"],
        state=_state(environment),
    )


def _evaluated(environment: Environment) -> Mapping[str, Any]:
    """Evaluate the variables with `terraform console`, in a folder that holds only their declarations.

    This needs no provider, no state and no network. Console prints a value even if a validation rule is broken, and the
    broken rule on standard error.
    """
    if shutil.which("terraform") is None:
        raise DeployError("terraform is not installed.", GET_TERRAFORM)
    expression = ", ".join(f"{name} = var.{name}" for name in _VARIABLES)
    with tempfile.TemporaryDirectory() as folder:
        for declarations in environment.root.glob("variables*.tf"):
            shutil.copy(declarations, folder)
        done = subprocess.run(
            [
                "terraform",
                f"-chdir={folder}",
                "console",
                f"-var-file={environment.tfvars}",
                "-var=bundle_path=variables.tf",  # preflight does not need the bundle
            ],
            input=f"jsonencode({{ {expression} }})\n",
            env=_variables(folder),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    wrong = _errors(done.stderr)
    answer = done.stdout.strip().rpartition("\n")[2]
    if wrong or done.returncode != 0 or not answer.startswith('"'):
        # Console reports no error for a variable without a value.
        reason = wrong or "region and root_domain must both be set"
        raise DeployError(
            f"{environment.relative(environment.tfvars)} cannot be used: {reason}.",
            "Correct the file; terraform/environments/example.tfvars describes every variable.",
        )
    evaluated: dict[str, Any] = json.loads(json.loads(answer))
    return evaluated


def _variables(folder: str) -> dict[str, str]:
    """Return the environment variables for console, without settings for terraform such as TF_VAR_…."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_INHERITED and not name.startswith(("TF_VAR_", "TF_CLI_ARGS"))
    }
    return kept | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_DATA_DIR": str(Path(folder) / ".terraform")}


def _errors(text: str) -> str:
    """Return terraform's errors as one line, without colours and the lines drawn around them."""
    plain = re.sub("\x1b\\[[0-9;]*m", "", text)
    lines = [re.sub(r"^[╷│╵] ?", "", line).strip() for line in plain.splitlines()]
    found = _ERROR.findall("\n".join(line for line in lines if line and line[0] not in "├│"))
    return " ".join(f"{title}: {' '.join(body.split())}" for title, body in found).rstrip(".")


def _state(environment: Environment) -> StateStore | None:
    settings = backend_settings(environment)
    if not {"bucket", "region"} <= settings.keys():
        return None
    return StateStore(settings["bucket"], settings.get("key", environment.state_key), settings["region"])
