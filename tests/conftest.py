"""Settings of the whole test suite."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from local.cloud import Cloud
from tests.support.local_cloud import SharedCloud

# No deadline: the machines that run this share their cores. The same examples each time: a gate must not fail by
# chance. `make test PYTEST_ARGS=--hypothesis-profile=thorough` searches on, for whoever changes what a property guards.
settings.register_profile("default", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile("default")


class Together(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
    """Hands tests out one by one, but for those that belong into one process, one after the other.

    xdist's own groups, `--dist loadgroup`, are lost on pytest 9.2, which no longer reads the node id that they change.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/terraform/"):
            return "plans, each made once"
        on_its_own = nodeid.startswith("tests/e2e/test_deploy_command.py")
        if nodeid.startswith(("tests/e2e/", "tests/browser/test_local_cloud.py")) and not on_its_own:
            return "the local cloud, where what one test makes go wrong would meet another"
        return nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    """Take the place of `--dist loadgroup`."""
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session", autouse=True)
def shared_cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedCloud]:
    """The local cloud of this run, in the making from the start if any of its tests needs one."""
    folder = tmp_path_factory.getbasetemp()
    shared = SharedCloud((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "shared-cloud")
    wanting = [item for item in request.session.items if "deployed_cloud" in getattr(item, "fixturenames", ())]
    needed = any(item.get_closest_marker("skip") is None for item in wanting)
    if needed:
        shared.join()
    yield shared
    if needed:
        shared.leave()


@pytest.fixture(scope="session")
def deployed_cloud(shared_cloud: SharedCloud) -> Cloud:
    """The local cloud with the real Terraform root, the packaged handlers, and IAM enforced; no study yet."""
    return shared_cloud.result()
