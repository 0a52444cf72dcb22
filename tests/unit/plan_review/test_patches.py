"""A prepared plan is its base and a patch, and both together are the plan as it was made."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plan_review.data.patches import difference, patched, written

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
CHANGES = st.dictionaries(st.sampled_from(["a", "b/c", "d~1", "0"]), VALUES)


def plan(first: dict[str, object], second: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "resource_changes": [{"address": "one", "change": first}, {"address": "two", "change": second}],
        **more,
    }


@given(CHANGES, CHANGES, CHANGES, CHANGES)
def test_a_patch_makes_the_plan_of_its_base(
    one: dict[str, object], other: dict[str, object], first: dict[str, object], second: dict[str, object]
) -> None:
    base = json.loads(json.dumps(plan(one, first, variables=first)))
    wanted = plan(other, second, variables=other)
    patch = json.loads(written(difference(base, wanted)))
    assert json.dumps(patched(base, patch), sort_keys=True) == json.dumps(wanted, sort_keys=True)


def test_what_is_the_same_is_not_in_a_patch() -> None:
    base, wanted = plan({"a": 1, "b": [1, 2]}, {"a": 1}), plan({"a": 1, "b": [1, 3]}, {"a": 1})
    assert difference(base, wanted) == {"one": [{"op": "replace", "path": "/change/b/1", "value": 3}]}


def test_plans_of_other_resources_have_no_difference() -> None:
    with pytest.raises(ValueError, match="different resources"):
        difference(plan({}, {}), {"resource_changes": []})
