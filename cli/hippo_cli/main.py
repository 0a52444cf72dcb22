"""The program `hippo`: finds the command that is asked for, runs it, and turns what went wrong into an exit status.

0 fine; 1 refused or failed; 2 wrong use; 130 interrupted.
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
    "Write a study": ("validate", "preview"),
    "Publish it": ("submit", "list", "show", "history", "rollback", "open", "close"),
    "While it runs": ("sessions", "stop", "logs"),
    "Its data": ("export", "report", "forget"),
}
"""Topic → commands, in the order of the help; each is `hippo_cli.commands.<name>:command`."""

_AS_IT_STANDS: Final = r"\b"
"""A line of this in a command's docstring: the lines below it are not wrapped."""

_MOST_SAID: Final = 200  # characters of a command's summary


class _Commands(MutableMapping[str, Any]):
    """The commands by name. A command's module is imported when the command is looked at."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}
        self._names = [name for names in COMMANDS.values() for name in names]

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._made:
            one = typer.Typer(add_completion=False, rich_markup_mode=None)
            command = import_module(f"hippo_cli.commands.{name}").command
            one.command(name, help=(inspect.getdoc(command) or "").replace(_AS_IT_STANDS, "\b"))(command)
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
    """The group of all commands; its help lists them by topic."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = _Commands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands' names and summaries, topic by topic."""
        width = max(len(name) for name in self.commands)
        for topic, names in COMMANDS.items():
            rows = [(name.ljust(width), self.commands[name].get_short_help_str(_MOST_SAID)) for name in names]
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
    """Studies with people and learning agents: write them, publish them, watch them run, and get their data."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return the exit status; what went wrong is told on standard error.

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
        told = _told(error)
        if told is None:
            raise
        console.fail(told)
        return told.exit_status
    return 0


def _told(error: Exception) -> HippoError | None:
    """Return an error in a researcher's words; None for one that nobody expected, which is a fault of this program."""
    if isinstance(error, HippoError):
        return error
    if "botocore" in sys.modules:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, BotoCoreError | ClientError):
            from hippo_common import aws_errors

            return aws_errors.in_words(error)
    if "hippo_gym" in sys.modules:
        from hippo_gym.runtime.errors import HippoGymError

        if isinstance(error, HippoGymError):
            return HippoError(str(error), exit_status=REFUSED)
    return None


def main() -> None:
    """Run the command line of this process, and end it."""
    sys.exit(run())


if __name__ == "__main__":
    main()
