"""Reads keys from Systems Manager's Parameter Store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def read(ssm: SSMClient, name: str) -> str | None:
    """Return the decrypted value of a parameter; None if it does not exist.

    Raises:
        ClientError, BotoCoreError: the call failed.
    """
    try:
        return ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            return None
        raise
