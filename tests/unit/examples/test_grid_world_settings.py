"""The example server's environment variables."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grid_world_server.settings import Settings, SettingsError


def test_without_any_variable_the_server_has_usable_settings() -> None:
    settings = Settings.from_environment({})
    assert (settings.port, settings.user_id, settings.bucket, settings.tls) == (
        5000,
        None,
        None,
        None,
    )


def test_hippo_gyms_variables_are_read() -> None:
    settings = Settings.from_environment(
        {
            "HIPPO_PROJECT_ID": "grid_world",
            "HIPPO_USER_ID": "A1B2",
            "HIPPO_SESSION_ID": "20261122-0f3c5d7e9a1b2c4d",
            "HIPPO_BUCKET": "projects",
            "HIPPO_DEADLINE": "2026-11-22T15:20:01Z",
            "HIPPO_LISTEN_ADDRESS": "127.0.0.9",
        }
    )
    assert (settings.user_id, settings.address) == ("a1b2", "127.0.0.9")
    assert settings.deadline == datetime(2026, 11, 22, 15, 20, 1, tzinfo=UTC)


def test_a_deadline_without_a_zone_is_utc() -> None:
    settings = Settings.from_environment({"HIPPO_DEADLINE": "2026-11-22T15:20:01"})
    assert settings.deadline == datetime(2026, 11, 22, 15, 20, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "70000"), ("HIPPO_DEADLINE", "soon"), ("GRID_WORLD_EPISODES", "0")],
)
def test_an_invalid_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})
