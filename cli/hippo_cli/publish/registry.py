"""The ECR repository of a study's images."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_common.aws_errors import to_hippo_error
from hippo_common.errors import WRONG_USE, HippoError
from hippo_common.names import DEPLOYMENT_TAG
from hippo_gym.runtime.aws_clients import code_of

_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_LENGTHS: Final = range(2, 257)


@dataclass(frozen=True)
class Repository:
    """An ECR repository, which may not exist yet.

    Attributes:
        uri: the start of its images' names, `{uri}:{tag}`.
        tagged: it has the deployment's tag, which the researcher policy requires for a push.
        has_image: it holds the image that was looked up; unknown for an untagged repository.
    """

    name: str
    uri: str
    exists: bool
    tagged: bool = True
    has_image: bool = False


@dataclass(frozen=True)
class Login:
    """The arguments of `docker login`. The password goes only to its standard input."""

    server: str
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login(server={self.server!r}, user={self.user!r}, password=…)"


def find_repository(deployment: Deployment, name: str, tag: str) -> Repository:
    """Look up a repository and an image in it.

    Raises:
        HippoError: ECR does not allow the name, or another deployment owns the repository.
    """
    if not _NAME.fullmatch(name) or len(name) not in _LENGTHS:
        raise HippoError(
            f"The study's id makes {name!r} the name of the ECR repository, and ECR does not allow that name.",
            "Give the study an id of at least two letters or digits, with single '-' or '_' between them; or push the "
            "image elsewhere and name it with --image.",
        )
    ecr = deployment.client("ecr")
    try:
        described = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    except ecr.exceptions.RepositoryNotFoundException:
        suffix = "amazonaws.com.cn" if deployment.region.startswith("cn-") else "amazonaws.com"
        return Repository(name, f"{deployment.account_id}.dkr.ecr.{deployment.region}.{suffix}/{name}", exists=False)
    tags = ecr.list_tags_for_resource(resourceArn=described["repositoryArn"])["tags"]
    owner = {found["Key"]: found["Value"] for found in tags}.get(DEPLOYMENT_TAG)
    if owner not in {None, deployment.name}:
        raise HippoError(
            f"The ECR repository {name} belongs to a study with the same id on the deployment {owner}.",
            "Give the study another id; or push the image elsewhere and name it with --image.",
        )
    tagged = owner is not None
    there = tagged and has_image(deployment, name, tag)
    return Repository(name, described["repositoryUri"], exists=True, tagged=tagged, has_image=there)


def has_image(deployment: Deployment, name: str, tag: str) -> bool:
    """Return whether a repository holds an image with a tag."""
    return _digest(deployment, name, {"imageTag": tag}) is not None


def _digest(deployment: Deployment, name: str, image_id: Mapping[str, str]) -> str | None:
    ecr = deployment.client("ecr")
    try:
        found = ecr.describe_images(repositoryName=name, imageIds=[image_id])["imageDetails"]
    except (ecr.exceptions.RepositoryNotFoundException, ecr.exceptions.ImageNotFoundException):
        return None
    return found[0]["imageDigest"] if found else None  # MiniStack answers with an empty list


def adopt(deployment: Deployment, name: str) -> None:
    """Tag a repository, created by hand or by an old script, as this deployment's."""
    ecr = deployment.client("ecr")
    arn = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryArn"]
    ecr.tag_resource(resourceArn=arn, tags=[{"Key": DEPLOYMENT_TAG, "Value": deployment.name}])


def create(deployment: Deployment, name: str) -> str:
    """Create a repository and return its URI; an existing one stays unchanged.

    Its tags are immutable: a tag is a digest of the build context, and a version keeps its image.
    """
    ecr = deployment.client("ecr")
    try:
        made = ecr.create_repository(
            repositoryName=name,
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
            tags=[{"Key": DEPLOYMENT_TAG, "Value": deployment.name}],
        )
    except ecr.exceptions.RepositoryAlreadyExistsException:
        return str(ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryUri"])
    return str(made["repository"]["repositoryUri"])


def log_in(deployment: Deployment) -> Login:
    """Get a password for the registry, valid for twelve hours (ECR, GetAuthorizationToken)."""
    try:
        answer = deployment.client("ecr").get_authorization_token()["authorizationData"][0]
    except ClientError as error:
        if code_of(error) == "AccessDeniedException":
            raise HippoError(
                to_hippo_error(error).message, "Push the image with your own tools, and name it with --image."
            ) from error
        raise
    user, _, password = base64.b64decode(answer["authorizationToken"]).decode("utf-8").partition(":")
    return Login(answer["proxyEndpoint"].removeprefix("https://"), user, password)


def pinned(deployment: Deployment, image: str) -> str:
    """Return an image's name, with its digest if it is in this account's registry.

    Raises:
        HippoError: the image does not exist, or the name is not valid.
    """
    if not re.fullmatch(r"[^\s@]+(@sha256:[0-9a-f]{64})?", image):
        raise HippoError(f"{image!r} is not the name of an image.", "Write the name as for `docker pull`.", WRONG_USE)
    host, _, rest = image.partition("/")
    if not host.startswith(f"{deployment.account_id}.dkr.ecr.{deployment.region}."):
        return image
    name, _, digest = rest.partition("@")
    name, _, tag = name.partition(":")
    try:
        found = _digest(deployment, name, {"imageDigest": digest} if digest else {"imageTag": tag or "latest"})
    except ClientError as error:
        if code_of(error) != "AccessDeniedException":
            raise
        return image
    if found is None:
        raise HippoError(f"The image {image} does not exist.", "Push it first, or correct --image.")
    return f"{host}/{name}@{found}"


def may_move(image: str) -> bool:
    """Return whether an image's name may point to another image later: no digest or fixed tag."""
    _, _, tag = image.rpartition("/")[2].partition(":")
    return "@" not in image and tag in {"", "latest"}
