"""Checks the AWS credentials: which identity, in which account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_deploy.errors import in_words
from hippo_deploy.preflight.cloud import Cloud
from hippo_deploy.preflight.findings import Finding, ok, problem, warning

SUBJECT: Final = "Credentials"
_WHY: Final = "The deployment goes into the account of these credentials, and uses their permissions."


@dataclass(frozen=True)
class Caller:
    """The identity of the credentials."""

    account_id: str
    arn: str


def identify(cloud: Cloud) -> Caller | Finding:
    """Return the identity of the credentials; a problem if AWS does not accept them.

    The call goes to the main Region's STS, which every account may use even if the deployment's Region is not enabled.
    """
    try:
        identity = cloud.client("sts", cloud.main_region()).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        words = in_words(error)
        return problem(SUBJECT, words.message, _WHY, words.fix or "Fix this, and run make preflight again.")
    return Caller(identity["Account"], identity["Arn"])


def judge(caller: Caller) -> Iterator[Finding]:
    """Warn of the root user and of IAM users' access keys."""
    found = f"{caller.arn} in account {caller.account_id}"
    if caller.arn.endswith(":root"):
        yield warning(
            SUBJECT,
            found,
            "The root user has every permission and cannot be limited. AWS advises not to use it for daily work.",
            "Use a role: IAM Identity Center's AdministratorAccess, or the role for deployments (docs/ci.md).",
        )
    elif ":user/" in caller.arn:
        yield warning(
            SUBJECT,
            found,
            "An IAM user's access key, and each copy of it, works until the key is deleted.",
            "Use `aws sso login` or a role: their credentials expire within hours.",
        )
    else:
        yield ok(SUBJECT, found, _WHY)
