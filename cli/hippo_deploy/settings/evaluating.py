"""Evaluates the variables with terraform, with defaults and validation rules.

It runs in a folder that holds only the variables' declarations, so it needs no provider, no state and no network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.terraform import GET_TERRAFORM, NOT_INHERITED

_RULE: Final = re.compile(r"\s*This was checked by the validation rule at [^\n]+\.$")
_ANY_FILE: Final = "variables.tf"


@dataclass(frozen=True)
class Message:
    """An error or a warning of terraform.

    Attributes:
        severity: `error` or `warning`.
        summary: its title.
        detail: its text.
        file: the file that it is about; empty if it names none.
        line: the line in that file; 0 if it names none.
        snippet: that line, and the values in it.
        variable: the variable whose declaration it is about; empty if none.
    """

    severity: str
    summary: str
    detail: str
    file: str = ""
    line: int = 0
    snippet: tuple[str, ...] = ()
    variable: str = ""

    @property
    def breaks_rule(self) -> bool:
        """Whether a value breaks a variable's validation rule."""
        return _RULE.search(self.detail) is not None

    @property
    def sentence(self) -> str:
        """What is wrong: the rule's own message, or terraform's title and text."""
        plain = " ".join(_RULE.sub("", self.detail).split())
        return plain if self.breaks_rule or not plain else f"{self.summary}: {plain}"

    def whole(self, environment: Environment) -> str:
        """Return terraform's text, with the path of the file in the checkout."""
        lines = [f"{self.severity.capitalize()}: {self.summary}"]
        if self.file:
            path = Path(self.file)
            shown = path if path.is_absolute() else environment.root / path
            lines += ["", f"  on {environment.relative(shown)} line {self.line}:"]
            lines += [f"    {part}" for part in self.snippet]
        return "\n".join([*lines, *(["", self.detail] if self.detail else [])])


def messages(environment: Environment, text: str, substitutes: Path | None = None) -> list[Message]:
    """Return what terraform reports about settings; it shows them as those of the environment's tfvars.

    Args:
        environment: the environment.
        text: the content of a tfvars file.
        substitutes: a tfvars file for what the text does not set.

    Raises:
        DeployError: terraform is not installed, or fails without a report.
    """
    with _declarations(environment) as folder:
        file = Path(folder, "given", environment.tfvars.name)
        file.parent.mkdir()
        file.write_text(text, "utf-8")
        others = [f"-var-file={substitutes}"] if substitutes else []
        done = _run(file, folder, "plan", "-json", "-input=false", "-lock=false", "-refresh=false", *others)
    output = done.stdout.replace(str(file), str(environment.tfvars))
    found = [message for line in output.splitlines() if (message := _message(line)) is not None]
    if done.returncode != 0 and not any(message.severity == "error" for message in found):
        raise DeployError(f"terraform cannot evaluate the settings.\n\n{(done.stderr or done.stdout).strip()}")
    return found


def values(environment: Environment, names: Sequence[str]) -> Mapping[str, Any]:
    """Return the values of variables, with their defaults.

    Raises:
        DeployError: terraform is not installed, or cannot evaluate them.
    """
    expression = ", ".join(f"{name} = var.{name}" for name in names)
    with _declarations(environment) as folder:
        done = _run(environment.tfvars, folder, "console", given=f"jsonencode({{ {expression} }})\n")
    answer = done.stdout.strip().rpartition("\n")[2]
    if done.returncode != 0 or not answer.startswith('"'):
        raise DeployError(f"terraform cannot evaluate the settings.\n\n{(done.stderr or done.stdout).strip()}")
    evaluated: dict[str, Any] = json.loads(json.loads(answer))
    return evaluated


@contextmanager
def _declarations(environment: Environment) -> Iterator[str]:
    """Provide a folder with a copy of the variables' declarations."""
    if shutil.which("terraform") is None:
        raise DeployError("terraform is not installed.", GET_TERRAFORM)
    with tempfile.TemporaryDirectory() as folder:
        for declarations in environment.root.glob("variables*.tf"):
            shutil.copy(declarations, folder)
        yield folder


def _run(tfvars: Path, folder: str, command: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            "terraform",
            f"-chdir={folder}",
            command,
            *arguments,
            f"-var-file={tfvars}",
            f"-var=bundle_path={_ANY_FILE}",  # the bundles need not exist yet
            f"-var=certificate_bundle_path={_ANY_FILE}",
        ],
        input=given,
        env=_variables(folder),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def _variables(folder: str) -> dict[str, str]:
    """Return the environment variables for terraform, without settings for it such as TF_VAR_…."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in NOT_INHERITED and not name.startswith(("TF_VAR_", "TF_CLI_ARGS"))
    }
    return kept | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_DATA_DIR": str(Path(folder) / ".terraform")}


def _message(line: str) -> Message | None:
    """Return the message in a line of `terraform plan -json`; None if it holds none.

    The format: https://developer.hashicorp.com/terraform/internals/machine-readable-ui#diagnostic.
    """
    try:
        found = json.loads(line)
    except ValueError:
        return None
    diagnostic = found.get("diagnostic") if isinstance(found, dict) else None
    if not isinstance(diagnostic, dict):
        return None
    place = diagnostic.get("range") or {}
    snippet = diagnostic.get("snippet") or {}
    shown = str(snippet.get("code", "")).splitlines()
    shown += [f"  {value['traversal']} {value['statement']}" for value in snippet.get("values") or []]
    declared = re.match(r'variable "(\w+)"', str(snippet.get("context") or snippet.get("code") or ""))
    return Message(
        severity=str(diagnostic.get("severity", "error")),
        summary=str(diagnostic.get("summary", "")),
        detail=str(diagnostic.get("detail", "")),
        file=str(place.get("filename", "")),
        line=int((place.get("start") or {}).get("line", 0)),
        snippet=tuple(shown),
        variable=declared[1] if declared else "",
    )
