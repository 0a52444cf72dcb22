"""`make destroy` drains the sessions first: on the deployed system, with running servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hippo_deploy.drain import drain
from local.cloud import Cloud
from tests.support.local_deployment import LocalDeployment


class Session:
    """Makes clients of the local cloud, as a boto3 session makes those of AWS."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def client(self, service: str, **_: Any) -> Any:
        return self._cloud.client(service, read_timeout=300)


@pytest.fixture
def reported(lab: LocalDeployment) -> Iterator[list[str]]:
    yield []
    allow_starts(lab)


def allow_starts(lab: LocalDeployment) -> None:
    start_server = lab.cloud.outputs["function_names"]["start_server"]
    lab.cloud.client("lambda").delete_function_concurrency(FunctionName=start_server)


def test_draining_ends_every_session_and_starts_no_server(
    lab: LocalDeployment, new_user_id: Callable[[], str], reported: list[str]
) -> None:
    sessions = [lab.ready_session(new_user_id()) for _ in range(2)]

    left = drain(lab.cloud.outputs, session=Session(lab.cloud), report=reported.append)

    assert not left
    for session in sessions:
        assert lab.left_of(session) == {}
        ended = lab.ended_session(session["sessionId"])
        assert ended is not None
        assert ended["reason"] == "the deployment is being destroyed"
        assert any(session["userId"] in line for line in reported)

    late = lab.walk_to_game(new_user_id())
    assert not late.get("3").shows_game
    assert lab.live_session(late.user_id) is None, "start_server ran"


def test_servers_start_again_once_a_drained_deployment_is_opened(
    lab: LocalDeployment, user_id: str, reported: list[str]
) -> None:
    drain(lab.cloud.outputs, session=Session(lab.cloud), report=reported.append)
    allow_starts(lab)

    assert lab.ready_session(user_id)["userId"] == user_id
