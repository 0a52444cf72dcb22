"""Exported steps, variants and groups are those that the participant was served."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hippo_cli.data.designs import Designs, files_of
from hippo_gym.participants.pages import Pages
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.studies.assignment import Assigned
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import FINAL
from tests.support.moto_world import FakeClock
from tests.unit.cli.data.field import STUDY, Field

VERSION, LATER = "0123456789abcdef", "fedcba9876543210"


class Shelf(ObjectCache):
    """A cache of objects whose content is their own name."""

    def __init__(self, names: set[str]) -> None:
        super().__init__(Bucket(None, "none"), FakeClock(), 0)  # type: ignore[arg-type]
        self.names = names

    def get(self, key: str, *, trust: bool = True) -> StoredObject | None:
        del trust
        return StoredObject(key.encode(), "") if key in self.names else None


@given(
    numbers=st.sets(st.integers(0, 12), max_size=6),
    base=st.booleans(),
    user=st.text("abcdefXYZ0123456789-", min_size=1, max_size=20),
)
def test_the_exported_page_is_the_served_page(numbers: set[int], base: bool, user: str) -> None:
    names = {f"quiz-{number}.html" for number in numbers} | ({"quiz.html"} if base else set())
    served = Pages(Shelf({f"{STUDY}/{name}" for name in names})).find(STUDY, None, "quiz.html", Assigned(user))
    exported = files_of("quiz.html", names).page_of(Assigned(user))
    assert (None if exported is None else f"{STUDY}/{exported}") == served


def test_a_step_with_a_single_page_has_no_groups() -> None:
    assert files_of("quiz.html", {"quiz.html", "quiz_more-1.html"}).group_of(Assigned("ada")) is None
    assert files_of("quiz.html", {"quiz.html", "quiz-1.html"}).group_of(Assigned("ada")) in {0, 1}


def test_participants_are_exported_with_the_version_that_they_began_with(tmp_path: Path) -> None:
    field = Field(version=VERSION, steps={"1": "a.html", "2": "b.html", "finalStep": None}, start=None, ecsTask=None)
    field.get("ada")
    field.post("ada")
    field.register(version=LATER, steps={"1": "new.html", "finalStep": None}, start=None, ecsTask=None)
    field.get("bob")
    field.post("bob")
    field.post("ada")
    rows = {(row["participant"], row["step"]): (row["file"], row["version"]) for row in field.answers(tmp_path)}
    assert rows == {
        ("ada", "1"): ("a.html", VERSION),
        ("ada", "2"): ("b.html", VERSION),
        ("bob", "1"): ("new.html", LATER),
    }


def test_variants_are_looked_for_in_the_version_and_then_in_the_study(tmp_path: Path) -> None:
    field = Field(version=VERSION, steps={"1": "a.html", "2": "b.html"}, start=None, ecsTask=None)
    field.put(f"_versions/{STUDY}/{VERSION}/a-1.html", "variant")
    field.s3.delete_object(Bucket=field.bucket, Key=f"_versions/{STUDY}/{VERSION}/b.html")
    for name in ("b-0.html", "b-1.html", "b-2.html", "a-2.html"):
        field.put(f"{STUDY}/{name}", "the study's own")
    design = Designs(field.s3, field.bucket, STUDY).current
    assert [design.files[step].groups for step in (1, 2)] == [2, 3]
    field.get("ada")
    person = field.participants(tmp_path)["ada"]
    assert (person["groups"], person["other_groups"]) == (2, f"{design.files[2].group_of(Assigned('ada'))} of 3")


def test_a_missing_version_is_replaced_by_the_current_one(tmp_path: Path) -> None:
    field = Field(version=VERSION)
    field.get("ada")
    field.post("ada")
    field.register(version=LATER)
    field.s3.delete_object(Bucket=field.bucket, Key=f"_versions/{STUDY}/{VERSION}/project.json")
    done = field.export(tmp_path)
    assert done.answers == 1
    assert len(done.problems) == 1
    assert VERSION in done.problems[0]


def test_a_last_page_without_submit_button_ends_a_study_without_final_step(tmp_path: Path) -> None:
    field = Field(steps={"1": "a.html", "2": "bye.html"}, start=None, ecsTask=None)
    field.put(f"{STUDY}/bye.html", "<p>You may exit now</p>")
    field.get("ada")
    field.passes(seconds=40)
    field.post("ada")
    field.get("bob")
    field.passes(hours=24)
    people = field.participants(tmp_path)
    assert {user: people[user]["outcome"] for user in people} == {"ada": "finished", "bob": "left"}
    assert people["ada"]["seconds"] == 40


def test_a_last_page_with_a_submit_button_does_not_end_a_study() -> None:
    field = Field(steps={"1": "a.html", "2": "bye.html"}, start=None, ecsTask=None)
    assert Designs(field.s3, field.bucket, STUDY).current.end == FINAL


def test_a_study_that_was_removed_from_the_list_can_be_exported(tmp_path: Path, field: Field) -> None:
    field.get("ada")
    field.passes(seconds=5)
    field.post("ada")
    field.put("project_master_list.json", '{"projects": []}')
    rows = field.answers(tmp_path)
    assert [(row["step"], row["file"], row["seconds"]) for row in rows] == [("1", None, 5.0)]


def test_steps_that_were_changed_under_a_participant_do_not_lose_their_times(tmp_path: Path) -> None:
    field = Field(steps={"1": "a.html", "2": "b.html", "3": "c.html"}, start=None, ecsTask=None)
    field.get("ada")
    field.passes(seconds=5)
    field.post("ada")
    field.passes(seconds=7)
    field.post("ada")
    field.register(steps={"1": "a.html", "3": "c.html"}, start=None, ecsTask=None)
    found = [(row["step"], row["seconds"]) for row in field.answers(tmp_path)]
    assert found == [("1", 5.0), ("2", 7.0)]


def test_a_participant_without_a_request_for_a_day_has_left(field: Field, tmp_path: Path) -> None:
    field.get("ada")
    field.passes(hours=23, minutes=59)
    assert field.participants(tmp_path)["ada"]["outcome"] == "in progress"
    field.passes(minutes=1)
    assert field.participants(tmp_path)["ada"]["outcome"] == "left"
