"""The server of a study: its size, and the source of its image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_cli.study import read
from hippo_cli.study.container import nearest_size, repository_name
from hippo_common.task_sizes import TASK_SIZES
from tests.unit.cli.study.studies import DOCKERFILE, PAGES, codes, judged, only, project, write


@pytest.mark.parametrize(
    ("setup", "size"),
    [
        ({"cpu": 0.25, "memory": 0.5}, (256, 512)),
        ({"cpu": "2", "memory": "10"}, (2048, 10240)),
        ({"cpu": 16, "memory": 120}, (16384, 122880)),
        ({"cpu": 1}, (1024, 2048)),
        ({"memory": 3}, (512, 3072)),
    ],
)
def test_an_allowed_size_is_used(tmp_path: Path, setup: dict[str, Any], size: tuple[int, int]) -> None:
    study = judged(tmp_path, project(awsSetup=setup))
    assert study.findings == ()
    assert (study.aws_setup.cpu, study.aws_setup.memory) == size


@pytest.mark.parametrize(
    ("setup", "fix"),
    [
        ({"cpu": 2, "memory": 3}, "Write `cpu: 2` and `memory: 4`."),
        ({"cpu": 0.25, "memory": 1.5}, "Write `cpu: 0.25` and `memory: 2`."),
        ({"cpu": 0.25, "memory": 8}, "Write `cpu: 1` and `memory: 8`."),
        ({"cpu": 3, "memory": 8}, "Write `cpu: 4` and `memory: 8`."),
        ({"cpu": 100, "memory": 1}, "Write `cpu: 16` and `memory: 120`."),
        ({"cpu": 1024, "memory": 2048}, "Write `cpu: 1` and `memory: 2`."),
        ({"cpu": 2048, "memory": 3000}, "Write `cpu: 2` and `memory: 4`."),
        ({"memory": 1024}, "Write `cpu: 0.25` and `memory: 1`."),
        ({"cpu": 512}, "Write `cpu: 0.5` and `memory: 1`."),
        ({"cpu": 1, "memory": 4096}, "Write `cpu: 1` and `memory: 4`."),
        ({"cpu": 512, "memory": 2}, "Write `cpu: 0.5` and `memory: 2`."),
    ],
)
def test_the_fix_for_a_wrong_size_is_the_nearest_size(tmp_path: Path, setup: dict[str, Any], fix: str) -> None:
    finding = only(judged(tmp_path, project(awsSetup=setup)), "size")
    assert finding.fix == fix
    assert finding.allowed


@pytest.mark.parametrize("setup", [{"cpu": "two", "memory": 4}, {"cpu": True, "memory": 4}, {"cpu": 0, "memory": 4}])
def test_a_size_that_is_no_number_is_an_error_at_its_line(tmp_path: Path, setup: dict[str, Any]) -> None:
    assert only(judged(tmp_path, project(awsSetup=setup)), "not-allowed").where == "project.awsSetup.cpu"


@pytest.mark.parametrize(
    ("key", "written", "fix"),
    [
        ("cpu", "2 vCPU", "`cpu: 2`"),
        ("cpu", "512 units", "`cpu: 0.5`"),
        ("memory", "10 GB", "`memory: 10`"),
        ("memory", "2048 MiB", "`memory: 2`"),
        ("memory", "much", "`memory: 2`"),
    ],
)
def test_the_fix_for_a_size_with_a_unit_is_its_number(tmp_path: Path, key: str, written: str, fix: str) -> None:
    assert fix in only(judged(tmp_path, project(awsSetup={key: written})), "not-allowed").fix


@pytest.mark.parametrize("place", [{"awsSetup": {"cpu": 1, "memory": 2, "gpu": 1}}, {"gpu": 1}])
def test_a_gpu_is_not_a_misspelt_cpu(tmp_path: Path, place: dict[str, Any]) -> None:
    found = [finding for finding in judged(tmp_path, project(**place)).findings if "gpu" in finding.what]
    assert ["no GPUs" in finding.fix for finding in found] == [True]


def test_a_missing_size_gives_a_warning(tmp_path: Path) -> None:
    study = judged(tmp_path, project(awsSetup={"region": "ca-central-1"}))
    assert codes(study) == ["size-not-set"]
    assert (study.aws_setup.cpu, study.aws_setup.memory) == (1024, 2048)


@given(cpu=st.floats(0.01, 200_000), memory=st.floats(0.01, 200_000))
def test_the_nearest_size_is_the_smallest_that_has_enough(cpu: float, memory: float) -> None:
    found = nearest_size(cpu, memory)
    assert found.memory in TASK_SIZES[found.cpu]
    enough = [
        (units, amount)
        for units, amounts in TASK_SIZES.items()
        for amount in amounts
        if units >= cpu and amount >= memory
    ]
    assert (found.cpu, found.memory) == min(enough, default=(16384, 122880))


@pytest.mark.parametrize(
    ("setup", "code"),
    [
        ({"regoin": "ca-central-1", "cpu": 1, "memory": 2}, "unused-key"),
        ({"region": "canada", "cpu": 1, "memory": 2}, "region"),
        ({"region": 5, "cpu": 1, "memory": 2}, "not-allowed"),
        ("text", "not-allowed"),
    ],
)
def test_faults_of_aws_setup_are_found(tmp_path: Path, setup: Any, code: str) -> None:
    assert code in codes(judged(tmp_path, project(awsSetup=setup)))


@pytest.mark.parametrize(
    ("changes", "files", "found"),
    [
        ({}, DOCKERFILE, []),
        ({}, {"server/Dockerfile": "FROM scratch"}, []),
        ({}, {**DOCKERFILE, "server/Dockerfile": "FROM scratch"}, ["dockerfiles"]),
        ({}, {}, ["no-dockerfile"]),
        ({"awsSetup": ...}, {}, ["no-server", "size-not-set"]),
        ({"awsSetup": ..., "ecsTask": "ours:3"}, {}, []),
        ({"ecsTask": "ours"}, DOCKERFILE, ["dockerfile-not-used"]),
    ],
)
def test_a_game_needs_a_server(
    tmp_path: Path, changes: dict[str, Any], files: dict[str, str], found: list[str]
) -> None:
    assert codes(judged(tmp_path, project(**changes), {**PAGES, **files})) == found


def test_a_given_image_replaces_a_dockerfile(tmp_path: Path) -> None:
    config = write(tmp_path, project(), PAGES)
    assert read(config, has_image=True).findings == ()


def test_a_server_without_a_game_gives_a_warning(tmp_path: Path) -> None:
    steps = {1: "1_consent.html", 2: "3_survey.html", "finalStep": "4_thanks.html"}
    assert "no-game" in codes(judged(tmp_path, project(steps=steps)))


@pytest.mark.parametrize(
    ("project_id", "name"),
    [("grid_world", "grid_world"), ("Study_One-2", "study_one-2"), ("a", "study-a"), ("a-_-b__-", "a-b")],
)
def test_the_repository_has_a_name_that_ecr_allows(project_id: str, name: str) -> None:
    assert repository_name(project_id) == name


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", fullmatch=True))
def test_every_id_gives_a_repository_name(project_id: str) -> None:
    import re

    assert re.fullmatch(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*", repository_name(project_id))
    assert len(repository_name(project_id)) >= 2
