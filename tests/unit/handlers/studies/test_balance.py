"""Balance: whatever people do, the cells of a study stay as equal as its description says."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_cli.memory_bucket import MemoryBucket
from hippo_gym.runtime.errors import Conflict, Transient
from hippo_gym.studies.assignment import Assignment, cell_name
from hippo_gym.studies.balance import BalanceStore, CellsInvalid, cells_key
from hippo_gym.studies.enrolment import mark_of
from hippo_gym.studies.projects import Project, from_entry
from tests.support.fake_clock import FakeClock
from tests.support.inputs import entry

TWO = {"partner": ["novice", "expert"]}
FOUR = TWO | {"feedback": ["on", "off"]}
CELLS = st.sampled_from([TWO, FOUR, {"a": ["1", "2", "3"]}])
QUIET = st.lists(st.tuples(st.sampled_from(["begin", "finish", "visit"]), st.integers(0, 999)), max_size=40)
ACTIONS = st.lists(
    st.tuples(st.sampled_from(["visit", "begin", "finish", "leave", "vanish", "late"]), st.integers(0, 999)),
    max_size=60,
)


def study(conditions: dict[str, list[str]], **changes: Any) -> Project:
    return from_entry(entry(conditions=conditions, assignment="balanced", **changes))


class World:
    """A balanced study, its people, and what an observer counts of them."""

    def __init__(self, project: Project, counts: tuple[int, ...] = ()) -> None:
        self.project, self.counts = project, counts
        self.bucket, self.clock = MemoryBucket(), FakeClock()
        self.store = BalanceStore(self.bucket, self.clock)
        self.inside: dict[str, str] = {}  # person → cell
        self.vanished: dict[str, str] = {}
        self.finished: dict[str, int] = {}
        self.numbers = count()
        self.largest = 0
        self.late = 0

    def begin(self, user: str | None = None) -> Assignment:
        user = user or f"person-{next(self.numbers)}"
        given_ = self.store.assign(self.project, self.counts, user)
        self.inside[user] = cell_name(given_.conditions, given_.groups)
        self.largest = max(self.largest, len(self.inside))
        return given_

    def act(self, action: str, which: int) -> None:
        if action == "begin":
            self.begin()
        elif action == "visit":
            user = f"person-{next(self.numbers)}"
            self.begin(user)
            self.end(user, self.inside.pop(user))
        elif action == "late" and self.vanished:
            user = sorted(self.vanished)[which % len(self.vanished)]
            self.end(user, self.vanished.pop(user))
            self.late += 1
        elif action == "vanish":
            self.vanished |= self.inside
            self.inside = {}
            self.clock.advance(minutes=self.project.assignment_timeout)
        elif self.inside and action in {"finish", "leave"}:
            user = sorted(self.inside)[which % len(self.inside)]
            cell = self.inside.pop(user)
            if action == "finish":
                self.end(user, cell)
            else:
                self.store.leave(self.project.id, user)

    def end(self, user: str, cell: str) -> None:
        self.store.finish(self.project.id, user, cell)
        self.store.finish(self.project.id, user, cell)  # as a request that is repeated
        self.finished[cell] = self.finished.get(cell, 0) + 1

    @property
    def stored(self) -> Any:
        stored = self.bucket.get(cells_key(self.project.id))
        assert stored is not None
        return stored.json()["cells"]

    def difference(self, cells: int) -> int:
        found = [*self.finished.values(), *[0] * (cells - len(self.finished))]
        return max(found) - min(found)


def cells_of(conditions: dict[str, list[str]]) -> int:
    return prod(len(values) for values in conditions.values())


@settings(deadline=None, max_examples=50)
@given(actions=QUIET, conditions=CELLS)
def test_while_nobody_leaves_two_cells_differ_by_one_more_than_the_people_inside(
    actions: list[tuple[str, int]], conditions: dict[str, list[str]]
) -> None:
    world = World(study(conditions))
    for action, which in actions:
        world.act(action, which)
        assert world.difference(cells_of(conditions)) <= len(world.inside) + 1


@settings(deadline=None, max_examples=50)
@given(actions=ACTIONS, conditions=CELLS)
def test_whatever_people_do_two_cells_differ_by_no_more_than_were_ever_inside_and_came_late(
    actions: list[tuple[str, int]], conditions: dict[str, list[str]]
) -> None:
    world = World(study(conditions))
    for action, which in actions:
        world.act(action, which)
        assert world.difference(cells_of(conditions)) <= world.largest + world.late


@settings(deadline=None, max_examples=30)
@given(people=st.integers(1, 25), counts=st.sampled_from([(), (2,), (2, 3)]))
def test_every_value_and_every_group_has_its_share_from_the_first_participant_on(
    people: int, counts: tuple[int, ...]
) -> None:
    world = World(study(FOUR), counts)
    given_ = [world.begin() for _ in range(people)]
    values = [[each.conditions["partner"] for each in given_].count(value) for value in FOUR["partner"]]
    assert max(values) - min(values) <= 1
    sizes = [len(cell["inside"]) for cell in world.stored.values()]
    cells = prod((4, *counts))
    assert max(sizes) - (min(sizes) if len(sizes) == cells else 0) <= 1
    for number in counts:
        groups = [[each.groups[number] for each in given_].count(index) for index in range(number)]
        assert max(groups) - min(groups) <= 2


def test_a_place_is_given_back_after_the_time_and_not_before() -> None:
    world = World(study(TWO, assignmentTimeout=30))
    first, second = world.begin("ada"), world.begin("ben")
    world.store.finish("study", "ben", world.inside["ben"])
    world.clock.advance(minutes=29)
    assert world.begin("cleo").conditions in (first.conditions, second.conditions)
    assert mark_of("ada") in world.stored[world.inside["ada"]]["inside"]
    world.clock.advance(minutes=1)
    world.begin("dan")
    assert mark_of("ada") not in world.stored[world.inside["ada"]]["inside"]


def test_a_repeated_first_request_gets_the_same_cell() -> None:
    world = World(study(FOUR))
    assert world.begin("Ada") == world.begin("ada")
    assert sum(len(cell["inside"]) for cell in world.stored.values()) == 1


def test_someone_who_finishes_late_counts_in_their_cell() -> None:
    world = World(study(TWO))
    world.begin("ada")
    cell = world.inside["ada"]
    world.clock.advance(hours=3)
    world.begin("ben")
    world.store.finish("study", "ada", cell)
    assert world.stored[cell]["finished"] == [mark_of("ada")]


def test_after_a_change_of_the_conditions_the_cells_of_before_do_not_count() -> None:
    world = World(study(TWO))
    world.begin("ada")
    world.project = study(FOUR)
    world.begin("ada")
    assert sorted(len(cell["inside"]) for cell in world.stored.values()) == [0, 1]


def test_a_forgotten_participant_still_counts() -> None:
    world = World(study(TWO))
    world.begin("ada")
    world.begin("ben")
    world.store.finish("study", "ada", world.inside["ada"])
    for user in ("ada", "ben"):
        world.store.forget("study", user)
    assert (len(world.stored[world.inside["ada"]]["finished"]), len(world.stored[world.inside["ben"]]["inside"])) == (
        1,
        1,
    )
    assert not any(mark_of(user) in json.dumps(world.stored) for user in ("ada", "ben"))


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"cells": {"a=1": {}}}', b'{"cells": []}', b"\xff"])
def test_an_object_that_cannot_be_read_is_not_changed(body: bytes) -> None:
    world = World(study(TWO))
    world.bucket.put(cells_key("study"), body)
    with pytest.raises(CellsInvalid):
        world.begin()
    stored = world.bucket.get(cells_key("study"))
    assert stored is not None
    assert stored.body == body


def test_a_writer_that_is_never_first_gives_up_in_time() -> None:
    class Busy(MemoryBucket):
        def create_json(self, key: str, value: Any, *, record: bool = False) -> str:
            raise Conflict(key)

    clock = FakeClock()
    before = clock.now()
    with pytest.raises(Transient):
        BalanceStore(Busy(), clock).assign(study(TWO), (), "ada")
    assert clock.now() - before <= timedelta(seconds=1.5)


def test_with_too_many_combinations_groups_are_left_to_the_hash() -> None:
    world = World(study(FOUR), (9, 11, 13))
    assert world.begin().groups == {}
