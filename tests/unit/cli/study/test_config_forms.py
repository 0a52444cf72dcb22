"""Every form of config.yml in docs/compatibility-with-hippo-gym.md is accepted, with a warning where it says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from hippo_cli.study import read
from hippo_common.errors import HippoError
from tests.unit.cli.study.studies import DOCKERFILE, PAGES, PROJECT, codes, judged, only, project, write

EXAMPLE = Path(__file__).parents[4] / "examples" / "grid_world"


def test_the_example_study_has_no_faults() -> None:
    study = read(EXAMPLE)
    assert study.findings == ()
    assert sorted(study.pages) == sorted(path.name for path in EXAMPLE.glob("*.html"))


def test_a_sound_study_has_no_faults(tmp_path: Path) -> None:
    study = judged(tmp_path, PROJECT)
    assert study.findings == ()
    assert study.is_valid


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"steps": {1: "1_consent.html", 2: "game", 3: "3_survey.html"}}, "no-final-step"),
        ({"events": {"startServerStep": 1, "stopServerStep": 12}}, "stop-past-last"),
        ({"events": {"startServerStep": 1, "stopServerStep": 1}}, "stop-before-game"),
        ({"events": {"startServerStep": 3, "stopServerStep": 4}}, "start-after-game"),
        ({"events": {"startServerStep": None, "stopServerStep": 3}}, "start-not-set"),
        ({"events": {"startServerStep": 1, "stopServerStep": None}}, "stop-not-set"),
        ({"events": {"startServerStep": 2, "stopServerStep": 3}}, "start-at-game"),
        ({"useAWS": ...}, "use-aws"),
        ({"useAWS": False}, "use-aws"),
        ({"live": None}, "live-not-set"),
        ({"maxRuntime": None}, "runtime-not-set"),
        ({"researcher": None, "teamMembers": None}, None),
        ({"ssl": {"fullchain": "SSL/fullchain.pem", "privkey": "SSL/privkey.pem", "sslBucket": None}}, None),
        ({"capacity": "on-demand", "port": 8080, "maxSessions": 10}, None),
    ],
)
def test_odd_but_allowed_forms_are_accepted_with_a_warning(
    tmp_path: Path, changes: dict[str, Any], warned: str | None
) -> None:
    study = judged(tmp_path, project(**changes))
    assert study.is_valid, study.errors
    assert warned is None or warned in codes(study)
    assert warned is not None or not codes(study)


def test_step_files_in_a_folder_are_accepted_with_a_warning(tmp_path: Path) -> None:
    files = {f"StepFiles/{name}": content for name, content in PAGES.items()} | DOCKERFILE
    steps = {key: file if file == "game" else f"StepFiles/{file}" for key, file in PROJECT["steps"].items()}
    study = judged(tmp_path, project(steps=steps), files)
    assert codes(study) == ["step-in-folder"]
    assert study.is_valid
    assert sorted(study.pages) == sorted(name for name in files if name.endswith(".html"))


def test_a_section_for_the_container_is_not_checked(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    config = tmp_path / "config.yml"
    config.write_text(config.read_text() + "trial: {any: thing, any: other}\n")
    assert read(config).findings == ()


def test_the_last_of_a_repeated_key_counts_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    config = tmp_path / "config.yml"
    config.write_text(config.read_text().replace("  live: true\n", "  live: false\n  live: true\n"))
    study = read(config)
    assert codes(study) == ["key-twice"]
    assert study.is_valid
    assert study.entry["live"] is True


def test_what_is_sent_is_what_existing_scripts_send(tmp_path: Path) -> None:
    study = judged(tmp_path, PROJECT)
    steps = {str(key): file for key, file in PROJECT["steps"].items()}
    expected = PROJECT | {"steps": steps, "ecsTask": "study_one-2", "bucket": "projects.example"}
    assert study.project == expected
    assert study.entry["team_members"] == "A. Name, B. Name"


def test_a_study_without_a_game_has_no_task_and_no_warnings_about_servers(tmp_path: Path) -> None:
    steps = {1: "1_consent.html", 2: "3_survey.html", "finalStep": "4_thanks.html"}
    study = judged(tmp_path, project(steps=steps, events=..., awsSetup=..., maxRuntime=...), PAGES)
    assert study.findings == ()
    assert (study.needs_server, study.entry["ecsTask"]) == (False, None)


def test_keys_that_hippo_sets_are_ignored_with_a_warning(tmp_path: Path) -> None:
    study = judged(tmp_path, project(version="0123456789abcdef", replaces=5))
    assert codes(study) == ["set-by-hippo"]
    assert "version" not in study.project


def test_a_folder_means_its_config(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    assert read(tmp_path).config == tmp_path / "config.yml"
    (tmp_path / "config.yml").rename(tmp_path / "config.yaml")
    assert read(tmp_path).config == tmp_path / "config.yaml"


@pytest.mark.parametrize("name", ["", "missing.yml"])
def test_a_missing_config_is_an_error_with_a_fix(tmp_path: Path, name: str) -> None:
    with pytest.raises(HippoError, match=r"does not exist|has no config\.yml") as caught:
        read(tmp_path / name)
    assert caught.value.fix is not None
    assert "hippo init" in caught.value.fix


@pytest.mark.parametrize(
    ("line", "number", "fix"),
    [
        ("maxRuntime: 060", "48", "Write 60."),
        ("maxRuntime: 1:30", "90", "Write 90"),
        ("progress: {010: Ten}", "8", "Write 10."),
        ("progress: {1:30: x}", "90", "Write 90"),
    ],
)
def test_a_number_that_yaml_reads_otherwise_is_reported(tmp_path: Path, line: str, number: str, fix: str) -> None:
    key = line.partition(":")[0]
    config = yaml.safe_dump({"project": project(**{key: ...})}) + f"  {line}\n"
    finding = only(judged(tmp_path, config), "yaml-number")
    assert (f"the number {number}:" in finding.what, fix in finding.fix) == (True, True)
    assert finding.line == config.count("\n")


@pytest.mark.parametrize("line", ["maxRuntime: 60", "maxRuntime: 0x3C", "maxRuntime: 6_0", 'name: "1:30"', "name: 08"])
def test_other_numbers_are_read_as_they_are(tmp_path: Path, line: str) -> None:
    config = yaml.safe_dump({"project": project(**{line.partition(":")[0]: ...})}) + f"  {line}\n"
    assert "yaml-number" not in codes(judged(tmp_path, config))


def test_the_fix_for_a_date_without_offset_is_that_date(tmp_path: Path) -> None:
    study = judged(tmp_path, project(opensAt="2026-12-01T08:30"))
    assert re.match(r"Write `opensAt: \"?2026-12-01T08:30:00[+-]\d\d:\d\d\"?`\.", only(study, "not-allowed").fix)
