"""Checks study ids and participant ids, and returns where a study's data is."""

from __future__ import annotations

import difflib
from typing import Final

from hippo_cli.data.designs import Designs
from hippo_common.errors import WRONG_USE, HippoError
from hippo_gym.runtime import schemas

_LONGEST_ID: Final = 500


def record_prefix(project_id: str) -> str:
    """Return the prefix of the keys of a study's participant records."""
    return f"{project_id}/Users/"


def check_id(project_id: str) -> None:
    """Check that a text is a valid study id.

    Raises:
        HippoError: it is not.
    """
    for fault in schemas.faults(schemas.PROJECT_ID, project_id):
        raise HippoError(f"{project_id!r} cannot be a study's id.", f"Write {fault.allowed}.", WRONG_USE)


def check_exists(designs: Designs, project_id: str, *, has_data: bool) -> None:
    """Check that a study exists: registered, or with data from an earlier registration.

    Raises:
        HippoError: it does not.
    """
    if has_data or designs.entry is not None:
        return
    near = difflib.get_close_matches(project_id, designs.known, n=1, cutoff=0.6)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise HippoError(
        f"The study {project_id!r} does not exist, and has no data.{hint}", "`hippo list` shows all studies."
    )


def check_user(user_id: str) -> None:
    """Check that a text can be a participant's id; the old system allowed any that fits a key.

    Raises:
        HippoError: it cannot.
    """
    if not 0 < len(user_id) <= _LONGEST_ID or user_id.endswith("/"):
        raise HippoError(
            f"{user_id!r} cannot be a participant's id.", "`hippo export` lists them, in participants.csv.", WRONG_USE
        )
