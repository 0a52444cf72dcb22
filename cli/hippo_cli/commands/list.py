"""`hippo list`."""

from __future__ import annotations

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName


def command(deployment: DeploymentName = DEFAULT_DEPLOYMENT, as_json: AsJson = False) -> None:
    r"""List all studies of the deployment.

    Shows each study's id, name, whether it is open to new participants, its version, who changed it
    last and when, and how many servers it has now.

    \b
    Examples:
      hippo list
      hippo list --json
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish import overview, overview_view
    from hippo_common import console

    target = connect(deployment)
    studies = overview.all_studies(target)
    if as_json:
        console.print_json(overview_view.all_as_json(studies))
    elif studies:
        overview_view.show_all(studies)
    else:
        console.say(f"{target.name} has no studies yet. `hippo submit` publishes one.")
