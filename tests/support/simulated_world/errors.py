"""Errors in the services' format."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


def client_error(code: str, message: str, operation: str, status: int = 400, **extra: Any) -> ClientError:
    """Make the error that boto3 raises for a service's answer.

    Args:
        code, message: the service's own.
        operation: the API's name, for example "RunTask".
        status: HTTP status.
        extra: further members of the parsed answer, for example `resourceIds`.
    """
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
    } | extra
    return ClientError(response, operation)
