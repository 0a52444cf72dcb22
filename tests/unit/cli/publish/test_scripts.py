"""Researchers' own scripts, before, between and after submits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.moto_deployment import PAGES, Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]
CHANGED = {**PAGES, "1_consent.html": "<p>Changed by the script</p>"}


@pytest.fixture
def scripted(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    """A deployment on which a script registered the study."""
    cloud.register_task()
    cloud.script(folder)
    cloud.clock.advance()
    return cloud


def change_by_script(cloud: MotoDeployment, folder: Folder, **changes: object) -> None:
    folder.page("1_consent.html", CHANGED["1_consent.html"])
    cloud.clock.advance()
    assert cloud.script(folder, **changes)["statusCode"] == 200
    cloud.clock.advance()


def test_a_scripts_study_is_listed(scripted: MotoDeployment, capsys: Capture) -> None:
    assert scripted.hippo("list") == 0
    assert "A study" in capsys.readouterr().out


def test_a_scripts_study_is_shown(scripted: MotoDeployment, capsys: Capture) -> None:
    scripted.hippo("show", "grid")
    shown = capsys.readouterr().out
    assert "none (registered by a script)" in shown
    assert "grid, the newest revision" in shown
    assert "old/image:1" in shown


def test_a_submit_takes_over_a_scripts_study(scripted: MotoDeployment, folder: Folder) -> None:
    scripted.submit(folder)
    assert (scripted.broken(), "version" in scripted.entry()) == ([], True)


def test_a_script_after_a_submit_is_accepted_and_drops_the_version(scripted: MotoDeployment, folder: Folder) -> None:
    scripted.submit(folder)
    change_by_script(scripted, folder)
    entry = scripted.entry()
    assert ("version" in entry, "updatedBy" in entry, entry["ecsTask"]) == (False, False, "grid")


def test_after_a_script_the_pages_of_the_own_folder_are_shown(scripted: MotoDeployment, folder: Folder) -> None:
    scripted.submit(folder)
    change_by_script(scripted, folder)
    assert (scripted.pages("grid"), scripted.broken()) == (CHANGED, [])


def test_no_leftover_of_a_submit_is_shown_after_a_script(scripted: MotoDeployment, folder: Folder) -> None:
    """A variant that a submit removed must not come back as a group."""
    scripted.submit(folder.page("2_rules-1.html", None))
    change_by_script(scripted, folder)
    assert "2_rules-1.html" not in scripted.pages("grid")


def test_a_script_leaves_the_versions_alone(scripted: MotoDeployment, folder: Folder) -> None:
    version = scripted.submit(folder)
    change_by_script(scripted, folder)
    assert scripted.pages(f"_versions/grid/{version}") == PAGES


def test_the_plan_after_a_script_shows_what_the_script_changed(
    scripted: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    scripted.submit(folder)
    change_by_script(scripted, folder, name="The script's name")
    capsys.readouterr()
    scripted.hippo("submit", str(folder.page("1_consent.html", PAGES["1_consent.html"]).path), "--dry-run")
    shown = capsys.readouterr().out
    assert "registered by a script, without a version → version " in shown
    assert "~ name: The script's name → A study" in shown
    assert "~ 1_consent.html" in shown


def test_a_submit_after_a_script_brings_the_version_back(scripted: MotoDeployment, folder: Folder) -> None:
    version = scripted.submit(folder)
    change_by_script(scripted, folder)
    assert scripted.submit(folder.page("1_consent.html", PAGES["1_consent.html"])) == version
    assert (scripted.pages("grid"), scripted.broken()) == (PAGES, [])


def test_a_scripts_study_can_be_closed_and_opened(scripted: MotoDeployment) -> None:
    before = scripted.entry()
    scripted.hippo("close", "grid")
    closed = scripted.entry()
    scripted.hippo("open", "grid")
    kept = {key: value for key, value in scripted.entry().items() if key not in {"updatedAt", "updatedBy"}}
    assert closed["live"] is False
    assert kept == {key: value for key, value in before.items() if key != "updatedAt"}


def test_the_history_lists_changes_by_a_script(scripted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    scripted.submit(folder)
    change_by_script(scripted, folder, name="The script's name")
    capsys.readouterr()
    scripted.hippo("history", "grid")
    newest = capsys.readouterr().out.splitlines()[1:4]
    assert "a script" in newest[0]
    assert "at-20261122T120200Z" in newest[0]
    assert "name: A study → The script's name" in newest[0]
    assert any("~ 1_consent.html" in line for line in newest)


# --- rollback to a script's study ---


def test_a_rollback_to_a_scripts_study(scripted: MotoDeployment, folder: Folder) -> None:
    change_by_script(scripted, folder, name="Second")
    scripted.submit(folder.page("1_consent.html", "third").configure(name="Third"))
    assert scripted.hippo("rollback", "grid", "at-20261122T120200Z", "--yes") == 0
    entry = scripted.entry()
    assert (entry["name"], scripted.pages(f"_versions/grid/{entry['version']}")) == ("Second", CHANGED)
    assert (scripted.pages("grid"), scripted.broken()) == (CHANGED, [])


def test_a_rollback_to_a_scripts_study_pins_the_container_of_that_time(
    scripted: MotoDeployment, folder: Folder
) -> None:
    scripted.submit(folder)  # registers grid:2
    scripted.hippo("rollback", "grid", "at-20261122T120000Z", "--yes")
    assert (scripted.entry()["ecsTask"], scripted.broken()) == ("grid:1", [])


def test_a_rollback_to_a_scripts_study_without_its_pages_is_refused(
    scripted: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    scripted.submit(folder.page("1_consent.html", "new"))
    listed = scripted.aws("s3").list_object_versions(Bucket="projects.example", Prefix="grid/1_consent.html")
    old = next(found for found in listed["Versions"] if not found["IsLatest"])
    scripted.aws("s3").delete_object(Bucket="projects.example", Key=old["Key"], VersionId=old["VersionId"])
    before = scripted.entry()
    assert scripted.hippo("rollback", "grid", "at-20261122T120000Z", "--yes") == 1
    assert "1_consent.html is missing" in capsys.readouterr().err
    assert scripted.entry() == before


def test_an_entry_of_the_old_system_is_taken_over(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    cloud.register_task()
    cloud.script(folder)
    old = {key: value for key, value in cloud.entry().items() if key != "updatedAt"}
    cloud.put_list({**old, "live": None, "team_members": None, "bucket": None})
    cloud.submit(folder)
    assert cloud.broken() == []
