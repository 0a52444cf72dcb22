#!/usr/bin/env python3
"""Checks the rules of the repository on GitHub before a deploy or a release. It changes nothing there.

.ci/github_rules.py deploy ENVIRONMENT   waits for CI on the commit; then `approval=true` if main and the environment
                                         are protected, else what is missing, in the run's summary
.ci/github_rules.py release TAG          refuses a tag that is not on main, that CI has not passed, that no ruleset
                                         protects, or whose author may not release

Reads GITHUB_REPOSITORY, GITHUB_SHA, GITHUB_ACTOR, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, and calls `gh api`.
The answers: https://docs.github.com/en/rest (repos/rules, deployments/environments, actions/workflow-runs).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

POLL_SECONDS = 60
MOST_POLLS = 85
"""The job may take 90 minutes; CI's longest job, too."""

POLLS_WITHOUT_RUN = 5
"""GitHub starts CI and this workflow for the same push, in any order."""

RELEASING_ROLES = ("admin", "maintain")

Call = Callable[[str], Any]
"""Returns the parsed answer of `gh api PATH`; None if GitHub answers 403 or 404."""


def deploy(call: Call, repository: str, commit: str, environment: str, sleep: Callable[[float], None]) -> list[str]:
    """Return what keeps a commit from being applied, a sentence each.

    Raises:
        SystemExit: CI has not passed.
    """
    conclusion = wait_for_ci(call, repository, commit, sleep)
    if conclusion != "success":
        sys.exit(f"CI has not passed for commit {commit}: {conclusion}. Nothing is applied.")
    return [*stale(call, repository, commit), *branch(call, repository), *protection(call, repository, environment)]


def wait_for_ci(call: Call, repository: str, commit: str, sleep: Callable[[float], None]) -> str:
    """Wait until CI has ended for a commit of main; return its conclusion, or why there is none."""
    for polls in range(MOST_POLLS):
        run = ci(call, repository, commit)
        if run is None and polls >= POLLS_WITHOUT_RUN:
            return "it was not started"
        if run is not None and run["status"] == "completed":
            return str(run["conclusion"])
        sleep(POLL_SECONDS)
    return f"it has not ended within {MOST_POLLS * POLL_SECONDS // 60} minutes"


def ci(call: Call, repository: str, commit: str) -> Any:
    """Return the latest run of CI for a commit of main; None without one."""
    query = f"head_sha={commit}&event=push&branch=main&per_page=1"
    runs = (call(f"repos/{repository}/actions/workflows/ci.yml/runs?{query}") or {}).get("workflow_runs", [])
    return runs[0] if runs else None


def stale(call: Call, repository: str, commit: str) -> Iterator[str]:
    """Yield a sentence if main has a newer commit: its own run deploys it, and this one would go back."""
    tip = (call(f"repos/{repository}/commits/main") or {}).get("sha")
    if tip != commit:
        yield f"main is at {tip} by now, not at {commit}: the run of that commit deploys it."


def branch(call: Call, repository: str) -> Iterator[str]:
    """Yield what the rules of main lack."""
    rules = call(f"repos/{repository}/rules/branches/main") or []
    reviews = [rule.get("parameters", {}) for rule in rules if rule["type"] == "pull_request"]
    if not any(rule.get("required_approving_review_count", 0) >= 1 for rule in reviews):
        yield "No ruleset requires a pull request with an approval for main."
    checks = [
        check["context"]
        for rule in rules
        if rule["type"] == "required_status_checks"
        for check in rule.get("parameters", {}).get("required_status_checks", [])
    ]
    for name in ("make check", "make test"):
        if not any(check.startswith(name) for check in checks):
            yield f"No ruleset requires the check `{name}` for main."
    if not any(rule["type"] == "non_fast_forward" for rule in rules):
        yield "No ruleset blocks force pushes to main."


def protection(call: Call, repository: str, environment: str) -> Iterator[str]:
    """Yield what the environment's protection lacks."""
    found = call(f"repos/{repository}/environments/{environment}")
    if found is None:
        yield f"The environment {environment} does not exist on GitHub."
        return
    rules = [rule for rule in found.get("protection_rules", []) if rule["type"] == "required_reviewers"]
    if not any(rule.get("reviewers") for rule in rules):
        yield f"The environment {environment} has no required reviewers."
    elif not all(rule.get("prevent_self_review") for rule in rules):
        yield f"The environment {environment} does not prevent self-review: who pushes a change could approve it."
    policy = found.get("deployment_branch_policy") or {}
    if policy.get("custom_branch_policies"):
        listed = call(f"repos/{repository}/environments/{environment}/deployment-branch-policies") or {}
        allowed = sorted(each["name"] for each in listed.get("branch_policies", []))
        if allowed != ["main"]:
            yield f"The environment {environment} admits the branches {', '.join(allowed) or 'none'}: admit main only."
    elif not policy.get("protected_branches"):
        yield f"The environment {environment} admits every branch: admit main only."


def release(call: Call, repository: str, commit: str, tag: str, actor: str) -> Iterator[str]:
    """Yield what keeps a tag from being released, a sentence each."""
    compared = (call(f"repos/{repository}/compare/main...{commit}") or {}).get("status")
    if compared not in {"identical", "behind"}:
        yield f"The commit of {tag} is not on main: tag a commit that was merged."
    run = ci(call, repository, commit)
    if run is None or run["conclusion"] != "success":
        yield f"CI has not passed for the commit of {tag}: wait for it, then run this workflow again."
    role = (call(f"repos/{repository}/collaborators/{actor}/permission") or {}).get("role_name", "none")
    if role not in RELEASING_ROLES:
        yield f"{actor} pushed {tag} with the role {role}: a release needs {' or '.join(RELEASING_ROLES)}."
    missing = {"creation", "update", "deletion"} - protected(call, repository, f"refs/tags/{tag}")
    if missing:
        yield f"No active tag ruleset restricts the {', '.join(sorted(missing))} of {tag}."


def protected(call: Call, repository: str, ref: str) -> set[str]:
    """Return the types of the rules that active tag rulesets apply to a ref."""
    found: set[str] = set()
    for listed in call(f"repos/{repository}/rulesets?targets=tag&per_page=100") or []:
        if listed.get("target") == "tag" and listed.get("enforcement") == "active":
            ruleset = call(f"repos/{repository}/rulesets/{listed['id']}") or {}
            names = ruleset.get("conditions", {}).get("ref_name", {})
            included = any(pattern == "~ALL" or fnmatchcase(ref, pattern) for pattern in names.get("include", []))
            excluded = any(fnmatchcase(ref, pattern) for pattern in names.get("exclude", []))
            if included and not excluded:
                found |= {rule["type"] for rule in ruleset.get("rules", [])}
    return found


def gh_api(path: str) -> Any:
    """Call GitHub."""
    done = subprocess.run(["gh", "api", path], capture_output=True, encoding="utf-8", check=False)
    if done.returncode == 0:
        return json.loads(done.stdout)
    if "HTTP 404" in done.stderr or "HTTP 403" in done.stderr:
        return None
    sys.exit(f"gh api {path}: {done.stderr.strip()}")


def append(variable: str, text: str) -> None:
    """Add lines to one of GitHub's files."""
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)


def main(command: str, name: str, call: Call = gh_api, sleep: Callable[[float], None] = time.sleep) -> int:
    """Run a command and return the exit status."""
    repository, commit = os.environ["GITHUB_REPOSITORY"], os.environ["GITHUB_SHA"]
    if command == "release":
        faults = list(release(call, repository, commit, name, os.environ["GITHUB_ACTOR"]))
        for fault in faults:
            sys.stderr.write(f"{fault}\n")
        if faults:
            sys.stderr.write("docs/ci.md says how to protect tags.\n")
        return 1 if faults else 0
    faults = deploy(call, repository, commit, name, sleep)
    if faults:
        lines = "".join(f"- {fault}\n" for fault in faults)
        append("GITHUB_STEP_SUMMARY", f"**Nothing is applied** (docs/ci.md):\n\n{lines}")
        sys.stderr.write(lines)
    else:
        append("GITHUB_OUTPUT", "approval=true\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
