"""`hippo` with the researcher policy on running servers: sessions, logs, stop; then data commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.researcher import Researcher, copy_of_example, rows
from tests.support.local_deployment import LocalDeployment

STUDY = "hippo_live"


@pytest.fixture(scope="module")
def study(researcher: Researcher, tmp_path_factory: pytest.TempPathFactory) -> str:
    researcher.submit(copy_of_example(tmp_path_factory.mktemp("live"), STUDY))
    return STUDY


def sessions(researcher: Researcher) -> dict[str, dict[str, Any]]:
    return {one["userId"]: one for one in researcher.hippo("sessions", STUDY, "--json").json}


def test_a_server_is_listed_read_and_stopped(
    researcher: Researcher, study: str, lab: LocalDeployment, user_id: str
) -> None:
    session = lab.ready_session(user_id, study)
    seen = sessions(researcher)[user_id]
    assert (seen["server"], seen["step"], seen["page"]) == ("ready", "3", "game")
    assert seen["sessionId"] == session["sessionId"]
    assert seen["costUsd"] > 0
    assert seen["leftSeconds"] <= 30 * 60

    log = lab.wait_for(lambda: log_of(researcher, user_id), "the container's log")
    assert "listening on" in log

    assert "is removed" in researcher.hippo("stop", user_id, "--yes").out
    assert sessions(researcher) == {}
    ended = lab.wait_until_nothing_is_left(session)
    assert ended["reason"] == "stopped by e2e with hippo stop"
    lab.wait_for(lambda: "leaving" in log_of(researcher, user_id), "the container's last line")


def log_of(researcher: Researcher, user_id: str) -> str:
    return researcher.hippo("logs", user_id, "--project", STUDY).out


def test_a_delayed_stop_is_on_the_session_record(
    researcher: Researcher, study: str, lab: LocalDeployment, user_id: str
) -> None:
    lab.ready_session(user_id, study)
    assert "will be stopped at" in researcher.hippo("stop", user_id, "--in", "3", "--yes").out
    assert sessions(researcher)[user_id]["leftSeconds"] <= 3 * 60
    researcher.hippo("stop", user_id, "--yes")


def test_a_participant_s_answers_are_exported_reported_and_deleted(
    researcher: Researcher, study: str, lab: LocalDeployment, user_id: str, tmp_path: Path
) -> None:
    session = lab.ready_session(user_id, study)
    client = lab.participant(user_id, study)
    assert client.get().step == "4"
    client.post({"age": "34", "thoughts": 'a comma, a "quote"\nand a line'}, "4")
    lab.wait_until_nothing_is_left(session)

    researcher.hippo("export", study, "--output", str(tmp_path / "data"))
    answers = {
        (row["step"], row["field"]): row["value"]
        for row in rows(tmp_path / "data" / "answers.csv")
        if row["participant"] == user_id
    }
    assert answers == {
        ("1", "consent"): "yes",
        ("2", "read"): "yes",
        ("4", "age"): "34",
        ("4", "thoughts"): 'a comma, a "quote"\nand a line',
    }

    report = tmp_path / "report.html"
    researcher.hippo("report", study, "--output", str(report))
    assert "<html" in report.read_text().lower()

    removed = researcher.hippo("forget", study, user_id, "--yes")
    assert f"{study}/Users/{user_id}" in removed.out
    assert lab.inspector.keys(f"{study}/Users/{user_id}") == []
    assert lab.inspector.keys(f"{study}/Trials/{user_id}") == []
    versions = lab.cloud.client("s3").list_object_versions(Bucket=lab.bucket, Prefix=f"{study}/Users/{user_id}")
    assert versions.get("Versions", []) == []
