"""Lifecycle rules that delete objects which were kept, or kept longer, until now."""

from __future__ import annotations

from typing import Any

import pytest

from plan_review.data import losses, risks
from tests.unit.plan_review.plans import change, plan_of

ADDRESS = "module.projects_bucket.aws_s3_bucket_lifecycle_configuration.this"
BUCKET = "module.projects_bucket.aws_s3_bucket.this"


def rule(name: str = "tidy", *, on: bool = True, where: dict[str, Any] | None = None, **expiry: Any) -> dict[str, Any]:
    """Return a rule as in a plan: `days`, `date` for objects; `old`, `newer` for noncurrent versions."""
    objects = {"days": expiry.get("days", 0), "date": expiry.get("date"), "expired_object_delete_marker": False}
    versions = {"noncurrent_days": expiry.get("old"), "newer_noncurrent_versions": expiry.get("newer")}
    return {
        "id": name,
        "status": "Enabled" if on else "Disabled",
        "prefix": "",
        "filter": [where or {"prefix": "", "and": [], "tag": []}],
        "expiration": [objects] if {"days", "date"} & set(expiry) else [],
        "noncurrent_version_expiration": [versions] if {"old", "newer"} & set(expiry) else [],
    }


def lifecycle(*rules: dict[str, Any], bucket: str | None = "b") -> dict[str, Any]:
    return {"bucket": bucket, "rule": list(rules)} if bucket else {"rule": list(rules)}


def tagged(**tags: str) -> dict[str, Any]:
    return {"tag": [{"key": key, "value": value} for key, value in tags.items()]}


def both(**found: Any) -> dict[str, Any]:
    return {"and": [found]}


X = {"prefix": "x/"}
ALL = {"prefix": ""}

LOSSES = {
    "a first rule": ([], [rule(days=30)]),
    "a first rule for old versions": ([], [rule(old=30)]),
    "an enabled rule": ([rule(days=30, on=False)], [rule(days=30)]),
    "a rule beside a shorter one for another folder": (
        [rule("x", where=X, days=30)],
        [rule("x", where=X, days=30), rule("y", where={"prefix": "y/"}, days=60)],
    ),
    "a shorter rule": ([rule(days=90)], [rule(days=30)]),
    "a shorter rule beside one that is shorter still": (
        [rule("x", where=X, days=1), rule("all", days=365)],
        [rule("x", where=X, days=1), rule("all", days=30)],
    ),
    "a shorter rule for a part": ([rule(days=90)], [rule(days=90), rule("x", where=X, days=30)]),
    "a wider folder": ([rule(where=X, days=30)], [rule(where=ALL, days=30)]),
    "no tag required any more": ([rule(where=tagged(a="1"), days=30)], [rule(days=30)]),
    "one tag less": (
        [rule(where=both(tags={"a": "1", "b": "2"}), days=30)],
        [rule(where=tagged(a="1"), days=30)],
    ),
    "another tag": ([rule(where=tagged(a="1"), days=30)], [rule(where=tagged(a="2"), days=30)]),
    "smaller objects, too": (
        [rule(where={"object_size_greater_than": 1000}, days=30)],
        [rule(where={"object_size_greater_than": 10}, days=30)],
    ),
    "larger objects, too": (
        [rule(where=both(prefix="x/", object_size_less_than=10), days=30)],
        [rule(where=X, days=30)],
    ),
    "a date instead of days": ([rule(days=30)], [rule(date="2030-01-01T00:00:00Z")]),
    "an earlier date": ([rule(date="2030-01-01T00:00:00Z")], [rule(date="2029-01-01T00:00:00Z")]),
    "days instead of a date": ([rule(date="2030-01-01T00:00:00Z")], [rule(days=300)]),
    "old versions sooner": ([rule(old=90)], [rule(old=1)]),
    "fewer old versions kept": ([rule(old=30, newer=5)], [rule(old=30, newer=2)]),
    "no old versions kept": ([rule(old=30, newer=5)], [rule(old=30)]),
    "as many kept, for fewer days": ([rule(old=30, newer=5)], [rule(old=10, newer=5)]),
    "more kept, for fewer days": ([rule(old=30, newer=5)], [rule(old=10, newer=50)]),
    "objects in addition to old versions": ([rule(old=30)], [rule(old=30, days=30)]),
}

NONE = {
    "the same": ([rule(days=30, old=9, newer=2)], [rule(days=30, old=9, newer=2)]),
    "another name": ([rule("a", days=30)], [rule("b", days=30)]),
    "longer": ([rule(days=30, old=9)], [rule(days=60, old=10)]),
    "removed": ([rule(days=30)], []),
    "disabled": ([rule(days=30)], [rule(days=30, on=False)]),
    "a narrower folder": ([rule(where=ALL, days=30)], [rule(where=X, days=30)]),
    "a further tag": ([rule(where=tagged(a="1"), days=30)], [rule(where=both(tags={"a": "1", "b": "2"}), days=30)]),
    "fewer sizes": (
        [rule(where={"object_size_greater_than": 10, "object_size_less_than": 100}, days=30)],
        [rule(where=both(object_size_greater_than=20, object_size_less_than=90), days=30)],
    ),
    "a further rule, later than an existing one": ([rule(days=30)], [rule(days=30), rule("x", where=X, days=60)]),
    "more old versions kept": ([rule(old=30, newer=2)], [rule(old=30, newer=5)]),
    "a later date": ([rule(date="2029-01-01T00:00:00Z")], [rule(date="2030-01-01T00:00:00Z")]),
    "the folder in the older syntax without filter": (
        [{**rule(days=30), "prefix": "x/", "filter": []}],
        [rule(where=X, days=30)],
    ),
    "delete markers": ([], [{**rule(), "expiration": [{"days": 0, "expired_object_delete_marker": True}]}]),
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_rule_that_is_added_shortened_or_widened_is_a_loss(name: str) -> None:
    before, after = LOSSES[name]
    (found,) = risks(plan_of(change(ADDRESS, lifecycle(*before), lifecycle(*after))))
    assert (found.severity, found.thing) == ("loss", "b")


@pytest.mark.parametrize("name", NONE)
def test_a_rule_that_deletes_nothing_more_and_nothing_sooner_is_no_loss(name: str) -> None:
    before, after = NONE[name]
    assert risks(plan_of(change(ADDRESS, lifecycle(*before), lifecycle(*after)))) == []


def test_each_rule_is_described_with_what_it_deletes_now_and_before() -> None:
    where = both(prefix="x/", tags={"kind": "log"}, object_size_greater_than=1)
    before = lifecycle(rule(days=90), rule("old", old=90, newer=5), rule("some", where=X, old=1))
    after = lifecycle(
        rule(days=30),
        rule("old", old=30, newer=2),
        rule("some", where=where, old=1),
        rule("last", date="2030-01-01T00:00:00Z"),
    )
    assert [found.what for found in risks(plan_of(change(ADDRESS, before, after)))] == [
        "S3 bucket `b`: rule `tidy` deletes objects after 30 days; until now after 90 days",
        "S3 bucket `b`: rule `old` deletes old versions after 30 days, except the newest 2; until now after 90 "
        "days, except the newest 5",
        "S3 bucket `b`: rule `last` deletes objects on 2030-01-01; until now after 90 days",
    ]


def test_a_widened_rule_is_described() -> None:
    before, after = lifecycle(rule(where=X, days=9)), lifecycle(rule(days=9))
    (found,) = risks(plan_of(change(ADDRESS, before, after)))
    assert found.what.endswith("deletes objects after 9 days; until now no rule deletes all of them")


def test_the_scope_of_a_rule_is_described() -> None:
    where = both(prefix="x/", tags={"kind": "log"}, object_size_greater_than=4, object_size_less_than=9)
    (found,) = risks(plan_of(change(ADDRESS, lifecycle(), lifecycle(rule(where=where, days=3)))))
    assert found.what == (
        "S3 bucket `b`: rule `tidy` deletes objects under `x/`, tagged `kind=log`, larger than 4 bytes, smaller than "
        "9 bytes after 3 days; until now no rule deletes them"
    )


# ------------------------------------------------------------------------------------------------------ the bucket


def test_new_rules_for_an_existing_bucket_are_a_loss() -> None:
    rules = change(ADDRESS, None, lifecycle(rule(old=90)))
    there = {"bucket": "b"}
    for plan in (
        plan_of(rules),
        plan_of(rules, change(BUCKET, there, there)),
        plan_of(rules, change(BUCKET, there, there, importing={"id": "b"})),
        plan_of(rules, change("aws_s3_bucket.another", None, {"bucket": "another"})),
    ):
        assert [found.thing for found in losses(plan)] == ["b"]


def test_rules_for_a_bucket_that_the_same_plan_creates_are_no_loss() -> None:
    rules, made = lifecycle(rule(old=90)), change(BUCKET, None, {"bucket": "b"})
    assert risks(plan_of(made, change(ADDRESS, None, rules))) == []
    unknown = change(ADDRESS, None, lifecycle(rule(old=90), bucket=None), after_unknown={"bucket": True})
    assert risks(plan_of(made, unknown)) == []


def test_rules_that_move_to_another_existing_bucket_are_a_loss_there() -> None:
    before, after = lifecycle(rule(old=90)), lifecycle(rule(old=90), bucket="another")
    (found,) = risks(plan_of(change(ADDRESS, before, after, actions=["delete", "create"])))
    assert (found.severity, found.thing) == ("loss", "another")


def test_rules_that_only_change_their_address_are_no_loss() -> None:
    rules = lifecycle(rule(old=90))
    assert risks(plan_of(change(ADDRESS, rules, None), change(f"{ADDRESS}[0]", None, rules))) == []


def test_rules_for_a_bucket_with_an_unknown_name_that_the_module_does_not_create_are_a_loss() -> None:
    unknown = change(ADDRESS, None, lifecycle(rule(old=90), bucket=None), after_unknown={"bucket": True})
    assert losses(plan_of(unknown, change("aws_s3_bucket.another", None, {"bucket": "another"})))


def test_rules_that_are_known_only_on_apply_are_a_loss() -> None:
    (found,) = losses(plan_of(change(ADDRESS, lifecycle(), {"bucket": "b"}, after_unknown={"rule": True})))
    assert found.what == "S3 bucket `b`: its lifecycle rules, which delete objects, are known only on apply"
    days = {"rule": [{"expiration": [{"days": True}]}]}
    hidden = {**rule(days=None), "expiration": [{"date": None}]}
    (found,) = losses(plan_of(change(ADDRESS, lifecycle(rule(days=30)), lifecycle(hidden), after_unknown=days)))
    assert "rule `tidy` deletes objects after a time that is known only on apply; until now after 30 days" in found.what
