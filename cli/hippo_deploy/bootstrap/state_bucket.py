"""The bucket for Terraform's state: versioned, encrypted, TLS only, nothing public; made again as often as one likes.

boto3 makes it, because Terraform cannot keep its state in a bucket that does not exist yet. What a bucket that was
there already has of its own (further statements in its policy, lifecycle rules) stays.
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

MOST_CHARACTERS: Final = 63
"""Of a bucket's name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

OLD_VERSIONS_DAYS: Final = 90
OLD_VERSIONS_KEPT: Final = 20
"""Old versions of a state go after so many days, but for the newest so many: how far back a mistake can be undone."""

_SID: Final = "DenyInsecureTransport"
_RULE: Final = "expire-old-states"


@dataclass(frozen=True)
class StateBucket:
    """The bucket to make.

    Attributes:
        name: of the bucket.
        account_id: that it has to belong to.
        region: where it is.
        partition: aws, aws-cn or aws-us-gov.
    """

    name: str
    account_id: str
    region: str
    partition: str = "aws"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:{self.partition}:s3:::{self.name}"


def default_name(deployment: str, account_id: str, region: str) -> str:
    """Return the bucket's name for a deployment.

    Raises:
        DeployError: it would be too long for S3.
    """
    name = f"{deployment.lower().replace('_', '-')}-terraform-state-{account_id}-{region}"
    if len(name) > MOST_CHARACTERS:
        raise DeployError(
            f"{name} is too long for a bucket's name ({len(name)} characters; S3 allows {MOST_CHARACTERS}).",
            "Name one yourself: make bootstrap … STATE_BUCKET=<name>. Environments may share one.",
        )
    return name


def make(s3: S3Client, bucket: StateBucket, report: Callable[[str], None]) -> None:
    """Make the bucket what it has to be.

    Args:
        s3: a client for the bucket's Region.
        bucket: which.
        report: told what was done, a line each.

    Raises:
        DeployError: the name belongs to another account, or the bucket is in another Region.
    """
    owner: dict[str, Any] = {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.account_id}
    report(f"{bucket.name}: {'made' if _create(s3, bucket) else 'is there'}")
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
    report(f"old versions: the newest {OLD_VERSIONS_KEPT} stay, others go after {OLD_VERSIONS_DAYS} days")


def _create(s3: S3Client, bucket: StateBucket) -> bool:
    """Create the bucket unless it is there; tells whether it was created."""
    try:
        found = s3.head_bucket(Bucket=bucket.name, ExpectedBucketOwner=bucket.account_id)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 403:
            raise DeployError(
                f"The bucket {bucket.name} belongs to another account, or you may not see it.",
                "Name another: make bootstrap … STATE_BUCKET=<name>; or use a role that may manage it.",
            ) from error
        if status == 301:
            raise _elsewhere(bucket) from error
        if status != 404:
            raise
    else:
        if found.get("BucketRegion", bucket.region) != bucket.region:
            raise _elsewhere(bucket)
        return False
    # us-east-1 is the one Region that must not be named:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucketConfiguration.html
    place: Any = {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    s3.create_bucket(Bucket=bucket.name, **({} if bucket.region == "us-east-1" else place))
    s3.get_waiter("bucket_exists").wait(Bucket=bucket.name)
    return True


def _elsewhere(bucket: StateBucket) -> DeployError:
    return DeployError(
        f"The bucket {bucket.name} is in another Region than {bucket.region}.",
        "Name another: make bootstrap … STATE_BUCKET=<name>.",
    )


def _encrypt(s3: S3Client, owner: dict[str, Any]) -> str:
    """Encrypt with S3's own key, unless the bucket has a key of its own already; returns in words."""
    try:
        rules = s3.get_bucket_encryption(**owner)["ServerSideEncryptionConfiguration"]["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        rules = []
    present = {rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules}
    if present - {"AES256"}:
        return f"stays as it is ({', '.join(sorted(present))})"
    s3.put_bucket_encryption(
        **owner,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    return "SSE-S3"


def _add_statement(s3: S3Client, owner: dict[str, Any], bucket: StateBucket) -> None:
    """Refuse requests without TLS, beside whatever the bucket's policy says already."""
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
    """Let old versions go, beside whatever lifecycle rules the bucket has already."""
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
