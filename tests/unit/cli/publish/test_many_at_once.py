"""Several researchers at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hippo_common.errors import HippoError
from tests.support.moto_deployment import Folder, MotoDeployment

STUDIES = 20


def study(place: Path, number: int) -> Folder:
    return Folder(place / str(number)).write(id=f"study-{number}", name=f"Study {number}").without_server()


def test_twenty_concurrent_submits_of_twenty_studies_are_all_listed(cloud: MotoDeployment, tmp_path: Path) -> None:
    folders = [study(tmp_path, number) for number in range(STUDIES)]
    with ThreadPoolExecutor(STUDIES) as pool:
        done = [pool.submit(cloud.submit, folder, image="game:1") for folder in folders]
    assert [future.exception() for future in done] == [None] * STUDIES
    assert {entry["id"]: entry["name"] for entry in cloud.entries()} == {
        f"study-{number}": f"Study {number}" for number in range(STUDIES)
    }
    assert cloud.broken() == []


def test_one_of_several_concurrent_submits_of_a_study_wins_completely(cloud: MotoDeployment, tmp_path: Path) -> None:
    cloud.submit(study(tmp_path, 1), image="game:1")
    folders = [Folder(tmp_path / name).write(id="study-1", name=name).without_server() for name in "abcdef"]
    cloud.clock.advance()
    with ThreadPoolExecutor(len(folders)) as pool:
        done = [pool.submit(cloud.submit, folder, image="game:1") for folder in folders]
    errors = [error for error in (future.exception() for future in done) if error is not None]
    assert all(
        isinstance(error, HippoError) and "Another writer has changed the study" in error.message for error in errors
    )
    assert len(errors) < len(folders)
    assert cloud.broken() == []
