"""A bucket with a KMS key: each write of the same page gives another ETag."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import history
from hippo_cli.publish.history_view import summary
from hippo_gym.studies import versions
from tests.support.moto_deployment import BUCKET, PAGES, Folder, MotoDeployment
from tests.unit.opaque_etags import opaque_etags

__all__ = ["opaque_etags"]

pytestmark = pytest.mark.usefixtures("opaque_etags")


def shown_changes(cloud: MotoDeployment) -> list[list[str]]:
    return [summary(event) for event in history.read(cloud.deployment(), "grid").events]


def forget_digests(cloud: MotoDeployment) -> None:
    """Rewrite each version's `project.json` as an earlier release wrote it."""
    for key in cloud.keys("_versions/grid/"):
        if key.endswith("/project.json"):
            kept = json.loads(cloud.text(key))
            cloud.put(key, json.dumps({name: value for name, value in kept.items() if name != versions.DIGESTS}))


@pytest.fixture
def renamed(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    """A study that was submitted, and submitted again with another name and one other page."""
    cloud.submit(folder)
    cloud.clock.advance()
    cloud.submit(folder.configure(name="Another").page("4_survey.html", "<input name=years>"))
    return cloud


def test_the_same_page_has_another_etag_in_each_version(renamed: MotoDeployment) -> None:
    listed = renamed.aws("s3").list_objects_v2(Bucket=BUCKET, Prefix="_versions/grid/")["Contents"]
    etags = [found["ETag"] for found in listed if found["Key"].endswith("/1_consent.html")]
    assert len(etags) == len(set(etags)) == 2


def test_pages_that_are_unchanged_are_not_in_the_history(renamed: MotoDeployment) -> None:
    assert shown_changes(renamed)[0] == ["name: A study → Another", "~ 4_survey.html"]


def test_versions_that_an_earlier_release_kept_are_compared_by_their_pages(renamed: MotoDeployment) -> None:
    forget_digests(renamed)
    assert shown_changes(renamed)[0] == ["name: A study → Another", "~ 4_survey.html"]


def test_a_version_without_project_json_is_compared_by_its_pages(renamed: MotoDeployment) -> None:
    version = renamed.entry()["version"]
    renamed.aws("s3").delete_object(Bucket=BUCKET, Key=versions.entry_key("grid", version))
    assert shown_changes(renamed)[0] == ["name: A study → Another", "~ 4_survey.html"]


@pytest.mark.parametrize("digests", [None, [], {"1_consent.html": 7}, {"1_consent.html": "short"}])
def test_invalid_digests_are_not_used(renamed: MotoDeployment, digests: Any) -> None:
    key = versions.entry_key("grid", renamed.entry()["version"])
    renamed.put(key, json.dumps(json.loads(renamed.text(key)) | {versions.DIGESTS: digests}))
    assert shown_changes(renamed)[0] == ["name: A study → Another", "~ 4_survey.html"]


def test_a_version_stores_the_digest_of_each_page(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    kept = json.loads(cloud.text(versions.entry_key("grid", cloud.submit(folder))))
    assert kept[versions.DIGESTS] == {file: versions.digest_of(text.encode()) for file, text in PAGES.items()}


def test_pages_that_a_script_uploads_again_unchanged_are_not_in_the_history(
    cloud: MotoDeployment, folder: Folder
) -> None:
    cloud.register_task()
    cloud.script(folder)
    cloud.clock.advance()
    cloud.script(folder, name="Another")
    cloud.clock.advance()
    folder.page("1_consent.html", "<p>Dissent</p>")  # as many bytes as before
    cloud.script(folder, name="A third")
    assert shown_changes(cloud)[:2] == [["name: Another → A third", "~ 1_consent.html"], ["name: A study → Another"]]


def test_a_study_that_was_submitted_by_a_script_is_not_changed_by_submit(cloud: MotoDeployment, folder: Folder) -> None:
    cloud.register_task()
    cloud.script(folder)
    cloud.clock.advance()
    cloud.submit(folder.without_server())
    assert not [line for line in shown_changes(cloud)[0] if ".html" in line]


def test_an_unchanged_study_is_not_submitted_again(renamed: MotoDeployment, folder: Folder) -> None:
    before = renamed.keys()
    renamed.submit(folder)
    assert (renamed.keys(), len(shown_changes(renamed)), renamed.broken()) == (before, 2, [])


def test_a_rollback_restores_every_page(renamed: MotoDeployment) -> None:
    earlier = history.read(renamed.deployment(), "grid").events[-1].version
    renamed.clock.advance()
    assert renamed.hippo("rollback", "grid", earlier or "", "--yes") == 0
    assert (renamed.entry()["version"], renamed.broken()) == (earlier, [])
