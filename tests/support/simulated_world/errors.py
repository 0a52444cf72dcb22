"""Errors as the services answer them."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


def client_error(code: str, message: str, operation: str, status: int = 400, **extra: Any) -> ClientError:
    """Make the error that boto3 raises for a service's answer.

    Args:
        code, message: as the service words them.
        operation: the API's name, such as "RunTask".
        status: of the HTTP answer.
        extra: further members of the parsed answer, such as `resourceIds`.
    """
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
    } | extra
    return ClientError(response, operation)
