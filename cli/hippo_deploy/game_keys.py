"""The keys of the edge route's signed paths: `make deploy` makes them, and replaces them in time.

A key is in two places: in the key value store that the CloudFront Function reads, and in the SSM
parameter from which the functions sign. Terraform has it in neither its state nor a plan. Two keys
are valid at any time, the newest and the one before it: a path is valid as long as its session may
run, a day at most, and keys are replaced after weeks.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_gym.sessions.edge_keys import EdgeKey, EdgeKeysMissing, parameter_name, read_keys

REPLACED_AFTER: Final = timedelta(days=30)
_VALID: Final = 2
_BYTES: Final = 32
_ID: Final = "%Y%m%d%H%M"
"""A key's id is the minute in which it was made, in UTC."""


@dataclass(frozen=True)
class Kept:
    """What was done, in one line, and whether paths can be signed now."""

    good: bool
    text: str


def keep(outputs: Mapping[str, Any], ssm: Any, stores: Any, now: datetime) -> Kept | None:
    """Make the first key, replace an old one, or put back what is missing; None without the edge route.

    The store gets a key before the parameter does: the functions sign with no key that the
    CloudFront Function does not know. A run that stops in between is completed by the next one.

    Args:
        outputs: Terraform's.
        ssm: a client in the deployment's Region.
        stores: a client of CloudFront's key value stores.
        now: with its time zone.
    """
    store = outputs.get("game_key_store_arn")
    if not store:
        return None
    name = parameter_name(str(outputs["name"]))
    try:
        before = _readable(ssm, name)
        wanted = _wanted(before, now)
        _fill(stores, str(store), wanted)
        if wanted != before:
            _write(ssm, name, wanted)
    except (ClientError, BotoCoreError) as error:
        return Kept(False, f"the keys of the edge route could not be kept: {error}")
    made = _made_at(wanted[0])
    if wanted == before:
        return Kept(
            True, f"the key of {made:%Y-%m-%d} signs; make deploy replaces it from {made + REPLACED_AFTER:%Y-%m-%d}"
        )
    return Kept(True, "a new key signs from now on" + ("; the one before it stays valid" if before else ""))


def _readable(ssm: Any, name: str) -> tuple[EdgeKey, ...]:
    try:
        return read_keys(ssm, name)
    except EdgeKeysMissing:
        return ()  # of another form: replaced


def _wanted(before: Sequence[EdgeKey], now: datetime) -> tuple[EdgeKey, ...]:
    if before and now - _made_at(before[0]) < REPLACED_AFTER:
        return tuple(before[:_VALID])
    made = EdgeKey(f"{now.astimezone(UTC):{_ID}}", secrets.token_urlsafe(_BYTES))
    return (made, *(key for key in before if key.id != made.id))[:_VALID]


def _made_at(key: EdgeKey) -> datetime:
    try:
        return datetime.strptime(key.id, _ID).replace(tzinfo=UTC)
    except ValueError:  # made by another tool
        return datetime.min.replace(tzinfo=UTC)


def _fill(stores: Any, arn: str, wanted: Sequence[EdgeKey]) -> None:
    """Make the store hold these keys and no others, in one change."""
    etag = stores.describe_key_value_store(KvsARN=arn)["ETag"]
    held = {item["Key"]: item["Value"] for item in stores.list_keys(KvsARN=arn).get("Items", [])}
    puts = [{"Key": key.id, "Value": key.secret} for key in wanted if held.get(key.id) != key.secret]
    deletes = [{"Key": each} for each in sorted(held.keys() - {key.id for key in wanted})]
    if puts or deletes:
        stores.update_keys(KvsARN=arn, IfMatch=etag, Puts=puts, Deletes=deletes)


def _write(ssm: Any, name: str, keys: Sequence[EdgeKey]) -> None:
    value = json.dumps({"keys": [{"id": key.id, "secret": key.secret} for key in keys]})
    ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)


def remove(name: str, ssm: Any) -> None:
    """Delete the parameter of a deployment that was destroyed; its store went with the distribution."""
    try:
        ssm.delete_parameter(Name=parameter_name(name))
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
