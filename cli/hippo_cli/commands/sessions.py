"""`hippo sessions`."""

from __future__ import annotations

from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName


def command(
    project_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Only the servers of this study.", show_default=False)
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Refresh every 5 seconds, until Ctrl-C.")] = False,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""List the live servers.

    Shows each server's participant, their step, the server's state, its age, the time left, how long
    the participant waited at the game, and its cost. The states are queued (waiting for a place),
    starting, almost ready, ready and stopping; restarting if AWS took the server's capacity away.
    LEFT is the time until the deployment stops
    the server in any case. The cost is AWS's list price: an amount to plan with, not a bill.

    \b
    Examples:
      hippo sessions                  all studies
      hippo sessions grid_world       one study
      hippo sessions --watch          refresh every 5 seconds
      hippo sessions --json           for a program
    """
    from hippo_cli.deployment import connect
    from hippo_cli.servers import show
    from hippo_cli.servers.sessions import LiveSessions
    from hippo_common import console
    from hippo_common.errors import WRONG_USE, HippoError

    if watch and as_json:
        raise HippoError("--watch and --json exclude each other.", "Leave one of them out.", WRONG_USE)
    found = connect(deployment)
    sessions = LiveSessions(found)
    if project_id is not None:
        show.check_study(sessions, found, project_id)
    if watch:
        show.continuously(sessions, found, project_id)
    elif as_json:
        console.print_json(show.as_json(sessions.all(project_id)))
    else:
        show.as_table(sessions.all(project_id), found.region, project_id)
