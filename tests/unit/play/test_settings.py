"""The server's environment variables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hippo_play.settings import Settings, SettingsError


def test_without_any_variable_the_server_has_usable_settings() -> None:
    settings = Settings.from_environment({})
    assert (settings.port, settings.user_id, settings.bucket, settings.tls) == (5000, None, None, None)
    assert (settings.trials, settings.trials_named) == (Path("trials").absolute(), False)


def test_a_folder_of_events_that_was_named_is_no_surprise(tmp_path: Path) -> None:
    settings = Settings.from_environment({"HIPPO_TRIALS": str(tmp_path)})
    assert (settings.trials, settings.trials_named) == (tmp_path, True)


def test_hippo_gyms_variables_are_read() -> None:
    settings = Settings.from_environment(
        {
            "HIPPO_PROJECT_ID": "mountain_car",
            "HIPPO_USER_ID": "A1B2",
            "HIPPO_SESSION_ID": "20261122-0f3c5d7e9a1b2c4d",
            "HIPPO_BUCKET": "projects",
            "HIPPO_DEADLINE": "2026-11-22T15:20:30Z",
            "HIPPO_LISTEN_ADDRESS": "127.0.0.9",
        }
    )
    assert (settings.user_id, settings.address) == ("a1b2", "127.0.0.9")
    assert settings.trials.is_absolute()  # not the working folder


@pytest.mark.parametrize("text", ["2026-11-22T15:20:30Z", "2026-11-22T15:20:30", "2026-11-22T16:20:30+01:00"])
def test_the_game_ends_a_little_before_the_task_is_stopped(text: str) -> None:
    end = Settings.from_environment({"HIPPO_DEADLINE": text}).end
    assert end == datetime(2026, 11, 22, 15, 20, 10, tzinfo=UTC)


def test_the_longest_absence_can_be_set() -> None:
    settings = Settings.from_environment({"HIPPO_AWAY_MINUTES": "2", "HIPPO_ARRIVAL_MINUTES": "45"})
    assert (settings.away, settings.arrival) == (timedelta(minutes=2), timedelta(minutes=45))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("PORT", "٣"),
        ("HIPPO_DEADLINE", "soon"),
        ("HIPPO_LISTEN_PORT", "-1"),
        ("HIPPO_SAVE_SECONDS", "0"),
        ("HIPPO_GROUP", "2"),
        ("HIPPO_CONDITIONS", "partner=expert"),
    ],
)
def test_an_invalid_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_all_invalid_values_are_named_together() -> None:
    with pytest.raises(SettingsError, match=r"PORT must .*; HIPPO_AWAY_MINUTES must"):
        Settings.from_environment({"PORT": "x", "HIPPO_AWAY_MINUTES": "-1"})


@pytest.mark.parametrize("names", [("PORT",), ("HIPPO_PORT", "PORT"), ("HIPPO_LISTEN_PORT", "HIPPO_PORT", "PORT")])
def test_the_port_is_that_of_the_first_variable(names: tuple[str, ...]) -> None:
    given = {name: str(6000 + number) for number, name in enumerate(names)}
    assert Settings.from_environment(given).port == 6000


def test_groups_and_conditions_are_read() -> None:
    settings = Settings.from_environment({"HIPPO_GROUP": '{"2": 1}', "HIPPO_CONDITIONS": '{"partner": "expert"}'})
    assert (settings.groups, settings.conditions) == ({"2": "1"}, {"partner": "expert"})


@pytest.mark.parametrize(
    ("given", "minutes"),
    [
        ({}, 5),
        ({"HIPPO_IDLE_MINUTES": "10"}, 10),
        ({"HIPPO_IDLE_MINUTES": "10", "HIPPO_AWAY_MINUTES": "3"}, 3),
    ],
)
def test_a_server_ends_after_the_study_s_idle_time_without_a_connection(given: dict[str, str], minutes: int) -> None:
    assert Settings.from_environment(given).away == timedelta(minutes=minutes)
