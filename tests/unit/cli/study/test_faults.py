"""All faults of a project are found, each with its line, the allowed values and a fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.study.studies import codes, judged, only, project


@pytest.mark.parametrize(
    ("changes", "where", "fix"),
    [
        ({"id": "My Study!"}, "id", "Write `id: My_Study`."),
        ({"id": 12}, "id", 'Write `id: "12"`.'),
        ({"name": 2024}, "name", 'Write `name: "2024"`.'),
        ({"name": ""}, "name", "Write, for example, `name: Teaching an agent to cross a grid`."),
        ({"live": "yes"}, "live", "Write `live: true`."),
        ({"live": "maybe"}, "live", "Write, for example, `live: true`."),
        ({"maxRuntime": "30"}, "maxRuntime", "Write `maxRuntime: 30`."),
        ({"maxRuntime": 30.5}, "maxRuntime", "Write `maxRuntime: 30`."),
        ({"maxRuntime": 9000}, "maxRuntime", "Write `maxRuntime: 1440`."),
        ({"capacity": "Spot"}, "capacity", "Write `capacity: spot`."),
        ({"capacity": "on-demnd"}, "capacity", "Write `capacity: on-demand`."),
        ({"port": 70000}, "port", "Write `port: 65535`."),
        ({"teamMembers": 5}, "teamMembers", 'Write `teamMembers: "5"`.'),
        ({"awsSetup": {"bucket": 5}}, "awsSetup.bucket", 'Write `bucket: "5"`.'),
        ({"ecsTask": "a b"}, "ecsTask", "Write `ecsTask: a_b`."),
        ({"events": {"startServerStep": "1"}}, "events.startServerStep", "Write `startServerStep: 1`."),
        ({"steps": 5}, "steps", "Write `steps:`, and below it"),
        ({"steps": {1: "Game"}}, "steps.1", "Write `1: game`."),
        ({"steps": {1: "1_consent.htm"}}, "steps.1", "Write `1: 1_consent.html`."),
        ({"steps": {1: "1_consent"}}, "steps.1", "Write `1: 1_consent.html`."),
        ({"steps": {1: "./1_consent.html"}}, "steps.1", "Write `1: 1_consent.html`."),
        ({"steps": {1: "pages\\1_consent.html"}}, "steps.1", "Write `1: pages/1_consent.html`."),
        ({"steps": {1: "a.html", "finalStep": "game"}}, "steps.finalStep", "for example, `finalStep: 4_thanks.html`."),
    ],
)  # fmt: skip
def test_a_value_that_is_not_allowed_has_a_fix(tmp_path: Path, changes: dict[str, Any], where: str, fix: str) -> None:
    finding = next(found for found in judged(tmp_path, project(**changes)).errors if found.where == f"project.{where}")
    line = (tmp_path / "config.yml").read_text().splitlines()[finding.line - 1]
    assert where.rpartition(".")[2] in line
    assert fix in finding.fix
    assert finding.allowed


@pytest.mark.parametrize(
    ("changes", "where", "fix"),
    [
        ({"nmae": "x"}, "nmae", "Rename it to `name`."),
        ({"usAWS": True}, "usAWS", "Rename it to `useAWS`."),
        ({"startServerStep": 1}, "startServerStep", "Put it under `events:`."),
        ({"cpu": 2}, "cpu", "Put it under `awsSetup:`."),
        ({"zebra": 1}, "zebra", "Delete it."),
        ({"steps": {1: "1_consent.html", 0: "3_survey.html"}}, "steps.0", "Number the steps 1, 2, 3, …"),
        ({"steps": {1: "1_consent.html", "finalstep": "a.html"}}, "steps.finalstep", "Rename it to `finalStep`."),
        ({"events": {"startServrStep": 1}}, "events.startServrStep", "Rename it to `startServerStep`."),
    ],
)  # fmt: skip
def test_an_unknown_key_has_a_fix(tmp_path: Path, changes: dict[str, Any], where: str, fix: str) -> None:
    finding = only(judged(tmp_path, project(**changes)), "unknown-key")
    assert (finding.where, finding.fix) == (f"project.{where}", fix)


@pytest.mark.parametrize("key", ["id", "name", "steps"])
def test_a_missing_key_has_one_finding(tmp_path: Path, key: str) -> None:
    study = judged(tmp_path, project(**{key: ...}))
    assert [(finding.code, finding.where) for finding in study.errors] == [("missing-key", f"project.{key}")]
    assert study.entry == {}


def test_a_wrong_id_has_no_second_finding_for_its_task(tmp_path: Path) -> None:
    assert [finding.where for finding in judged(tmp_path, project(id="a b")).errors] == ["project.id"]


def test_all_faults_are_found_in_one_run(tmp_path: Path) -> None:
    changes = {
        "id": "a b",
        "live": 5,
        "nmae": 1,
        "maxRuntime": 0,
        "steps": {1: "1_consent.html", 2: "x", 3: "gone.html"},
    }
    found = {finding.where for finding in judged(tmp_path, project(**changes)).errors}
    assert found == {f"project.{key}" for key in ("id", "live", "nmae", "maxRuntime", "steps.2", "steps.3")}


@pytest.mark.parametrize("text", ["", "# nothing\n", "[1, 2]", "id: x\nname: y\n", "project:\n"])
def test_a_file_without_a_project_is_an_error(tmp_path: Path, text: str) -> None:
    assert "no-project" in codes(judged(tmp_path, text, {}))


@pytest.mark.parametrize("text", ["project: 5", "project: text", "project: [1]", "project: true"])
def test_a_project_without_keys_is_an_error(tmp_path: Path, text: str) -> None:
    assert only(judged(tmp_path, text, {}), "not-allowed").where == "project"


def test_an_unknown_section_gives_a_warning(tmp_path: Path) -> None:
    steps = "steps: {1: a.html, finalStep: b.html}"
    config = f"trail: {{a: 1}}\nlive: true\nproject: {{id: a, name: a, live: true, useAWS: true, {steps}}}\n"
    study = judged(tmp_path, config, {"a.html": "a", "b.html": "You may exit now"})
    assert [(finding.code, finding.fix) for finding in study.findings] == [
        ("unknown-section", "Rename it to `trial`."),
        ("unknown-section", "Indent it, so that it is under `project:`."),
    ]
