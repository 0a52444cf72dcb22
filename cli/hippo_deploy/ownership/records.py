"""What AWS records under a deployment's name: whether there is a description, and the state of its owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_common.names import DESCRIPTION_PREFIX
from hippo_common.reading import json_value
from hippo_gym.runtime.aws_clients import code_of

OWNER: Final = "owner"
"""Last part of the name of the owner's record (terraform/modules/owner)."""


@dataclass(frozen=True)
class Recorded:
    """The two SSM parameters of a deployment's name.

    Attributes:
        described: whether there is a description. Releases before the owner's record wrote it alone.
        owned: whether there is an owner's record. Terraform creates it first and deletes it last.
        state: location of the owner's state; None without a record, or if its plan did not name it.
    """

    described: bool = False
    owned: bool = False
    state: str | None = None

    def __bool__(self) -> bool:
        """Return whether a deployment of the name exists, if only in part."""
        return self.described or self.owned


def description_name(deployment: str) -> str:
    """Return the name of the parameter that describes a deployment."""
    return DESCRIPTION_PREFIX + deployment


def owner_name(deployment: str) -> str:
    """Return the name of the parameter that records a deployment's owner."""
    return f"{DESCRIPTION_PREFIX}{deployment}/{OWNER}"


def read(ssm: Any, deployment: str) -> Recorded:
    """Return what AWS records under a deployment's name, in the client's account and Region.

    Raises:
        ClientError: AWS refuses a call.
    """
    owner = _value(ssm, owner_name(deployment))
    return Recorded(
        described=_value(ssm, description_name(deployment)) is not None,
        owned=owner is not None,
        state=None if owner is None else _location(owner),
    )


def _value(ssm: Any, name: str) -> str | None:
    """Return a parameter's value as it is stored, encrypted or not; None if the parameter does not exist."""
    try:
        return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            return None
        raise


def _location(text: str) -> str | None:
    """Return the location in an owner's record; None if there is none, or a person has changed the record."""
    try:
        found = json_value(text)
    except ValueError:
        return None
    location = found.get("state") if isinstance(found, dict) else None
    return location if isinstance(location, str) else None
