"""The registry: a repository for each study, and images by what they were built from."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from hippo_cli.publish import registry
from hippo_common.errors import HippoError
from tests.unit.cli.publish.cloud import Cloud

URI = "123456789012.dkr.ecr.ca-central-1.amazonaws.com/grid"


def test_a_repository_that_is_not_there_is_named_as_it_will_be(cloud: Cloud) -> None:
    found = registry.find_repository(cloud.deployment(), "grid", "tag")
    assert (found.exists, found.uri) == (False, URI)
    assert registry.create(cloud.deployment(), "grid") == URI


def test_a_repository_that_is_there_is_left_as_it_is(cloud: Cloud) -> None:
    cloud.aws("ecr").create_repository(repositoryName="grid", imageTagMutability="MUTABLE")
    assert registry.create(cloud.deployment(), "grid") == URI
    found = cloud.aws("ecr").describe_repositories()["repositories"][0]
    assert found["imageTagMutability"] == "MUTABLE"


def test_an_image_is_found_by_its_tag(cloud: Cloud) -> None:
    registry.create(cloud.deployment(), "grid")
    assert registry.find_repository(cloud.deployment(), "grid", "tag").has_image is False


@pytest.mark.parametrize("name", ["a", "a__b", "-a", "a-", "A"])
def test_a_name_that_ecr_refuses_is_told_before(cloud: Cloud, name: str) -> None:
    with pytest.raises(HippoError, match="ECR does not allow"):
        registry.find_repository(cloud.deployment(), name, "tag")


@pytest.mark.parametrize("image", ["", "two words", "game@sha256:123", "game\n"])
def test_what_cannot_be_an_image_is_wrong_use(cloud: Cloud, image: str) -> None:
    with pytest.raises(HippoError) as caught:
        registry.pinned(cloud.deployment(), image)
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("image", ["game", "local/examples/grid_world/server", f"ghcr.io/a/b@sha256:{'a' * 64}"])
def test_an_image_elsewhere_cannot_be_looked_for(cloud: Cloud, image: str) -> None:
    assert registry.pinned(cloud.deployment(), image) == image


@pytest.mark.parametrize("end", ["", ":tag", f"@sha256:{'a' * 64}"])
def test_an_image_of_the_account_s_registry_is_looked_for(cloud: Cloud, end: str) -> None:
    registry.create(cloud.deployment(), "grid")
    with pytest.raises(HippoError, match="There is no image"):
        registry.pinned(cloud.deployment(), f"{URI}{end}")


def test_an_image_that_we_may_not_look_for_is_believed(cloud: Cloud) -> None:
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
def test_an_image_without_a_tag_of_its_own_may_move(image: str, moves: bool) -> None:
    assert registry.may_move(image) is moves


def test_an_empty_answer_is_no_image(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    target = cloud.deployment()
    registry.create(target, "grid")
    monkeypatch.setattr(target.client("ecr"), "describe_images", lambda **_: {"imageDetails": []})
    assert not registry.has_image(target, "grid", "tag")
