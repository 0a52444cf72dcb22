"""An environment's state: where it is, and which deployments are in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_common.names import DESCRIPTION_PREFIX
from hippo_deploy.bootstrap.files import backend_settings
from hippo_deploy.environments import Environment
from hippo_deploy.ownership.records import OWNER
from hippo_gym.runtime.aws_clients import code_of

_ABSENT: Final = frozenset({"404", "NoSuchBucket", "NoSuchKey"})


@dataclass(frozen=True)
class State:
    """A state.

    Attributes:
        location: its address, s3://<bucket>/<key>.
        owned: names of the deployments whose owner's record it holds.
        described: names of the deployments whose description it holds.
        resources: how many resources it holds.
    """

    location: str
    owned: frozenset[str] = frozenset()
    described: frozenset[str] = frozenset()
    resources: int = 0

    @property
    def deployments(self) -> frozenset[str]:
        """Names of the deployments that it holds."""
        return self.owned | self.described


def location_of(environment: Environment) -> str:
    """Return the address of an environment's state, from its backend file."""
    settings = backend_settings(environment)
    return location(settings.get("bucket", ""), settings.get("key", environment.state_key))


def location(bucket: str, key: str) -> str:
    """Return the address of a state: the names of buckets are unique, so neither account nor Region is part of it."""
    return f"s3://{bucket}/{key}"


def parse(location: str, text: str) -> State:
    """Read a state (`terraform state pull`, format 4); an empty text is a state without resources."""
    document: Mapping[str, Any] = json.loads(text) if text.strip() else {}
    managed = [each for each in document.get("resources", []) if each.get("mode") == "managed"]
    names = [name for each in managed if each["type"] == "aws_ssm_parameter" for name in _names(each)]
    parts = [name.removeprefix(DESCRIPTION_PREFIX).split("/") for name in names if name.startswith(DESCRIPTION_PREFIX)]
    return State(
        location,
        owned=frozenset(part[0] for part in parts if part[1:] == [OWNER]),
        described=frozenset(part[0] for part in parts if len(part) == 1),
        resources=sum(len(each.get("instances", [])) for each in managed),
    )


def fetch(s3: Any, bucket: str, key: str) -> State:
    """Read a state from its bucket without terraform; a state that does not exist holds nothing.

    Raises:
        ClientError: AWS refuses the call.
    """
    try:
        text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    except ClientError as error:
        if code_of(error) not in _ABSENT:
            raise
        text = ""
    return parse(location(bucket, key), text)


def _names(resource: Mapping[str, Any]) -> Iterator[str]:
    for instance in resource.get("instances", []):
        yield str(instance.get("attributes", {}).get("name", ""))
