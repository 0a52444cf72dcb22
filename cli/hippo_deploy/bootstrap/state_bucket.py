"""The bucket for Terraform's state: versioned, encrypted, TLS only, not public. Running it again is harmless.

boto3 creates the bucket, because Terraform cannot keep its state in a bucket that does not exist yet. Other
statements in the policy of an existing bucket, and its other lifecycle rules, stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.errors import DeployError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_NAME_CHARACTERS: Final = 63
"""Longest name of a bucket: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

OLD_VERSIONS_DAYS: Final = 90
OLD_VERSIONS_KEPT: Final = 20
"""S3 deletes a state's old versions after this many days, except the newest few: a mistake can be undone this far."""

_SID: Final = "DenyInsecureTransport"
_RULE: Final = "expire-old-states"


@dataclass(frozen=True)
class StateBucket:
    """The bucket to create.

    Attributes:
        name: its name.
        account_id: account that must own it.
        region: its Region.
        partition: aws, aws-cn or aws-us-gov.
    """

    name: str
    account_id: str
    region: str
    partition: str = "aws"

    @property
    def arn(self) -> str:
        """The bucket's ARN."""
        return f"arn:{self.partition}:s3:::{self.name}"


def default_name(deployment: str, account_id: str, region: str) -> str:
    """Return the default name of a deployment's state bucket.

    Raises:
        DeployError: the name would be too long for S3.
    """
    name = f"{deployment.lower().replace('_', '-')}-terraform-state-{account_id}-{region}"
    if len(name) > MAX_NAME_CHARACTERS:
        raise DeployError(
            f"{name} is too long for a bucket's name ({len(name)} characters; S3 allows {MAX_NAME_CHARACTERS}).",
            "Choose a name: make bootstrap … STATE_BUCKET=<name>. Environments may share one bucket.",
        )
    return name


def make(s3: S3Client, bucket: StateBucket, report: Callable[[str], None]) -> None:
    """Create the bucket unless it exists, and set what a state bucket needs.

    Args:
        s3: a client for the bucket's Region.
        bucket: the bucket.
        report: receives a line for each step.

    Raises:
        DeployError: the name belongs to another account, or the bucket is in another Region.
    """
    owner: dict[str, Any] = {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.account_id}
    report(f"{bucket.name}: {'created' if _create(s3, bucket) else 'exists'}")
    s3.put_public_access_block(
        **owner,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_ownership_controls(**owner, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    report("public access: blocked")
    s3.put_bucket_versioning(**owner, VersioningConfiguration={"Status": "Enabled"})
    report("versions: kept")
    report(f"encryption: {_encrypt(s3, owner)}")
    _add_statement(s3, owner, bucket)
    report("transport: TLS only")
    _add_rule(s3, owner)
    report(f"old versions: S3 keeps the newest {OLD_VERSIONS_KEPT}, and deletes others after {OLD_VERSIONS_DAYS} days")


def _create(s3: S3Client, bucket: StateBucket) -> bool:
    """Create the bucket unless it exists, and return whether it was created."""
    try:
        found = s3.head_bucket(Bucket=bucket.name, ExpectedBucketOwner=bucket.account_id)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 403:
            raise DeployError(
                f"The bucket {bucket.name} belongs to another account, or you have no permission for it.",
                "Choose another name: make bootstrap … STATE_BUCKET=<name>; or use a role that may manage the bucket.",
            ) from error
        if status == 301:
            raise _wrong_region(bucket) from error
        if status != 404:
            raise
    else:
        if found.get("BucketRegion", bucket.region) != bucket.region:
            raise _wrong_region(bucket)
        return False
    # us-east-1 is the one Region that CreateBucket does not accept as a location:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
    place: Any = {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    s3.create_bucket(Bucket=bucket.name, **({} if bucket.region == "us-east-1" else place))
    s3.get_waiter("bucket_exists").wait(Bucket=bucket.name)
    return True


def _wrong_region(bucket: StateBucket) -> DeployError:
    return DeployError(
        f"The bucket {bucket.name} exists in another Region than {bucket.region}.",
        "Choose another name: make bootstrap … STATE_BUCKET=<name>.",
    )


def _encrypt(s3: S3Client, owner: dict[str, Any]) -> str:
    """Encrypt with S3's key unless the bucket uses a KMS key already; return a description of the encryption."""
    try:
        rules = s3.get_bucket_encryption(**owner)["ServerSideEncryptionConfiguration"]["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        rules = []
    present = {rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}
    if present - {"AES256"}:
        return f"unchanged ({', '.join(sorted(present))})"
    s3.put_bucket_encryption(
        **owner,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    return "SSE-S3"


def _add_statement(s3: S3Client, owner: dict[str, Any], bucket: StateBucket) -> None:
    """Deny requests without TLS, in addition to the statements that the bucket's policy already has."""
    try:
        policy = json.loads(s3.get_bucket_policy(**owner)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
            raise
        policy = {"Version": "2012-10-17", "Statement": []}
    others = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    ours = {
        "Sid": _SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket.arn, f"{bucket.arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    statements = [statement for statement in others if statement.get("Sid") != _SID]
    s3.put_bucket_policy(**owner, Policy=json.dumps({**policy, "Statement": [*statements, ours]}))


def _add_rule(s3: S3Client, owner: dict[str, Any]) -> None:
    """Expire old versions, in addition to the lifecycle rules that the bucket already has."""
    try:
        others = s3.get_bucket_lifecycle_configuration(**owner)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        others = []
    ours: Any = {
        "ID": _RULE,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {
            "NoncurrentDays": OLD_VERSIONS_DAYS,
            "NewerNoncurrentVersions": OLD_VERSIONS_KEPT,
        },
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    rules: Any = [*(rule for rule in others if rule.get("ID") != _RULE), ours]
    s3.put_bucket_lifecycle_configuration(**owner, LifecycleConfiguration={"Rules": rules})
