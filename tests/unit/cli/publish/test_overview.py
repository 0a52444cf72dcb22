"""`hippo list` and `hippo show`, `hippo open` and `hippo close`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import overview
from tests.support.moto_deployment import Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def submitted(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    cloud.submit(folder)
    cloud.clock.advance()
    return cloud


def out(cloud: MotoDeployment, capsys: Capture, *arguments: str) -> str:
    capsys.readouterr()
    assert cloud.hippo(*arguments) == 0
    return capsys.readouterr().out


def found(cloud: MotoDeployment, capsys: Capture, *arguments: str) -> Any:
    return json.loads(out(cloud, capsys, *arguments, "--json"))


def session(cloud: MotoDeployment, user: str, project: str = "grid") -> None:
    cloud.put(f"_sessions/live/{user}.json", json.dumps({"projectId": project}))


# --- list ---


def test_an_empty_deployment_shows_what_to_do(cloud: MotoDeployment, capsys: Capture) -> None:
    assert "`hippo submit`" in out(cloud, capsys, "list")


def test_each_study_has_a_line(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    submitted.submit(folder.configure(id="other", name="Another"))
    lines = out(submitted, capsys, "list").splitlines()
    assert [line.split()[0] for line in lines] == ["ID", "grid", "other"]


def test_a_line_shows_the_main_facts_of_a_study(submitted: MotoDeployment, capsys: Capture) -> None:
    session(submitted, "ada")
    session(submitted, "bob", "other")
    assert found(submitted, capsys, "list") == [
        {
            "id": "grid",
            "name": "A study",
            "live": True,
            "opensAt": None,
            "closesAt": None,
            "version": submitted.entry()["version"],
            "updatedAt": "2026-11-22T12:00:00+00:00",
            "updatedBy": "moto",
            "sessions": 1,
            "warm": 0,
            "link": None,
        }
    ]


def test_an_unreadable_session_record_is_not_counted(submitted: MotoDeployment) -> None:
    session(submitted, "ada")
    submitted.put("_sessions/live/bob.json", "{")
    assert overview.live_sessions(submitted.deployment()) == {"grid": 1}


def test_a_broken_entry_is_listed(submitted: MotoDeployment, capsys: Capture) -> None:
    submitted.put_list({"id": "broken"}, submitted.entry())
    assert "broken" in out(submitted, capsys, "list")


def test_of_several_entries_of_one_id_the_last_one_counts(submitted: MotoDeployment, capsys: Capture) -> None:
    submitted.put_list({**submitted.entry(), "name": "Old"}, {**submitted.entry(), "name": "New"})
    assert [study["name"] for study in found(submitted, capsys, "list")] == ["New"]


# --- show ---


def test_a_study_is_shown_with_its_steps_and_their_files(submitted: MotoDeployment, capsys: Capture) -> None:
    steps = found(submitted, capsys, "show", "grid")["steps"]
    assert [(step["step"], [page["file"] for page in step["pages"]]) for step in steps] == [
        ("1", ["1_consent.html"]),
        ("2", ["2_rules-1.html", "2_rules.html"]),
        ("3", []),
        ("4", ["4_survey.html"]),
        ("finalStep", ["5_thanks.html"]),
    ]


def test_a_study_is_shown_on_the_terminal(submitted: MotoDeployment, capsys: Capture) -> None:
    shown = out(submitted, capsys, "show", "grid")
    for words in (
        "grid: A study",
        "open to new participants",
        "by moto",
        "2 groups",
        "step 4",
        "30 minutes",
        "1 vCPU, 2 GB, X86_64",
        "grid:1",
        "123456789012.dkr.ecr.ca-central-1.amazonaws.com/grid:context-",
    ):
        assert words in shown


def test_a_missing_page_is_shown(submitted: MotoDeployment, capsys: Capture, s3: Any) -> None:
    version = submitted.entry()["version"]
    s3.delete_object(Bucket="projects.example", Key=f"_versions/grid/{version}/4_survey.html")
    assert "missing" in out(submitted, capsys, "show", "grid")


def test_a_missing_task_definition_is_shown(submitted: MotoDeployment, capsys: Capture) -> None:
    submitted.aws("ecs").deregister_task_definition(taskDefinition="grid:1")
    assert "no server can start" in out(submitted, capsys, "show", "grid")


def test_a_study_without_a_server_is_shown(cloud: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    steps = {1: "1_consent.html", "finalStep": None}
    cloud.submit(folder.without_server().configure(steps=steps, events=...))
    shown = out(cloud, capsys, "show", "grid")
    assert "the study has no game" in shown
    assert "a plain thank-you page" in shown


def test_the_container_as_json(submitted: MotoDeployment, capsys: Capture) -> None:
    container = found(submitted, capsys, "show", "grid")["container"]
    assert (container["taskDefinition"], container["cpu"], container["memory"]) == ("grid:1", "1024", "2048")


def test_the_error_for_a_missing_study_suggests_a_similar_id(submitted: MotoDeployment, capsys: Capture) -> None:
    assert submitted.hippo("show", "gridd") == 1
    assert "Did you mean grid?" in capsys.readouterr().err


# --- open, close ---


def test_closing_refuses_new_participants_and_changes_nothing_else(submitted: MotoDeployment) -> None:
    before = submitted.entry()
    submitted.hippo("close", "grid")
    assert submitted.entry() == {**before, "live": False, "updatedAt": "2026-11-22T12:01:00+00:00"}


def test_closing_shows_the_numbers_of_participants_and_servers(submitted: MotoDeployment, capsys: Capture) -> None:
    session(submitted, "ada")
    for user in ("ada", "bob", "eve"):
        submitted.put(f"grid/Users/{user}", "{}")
    shown = out(submitted, capsys, "close", "grid")
    assert "grid is closed to new participants." in shown
    assert "3 participants have begun so far; 1 server runs now." in shown


def test_opening_lets_participants_in_again(submitted: MotoDeployment) -> None:
    submitted.hippo("close", "grid")
    submitted.hippo("open", "grid")
    assert (submitted.entry()["live"], submitted.broken()) == (True, [])


def test_closing_a_closed_study_writes_nothing(submitted: MotoDeployment, capsys: Capture) -> None:
    submitted.hippo("close", "grid")
    before = submitted.entry()
    submitted.clock.advance()
    assert "closed to new participants already" in out(submitted, capsys, "close", "grid")
    assert submitted.entry() == before


def test_an_entry_of_the_old_system_counts_as_open(submitted: MotoDeployment, capsys: Capture) -> None:
    submitted.put_list({**submitted.entry(), "live": None})
    assert found(submitted, capsys, "open", "grid")["changed"] is False


def test_the_result_as_json(submitted: MotoDeployment, capsys: Capture) -> None:
    assert found(submitted, capsys, "close", "grid") == {
        "project": "grid",
        "live": False,
        "changed": True,
        "participants": 0,
        "sessions": 0,
    }


def test_a_missing_study_cannot_be_closed(submitted: MotoDeployment) -> None:
    assert submitted.hippo("close", "other") == 1


# --- opening times, exits ---


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"opensAt": "2020-01-01T00:00:00+00:00", "closesAt": "2099-01-01T00:00:00+00:00"}, "open"),
        ({"opensAt": "2099-01-01T00:00:00+00:00"}, "not yet"),
        ({"closesAt": "2020-01-01T00:00:00+00:00"}, "over"),
        ({"live": False, "opensAt": "2099-01-01T00:00:00+00:00"}, "closed"),
        ({"opensAt": "no time"}, "open"),
    ],
)
def test_the_list_shows_the_state_of_the_enrolment_window(
    submitted: MotoDeployment, capsys: Capture, changes: dict[str, Any], shown: str
) -> None:
    submitted.put_list({**submitted.entry(), **changes})
    assert f"  {shown}  " in out(submitted, capsys, "list")


def test_opening_a_study_before_opens_at_warns(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    submitted.submit(folder.configure(live=False, opensAt="2099-01-01T00:00:00+00:00"))
    submitted.hippo("open", "grid")
    assert "opensAt is in the future" in capsys.readouterr().err


def test_opening_times_are_shown(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    submitted.submit(folder.configure(closesAt="2099-01-02T12:00:00+00:00", mostParticipants=12))
    shown = out(submitted, capsys, "show", "grid")
    assert "2099-01-02" in shown
    assert "12 participants" in shown


def test_pages_of_exits_are_published_and_shown(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    folder.page("1_consent.html", '<input name="consent" value="no">').page("9_declined.html", "You may exit now")
    refused = {"step": 1, "field": "consent", "values": ["no"], "page": "9_declined.html"}
    submitted.submit(folder.configure(exits={"refused": refused}))
    assert "9_declined.html" in submitted.pages("grid")
    exits = found(submitted, capsys, "show", "grid")["exits"]
    assert [(each["step"], each["file"], each["missing"]) for each in exits] == [("refused", "9_declined.html", False)]
    assert "refused" in out(submitted, capsys, "show", "grid")
