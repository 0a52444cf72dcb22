"""`hippo close`."""

from __future__ import annotations

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId


def command(project_id: ProjectId, deployment: DeploymentName = DEFAULT_DEPLOYMENT, as_json: AsJson = False) -> None:
    r"""Close a study to new participants.

    Takes effect within seconds. Participants who have begun can finish, and their servers keep
    running. New participants see the message "Project ID Not Found".

    \b
    Example:
      hippo close grid_world
    """
    from hippo_cli.deployment import connect
    from hippo_cli.publish import enrolment_window, enrolment_window_view
    from hippo_common import console

    window = enrolment_window.set_open(connect(deployment), project_id, wanted=False)
    if as_json:
        console.print_json(enrolment_window_view.as_json(window, project_id))
    else:
        enrolment_window_view.show(window, project_id)
