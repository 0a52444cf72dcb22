"""`hippo link`."""

from __future__ import annotations

from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId, UserId


def command(
    project_id: ProjectId,
    user: UserId,
    days: Annotated[int, typer.Option("--days", metavar="N", help="For how many days it can be opened.")] = 7,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""Make a link with which one participant continues in any browser.

    For studies of `access: bound`, whose participants otherwise continue only in the browser in
    which they began, and of `access: signed`. A person who has the link can
    continue as the participant: send it to the participant alone.

    \b
    Examples:
      hippo link grid_world a2xyz
      hippo link grid_world a2xyz --days 1
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish import links
    from hippo_common import console

    (made,) = links.make(connect(deployment), project_id, [user], days)
    if as_json:
        console.print_json({"userId": made.user_id, "link": made.url, "expiresAt": made.expires_at.isoformat()})
    else:
        console.say(made.url)
        console.note(f"It can be opened until {made.expires_at:%Y-%m-%d %H:%M} UTC. Send it to {user} alone.")
