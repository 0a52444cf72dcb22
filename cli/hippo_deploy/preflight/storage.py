"""The buckets: the one for research data, and the one for Terraform's state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.cloud import is_denied
from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of

_NAME: Final = re.compile(r"(?!xn--|sthree-)(?!.*\.\.)(?!(?:\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Amazon S3 user guide, "General purpose bucket naming rules"."""

_WHY: Final = "It holds the pages, the participants' answers and what the servers record."
_GONE: Final = frozenset({"404", "NoSuchBucket"})


def projects_bucket(situation: Situation) -> Iterator[Finding]:
    """Look whether the bucket's name is valid, and free or already this deployment's."""
    name, existing = situation.wanted.bucket(situation.account_id), situation.existing
    subject = "Projects bucket"
    if _NAME.fullmatch(name) is None:
        fix = "Set bucket_name: 3 to 63 lower-case letters, digits, dots and hyphens."
        yield problem(subject, f"{name!r} ({len(name)} characters) cannot be a bucket's name", _WHY, fix)
    elif existing is not None and existing.bucket != name:
        yield problem(
            subject,
            f"it is {existing.bucket}, and {name} is asked for",
            "Another name is another bucket: Terraform would have to destroy the one with the data, and refuses.",
            f'Set bucket_name = "{existing.bucket}" (and name as it was).',
        )
    else:
        yield _bucket(situation, subject, name)


def _bucket(situation: Situation, subject: str, name: str) -> Finding:
    ours = situation.existing is not None
    try:
        situation.cloud.client("s3").head_bucket(Bucket=name, ExpectedBucketOwner=situation.account_id)
    except ClientError as error:
        if code_of(error) in _GONE:
            if ours:
                fix = "Find out who deleted it; make plan shows what would be made anew."
                return problem(subject, f"{name} is gone", _WHY, fix)
            return ok(subject, f"the name {name} is free", _WHY)
        if is_denied(error) and ours:
            raise
        fix = 'Set bucket_name to another name, such as "<name>-projects-<your institution>".'
        if is_denied(error):
            return problem(subject, f"{name} is taken by another account, or you may not look", _WHY, fix)
        if code_of(error) in {"301", "400", "PermanentRedirect"}:
            return problem(subject, f"{name} is in another Region", _WHY, fix)
        raise
    if ours:
        return ok(subject, f"{name} is there", _WHY)
    return problem(
        subject,
        f"{name} is in this account, and no deployment {situation.wanted.name} is",
        "Terraform does not take over a bucket that is there by itself: make deploy would fail half way.",
        "Bring it under Terraform with an `import` block (docs/deploy.md), or set bucket_name to another name.",
    )


def state(situation: Situation) -> Iterator[Finding]:
    """Look whether the bucket of Terraform's state is there, ours and versioned."""
    store, subject = situation.wanted.state, "State bucket"
    bootstrap = f"make bootstrap ENV={situation.wanted.environment} makes it."
    why = "Terraform keeps there what it has made; without it, it would make everything a second time."
    if store is None:
        yield problem(subject, "the environment has no backend file that says where it is", why, bootstrap)
        return
    s3: Any = situation.cloud.client("s3", store.region)
    try:
        s3.head_bucket(Bucket=store.bucket, ExpectedBucketOwner=situation.account_id)
    except ClientError as error:
        if code_of(error) in _GONE:
            yield problem(subject, f"{store.bucket} is not there", why, bootstrap)
        elif is_denied(error):
            yield problem(
                subject,
                f"{store.bucket} is not in account {situation.account_id}, or you may not use it",
                why,
                "Use credentials of the account that the environment belongs to; then have s3:ListBucket allowed.",
            )
        elif code_of(error) in {"301", "400", "PermanentRedirect"}:
            yield problem(subject, f"{store.bucket} is not in {store.region}", why, "Mend region in the backend file.")
        else:
            raise
        return
    if s3.get_bucket_versioning(Bucket=store.bucket).get("Status") != "Enabled":
        yield warning(
            subject,
            f"{store.bucket} keeps no old versions",
            "A state that was overwritten by mistake could not be brought back.",
            f"aws s3api put-bucket-versioning --bucket {store.bucket} --versioning-configuration Status=Enabled",
        )
    else:
        yield ok(subject, f"{store.bucket} in {store.region}, versioned", why)
