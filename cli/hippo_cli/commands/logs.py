"""`hippo logs`."""

from __future__ import annotations

from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, DeploymentName, UserId


def command(
    user: UserId,
    project_id: Annotated[
        str | None,
        typer.Option("--project", "-p", metavar="ID", help="The study, if the participant was in several."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what comes, until the server is gone.")
    ] = False,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Leave out what came before: 10m, 2h, 1d, or a date and time.")
    ] = None,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
) -> None:
    r"""Show what a participant's container has written.

    It is that of the server that is live, or else of the last one that the participant had. Times are of this
    machine's clock.

    \b
    Examples:
      hippo logs a2xyz                         all of it
      hippo logs a2xyz --follow                go on with what comes
      hippo logs a2xyz --since 10m             of the last ten minutes
      hippo logs a2xyz --project grid_world    of this study
    """
    from datetime import UTC, datetime

    from hippo_cli.deployment import connect
    from hippo_cli.publish import words
    from hippo_cli.servers.finding import SessionFinder
    from hippo_cli.servers.logs import followed, moment, written
    from hippo_common import console

    begin = None if since is None else moment(since, datetime.now(UTC))
    found = connect(deployment)
    finder = SessionFinder(found)
    session = finder.find(user, project_id)
    ended = f", over since {words.moment(session.ended_at)}" if session.ended_at else ", live"
    console.note(f"{session.user_id} in {session.project_id}: session {session.id}{ended}", "quiet")
    lines = followed(found, session, begin, finder.again) if follow else written(found, session, begin)
    shown = False
    for line in lines:
        shown = True
        at = line.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        console.say(f"{console.paint(at, 'quiet')}  {line.text.rstrip()}")
    if not shown:
        nothing = "nothing in that time" if begin else "nothing yet, or its log is not kept for so long"
        console.note(f"Its container has written {nothing}.")
