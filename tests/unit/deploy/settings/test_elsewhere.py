"""Variables of the shell that would change a plan on one machine only."""

from __future__ import annotations

import pytest

from hippo_deploy.settings.elsewhere import in_shell


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "TF_VAR_max_sessions",
            "30",
            "the shell's variable TF_VAR_max_sessions: it sets max_sessions on this machine only, so that the same "
            "file would give another plan elsewhere; set max_sessions in the file, and unset TF_VAR_max_sessions.",
        ),
        (
            "TF_CLI_ARGS_plan",
            "-lock=false -var=name=x",
            "the shell's variable TF_CLI_ARGS_plan: -var changes the plan on this machine only; remove it from "
            "TF_CLI_ARGS_plan.",
        ),
        ("TF_VAR_region", "eu-west-1", None),
        ("TF_VAR_of_another_project", "x", None),
        ("TF_CLI_ARGS_plan", "-lock=false -parallelism=20", None),
    ],
)
def test_only_what_changes_a_plan_is_a_fault(name: str, value: str, sentence: str | None) -> None:
    found = [fault.sentence("prod.tfvars") for fault in in_shell({name: value}, ["max_sessions", "region"], ["region"])]

    assert found == ([sentence] if sentence else [])
