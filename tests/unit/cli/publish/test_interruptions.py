"""A submit that is killed leaves the published study intact, and the next one finishes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import stored_pages, submitting
from hippo_cli.study import read
from hippo_gym.studies import versions
from tests.support.moto_deployment import Died, Folder, MotoDeployment

SMALL: dict[str, Any] = {"steps": {1: "1_consent.html", 2: "2_rules.html", 3: "game", "finalStep": None}}


def new(cloud: MotoDeployment, folder: Folder) -> None:
    """The deployment has no study yet."""
    folder.configure(**SMALL)


def published(cloud: MotoDeployment, folder: Folder) -> None:
    """The study was submitted, and then everything about it was changed."""
    cloud.submit(folder.configure(**SMALL))
    _change(folder)


def made_by_a_script(cloud: MotoDeployment, folder: Folder) -> None:
    """The study was registered by a script, and then everything about it was changed."""
    cloud.register_task()
    cloud.script(folder.configure(**SMALL))
    _change(folder)


def _change(folder: Folder) -> None:
    folder.page("1_consent.html", "changed").page("2_rules-1.html", None).page("3_new.html", "new")
    folder.page("server/game.py", "print(1)")
    folder.configure(name="Changed", steps={1: "1_consent.html", 2: "2_rules.html", 3: "game", 4: "3_new.html"})


def shown(cloud: MotoDeployment) -> dict[str, Any]:
    """Return what new participants get: the entry without stamps, and the pages of its steps."""
    if not cloud.entries():
        return {}
    entry = {key: value for key, value in cloud.entry().items() if key not in {"updatedAt", "updatedBy"}}
    pages = cloud.pages(versions.folder("grid", entry.get("version")))
    return {**entry, "pages": {file: pages[file] for file in stored_pages.shown_by(entry, pages)}}


def submit_and_die(
    cloud: MotoDeployment, folder: Folder, *, before: int | None = None, after: str | None = None
) -> bool:
    """Submit, and die before the n-th call or after an operation.

    Return whether the command died.
    """
    cloud.calls.clear()
    cloud.dies_at, cloud.dies_after = before, after
    try:
        cloud.submit(folder)
    except Died:
        return True
    finally:
        cloud.dies_at = cloud.dies_after = None
    return False


Scenario = Callable[[MotoDeployment, Folder], None]
CALLS: dict[Scenario, int] = {new: 19, published: 27, made_by_a_script: 23}
"""Scenario → the number of AWS calls that its submit makes."""


@pytest.mark.parametrize("scenario", CALLS)
def test_every_call_of_a_submit_is_covered(
    cloud: MotoDeployment, folder: Folder, docker: Path, scenario: Scenario
) -> None:
    scenario(cloud, folder)
    submit_and_die(cloud, folder)
    assert len(cloud.calls) == CALLS[scenario]


@pytest.mark.parametrize(
    ("scenario", "call"), [(scenario, call) for scenario, calls in CALLS.items() for call in range(1, calls + 1)]
)
def test_an_interrupted_submit_leaves_the_published_study_intact_and_the_next_one_finishes(
    cloud: MotoDeployment, folder: Folder, docker: Path, scenario: Scenario, call: int
) -> None:
    scenario(cloud, folder)
    before = shown(cloud)
    cloud.clock.advance()
    assert submit_and_die(cloud, folder, before=call)
    assert cloud.broken() == []
    interrupted = shown(cloud)
    cloud.clock.advance()
    cloud.submit(folder)
    assert interrupted in (before, shown(cloud))
    _assert_finished(cloud, folder)


@pytest.mark.parametrize("scenario", CALLS)
@pytest.mark.parametrize("operation", ["ecs.RegisterTaskDefinition", "s3.PutObject", "lambda.Invoke"])
def test_a_call_with_a_lost_answer_is_not_repeated(
    cloud: MotoDeployment, folder: Folder, docker: Path, scenario: Scenario, operation: str
) -> None:
    scenario(cloud, folder)
    assert submit_and_die(cloud, folder, after=operation)
    assert cloud.broken() == []
    cloud.submit(folder)
    _assert_finished(cloud, folder)


def test_a_repository_that_an_interrupted_submit_created_is_used(
    cloud: MotoDeployment, folder: Folder, docker: Path
) -> None:
    assert submit_and_die(cloud, folder, after="ecr.CreateRepository")
    cloud.submit(folder)
    assert cloud.broken() == []


def _assert_finished(cloud: MotoDeployment, folder: Folder) -> None:
    study = read(folder.path)
    assert cloud.broken() == []
    assert submitting.prepare(cloud.deployment(), study).is_empty
    assert shown(cloud)["pages"] == {file: content.decode() for file, content in study.pages.items()}
    assert cloud.pages("grid").keys() - {"4_survey.html", "5_thanks.html"} == study.pages.keys()
    assert len(cloud.revisions()) <= 2
