"""`hippo preview`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_CONFIG, Config, PythonOption
from hippo_common import console
from hippo_common.errors import HippoError


def command(
    config: Config = DEFAULT_CONFIG,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 0,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in your browser, or only show its address.")
    ] = True,
    game: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The address of a game server on this machine, such as ws://127.0.0.1:5000."),
    ] = None,
    python: PythonOption = None,
) -> None:
    r"""Show a study in your browser, with its game.

    Shows each step as a participant will see it, from the folder on this machine, with the faults
    that `hippo validate` finds. A saved file is shown immediately. The preview does not use AWS.

    It runs the game that config.yml describes (`game:`), shows its log beside the page, and starts
    it again when one of its files is saved. The game runs in the Python of --python, else in the
    one of `.venv` in the study's folder, else in the one that `hippo` runs in. A study with a game
    server of its own shows a placeholder, unless you run that server on this machine and give its
    address with --game. Ctrl-C ends the preview and the game.

    \b
    Examples:
      hippo preview                          the study in this folder
      hippo preview studies/pilot            another one
      hippo preview --no-open --port 8000    on a machine without a browser
      hippo preview --python ~/lab/.venv     the game in another environment
      hippo preview --game ws://127.0.0.1:5000    with a game server that you have started
    """
    from hippo_cli.game.python import choose
    from hippo_cli.game.server import ending_on_sigterm
    from hippo_cli.preview import server
    from hippo_cli.study import listing

    if game is not None and not game.startswith(("ws://", "wss://")):
        raise HippoError(f"{game} is not the address of a game server.", "Write it like ws://127.0.0.1:5000.")
    named = None if python is None else choose(config, python)
    with server.serve(config, port, game, python=named, on_line=_show_line) as preview:
        study = preview.stage.study
        console.say(f"Preview of {study.config} at {preview.address} ({listing.summary(study)}).")
        console.note("The page shows a saved file immediately. Ctrl-C ends the preview.", "quiet")
        if open_browser and has_screen():
            import webbrowser

            webbrowser.open(preview.address)
        try:
            with ending_on_sigterm():
                preview.serve_forever()
        except KeyboardInterrupt:
            console.note("\nThe preview has ended.", "quiet")


def _show_line(line: str) -> None:
    console.note(f"game | {line}", "quiet")


def has_screen() -> bool:
    """Return whether a graphical browser can open; Python would also start one in a terminal."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
