"""`hippo retention`, and what `hippo submit` and `hippo show` say about a study's data."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import retention
from tests.support.moto_deployment import CONFIG, Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]


def took_part(cloud: MotoDeployment, user: str, days_ago: float, study: str = "grid") -> datetime:
    """Write a participant's record so long before the machine's present time; return when."""
    before, at = cloud.clock.moment, datetime.now(UTC) - timedelta(days=days_ago)
    cloud.clock.moment = at
    cloud.put(f"{study}/Users/{user}", "{}")
    cloud.clock.moment = before
    return at


@pytest.fixture
def study(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    """A published study with participants of 3, 40 and 100 days ago."""
    cloud.submit(folder.configure())
    for user, days in (("ada", 3), ("ben", 40), ("cleo", 100)):
        took_part(cloud, user, days)
    return cloud


def found(cloud: MotoDeployment, capsys: Capture) -> Any:
    capsys.readouterr()
    assert cloud.hippo("retention", "grid", "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_without_a_retention_nothing_is_due(study: MotoDeployment, capsys: Capture) -> None:
    shown = found(study, capsys)
    assert (shown["retainDays"], shown["participants"], shown["dueNow"], shown["due"]) == (None, 3, 0, [])
    assert study.hippo("retention", "grid") == 0
    assert "until it is removed by hand" in capsys.readouterr().out


def test_each_participant_is_listed_with_the_day_on_which_their_data_is_due(
    study: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    study.submit(folder.configure(retainDays=60))
    shown = found(study, capsys)
    assert (shown["retainDays"], shown["fromStudy"], shown["dueNow"]) == (60, True, 1)
    assert [each["participant"] for each in shown["due"]] == ["cleo", "ben", "ada"]
    ahead = [datetime.fromisoformat(each["at"]) - datetime.now(UTC) for each in shown["due"]]
    assert [round(each / timedelta(days=1)) for each in ahead] == [-40, 20, 57]
    assert sum(shown["dueByMonth"].values()) == 2


def test_the_text_names_what_is_due_now_and_the_next_day(
    study: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    study.submit(folder.configure(retainDays=60))
    assert study.hippo("retention", "grid") == 0
    text = capsys.readouterr().out
    assert "60 days" in text
    assert "Due now, and removed within about a day: 1 participant." in text
    assert f"The next is due on {datetime.now(UTC) + timedelta(days=20):%Y-%m-}" in text


def test_the_deployment_s_retention_counts_for_studies_that_do_not_say(study: MotoDeployment, capsys: Capture) -> None:
    study.described["retainDays"] = 30
    study.describe()
    shown = found(study, capsys)
    assert (shown["retainDays"], shown["fromStudy"], shown["dueNow"]) == (30, False, 2)


def test_two_spellings_of_an_id_are_one_participant_of_the_later_time(
    study: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    took_part(study, "ADA", 300)
    study.submit(folder.configure(retainDays=60))
    assert found(study, capsys)["participants"] == 3


@pytest.mark.parametrize(
    ("before", "after", "due"),
    [
        ({}, {"retainDays": 60}, 1),
        ({"retainDays": 365}, {"retainDays": 30}, 2),
        ({"retainDays": 60}, {"retainDays": 30}, 1),  # one was due before
        ({"retainDays": 30}, {"retainDays": 60}, 0),
        ({"retainDays": 30}, {}, 0),
        ({}, {"retainDays": 365}, 0),
        ({"retainDays": "hand-written"}, {"retainDays": 60}, 1),
        (None, {"retainDays": 60}, 1),  # a study that was deleted from the list, and is submitted again
    ],
)
def test_a_change_makes_the_data_due_that_was_not(
    study: MotoDeployment, before: dict[str, Any] | None, after: dict[str, Any], due: int
) -> None:
    entries = [None if each is None else {"id": "grid", **each} for each in (before, after)]
    assert entries[1] is not None
    assert retention.newly_due(study.deployment(), entries[0], entries[1], datetime.now(UTC)) == due


def test_a_submission_that_makes_data_due_warns_before_it_asks(
    study: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    folder.configure(retainDays=30)
    capsys.readouterr()
    assert study.hippo("submit", str(folder.path), "--dry-run") == 0
    warned = capsys.readouterr().err
    assert "the data of 2 participants is due at once" in " ".join(warned.split())
    assert "retainDays" not in study.entry()


def test_a_submission_that_changes_nothing_of_it_does_not_warn(
    study: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    study.submit(folder.configure(retainDays=30))
    capsys.readouterr()
    assert study.hippo("submit", str(folder.page("1_consent.html", "<p>New</p>").path), "--dry-run") == 0
    assert "retainDays" not in capsys.readouterr().err


def test_retention_and_choices_are_no_part_of_a_version(study: MotoDeployment, folder: Folder) -> None:
    version = study.entry()["version"]
    study.submit(folder.configure(retainDays=30, keepAddresses="no", keepBrowser="full"))
    assert study.entry()["version"] == version
    assert study.entry()["retainDays"] == 30


@pytest.mark.parametrize(("written", "registered"), [("no", "no"), (False, "no"), (True, "yes"), ("coarse", "coarse")])
def test_yes_and_no_may_be_written_without_quotes(
    study: MotoDeployment, folder: Folder, written: Any, registered: str
) -> None:
    """YAML 1.1 reads a bare `no` as false."""
    study.submit(folder.configure(keepAddresses=written))
    assert study.entry()["keepAddresses"] == registered
    study.script(folder, **CONFIG | {"keepAddresses": written})
    assert study.entry()["keepAddresses"] == registered


@pytest.mark.parametrize(
    ("key", "value"), [("keepAddresses", "some"), ("keepBrowser", True), ("retainDays", 6), ("retainDays", "30")]
)
def test_another_value_is_refused_with_what_is_allowed(
    study: MotoDeployment, folder: Folder, capsys: Capture, key: str, value: Any
) -> None:
    capsys.readouterr()
    assert study.hippo("submit", str(folder.configure(**{key: value}).path), "--yes") == 1
    assert key in capsys.readouterr().err
    assert key not in study.entry()


def test_a_study_shows_what_it_keeps_and_how_long(study: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    study.described |= {"keepAddresses": "coarse", "keepBrowser": "family"}
    study.describe()
    study.submit(folder.configure(keepBrowser="no", retainDays=365))
    capsys.readouterr()
    assert study.hippo("show", "grid") == 0
    lines = {
        line.split()[0]: " ".join(line.split()[1:]) for line in capsys.readouterr().out.splitlines() if line.strip()
    }
    assert lines["Addresses"] == "coarse (the deployment's default)"
    assert lines["Browsers"] == "no"
    assert lines["Data"] == "stays 365 days after a participant's last activity"
