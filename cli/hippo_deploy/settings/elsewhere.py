"""Finds settings in places that the commands do not read: the shell, other files.

An environment's settings are its tfvars file and nothing else: it is what reviewers see, and what a plan's record is
compared with.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from hippo_deploy.environments import Environment
from hippo_deploy.settings.faults import Fault

_PREFIX: Final = "TF_VAR_"
_ARGUMENTS: Final = re.compile(r"(^|\s)--?(?P<argument>var-file|var|target|replace|exclude)\b")


def in_shell(environ: Mapping[str, str], variables: Collection[str], given: Collection[str]) -> Iterator[Fault]:
    """Find variables of the shell that would change a plan on this machine only.

    Args:
        environ: the shell's variables.
        variables: names of Terraform's variables.
        given: names that the tfvars set; for these, Terraform ignores the shell.
    """
    for name in sorted(environ):
        setting = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and setting in variables and setting not in given:
            text = (
                f"it sets {setting} on this machine only, so that the same file would give another plan elsewhere; "
                f"set {setting} in the file, and unset {name}."
            )
            yield Fault(None, text, place=f"the shell's variable {name}")
        found = _ARGUMENTS.search(environ[name]) if name in {"TF_CLI_ARGS_plan", "TF_CLI_ARGS_apply"} else None
        if found:
            text = f"-{found['argument']} changes the plan on this machine only; remove it from {name}."
            yield Fault(None, text, place=f"the shell's variable {name}")


def in_files(environment: Environment) -> Iterator[Fault]:
    """Find a second file of the environment's settings."""
    other = environment.tfvars.with_name(f"{environment.tfvars.name}.json")
    if other.is_file():
        text = f"no command reads this file; move its settings to {environment.tfvars.name}, and delete it."
        yield Fault(None, text, place=environment.relative(other))
