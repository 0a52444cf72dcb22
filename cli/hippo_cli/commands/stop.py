"""`hippo stop`."""

from __future__ import annotations

from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, DeploymentName, UserId, Yes


def command(
    user: UserId,
    minutes: Annotated[
        int, typer.Option("--in", metavar="MINUTES", min=0, max=1440, help="Stop it after this many minutes.")
    ] = 0,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Wait until the server and its resources are removed.")
    ] = True,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    yes: Yes = False,
) -> None:
    r"""Stop a participant's server.

    The participant's answers, and the data that the container has written, are kept. The
    participant stays at their step: if that is the game and their page is open, the page requests a
    new server.

    \b
    Examples:
      hippo stop a2xyz               now
      hippo stop a2xyz --in 5        in five minutes
      hippo stop a2xyz --yes         without asking
      hippo stop a2xyz --no-wait     without waiting until it is removed
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish.master_list import caller
    from hippo_cli.publish.words import moment
    from hippo_cli.servers import show, stopping
    from hippo_cli.servers.sessions import LiveSessions, Overview
    from hippo_common import console
    from hippo_common.errors import HippoError

    found = connect(deployment)
    sessions = LiveSessions(found)
    live = sessions.one(user)
    if live is None:
        raise HippoError(f"{user} has no server.", "`hippo sessions` shows who has one now.")
    session = live.session
    show.as_table(Overview((live,)), found.region)
    if minutes and live.left is not None and live.left.total_seconds() <= minutes * 60:
        console.say(f"The server stops before that anyway, at {moment(session.stop_at)}. Nothing was changed.")
        return
    when = f"in {minutes} min" if minutes else "now"
    if not console.confirm(f"Stop the server of {session.user_id} {when}?", yes=yes):
        console.note("Nothing was changed.")
        raise typer.Exit(1)
    stopping.request_stop(found, session, minutes, f"stopped by {caller(found)} with hippo stop")
    if not wait:
        console.say(f"Requested: stop the server of {session.user_id} {when}.")
        return
    if minutes:
        noted = stopping.wait_until_scheduled(found, session, minutes)
        console.say(f"The server of {session.user_id} will be stopped at {moment(noted.stop_at)}.", "good")
        return
    stopping.wait_until_removed(found, session, lambda text: console.note(f"{text} …", "quiet"))
    console.say(f"The server of {session.user_id} is removed.", "good")
    if live.at_game:
        console.note(f"{session.user_id} is at the game: their page, if it is open, requests a new server.")
