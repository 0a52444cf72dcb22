"""Checks the projects bucket and the bucket of Terraform's state."""

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

_WHY: Final = "It holds the pages, the participants' answers and the servers' recordings."
_GONE: Final = frozenset({"404", "NoSuchBucket"})


def projects_bucket(situation: Situation) -> Iterator[Finding]:
    """Check that the bucket's name is valid, and free or already used by this deployment."""
    name, existing = situation.wanted.bucket(situation.account_id), situation.existing
    subject = "Projects bucket"
    if _NAME.fullmatch(name) is None:
        fix = "Set bucket_name: 3 to 63 lower-case letters, digits, dots and hyphens."
        yield problem(subject, f"{name!r} ({len(name)} characters) is not a valid bucket name", _WHY, fix)
    elif existing is not None and existing.bucket != name:
        yield problem(
            subject,
            f"it is {existing.bucket}, but the settings name {name}",
            "Another name means another bucket: Terraform would have to destroy the one with the data, and refuses.",
            f'Set bucket_name = "{existing.bucket}" (and `name` to its old value).',
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
                fix = "Find out who deleted it; make plan shows what Terraform would create again."
                return problem(subject, f"{name} does not exist any more", _WHY, fix)
            return ok(subject, f"the name {name} is free", _WHY)
        if is_denied(error) and ours:
            raise
        fix = 'Set bucket_name to another name, such as "<name>-projects-<your institution>".'
        if is_denied(error):
            return problem(subject, f"{name} belongs to another account, or you lack a permission", _WHY, fix)
        if code_of(error) in {"301", "400", "PermanentRedirect"}:
            return problem(subject, f"{name} is in another Region", _WHY, fix)
        raise
    if ours:
        return ok(subject, f"{name} exists", _WHY)
    return problem(
        subject,
        f"{name} exists in this account, but no deployment {situation.wanted.name}",
        "Terraform does not adopt an existing bucket: make deploy would fail part-way.",
        "Import it with an `import` block (docs/take-over.md), or set bucket_name to another name.",
    )


def state(situation: Situation) -> Iterator[Finding]:
    """Check that the bucket of Terraform's state exists, belongs to the account, and is versioned."""
    store, subject = situation.wanted.state, "State bucket"
    bootstrap = f"make bootstrap ENV={situation.wanted.environment} creates it."
    why = "It holds Terraform's record of what it has made; without it, Terraform would make everything again."
    if store is None:
        yield problem(subject, "the environment has no backend file that names it", why, bootstrap)
        return
    s3: Any = situation.cloud.client("s3", store.region)
    try:
        s3.head_bucket(Bucket=store.bucket, ExpectedBucketOwner=situation.account_id)
    except ClientError as error:
        if code_of(error) in _GONE:
            yield problem(subject, f"{store.bucket} does not exist", why, bootstrap)
        elif is_denied(error):
            yield problem(
                subject,
                f"{store.bucket} is not in account {situation.account_id}, or you lack a permission",
                why,
                "Use credentials of the environment's account, with the permission s3:ListBucket.",
            )
        elif code_of(error) in {"301", "400", "PermanentRedirect"}:
            yield problem(
                subject, f"{store.bucket} is not in {store.region}", why, "Correct region in the backend file."
            )
        else:
            raise
        return
    if s3.get_bucket_versioning(Bucket=store.bucket).get("Status") != "Enabled":
        yield warning(
            subject,
            f"{store.bucket} keeps no old versions",
            "A state that is overwritten by mistake could not be restored.",
            f"aws s3api put-bucket-versioning --bucket {store.bucket} --versioning-configuration Status=Enabled",
        )
    else:
        yield ok(subject, f"{store.bucket} in {store.region}, versioned", why)
