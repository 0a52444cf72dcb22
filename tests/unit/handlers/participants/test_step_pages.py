"""Which page a participant sees at a step, and in which group they are."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.studies.assignment import Assigned, group
from tests.support.moto_world import MotoWorld, entry

USERS = [f"user{number}" for number in range(40)]


def pages_of(world: MotoWorld, *suffixes: str) -> dict[str, str]:
    """Make `page{suffix}.html` for each suffix, and return the page of each user."""
    world.register(entry(steps={"1": "page.html"}, start=None))
    if "" not in suffixes:
        world.clients.s3.delete_object(Bucket="projects.example", Key="study/page.html")
    for suffix in suffixes:
        world.put(f"study/page{suffix}.html", suffix or "base")
    visits = world.visits()
    return {user: visits.pages.find("study", None, "page.html", Assigned(user)) or "" for user in USERS}


@pytest.mark.parametrize(
    ("suffixes", "groups", "expected"),
    [
        (("",), 1, ["base"]),
        (("", "-1"), 2, ["base", "-1"]),
        (("", "-0"), 2, ["-0", "base"]),
        (("", "-0", "-1", "-2"), 4, ["-0", "-1", "-2", "base"]),
        (("-0", "-1"), 2, ["-0", "-1"]),
        (("-0", "-1", "-2", "-3", "-4"), 5, ["-0", "-1", "-2", "-3", "-4"]),
        (("", "-1", "-2"), 3, ["base", "-1", "-2"]),
        (("", "-5"), 1 + 1, ["base", "base"]),
    ],
)
def test_every_file_of_a_step_is_a_group(
    world: MotoWorld, suffixes: tuple[str, ...], groups: int, expected: list[str]
) -> None:
    served = pages_of(world, *suffixes)
    assert served == {user: expected[group(user, groups)] for user in USERS}


def test_more_than_ten_variants_are_all_served(world: MotoWorld) -> None:
    served = pages_of(world, *[f"-{number}" for number in range(12)])
    assert set(served.values()) == {f"-{group(user, 12)}" for user in USERS}


def test_a_step_with_variants_only_serves_something_to_everyone(world: MotoWorld) -> None:
    assert set(pages_of(world, "-1", "-2").values()) == {"-1"}


def test_a_participant_is_in_the_same_group_at_every_step(world: MotoWorld) -> None:
    files = [f"{number}.html" for number in range(1, 5)]
    world.register(entry(steps={str(number): file for number, file in enumerate(files, 1)}, start=None))
    for file in files:
        world.put(f"study/{file}", "base")
        for variant in range(2):
            world.put(f"study/{file.removesuffix('.html')}-{variant}.html", str(variant))
    visits = world.visits()
    shown = [[visits.pages.find("study", None, file, Assigned(user)) for user in USERS] for file in files]
    assert shown == [shown[0]] * 4


def test_a_page_in_a_folder_is_served(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "StepFiles/Consent.html"}, start=None))
    assert world.get()["page"] == "<p>StepFiles/Consent.html</p>"


def test_a_page_uploaded_later_is_served_after_the_cache_time(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "page.html"}, start=None))
    visits = world.visits()
    visits.pages.find("study", None, "page.html", Assigned("ada"))
    world.put("study/page.html", "new")
    world.clock.advance(seconds=15)
    assert visits.pages.find("study", None, "page.html", Assigned("ada")) == "new"


def test_a_page_that_is_not_utf_8_is_still_served(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "page.html"}, start=None))
    world.put("study/page.html", b"caf\xe9")
    assert world.get()["page"].startswith("caf")


def test_a_missing_page_keeps_the_participant_at_its_step(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "page.html", "2": "gone.html"}, start=None))
    world.clients.s3.delete_object(Bucket="projects.example", Key="study/gone.html")
    world.get()
    page = world.post()["page"]
    assert ("This page is missing" in page, world.record()["step"]) == (True, "2")


def test_the_researcher_s_name_is_escaped_on_pages_of_this_product(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "gone.html"}, start=None, researcher="<b>Ada</b>"))
    world.clients.s3.delete_object(Bucket="projects.example", Key="study/gone.html")
    page = world.get()["page"]
    assert "&lt;b&gt;Ada" in page
    assert "<b>" not in page


# --- groups ---

random_source = random.Random(20261122)  # noqa: S311 - ids of invented people
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
KINDS: dict[str, Callable[[int], str]] = {
    "UUID": lambda _: str(uuid.UUID(int=random_source.getrandbits(128), version=4)),
    "Prolific": lambda _: f"{random_source.getrandbits(96):024x}",
    "MTurk": lambda _: "A" + "".join(random_source.choices(LETTERS, k=13)),
    "hand-made": lambda number: f"pilot-{number}",
}
CRITICAL = {2: 15.14, 3: 18.42, 4: 21.11, 5: 23.51, 7: 27.86}
"""Chi-square by number of groups that a fair spread exceeds less often than 1 in 10,000 times."""


@pytest.mark.parametrize("groups", sorted(CRITICAL))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_groups_are_even_over_every_kind_of_id(kind: str, groups: int) -> None:
    participants = 3000
    sizes = Counter(group(KINDS[kind](number), groups) for number in range(participants))
    expected = participants / groups
    assert sum((sizes[index] - expected) ** 2 / expected for index in range(groups)) < CRITICAL[groups]


@given(st.text(max_size=60), st.integers(1, 50))
def test_a_group_is_between_0_and_the_count(user: str, groups: int) -> None:
    assert 0 <= group(user, groups) < groups


@given(st.from_regex(r"[A-Za-z0-9-]{1,48}", fullmatch=True), st.integers(1, 50))
def test_a_group_does_not_depend_on_the_case_of_an_id(user: str, groups: int) -> None:
    assert group(user.upper(), groups) == group(user.lower(), groups)


def test_groups_do_not_change_between_versions_of_this_product() -> None:
    assert [group("ada", 3), group("A2XYZ", 5), group("6f1c2b9a-5f0e-4a6b-9a53-0d4a3f1b2c3d", 4)] == [2, 4, 0]
