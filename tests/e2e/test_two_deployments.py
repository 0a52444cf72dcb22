"""Two deployments in one account: neither changes the other's resources.

The second one is the same root under another name, with a separate state, in the same zone and
under the same root domain as the first, so that they share as much as possible. At the end it moves
to another root domain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local import deployment, state, study
from local.cloud import Cloud
from local.failures import LocalCloudError
from local.inspection import Snapshot
from local.terraform import TerraformRun
from tests.e2e.leftovers import SESSION, age_marks, leave_behind
from tests.support.local_deployment import STUDY, LocalDeployment

NAME = "Second_Lab"
ROOT_DOMAIN = f"second.{deployment.ROOT_DOMAIN}"

#: Studies in one account need different ids: an id is also the name of the ECS task family.
SECOND_STUDY = "second_grid_world"


class Second:
    """The second deployment on the cloud of the first."""

    def __init__(self, first: Cloud, folder: Path) -> None:
        self._first = first
        self._folder = folder
        self.cloud = Cloud(folder)

    def apply(self, **changes: str) -> LocalDeployment:
        """Apply the root under the second name, with further variables."""
        variables = deployment.variables(self._first, deployment.BUNDLE) | {"name": NAME} | changes
        terraform = TerraformRun(
            self._folder / "terraform", variables, self._first.environment, self.cloud.logs / "terraform.log"
        )
        terraform.init()
        terraform.apply()
        # Both deployments use the same emulators; only outputs and state differ.
        state.save(self._folder, replace(self._first.state, outputs=terraform.outputs(), studies={}))
        return LocalDeployment(self.cloud)


@pytest.fixture(scope="module")
def second(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Second:
    return Second(cloud, tmp_path_factory.mktemp("second"))


@pytest.fixture(scope="module")
def other_lab(second: Second) -> Iterator[LocalDeployment]:
    lab = second.apply()
    study.deploy_study(second.cloud, id=SECOND_STUDY)
    with lab.without_timed_sweeps():
        yield lab


@contextmanager
def _unchanged(lab: LocalDeployment, user_id: str, project_id: str) -> Iterator[None]:
    """Assert that the block changes nothing of a deployment, and its participant can still play."""
    before = lab.inspector.snapshot()
    session = lab.inspector.live_session(user_id)
    yield
    assert _of(lab, lab.inspector.snapshot()) == _of(lab, before)
    assert lab.inspector.live_session(user_id)["sessionId"] == session["sessionId"]
    assert lab.participant(user_id, project_id).get("3").shows_game


def _of(lab: LocalDeployment, snapshot: Snapshot) -> dict[str, frozenset[str]]:
    """Return a deployment's resources without DNS records: both deployments may share the zone."""
    return {kind: names for kind, names in snapshot.by_kind().items() if not kind.startswith("DNS")}


def _hosts(lab: LocalDeployment) -> frozenset[str]:
    return frozenset(record.split(" ")[1] for record in lab.inspector.snapshot().records)


def _stop(lab: LocalDeployment, session: dict[str, str]) -> None:
    lab.publish("stop", {"action": "stop", "projectId": session["projectId"], "userId": session["userId"]})
    lab.wait_until_nothing_is_left(session)


def test_the_deployments_share_no_name(lab: LocalDeployment, other_lab: LocalDeployment) -> None:
    ours, theirs = lab.cloud.outputs, other_lab.cloud.outputs
    same = {key for key in ours if ours[key] == theirs[key] and ours[key]}
    assert same == {"region", "root_domain", "hosted_zone_id", "name_servers", "protected_resources", "game_route"}


def test_a_second_state_with_the_same_name_takes_nothing_over(lab: LocalDeployment, tmp_path: Path) -> None:
    """The fault, without the commands that refuse it first: `terraform apply` by hand, with an empty state."""
    same = deployment.variables(lab.cloud, deployment.BUNDLE)
    log, folder = tmp_path / "terraform.log", tmp_path / "terraform"
    terraform = TerraformRun(folder, same, lab.cloud.environment, log)
    terraform.init()
    with pytest.raises(LocalCloudError):
        terraform.apply()
    assert "ParameterAlreadyExists" in log.read_text()
    held = json.loads((folder / "terraform.tfstate").read_text())["resources"]
    assert [each["type"] for each in held if each["mode"] == "managed" and each["instances"]] == []


def test_each_sweeper_ignores_the_other_s_sessions_and_leftovers(
    lab: LocalDeployment, other_lab: LocalDeployment, new_user_id: Callable[[], str]
) -> None:
    ours = lab.ready_session(new_user_id())
    theirs = other_lab.ready_session(new_user_id(), SECOND_STUDY)
    leftover = {each: leave_behind(each, str(each.cloud.outputs["name"]), new_user_id()) for each in (lab, other_lab)}
    for sweeper, other, session, project in (
        (lab, other_lab, theirs, SECOND_STUDY),
        (other_lab, lab, ours, STUDY),
    ):
        with _unchanged(other, session["userId"], project):
            hosts = _hosts(other)
            assert sweeper.invoke("sweep_sessions", {})["marked"] == 1
            age_marks(sweeper)
            swept = sweeper.invoke("sweep_sessions", {})
            assert (swept["cleared"], swept["uncleared"]) == (1, 0)
            assert swept["sessions"]["ready"] >= 1
            assert hosts - _hosts(other) == {f"{leftover[sweeper]['userId']}.{sweeper.root_domain}"}
        assert not sweeper.left_of(leftover[sweeper])
    _stop(lab, ours)
    _stop(other_lab, theirs)


def test_a_deployment_does_not_take_a_dns_name_from_the_other(
    lab: LocalDeployment, other_lab: LocalDeployment, user_id: str
) -> None:
    """The same person plays in both, under one root domain: the first deployment has the name."""
    ours = lab.ready_session(user_id)
    address = lab.inspector.address_of(f"{user_id}.{lab.root_domain}")
    with _unchanged(lab, user_id, STUDY):
        other_lab.walk_to_game(user_id, SECOND_STUDY)
        failed = other_lab.wait_for(
            lambda: [each for each in other_lab.inspector.ended_sessions(SECOND_STUDY) if each["userId"] == user_id],
            "the second deployment gives up",
        )[0]
        assert failed["failed"]
        assert f"belongs to deployment {lab.cloud.outputs['name']}" in failed["reason"]
        assert lab.inspector.address_of(f"{user_id}.{lab.root_domain}") == address
    _stop(lab, ours)


def test_one_role_cannot_touch_the_other_s_sessions(lab: LocalDeployment, other_lab: LocalDeployment) -> None:
    """IAM separates the deployments, not only each one's search for its own name."""
    name = f"{other_lab.cloud.outputs['name']}-{SESSION}"
    lab.cloud.client("ecs").create_cluster(clusterName=name)
    ecs = lab.cloud.client("ecs", lab.credentials_of("sweep_sessions"))
    with pytest.raises(ecs.exceptions.ClientError, match="AccessDenied"):
        ecs.delete_cluster(cluster=name)
    s3 = lab.cloud.client("s3", lab.credentials_of("sweep_sessions"))
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.list_objects_v2(Bucket=other_lab.bucket)
    lab.cloud.client("ecs").delete_cluster(cluster=name)


def test_with_another_root_domain_the_same_person_plays_in_both(
    lab: LocalDeployment, second: Second, other_lab: LocalDeployment, user_id: str
) -> None:
    moved = second.apply(root_domain=ROOT_DOMAIN)
    ours, theirs = lab.ready_session(user_id), moved.ready_session(user_id, SECOND_STUDY)
    assert {f"{user_id}.{deployment.ROOT_DOMAIN}", f"{user_id}.{ROOT_DOMAIN}"} <= _hosts(lab)
    with _unchanged(lab, user_id, STUDY):
        assert moved.invoke("sweep_sessions", {})["cleared"] == 0
    with _unchanged(moved, user_id, SECOND_STUDY):
        assert lab.invoke("sweep_sessions", {})["cleared"] == 0
    _stop(lab, ours)
    assert moved.participant(user_id, SECOND_STUDY).get("3").shows_game
    _stop(moved, theirs)
