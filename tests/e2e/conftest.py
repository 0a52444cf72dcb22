"""Fixtures: the whole product on the local cloud, with the small example study."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import study
from local.cloud import Cloud
from tests.e2e.researcher import Researcher
from tests.support.local_deployment import LocalDeployment

_numbers = itertools.count(1)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests of this folder as e2e."""
    if Path(__file__).parent in item.path.parents:
        item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def cloud(deployed_cloud: Cloud) -> Cloud:
    study.deploy_study(deployed_cloud)
    return deployed_cloud


@pytest.fixture(scope="session")
def whole_lab(cloud: Cloud) -> LocalDeployment:
    return LocalDeployment(cloud)


@pytest.fixture(scope="session")
def researcher(cloud: Cloud) -> Researcher:
    """A user with the researcher policy, who runs `hippo`."""
    return Researcher(cloud)


@pytest.fixture
def lab(whole_lab: LocalDeployment) -> Iterator[LocalDeployment]:
    """The deployment without timed sweeps; after the test, the Fargate stand-in is reset."""
    with whole_lab.without_timed_sweeps():
        yield whole_lab
    whole_lab.cloud.fargate.reset()


@pytest.fixture
def user_id() -> str:
    return f"participant-{next(_numbers)}"


@pytest.fixture
def new_user_id() -> Callable[[], str]:
    return lambda: f"participant-{next(_numbers)}"
