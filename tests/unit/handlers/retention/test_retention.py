"""The sweeper removes the data of participants after the retention of their study, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_gym.retention import looking
from hippo_gym.retention.schedule import KEY
from hippo_gym.runtime.metrics import Metric
from hippo_gym.studies.enrolment import count_key, mark_of
from tests.support.versioned_s3 import CHANGES, Crash
from tests.unit.handlers.interposed import client_error
from tests.unit.handlers.retention.deployment import Deployment


@pytest.fixture
def deployment() -> Deployment:
    """A study that keeps data for 30 days, one that keeps it, and a participant of both from long ago."""
    made = Deployment()
    made.studies(maze=30, other=None)
    made.takes_part(limited=True)
    made.takes_part(study="other")
    made.clock.advance(days=40)
    return made


def test_all_data_of_a_participant_is_removed_in_every_version_after_the_retention(deployment: Deployment) -> None:
    before = deployment.everything()
    reports = deployment.sweeps()
    assert deployment.data_of() == []
    gone = set(before) - set(deployment.everything())
    assert len(gone) == 4  # the record, two files of trials and the record of the server
    assert all("maze" in key for key in gone)
    assert deployment.data_of(study="other") != []
    assert sum(report.participants for report in reports) == 1


def test_no_mark_of_a_removed_participant_is_on_the_roster_and_the_place_stays_counted(deployment: Deployment) -> None:
    deployment.sweeps()
    count = deployment.s3.current(count_key("maze"))
    assert count is not None
    assert mark_of("ada").encode() not in (count.body or b"")


def test_what_was_removed_is_measured_and_the_log_names_no_participant(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    deployment.sweeps()
    assert sum(deployment.meter.take()[Metric.PARTICIPANTS_REMOVED, None]) == 1
    assert "ada" not in capsys.readouterr().out


def test_nothing_is_removed_before_the_retention_is_over(deployment: Deployment) -> None:
    deployment.takes_part("bob")
    deployment.sweeps()
    before = deployment.everything()
    deployment.clock.advance(days=27)
    deployment.sweeps()
    assert deployment.everything() == before
    deployment.clock.advance(days=2)
    deployment.sweeps(48)
    assert deployment.data_of("bob") == []


def test_a_participant_who_answers_again_in_time_keeps_all_data_of_earlier_days(deployment: Deployment) -> None:
    kept = deployment.data_of()
    deployment.s3.write("maze/Users/ada", b"a new answer")
    deployment.sweeps()
    assert deployment.data_of() == kept


def test_a_participant_with_a_server_keeps_their_data(deployment: Deployment) -> None:
    before = deployment.everything()
    deployment.has_server()
    deployment.sweeps()
    assert {key: deployment.everything()[key] for key in before} == before


def test_a_server_in_another_study_keeps_no_data_of_this_one(deployment: Deployment) -> None:
    deployment.has_server(study="other")
    deployment.sweeps()
    assert deployment.data_of() == []


def test_an_unreadable_live_record_keeps_the_data(deployment: Deployment) -> None:
    deployment.s3.write("_sessions/live/ada.json", b"half a reco")
    before = deployment.data_of()
    deployment.sweeps()
    assert deployment.data_of() == before


def test_trials_that_a_container_stored_later_count_as_activity(deployment: Deployment) -> None:
    deployment.s3.write("maze/Trials/ada/20261201-0/late.jsonl", b"moves")
    before = deployment.everything()
    deployment.sweeps()
    assert deployment.everything() == before


def test_a_record_with_the_tag_hold_stays_with_all_that_belongs_to_it(deployment: Deployment) -> None:
    before = deployment.everything()
    current = deployment.s3.current("maze/Users/ada")
    assert current is not None
    current.tags[looking.HOLD] = "court order"
    deployment.sweeps()
    assert deployment.everything() == before
    current.tags.clear()
    deployment.sweeps(48)
    assert deployment.data_of() == []


def test_a_record_of_the_old_system_stays_while_its_participant_goes_on_in_a_new_one() -> None:
    deployment = Deployment()
    deployment.studies(maze=30)
    deployment.takes_part("ADA")
    deployment.clock.advance(days=40)
    deployment.takes_part("ada")
    before = deployment.everything()
    deployment.sweeps()
    assert deployment.everything() == before
    deployment.clock.advance(days=40)
    deployment.sweeps(48)
    assert deployment.data_of("ada") + deployment.data_of("ADA") == []


@pytest.mark.parametrize("key", ["maze/Trials/eve/1.jsonl", "maze/Trials/eve.jsonl", "maze/Trials/eve"])
def test_trials_without_a_record_go_by_their_own_age(key: str) -> None:
    deployment = Deployment()
    deployment.studies(maze=30)
    deployment.s3.write(key, b"moves")
    deployment.clock.advance(days=20)
    deployment.sweeps()
    assert deployment.s3.all("Trials") == [key]
    deployment.clock.advance(days=20)
    deployment.sweeps(48)
    assert deployment.s3.all("Trials") == []


@pytest.mark.parametrize("name", ["ada2.jsonl", "ada/../x", "adam/ada.jsonl"])
def test_names_that_only_begin_like_an_id_are_others(deployment: Deployment, name: str) -> None:
    deployment.takes_part("ada2")
    deployment.takes_part("adam")
    deployment.s3.write(f"maze/Trials/{name}", b"moves")
    young = {key for key in deployment.everything() if "ada2" in key or "adam" in key}
    deployment.sweeps()
    assert young <= set(deployment.everything())


def test_pages_versions_and_the_list_of_studies_stay(deployment: Deployment) -> None:
    pages = ["maze/1_consent.html", "_versions/maze/0123456789abcdef/1_consent.html", "project_master_list.json"]
    for key in pages:
        deployment.s3.write(key)
    deployment.clock.advance(days=400)
    deployment.sweeps(72)
    assert set(pages) <= set(deployment.everything())


def test_the_deployment_s_retention_holds_for_studies_that_do_not_say(deployment: Deployment) -> None:
    deployment.default_days = 7
    deployment.sweeps()
    assert deployment.data_of(study="other") == []


def test_without_any_retention_nothing_is_removed_however_old(deployment: Deployment) -> None:
    deployment.studies(maze=None, other=None)
    before = {key: there for key, there in deployment.everything().items() if "master_list" not in key}
    deployment.clock.advance(days=4000)
    deployment.sweeps(72)
    assert before.items() <= deployment.everything().items()


@pytest.mark.parametrize("days", [0, 6, -1, 36_501, 7.5, True, "30", None])
def test_an_entry_with_a_wrong_retention_removes_nothing(days: Any) -> None:
    deployment = Deployment(default_days=None)
    deployment.takes_part()
    deployment.s3.write(
        "project_master_list.json", json.dumps({"projects": [{"id": "maze", "retainDays": days}]}).encode()
    )
    before = deployment.everything()
    deployment.clock.advance(days=4000)
    deployment.sweeps()
    assert deployment.everything() == before


def test_a_dry_run_changes_nothing_and_says_what_a_turn_would_do(deployment: Deployment) -> None:
    deployment.s3.calls.clear()
    report = deployment.turn(dry_run=True)
    assert report.planned == ["participant ada of maze: remove"]
    assert CHANGES.isdisjoint(deployment.s3.calls)


# --- crashes, and what others do at the same time ---


def changes_of(deployment: Deployment) -> list[int]:
    """Return the numbers of the calls of a whole round that change something."""
    deployment.sweeps()
    return [number for number, name in enumerate(deployment.s3.calls) if name in CHANGES]


def made() -> Deployment:
    deployment = Deployment()
    deployment.studies(maze=30)
    for user in ("ada", "ben"):
        deployment.takes_part(user, limited=True)
    deployment.clock.advance(days=31)
    deployment.takes_part("cleo")
    deployment.clock.advance(days=5)
    deployment.s3.calls.clear()
    return deployment


def test_a_crash_at_any_call_leaves_no_participant_half_removed_and_no_other_touched() -> None:
    expected = made()
    points = [(number, side) for number in changes_of(expected) for side in ("before", "after")]
    assert len(points) > 30
    for point in points:
        deployment = made()
        cleo = deployment.data_of("cleo")
        deployment.s3.crash_at = point
        crashes = 0
        for _ in range(60 * 12):
            try:
                deployment.turn()
            except Crash:
                crashes += 1
                deployment.s3.crash_at = None
        assert crashes == 1, point
        assert deployment.data_of("ada") + deployment.data_of("ben") == [], point
        assert deployment.data_of("cleo") == cleo, point


def test_a_participant_who_comes_back_at_any_moment_keeps_what_they_store_then() -> None:
    expected = made()
    expected.sweeps()
    for number in range(len(expected.s3.calls)):
        deployment = made()
        stored = {"maze/Users/ada": b"back", "maze/Trials/ada/new/1.jsonl": b"moves of today"}

        def come_back(
            name: str, arguments: dict[str, Any], at: int = number, on: Deployment = deployment, new: Any = stored
        ) -> None:
            if len(on.s3.calls) == at:
                for key, body in new.items():
                    on.s3.write(key, body)

        deployment.s3.before = come_back
        deployment.sweeps(60)
        there = {key: deployment.s3.current(key) for key in stored}
        assert {key: version and version.body for key, version in there.items()} == stored, number
        assert deployment.data_of("ben") == [], number


def test_a_failure_with_one_participant_does_not_keep_the_others_data(deployment: Deployment) -> None:
    deployment.takes_part("ben")
    deployment.clock.advance(days=40)

    def refuse(name: str, arguments: dict[str, Any]) -> None:
        if name == "delete_object" and arguments["Key"].endswith("/ada"):
            raise client_error("AccessDenied", status=403)

    deployment.s3.before = refuse
    reports = deployment.sweeps()
    assert deployment.data_of("ben") == []
    assert deployment.data_of("ada") != []
    assert sum(report.faults for report in reports) >= 2  # the alarm on SweepFaults shows it
    deployment.s3.before = lambda name, arguments: None
    deployment.sweeps()
    assert deployment.data_of("ada") == []


def test_two_sweeps_at_the_same_time_do_not_undo_each_other(deployment: Deployment) -> None:
    first, second = deployment.rounds(), deployment.rounds()
    inside = [False]

    def run_the_other(name: str, arguments: dict[str, Any]) -> None:
        if name == "put_object" and arguments["Key"] == KEY and not inside[0]:
            inside[0] = True
            second.turn(lambda: 50)

    deployment.s3.before = run_the_other
    assert first.turn(lambda: 50).participants == 0  # the second one was faster
    deployment.sweeps()
    assert deployment.data_of() == []


# --- cost ---


def test_a_turn_costs_the_same_however_many_participants_there_are() -> None:
    most = []
    for number in (150, 1500):
        deployment = Deployment()
        deployment.studies(maze=30)
        for user in range(number):
            deployment.s3.write(f"maze/Users/user{user:05d}")
        deployment.clock.advance(days=20)
        deployment.takes_part("young")
        deployment.clock.advance(days=20)
        costs = []
        for _ in range(12):
            deployment.s3.calls.clear()
            deployment.turn()
            costs.append(len(deployment.s3.calls))
        most.append(max(costs))
    assert most[0] == most[1]
    assert most[0] < 400


def test_between_two_rounds_a_turn_is_one_call(deployment: Deployment) -> None:
    deployment.sweeps(5)
    deployment.s3.calls.clear()
    deployment.turn()
    assert deployment.s3.calls == ["get_object"]


def test_every_participant_of_a_large_study_has_their_turn() -> None:
    deployment = Deployment()
    deployment.studies(maze=30)
    for user in range(1200):
        deployment.s3.write(f"maze/Users/user{user:05d}")
    deployment.clock.advance(days=40)
    deployment.s3.write("maze/Users/user01234", b"back")
    deployment.sweeps(24)
    assert deployment.s3.all("maze/Users/") == ["maze/Users/user01234"]


def test_without_time_nothing_begins(deployment: Deployment) -> None:
    deployment.s3.calls.clear()
    assert deployment.turn(seconds=5).participants == 0
    assert deployment.s3.calls == []


def test_an_unreadable_progress_begins_again(deployment: Deployment) -> None:
    deployment.s3.write(KEY, b'{"place": 7}')
    deployment.sweeps()
    assert deployment.data_of() == []
