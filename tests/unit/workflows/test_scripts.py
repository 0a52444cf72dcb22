"""The scripts in the workflows, run here with substitutes for gh and make."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.workflows.files import step

GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$LOG"
case "$*" in
*comments\\ --jq*) cat "$KNOWN" ;;
esac
for argument; do
    case $argument in body=@*) cp "${argument#body=@}" "$LOG.body" ;; esac
done
"""
MAKE = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$LOG"
mkdir -p build build/plans/prod build/wheel
[ "$1" = wheel ] && echo wheel > build/wheel/hippo_gym_aws-1.2.0-py3-none-any.whl && exit 0
echo "bundle for $2" > build/hippo_gym.zip
echo "certificates for $2" > build/hippo_certificates.zip
echo plan > build/plans/prod/plan.tfplan
echo '# Review' > build/plans/prod/review.md
printf '{"changes": true, "secrets": [%s]}' "$SECRETS" > build/plans/prod/reviewed.json
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    for name, script in (("gh", GH), ("make", MAKE)):
        (folder / name).write_text(script, "utf-8")
        (folder / name).chmod(0o755)
    return folder


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as GitHub does: bash with -e and pipefail."""
    environment: Mapping[str, str] = {
        "PATH": f"{folder / 'programs'}{os.pathsep}{os.environ['PATH']}",
        "LOG": str(folder / "log"),
        "KNOWN": str(folder / "known"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "SECRETS": "",
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        **variables,
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False)


# ---------------------------------------------------------------------------------------------------- the comment

FACTS = {"REPOSITORY": "team/study", "NUMBER": "7", "COMMIT": "abc", "RUN": "https://github.example/run/1"}


def post(folder: Path, review: str, known: str = "") -> tuple[list[str], str]:
    """Post the review of one environment; return the calls to GitHub and the comment's text."""
    reviews = folder / "artefacts" / "reviews"
    reviews.mkdir(parents=True)
    (reviews / "prod.md").write_text(review, "utf-8")
    (folder / "known").write_text(known, "utf-8")
    done = run(step("review", "post", "gh api"), folder, **FACTS)
    assert done.returncode == 0, done.stderr
    return (folder / "log").read_text("utf-8").splitlines(), (folder / "log.body").read_text("utf-8")


def test_the_first_review_is_a_new_comment(tmp_path: Path, programs: Path) -> None:
    calls, body = post(tmp_path, "# Review\n")

    assert "--method POST repos/team/study/issues/7/comments" in calls[-1]
    assert body.startswith("<!-- hippo-gym review-prod -->\n# Review\n")
    assert "The plan of commit abc, reviewed by the code of main" in body


def test_a_later_review_replaces_the_comment(tmp_path: Path, programs: Path) -> None:
    calls, _ = post(tmp_path, "# Review\n", known="4711\n4712\n")

    assert "--method PATCH repos/team/study/issues/comments/4711" in calls[-1]
    assert not any("POST" in call for call in calls)


def test_a_long_review_is_shortened_and_links_to_the_complete_one(tmp_path: Path, programs: Path) -> None:
    _, body = post(tmp_path, "x" * 200_000)

    assert 60_000 < len(body) < 65_536
    assert "https://github.example/run/1" in body


def test_the_text_of_a_review_is_not_run_as_a_command(tmp_path: Path, programs: Path) -> None:
    _, body = post(tmp_path, '$(touch hacked) `touch hacked`\n"; touch hacked\n')

    assert "$(touch hacked)" in body
    assert not list(tmp_path.rglob("hacked"))


# ------------------------------------------------------------------------------------------------------- the plan


def planned(folder: Path) -> dict[str, str]:
    done = run(step("deploy", "plan", "make plan"), folder, ENVIRONMENT="prod")
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in (folder / "output").read_text("utf-8").splitlines())


def verified(folder: Path, digest: str) -> bool:
    return run(step("deploy", "apply", "$DIGEST"), folder, ENVIRONMENT="prod", DIGEST=digest).returncode == 0


def test_the_reviewed_plan_is_accepted(tmp_path: Path, programs: Path) -> None:
    outputs = planned(tmp_path)

    assert (outputs["changes"], len(outputs["digest"])) == ("true", 64)
    assert "# Review" in (tmp_path / "summary").read_text("utf-8")
    assert verified(tmp_path, outputs["digest"])


@pytest.mark.parametrize("name", ["plan.tfplan", "review.md", "reviewed.json"])
def test_another_plan_is_not_applied(tmp_path: Path, programs: Path, name: str) -> None:
    outputs = planned(tmp_path)
    path = tmp_path / "build" / "plans" / "prod" / name
    path.write_text(path.read_text("utf-8") + " ", "utf-8")

    assert not verified(tmp_path, outputs["digest"])


def checked_for_secrets(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(step("deploy", "plan", ".secrets"), folder, ENVIRONMENT="prod")


def test_a_plan_without_secrets_is_uploaded(tmp_path: Path, programs: Path) -> None:
    planned(tmp_path)

    assert checked_for_secrets(tmp_path).returncode == 0


def test_a_plan_with_a_secret_is_not_uploaded(tmp_path: Path, programs: Path) -> None:
    run(step("deploy", "plan", "make plan"), tmp_path, ENVIRONMENT="prod", SECRETS='"var.token", "var.other"')
    done = checked_for_secrets(tmp_path)

    assert done.returncode == 1
    assert "would hold secrets (var.token, var.other)" in done.stderr
    assert "Nothing is applied" in (tmp_path / "summary").read_text("utf-8")


# ----------------------------------------------------------------------------------------- the review of a pull request


def reviewed(folder: Path, environments: str, *plans: str) -> tuple[int, list[str]]:
    """Run the step that makes the reviews, with a program in place of Python; return its status and the files."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >> "$LOG"\necho "# Review"\n[ "$5" != broken ]\n', "utf-8")
    python.chmod(0o755)
    for name in plans:
        (folder / "build" / "of-pull-request" / f"plan-{name}").mkdir(parents=True)
        (folder / "build" / "of-pull-request" / f"plan-{name}" / "plan.json").write_text("{}", "utf-8")
    done = run(step("review", "review", "hippo_deploy review"), folder, ENVIRONMENTS=environments)
    return done.returncode, sorted(path.name for path in (folder / "build" / "reviews").iterdir())


def test_each_environment_with_a_plan_is_reviewed(tmp_path: Path, programs: Path) -> None:
    assert reviewed(tmp_path, '["prod", "pilot", "none"]', "prod", "pilot") == (0, ["pilot.md", "prod.md"])
    assert (tmp_path / "log").read_text("utf-8").splitlines()[0] == (
        "-m hippo_deploy review --env prod --plan build/of-pull-request/plan-prod/plan.json "
        "--record build/of-pull-request/plan-prod/reviewed.json"
    )


def test_an_artefact_of_another_name_is_ignored(tmp_path: Path, programs: Path) -> None:
    assert reviewed(tmp_path, '["prod"]', "prod", "of-the-attacker") == (0, ["prod.md"])


def test_a_plan_that_cannot_be_reviewed_fails_the_job_and_leaves_no_half_review(tmp_path: Path, programs: Path) -> None:
    assert reviewed(tmp_path, '["broken", "prod"]', "broken", "prod") == (1, ["prod.md"])


def test_a_plan_that_fails_ends_the_job(tmp_path: Path, programs: Path) -> None:
    (programs / "make").write_text("#!/usr/bin/env bash\nexit 1\n", "utf-8")

    assert run(step("deploy", "plan", "make plan"), tmp_path, ENVIRONMENT="prod").returncode != 0
    assert not (tmp_path / "output").exists()


# ---------------------------------------------------------------------------------------------------- the release


def test_a_release_has_a_bundle_for_each_processor_a_wheel_and_their_checksums(tmp_path: Path, programs: Path) -> None:
    done = run(step("release", "build", "make build"), tmp_path, TAG="v1.2.0")
    assert done.returncode == 0, done.stderr

    dist = tmp_path / "dist"
    names = {path.name for path in dist.iterdir()}
    wheel = "hippo_gym_aws-1.2.0-py3-none-any.whl"
    bundles = {f"{name}-1.2.0-{on}.zip" for name in ("hippo_gym", "hippo_certificates") for on in ("arm64", "x86_64")}
    assert names == {*bundles, wheel, "SHA256SUMS"}
    assert {line.split()[1] for line in (dist / "SHA256SUMS").read_text("utf-8").splitlines()} == names - {"SHA256SUMS"}
    assert (dist / "hippo_gym-1.2.0-arm64.zip").read_text("utf-8") == "bundle for ARCHITECTURE=arm64\n"
    check = step("release", "release", "sha256sum")
    assert run(check, dist).returncode == 0
    (dist / "hippo_gym-1.2.0-arm64.zip").write_text("another", "utf-8")
    assert run(check, dist).returncode != 0


def test_the_release_uses_its_tag_as_text(tmp_path: Path, programs: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "SHA256SUMS").write_text("", "utf-8")
    run(step("release", "release", "gh release"), tmp_path, TAG="v1.2.0")

    log = (tmp_path / "log").read_text("utf-8")
    assert log == "release create v1.2.0 --verify-tag --generate-notes --title 1.2.0 dist/SHA256SUMS\n"
    assert json.dumps(log)
