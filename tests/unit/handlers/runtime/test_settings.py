"""The environment of each function: read at each request, all errors reported together."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import pytest

from hippo_gym.runtime.settings import (
    IssueUploadTicketSettings,
    NextStepSettings,
    SendStartServerMessageSettings,
    SendStopServerMessageSettings,
    Settings,
    SettingsError,
    StartServerSettings,
    StopServerSettings,
    UpdateProjectMasterListSettings,
    load,
)
from tests.support.moto_world import MotoWorld
from tests.unit.handlers.entries import Context

STOP = {"BUCKET", "HOSTED_ZONE_ID", "ROOT_DOMAIN"}
START = STOP | {"SECURITY_GROUP", "STOP_SERVER_TOPIC_ARN", "SUBNET", "MAX_RUNTIME", "SCHEDULER_ROLE_ARN"}
FUNCTIONS: Mapping[str, tuple[type[Settings], set[str]]] = {
    "next_step": (NextStepSettings, STOP | {"START_SERVER_TOPIC_ARN", "STOP_SERVER_TOPIC_ARN"}),
    "start_server": (StartServerSettings, START),
    "stop_server": (StopServerSettings, STOP),
    "sweep_sessions": (StopServerSettings, STOP),
    "send_start_server_message": (SendStartServerMessageSettings, {"START_SERVER_TOPIC_ARN"}),
    "send_stop_server_message": (SendStopServerMessageSettings, {"STOP_SERVER_TOPIC_ARN"}),
    "update_project_master_list": (UpdateProjectMasterListSettings, {"BUCKET"}),
    "issue_upload_ticket": (IssueUploadTicketSettings, {"BUCKET"}),
}


def sufficient(kind: str) -> dict[str, str]:
    return {name: "30" if name == "MAX_RUNTIME" else "value" for name in FUNCTIONS[kind][1]}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_without_variables_raises_one_error_that_names_them_all(
    environment: MotoWorld, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    for name in FUNCTIONS["start_server"][1] | FUNCTIONS["next_step"][1]:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as raised:
        importlib.import_module(function).lambda_handler({}, Context())
    assert str(raised.value).endswith(f"missing: {', '.join(sorted(FUNCTIONS[function][1]))}")


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_the_variables_of_the_design_suffice(function: str) -> None:
    settings = load(FUNCTIONS[function][0], sufficient(function))
    assert settings.deployment_name == "HIPPO_Gym"


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_variable_counts_as_missing(text: str) -> None:
    with pytest.raises(SettingsError, match="missing: BUCKET"):
        load(UpdateProjectMasterListSettings, {"BUCKET": text})


@pytest.mark.parametrize(
    ("text", "ids"), [("a", ("a",)), ("a,b", ("a", "b")), (" a , b ,", ("a", "b")), ("a,,b", ("a", "b"))]
)
def test_subnets_and_security_groups_take_one_id_or_several(text: str, ids: tuple[str, ...]) -> None:
    settings = load(StartServerSettings, sufficient("start_server") | {"SUBNET": text, "SECURITY_GROUP": text})
    assert (settings.subnet, settings.security_group) == (ids, ids)


@pytest.mark.parametrize("text", ["0", "-1", "soon", "1.5"])
def test_a_runtime_that_is_not_a_whole_number_of_minutes_is_reported(text: str) -> None:
    with pytest.raises(SettingsError, match=r"MAX_RUNTIME is .*allowed: a whole number above 0"):
        load(StartServerSettings, sufficient("start_server") | {"MAX_RUNTIME": text})


def test_missing_and_wrong_variables_are_reported_together() -> None:
    wrong = {**sufficient("start_server"), "MAX_RUNTIME": "x", "SUBNET": ",", "BUCKET": ""}
    with pytest.raises(SettingsError) as raised:
        load(StartServerSettings, wrong)
    assert all(name in str(raised.value) for name in ("MAX_RUNTIME", "SUBNET", "BUCKET"))


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "soon"])
def test_an_invalid_cache_time_is_reported(text: str) -> None:
    with pytest.raises(SettingsError, match="CACHE_SECONDS"):
        load(NextStepSettings, sufficient("next_step") | {"CACHE_SECONDS": text})


def test_the_cache_time_is_a_setting() -> None:
    assert load(NextStepSettings, sufficient("next_step") | {"CACHE_SECONDS": "0"}).cache_seconds == 0
