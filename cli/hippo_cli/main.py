"""The program `hippo`: runs a command, and turns an error into a message and an exit status.

Exit status: 0 success; 1 refused or failed; 2 wrong use; 130 interrupted.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from hippo_cli import __version__
from hippo_common import console
from hippo_common.errors import INTERRUPTED, REFUSED, HippoError

COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "Write a study": ("init", "preview", "validate", "rehearse"),
    "Publish studies": ("submit", "list", "show", "history", "rollback", "open", "close", "link", "links"),
    "Watch servers": ("sessions", "stop", "logs"),
    "Get the data": ("export", "report", "replay", "retention", "forget"),
}
"""Topic → commands, in the order of the help; each is `hippo_cli.commands.<name>:command`."""

_NO_WRAP: Final = r"\b"
"""A line with this in a command's docstring: click does not wrap the lines below it."""

_SUMMARY_LENGTH: Final = 200  # characters


class _Commands(MutableMapping[str, Any]):
    """The commands by name. A command's module is imported on the first access to the command."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        self._names = [name for names in COMMANDS.values() for name in names]

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            one = typer.Typer(add_completion=False, rich_markup_mode=None)
            command = import_module(f"hippo_cli.commands.{name}").command
            one.command(name, help=(inspect.getdoc(command) or "").replace(_NO_WRAP, "\b"))(command)
            self._made[name] = typer.main.get_command(one)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __setitem__(self, name: str, command: Any) -> None:
        self._names.append(name)
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        self._names.remove(name)


class _Hippo(TyperGroup):
    """The group of all commands. Its help lists them by topic."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands' names and summaries, topic by topic."""
        width = max(len(name) for name in self.commands)
        for topic, names in COMMANDS.items():
            rows = [(name.ljust(width), self.commands[name].get_short_help_str(_SUMMARY_LENGTH)) for name in names]
            with formatter.section(topic):
                formatter.write_dl(rows)


app: Final = typer.Typer(
    name="hippo",
    cls=_Hippo,
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    epilog="Help on one command: hippo validate --help",
)


def _show_version(asked: bool) -> None:
    if asked:
        console.say(f"hippo {__version__}")
        raise typer.Exit


@app.callback()
def _hippo(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Write, publish and watch studies with people and learning agents, and get their data."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit status. Errors go to standard error.

    Args:
        arguments: without the program's name; None takes those of this process.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="hippo")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        expected = _as_hippo_error(error)
        if expected is None:
            raise
        console.fail(expected)
        return expected.exit_status
    return 0


def _as_hippo_error(error: Exception) -> HippoError | None:
    """Return an error as a message for a researcher; None for a bug of this program."""
    if isinstance(error, HippoError):
        return error
    if "botocore" in sys.modules:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, BotoCoreError | ClientError):
            from hippo_common import aws_errors

            return aws_errors.to_hippo_error(error)
    if "hippo_gym" in sys.modules:
        from hippo_gym.runtime.errors import HippoGymError

        if isinstance(error, HippoGymError):
            return HippoError(str(error), exit_status=REFUSED)
    return None


def main() -> None:
    """Run the command line of this process, and exit."""
    sys.exit(run())


if __name__ == "__main__":
    main()
