"""Publishing and playing: verify finds each fault on the way to the game."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from hippo_deploy.preflight.public_dns import DnsBroken
from hippo_deploy.verify.checks import playing
from hippo_deploy.verify.page import Reply
from hippo_deploy.verify.results import Failed, NotApplicable, Unproven
from tests.unit.deploy.verify.stage import ADDRESS, API, FUNCTIONS, SESSION, SITE, STUDY, Stage, Zone, cut_off

UPDATE = FUNCTIONS["update_project_master_list"]
CORS = {"access-control-allow-origin": SITE}


def shows(page: str, **more: Any) -> Reply:
    return Reply(200, json.dumps({"page": page, "step": "1"} | more), CORS)


def test_a_published_study_passes(stage: Stage) -> None:
    def register(payload: dict[str, Any]) -> dict[str, Any]:
        stage.lists("grid_world", *STUDY.project_ids)
        return {"statusCode": 200, "body": ""}

    stage.functions.answers[UPDATE] = register
    stage.web.answers[API] = shows("<p>welcome")
    assert "and /next serves them" in playing.published(stage.world)
    for project in STUDY.project_ids:
        made = stage.clients.client("ecs").describe_task_definition(taskDefinition=project, include=["TAGS"])
        tags = {tag["key"]: tag["value"] for tag in made["tags"]}
        assert tags == {"hippo-gym:deployment": stage.target.name, "hippo-gym:project": project}


def test_a_refused_study_fails(stage: Stage) -> None:
    stage.functions.answers[UPDATE] = {"statusCode": 400, "body": "steps: a mapping"}
    with pytest.raises(Failed, match="steps: a mapping"):
        playing.published(stage.world)


def test_a_broken_function_fails(stage: Stage) -> None:
    stage.functions.answers[UPDATE] = {"errorMessage": "SettingsError"}
    stage.functions.error = "Unhandled"
    with pytest.raises(Failed, match="SettingsError"):
        playing.published(stage.world)


def test_a_list_without_the_accepted_study_fails(stage: Stage) -> None:
    stage.functions.answers[UPDATE] = {"statusCode": 200, "body": ""}
    stage.lists("grid_world", STUDY.id)
    with pytest.raises(Failed, match=f"has no {STUDY.short_id}"):
        playing.published(stage.world)


def test_a_study_that_next_does_not_serve_fails(stage: Stage) -> None:
    stage.functions.answers[UPDATE] = {"statusCode": 200, "body": ""}
    stage.lists(*STUDY.project_ids)
    stage.web.answers[API] = Reply(400, '"There is no such study."')
    with pytest.raises(Failed, match="not within 60 s"):
        playing.published(stage.world)


class Steps:
    """/next, which shows a page, then `wait`, then the game, or the answers that a test sets."""

    def __init__(self, *answers: Reply) -> None:
        self.answers = list(answers)

    def send(self, url: str, body: bytes | None = None, headers: Any = None) -> Reply:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def game(port: int = 5000) -> Reply:
    return shows("show_game_page", step="2", server={"host": "x.play.example.net", "port": port})


def test_a_server_that_becomes_ready_passes(stage: Stage) -> None:
    stage.plays(playing.PLAYER)
    stage.world.http = Steps(shows("<p>welcome"), shows("wait", step="2"), shows("wait", step="2"), game())
    assert playing.started(stage.world) == "2 s from the first page to the game, on FARGATE"
    assert stage.world.host == "x.play.example.net"


def test_a_server_that_does_not_become_ready_fails(stage: Stage) -> None:
    stage.world.http = Steps(shows("<p>welcome"), shows("wait", step="2"))
    with pytest.raises(Failed, match="not within 480 s; start_server has not written a session record"):
        playing.started(stage.world)


def test_a_failed_start_ends_the_wait_immediately(stage: Stage) -> None:
    stage.plays(playing.PLAYER, failed=True, reason="CannotPullContainerError")
    stage.world.http = Steps(shows("<p>welcome"), shows("wait", step="2"))
    with pytest.raises(Failed, match="CannotPullContainerError"):
        playing.started(stage.world)
    assert stage.time.now() - stage.world.began < timedelta(seconds=10)


def test_a_session_that_ended_before_it_was_ready_is_a_failure_with_its_reason(stage: Stage) -> None:
    session = stage.plays(playing.PLAYER)
    stage.ends(session, "NotReady", stage.time.now(), failed=True)
    stage.world.http = Steps(shows("<p>welcome"), shows("wait", step="2"))
    with pytest.raises(Failed, match="the session has ended: NotReady"):
        playing.started(stage.world)


def test_the_page_of_another_study_fails(stage: Stage) -> None:
    stage.world.http = Steps(shows("<p>another study"))
    with pytest.raises(Failed, match="not the uploaded one"):
        playing.started(stage.world)


def test_a_server_on_another_port_fails(stage: Stage) -> None:
    stage.plays(playing.PLAYER)
    stage.world.http = Steps(shows("<p>welcome"), game(8080))
    with pytest.raises(Failed, match="8080"):
        playing.started(stage.world)


# ------------------------------------------------------------------------------------------------------------- names


def test_a_name_that_resolves_to_the_server_passes(stage: Stage) -> None:
    stage.plays(playing.PLAYER)
    assert playing.resolves(stage.world).endswith(f"is {ADDRESS} by one, two")


@pytest.mark.parametrize(
    ("zone", "why"),
    [
        (Zone(), "two: no such name"),
        (Zone("198.51.100.1"), "two: 198.51.100.1"),
        (Zone(ADDRESS, "198.51.100.1"), "two: 203.0.113.9, 198.51.100.1"),
        (Zone(broken=DnsBroken("SERVFAIL")), "two: no answer"),
    ],
)
def test_one_resolver_with_a_wrong_answer_fails(stage: Stage, zone: Zone, why: str) -> None:
    stage.plays(playing.PLAYER)
    stage.world.resolvers = {"one": Zone(ADDRESS), "two": zone}
    with pytest.raises(Failed, match=why):
        playing.resolves(stage.world)


def test_an_unreachable_resolver_is_ignored(stage: Stage) -> None:
    stage.plays(playing.PLAYER)
    unreachable = next(cut_off())
    stage.world.resolvers = {"one": Zone(ADDRESS), "two": unreachable}
    assert playing.resolves(stage.world).endswith("by one")
    stage.world.resolvers = {"one": unreachable, "two": unreachable}
    with pytest.raises(Unproven):
        playing.resolves(stage.world)


@pytest.mark.parametrize("domain", ["hippo.test", "hippo.example", "hippo.localhost"])
def test_the_dns_check_does_not_apply_to_a_reserved_domain(domain: str) -> None:
    stage = Stage(root_domain=domain)
    with pytest.raises(NotApplicable, match="RFC 6761"):
        playing.resolves(stage.world)


def test_a_domain_that_only_looks_reserved_is_checked() -> None:
    stage = Stage(root_domain="test.example.net")
    stage.plays(playing.PLAYER)
    assert "by one, two" in playing.resolves(stage.world)


# -------------------------------------------------------------------------------------------------------- connection


def reached(stage: Stage, address: str | None = ADDRESS) -> None:
    stage.plays(playing.PLAYER)
    stage.world.address_of = lambda host: address  # type: ignore[method-assign]


def test_a_connection_to_this_participant_s_server_passes(stage: Stage) -> None:
    reached(stage)
    assert "without TLS" in playing.connected(stage.world)


def test_a_deployment_with_a_certificate_is_connected_by_tls() -> None:
    stage = Stage(certificate_arn="arn:aws:secretsmanager:ca-central-1:123456789012:secret:x")
    reached(stage)
    with_tls: list[bool] = []

    def connect(*_: Any, tls: bool) -> str:
        with_tls.append(tls)
        return f"hippo-verify {SESSION}"

    stage.world.connect = connect
    assert playing.connected(stage.world).startswith("wss://")
    assert with_tls == [True]


def test_another_participant_s_server_under_the_name_fails(stage: Stage) -> None:
    reached(stage)
    stage.world.connect = lambda *_, **__: "hippo-verify 20261122-1111111111111111"
    with pytest.raises(Failed, match="another server"):
        playing.connected(stage.world)


def test_a_name_without_an_address_fails(stage: Stage) -> None:
    reached(stage, None)
    with pytest.raises(Failed, match="has an address: not within 60 s"):
        playing.connected(stage.world)
