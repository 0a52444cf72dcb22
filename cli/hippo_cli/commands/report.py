"""`hippo report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId


def command(
    project_id: ProjectId,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The file to write. Default: ID-report.html.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""Write a report on a study: one HTML page.

    Shows how far participants get and where they leave, how long each step takes, the groups, the
    waiting times, the servers and what they cost. You can read the page offline, mail it and print
    it. It holds no participant's id or answer.

    \b
    Examples:
      hippo report grid_world                     grid_world-report.html
      hippo report grid_world -o monday.html
    """
    from dataclasses import asdict
    from datetime import UTC, datetime

    from hippo_cli.data.files import check_figures
    from hippo_cli.data.reporting import report
    from hippo_cli.data.studies import check_id
    from hippo_cli.deployment import connect
    from hippo_common import console
    from hippo_common.words import count

    check_id(project_id)
    check_figures()
    path = output or Path(f"{project_id}-report.html")
    done = report(connect(deployment), project_id, path, datetime.now(UTC), console.progress)
    if as_json:
        console.print_json({"study": project_id, "file": str(path), **asdict(done)})
        return
    console.say(str(path))
    console.note(
        f"{count(done.participants, 'participant')}: {done.finished:,} finished, {done.left:,} left, "
        f"{done.in_progress:,} in progress. {count(done.servers, 'server')}, {done.servers_failed:,} failed."
    )
    if done.unreadable:
        console.warn(f"{count(done.unreadable, 'record')} could not be read and is not counted.")
