"""`hippo forget` removes every version of a participant's data, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_cli.data import forgetting
from hippo_gym.studies.enrolment import count_key, mark_of
from tests.unit.cli.data.commands import run_hippo
from tests.unit.cli.data.field import STUDY, Field, no_progress, session_record
from tests.unit.handlers.interposed import Interposed, beforehand

OTHER = "other_study"
MARKED = (count_key(STUDY),)


def everything(field: Field) -> dict[str, int]:
    """Return the number of versions of each object, including delete markers."""
    counts: dict[str, int] = {}
    for page in field.s3.get_paginator("list_object_versions").paginate(Bucket=field.bucket):
        for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            counts[version["Key"]] = counts.get(version["Key"], 0) + 1
    return counts


def a_full_life(field: Field, user: str = "ada") -> None:
    """Make a participant answer, have a server, lose it, and leave trials."""
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


def test_every_version_of_the_participants_data_is_removed_and_nothing_else(field: Field) -> None:
    a_full_life(field, "bob")
    a_full_life(field, "ada-2")
    before = everything(field)
    a_full_life(field, "ada")
    assert everything(field) != before
    removed = forget(field)
    assert everything(field) == before
    assert not removed.failures
    assert not forgetting.find(field.s3, field.bucket, STUDY, "ada", no_progress).versions


def test_records_of_other_spellings_are_removed(field: Field) -> None:
    before = everything(field)
    for spelling in ("A2XYZ", "a2xyz", "a2xyZ"):
        field.put(f"{STUDY}/Users/{spelling}", "{}")
        field.put(f"{STUDY}/Trials/{spelling}/1", "moves")
        field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/{spelling}")
    forget(field, "A2xyz")
    assert everything(field) == before


def test_the_versions_of_a_deleted_record_are_removed(field: Field) -> None:
    before = everything(field)
    field.get("ada")
    field.post("ada")
    field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/ada")
    forget(field)
    assert everything(field) == before


def test_data_of_other_studies_stays(field: Field) -> None:
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
    assert lock not in field.keys("_sessions/live/")  # no past version becomes current again
    assert f"{STUDY}/Users/ada" not in after


def test_more_versions_than_one_call_can_delete_are_removed(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "_IN_A_BATCH", 20)
    before = everything(field)
    for _ in range(50):
        field.put(f"{STUDY}/Users/ada", "{}")
    assert len(forget(field).versions) == 50
    assert everything(field) == before


def showing(field: Field, user: str) -> list[str]:
    """Return the versions of the study's roster with the participant's mark."""
    mark, key = mark_of(user), count_key(STUDY)
    listed = field.s3.list_object_versions(Bucket=field.bucket, Prefix=key).get("Versions", [])
    named = [version["VersionId"] for version in listed]
    bodies = {name: field.s3.get_object(Bucket=field.bucket, Key=key, VersionId=name)["Body"].read() for name in named}
    return [name for name, body in bodies.items() if mark in body.decode()]


@pytest.fixture
def limited(field: Field) -> Field:
    """A study with a limit of two participants, which it has reached."""
    field.register(mostParticipants=2)
    for user in ("ada", "bob"):
        field.get(user)
        field.post(user)
    return field


def test_the_roster_still_counts_a_forgotten_participant_without_their_id(limited: Field) -> None:
    forget(limited, "Ada")
    assert (showing(limited, "ada"), len(showing(limited, "bob")), limited.get("cleo")["notice"]) == ([], 1, "full")


def test_forgetting_again_does_not_change_the_roster(limited: Field) -> None:
    forget(limited)
    before = everything(limited)
    assert forget(limited).versions == ()
    assert everything(limited) == before


def test_a_mark_without_a_record_is_found(limited: Field) -> None:
    forgetting.remove(
        limited.s3, limited.bucket, forgetting.find_data(limited.s3, limited.bucket, STUDY, "ada"), lambda _: None
    )
    assert {version.key for version in forget(limited).versions} == {count_key(STUDY)}
    assert showing(limited, "ada") == []


def test_a_remaining_past_version_of_the_roster_is_removed_by_the_next_run(limited: Field) -> None:
    found = forgetting.find(limited.s3, limited.bucket, STUDY, "ada", no_progress)
    refusing: Any = Refusing(limited.s3, {version.id for version in found.roster})
    removed = forgetting.forget(refusing, limited.bucket, STUDY, "ada", found, no_progress)
    assert (len(removed.failures), len(showing(limited, "ada"))) == (2, 2)
    assert not forget(limited).failures
    assert showing(limited, "ada") == []


def test_the_mark_stays_while_other_data_stays(limited: Field) -> None:
    found = forgetting.find(limited.s3, limited.bucket, STUDY, "ada", no_progress)
    refusing: Any = Refusing(limited.s3, {version.id for version in found.records})
    assert forgetting.forget(refusing, limited.bucket, STUDY, "ada", found, no_progress).failures
    assert mark_of("ada") in limited.stored(count_key(STUDY)).decode()


def test_the_roster_stays_if_the_participant_returns_meanwhile(limited: Field) -> None:
    limited.register(mostParticipants=9)
    found = forgetting.find(limited.s3, limited.bucket, STUDY, "ada", no_progress)
    returns = beforehand(lambda: limited.get("ada"), when=lambda call: call["Delete"]["Objects"][0]["Key"] in MARKED)
    back: Any = Interposed(limited.s3, delete_objects=returns)
    forgetting.forget(back, limited.bucket, STUDY, "ada", found, no_progress)
    count = json.loads(limited.stored(count_key(STUDY)))
    assert (count["counted"] + sum(count["held"].values()), len(count["recent"])) == (2, 1)


class Refusing:
    """An S3 client that refuses to delete certain versions."""

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


def test_no_past_version_becomes_current_when_a_deletion_fails(field: Field) -> None:
    a_full_life(field)
    key = f"{STUDY}/Users/ada"
    current = field.stored(key)
    found = forgetting.find(field.s3, field.bucket, STUDY, "ada", no_progress)
    past = next(version for version in found.records if not version.is_latest)
    refusing: Any = Refusing(field.s3, {past.id})
    removed = forgetting.remove(refusing, field.bucket, found.versions, lambda _: None)
    assert [version for version, _ in removed.failures] == [past]
    assert [version.key for version in removed.put_off] == [key]
    assert field.stored(key) == current
    assert not forget(field).failures
    assert key not in everything(field)


def test_files_of_trials_are_removed_and_names_alike_are_shown_and_stay(field: Field) -> None:
    before = everything(field)
    for name in ("ada", "Ada.jsonl", "ada/1"):
        field.put(f"{STUDY}/Trials/{name}", "moves")
    others = ("Trials/bob/ada.jsonl", "Trials/2026/ADA/1", "notes/ada.csv", "ada.html")
    strangers = ("Trials/adam.jsonl", "Trials/bob/ada-2.jsonl", "Users/ada.b", "Trials/ada.b/1")
    for name in (*others, *strangers):
        field.put(f"{STUDY}/{name}", "data")
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes")
    assert ran.status == 0
    stay = {f"{STUDY}/{name}" for name in (*others, *strangers)}
    assert set(everything(field)) == {*before, *stay}
    assert all(f"{STUDY}/{name}" in ran.errors for name in others)
    assert not any(f"{STUDY}/{name}" in ran.errors for name in strangers)
    assert "certainly" in ran.errors


# --- the command ---


def test_the_command_lists_the_data_asks_and_shows_what_it_removed(field: Field) -> None:
    a_full_life(field)
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes")
    assert ran.status == 0
    assert "participant record" in ran.output
    assert f"{STUDY}/Trials/ada/deeper/2.jsonl" in ran.output
    assert "--export FOLDER" in ran.errors
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


def test_a_live_server_blocks_the_removal_with_a_fix(field: Field) -> None:
    field.get()
    field.post()
    field.server_is("ready")
    before = everything(field)
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes")
    assert (ran.status, everything(field)) == (1, before)
    assert "hippo stop ada" in ran.errors


def test_an_unknown_participant_is_no_error(field: Field) -> None:
    ran = run_hippo(field, "forget", STUDY, "unknown", "--yes")
    assert ran.status == 0
    assert "check the spelling" in ran.output


def test_a_partial_failure_is_reported_and_a_later_run_finishes(field: Field) -> None:
    a_full_life(field)
    found = forgetting.find(field.s3, field.bucket, STUDY, "ada", no_progress)
    refused = {version.id for version in found.trials}
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes", s3=Refusing(field.s3, refused))
    assert ran.status == 1
    assert "2 versions could not be removed (2 times AccessDenied: no)" in ran.errors
    assert run_hippo(field, "forget", STUDY, "ada", "--yes").status == 0
    assert not [key for key in everything(field) if "ada" in key]


def test_the_command_shows_the_roster_entry(limited: Field) -> None:
    ran = run_hippo(limited, "forget", STUDY, "ada", "--yes")
    assert (ran.status, "roster entry" in ran.output, "still counts this one" in ran.errors) == (0, True, True)
    assert "has no data of ada" in run_hippo(limited, "forget", STUDY, "ada").output


def test_the_result_of_a_removal_as_json(field: Field) -> None:
    field.register(mostParticipants=2)
    a_full_life(field)
    ran = run_hippo(field, "forget", STUDY, "ada", "--yes", "--json")
    result = json.loads(ran.output)
    kinds = ("records", "trials", "servers", "roster")
    assert result["removed"]["versions"] == sum(result[kind]["versions"] for kind in kinds)
    assert result["failures"] == []


@pytest.mark.parametrize("words", [["../x", "ada"], [STUDY, ""], [STUDY, "ada", "--json"]])
def test_wrong_use_is_reported_before_any_call(field: Field, words: list[str]) -> None:
    assert run_hippo(field, "forget", *words).status == 2
