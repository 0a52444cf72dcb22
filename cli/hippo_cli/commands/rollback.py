"""`hippo rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId, Yes


def command(
    project_id: ProjectId,
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="As `hippo history` shows it; its first characters are enough.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    r"""Make an earlier version of a study current.

    Shows what will change, and asks. Restores the pages, the steps and the container of that
    version. Whether the study is open, and its limits of participants and servers, stay as they
    are. Participants who have begun keep the version that they began with.

    \b
    Examples:
      hippo history grid_world
      hippo rollback grid_world 3f9a0c1d2e4b5a67
      hippo rollback grid_world 3f9a --dry-run
      hippo rollback grid_world at-20261122T181003Z    the state that a script registered
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish import approval, rollback

    approval.check_options(dry_run=dry_run, yes=yes, as_json=as_json)
    target = connect(deployment)
    plan = rollback.prepare(target, project_id, version)
    question = f"Make version {plan.version} of {project_id} current?"
    if not approval.offer(plan, target, question, dry_run=dry_run, yes=yes, as_json=as_json):
        raise typer.Exit(1)
