"""Participants whose id is a name of the deployment itself, such as `api` or the page's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.runtime import schemas
from hippo_gym.runtime.settings import NextStepSettings, StartServerSettings, StopServerSettings, load
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.dns_labels import label_of
from hippo_gym.wiring import next_step, session_functions
from tests.support.moto_world import DEPLOYMENT, SESSION, MotoWorld, entry

API = ("api.example.net", "A", "203.0.113.1")
user_ids = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?", fullmatch=True)


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """A study on a deployment whose API answers under api.example.net."""
    world.reserved = ("api", "study")
    world.register(entry())
    _put(world, *API)
    return world


def _put(world: MotoWorld, name: str, kind: str, value: str) -> None:
    record = {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    world.clients.route53.change_resource_record_sets(HostedZoneId=world.zone, ChangeBatch=change)


def _names(world: MotoWorld) -> set[str]:
    return {name for name, _, _ in world.records()}


def test_a_participant_with_a_reserved_id_gets_another_name(study: MotoWorld) -> None:
    assert study.start(user="api") is Outcome.READY
    assert _names(study) == {"api.example.net", f"{label_of('api', study.reserved)}.example.net"}
    assert API in study.records()


@pytest.mark.parametrize("user", ["api", "API"])
def test_the_game_s_answer_names_the_server_that_was_started(study: MotoWorld, user: str) -> None:
    study.get(user)
    study.post(user)
    session_id = study.record("api")["session"]["id"]
    study.start(session_id, user="api")
    host = study.get(user)["server"]["host"]
    assert host in _names(study) - {"api.example.net"}


def test_the_name_is_deleted_with_its_server(study: MotoWorld) -> None:
    study.start(user="api")
    study.stop(user="api")
    assert study.records() == {API}


def test_leftovers_under_the_replaced_name_are_swept(study: MotoWorld) -> None:
    study.start(user="api")
    study.clients.s3.delete_object(Bucket="projects.example", Key="_sessions/live/api.json")
    study.sweep_twice()
    assert study.records() == {API}


def test_a_reserved_name_is_never_changed_even_with_a_mark_of_a_server(study: MotoWorld) -> None:
    """A team reserves a name under which a participant plays; Terraform finds the record."""
    mark = ("study.example.net", "TXT", f'"hippo-gym deployment={DEPLOYMENT} session={SESSION}"')
    _put(study, *mark)
    report = study.sweep_twice()
    study.stop(user="study")
    assert (report.cleared, report.uncleared) == (0, 0)
    assert study.records() == {API, mark}


def test_other_participants_are_served_under_their_ids(study: MotoWorld) -> None:
    assert study.start(user="api-2") is Outcome.READY
    assert "api-2.example.net" in _names(study)


@given(user_id=user_ids, other=user_ids)
def test_a_label_is_a_dns_label_and_never_another_participant_s(user_id: str, other: str) -> None:
    label = label_of(user_id, {user_id})
    assert len(label) == 63
    assert label.startswith(f"{user_id}-")
    assert not label.endswith("-")
    assert not schemas.is_valid(schemas.USER_ID, label)
    assert user_id == other or label != label_of(other, {user_id, other})


REQUIRED = dict.fromkeys(
    ["BUCKET", "HOSTED_ZONE_ID", "START_SERVER_TOPIC_ARN", "STOP_SERVER_TOPIC_ARN", "SUBNET", "SECURITY_GROUP"], "value"
) | {"MAX_RUNTIME": "30", "SCHEDULER_ROLE_ARN": "value", "ROOT_DOMAIN": "example.net", "RESERVED_NAMES": "api,study"}


def test_every_function_that_writes_names_gets_the_reserved_ones(environment: MotoWorld) -> None:
    visits = next_step.visits(load(NextStepSettings, REQUIRED))
    starting = session_functions.starting(load(StartServerSettings, REQUIRED))
    stopping = session_functions.stopping(load(StopServerSettings, REQUIRED))
    assert visits.reserved == ("api", "study")
    for lifecycle in (starting.lifecycle, stopping.lifecycle):
        assert lifecycle.dns.reserved == {"api", "study"}


def test_a_name_under_an_earlier_root_domain_is_no_leftover_of_this_one(world: MotoWorld) -> None:
    """The functions' roles do not allow such names; a sweep would report the same leftover again and again."""
    mark = f'"hippo-gym deployment={DEPLOYMENT} session={SESSION}"'
    _put(world, "u1.old.example.net", "TXT", mark)
    moved = Dns(world.clients.route53, world.zone, "new.example.net", DEPLOYMENT)
    assert list(moved.owned()) == []
    before = Dns(world.clients.route53, world.zone, "old.example.net", DEPLOYMENT)
    assert [owned.label for owned in before.owned()] == ["u1"]
