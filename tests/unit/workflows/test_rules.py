"""Rules for every workflow: pinned actions, least permissions, no rights for strangers."""

from __future__ import annotations

import re
import subprocess
import tomllib
from fnmatch import fnmatch

import pytest
import yaml

from hippo_deploy.terraform import MINIMUM_VERSION
from tests.unit.workflows.files import ACTIONS, GITHUB, REPOSITORY, WORKFLOWS, Job, jobs, read, targets, uses

each_job = pytest.mark.parametrize("job", jobs(), ids=str)
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def test_there_are_four_workflows() -> None:
    assert [path.stem for path in WORKFLOWS] == ["ci", "deploy", "release", "review"]


@pytest.mark.parametrize(("file", "action", "rest"), sorted(set(uses())))
def test_an_action_is_pinned_by_its_commit_with_the_version_beside_it(file: str, action: str, rest: str) -> None:
    if action.startswith("./"):
        assert (REPOSITORY / action / "action.yml").is_file()
    else:
        assert re.fullmatch(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+", rest), f"{file}: {action}{rest}"


def test_an_action_has_the_same_version_everywhere() -> None:
    pins = {(action, rest) for _, action, rest in uses()}
    assert len({action for action, _ in pins}) == len(pins)


@each_workflow
def test_only_jobs_have_permissions(path: object) -> None:
    assert read(path)["permissions"] == {}  # type: ignore[arg-type]


@each_job
def test_a_job_has_permissions_and_a_timeout(job: Job) -> None:
    assert "write-all" not in str(job.definition["permissions"])
    assert 0 < job.definition["timeout-minutes"] <= 90


@each_job
def test_a_job_that_may_write_runs_no_code_of_the_repository(job: Job) -> None:
    writes = {scope for scope, right in job.permissions.items() if right == "write"} - {"id-token"}
    if writes:
        assert not any("checkout" in step.get("uses", "") or "./" in step.get("uses", "") for step in job.steps)
        assert not re.search(r"\b(make|python|bash|\./)\b", job.commands)


@each_workflow
def test_workflows_run_only_for_pull_requests_pushes_and_by_hand(path: object) -> None:
    allowed = {"pull_request", "push", "workflow_dispatch"}
    if path.stem == "review":  # type: ignore[attr-defined]
        allowed = {"workflow_run"}
    assert set(read(path)["on"]) <= allowed  # type: ignore[arg-type]


REVIEW = [job for job in jobs() if job.workflow == "review"]


@pytest.mark.parametrize("job", REVIEW, ids=str)
def test_a_pull_request_is_reviewed_by_the_code_of_main(job: Job) -> None:
    """A run for `workflow_run` has the rights of main, so nothing of the pull request may run in it."""
    for step in job.steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert set(step["with"]) == {"persist-credentials"}, "a ref or repository would be another's code"
    assert "id-token" not in job.permissions
    assert "secrets" not in str(job.definition)


def test_no_workflow_of_a_pull_request_may_post_a_review() -> None:
    for job in jobs():
        if "pull_request" in read(GITHUB / "workflows" / f"{job.workflow}.yml")["on"]:
            assert "pull-requests" not in job.permissions
            assert "issues" not in job.permissions


def test_only_pull_requests_of_this_repository_are_reviewed() -> None:
    [review] = [job for job in REVIEW if job.name == "review"]
    assert "github.event.workflow_run.event == 'pull_request'" in review.definition["if"]
    assert "head_repository.full_name == github.repository" in review.definition["if"]


def test_a_review_is_made_from_the_json_and_not_from_a_review_of_the_pull_request() -> None:
    [plan] = [job for job in jobs() if str(job) == "ci-plan"]
    [upload] = [step["with"] for step in plan.steps if "upload-artifact" in step.get("uses", "")]
    assert "review.md" not in upload["path"]
    assert {line.rsplit("/", 1)[-1] for line in upload["path"].splitlines()} == {"plan.json", "reviewed.json"}


def test_nothing_is_applied_without_ci_and_rules() -> None:
    [apply] = [job for job in jobs() if str(job) == "deploy-apply"]
    [rules] = [job for job in jobs() if str(job) == "deploy-rules"]
    assert set(apply.definition["needs"]) == {"rules", "plan"}
    assert "needs.rules.outputs.approval == 'true'" in apply.definition["if"]
    assert rules.definition["outputs"] == {"approval": "${{ steps.rules.outputs.approval }}"}
    assert "github_rules.py deploy" in rules.commands


def test_nothing_is_built_for_a_tag_before_it_is_checked() -> None:
    [build] = [job for job in jobs() if str(job) == "release-build"]
    [tag] = [job for job in jobs() if str(job) == "release-tag"]
    assert build.definition["needs"] == "tag"
    assert "github_rules.py release" in tag.commands


def test_a_plan_is_uploaded_only_after_the_check_for_secrets() -> None:
    [plan] = [job for job in jobs() if str(job) == "deploy-plan"]
    steps = [step.get("run", step.get("uses", "")) for step in plan.steps]
    [check] = [at for at, step in enumerate(steps) if ".secrets" in step]
    [upload] = [at for at, step in enumerate(steps) if "upload-artifact" in step]
    assert check < upload


@each_job
def test_a_pull_request_from_a_fork_gets_no_credentials(job: Job) -> None:
    if "pull_request" in read(GITHUB / "workflows" / f"{job.workflow}.yml")["on"] and "id-token" in job.permissions:
        assert "github.event.pull_request.head.repo.full_name == github.repository" in job.definition["if"]


@each_job
def test_a_checkout_stores_no_token(job: Job) -> None:
    for step in job.steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@each_job
def test_no_script_contains_an_expression(job: Job) -> None:
    assert "${{" not in job.commands, "pass untrusted text through env"


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.stem)
def test_there_are_no_long_lived_keys(path: object) -> None:
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    assert not re.search(r"secrets\.|aws-access-key-id|AWS_SECRET", text)


def test_only_the_apply_job_assumes_the_deploying_role() -> None:
    assumed = {
        str(job): step["with"]["role-to-assume"]
        for job in jobs()
        for step in job.steps
        if "role-to-assume" in step.get("with", {})
    }

    assert {name for name, role in assumed.items() if "AWS_DEPLOY_ROLE" in role} == {"deploy-apply"}
    [apply] = [job for job in jobs() if str(job) == "deploy-apply"]
    assert apply.definition["environment"] == "${{ needs.plan.outputs.environment }}"
    assert "id-token" in apply.permissions


@each_job
def test_a_job_runs_only_existing_make_targets(job: Job) -> None:
    used = re.findall(r"^\s*make ([a-z-]+)", job.commands, re.MULTILINE)
    assert set(used) <= set(targets())


def test_the_workflows_check_test_plan_deploy_and_build() -> None:
    used = {target for job in jobs() for target in re.findall(r"\bmake ([a-z-]+)", job.commands)}
    assert {"check", "test", "plan", "deploy", "build"} <= used


def test_the_tools_have_versions_that_the_product_supports() -> None:
    [path] = ACTIONS
    given = {key: value for step in read(path)["runs"]["steps"] for key, value in step["with"].items()}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]

    assert tuple(int(part) for part in given["terraform_version"].split(".")[:2]) >= MINIMUM_VERSION
    assert given["terraform_wrapper"] is False, "it would write beside what terraform writes"
    assert given["python-version"] == "${{ inputs.python-version }}"
    assert project["requires-python"] == f">={read(path)['inputs']['python-version']['default']}"


@pytest.mark.parametrize("name", ["check", "test"])
def test_ci_runs_on_the_oldest_python_and_on_lambda_s(name: str) -> None:
    [path] = ACTIONS
    variables = (REPOSITORY / "terraform" / "modules" / "function" / "variables.tf").read_text("utf-8")
    [runtime] = re.findall(r'runtime\s+= optional\(string, "python([\d.]+)"\)', variables)
    [found] = [job for job in jobs() if str(job) == f"ci-{name}"]
    [tools] = [step for step in found.steps if step.get("uses") == "./.github/actions/tools"]
    assert found.definition["strategy"]["matrix"]["python"] == [
        read(path)["inputs"]["python-version"]["default"],
        runtime,
    ]
    assert tools["with"]["python-version"] == "${{ matrix.python }}"


def test_dependabot_watches_every_lock_and_pin() -> None:
    """One entry for each ecosystem; its folders are those that hold the files it looks for."""
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    watched = {
        update["package-ecosystem"]: {folder.strip("/") for folder in update["directories"]} for update in updates
    }
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=True
    ).stdout.split()

    def folders(pattern: str) -> set[str]:
        return {name.rpartition("/")[0] for name in tracked if re.search(pattern, name)}

    assert watched["npm"] == folders(r"(^|/)package-lock\.json$")
    assert folders(r"requirements[^/]*\.txt$|^requirements/\w+\.txt$") <= watched["pip"]
    patterns = watched["terraform"]
    assert all(
        any(fnmatch(folder, pattern) for pattern in patterns) for folder in folders(r"^terraform/.*versions\.tf$")
    )


def test_the_commit_hooks_are_the_commands_of_make_check() -> None:
    """Each command of the targets of `make check` is a hook, and each hook is such a command."""
    text = (REPOSITORY / ".pre-commit-config.yaml").read_text("utf-8")
    hooks = {hook["entry"].replace(" --force-exclude", "") for hook in yaml.safe_load(text)["repos"][0]["hooks"]}
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    [parts] = re.findall(r"^check: ([a-z -]+?) ##", makefile, re.MULTILINE)
    commands = set()
    for part in parts.split():
        for line in targets()[part].splitlines():
            command = line.strip().partition("; ")[2].partition(" || ")[0]
            for name, value in (
                ("VENV", ".venv"),
                ("PYTHON", ".venv/bin/python"),
                ("CHECKOV", ".venv-checkov/bin/checkov"),
            ):
                command = command.replace(f"$({name})", value)
            command = re.sub(r"^shown=\$\$\((.*)\)$", r"\1", command)  # its output is shown only if it fails
            commands.add(command.removesuffix(" ."))

    assert hooks == commands
