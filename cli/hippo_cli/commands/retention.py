"""`hippo retention`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId

if TYPE_CHECKING:
    from datetime import datetime

    from hippo_cli.publish.retention import Outlook


def command(project_id: ProjectId, deployment: DeploymentName = DEFAULT_DEPLOYMENT, as_json: AsJson = False) -> None:
    r"""Show which participants' data will be removed, and when.

    The deployment removes a participant's data permanently when the retention of the study
    (`retainDays` in config.yml, or the deployment's own) has passed since their last activity, within
    about a day. Data that the study's container stored later stays until the retention has passed
    since then. Participants with a server, and records with the tag hippo-gym:hold, stay.

    \b
    Examples:
      hippo retention grid_world
      hippo retention grid_world --json
    """
    from datetime import UTC, datetime

    from hippo_cli.deployment import connect
    from hippo_cli.publish import master_list, retention
    from hippo_common import console

    target = connect(deployment)
    found = retention.outlook(target, master_list.look_up(target, project_id))
    now = datetime.now(UTC)
    if as_json:
        console.print_json(_as_json(project_id, found, now))
    else:
        _show(project_id, found, now)


def _show(project_id: str, found: Outlook, now: datetime) -> None:
    from hippo_common import console
    from hippo_common.words import count

    there = count(len(found.last_activity), "participant")
    if found.days is None:
        console.say(f"{project_id} keeps the data of {there} until it is removed by hand (`hippo forget`).")
        console.note("Write `retainDays` in its config.yml to remove data after a number of days.")
        return
    whose = "config.yml" if found.from_study else "the deployment"
    console.say(
        f"{project_id} keeps data for {found.days:,} days after a participant's last activity (as {whose} says). "
        f"It has {there}."
    )
    overdue = found.due_by(now)
    if overdue:
        console.say(f"Due now, and removed within about a day: {count(overdue, 'participant')}.", "warn")
    months = found.by_month(now)
    if months:
        first = min(at for at in found.due().values() if at > now)
        console.say(f"The next is due on {first:%Y-%m-%d}.")
        console.table(
            ["MONTH", "PARTICIPANTS"], [[month, f"{number:,}"] for month, number in months.items()], ["PARTICIPANTS"]
        )


def _as_json(project_id: str, found: Outlook, now: datetime) -> dict[str, Any]:
    due = found.due()
    return {
        "study": project_id,
        "retainDays": found.days,
        "fromStudy": found.from_study,
        "participants": len(found.last_activity),
        "dueNow": found.due_by(now),
        "dueByMonth": found.by_month(now),
        "due": [{"participant": user, "at": due[user].isoformat()} for user in sorted(due, key=due.__getitem__)],
    }
