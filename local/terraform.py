"""Runs the real terraform on the real root; every file that it writes goes to the state folder.

Terraform writes a lock file, and by default its state and data, into the folder in which it runs.
So it runs in a separate folder with links to the root's files: the configuration is never stale,
and terraform/ stays clean. The folder omits variable files, backend.tf and imports.tf, which belong
to a real deployment. It also omits the lock file: a provider mirror on this machine may hold one
platform only, whose hashes would not match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hippo_deploy.provider_mirror import PROVIDER
from local.failures import LocalCloudError
from local.places import REPOSITORY
from local.terraform_program import FLAG, Program

ROOT = REPOSITORY / "terraform"
_LEFT_OUT = re.compile(r"^(backend|imports|override|.*_override)\.tf$")
_OVERRIDES = "local_override.tf.json"
_PARALLELISM = 20  # an apply mostly waits, for example 25 seconds for a queue


class TerraformRun:
    """Terraform's commands on one working folder."""

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, Any],
        environment: Mapping[str, str],
        log: Path,
        root: Path = ROOT,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        """Link the root's files into the working folder and write the variables beside them.

        Args:
            folder: the working folder; it keeps state and data.
            variables: values of the root's variables.
            environment: points the AWS provider at the local cloud; terraform inherits no AWS
                setting.
            log: file to which every command's output is appended.
            root: the root module.
            overrides: the content of an override file: what replaces parts of the root's blocks.

        Raises:
            LocalCloudError: terraform is not installed.
        """
        self._folder = folder
        self._log = log
        link_root(root, folder)
        (folder / "terraform.tfvars.json").write_text(json.dumps(dict(variables), indent=2))
        (folder / _OVERRIDES).unlink(missing_ok=True)
        if overrides is not None:
            (folder / _OVERRIDES).write_text(json.dumps(dict(overrides), indent=2))
        self._terraform = Program(folder, environment)

    def init(self) -> None:
        """Install the provider from a mirror on this machine, else from the registry.

        Raises:
            LocalCloudError: neither has it.
        """
        code, output, error = self._terraform.install_provider()
        self._note("init", code, output, error)
        if code == 0:
            return
        if re.search(r"registry\.terraform\.io|provider", error):
            raise LocalCloudError(
                "terraform cannot get its AWS provider: registry.terraform.io does not answer and no folder on "
                "this machine mirrors it; connect to the internet, or set TF_PLUGIN_DIR to a folder that holds "
                f"{PROVIDER} (see {self._log})."
            )
        raise self._failure("init", error)

    def apply(self) -> None:
        """Apply the root.

        Raises:
            LocalCloudError: with terraform's first error.
        """
        code, _, error = self._run("apply", skip_plan=True, parallelism=_PARALLELISM)
        if code != 0:
            raise self._failure("apply", error)

    def changes(self) -> str:
        """Return what a further apply would change, as terraform prints it; empty if nothing.

        Raises:
            LocalCloudError: the plan fails.
        """
        code, output, error = self._run("plan", detailed_exitcode=FLAG, parallelism=_PARALLELISM)
        if code not in (0, 2):
            raise self._failure("plan", error)
        return output if code == 2 else ""

    def outputs(self) -> dict[str, Any]:
        """Return the root's outputs, by name."""
        found = self._terraform.output() or {}
        return {name: output["value"] for name, output in found.items()}

    def _run(self, command: str, **options: Any) -> tuple[int, str, str]:
        # The variables are in terraform.tfvars.json; without `var=None` an empty -var-file is added.
        code, output, error = getattr(self._terraform, command)(var=None, **options)
        self._note(command, code, output, error)
        return code, output, error

    def _note(self, command: str, code: int, output: str, error: str) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a") as log:
            log.write(f"--- terraform {command}: exit code {code}\n{output}\n{error}\n")

    def _failure(self, command: str, error: str) -> LocalCloudError:
        found = re.search(r"Error: (.+)", error)
        reason = found.group(1) if found else "it gave no reason"
        return LocalCloudError(f"terraform {command} failed: {reason} (see {self._log}).")


def link_root(root: Path, folder: Path) -> None:
    """Fill `folder` with links to a root's configuration and modules; remove dangling links."""
    folder.mkdir(parents=True, exist_ok=True)
    for link in folder.iterdir():
        if link.is_symlink():
            link.unlink()
    for source in sorted(root.glob("*.tf")):
        if not _LEFT_OUT.match(source.name):
            (folder / source.name).symlink_to(source)
    (folder / "modules").symlink_to(root / "modules")
