"""`hippo preview`."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from hippo_cli import console
from hippo_cli.options import DEFAULT_CONFIG, Config


def command(
    config: Config = DEFAULT_CONFIG,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 0,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in your browser, or only print its address.")
    ] = True,
) -> None:
    r"""Show a study's pages in your browser.

    Step by step, as a participant will see them, from the folder on this machine: save a file, and the page shows it.
    What `hippo validate` finds is shown beside it. The game is only a placeholder: no server is started, and AWS is
    not needed. Ctrl-C ends it.

    \b
    Examples:
      hippo preview                          the study in this folder
      hippo preview studies/pilot            another one
      hippo preview --no-open --port 8000    on a machine without a browser
    """
    from hippo_cli.preview import server
    from hippo_cli.study import listing

    with server.serve(config, port) as preview:
        study = preview.stage.study
        console.say(f"{study.config} is shown at {preview.address} ({listing.summary(study)}).")
        console.note("Saved files are shown at once. Ctrl-C ends the preview.", "quiet")
        if open_browser and _has_screen():
            import webbrowser

            webbrowser.open(preview.address)
        try:
            preview.serve_forever()
        except KeyboardInterrupt:
            console.note("\nThe preview has ended.", "quiet")


def _has_screen() -> bool:
    """Tell whether a browser with windows can be opened: without a screen, Python would take one of the terminal's."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
