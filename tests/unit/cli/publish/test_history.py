"""`hippo history`: who changed a study, when and what, as far back as the bucket's versions go."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import history
from hippo_cli.publish.history import Event, History
from hippo_cli.publish.history_view import summary
from tests.support.moto_deployment import BUCKET, Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def changed(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    """A study that was registered, changed, closed and opened, a minute apart.

    The deployment also has an older study.
    """
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


def read(cloud: MotoDeployment, limit: int | None = None) -> History:
    return history.read(cloud.deployment(), "grid", limit)


def summaries(events: tuple[Event, ...]) -> list[list[str]]:
    return [summary(event) for event in events]


def test_changes_are_listed_newest_first(changed: MotoDeployment) -> None:
    assert summaries(read(changed).events) == [
        ["opened"],
        ["closed"],
        ["name: A study → Another", "~ 1_consent.html", "- 2_rules-1.html"],
        ["registered"],
    ]


def test_changes_of_other_studies_are_not_listed(changed: MotoDeployment) -> None:
    assert all(event.entry is None or event.entry["id"] == "grid" for event in read(changed).events)


def test_each_change_has_its_time(changed: MotoDeployment) -> None:
    assert [event.at[11:16] for event in read(changed).events] == ["12:05", "12:03", "12:02", "12:01"]


def test_each_change_names_its_author(changed: MotoDeployment) -> None:
    assert {event.by for event in read(changed).events} == {"moto"}


def test_opening_and_closing_keep_the_version(changed: MotoDeployment) -> None:
    versions = [event.version for event in read(changed).events]
    assert versions[0] == versions[1] == versions[2] != versions[3]


def test_a_history_that_begins_with_the_registration_is_complete(changed: MotoDeployment) -> None:
    assert read(changed).complete


def test_a_limit_shows_the_newest_changes(changed: MotoDeployment) -> None:
    found = read(changed, limit=2)
    assert (summaries(found.events), found.more, found.complete) == ([["opened"], ["closed"]], True, False)


def test_pages_are_compared_though_the_older_change_is_beyond_the_limit(changed: MotoDeployment) -> None:
    assert summaries(read(changed, limit=3).events)[2][1:] == ["~ 1_consent.html", "- 2_rules-1.html"]


def test_the_history_shows_where_expired_versions_end_it(changed: MotoDeployment, s3: Any, capsys: Capture) -> None:
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="project_master_list.json")["Versions"]
    for old in listed[-3:]:
        s3.delete_object(Bucket=BUCKET, Key=old["Key"], VersionId=old["VersionId"])
    found = read(changed)
    assert (summaries(found.events)[-1], found.complete) == (["the oldest known state"], False)
    capsys.readouterr()
    changed.hippo("history", "grid")
    assert "has no list from before" in capsys.readouterr().err


def test_a_kept_version_without_a_change_in_the_history_is_listed(
    changed: MotoDeployment, s3: Any, capsys: Capture
) -> None:
    first = read(changed).events[-1].version
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="project_master_list.json")["Versions"]
    for old in listed[-2:]:
        s3.delete_object(Bucket=BUCKET, Key=old["Key"], VersionId=old["VersionId"])
    capsys.readouterr()
    changed.hippo("history", "grid")
    others = capsys.readouterr().out.partition("Other versions")[2]
    assert f"{first}  5 pages" in others


def test_the_removal_of_a_study_by_hand_is_in_its_history(changed: MotoDeployment) -> None:
    changed.clock.advance()
    changed.put_list(changed.entry("other"))
    assert summaries(read(changed).events)[0] == ["removed from the list"]


def test_a_change_by_hand_has_no_author(changed: MotoDeployment) -> None:
    changed.clock.advance()
    changed.put_list({**changed.entry(), "name": "By hand"})
    newest = read(changed).events[0]
    assert (newest.by, newest.at[11:16]) == (None, "12:06")


def test_an_unreadable_list_is_skipped(changed: MotoDeployment) -> None:
    whole = changed.text("project_master_list.json")
    changed.clock.advance()
    changed.put("project_master_list.json", '{"projects": [')
    changed.clock.advance()
    changed.put("project_master_list.json", whole)
    assert len(read(changed).events) == 4


def test_a_deletion_of_the_list_is_in_the_history(changed: MotoDeployment, s3: Any) -> None:
    whole = changed.text("project_master_list.json")
    changed.clock.advance()
    s3.delete_object(Bucket=BUCKET, Key="project_master_list.json")
    changed.clock.advance()
    changed.put("project_master_list.json", whole)
    assert summaries(read(changed).events)[:2] == [["registered"], ["removed from the list"]]


def test_an_interrupted_submit_is_in_the_history(changed: MotoDeployment, capsys: Capture) -> None:
    changed.put("_versions/grid/0123456789abcdef/1_consent.html", "half")
    capsys.readouterr()
    changed.hippo("history", "grid")
    assert "0123456789abcdef  1 page, incomplete: its submit was interrupted" in capsys.readouterr().out


def test_the_history_as_json(changed: MotoDeployment, capsys: Capture) -> None:
    capsys.readouterr()
    changed.hippo("history", "grid", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (len(found["changes"]), found["changes"][0]["what"], found["complete"]) == (4, ["opened"], True)
    assert len(found["kept"]) == 2


def test_a_rollback_is_one_line_that_names_the_version(changed: MotoDeployment, capsys: Capture) -> None:
    first = read(changed).events[-1].version
    changed.clock.advance()
    assert changed.hippo("rollback", "grid", str(first), "--yes") == 0
    newest, *older = read(changed).events
    assert (newest.back_to, summary(newest)) == (first, [f"rolled back to {first} (changed: name, 2 pages)"])
    assert [event.back_to for event in older] == [None] * 4
    assert summary(read(changed, limit=1).events[0]) == summary(newest)
    capsys.readouterr()
    changed.hippo("history", "grid", "--json")
    (found, *_) = json.loads(capsys.readouterr().out)["changes"]
    assert (found["backTo"], found["pages"]["changed"]) == (first, ["1_consent.html"])
    changed.hippo("history", "grid")
    rows = capsys.readouterr().out.splitlines()
    assert sum("rolled back" in row for row in rows) == 1
    assert "opened" in rows[2]  # the change before, in the next line


def test_a_rollback_to_a_state_of_a_script_is_one_line(changed: MotoDeployment) -> None:
    entry = {key: value for key, value in changed.entry().items() if key not in ("version", "updatedAt", "updatedBy")}
    changed.clock.advance()
    changed.put_list({**entry, "name": "Of a script"})
    by_time = str(read(changed).events[0].version)
    changed.clock.advance()
    changed.put_list({**entry, "name": "By hand"})
    changed.clock.advance()
    assert changed.hippo("rollback", "grid", by_time, "--yes") == 0
    newest, by_hand, *_ = read(changed).events
    assert (newest.back_to, by_hand.back_to) == (by_time, None)


def test_an_unknown_study_is_an_error(changed: MotoDeployment, capsys: Capture) -> None:
    assert changed.hippo("history", "gird") == 1
    assert "Did you mean grid?" in capsys.readouterr().err
