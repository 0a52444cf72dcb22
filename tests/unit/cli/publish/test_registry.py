"""The registry: a repository for each study, with images tagged by their build context."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from hippo_cli.publish import registry
from hippo_common.errors import HippoError
from tests.support.moto_deployment import MotoDeployment

URI = "123456789012.dkr.ecr.ca-central-1.amazonaws.com/grid"


def test_a_missing_repository_has_its_future_uri(cloud: MotoDeployment) -> None:
    found = registry.find_repository(cloud.deployment(), "grid", "tag")
    assert (found.exists, found.uri) == (False, URI)
    assert registry.create(cloud.deployment(), "grid") == URI


def test_an_existing_repository_is_not_changed(cloud: MotoDeployment) -> None:
    cloud.aws("ecr").create_repository(repositoryName="grid", imageTagMutability="MUTABLE")
    assert registry.create(cloud.deployment(), "grid") == URI
    found = cloud.aws("ecr").describe_repositories()["repositories"][0]
    assert found["imageTagMutability"] == "MUTABLE"


def test_an_image_is_found_by_its_tag(cloud: MotoDeployment) -> None:
    registry.create(cloud.deployment(), "grid")
    assert registry.find_repository(cloud.deployment(), "grid", "tag").has_image is False


@pytest.mark.parametrize("name", ["a", "a__b", "-a", "a-", "A"])
def test_a_name_that_ecr_does_not_allow_is_an_error(cloud: MotoDeployment, name: str) -> None:
    with pytest.raises(HippoError, match="ECR does not allow"):
        registry.find_repository(cloud.deployment(), name, "tag")


@pytest.mark.parametrize("image", ["", "two words", "game@sha256:123", "game\n"])
def test_an_invalid_image_name_is_wrong_use(cloud: MotoDeployment, image: str) -> None:
    with pytest.raises(HippoError) as caught:
        registry.pinned(cloud.deployment(), image)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("image", ["game", "local/examples/grid_world/server", f"ghcr.io/a/b@sha256:{'a' * 64}"])
def test_an_image_of_another_registry_is_not_looked_up(cloud: MotoDeployment, image: str) -> None:
    assert registry.pinned(cloud.deployment(), image) == image


@pytest.mark.parametrize("end", ["", ":tag", f"@sha256:{'a' * 64}"])
def test_an_image_of_the_accounts_registry_is_looked_up(cloud: MotoDeployment, end: str) -> None:
    registry.create(cloud.deployment(), "grid")
    with pytest.raises(HippoError, match=r"The image .* does not exist"):
        registry.pinned(cloud.deployment(), f"{URI}{end}")


def test_an_image_is_used_unchecked_if_aws_denies_the_lookup(cloud: MotoDeployment) -> None:
    target = cloud.deployment()
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeImages")

    def refuse(**_: object) -> None:
        raise refused

    events = target.client("ecr").meta.events
    events.register_first("before-call.ecr.DescribeImages", refuse, unique_id="refuse")
    try:
        assert registry.pinned(target, f"{URI}:tag") == f"{URI}:tag"
    finally:
        events.unregister("before-call.ecr.DescribeImages", refuse, unique_id="refuse")


@pytest.mark.parametrize(
    ("image", "moves"),
    [
        ("game", True),
        ("game:latest", True),
        ("localhost:5000/game", True),
        ("game:3", False),
        ("localhost:5000/game:3", False),
        (f"game@sha256:{'a' * 64}", False),
    ],
)
def test_an_image_name_that_may_move(image: str, moves: bool) -> None:
    assert registry.may_move(image) is moves


def test_an_empty_answer_means_no_image(cloud: MotoDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    target = cloud.deployment()
    registry.create(target, "grid")
    monkeypatch.setattr(target.client("ecr"), "describe_images", lambda **_: {"imageDetails": []})
    assert not registry.has_image(target, "grid", "tag")
