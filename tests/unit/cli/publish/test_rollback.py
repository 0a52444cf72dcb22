"""`hippo rollback`: makes an earlier version current, or changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_gym.studies import versions
from tests.support.moto_deployment import BUCKET, PAGES, Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def twice(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    """A study that was submitted twice, with different pages and containers."""
    cloud.submit(folder)
    cloud.clock.advance()
    folder.page("1_consent.html", "new").page("3_more.html", "more").page("server/game.py", "print(1)")
    cloud.submit(folder.configure(name="Another", steps={1: "1_consent.html", 2: "game", 3: "3_more.html"}))
    cloud.clock.advance()
    return cloud


def first(cloud: MotoDeployment) -> str:
    """Return the version that is not current."""
    kept = {key.split("/")[2] for key in cloud.keys("_versions/grid/")}
    return next(version for version in kept if version != cloud.entry()["version"])


def rollback(cloud: MotoDeployment, version: str, *arguments: str) -> int:
    return cloud.hippo("rollback", "grid", version, *(arguments or ("--yes",)))


def test_a_rollback_makes_the_whole_version_current(twice: MotoDeployment) -> None:
    version = first(twice)
    assert rollback(twice, version) == 0
    entry = twice.entry()
    assert (entry["version"], entry["name"], entry["ecsTask"], twice.broken()) == (version, "A study", "grid:1", [])


def test_a_rollback_updates_the_projects_own_folder(twice: MotoDeployment) -> None:
    rollback(twice, first(twice))
    assert twice.pages("grid") == PAGES


def test_a_rollback_keeps_the_version_that_was_current(twice: MotoDeployment) -> None:
    current = twice.entry()["version"]
    rollback(twice, first(twice))
    assert rollback(twice, current) == 0
    assert (twice.entry()["version"], twice.broken()) == (current, [])


def test_the_first_characters_of_a_version_are_enough(twice: MotoDeployment) -> None:
    version = first(twice)
    rollback(twice, version[:8])
    assert twice.entry()["version"] == version


def test_a_rollback_keeps_the_enrolment_window_and_the_limit(twice: MotoDeployment, folder: Folder) -> None:
    version = first(twice)
    twice.submit(folder.configure(maxSessions=7))
    twice.hippo("close", "grid")
    rollback(twice, version)
    assert (twice.entry()["live"], twice.entry()["maxSessions"]) == (False, 7)


def test_the_entry_names_who_rolled_back(twice: MotoDeployment) -> None:
    rollback(twice, first(twice))
    assert (twice.entry()["updatedBy"], twice.entry()["updatedAt"][11:16]) == ("moto", "12:02")


def test_a_rollback_shows_its_plan_and_asks(twice: MotoDeployment, capsys: Capture) -> None:
    before = twice.entry()
    capsys.readouterr()
    assert rollback(twice, first(twice), "--deployment", "HIPPO_Gym") == 1
    shown = capsys.readouterr()
    assert "~ name: Another → A study" in shown.out
    assert "~ container: grid:2 → grid:1" in shown.out
    assert "~ 1_consent.html" in shown.out
    assert "--yes" in shown.err
    assert twice.entry() == before


def test_a_dry_run_changes_nothing(twice: MotoDeployment) -> None:
    before = twice.entry()
    assert rollback(twice, first(twice), "--dry-run") == 0
    assert twice.entry() == before


def test_a_rollback_to_the_current_version_changes_nothing(twice: MotoDeployment, capsys: Capture) -> None:
    assert rollback(twice, twice.entry()["version"]) == 0
    assert "Nothing to change" in capsys.readouterr().out


def test_a_rollback_restores_a_study_that_was_removed_from_the_list(twice: MotoDeployment) -> None:
    version = first(twice)
    twice.put_list()
    rollback(twice, version)
    assert (twice.entry()["version"], twice.broken()) == (version, [])


# --- incomplete versions are refused ---


def refused(cloud: MotoDeployment, version: str, capsys: Capture) -> str:
    before = cloud.entry()
    capsys.readouterr()
    assert rollback(cloud, version) == 1
    assert cloud.entry() == before
    return capsys.readouterr().err


def test_an_unknown_version_is_refused(twice: MotoDeployment, capsys: Capture) -> None:
    assert "no version 'ffff'" in refused(twice, "ffff", capsys)


def test_an_ambiguous_version_is_refused(twice: MotoDeployment, capsys: Capture) -> None:
    twice.put(f"_versions/grid/{first(twice)[:6]}0123456789/project.json", "{}")
    assert "more than one version" in refused(twice, first(twice)[:6], capsys)


def test_a_version_without_a_page_is_refused(twice: MotoDeployment, s3: Any, capsys: Capture) -> None:
    version = first(twice)
    s3.delete_object(Bucket=BUCKET, Key=f"_versions/grid/{version}/4_survey.html")
    assert "4_survey.html is missing" in refused(twice, version, capsys)


def test_a_version_without_a_variant_is_refused(twice: MotoDeployment, s3: Any, capsys: Capture) -> None:
    version = first(twice)
    s3.delete_object(Bucket=BUCKET, Key=f"_versions/grid/{version}/2_rules-1.html")
    assert "is incomplete" in refused(twice, version, capsys)


def test_a_version_with_a_changed_page_is_refused(twice: MotoDeployment, capsys: Capture) -> None:
    version = first(twice)
    twice.put(f"_versions/grid/{version}/4_survey.html", "changed by hand")
    assert "its files were changed in the bucket" in refused(twice, version, capsys)


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}"])
def test_a_version_with_an_unreadable_entry_is_refused(twice: MotoDeployment, text: str, capsys: Capture) -> None:
    version = first(twice)
    twice.put(versions.entry_key("grid", version), text)
    assert "is incomplete" in refused(twice, version, capsys)


def test_an_incomplete_version_is_refused(twice: MotoDeployment, s3: Any, capsys: Capture) -> None:
    version = first(twice)
    s3.delete_object(Bucket=BUCKET, Key=versions.entry_key("grid", version))
    assert "was interrupted" in refused(twice, version, capsys)


def test_a_version_without_its_task_definition_is_refused(twice: MotoDeployment, capsys: Capture) -> None:
    twice.aws("ecs").deregister_task_definition(taskDefinition="grid:1")
    assert "grid:1, which is no longer registered" in refused(twice, first(twice), capsys)


def test_a_time_without_a_registered_state_is_refused(twice: MotoDeployment, capsys: Capture) -> None:
    assert "no longer has grid as it was at" in refused(twice, "at-20200101T000000Z", capsys)


def test_a_version_of_another_study_is_refused(twice: MotoDeployment, capsys: Capture) -> None:
    entry = json.loads(twice.text(versions.entry_key("grid", first(twice))))
    twice.put(versions.entry_key("grid", "0123456789abcdef"), json.dumps({**entry, "id": "other"}))
    assert "is incomplete" in refused(twice, "0123456789abcdef", capsys)


def test_a_version_that_a_newer_hippo_submitted_is_refused(twice: MotoDeployment, capsys: Capture) -> None:
    version = first(twice)
    key = versions.entry_key("grid", version)
    twice.put(key, json.dumps(json.loads(twice.text(key)) | {"engine": "of tomorrow"}))
    assert "does not know its engine" in refused(twice, version, capsys)


def test_the_result_as_json(twice: MotoDeployment, capsys: Capture) -> None:
    version = first(twice)
    capsys.readouterr()
    rollback(twice, version, "--yes", "--json")
    assert json.loads(capsys.readouterr().out)["published"] == {"version": version, "taskDefinition": "grid:1"}


def test_a_rollback_keeps_the_opening_times(twice: MotoDeployment, folder: Folder) -> None:
    version = first(twice)
    twice.submit(folder.configure(opensAt="2026-12-01T00:00:00+00:00", mostParticipants=5))
    rollback(twice, version)
    assert (twice.entry()["opensAt"], twice.entry()["mostParticipants"], twice.broken()) == (
        "2026-12-01T00:00:00+00:00",
        5,
        [],
    )


def test_a_version_without_the_page_of_an_exit_is_refused(
    twice: MotoDeployment, folder: Folder, s3: Any, capsys: Capture
) -> None:
    current = twice.entry()["version"]
    folder.page("1_consent.html", '<input name="consent" value="no">').page("9_declined.html", "You may exit now")
    leaving = {"step": 1, "field": "consent", "values": ["no"], "page": "9_declined.html"}
    version = twice.submit(folder.configure(exits={"refused": leaving}))
    rollback(twice, current)
    s3.delete_object(Bucket=BUCKET, Key=f"_versions/grid/{version}/9_declined.html")
    assert "9_declined.html is missing" in refused(twice, version, capsys)
