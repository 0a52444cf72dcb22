"""Who is asking AWS, and in which account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_deploy.errors import in_words
from hippo_deploy.preflight.cloud import Cloud
from hippo_deploy.preflight.findings import Finding, ok, problem, warning

SUBJECT: Final = "Credentials"
_WHY: Final = "Everything is deployed into the account, and with the permissions, of whoever runs it."


@dataclass(frozen=True)
class Caller:
    """Whom AWS takes us for."""

    account_id: str
    arn: str


def identify(cloud: Cloud) -> Caller | Finding:
    """Ask AWS who we are; what stands in the way, if it does not answer.

    Every account may use the main Region's STS, also when the deployment's own Region is not enabled.
    """
    try:
        told = cloud.client("sts", cloud.main_region()).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        words = in_words(error)
        return problem(SUBJECT, words.message, _WHY, words.fix or "Mend that, and run it again.")
    return Caller(told["Account"], told["Arn"])


def judge(caller: Caller) -> Iterator[Finding]:
    """Look at who we are."""
    found = f"{caller.arn} in account {caller.account_id}"
    if caller.arn.endswith(":root"):
        yield warning(
            SUBJECT,
            found,
            "The root user may do everything, cannot be limited, and should be locked away.",
            "Use a role: IAM Identity Center's AdministratorAccess, or the role for deployments (docs/deploy.md).",
        )
    elif ":user/" in caller.arn:
        yield warning(
            SUBJECT,
            found,
            "An IAM user's access key goes on to work until somebody deletes it, wherever a copy of it has gone.",
            "Use `aws sso login` or a role, whose credentials end by themselves within hours.",
        )
    else:
        yield ok(SUBJECT, found, _WHY)
