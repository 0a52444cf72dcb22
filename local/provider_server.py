"""Runs the AWS provider once for many terraform commands that need only its schemas.

Each terraform command starts the provider several times and converts its schemas: some four
seconds of one core. `terraform test` with mocked providers, `terraform validate` and
`terraform show -json` read schemas only and never configure the provider, so that one process can
answer all of them. A command that configures the provider, such as plan or apply, must not use this
process: all of its aliases would share one configuration.

The provider's option -debug and TF_REATTACH_PROVIDERS:
https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode

    python -m local.provider_server FOLDER COMMAND...   run COMMAND with the provider of FOLDER
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VARIABLE: Final = "TF_REATTACH_PROVIDERS"

_ANNOUNCED: Final = re.compile(rf"{VARIABLE}='(?P<value>{{.*}})'")
_PROGRAMS: Final = ".terraform/providers/registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws*"


@contextmanager
def serving(folder: Path) -> Iterator[dict[str, str]]:
    """Run the provider that `terraform init` installed in a folder, until the block ends.

    Yields the environment variables for the terraform commands; none if the provider cannot run this
    way, so that each command starts it as usual.
    """
    program = next(iter(sorted(folder.glob(_PROGRAMS))), None)
    if program is None:
        yield {}
        return
    with subprocess.Popen(
        [program, "-debug"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as server:
        try:
            announced = next(filter(None, map(_ANNOUNCED.search, server.stdout or ())), None)
            yield {VARIABLE: announced["value"]} if announced is not None else {}
        finally:
            server.terminate()


def main(arguments: list[str]) -> int:
    """Run a command with the provider of a folder; return its exit code."""
    folder, *command = arguments
    with serving(Path(folder)) as environment:
        return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
