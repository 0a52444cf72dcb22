"""An infra team's commands, from an empty account to none: bootstrap, plan, deploy, verify, destroy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import deployment
from local.cloud import Cloud
from local.places import ACCOUNT_ID, REGION, REPOSITORY

STATE_BUCKET = f"hippo-gym-terraform-state-{ACCOUNT_ID}-{REGION}"
PARTS = ("terraform", "handlers", "schemas", "cli", "local", "frontend", "build.py")

#: The S3 backend must not call STS or check the Region, and must address buckets by path.
BACKEND = " ".join(
    f"-backend-config={flag}=true"
    for flag in ("use_path_style", "skip_credentials_validation", "skip_requesting_account_id")
)


@dataclass(frozen=True)
class Checkout:
    """A copy of the repository's files, as on another machine."""

    folder: Path
    cloud: Cloud

    def make(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run what `make <command> ENV=pilot` runs."""
        return subprocess.run(
            [sys.executable, "-m", "hippo_deploy", command, "--env", "pilot", *arguments],
            cwd=self.folder,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
                **self.cloud.environment,
                "TF_CLI_ARGS_init": BACKEND,
                "TF_PLUGIN_CACHE_DIR": str(REPOSITORY / "build" / "terraform-plugins"),
                "TF_CLI_ARGS_plan": "-parallelism=20",
                "TF_CLI_ARGS_apply": "-parallelism=20",
                "PYTHONPATH": os.pathsep.join(str(self.folder / part) for part in ("", "cli", "handlers")),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, command: str, *arguments: str) -> str:
        """Run a command that must succeed; return its output."""
        ended = self.make(command, *arguments)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def file(self, *parts: str) -> Path:
        return self.folder.joinpath(*parts)


def checkout(folder: Path, cloud: Cloud) -> Checkout:
    """Copy the files under version control; the bundle's packages come from a cache."""
    folder.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *PARTS],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, target = REPOSITORY / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    _build_for_this_machine(folder / "cli" / "hippo_deploy" / "plan" / "making.py")
    (folder / "build").mkdir()
    cache = REPOSITORY / "build" / "dependencies"
    cache.mkdir(parents=True, exist_ok=True)
    (REPOSITORY / "build" / "terraform-plugins").mkdir(parents=True, exist_ok=True)
    (folder / "build" / "dependencies").symlink_to(cache)
    return Checkout(folder, cloud)


def _build_for_this_machine(making: Path) -> None:
    """Make `make plan` build the bundle for this interpreter, as the local cloud needs."""
    text = making.read_text("utf-8")
    for_lambda = '"--architecture", environment.architecture]'
    assert text.count(for_lambda) == 1
    making.write_text(text.replace(for_lambda, '"--local", "--output", "build/hippo_gym.zip"]'), "utf-8")


@pytest.fixture
def empty_cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path / "cloud", ephemeral=True)
    cloud.start()
    try:
        cloud.remember(hosted_zone_id=deployment.make_hosted_zone(cloud))
        yield cloud
    finally:
        cloud.stop()


def settings(cloud: Cloud) -> str:
    """Return the local cloud's settings as a tfvars file; the bundle is at its default path."""
    variables = deployment.variables(cloud, Path()) | {"bundle_path": "../build/hippo_gym.zip"}
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in variables.items())


@pytest.mark.timeout(1200)  # seconds: five plans, an apply, a verification and a destroy
def test_from_an_empty_account_to_none(empty_cloud: Cloud, tmp_path: Path) -> None:
    first, second = checkout(tmp_path / "first", empty_cloud), checkout(tmp_path / "second", empty_cloud)
    s3 = empty_cloud.client("s3")

    # --- bootstrap makes the bucket and the two files; a second run changes nothing
    said = first.done("bootstrap", "--region", REGION)
    assert f"{STATE_BUCKET}: created" in said
    assert s3.get_bucket_versioning(Bucket=STATE_BUCKET)["Status"] == "Enabled"
    tfvars, backend = (first.file("terraform", "environments", f"pilot.{end}") for end in ("tfvars", "s3.tfbackend"))
    assert f'region = "{REGION}"' in tfvars.read_text()
    assert f"{STATE_BUCKET}: exists" in first.done("bootstrap")
    refused = first.make("plan")
    assert refused.returncode == 1
    assert "root_domain" in refused.stderr
    assert "example" in refused.stderr

    # --- plan writes a review and makes nothing
    tfvars.write_text(settings(empty_cloud))
    no_plan = first.make("deploy", "--yes", "1")
    assert no_plan.returncode == 1
    assert "There is no plan for pilot" in no_plan.stderr
    assert "A first deployment" in first.done("plan")
    review = first.file("build", "plans", "pilot", "review.md").read_text()
    assert re.search(r"^# Plan for pilot: \d+ added, 0 changed, 0 replaced, 0 destroyed$", review, re.MULTILINE)
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [STATE_BUCKET]

    # --- deploy: only after a confirmation, and only that plan
    unconfirmed = first.make("deploy")
    assert unconfirmed.returncode == 1
    assert "asks for confirmation" in unconfirmed.stderr
    reviewed = tfvars.read_text()
    tfvars.write_text(reviewed + 'log_level = "DEBUG"\n')
    stale = first.make("deploy", "--yes", "1")
    assert stale.returncode == 1
    assert "settings have changed since" in stale.stderr
    tfvars.write_text(reviewed)
    said = first.done("deploy", "--yes", "1")
    assert "pilot is deployed" in said
    assert "Apply complete!" in said
    assert "Outputs:" not in said
    assert "Outputs:" in first.file("build", "plans", "pilot", "apply.log").read_text()
    state = {item["Key"] for item in s3.list_objects_v2(Bucket=STATE_BUCKET)["Contents"]}
    assert state == {"hippo-gym/pilot/terraform.tfstate"}, "the lock is gone"
    outputs = json.loads(first.done("outputs"))
    assert first.done("outputs", "--name", "bucket").strip() == outputs["bucket"]
    unknown = first.make("outputs", "--name", "buckets")
    assert unknown.returncode == 2
    assert "There is no output buckets" in unknown.stderr
    twice = first.make("deploy", "--yes", "1")
    assert twice.returncode == 1
    assert "There is no plan for pilot" in twice.stderr

    # --- on another machine, after a fresh build, there is nothing to deploy
    for file in (tfvars, backend):
        second.file("terraform", "environments", file.name).write_bytes(file.read_bytes())
    said = second.done("plan")
    assert "No changes" in said, said
    assert "nothing is deployed" in second.done("deploy", "--yes", "1")

    # --- changed settings make that plan stale
    second.file("terraform", "environments", tfvars.name).write_text(reviewed + 'log_level = "DEBUG"\n')
    stale = second.make("deploy", "--yes", "1")
    assert stale.returncode == 1
    assert "settings have changed since" in stale.stderr

    # --- verify passes, and removes its study
    verified = first.make("verify", "--image", "local/examples/grid_world/server", "--short-minutes", "1", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    found = json.loads(verified.stdout)
    assert found["passed"]
    statuses = {check["name"]: check["status"] for check in found["checks"]}
    not_here = {"TLS", "participant page", "DNS", "metrics", "alarms", "alarm mail"}
    assert {name for name, status in statuses.items() if status == "not applicable"} == not_here
    assert {status for name, status in statuses.items() if name not in not_here} == {"proven"}
    page = first.file("build", "verify", "pilot.md").read_text()
    assert page.startswith("# Verification of pilot: passed\n")
    kept_objects = s3.list_objects_v2(Bucket=outputs["bucket"]).get("Contents", [])
    assert not [item["Key"] for item in kept_objects if "hippo-verify" in item["Key"]]

    # --- destroy keeps the research data, and a later deployment can use the bucket
    bucket = projects_bucket(s3)
    s3.put_object(Bucket=bucket, Key="study/Users/a1", Body=b"an answer")
    unconfirmed = first.make("destroy", "--yes", "1")
    assert unconfirmed.returncode == 1
    assert f"KEEP_DATA={bucket}" in unconfirmed.stderr
    said = first.done("destroy", "--yes", "1", "--keep-data", bucket)
    assert "pilot is destroyed" in said
    assert f"the projects bucket {bucket}, with every version of every object: S3 storage" in said
    assert f"the state bucket {STATE_BUCKET}: S3 storage" in said
    assert "which was given: $0.50 a month" in said, "the local cloud's zone"
    assert "cannot be listed" not in said
    gone = first.make("outputs", "--name", "next_url")
    assert gone.returncode == 1
    assert f"pilot was destroyed: only the projects bucket {bucket}" in gone.stderr
    assert s3.get_object(Bucket=bucket, Key="study/Users/a1")["Body"].read() == b"an answer"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert empty_cloud.client("lambda").list_functions()["Functions"] == []
    kept = json.loads(s3.get_object(Bucket=STATE_BUCKET, Key="hippo-gym/pilot/terraform.tfstate")["Body"].read())
    modules = {resource["module"] for resource in kept["resources"] if resource["mode"] == "managed"}
    assert modules == {"module.projects_bucket"}, "a later deploy finds the bucket where it was"


def projects_bucket(s3: Any) -> str:
    names = [str(bucket["Name"]) for bucket in s3.list_buckets()["Buckets"]]
    return next(name for name in names if name != STATE_BUCKET)
