"""From the review page alone a reviewer can tell an IAM widening, a replaced bucket and a changed bundle.

The plans are real terraform's, of the real modules: see data/make_plans.py.
"""

from __future__ import annotations

import pytest

from plan_review.data import losses
from tests.unit.plan_review.plans import prepared, review

VERDICTS = {
    "no_change": "**No changes.**",
    "iam_widening": "**Permissions get wider** in 1 policy: What IAM role `HIPPO_Gym_next_step` may do",
    "replaced_bucket": "**Stop: data would be lost.**",
    "changed_bundle": "**New code** for 2 functions of 2: `Su/+92onJ8oB…` → `MQ06Ms6U4Mcb…`",
}


@pytest.mark.parametrize("name", VERDICTS)
def test_each_is_told_by_its_verdict_and_none_by_anothers(name: str) -> None:
    told = review(prepared(name))
    assert [other for other, verdict in VERDICTS.items() if verdict in told] == [name]


def test_an_iam_widening_is_told_in_words() -> None:
    told = review(prepared("iam_widening"))
    assert "# Plan for prod: 0 added, 1 changed, 0 replaced, 0 destroyed" in told
    bucket = "arn:aws:s3:::hippo-gym-projects-123456789012"
    assert f"**wider**: statement `ServePages`: may also `s3:DeleteObject` on `{bucket}/*`" in told
    assert f"**wider**: statement `ServePages`: now on `{bucket}/*`, no longer on `{bucket}/*.html`" in told
    assert (
        "**wider**: statement `PassTheTaskRole`: no longer asked: that `iam:PassedToService` is "
        "`ecs-tasks.amazonaws.com`" in told
    )
    assert "AskForAServer" not in told, "what stays is not told as a change"
    assert "### Narrower" not in told


def test_a_replaced_bucket_is_told_first_and_refused() -> None:
    plan = prepared("replaced_bucket")
    told = review(plan)
    assert "# Plan for prod: 0 added, 2 changed, 7 replaced, 0 destroyed" in told
    lost = (
        "- **Data lost**: S3 bucket `hippo-gym-projects-123456789012` is destroyed and made anew, because `bucket` "
        "changes: **everything in it goes**"
    )
    assert told.index(lost) < told.index("## What changes")
    assert "`hippo-gym-projects-123456789012` → `hippo-gym-studies-123456789012`" in told
    assert "make deploy ENV=prod ALLOW_DATA_LOSS=hippo-gym-projects-123456789012" in told
    assert [risk.thing for risk in losses(plan)] == ["hippo-gym-projects-123456789012"] * len(losses(plan))
    assert losses(plan)
    assert not losses(plan, frozenset({"hippo-gym-projects-123456789012"}))


def test_a_changed_bundle_names_the_functions_and_tells_code_from_settings() -> None:
    told = review(prepared("changed_bundle"))
    assert (
        "- **New code** (`Su/+92onJ8oB…` → `MQ06Ms6U4Mcb…`): `HIPPO_Gym_next_step` and `HIPPO_Gym_sweep_sessions`"
        in told
    )
    assert "- Other settings: `HIPPO_Gym_sweep_sessions`\n" in told
    assert "`memory_size`: `256` → `512`" in told
    assert "## Permissions\n\nNone changes." in told
    assert f"The bundle's SHA-256 is `{'b' * 64}`" in told


def test_an_unchanged_plan_says_so_and_asks_for_nothing() -> None:
    told = review(prepared("no_change"))
    assert told.startswith("# Plan for prod: no changes\n")
    assert "make deploy" not in told
    assert "## What changes" not in told
