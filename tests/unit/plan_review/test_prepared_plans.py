"""The review page distinguishes an IAM widening, a replaced bucket and a changed bundle.

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
def test_each_plan_has_its_own_verdict_and_no_other(name: str) -> None:
    text = review(prepared(name))
    assert [other for other, verdict in VERDICTS.items() if verdict in text] == [name]


def test_an_iam_widening_is_described() -> None:
    text = review(prepared("iam_widening"))
    assert "# Plan for prod: 0 added, 1 changed, 0 replaced, 0 destroyed" in text
    bucket = "arn:aws:s3:::hippo-gym-projects-123456789012"
    assert f"**wider**: statement `ServePages`: may also `s3:DeleteObject` on `{bucket}/*`" in text
    assert f"**wider**: statement `ServePages`: now on `{bucket}/*`, no longer on `{bucket}/*.html`" in text
    assert (
        "**wider**: statement `PassTheTaskRole`: no longer requires that `iam:PassedToService` is "
        "`ecs-tasks.amazonaws.com`" in text
    )
    assert "AskForAServer" not in text, "an unchanged statement is not shown as a change"
    assert "### Narrower" not in text


def test_a_replaced_bucket_is_shown_first_and_refused() -> None:
    plan = prepared("replaced_bucket")
    text = review(plan)
    assert "# Plan for prod: 0 added, 2 changed, 7 replaced, 0 destroyed" in text
    lost = (
        "- **Data lost**: S3 bucket `hippo-gym-projects-123456789012`: destroyed and created again, because "
        "`bucket` changes; **everything in it is lost**"
    )
    assert text.index(lost) < text.index("## What changes")
    assert "`hippo-gym-projects-123456789012` → `hippo-gym-studies-123456789012`" in text
    assert "make deploy ENV=prod ALLOW_DATA_LOSS=hippo-gym-projects-123456789012" in text
    assert [risk.thing for risk in losses(plan)] == ["hippo-gym-projects-123456789012"] * len(losses(plan))
    assert losses(plan)
    assert not losses(plan, frozenset({"hippo-gym-projects-123456789012"}))


def test_a_changed_bundle_names_the_functions_with_new_code_and_with_new_settings() -> None:
    text = review(prepared("changed_bundle"))
    assert (
        "- **New code** (`Su/+92onJ8oB…` → `MQ06Ms6U4Mcb…`): `HIPPO_Gym_next_step` and `HIPPO_Gym_sweep_sessions`"
        in text
    )
    assert "- Other settings: `HIPPO_Gym_sweep_sessions`\n" in text
    assert "`memory_size`: `256` → `512`" in text
    assert "## Permissions\n\nNo permission changes." in text
    assert f"The bundle's SHA-256 is `{'b' * 64}`" in text


def test_a_plan_without_changes_says_so_and_names_no_next_step() -> None:
    text = review(prepared("no_change"))
    assert text.startswith("# Plan for prod: no changes\n")
    assert "make deploy" not in text
    assert "## What changes" not in text
