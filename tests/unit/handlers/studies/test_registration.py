"""Payloads of researchers' scripts: accepted forms of config.yml, faults and warnings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.runtime import schemas
from hippo_gym.studies.registration import Registration, merge, read_payload
from hippo_gym.studies.task_limits import TaskLimits

PAYLOAD: dict[str, Any] = {
    "useAWS": True,
    "awsSetup": {
        "bucket": "projects.example",
        "region": "ca-central-1",
        "rootDomain": "example.net",
        "cpu": 2,
        "memory": 10,
        "containerName": "study_one-2",
        "repository": "study_one-2",
    },
    "events": {"startServerStep": 1, "stopServerStep": 4},
    "id": "study_one-2",
    "live": True,
    "maxRuntime": 30,
    "name": "Study one",
    "researcher": "A. Name",
    "ssl": {"fullchain": "SSL/fullchain.pem", "privkey": "SSL/privkey.pem", "sslBucket": None},
    "steps": {"1": "1_consent.html", "2": "game", "3": "3_survey.html", "4": "5.html", "finalStep": "4_thanks.html"},
    "teamMembers": "A. Name, B. Name",
    "ecsTask": "study_one-2",
    "bucket": "projects.example",
}
ENTRY_KEYS = {"id", "name", "live", "researcher", "team_members", "ecsTask", "steps", "events", "maxRuntime", "bucket"}


def read(**changes: Any) -> Registration:
    return read_payload(PAYLOAD | changes)


def without(*keys: str) -> Registration:
    return read_payload({key: value for key, value in PAYLOAD.items() if key not in keys})


# --- what is accepted ---


def test_the_payload_of_existing_scripts_is_accepted_without_a_warning() -> None:
    found = read()
    assert (found.faults, found.warnings) == ((), ())


def test_an_entry_has_exactly_the_keys_of_the_master_list() -> None:
    assert set(read().entry) == ENTRY_KEYS


def test_team_members_are_kept_under_the_list_s_name() -> None:
    assert read().entry["team_members"] == "A. Name, B. Name"


@pytest.mark.parametrize("legacy", ["useAWS", "awsSetup", "ssl", "teamMembers"])
def test_a_legacy_key_may_be_absent(legacy: str) -> None:
    assert without(legacy).faults == ()


@pytest.mark.parametrize("key", ["researcher", "teamMembers", "maxRuntime", "bucket", "live", "events"])
def test_what_may_be_null_may_be_absent(key: str) -> None:
    assert without(key).faults == ()


@pytest.mark.parametrize("key", ["researcher", "teamMembers", "maxRuntime", "bucket", "live"])
def test_what_may_be_null_may_be_null(key: str) -> None:
    assert read(**{key: None}).faults == ()


def test_whole_numbers_as_step_keys_are_accepted() -> None:
    found = read(steps={1: "1_consent.html", 2: "game", "finalStep": None})
    assert (found.faults, set(found.entry["steps"])) == ((), {"1", "2", "finalStep"})


@pytest.mark.parametrize("file", ["StepFiles/Consent.html", "1 consent.html", "été.html", "a-b_c.d.html", "a/b/c.html"])
def test_step_files_of_existing_studies_are_accepted(file: str) -> None:
    assert read(steps={"1": file, "2": "game"}).faults == ()


@pytest.mark.parametrize(
    "new",
    [
        {"capacity": "spot"},
        {"capacity": "on-demand"},
        {"capacity": "spot-then-on-demand"},
        {"port": 8080},
        {"events": {"startServerStep": 1, "stopServerStep": 3, "stopDelay": 1440}},
        {"ecsTask": "grid:12"},
    ],
)
def test_new_optional_fields_are_accepted_and_kept(new: dict[str, Any]) -> None:
    found = read(**new)
    assert (found.faults, {key: found.entry[key] for key in new}) == ((), new)


# --- faults ---


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"id": "-study"}, "id"),
        ({"id": "study\n"}, "id"),
        ({"id": "s" * 64}, "id"),
        ({"id": None}, "id"),
        ({"name": ""}, "name"),
        ({"live": "yes"}, "live"),
        ({"maxRuntime": 0}, "maxRuntime"),
        ({"maxRuntime": 1441}, "maxRuntime"),
        ({"maxRuntime": "30"}, "maxRuntime"),
        ({"maxRuntime": True}, "maxRuntime"),
        ({"ecsTask": "has space"}, "ecsTask"),
        ({"ecsTask": "grid\n"}, "ecsTask"),
        ({"ecsTask": None}, "ecsTask"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"capacity": "spots"}, "capacity"),
        ({"events": {"startServerStep": 0}}, "events.startServerStep"),
        ({"events": {"stopServerStep": "4"}}, "events.stopServerStep"),
        ({"events": {"stopDelay": -1}}, "events.stopDelay"),
        ({"events": {"stopDelay": 1441}}, "events.stopDelay"),
        ({"events": []}, "events"),
        ({"steps": {}}, "steps.1"),
        ({"steps": []}, "steps"),
        ({"steps": {"1": "page.htm"}}, "steps.1"),
        ({"steps": {"1": "page.html\n"}}, "steps.1"),
        ({"steps": {"1": "../page.html"}}, "steps.1"),
        ({"steps": {"1": "a/../page.html"}}, "steps.1"),
        ({"steps": {"1": "/page.html"}}, "steps.1"),
        ({"steps": {"1": "Users/ada.html"}}, "steps.1"),
        ({"steps": {"1": "Trials/ada.html"}}, "steps.1"),
        ({"steps": {"1": ".html"}}, "steps.1"),
        ({"steps": {"1": "folder/.html"}}, "steps.1"),
        ({"steps": {"1": "Game"}}, "steps.1"),
        ({"steps": {"1": 7}}, "steps.1"),
        ({"steps": {"1": "a.html", "0": "b.html"}}, "steps.0"),
        ({"steps": {"1": "a.html", "01": "b.html"}}, "steps.01"),
        ({"steps": {"1": "a.html", "2\n": "b.html"}}, "steps.2\n"),
        ({"steps": {"1": "a.html", "finalStep": "game"}}, "steps.finalStep"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_fault_is_reported_with_its_path(change: dict[str, Any], path: str) -> None:
    assert path in [fault.path for fault in read(**change).faults]


def test_all_faults_are_reported_together() -> None:
    broken = {"id": "", "name": 7, "maxRuntime": -1, "steps": {"1": "x", "two": "y"}, "events": {"stopDelay": 1.5}}
    paths = {fault.path for fault in read(**broken).faults}
    assert paths == {"id", "name", "maxRuntime", "steps.1", "steps.two", "events.stopDelay"}


def test_an_unknown_key_is_reported_with_the_nearest_known_one() -> None:
    (fault,) = read(maxRunTime=30).faults
    assert (fault.path, fault.found, fault.nearest) == ("maxRunTime", "an unknown key", "maxRuntime")


def test_a_missing_key_is_reported_with_what_is_allowed() -> None:
    (fault,) = without("name").faults
    assert str(fault) == "name: found nothing; allowed: the study's name as people read it, 1 to 200 characters"


def test_a_game_without_a_task_definition_is_a_fault() -> None:
    (fault,) = read(ecsTask=None).faults
    assert "since the study has a game or starts a server" in fault.allowed


def test_a_study_without_game_or_server_needs_no_task_definition() -> None:
    assert read(ecsTask=None, steps={"1": "a.html"}, events={}).faults == ()


# --- warnings ---


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        ({"events": {"startServerStep": None, "stopServerStep": 3}}, "startServerStep is set to None"),
        ({"events": {"startServerStep": 1, "stopServerStep": None}}, "stopServerStep is set to None"),
        ({"live": None}, "live is set to None: the study admits new participants"),
        ({"maxRuntime": None}, "maxRuntime is set to None: the deployment's limit applies"),
        (
            {"steps": {"1": "a.html", "2": "game", "3": "b.html", "4": "c.html"}},
            "finalStep is not set: the last page only thanks the participant",
        ),
        (
            {"steps": PAYLOAD["steps"] | {"3": None}},
            "steps: 3 not set; participants continue with the next number",
        ),
        (
            {"events": {"startServerStep": 1, "stopServerStep": 12}},
            "stopServerStep 12 is past the last step 4: the server stops at the final step",
        ),
        (
            {"events": {"startServerStep": 1, "stopServerStep": 2}},
            "stopServerStep 2 is not after step 2: the server stops after that step",
        ),
        (
            {"events": {"startServerStep": 3, "stopServerStep": 4}},
            "startServerStep 3 is after the game at step 2: the server starts at the game",
        ),
        (
            {"events": {"startServerStep": 9, "stopServerStep": None}},
            "startServerStep 9 is past the last step 4: it has no effect",
        ),
        (
            {
                "steps": PAYLOAD["steps"] | {"4": "game"},
                "events": {"startServerStep": 1, "stopServerStep": 3, "stopDelay": 5},
            },
            "stopDelay 5 does not apply before the game at step 4: the server stops immediately, "
            "and that game gets a new one",
        ),
    ],
)
def test_what_existing_studies_contain_is_accepted_with_a_warning(change: dict[str, Any], warning: str) -> None:
    found = read(**change)
    assert (found.faults, warning in found.warnings) == ((), True)


@pytest.mark.parametrize("events", [{"stopServerStep": 4}, {"stopServerStep": 3, "stopDelay": 0}])
def test_a_delay_that_applies_causes_no_warning(events: dict[str, int]) -> None:
    steps = PAYLOAD["steps"] | {"4": "game" if "stopDelay" in events else "5.html"}
    found = read(steps=steps, events={"startServerStep": 1, "stopDelay": 5} | events)
    assert (found.faults, found.warnings) == ((), ())


def test_a_payload_with_faults_has_no_warnings() -> None:
    assert read(id="", live=None).warnings == ()


@given(
    st.dictionaries(
        st.sampled_from([*PAYLOAD, "capacity", "port", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        ),
    )
)
def test_any_payload_is_read_without_a_crash(changes: dict[str, Any]) -> None:
    found = read(**changes)
    assert bool(found.faults) != schemas.is_valid(schemas.PROJECT, found.entry)


@given(st.lists(st.sampled_from("abc"), max_size=8), st.sampled_from("abcd"))
def test_a_merged_list_has_the_entry_once_and_all_others_as_they_were(ids: list[str], new: str) -> None:
    entries = [{"id": name, "at": index} for index, name in enumerate(ids)]
    merged = merge(entries, {"id": new})
    assert [found for found in merged if found["id"] == new] == [{"id": new}]
    assert [found for found in merged if found["id"] != new] == [found for found in entries if found["id"] != new]


def test_use_aws_that_is_absent_or_false_is_warned_of() -> None:
    assert without("useAWS").warnings == ("useAWS is not set: the project is hosted on AWS anyway",)
    assert read(useAWS=False).warnings == ("useAWS is false: the project is hosted on AWS anyway",)


def test_a_page_in_a_folder_is_accepted_with_a_warning_of_its_key() -> None:
    found = read(
        steps={"1": "StepFiles/Consent.html", "2": "game", "3": "b.html", "4": "c.html", "finalStep": "d.html"}
    )
    assert found.faults == ()
    assert found.warnings == ("steps.1 is in a folder: its page must be at study_one-2/StepFiles/Consent.html",)


@pytest.mark.parametrize("key", ["capacity", "port"])
def test_an_empty_yaml_key_counts_as_absent(key: str) -> None:
    found = read(**{key: None})
    assert (found.faults, key in found.entry) == ((), False)


def test_empty_events_count_as_none() -> None:
    assert read(events=None).entry["events"] == {"startServerStep": None, "stopServerStep": None}
    delayed = read(events={"startServerStep": 1, "stopServerStep": 4, "stopDelay": None})
    assert (delayed.faults, "stopDelay" in delayed.entry["events"]) == ((), False)


@pytest.mark.parametrize(
    ("task", "admitted", "refused"),
    [
        ("study_one-2", [], False),
        ("study_one-2:7", [], False),
        (None, [], False),
        ("study_one", [], True),
        ("study_one-2x:7", [], True),
        ("old:7", ["old"], False),
        ("older:7", ["old"], True),
    ],
)
def test_a_project_names_its_own_family_or_an_admitted_one(
    task: str | None, admitted: list[str], refused: bool
) -> None:
    payload = {**PAYLOAD, "ecsTask": task}
    if task is None:
        payload |= {"steps": {"1": "a.html", "finalStep": "d.html"}, "events": {}}
    found = read_payload(payload, admitted)
    assert [fault.path for fault in found.faults] == (["ecsTask"] if refused else [])
    assert read_payload(payload).faults == (), "a researcher's machine does not know the deployment's setting"


@pytest.mark.parametrize(
    ("file", "refused"),
    [
        ("forms/1.html", False),
        ("forms/Trial.html", False),
        ("users/1.html", False),
        ("a_b/c_.html", False),
        ("forms/Trials/1.html", True),
        ("forms/Users/1.html", True),
        ("_1.html", True),
        ("forms/_drafts/1.html", True),
    ],
)
def test_names_of_the_bucket_s_own_folders_are_refused_anywhere_in_a_page_s_path(file: str, refused: bool) -> None:
    found = read(steps=PAYLOAD["steps"] | {"1": file})
    assert [fault.path for fault in found.faults] == (["steps.1"] if refused else [])
    exits = {"declined": {"step": 1, "field": "consent", "values": ["no"], "page": file}}
    assert [fault.path for fault in read(exits=exits).faults] == (["exits.declined.page"] if refused else [])


@pytest.mark.parametrize(
    ("project_id", "refused"), [("Users", True), ("Trials", True), ("trials", False), ("Users2", False)]
)
def test_the_names_of_the_data_s_folders_are_no_ids(project_id: str, refused: bool) -> None:
    assert [fault.path for fault in read(id=project_id).faults] == (["id"] if refused else [])


# --- the size of a study's server ---

SMALL = TaskLimits(cpu=2048, memory=16384)


@pytest.mark.parametrize(
    ("setup", "faults"),
    [
        ({"cpu": 2, "memory": 16}, []),
        ({"cpu": "many", "memory": None}, []),
        ({"cpu": 2048, "memory": 16384}, []),
        ({}, []),
        (
            {"cpu": 4, "memory": 10},
            ["awsSetup.cpu: found 4; allowed: at most 2 vCPU on this deployment (max_task_cpu)"],
        ),
        ({"cpu": 4096}, ["awsSetup.cpu: found 4096; allowed: at most 2 vCPU on this deployment (max_task_cpu)"]),
        (
            {"memory": 16.5},
            ["awsSetup.memory: found 16.5; allowed: at most 16 GB on this deployment (max_task_memory)"],
        ),
    ],
)
def test_a_server_larger_than_the_deployment_allows_is_a_fault(setup: dict[str, Any], faults: list[str]) -> None:
    found = [str(fault) for fault in read_payload(PAYLOAD | {"awsSetup": setup}, limits=SMALL).faults]
    assert len(found) == len(faults)
    for text, begins in zip(found, faults, strict=True):
        assert text.startswith(begins)
        assert "awsSetup.cpu or awsSetup.memory in config.yml" in text
