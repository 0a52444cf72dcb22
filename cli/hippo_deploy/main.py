"""The program `python -m hippo_deploy`: runs a command and turns its error into an exit status.

0 success; 1 refused or failed; 2 wrong use; 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import typer
from botocore.exceptions import BotoCoreError, ClientError

from hippo_common import console
from hippo_common.errors import INTERRUPTED, HippoError
from hippo_deploy.errors import in_words

COMMANDS: Final = ("bootstrap", "preflight", "plan", "review", "deploy", "verify", "outputs", "destroy")
"""In the order of a first deployment; each is `hippo_deploy.commands.<name>:command`."""


def application(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """Return the application with the named commands; only their modules are imported."""
    made = typer.Typer(
        name="hippo_deploy",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    made.callback()(_always_named)
    for name in names:
        command: Any = import_module(f"hippo_deploy.commands.{name}").command
        made.command(name)(command)
    return made


def _always_named() -> None:
    """Deploy HIPPO Gym; `make bootstrap|preflight|plan|deploy|verify|outputs|destroy ENV=<name>` run these commands."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit status; an error is written to standard error.

    Args:
        arguments: the command line without the program's name; None means this process's command line.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    named = [name for name in COMMANDS if name in given[:1]]
    try:
        application(named or COMMANDS)(args=given, prog_name="python -m hippo_deploy")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except HippoError as error:
        console.fail(error)
        return error.exit_status
    except (BotoCoreError, ClientError) as error:
        console.fail(in_words(error))
        return 1
    return 0


def main() -> None:
    """Run this process's command line and exit with its status."""
    sys.exit(run())
