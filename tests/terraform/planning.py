"""Plan the root with the real terraform and the real AWS provider, offline.

A plan sends few calls: for the caller's identity (STS), the zones (EC2), and a given hosted zone
(Route 53). moto answers them. The plan then contains all settings and permissions of the functions, as
the provider would send them.
"""

from __future__ import annotations

import atexit
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from local import provider_server
from local.places import REPOSITORY
from local.terraform import link_root
from local.terraform_program import FLAG, Program
from tests.support.moto_network import has_network

ACCOUNT_ID = "123456789012"  # moto's
REGION = "ca-central-1"

#: For the tests' own configurations: modules accept provider 6 too, but tests must not get the newest one.
PROVIDER = {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}}

#: The functions by file name, with their timeouts in seconds.
TIMEOUTS = {
    "next_step": 10,
    "start_server": 300,
    "stop_server": 30,
    "send_start_server_message": 3,
    "send_stop_server_message": 3,
    "update_project_master_list": 10,
    "issue_upload_ticket": 10,
    "sweep_sessions": 60,
}


@dataclass(frozen=True)
class Resource:
    """One planned resource: `values` has what is known before the apply."""

    address: str
    type: str
    values: Mapping[str, Any]


class Plan:
    """A plan, as `terraform show -json` prints it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @cached_property
    def resources(self) -> list[Resource]:
        """Return every managed resource of every module."""
        return list(_resources(self.document["planned_values"]["root_module"]))

    def of_type(self, kind: str) -> list[Resource]:
        """Return the resources of one type, such as aws_sns_topic."""
        return [resource for resource in self.resources if resource.type == kind]

    def at(self, address: str) -> Mapping[str, Any]:
        """Return the values of the resource at an address."""
        return next(resource.values for resource in self.resources if resource.address == address)

    def function(self, file: str) -> Mapping[str, Any]:
        """Return the function of an entry file."""
        return self.at(f'module.function["{file}"].aws_lambda_function.this')

    def environment(self, file: str) -> dict[str, str]:
        """Return the environment variables of a function."""
        variables: dict[str, str] = self.function(file)["environment"][0]["variables"]
        return variables

    def policy(self, file: str) -> dict[str, Any]:
        """Return the policy of a function's role."""
        policy: dict[str, Any] = json.loads(self.at(f'module.function["{file}"].aws_iam_role_policy.this')["policy"])
        return policy

    @cached_property
    def policies(self) -> dict[str, dict[str, Any]]:
        """Return every policy document that the plan knows, by the resource's address and attribute."""
        found = {}
        for resource in self.resources:
            for attribute in ("policy", "assume_role_policy"):
                document = resource.values.get(attribute)
                if document:
                    found[f"{resource.address}.{attribute}"] = json.loads(document)
        return found

    def allows(self, file: str, action: str, resource: str, **context: str | list[str]) -> bool:
        """Return whether a function may take an action on a resource, by IAM's rules.

        Args:
            file: the function.
            action: such as `s3:GetObject`.
            resource: ARN, or `*` for an action without a resource type.
            context: condition keys by name, with `:` written as `__`.
        """
        return _allows(self.policy(file), f"{file}/session", action, resource, context)

    def role_may(self, name: str, action: str, resource: str, **context: str | list[str]) -> bool:
        """Return whether a role of the sessions may take an action; `name` follows the deployment's."""
        block = {"session_execution": "execution", "session_task": "task[0]"}[name]
        policy = json.loads(self.at(f"module.session_servers.aws_iam_role_policy.{block}")["policy"])
        return _allows(policy, f"{name}/session", action, resource, context)

    def bucket_refuses(self, principal: str, action: str, key: str) -> bool:
        """Return whether the projects bucket's policy refuses an action on an object to a principal.

        Args:
            principal: the end of an ARN, such as `role/labs/ada`.
            action: such as `s3:PutObject`.
            key: the object's.
        """
        policy = json.loads(self.at("module.projects_bucket.aws_s3_bucket_policy.this[0]")["policy"])
        anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        denials = [{name: part for name, part in each.items() if name != "Principal"} for each in policy["Statement"]]
        bucket = self.at("module.projects_bucket.aws_s3_bucket.this")["bucket"]
        request = EvalContext(
            principal_arn=f"arn:aws:iam::{ACCOUNT_ID}:{principal}",
            principal_type="User" if principal.startswith("user/") else "AssumedRole",
            principal_account=ACCOUNT_ID,
            action=action,
            resource_arn=f"arn:aws:s3:::{bucket}/{key}",
            region=REGION,
            secure_transport=True,
        )
        identity = parse_policy_document({"Version": "2012-10-17", "Statement": [anything, *denials]})
        return bool(evaluate(request, [identity]).decision != "Allow")

    @property
    def researcher_policy(self) -> dict[str, Any]:
        """Return the researcher policy."""
        policy: dict[str, Any] = json.loads(self.at("module.researcher.aws_iam_policy.this")["policy"])
        return policy

    def researcher_may(self, action: str, resource: str, **context: str | list[str]) -> bool:
        """Return whether a researcher may take an action on a resource; arguments as for `allows`."""
        return _allows(self.researcher_policy, "researcher/session", action, resource, context)


def _allows(
    policy: Mapping[str, Any], session: str, action: str, resource: str, context: Mapping[str, str | list[str]]
) -> bool:
    request = EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{session}",
        principal_type="AssumedRole",
        principal_account=ACCOUNT_ID,
        action=action,
        resource_arn=resource,
        region=REGION,
        service_context={key.replace("__", ":").lower(): value for key, value in context.items()},
    )
    return bool(evaluate(request, [parse_policy_document(policy)]).decision == "Allow")


class Root:
    """The root in a temporary folder, initialised once, for planning with several sets of variables."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Link the root into `folder` and install the provider, from this machine if it is here."""
        self._folder = folder
        link_root(REPOSITORY / "terraform", folder)
        page = folder.parent / "build" / "page"  # the root expects the participant page's files beside it
        if not page.is_symlink():
            page.parent.mkdir(exist_ok=True)
            page.symlink_to(REPOSITORY / "frontend")  # a plan reads only their hashes
        self.bundle = folder / "bundle.zip"  # a plan reads only its hash
        self.bundle.write_bytes(b"not a bundle")
        self._terraform = Program(folder, environment)
        self._install_provider()

    def _install_provider(self) -> None:
        code, _, error = self._terraform.install_provider()
        if code != 0:
            raise RuntimeError(f"terraform init: {error}")

    def run(self, command: str, *arguments: str, **options: Any) -> str:
        """Run a command and return its output.

        Raises:
            RuntimeError: the command failed; the message is terraform's.
        """
        code, output, error = self._terraform.cmd(command, *arguments, no_color=FLAG, **options)
        if code != 0:
            raise RuntimeError(f"terraform {command}: {error}")
        return output

    def plan(self, *variable_files: Path, **variables: Any) -> Plan:
        """Plan with the variables of some files, overridden by the given ones.

        moto gets the subnets and security groups that they name: a plan reads their VPCs.
        """
        given = self._folder / "given.tfvars.json"
        given.write_text(json.dumps({"bundle_path": str(self.bundle), **variables}))
        texts = [path.read_text() for path in variable_files]
        ids = re.findall(r'"((?:subnet|sg)-\w+)"', "\n".join([*texts, given.read_text()]))
        if ids:
            regions = re.findall(r'^region += "(.*)"$', "\n".join(texts), flags=re.MULTILINE)
            has_network(ACCOUNT_ID, variables.get("region") or regions[-1], ids)
        planned = self._folder / "plan"
        self.run("plan", input=False, var_file=[*map(str, variable_files), str(given)], out=str(planned))
        return read(self._terraform, planned)


def read(terraform: Program, planned: Path) -> Plan:
    """Return a plan that terraform wrote into a file.

    Raises:
        RuntimeError: terraform cannot read the file.
    """
    folder = Path(terraform.working_dir)
    reader = Program(folder, {**terraform.environment, **_schemas(folder)})
    code, output, error = reader.cmd("show", str(planned), json=FLAG)
    if code != 0:
        raise RuntimeError(f"terraform show: {error}")
    return Plan(json.loads(output))


_schema_server: dict[str, str] | None = None
"""Settings with which terraform reads schemas from one provider process; None before the first plan is read."""


def _schemas(folder: Path) -> dict[str, str]:
    global _schema_server
    if _schema_server is None:
        running = ExitStack()
        atexit.register(running.close)
        _schema_server = running.enter_context(provider_server.serving(folder))
    return _schema_server


def _resources(module: Mapping[str, Any]) -> Iterator[Resource]:
    for found in module.get("resources", []):
        if found["mode"] == "managed":
            # A resource with only generated values, such as a validated certificate, has no values.
            yield Resource(found["address"], found["type"], found.get("values", {}))
    for child in module.get("child_modules", []):
        yield from _resources(child)
