"""Start messages that come twice, late, or while other writers change the same records."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hippo_gym.runtime.errors import Transient
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.messages import Start
from hippo_gym.studies.projects import MASTER_LIST_KEY, MasterListInvalid, UnknownProject
from tests.support.moto_world import (
    DEPLOYMENT,
    NOON,
    OTHER_SESSION,
    SESSION,
    MotoWorld,
    entry,
)
from tests.unit.handlers.interposed import beforehand, client_error, fails, interpose

NAME = f"{DEPLOYMENT}-{SESSION}"


# --- repeated and late messages ---


def test_a_repeated_start_changes_nothing(study: MotoWorld) -> None:
    study.start()
    before = (study.session(), study.records(), study.tasks())
    assert (study.start(), (study.session(), study.records(), study.tasks())) == (Outcome.READY, before)


def test_a_newer_start_for_the_same_project_uses_the_live_session(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=5)
    assert (study.start(OTHER_SESSION), study.session()["sessionId"], study.clusters()) == (
        Outcome.READY,
        SESSION,
        [NAME],
    )


def test_a_late_start_of_an_ended_session_makes_nothing(study: MotoWorld) -> None:
    study.start()
    study.stop()
    assert (study.start(), study.left_over()) == (Outcome.OVER, [])


def test_a_start_after_its_stop_makes_nothing(study: MotoWorld) -> None:
    study.stop()
    assert (study.start(), study.left_over(), study.tasks()) == (Outcome.OVER, [], [])


def test_a_start_for_another_project_ends_the_earlier_session_first(study: MotoWorld) -> None:
    study.register(entry(), entry("other"))
    study.start()
    study.clock.advance(seconds=5)
    study.start(OTHER_SESSION, project="other")
    assert study.clusters() == [f"{DEPLOYMENT}-{OTHER_SESSION}"]
    assert (study.ended()["wanted"], study.session()["projectId"], len(study.tasks())) == ("stopped", "other", 0)


def test_a_start_for_another_project_waits_for_a_task_that_lingers(study: MotoWorld) -> None:
    study.register(entry(), entry("other"))
    study.start()
    study.clock.advance(seconds=5)
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=20))
    study.start(OTHER_SESSION, project="other")
    assert study.clusters() == [f"{DEPLOYMENT}-{OTHER_SESSION}"]


def test_an_older_start_for_another_project_changes_nothing(study: MotoWorld) -> None:
    study.register(entry(), entry("other"))
    late = Start("other", "ada", OTHER_SESSION, study.clock.now())
    study.clock.advance(seconds=5)
    study.start()
    assert study.starting().start(late, study.seconds(300)) is Outcome.OVER
    assert (study.session()["sessionId"], study.clusters()) == (SESSION, [NAME])


def test_two_participants_have_a_session_each(study: MotoWorld) -> None:
    study.start()
    study.start(OTHER_SESSION, user="ben")
    assert sorted(name for name, kind, _ in study.records() if kind == "A") == ["ada.example.net", "ben.example.net"]


# --- while the master list is broken ---


@pytest.fixture
def on_its_way(study: MotoWorld) -> MotoWorld:
    """A starting session whose start message will be delivered again, and a broken master list."""
    study.answering = False
    with pytest.raises(Transient):
        study.start(budget=20)
    study.put(MASTER_LIST_KEY, "{")
    return study


def test_a_broken_list_does_not_prevent_a_live_session_from_coming_up(on_its_way: MotoWorld) -> None:
    on_its_way.answering = True
    assert (on_its_way.start(), len(on_its_way.tasks())) == (Outcome.READY, 1)


def test_a_broken_list_writes_no_ended_record_of_a_starting_session(on_its_way: MotoWorld) -> None:
    with pytest.raises(Transient):
        on_its_way.start(budget=20)
    assert on_its_way.keys("_sessions/ended/") == []


def test_a_start_that_uses_a_live_session_needs_no_list(study: MotoWorld) -> None:
    study.start()
    study.put(MASTER_LIST_KEY, "{")
    assert (study.start(OTHER_SESSION), study.session()["sessionId"]) == (Outcome.READY, SESSION)


def test_a_start_for_a_project_that_is_not_in_the_list_ends_no_other_session(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=5)
    with pytest.raises(UnknownProject):
        study.start(OTHER_SESSION, project="other")
    assert (study.session()["wanted"], study.ended(OTHER_SESSION, "other")["failed"]) == ("running", True)


def test_the_retry_of_a_start_that_the_list_refused_does_not_raise(study: MotoWorld) -> None:
    study.put(MASTER_LIST_KEY, "{")
    with pytest.raises(MasterListInvalid):
        study.start()
    assert study.start() is Outcome.OVER


# --- live, with an ended record ---


def test_a_claim_that_could_not_read_the_ended_record_is_taken_down_by_its_retry(study: MotoWorld) -> None:
    """The stop comes between read and claim, and S3 fails when the claim reads the ended record."""

    def claims(asked: Any) -> bool:
        return "/live/" in asked["Key"]

    def looks_once_claimed(asked: Any) -> bool:
        return "/ended/" in asked["Key"] and study.keys("_sessions/live/") != []

    down = fails(client_error("SlowDown", status=503), times=1, when=looks_once_claimed)
    interpose(study, "s3", put_object=beforehand(study.stop, when=claims), get_object=down)
    with pytest.raises(ClientError):
        study.start()
    assert (study.start(), study.left_over()) == (Outcome.OVER, [])


def test_a_live_session_with_an_ended_record_is_taken_down(study: MotoWorld) -> None:
    study.start()
    marked = study.session() | {"wanted": "stopped", "reason": "time is up"}
    study.put(f"_sessions/ended/study/2026-11-22/{SESSION}.json", json.dumps(marked))
    assert (study.start(), study.left_over(), study.tasks()) == (Outcome.OVER, [], [])


# --- other writers of the same key ---


def test_a_claim_during_another_write_is_retried_after_a_pause(study: MotoWorld) -> None:
    busy = fails(client_error("ConditionalRequestConflict", status=409), times=3)
    interpose(study, "s3", put_object=busy)
    slept: list[datetime] = []
    study.clock.while_asleep.insert(0, lambda: slept.append(study.clock.now()))
    assert (study.start(), slept[2] >= NOON + timedelta(seconds=3)) == (Outcome.READY, True)


def test_a_claim_during_endless_other_writes_is_left_to_a_retry(study: MotoWorld) -> None:
    interpose(study, "s3", put_object=fails(client_error("ConditionalRequestConflict", status=409)))
    with pytest.raises(Transient):
        study.start()
