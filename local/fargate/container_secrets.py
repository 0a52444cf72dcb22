"""Reads the secrets that a task definition names for a container, with the execution role's credentials.

A `valueFrom` is `{secret's ARN}:{key}:{version stage}:{version id}`, of which the parts after the
ARN may be empty or absent. Source: Amazon ECS developer guide, "Pass Secrets Manager secrets through
Amazon ECS environment variables".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

_ARN_PARTS: Final = 7  # arn:aws:secretsmanager:region:account:secret:name
_FAILED: Final = "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret"


class CannotReadSecretError(Exception):
    """The container does not start; the message has the wording of ECS's stoppedReason."""


class ContainerSecrets:
    """Reads secrets when a container starts: a later change of a secret does not reach it."""

    def __init__(self, client_of: Callable[[str], Any]) -> None:
        """Take a function that makes a Secrets Manager client with a role's credentials, by ARN."""
        self._client_of = client_of

    def values(self, wanted: Mapping[str, str], execution_role_arn: str) -> dict[str, str]:
        """Return the environment variables: `wanted` is name → valueFrom.

        Raises:
            CannotReadSecretError: the role may not read a secret, or it does not have the key.
        """
        if not wanted:
            return {}
        try:
            secrets = self._client_of(execution_role_arn)
            return {name: _value(secrets, value_from) for name, value_from in wanted.items()}
        except (BotoCoreError, ClientError, LookupError, ValueError) as error:
            raise CannotReadSecretError(f"{_FAILED}: {error}") from error


def _value(secrets: Any, value_from: str) -> str:
    parts = value_from.split(":")
    arn, (key, stage, version) = ":".join(parts[:_ARN_PARTS]), [*parts[_ARN_PARTS:], "", "", ""][:3]
    chosen = {name: value for name, value in (("VersionStage", stage), ("VersionId", version)) if value}
    text = str(secrets.get_secret_value(SecretId=arn, **chosen)["SecretString"])
    if not key:
        return text
    held = json.loads(text)
    if not isinstance(held, dict) or key not in held:
        raise ValueError(f"retrieved secret from Secrets Manager did not contain json key {key}")
    return str(held[key])
