"""Makes participants' links with a proof of who they are, and the keys that sign them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list
from hippo_common.errors import WRONG_USE, HippoError
from hippo_gym.runtime import schemas
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.studies.link_keys import Keys, parameter_name, read_keys, write_new_key
from hippo_gym.studies.links import sign
from hippo_gym.studies.projects import OPEN

LONGEST_DAYS: Final = 3650


@dataclass(frozen=True)
class Link:
    """A participant's link. A person who has it can take part as the participant."""

    user_id: str
    url: str
    expires_at: datetime


def make(
    deployment: Deployment,
    project_id: str,
    user_ids: Sequence[str],
    days: int,
    now: datetime | None = None,
) -> list[Link]:
    """Return a signed link for each participant; makes the study's key if it has none.

    Raises:
        HippoError: an id is not valid or is there twice; the study does not exist, or needs no such
            links; or the deployment has no participant page.
    """
    _check(user_ids, days)
    page = _check_study(deployment, project_id)
    expires_at = (now or datetime.now(UTC)).replace(microsecond=0) + timedelta(days=days)
    key = _keys(deployment, project_id)[0]
    links = []
    for user_id in user_ids:
        query = urlencode({"projectId": project_id, "userId": user_id})
        url = f"{page}/?{query}#proof={sign(key, project_id, user_id, expires_at)}"
        links.append(Link(user_id, url, expires_at))
    return links


def rotate(deployment: Deployment, project_id: str) -> None:
    """Make a new key. Links of the key before it stay valid, and those of earlier keys do not.

    Raises:
        HippoError: the study does not exist, or needs no signed links.
    """
    _check_study(deployment, project_id)
    ssm, name = deployment.client("ssm"), parameter_name(deployment.name, project_id)
    write_new_key(ssm, name, read_keys(ssm, name))


def read_ids(lines: Iterable[str]) -> list[str]:
    """Return the ids in a file: one a line; empty lines and those that begin with # are skipped."""
    stripped = (line.strip() for line in lines)
    return [line for line in stripped if line and not line.startswith("#")]


def _keys(deployment: Deployment, project_id: str) -> Keys:
    ssm, name = deployment.client("ssm"), parameter_name(deployment.name, project_id)
    found = read_keys(ssm, name)
    if found:
        return found
    try:
        return write_new_key(ssm, name, ())
    except ClientError as error:
        if code_of(error) != "ParameterAlreadyExists":  # another person made one in the meantime
            raise
    return read_keys(ssm, name)


def _check(user_ids: Sequence[str], days: int) -> None:
    if not 1 <= days <= LONGEST_DAYS:
        raise HippoError(f"--days is {days}.", f"Write a whole number from 1 to {LONGEST_DAYS}.", WRONG_USE)
    if not user_ids:
        raise HippoError("There is no participant's id.", "Name ids, or a file with one a line (--file).", WRONG_USE)
    for user_id in user_ids:
        for fault in schemas.faults(schemas.USER_ID, user_id):
            raise HippoError(f"{user_id!r} cannot be a participant's id.", f"Write {fault.allowed}.", WRONG_USE)
    for user_id, times in Counter(user_id.lower() for user_id in user_ids).items():
        if times > 1:
            raise HippoError(
                f"The id {user_id!r} is there {times} times; upper and lower case are the same.",
                "Name each participant once.",
                WRONG_USE,
            )


def _check_study(deployment: Deployment, project_id: str) -> str:
    """Return the address of the participant page."""
    entry = master_list.look_up(deployment, project_id)
    if entry.get("access", OPEN) == OPEN:
        raise HippoError(
            f"{project_id} needs no such links: its access is open.",
            "Participants open the link that `hippo show` prints. To demand a proof of who they are, write "
            "`access: bound` or `access: signed` in config.yml, and publish the study again.",
        )
    if deployment.page_url is None:
        raise HippoError(
            f"{deployment.name} has no participant page.",
            "Set the environment variable HIPPO_PAGE_URL to the address of your page.",
        )
    return deployment.page_url.rstrip("/")
