"""A study's folder `assets` on a deployment: uploaded before the study changes, kept with each version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import execution
from hippo_common.errors import HippoError
from tests.support.moto_deployment import REGION, Died, Folder, MotoDeployment

PAGE_BUCKET = "page.example"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def with_page(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    """A deployment with a participant page, and a study with two files."""
    cloud.aws("s3").create_bucket(Bucket=PAGE_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    cloud.describe(assetsBucket=PAGE_BUCKET)
    folder.page("assets/a.png", "picture").page("assets/s.css", "p { color: red }")
    return cloud


def stored(cloud: MotoDeployment) -> dict[str, str]:
    """Return key → content of the files in the bucket of the participant page."""
    s3 = cloud.aws("s3")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=PAGE_BUCKET).get("Contents", [])]
    return {key: s3.get_object(Bucket=PAGE_BUCKET, Key=key)["Body"].read().decode() for key in keys}


def folder_of(cloud: MotoDeployment) -> str:
    return f"assets/grid/{cloud.entry()['assets']}"


def test_files_are_uploaded_with_their_types(with_page: MotoDeployment, folder: Folder) -> None:
    with_page.submit(folder)
    place = folder_of(with_page)
    assert stored(with_page) == {f"{place}/a.png": "picture", f"{place}/s.css": "p { color: red }"}
    head = with_page.aws("s3").head_object(Bucket=PAGE_BUCKET, Key=f"{place}/s.css")
    assert (head["ContentType"], head["CacheControl"]) == (
        "text/css; charset=utf-8",
        "public, max-age=31536000, immutable",
    )
    assert with_page.broken() == []


def test_a_second_submit_uploads_nothing(with_page: MotoDeployment, folder: Folder) -> None:
    with_page.submit(folder)
    with_page.calls.clear()
    with_page.submit(folder.page("1_consent.html", "new"))
    writes = [call for call in with_page.calls if call == "s3.PutObject"]
    with_page.calls.clear()
    with_page.submit(folder)
    assert len(writes) == 7, "five pages and the entry of the version, and one copy of the changed page"
    assert "s3.PutObject" not in with_page.calls


def test_each_version_has_its_own_files(with_page: MotoDeployment, folder: Folder) -> None:
    first = with_page.submit(folder)
    before = folder_of(with_page)
    second = with_page.submit(folder.page("assets/a.png", "another picture"))
    after = folder_of(with_page)
    assert first != second
    assert (stored(with_page)[f"{before}/a.png"], stored(with_page)[f"{after}/a.png"]) == ("picture", "another picture")


def test_a_rollback_shows_the_files_of_that_version_again(with_page: MotoDeployment, folder: Folder) -> None:
    first = with_page.submit(folder)
    before = with_page.entry()["assets"]
    with_page.submit(folder.page("assets/a.png", "another picture"))
    assert with_page.hippo("rollback", "grid", first, "--yes") == 0
    assert (with_page.entry()["assets"], with_page.broken()) == (before, [])


def test_a_rollback_whose_files_are_gone_changes_nothing(
    with_page: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    first = with_page.submit(folder)
    gone = f"{folder_of(with_page)}/a.png"
    second = with_page.submit(folder.page("assets/a.png", "another picture"))
    with_page.aws("s3").delete_object(Bucket=PAGE_BUCKET, Key=gone)
    assert with_page.hippo("rollback", "grid", first, "--yes") == 1
    assert "assets/a.png" in capsys.readouterr().err
    assert with_page.entry()["version"] == second


def test_files_that_are_gone_are_uploaded_again(with_page: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    with_page.submit(folder)
    gone = f"{folder_of(with_page)}/a.png"
    with_page.aws("s3").delete_object(Bucket=PAGE_BUCKET, Key=gone)
    assert with_page.hippo("submit", str(folder.path), "--yes") == 0
    assert "1 file to be uploaded again (7 B)" in capsys.readouterr().out
    assert stored(with_page)[gone] == "picture"


def test_the_plan_shows_files_with_their_sizes(with_page: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    with_page.submit(folder)
    folder.page("assets/a.png", "new").page("assets/b.mp3", "sound").page("assets/s.css", None)
    assert with_page.hippo("submit", str(folder.path), "--dry-run", "--json") == 0
    shown = json.loads(capsys.readouterr().out)["assets"]
    assert shown == {
        "new": ["assets/b.mp3"],
        "changed": ["assets/a.png"],
        "removed": ["assets/s.css"],
        "unchanged": [],
        "uploaded": ["assets/a.png", "assets/b.mp3"],
    }
    assert with_page.hippo("submit", str(folder.path), "--dry-run") == 0
    text = capsys.readouterr().out
    assert "+ assets/b.mp3  5 B" in text
    assert "~ assets/a.png  3 B" in text
    assert "- assets/s.css" in text


def test_a_deployment_without_a_page_refuses_the_study_before_it_changes(
    cloud: MotoDeployment, folder: Folder, docker: Path
) -> None:
    with pytest.raises(HippoError, match="serves no files"):
        cloud.submit(folder.page("assets/a.png", "picture"))
    assert cloud.entries() == []


@pytest.mark.parametrize("call", range(1, 30))
def test_an_interrupted_upload_leaves_the_published_study_intact(
    with_page: MotoDeployment, folder: Folder, call: int
) -> None:
    with_page.submit(folder)
    before = with_page.entry()
    folder.page("assets/a.png", "another picture")
    with_page.calls.clear()
    with_page.dies_at = call
    try:
        with_page.submit(folder)
    except Died:
        entry = with_page.entry()
        assert _complete(with_page, entry)
        assert entry == before or entry["assets"] != before["assets"]
    with_page.dies_at = None
    with_page.submit(folder)
    assert _complete(with_page, with_page.entry())
    assert stored(with_page)[f"{folder_of(with_page)}/a.png"] == "another picture"


def _complete(cloud: MotoDeployment, entry: dict[str, Any]) -> bool:
    place = f"assets/grid/{entry['assets']}"
    return {f"{place}/a.png", f"{place}/s.css"} <= stored(cloud).keys()


def test_a_file_that_changes_during_the_submit_is_refused(
    with_page: MotoDeployment, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_page.submit(folder)
    version = with_page.entry()["version"]
    folder.page("assets/a.png", "another picture")
    real = execution._upload_assets

    def meanwhile(*arguments: Any) -> None:
        folder.page("assets/a.png", "a third picture")
        real(*arguments)

    monkeypatch.setattr(execution, "_upload_assets", meanwhile)
    with pytest.raises(HippoError, match=r"assets/a\.png changed while"):
        with_page.submit(folder)
    assert with_page.entry()["version"] == version
