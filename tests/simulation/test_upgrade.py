"""Sessions' clusters: without Container Insights, and across an upgrade of the product."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from hippo_gym.sessions.resources.fargate import Fargate
from tests.simulation.crashes import SCENARIOS, SESSION, USER, simulate
from tests.support.simulated_world.functions import DEPLOYMENT

pytestmark = pytest.mark.simulation

NAME = f"{DEPLOYMENT}-{SESSION}"


def test_a_sessions_cluster_has_no_container_insights_whatever_the_accounts_default() -> None:
    simulation = simulate(SCENARIOS["start"])
    assert simulation.ecs.clusters[NAME].settings == (("containerInsights", "disabled"),)


def test_a_session_gets_ready_in_a_cluster_that_an_earlier_release_created() -> None:
    simulation = simulate(SCENARIOS["start across an upgrade"])
    assert simulation.ecs.clusters[NAME].settings == ()
    assert simulation.live(USER)["seen"]["readyAt"] is not None, simulation.report()
    assert simulation.answers(USER)


def test_any_other_failure_to_create_a_cluster_is_an_error() -> None:
    class Refusing:
        def create_cluster(self, **_: object) -> None:
            error = {"Error": {"Code": "InvalidParameterException", "Message": "Unknown capacity provider."}}
            raise ClientError(error, "CreateCluster")  # type: ignore[arg-type]

    with pytest.raises(ClientError, match="Unknown capacity provider"):
        Fargate(Refusing(), Refusing()).create_cluster(NAME, {})  # type: ignore[arg-type]
