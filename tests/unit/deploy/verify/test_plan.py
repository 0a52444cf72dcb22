"""The plan of checks, and its documentation."""

from __future__ import annotations

from hippo_deploy.environments import REPOSITORY
from hippo_deploy.verify.cloud import ACTIONS
from hippo_deploy.verify.plan import AFTERWARDS, CHECKS


def test_the_plan_refers_only_to_its_own_checks() -> None:
    names = [each.name for each in (*CHECKS, *AFTERWARDS)]
    assert len(names) == len(set(names))
    known: set[str] = {each.name for each in CHECKS}
    for each in CHECKS:
        assert {*each.needs, *each.after} <= known
        assert each.look
        assert each.run.__doc__
    done: set[str] = set()
    while len(done) < len(CHECKS):
        ready = {each.name for each in CHECKS if {*each.needs, *each.after} <= done}
        assert ready - done, "checks wait for each other in a circle"
        done |= ready


def test_the_guide_lists_every_permission_that_verify_needs() -> None:
    guide = (REPOSITORY / "docs" / "verify.md").read_text("utf-8")
    needed = {*ACTIONS.values(), "iam:PassRole", "s3:DeleteObjectVersion"}
    assert [action for action in sorted(needed) if f"`{action}`" not in guide] == []


def test_the_guide_lists_every_check() -> None:
    guide = (REPOSITORY / "docs" / "verify.md").read_text("utf-8")
    assert [check.name for check in (*CHECKS, *AFTERWARDS) if f"| {check.name} |" not in guide] == []
