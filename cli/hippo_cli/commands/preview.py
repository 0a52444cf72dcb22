"""`hippo preview`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_CONFIG, Config
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
) -> None:
    r"""Show a study's pages in your browser.

    Shows each step as a participant will see it, from the folder on this machine, with the faults
    that `hippo validate` finds. A saved file is shown immediately. The preview does not use AWS. It
    shows a placeholder instead of the game, unless you run the game's server on this machine and
    give its address with --game. Ctrl-C ends the preview.

    \b
    Examples:
      hippo preview                          the study in this folder
      hippo preview studies/pilot            another one
      hippo preview --no-open --port 8000    on a machine without a browser
      hippo preview --game ws://127.0.0.1:5000    with the game, on your container's server
    """
    from hippo_cli.preview import server
    from hippo_cli.study import listing

    if game is not None and not game.startswith(("ws://", "wss://")):
        raise HippoError(f"{game} is not the address of a game server.", "Write it like ws://127.0.0.1:5000.")
    with server.serve(config, port, game) as preview:
        study = preview.stage.study
        console.say(f"Preview of {study.config} at {preview.address} ({listing.summary(study)}).")
        console.note("The page shows a saved file immediately. Ctrl-C ends the preview.", "quiet")
        if open_browser and _has_screen():
            import webbrowser

            webbrowser.open(preview.address)
        try:
            preview.serve_forever()
        except KeyboardInterrupt:
            console.note("\nThe preview has ended.", "quiet")


def _has_screen() -> bool:
    """Return whether a graphical browser can open; Python would also start one in a terminal."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
