"""`hippo show`."""

from __future__ import annotations

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId


def command(project_id: ProjectId, deployment: DeploymentName = DEFAULT_DEPLOYMENT, as_json: AsJson = False) -> None:
    r"""Show a published study in full.

    Shows its steps with their files, its servers and their container, and who changed it last and
    when.

    \b
    Examples:
      hippo show grid_world
      hippo show grid_world --json
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish import overview, overview_view
    from hippo_common import console

    study = overview.describe(connect(deployment), project_id)
    if as_json:
        console.print_json(overview_view.as_json(study))
    else:
        overview_view.show(study)
