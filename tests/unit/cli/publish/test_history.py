"""`hippo history`: who, when, what, as far back as the bucket remembers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import history
from hippo_cli.publish.history import Event, History
from hippo_cli.publish.history_view import summary
from tests.unit.cli.publish.cloud import BUCKET, Cloud, Folder

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def changed(cloud: Cloud, folder: Folder, docker: Path) -> Cloud:
    """A study that was registered, changed, closed and opened, a minute apart; another one was there before."""
    cloud.submit(Folder(folder.path.with_name("other")).write(id="other"))
    cloud.clock.advance()
    cloud.submit(folder)
    cloud.clock.advance()
    cloud.submit(folder.page("1_consent.html", "new").page("2_rules-1.html", None).configure(name="Another"))
    cloud.clock.advance()
    cloud.hippo("close", "grid")
    cloud.clock.advance()
    cloud.submit(Folder(folder.path.with_name("other")).configure(id="other", name="Changed, too"))
    cloud.clock.advance()
    cloud.hippo("open", "grid")
    return cloud


def read(cloud: Cloud, limit: int | None = None) -> History:
    return history.read(cloud.deployment(), "grid", limit)


def told(events: tuple[Event, ...]) -> list[list[str]]:
    return [summary(event) for event in events]


def test_changes_are_told_newest_first(changed: Cloud) -> None:
    assert told(read(changed).events) == [
        ["opened"],
        ["closed"],
        ["name: A study → Another", "~ 1_consent.html", "- 2_rules-1.html"],
        ["registered"],
    ]


def test_changes_of_other_studies_are_not_told(changed: Cloud) -> None:
    assert all(event.entry is None or event.entry["id"] == "grid" for event in read(changed).events)


def test_each_change_has_its_time(changed: Cloud) -> None:
    assert [event.at[11:16] for event in read(changed).events] == ["12:05", "12:03", "12:02", "12:01"]


def test_each_change_says_who_made_it(changed: Cloud) -> None:
    assert {event.by for event in read(changed).events} == {"moto"}


def test_opening_and_closing_keep_the_version(changed: Cloud) -> None:
    versions = [event.version for event in read(changed).events]
    assert versions[0] == versions[1] == versions[2] != versions[3]


def test_a_history_that_begins_with_the_registration_is_complete(changed: Cloud) -> None:
    assert read(changed).complete


def test_a_limit_shows_the_newest_changes(changed: Cloud) -> None:
    found = read(changed, limit=2)
    assert (told(found.events), found.more, found.complete) == ([["opened"], ["closed"]], True, False)


def test_pages_are_compared_though_the_older_change_is_beyond_the_limit(changed: Cloud) -> None:
    assert told(read(changed, limit=3).events)[2][1:] == ["~ 1_consent.html", "- 2_rules-1.html"]


def test_what_noncurrent_expiry_removed_is_gone_and_said_to_be(changed: Cloud, s3: Any, capsys: Capture) -> None:
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="project_master_list.json")["Versions"]
    for old in listed[-3:]:
        s3.delete_object(Bucket=BUCKET, Key=old["Key"], VersionId=old["VersionId"])
    found = read(changed)
    assert (told(found.events)[-1], found.complete) == (["as it stood at the beginning of what is remembered"], False)
    capsys.readouterr()
    changed.hippo("history", "grid")
    assert "remembers no list from before" in capsys.readouterr().err


def test_a_version_that_no_remembered_change_made_is_told_as_kept(changed: Cloud, s3: Any, capsys: Capture) -> None:
    first = read(changed).events[-1].version
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="project_master_list.json")["Versions"]
    for old in listed[-2:]:
        s3.delete_object(Bucket=BUCKET, Key=old["Key"], VersionId=old["VersionId"])
    capsys.readouterr()
    changed.hippo("history", "grid")
    also_kept = capsys.readouterr().out.partition("Also kept")[2]
    assert f"{first}  5 pages" in also_kept


def test_a_study_that_was_taken_out_by_hand_has_that_in_its_history(changed: Cloud) -> None:
    changed.clock.advance()
    changed.put_list(changed.entry("other"))
    assert told(read(changed).events)[0] == ["taken out of the list"]


def test_a_change_by_hand_is_nobody_s(changed: Cloud) -> None:
    changed.clock.advance()
    changed.put_list({**changed.entry(), "name": "By hand"})
    newest = read(changed).events[0]
    assert (newest.by, newest.at[11:16]) == (None, "12:06")


def test_a_list_that_could_not_be_read_is_passed_over(changed: Cloud) -> None:
    whole = changed.text("project_master_list.json")
    changed.clock.advance()
    changed.put("project_master_list.json", '{"projects": [')
    changed.clock.advance()
    changed.put("project_master_list.json", whole)
    assert len(read(changed).events) == 4


def test_a_list_that_was_deleted_for_a_while_is_told(changed: Cloud, s3: Any) -> None:
    whole = changed.text("project_master_list.json")
    changed.clock.advance()
    s3.delete_object(Bucket=BUCKET, Key="project_master_list.json")
    changed.clock.advance()
    changed.put("project_master_list.json", whole)
    assert told(read(changed).events)[:2] == [["registered"], ["taken out of the list"]]


def test_a_submit_that_was_not_finished_is_told(changed: Cloud, capsys: Capture) -> None:
    changed.put("_versions/grid/0123456789abcdef/1_consent.html", "half")
    capsys.readouterr()
    changed.hippo("history", "grid")
    assert "0123456789abcdef  1 page, of a submit that was not finished" in capsys.readouterr().out


def test_history_is_there_as_json(changed: Cloud, capsys: Capture) -> None:
    capsys.readouterr()
    changed.hippo("history", "grid", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (len(found["changes"]), found["changes"][0]["what"], found["complete"]) == (4, ["opened"], True)
    assert len(found["kept"]) == 2


def test_a_study_that_never_was_is_unknown(changed: Cloud, capsys: Capture) -> None:
    assert changed.hippo("history", "gird") == 1
    assert "Did you mean grid?" in capsys.readouterr().err
