"""Shows a plan, asks for confirmation, and carries it out, for `submit` and `rollback`."""

from __future__ import annotations

from hippo_cli.deployment import Deployment
from hippo_cli.publish import docker, execution, master_list, plan_view
from hippo_cli.publish.execution import Published
from hippo_cli.publish.plans import Plan
from hippo_common import console
from hippo_common.errors import WRONG_USE, HippoError


def check_options(*, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Check that the options are compatible.

    Raises:
        HippoError: --json is given without --yes or --dry-run.
    """
    if as_json and not (yes or dry_run):
        raise HippoError("--json needs --yes or --dry-run.", "Add one of them.", WRONG_USE)


def offer(plan: Plan, deployment: Deployment, question: str, *, dry_run: bool, yes: bool, as_json: bool) -> bool:
    """Show a plan, and carry it out after confirmation.

    Args:
        plan: the plan.
        deployment: the deployment to change.
        question: the question to ask before any change.
        dry_run: only show the plan.
        yes: do not ask.
        as_json: show everything as one JSON object.

    Returns:
        False if the researcher declined, so that nothing was changed; else True.

    Raises:
        HippoError: an action failed.
    """
    if not as_json:
        plan_view.show(plan, deployment)
        console.say()
    if plan.is_empty or dry_run:
        _show_result(plan, deployment, None, as_json=as_json)
        return True
    if plan.build is not None:
        docker.require()
    if not console.confirm(question, yes=yes):
        console.note("Nothing was changed.")
        return False
    published = execution.carry_out(deployment, plan, master_list.caller(deployment))
    _show_result(plan, deployment, published, as_json=as_json)
    return True


def _show_result(plan: Plan, deployment: Deployment, published: Published | None, *, as_json: bool) -> None:
    if as_json:
        done = published and {"version": published.version, "taskDefinition": published.task_definition}
        shown = {**plan_view.as_json(plan, deployment), "published": done, "link": deployment.link(plan.id)}
        console.print_json(shown)
    elif published is not None:
        console.say(f"{plan.id} is published as version {published.version}.", "good")
        _show_link(plan, deployment)
    elif plan.is_empty:
        console.say("Nothing to change: all of this is published already.")
        _show_link(plan, deployment)
    else:
        console.say("Nothing was changed: --dry-run.")


def _show_link(plan: Plan, deployment: Deployment) -> None:
    link = deployment.link(plan.id)
    if link is not None:
        console.say(f"Participants' link: {link}  (add &userId=… if you give them their ids)")
