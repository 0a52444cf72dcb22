"""Runs terraform through python-terraform, for the local cloud and for tests that read plans.

python-terraform runs terraform with the environment of the whole process. Here each object has a
separate environment, which it passes to its child processes only: parallel threads and tests keep
theirs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import python_terraform

from hippo_deploy.provider_mirror import plugin_dir
from local.failures import LocalCloudError

FLAG: Final = python_terraform.IsFlagged
"""The value of an option that is a bare flag, such as -json."""

_NOT_INHERITED = re.compile(r"^(AWS_.*|TF_VAR_.*|TF_CLI_ARGS.*|TF_WORKSPACE|TF_DATA_DIR)$")


class Ended(NamedTuple):
    """A command that has ended: its exit code and what it wrote."""

    code: int
    output: str
    error: str


class Program(python_terraform.Terraform):  # type: ignore[misc] # python-terraform ships no types
    """python-terraform's commands (plan, apply, output, ...) in one folder, with one environment."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Prepare without running terraform.

        Args:
            folder: the root module's folder.
            environment: added to the inherited variables, which exclude settings of AWS and real
                deployments.

        Raises:
            LocalCloudError: terraform is not installed.
        """
        super().__init__(working_dir=str(folder), terraform_bin_path=terraform_program())
        self.environment = {
            **inherited(os.environ),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            **environment,
        }

    def cmd(self, cmd: str, *args: str, **kwargs: Any) -> Ended:
        """Run a command to its end; every other method of python-terraform calls this one.

        Args:
            cmd: such as `plan`.
            args: positional arguments, after the options.
            kwargs: the options; FLAG for a bare one, None for none.
        """
        command = self.generate_cmd_string(cmd, *args, **kwargs)
        try:
            done = subprocess.run(
                command,
                cwd=self.working_dir,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
        finally:
            self.temp_var_files.clean_up()
        return Ended(done.returncode, done.stdout, done.stderr)

    def install_provider(self) -> Ended:
        """Run init with the provider from a mirror on this machine, else from the registry."""
        mirror = plugin_dir()
        if mirror is not None:
            ended = Ended(*self.init(plugin_dir=str(mirror), var=None))
            if ended.code == 0:
                return ended
        return Ended(*self.init(var=None))


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that terraform may inherit."""
    return {name: value for name, value in environment.items() if not _NOT_INHERITED.match(name)}


def terraform_program() -> str:
    """Return the path of the terraform program.

    Raises:
        LocalCloudError: there is none on PATH.
    """
    found = shutil.which("terraform")
    if found is None:
        raise LocalCloudError(
            "terraform is not installed: get 1.10 or newer at https://developer.hashicorp.com/terraform/install."
        )
    return found
