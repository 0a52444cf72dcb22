"""A study's life with `hippo` and the researcher policy: submitted, changed, rolled back, closed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hippo_cli.rehearsal import forms
from hippo_cli.rehearsal.next_client import NextClient, VisitError
from tests.e2e.researcher import IMAGE, Researcher, configure, copy_of_example, rewrite, rows
from tests.support.local_deployment import LocalDeployment

STUDY = "hippo_study"
NO_SERVER_YET = {"startServerStep": 3, "stopServerStep": 4}  # no test of this file reaches the game


@dataclass(frozen=True)
class Study:
    folder: Path
    version: str


@pytest.fixture(scope="module")
def study(researcher: Researcher, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = copy_of_example(tmp_path_factory.mktemp("study"), STUDY, events=NO_SERVER_YET)
    researcher.hippo("validate", str(folder))
    return Study(folder, researcher.submit(folder))


@pytest.fixture
def again(researcher: Researcher, study: Study) -> Callable[[], str]:
    """Submit the original study, to undo a test's changes."""
    return lambda: researcher.submit(study.folder)


def test_a_submitted_study_is_in_the_list(researcher: Researcher, study: Study) -> None:
    listed = {one["id"]: one for one in researcher.hippo("list", "--json").json}
    assert listed[STUDY]["version"] == study.version
    shown = researcher.hippo("show", STUDY).out
    assert "open to new participants" in shown
    assert study.version in shown
    assert IMAGE in shown


def test_submitting_an_unchanged_study_changes_nothing(researcher: Researcher, study: Study) -> None:
    run = researcher.hippo("submit", str(study.folder), "--image", IMAGE, "--yes")
    assert "Nothing to change" in run.out


def test_a_broken_study_is_refused_and_the_published_version_stays(
    researcher: Researcher, study: Study, lab: LocalDeployment, user_id: str, tmp_path: Path
) -> None:
    broken = copy_of_example(tmp_path, STUDY, steps={1: "1_consent.html", 2: "missing.html"})
    run = researcher.hippo("submit", str(broken), "--image", IMAGE, "--yes", fails=True)
    assert "missing.html" in run.out + run.err
    assert lab.participant(user_id, STUDY).get().step == "1"
    assert researcher.hippo("show", STUDY, "--json").json["entry"]["version"] == study.version


def test_a_participant_keeps_the_version_with_which_they_began(
    researcher: Researcher, study: Study, lab: LocalDeployment, new_user_id: Callable[[], str], tmp_path: Path
) -> None:
    def newcomer(*, sees_change: bool) -> NextClient | None:
        """Return a new participant, or None if a warm function's cached list has the other version."""
        client = lab.participant(new_user_id(), STUDY)
        return client if ("Second thoughts" in client.get().page) == sees_change else None

    early = newcomer(sees_change=False)
    assert early is not None
    changed = copy_of_example(tmp_path, STUDY, events=NO_SERVER_YET)
    for page in changed.glob("*.html"):
        rewrite(page, "Second thoughts")
    version = researcher.submit(changed)
    late = lab.wait_for(lambda: newcomer(sees_change=True), "new participants see the change")
    assert "Second thoughts" not in early.post({"consent": "yes"}, "1").page

    changes = researcher.hippo("history", STUDY, "--json").json
    assert [one["version"] for one in changes["changes"][:2]] == [version, study.version]

    researcher.hippo("rollback", STUDY, study.version, "--yes")
    lab.wait_for(lambda: newcomer(sees_change=False), "new participants see the version of before")
    assert late is not None
    assert "Second thoughts" in late.post({"consent": "yes"}, "1").page


def test_a_page_that_the_study_no_longer_has_is_removed(
    researcher: Researcher, study: Study, lab: LocalDeployment, tmp_path: Path, again: Callable[[], str]
) -> None:
    fewer = copy_of_example(tmp_path, STUDY, events=NO_SERVER_YET)
    (fewer / "2_instructions-1.html").unlink()
    researcher.submit(fewer)
    there = lab.inspector.keys(f"{STUDY}/")
    assert f"{STUDY}/2_instructions-1.html" not in there
    assert f"{STUDY}/2_instructions.html" in there
    assert f"_versions/{STUDY}/{study.version}/2_instructions-1.html" in lab.inspector.keys("_versions/")
    assert again() == study.version


def test_a_closed_study_admits_no_new_participant_and_lets_the_others_continue(
    researcher: Researcher, study: Study, lab: LocalDeployment, new_user_id: Callable[[], str]
) -> None:
    inside = lab.participant(new_user_id(), STUDY)
    inside.get()
    researcher.hippo("close", STUDY)
    lab.wait_for(lambda: refused(lab, new_user_id()), "new participants are refused")
    assert inside.post({"consent": "yes"}, "1").step == "2"
    researcher.hippo("open", STUDY)
    lab.wait_for(lambda: not refused(lab, new_user_id()), "new participants are admitted again")


def refused(lab: LocalDeployment, user_id: str, study: str = STUDY) -> bool:
    try:
        lab.participant(user_id, study).get()
    except VisitError as error:
        return "Project ID Not Found" in str(error)
    return False


def test_submitting_a_study_does_not_change_another(researcher: Researcher, study: Study, tmp_path: Path) -> None:
    before = {one["id"] for one in researcher.hippo("list", "--json").json}
    other = copy_of_example(tmp_path, "hippo_other")
    researcher.submit(other)
    configure(other, name="Another name")
    researcher.submit(other)
    listed = {one["id"]: one for one in researcher.hippo("list", "--json").json}
    assert set(listed) == before | {"hippo_other"}
    assert listed[STUDY]["version"] == study.version


def test_what_a_participant_prefers_is_in_the_export(
    researcher: Researcher, lab: LocalDeployment, user_id: str, tmp_path: Path
) -> None:
    steps = {1: "1_consent.html", 2: "compare", "finalStep": "5_thanks.html"}
    compare = {"question": "Which is better?", "clips": [f"https://lab.example.org/{name}.mp4" for name in "abc"]}
    folder = copy_of_example(
        tmp_path / "study", "preferring", steps=steps, compare=compare, events=None, maxRuntime=None, awsSetup=None
    )
    researcher.hippo("submit", str(folder), "--yes")
    participant = lab.participant(user_id, "preferring")
    lab.wait_for(lambda: not refused(lab, user_id, "preferring"), "the study is in the list")
    shown = participant.post({"consent": "yes"}, "1")
    answers = forms.fill(shown.page, random.Random(1))  # noqa: S311 - no secret
    assert participant.post(answers, "2").step == "finalStep"
    researcher.hippo("export", "preferring", "--output", str(tmp_path / "data"))
    found = rows(tmp_path / "data" / "preferences.csv")
    sent = [[answers[f"compare{n}{end}"] for end in (".left", ".right", "")] for n in (1, 2, 3)]
    assert [[row["left"], row["right"], row["choice"]] for row in found] == sent
    assert len({(row["clip_a"], row["clip_b"]) for row in found}) == 3


def test_only_its_owner_changes_a_study_that_has_owners(
    researcher: Researcher, lab: LocalDeployment, tmp_path: Path
) -> None:
    """The function asks the local cloud's STS whose signature a change has."""
    folder = copy_of_example(tmp_path / "owned", "owned_study", events=NO_SERVER_YET, owners=["user/owners_test"])
    other = Researcher(lab.cloud, "owners_test")
    refused = researcher.hippo("submit", str(folder), "--image", IMAGE, "--yes", fails=True)
    assert "does not name you, user/e2e" in refused.err
    other.submit(folder)
    assert "user/owners_test" in researcher.hippo("show", "owned_study").out
    assert "belongs to user/owners_test" in researcher.hippo("close", "owned_study", fails=True).err
    assert other.hippo("close", "owned_study").status == 0
    assert researcher.hippo("show", "owned_study", "--json").json["entry"]["updatedBy"] == "owners_test"
