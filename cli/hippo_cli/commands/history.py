"""`hippo history`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId

_SHOWN: Final = 20  # changes without --all


def command(
    project_id: ProjectId,
    all_changes: Annotated[bool, typer.Option("--all", help=f"Show all changes, not only the last {_SHOWN}.")] = False,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""Show who changed a study, when, and what.

    A change by `hippo` is named by its version, a change by a script by its time. `hippo rollback`
    takes both names.

    \b
    Examples:
      hippo history grid_world
      hippo history grid_world --all --json
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish import history, history_view, master_list
    from hippo_common import console

    target = connect(deployment)
    found = history.read(target, project_id, None if all_changes else _SHOWN)
    if not found.events and not found.kept:
        raise master_list.unknown(project_id, [entry["id"] for entry in master_list.read(target)], target)
    if as_json:
        console.print_json(history_view.as_json(found, project_id))
    else:
        history_view.show(found, project_id)
