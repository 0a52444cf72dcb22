"""The files of studies' folders `assets`, in the bucket that serves the participant page.

They are at `assets/{projectId}/{digest}/`; the digest is that of all files of the folder
(`study.assets.digest_of`), so objects never change, and browsers may keep them. A study's entry names
its digest, so each version of a study finds its own files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_cli.study.assets import FOLDER, Asset
from hippo_common.errors import HippoError
from hippo_common.parallel import in_parallel
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import versions

_ABSENT: Final = frozenset({"404", "NoSuchKey", "403", "AccessDenied"})
"""What S3 answers for a missing key; 403 to a caller who may not list the bucket."""

_IMMUTABLE: Final = "public, max-age=31536000, immutable"


def folder(project_id: str, digest: str) -> str:
    """Return the folder of a study's files, without a slash at its end."""
    return f"{FOLDER}/{project_id}/{digest}"


def require_bucket(deployment: Deployment) -> str:
    """Return the bucket that serves the participant page.

    Raises:
        HippoError: the deployment has none.
    """
    if deployment.assets_bucket is None:
        raise HippoError(
            f"The deployment {deployment.name} serves no files of a study's folder `{FOLDER}`: it has no participant "
            "page of its own, or is of an earlier release.",
            "Ask your infra team to set `website` and to run `make deploy`; or put the files on a web server, and "
            "write their full addresses. A page that is served elsewhere: HIPPO_ASSETS_BUCKET names the bucket "
            "behind it.",
        )
    return deployment.assets_bucket


def digests(deployment: Deployment, project_id: str, entry: Mapping[str, Any] | None) -> dict[str, str]:
    """Return file → SHA-256 of the files that a study's entry names; empty without such files."""
    version = (entry or {}).get("version")
    if version is None or "assets" not in (entry or {}):
        return {}
    stored = Bucket(deployment.client("s3"), deployment.bucket).get(versions.entry_key(project_id, version))
    try:
        return {} if stored is None else versions.asset_digests_in(stored.json())
    except ValueError:
        return {}


def missing(deployment: Deployment, project_id: str, digest: str, files: Collection[str]) -> tuple[str, ...]:
    """Return those files of a study that the bucket does not have.

    Args:
        deployment: the deployment.
        project_id: the study's id.
        digest: the digest of all files.
        files: their names, such as `assets/picture.png`.

    Raises:
        HippoError: the deployment has no such bucket.
    """
    if not files:
        return ()
    bucket, s3 = require_bucket(deployment), deployment.client("s3")

    def is_there(file: str) -> bool:
        try:
            s3.head_object(Bucket=bucket, Key=_key(project_id, digest, file))
        except ClientError as error:
            if code_of(error) in _ABSENT:
                return False
            raise
        return True

    names = sorted(files)
    return tuple(name for name, found in zip(names, in_parallel(is_there, names), strict=True) if not found)


def put(
    deployment: Deployment,
    project_id: str,
    digest: str,
    files: Mapping[str, Asset],
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Upload files of a study, in parallel.

    Raises:
        HippoError: a file changed after the plan was made, or cannot be read.
    """
    bucket, s3 = require_bucket(deployment), deployment.client("s3")

    def write(file: str) -> None:
        asset = files[file]
        try:
            content = asset.path.read_bytes()
        except OSError as error:
            raise HippoError(f"{file} cannot be read: {error.strerror}.") from error
        if not asset.describes(content):
            raise HippoError(f"{file} changed while it was being submitted.", "Run the command again.")
        s3.put_object(
            Bucket=bucket,
            Key=_key(project_id, digest, file),
            Body=content,
            ContentType=asset.content_type,
            CacheControl=_IMMUTABLE,
        )

    for _ in in_parallel(write, files):
        advance(1)


def _key(project_id: str, digest: str, file: str) -> str:
    return f"{folder(project_id, digest)}/{file.removeprefix(f'{FOLDER}/')}"
