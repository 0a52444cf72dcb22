"""`hippo links`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId


def command(
    project_id: ProjectId,
    users: Annotated[
        list[str] | None, typer.Argument(metavar="[USER]...", help="The participants' ids.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", metavar="PATH", help="A file with one id a line.", show_default=False)
    ] = None,
    days: Annotated[int, typer.Option("--days", metavar="N", help="For how many days they can be opened.")] = 30,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new key first; links of the key before it stay valid.")
    ] = False,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""Make signed links, one for each participant.

    A study of `access: signed` admits only who opens such a link. It is printed as CSV: userId,link.
    A person who has a link can take part as the participant: send each to its participant alone.

    \b
    Examples:
      hippo links grid_world a2xyz b3abc
      hippo links grid_world --file ids.txt > links.csv
      hippo links grid_world --file ids.txt --days 14
      hippo links grid_world --rotate             a new key; the last links stay valid
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish import links
    from hippo_common import console
    from hippo_common.errors import WRONG_USE, HippoError

    ids = list(users or [])
    if file is not None:
        try:
            ids += links.read_ids(file.read_text(encoding="utf-8-sig").splitlines())
        except (OSError, UnicodeDecodeError) as error:
            raise HippoError(f"{file} cannot be read: {error}", "Name a text file in UTF-8.", WRONG_USE) from error
    target = connect(deployment)
    if rotate:
        links.rotate(target, project_id)
        console.note(f"{project_id} has a new key. Links that the key before it signed stay valid.")
        if not ids:
            return
    made = links.make(target, project_id, ids, days)
    if as_json:
        shown = [{"userId": each.user_id, "link": each.url, "expiresAt": each.expires_at.isoformat()} for each in made]
        console.print_json(shown)
        return
    console.say("userId,link")
    for each in made:
        console.say(f"{each.user_id},{each.url}")
    console.note(f"They can be opened until {made[0].expires_at:%Y-%m-%d %H:%M} UTC.")
