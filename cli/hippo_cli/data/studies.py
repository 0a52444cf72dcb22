"""Which study is meant, and where its data is."""

from __future__ import annotations

import difflib
from typing import Final

from hippo_cli.data.designs import Designs
from hippo_common.errors import WRONG_USE, HippoError
from hippo_gym.runtime import schemas

_LONGEST_ID: Final = 500


def record_prefix(project_id: str) -> str:
    """Return what the keys of a study's participant records begin with."""
    return f"{project_id}/Users/"


def check_id(project_id: str) -> None:
    """See that a text can be a study's id, before anything is looked up by it.

    Raises:
        HippoError: it cannot.
    """
    for fault in schemas.faults(schemas.PROJECT_ID, project_id):
        raise HippoError(f"{project_id!r} cannot be a study's id.", f"An id is {fault.allowed}.", WRONG_USE)


def check_exists(designs: Designs, project_id: str, *, has_data: bool) -> None:
    """See that there is a study: registered, or with data of participants from when it was.

    Raises:
        HippoError: there is not.
    """
    if has_data or designs.entry is not None:
        return
    near = difflib.get_close_matches(project_id, designs.known, n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise HippoError(
        f"There is no study {project_id!r}, and no data of one.{hint}", "`hippo list` shows the studies there are."
    )


def check_user(user_id: str) -> None:
    """See that a text can name a participant: the old system took any id, but S3 takes no endless one.

    Raises:
        HippoError: it cannot.
    """
    if not 0 < len(user_id) <= _LONGEST_ID or user_id.endswith("/"):
        raise HippoError(
            f"{user_id!r} cannot be a participant's id.", "`hippo export` lists them, in participants.csv.", WRONG_USE
        )
