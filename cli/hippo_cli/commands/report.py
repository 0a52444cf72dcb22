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
    test_ids: Annotated[
        list[str] | None,
        typer.Option(
            "--test-id",
            metavar="PATTERN",
            help="Leave out participants with such an id, too, such as 'pilot-*'; may be repeated.",
            show_default=False,
        ),
    ] = None,
    with_tests: Annotated[bool, typer.Option("--with-tests", help="Count ids that begin with test-, too.")] = False,
    games: Annotated[
        bool | None,
        typer.Option(
            "--games/--no-games",
            help="With what happened in the games, or without. Default: with it, up to 200 MB of records.",
            show_default=False,
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="The folder of an export with --games, to fetch new records only. Default: ID-export.",
            show_default=False,
            file_okay=False,
        ),
    ] = None,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""Write a report on a study: one HTML page.

    Shows how far participants get and where they leave, how long each step takes, the groups, the
    waiting times, the servers and what they cost; and of games the returns, the learning curves by
    group and condition, the times to react, and the judgements over time. You can read the page
    offline, mail it and print it. It holds no participant's id or answer.

    Participants whose id begins with test-, as those of `hippo rehearse`, are left out and counted.

    \b
    Examples:
      hippo report grid_world                     grid_world-report.html
      hippo report grid_world -o monday.html
      hippo report grid_world --test-id 'pilot-*'    leaves these out, too
    """
    from dataclasses import asdict
    from datetime import UTC, datetime

    from hippo_cli.data.collecting import TESTS
    from hippo_cli.data.files import check_figures
    from hippo_cli.data.reporting import Options, report
    from hippo_cli.data.studies import check_id
    from hippo_cli.deployment import connect
    from hippo_common import console
    from hippo_common.words import count

    check_id(project_id)
    check_figures()
    path = output or Path(f"{project_id}-report.html")
    tests = (*(() if with_tests else TESTS), *(test_ids or ()))
    options = Options(tests, games, export)
    done = report(connect(deployment), project_id, path, datetime.now(UTC), console.progress, options)
    if as_json:
        console.print_json({"study": project_id, "file": str(path), **asdict(done)})
        return
    console.say(str(path))
    console.note(
        f"{count(done.participants, 'participant')}: {done.finished:,} finished, {done.left:,} left, "
        f"{done.in_progress:,} in progress. {count(done.servers, 'server')}, {done.servers_failed:,} failed."
    )
    if done.left_out:
        console.note(f"{count(done.left_out, 'participant')} left out as tests: --with-tests counts them.")
    if done.unreadable:
        console.warn(f"{count(done.unreadable, 'record')} could not be read and is not counted.")
