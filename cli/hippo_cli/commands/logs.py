"""`hippo logs`."""

from __future__ import annotations

from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, DeploymentName, UserId


def command(
    user: UserId,
    project_id: Annotated[
        str | None,
        typer.Option("--project", "-p", metavar="ID", help="The study, if the participant has been in several."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep showing new lines until the server has ended.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Show lines from this time on: 10m, 2h, 1d ago, or a date and time."),
    ] = None,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
) -> None:
    r"""Show the log of a participant's container.

    Reads the log of the participant's live server, or of their last one. If several containers were
    started for it, because the first ones crashed before they were ready, it shows all of them, the
    oldest first. Times are local times of this machine.

    \b
    Examples:
      hippo logs a2xyz                         the whole log
      hippo logs a2xyz --follow                keep showing new lines
      hippo logs a2xyz --since 10m             the last ten minutes
      hippo logs a2xyz --project grid_world    the server in this study
    """
    from datetime import UTC, datetime

    from hippo_cli.deployment import connect
    from hippo_cli.publish import words
    from hippo_cli.servers.finding import SessionFinder
    from hippo_cli.servers.logs import followed, moment, silence, written
    from hippo_common import console

    begin = None if since is None else moment(since, datetime.now(UTC))
    found = connect(deployment)
    finder = SessionFinder(found)
    session = finder.find(user, project_id)
    ended = f", ended {words.moment(session.ended_at)}" if session.ended_at else ", live"
    console.note(f"{session.user_id} in {session.project_id}: session {session.id}{ended}", "quiet")
    lines = followed(found, session, begin, finder.reload) if follow else written(found, session, begin)
    shown, task = False, ""
    for line in lines:
        if line.task != task and (task or len(session.tasks) > 1):
            console.note(f"Container of task {line.task}:", "strong")
        shown, task = True, line.task
        at = line.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        console.say(((at, "quiet"), f"  {line.text.rstrip()}"))
    if not shown:
        nothing = "nothing since then" if begin else "nothing yet, or its log has expired"
        console.note(f"The container has written {nothing}.{silence(session)}")
