"""Settings of the whole test suite."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from local.cloud import Cloud
from tests.fast_clients import share_models
from tests.fast_moto import prepare_once
from tests.support.local_cloud import SharedCloud

share_models()
prepare_once()
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # no test reads an AMI; loading them takes seconds
# terraform and its provider are short-lived Go programs: without garbage collection, and on one core each, a plan takes
# 30 % less CPU time. https://pkg.go.dev/runtime#hdr-Environment_Variables
for _name, _value in (("GOGC", "off"), ("GOMEMLIMIT", "2GiB"), ("GOMAXPROCS", "1")):
    os.environ.setdefault(_name, _value)

# No deadline: test machines share their cores. The same examples each time: a gate must not fail by chance. After a
# change of code under a property test, run `make test PYTEST_ARGS=--hypothesis-profile=thorough`.
settings.register_profile("default", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile("default")


#: Tests of tests/e2e share two local clouds. Tests on one cloud run serially, because the faults of one test would
#: disturb another. Two clouds let two processes wait in parallel; both halves take about the same time.
FIRST_HALF = ("test_hippo_", "test_metrics", "test_two_deployments")

DEPLOY_COMMAND = "tests/e2e/test_deploy_command.py"
"""This file makes a separate cloud."""


def _cloud_of(nodeid: str) -> str:
    """Return the name of the cloud that a test shares; empty if it shares none."""
    if nodeid.startswith("tests/browser/test_local_cloud.py"):
        return "the second local cloud"
    if not nodeid.startswith("tests/e2e/") or nodeid.startswith(DEPLOY_COMMAND):
        return ""
    first = nodeid.removeprefix("tests/e2e/").startswith(FIRST_HALF)
    return "the first local cloud" if first else "the second local cloud"


class Together(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
    """Distributes tests one by one, but keeps the tests of one group serially in one process.

    xdist's own groups, `--dist loadgroup`, do not work on pytest 9.2, which ignores the node ids
    that xdist changes.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/terraform/"):
            return "plans, each made once"
        if nodeid.startswith("tests/browser/"):
            return _cloud_of(nodeid) or nodeid.partition("::")[0]  # a file starts its browser once
        return _cloud_of(nodeid) or nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """Replace the scheduler of `--dist loadgroup`."""
    if config.getvalue("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False  # `_turn` orders the tests, not the number of a group's tests
    return Together(config, log)


def _turn(nodeid: str) -> int:
    """Return when a test starts: what takes minutes in one process first, what is small and many last.

    xdist gives the process of the first test, which is a group by itself, the fifth group too: that must be small.
    """
    if nodeid.startswith(DEPLOY_COMMAND):
        return 0
    if _cloud_of(nodeid):
        return 1
    order = ("tests/terraform/", "tests/simulation/", "tests/browser/")
    return 2 + next((place for place, folder in enumerate(order) if nodeid.startswith(folder)), len(order))


PLACE = pytest.StashKey[int]()
"""A test's position in the source order, which pytest-randomly changes before other hooks run."""

_places = itertools.count()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Store the test's position."""
    item.stash[PLACE] = next(_places)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the source order within files that share a cloud, which pytest-randomly has shuffled."""
    sharing: dict[Path, list[int]] = {}
    for index, item in enumerate(items):
        if _cloud_of(item.nodeid):
            sharing.setdefault(item.path, []).append(index)
    for indexes in sharing.values():
        written = sorted((items[index] for index in indexes), key=lambda item: item.stash[PLACE])
        for index, item in zip(indexes, written, strict=True):
            items[index] = item
    items.sort(key=lambda item: _turn(item.nodeid))


@pytest.fixture(scope="session", autouse=True)
def shared_clouds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[SharedCloud]]:
    """The local clouds of this run; they start in the background if a selected test needs one."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    wanting = [item for item in request.session.items if "deployed_cloud" in getattr(item, "fixturenames", ())]
    needed = {_cloud_of(item.nodeid) for item in wanting if item.get_closest_marker("skip") is None}
    most = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    clouds = [SharedCloud(folder / f"shared-cloud-{number}") for number in range(min(len(needed), most))]
    for cloud in clouds:
        cloud.join()
    yield clouds
    for cloud in clouds:
        cloud.leave()


@pytest.fixture(scope="session")
def deployed_cloud(shared_clouds: list[SharedCloud]) -> Cloud:
    """A local cloud with the real Terraform root, the packaged handlers, and IAM enforced; no study yet."""
    own = next((cloud for cloud in shared_clouds if cloud.claim()), None)
    assert own is not None, "more processes need a local cloud than there are halves"
    return own.result()
