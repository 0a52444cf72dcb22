"""What keeps a commit from being deployed, or a tag from being released."""

from __future__ import annotations

import copy
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.workflows.files import REPOSITORY

REPO, COMMIT, TAG = "team/study", "a" * 40, "v1.2.0"
CI = f"repos/{REPO}/actions/workflows/ci.yml/runs?head_sha={COMMIT}&event=push&branch=main&per_page=1"
POLICIES = f"repos/{REPO}/environments/prod/deployment-branch-policies"

GITHUB: dict[str, Any] = {
    CI: {"workflow_runs": [{"status": "completed", "conclusion": "success"}]},
    f"repos/{REPO}/commits/main": {"sha": COMMIT},
    f"repos/{REPO}/rules/branches/main": [
        {"type": "pull_request", "parameters": {"required_approving_review_count": 1}},
        {
            "type": "required_status_checks",
            "parameters": {
                "required_status_checks": [
                    {"context": "make check, Python 3.11"},
                    {"context": "make test, Python 3.13"},
                ]
            },
        },
        {"type": "non_fast_forward"},
    ],
    f"repos/{REPO}/environments/prod": {
        "protection_rules": [
            {"type": "required_reviewers", "prevent_self_review": True, "reviewers": [{"type": "User"}]},
            {"type": "branch_policy"},
        ],
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
    },
    POLICIES: {"branch_policies": [{"name": "main"}]},
    f"repos/{REPO}/compare/main...{COMMIT}": {"status": "behind"},
    f"repos/{REPO}/collaborators/ada/permission": {"role_name": "maintain"},
    f"repos/{REPO}/rulesets?targets=tag&per_page=100": [{"id": 7, "target": "tag", "enforcement": "active"}],
    f"repos/{REPO}/rulesets/7": {
        "conditions": {"ref_name": {"include": ["refs/tags/v*"], "exclude": []}},
        "rules": [{"type": "creation"}, {"type": "update"}, {"type": "deletion"}],
    },
}
"""GitHub's answers for a repository that is set up as docs/ci.md says."""


@pytest.fixture(scope="module")
def rules() -> ModuleType:
    spec = importlib.util.spec_from_file_location("github_rules", REPOSITORY / ".ci" / "github_rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Change = Callable[[dict[str, Any]], object]


def answers(change: Change) -> Callable[[str], Any]:
    github = copy.deepcopy(GITHUB)
    change(github)
    return github.get


def nothing(github: dict[str, Any]) -> None:
    pass


def no_sleep(_: float) -> None:
    raise AssertionError("nothing to wait for")


def found(rules: ModuleType, change: Change = nothing) -> list[str]:
    return list(rules.deploy(answers(change), REPO, COMMIT, "prod", no_sleep))


def test_a_protected_commit_is_applied(rules: ModuleType) -> None:
    assert found(rules) == []


BRANCH, ENVIRONMENT = f"repos/{REPO}/rules/branches/main", f"repos/{REPO}/environments/prod"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g: g[f"repos/{REPO}/commits/main"].update(sha="b" * 40), "the run of that commit deploys it"),
        (lambda g: g.pop(BRANCH), "No ruleset requires a pull request"),
        (lambda g: g[BRANCH].pop(0), "No ruleset requires a pull request with an approval for main"),
        (lambda g: g[BRANCH][0]["parameters"].update(required_approving_review_count=0), "with an approval for main"),
        (lambda g: g[BRANCH][1]["parameters"]["required_status_checks"].pop(0), "the check `make check` for main"),
        (lambda g: g[BRANCH][1]["parameters"]["required_status_checks"].pop(1), "the check `make test` for main"),
        (lambda g: g[BRANCH].pop(2), "No ruleset blocks force pushes to main"),
        (lambda g: g.pop(ENVIRONMENT), "The environment prod does not exist on GitHub"),
        (lambda g: g[ENVIRONMENT].update(protection_rules=[]), "prod has no required reviewers"),
        (lambda g: g[ENVIRONMENT]["protection_rules"][0].update(reviewers=[]), "prod has no required reviewers"),
        (
            lambda g: g[ENVIRONMENT]["protection_rules"][0].update(prevent_self_review=False),
            "prod does not prevent self-review",
        ),
        (lambda g: g[ENVIRONMENT].update(deployment_branch_policy=None), "prod admits every branch"),
        (lambda g: g[POLICIES]["branch_policies"].append({"name": "*"}), r"admits the branches \*, main: admit main"),
    ],
)
def test_each_missing_rule_is_named(rules: ModuleType, change: Change, words: str) -> None:
    sentences = found(rules, change)
    assert len([sentence for sentence in sentences if re.search(words, sentence)]) == 1


@pytest.mark.parametrize("conclusion", ["failure", "cancelled", "timed_out"])
def test_a_commit_that_ci_has_not_passed_is_refused(rules: ModuleType, conclusion: str) -> None:
    with pytest.raises(SystemExit, match=f"CI has not passed for commit {COMMIT}: {conclusion}"):
        found(rules, lambda g: g[CI]["workflow_runs"][0].update(conclusion=conclusion))


def test_it_waits_until_ci_has_ended(rules: ModuleType) -> None:
    github = copy.deepcopy(GITHUB)
    run = github[CI]["workflow_runs"][0]
    states = iter([("queued", None), ("in_progress", None), ("completed", "success")])

    def next_state(_: float) -> None:
        run["status"], run["conclusion"] = next(states)

    next_state(0)
    assert rules.wait_for_ci(github.get, REPO, COMMIT, next_state) == "success"
    assert next(states, None) is None


@pytest.mark.parametrize(
    ("runs", "words"),
    [([], "it was not started"), ([{"status": "in_progress", "conclusion": None}], "has not ended within 85 minutes")],
)
def test_it_does_not_wait_without_end(rules: ModuleType, runs: list[Any], words: str) -> None:
    slept: list[float] = []
    assert words in rules.wait_for_ci(lambda _: {"workflow_runs": runs}, REPO, COMMIT, slept.append)
    assert len(slept) <= rules.MOST_POLLS


# ------------------------------------------------------------------------------------------------------------- releases


def refused(rules: ModuleType, change: Change = nothing) -> list[str]:
    return list(rules.release(answers(change), REPO, COMMIT, TAG, "ada"))


def test_a_protected_tag_on_main_is_released(rules: ModuleType) -> None:
    assert refused(rules) == []


RULESET, TAG_RULES = f"repos/{REPO}/rulesets/7", f"repos/{REPO}/rulesets?targets=tag&per_page=100"
UNPROTECTED = "restricts the creation, deletion, update of v1.2.0"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda g: g[f"repos/{REPO}/compare/main...{COMMIT}"].update(status="diverged"), "is not on main"),
        (lambda g: g[f"repos/{REPO}/compare/main...{COMMIT}"].update(status="ahead"), "is not on main"),
        (lambda g: g.pop(CI), "CI has not passed for the commit of v1.2.0"),
        (lambda g: g[CI]["workflow_runs"][0].update(conclusion="failure"), "CI has not passed for the commit"),
        (lambda g: g[f"repos/{REPO}/collaborators/ada/permission"].update(role_name="write"), "with the role write"),
        (lambda g: g.pop(f"repos/{REPO}/collaborators/ada/permission"), "with the role none"),
        (
            lambda g: g[TAG_RULES].clear(),
            UNPROTECTED,
        ),
        (
            lambda g: g[TAG_RULES][0].update(enforcement="evaluate"),
            UNPROTECTED,
        ),
        (lambda g: g[RULESET]["conditions"]["ref_name"].update(include=["refs/tags/x*"]), UNPROTECTED),
        (
            lambda g: g[RULESET]["conditions"]["ref_name"].update(exclude=["refs/tags/v1*"]),
            UNPROTECTED,
        ),
        (lambda g: g[RULESET]["rules"].pop(1), "restricts the update of v1.2.0"),
    ],
)
def test_each_fault_of_a_tag_is_named(rules: ModuleType, change: Change, words: str) -> None:
    [sentence] = refused(rules, change)
    assert words in sentence


# -------------------------------------------------------------------------------------------------------------- program


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {
        "GITHUB_REPOSITORY": REPO,
        "GITHUB_SHA": COMMIT,
        "GITHUB_ACTOR": "ada",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_the_approval_is_an_output_of_the_job(rules: ModuleType, job: Path) -> None:
    assert rules.main("deploy", "prod", GITHUB.get, no_sleep) == 0
    assert (job / "output").read_text() == "approval=true\n"


def test_without_a_rule_there_is_no_approval_and_the_summary_says_why(rules: ModuleType, job: Path) -> None:
    assert rules.main("deploy", "prod", answers(lambda g: g.pop(ENVIRONMENT)), no_sleep) == 0
    assert not (job / "output").exists()
    assert "- The environment prod does not exist on GitHub.\n" in (job / "summary").read_text()


def test_a_refused_tag_fails_the_job(rules: ModuleType, job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.main("release", TAG, answers(lambda g: g[RULESET]["rules"].pop(1)), no_sleep) == 1
    assert "restricts the update of v1.2.0" in capsys.readouterr().err
