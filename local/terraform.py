"""The real terraform on the real root, with everything that it writes under the state folder.

Terraform writes a lock file, and by default its state and data, into the folder it runs in. So it runs in a folder
of ours that holds links to the root's files: the same configuration, never a stale copy, and terraform/ stays clean.
Left out are variable files, backend.tf and imports.tf, which belong to somebody's real deployment. The lock file is
not taken over: a provider mirror on this machine may hold one platform only, whose hashes would not match it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged, Terraform

from hippo_deploy.provider_mirror import PROVIDER, plugin_dir
from local.failures import LocalCloudError
from local.places import REPOSITORY

ROOT = REPOSITORY / "terraform"
_LEFT_OUT = re.compile(r"^(backend|imports|override|.*_override)\.tf$")
_NOT_INHERITED = re.compile(r"^(AWS_.*|TF_VAR_.*|TF_CLI_ARGS.*|TF_WORKSPACE|TF_DATA_DIR)$")
_PARALLELISM = 20  # most of an apply is waiting: for a queue's 25 seconds, say
_environ_lock = threading.Lock()


def terraform_program() -> str:
    """Path of the terraform program.

    Raises:
        LocalCloudError: there is none on PATH.
    """
    found = shutil.which("terraform")
    if found is None:
        raise LocalCloudError(
            "terraform is not installed: get 1.10 or newer at https://developer.hashicorp.com/terraform/install."
        )
    return found


class TerraformRun:
    """Terraform's commands on one working folder."""

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, Any],
        environment: Mapping[str, str],
        log: Path,
        root: Path = ROOT,
    ) -> None:
        """Link the root's files into the working folder and write the variables beside them.

        Args:
            folder: the working folder; it keeps state and data.
            variables: values of the root's variables.
            environment: what points the AWS provider somewhere; nothing of AWS's is inherited.
            log: file that every command's output is appended to.
            root: the root module.

        Raises:
            LocalCloudError: terraform is not installed.
        """
        self._folder = folder
        self._log = log
        self._environment = {
            "TF_DATA_DIR": str(folder / ".terraform"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            **environment,
        }
        link_root(root, folder)
        (folder / "terraform.tfvars.json").write_text(json.dumps(dict(variables), indent=2))
        self._terraform = Terraform(working_dir=str(folder), terraform_bin_path=terraform_program())

    def init(self) -> None:
        """Install the provider: from a mirror on this machine if that has it, else from the registry.

        Raises:
            LocalCloudError: neither has it.
        """
        mirror = plugin_dir()
        if mirror is not None and self._run("init", plugin_dir=str(mirror), backend=True)[0] == 0:
            return
        code, _, error = self._run("init", backend=True)
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
        """Make the deployment.

        Raises:
            LocalCloudError: with terraform's first error.
        """
        code, _, error = self._run("apply", skip_plan=True, parallelism=_PARALLELISM)
        if code != 0:
            raise self._failure("apply", error)

    def changes(self) -> str:
        """What a further apply would change, as terraform prints it; empty when nothing.

        Raises:
            LocalCloudError: the plan fails.
        """
        code, output, error = self._run("plan", detailed_exitcode=IsFlagged, parallelism=_PARALLELISM)
        if code not in (0, 2):
            raise self._failure("plan", error)
        return output if code == 2 else ""

    def outputs(self) -> dict[str, Any]:
        """The root's outputs, by name."""
        with self._settings():
            found = self._terraform.output() or {}
        return {name: output["value"] for name, output in found.items()}

    def _run(self, command: str, **options: Any) -> tuple[int, str, str]:
        # The variables are in terraform.tfvars.json; without `var=None` an empty -var-file is added.
        with self._settings():
            code, output, error = getattr(self._terraform, command)(var=None, **options)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a") as log:
            log.write(f"--- terraform {command}: exit code {code}\n{output}\n{error}\n")
        return code, output, error

    def _failure(self, command: str, error: str) -> LocalCloudError:
        found = re.search(r"Error: (.+)", error)
        reason = found.group(1) if found else "it gave no reason"
        return LocalCloudError(f"terraform {command} failed: {reason} (see {self._log}).")

    @contextlib.contextmanager
    def _settings(self) -> Iterator[None]:
        """Change os.environ for the time of a command: python-terraform hands terraform no other."""
        with _environ_lock:
            before = dict(os.environ)
            kept = {name: value for name, value in before.items() if not _NOT_INHERITED.match(name)}
            try:
                _replace_environ({**kept, **self._environment})
                with warnings.catch_warnings():  # it reports a failed command by the deprecated Logger.warn
                    warnings.simplefilter("ignore", DeprecationWarning)
                    yield
            finally:
                _replace_environ(before)


def link_root(root: Path, folder: Path) -> None:
    """Fill `folder` with links to a root's configuration and modules; links that lead nowhere go."""
    folder.mkdir(parents=True, exist_ok=True)
    for link in folder.iterdir():
        if link.is_symlink():
            link.unlink()
    for source in sorted(root.glob("*.tf")):
        if not _LEFT_OUT.match(source.name):
            (folder / source.name).symlink_to(source)
    (folder / "modules").symlink_to(root / "modules")


def _replace_environ(wanted: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)
