"""Forgetting a participant removes every version of all that is theirs, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_cli.data import forgetting
from hippo_gym.studies.enrolment import mark_of, roster_key
from tests.unit.cli.data.commands import run_hippo
from tests.unit.cli.data.field import STUDY, Field, no_progress, session_record
from tests.unit.handlers.interposed import Interposed, beforehand

OTHER = "other_study"
MARKED = (roster_key(STUDY),)


def everything(field: Field) -> dict[str, int]:
    """Return how many versions each object has, delete markers included."""
    counts: dict[str, int] = {}
    for page in field.s3.get_paginator("list_object_versions").paginate(Bucket=field.bucket):
        for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            counts[version["Key"]] = counts.get(version["Key"], 0) + 1
    return counts


def a_full_life(field: Field, user: str = "ada") -> None:
    """Let a participant answer, have a server, lose it, and leave trials behind."""
    field.get(user)
    field.post(user)
    field.server_is("ready", user)
    field.get(user)
    field.server_is("gone", user)
    field.put(f"{STUDY}/Trials/{user}/1.jsonl", "moves")
    field.put(f"{STUDY}/Trials/{user}/deeper/2.jsonl", "moves")


def forget(field: Field, user: str = "ada") -> forgetting.Removed:
    found = forgetting.find(field.s3, field.bucket, STUDY, user, no_progress)
    return forgetting.forget(field.s3, field.bucket, STUDY, user, found, no_progress)


def test_every_version_of_all_that_is_theirs_goes_and_nothing_else(field: Field) -> None:
    a_full_life(field, "bob")
    a_full_life(field, "ada-2")
    before = everything(field)
    a_full_life(field, "ada")
    assert everything(field) != before
    removed = forget(field)
    assert everything(field) == before
    assert not removed.failures
    assert not forgetting.find(field.s3, field.bucket, STUDY, "ada", no_progress).versions


def test_records_of_other_spellings_go_too(field: Field) -> None:
    before = everything(field)
    for spelling in ("A2XYZ", "a2xyz", "a2xyZ"):
        field.put(f"{STUDY}/Users/{spelling}", "{}")
        field.put(f"{STUDY}/Trials/{spelling}/1", "moves")
        field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/{spelling}")
    forget(field, "A2xyz")
    assert everything(field) == before


def test_a_record_that_was_deleted_already_leaves_no_version_behind(field: Field) -> None:
    before = everything(field)
    field.get("ada")
    field.post("ada")
    field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/ada")
    forget(field)
    assert everything(field) == before


def test_what_they_did_in_another_study_stays(field: Field) -> None:
    now = field.clock.now().isoformat()
    lock = "_sessions/live/ada.json"
    there = session_record("20261122-1111111111111111", "ada", now, projectId=OTHER)
    field.put(f"{OTHER}/Users/ada", "{}")
    field.put(lock, json.dumps(there))
    field.s3.delete_object(Bucket=field.bucket, Key=lock)
    field.put(f"_sessions/ended/{OTHER}/2026-11-22/20261122-1111111111111111.json", json.dumps(there))
    before = everything(field)
    a_full_life(field)
    forget(field)
    after = everything(field)
    assert {key for key in before if before[key] > after.get(key, 0)} == set()
    assert lock not in field.keys("_sessions/live/")  # no past version stands up again
    assert f"{STUDY}/Users/ada" not in after


def test_more_versions_than_one_call_can_delete_all_go(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_IN_A_BATCH", 20)
    before = everything(field)
    for _ in range(50):
        field.put(f"{STUDY}/Users/ada", "{}")
    assert len(forget(field).versions) == 50
    assert everything(field) == before


def showing(field: Field, user: str) -> list[str]:
    """Return the versions of the study's roster that show that somebody began."""
    mark, key = mark_of(user), roster_key(STUDY)
    listed = field.s3.list_object_versions(Bucket=field.bucket, Prefix=key).get("Versions", [])
    named = [version["VersionId"] for version in listed]
    bodies = {name: field.s3.get_object(Bucket=field.bucket, Key=key, VersionId=name)["Body"].read() for name in named}
    return [name for name, body in bodies.items() if mark in body.decode()]


@pytest.fixture
def limited(field: Field) -> Field:
    """A study that takes two participants, and has two."""
    field.register(mostParticipants=2)
    for user in ("ada", "bob"):
        field.get(user)
    return field


def test_the_roster_does_not_tell_who_was_forgotten_and_still_counts_them(limited: Field) -> None:
    forget(limited, "Ada")
    assert (showing(limited, "ada"), len(showing(limited, "bob")), limited.get("cleo")["notice"]) == ([], 1, "full")


def test_forgetting_again_leaves_the_roster_alone(limited: Field) -> None:
    forget(limited)
    before = everything(limited)
    assert forget(limited).versions == ()
    assert everything(limited) == before


def test_a_mark_whose_record_is_gone_already_is_found(limited: Field) -> None:
    forgetting.remove(
        limited.s3, limited.bucket, forgetting.find_data(limited.s3, limited.bucket, STUDY, "ada"), lambda _: None
    )
    assert {version.key for version in forget(limited).versions} == {roster_key(STUDY)}
    assert showing(limited, "ada") == []


def test_a_past_version_of_the_roster_that_stayed_goes_with_the_next_run(limited: Field) -> None:
    found = forgetting.find(limited.s3, limited.bucket, STUDY, "ada", no_progress)
    refusing: Any = Refusing(limited.s3, {version.id for version in found.roster})
    removed = forgetting.forget(refusing, limited.bucket, STUDY, "ada", found, no_progress)
    assert (len(removed.failures), len(showing(limited, "ada"))) == (2, 2)
    assert not forget(limited).failures
    assert showing(limited, "ada") == []


def test_while_something_of_theirs_stays_their_mark_does(limited: Field) -> None:
    found = forgetting.find(limited.s3, limited.bucket, STUDY, "ada", no_progress)
    refusing: Any = Refusing(limited.s3, {version.id for version in found.records})
    assert forgetting.forget(refusing, limited.bucket, STUDY, "ada", found, no_progress).failures
    assert mark_of("ada") in limited.stored(roster_key(STUDY)).decode()


def test_who_comes_back_while_they_are_forgotten_keeps_the_roster(limited: Field) -> None:
    limited.register(mostParticipants=9)
    found = forgetting.find(limited.s3, limited.bucket, STUDY, "ada", no_progress)
    returns = beforehand(lambda: limited.get("ada"), when=lambda call: call["Delete"]["Objects"][0]["Key"] in MARKED)
    back: Any = Interposed(limited.s3, delete_objects=returns)
    forgetting.forget(back, limited.bucket, STUDY, "ada", found, no_progress)
    assert len(json.loads(limited.stored(roster_key(STUDY)))) == 3


class Refusing:
    """An S3 client that does not let certain versions be deleted."""

    def __init__(self, s3: Any, refused: set[str]) -> None:
        self._s3, self._refused = s3, refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    def delete_objects(self, Bucket: str, Delete: Any) -> Any:  # noqa: N803 - boto3's names
        kept = [one for one in Delete["Objects"] if one["VersionId"] in self._refused]
        rest = [one for one in Delete["Objects"] if one["VersionId"] not in self._refused]
        if rest:
            self._s3.delete_objects(Bucket=Bucket, Delete=Delete | {"Objects": rest})
        return {"Errors": [one | {"Code": "AccessDenied", "Message": "no"} for one in kept]}


def test_what_is_behind_a_version_that_stays_does_not_stand_up_again(field: Field) -> None:
    a_full_life(field)
    key = f"{STUDY}/Users/ada"
    stands = field.stored(key)
    found = forgetting.find(field.s3, field.bucket, STUDY, "ada", no_progress)
    past = next(version for version in found.records if not version.is_latest)
    refusing: Any = Refusing(field.s3, {past.id})
    removed = forgetting.remove(refusing, field.bucket, found.versions, lambda _: None)
    assert [version for version, _ in removed.failures] == [past]
    assert [version.key for version in removed.put_off] == [key]
    assert field.stored(key) == stands
    assert not forget(field).failures
    assert key not in everything(field)


# --- the command ---


def test_the_command_shows_asks_and_says_what_it_removed(field: Field) -> None:
    a_full_life(field)
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes")
    assert ran.status == 0
    assert "participant record" in ran.output
    assert f"{STUDY}/Trials/ada/deeper/2.jsonl" in ran.output
    assert "hippo export study" in ran.errors
    assert not [key for key in everything(field) if "ada" in key]


def test_a_dry_run_removes_nothing(field: Field) -> None:
    a_full_life(field)
    before = everything(field)
    ran = run_hippo(field, "forget", STUDY, "ada", "--dry-run")
    assert (ran.status, everything(field)) == (0, before)
    assert "Nothing was removed" in ran.output


def test_without_an_answer_nothing_is_removed(field: Field) -> None:
    a_full_life(field)
    before = everything(field)
    ran = run_hippo(field, "forget", STUDY, "ada")
    assert (ran.status, everything(field)) == (1, before)
    assert "--yes" in ran.errors


def test_while_a_server_lives_it_is_refused_with_the_way_out(field: Field) -> None:
    field.get()
    field.post()
    field.server_is("ready")
    before = everything(field)
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes")
    assert (ran.status, everything(field)) == (1, before)
    assert "hippo stop ada" in ran.errors


def test_somebody_unknown_is_no_error(field: Field) -> None:
    ran = run_hippo(field, "forget", STUDY, "nobody", "--yes")
    assert ran.status == 0
    assert "look at the spelling" in ran.output


def test_a_partial_failure_is_told_and_a_later_run_finishes(field: Field) -> None:
    a_full_life(field)
    found = forgetting.find(field.s3, field.bucket, STUDY, "ada", no_progress)
    refused = {version.id for version in found.trials}
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes", s3=Refusing(field.s3, refused))
    assert ran.status == 1
    assert "2 versions could not be removed (2 times AccessDenied: no)" in ran.errors
    assert run_hippo(field, "forget", STUDY, "ada", "--yes").status == 0
    assert not [key for key in everything(field) if "ada" in key]


def test_the_command_shows_the_mark_on_the_roster(limited: Field) -> None:
    ran = run_hippo(limited, "forget", STUDY, "ada", "--yes")
    assert (ran.status, "mark on the roster" in ran.output, "stays taken" in ran.errors) == (0, True, True)
    assert "Nothing is kept" in run_hippo(limited, "forget", STUDY, "ada").output


def test_a_program_reads_what_was_removed(field: Field) -> None:
    field.register(mostParticipants=2)
    a_full_life(field)
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes", "--json")
    told = json.loads(ran.output)
    kinds = ("records", "trials", "servers", "roster")
    assert told["removed"]["versions"] == sum(told[kind]["versions"] for kind in kinds)
    assert told["failures"] == []


@pytest.mark.parametrize("words", [["../x", "ada"], [STUDY, ""], [STUDY, "ada", "--json"]])
def test_wrong_use_is_told_before_anything_is_looked_up(field: Field, words: list[str]) -> None:
    assert run_hippo(field, "forget", *words).status == 2
