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

SECOND = "HIPPO_Gym_staging"
STATE_BUCKET = f"hippo-gym-terraform-state-{ACCOUNT_ID}-{REGION}"
PARTS = ("terraform", "handlers", "schemas", "cli", "local", "frontend", "build.py", "build_page.py")

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

    def make(self, command: str, *arguments: str, env: str = "pilot") -> subprocess.CompletedProcess[str]:
        """Run what `make <command> ENV=<env>` runs."""
        return subprocess.run(
            [sys.executable, "-m", "hippo_deploy", command, "--env", env, *arguments],
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

    def done(self, command: str, *arguments: str, env: str = "pilot") -> str:
        """Run a command that must succeed; return its output."""
        ended = self.make(command, *arguments, env=env)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def file(self, *parts: str) -> Path:
        return self.folder.joinpath(*parts)

    def settings(self, env: str) -> Path:
        """Return an environment's tfvars."""
        return self.file("terraform", "environments", f"{env}.tfvars")


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
    for_lambda = '"build.py", "--architecture", environment.architecture)'
    assert text.count(for_lambda) == 1
    making.write_text(text.replace(for_lambda, '"build.py", "--local", "--output", "build/hippo_gym.zip")'), "utf-8")


@pytest.fixture
def empty_cloud(tmp_path: Path) -> Iterator[Cloud]:
    cloud = Cloud(tmp_path / "cloud", ephemeral=True)
    cloud.start()
    try:
        cloud.remember(hosted_zone_id=deployment.make_hosted_zone(cloud))
        yield cloud
    finally:
        cloud.stop()


def settings(cloud: Cloud, **changes: str) -> str:
    """Return the local cloud's settings as a tfvars file; the bundle is at its default path."""
    variables = deployment.variables(cloud, Path()) | {"bundle_path": "../build/hippo_gym.zip"} | changes
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in variables.items())


@pytest.mark.timeout(2400)  # seconds: nine plans, two applies, a verification and a destroy
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
    ssm = empty_cloud.client("ssm")
    owner = json.loads(ssm.get_parameter(Name="/hippo-gym/HIPPO_Gym/owner")["Parameter"]["Value"])
    assert owner["state"] == f"s3://{STATE_BUCKET}/hippo-gym/pilot/terraform.tfstate"
    outputs = json.loads(first.done("outputs"))
    assert first.done("outputs", "--name", "bucket").strip() == outputs["bucket"]
    unknown = first.make("outputs", "--name", "buckets")
    assert unknown.returncode == 2
    assert "There is no output buckets" in unknown.stderr
    twice = first.make("deploy", "--yes", "1")
    assert twice.returncode == 1
    assert "There is no plan for pilot" in twice.stderr

    # --- a second environment, by the commands of docs/environments.md; with the first one's name it is refused
    for command, variables in commands_of("Two environments in one account"):
        env = variables["ENV"]
        if command == "bootstrap":
            first.done(command, "--region", variables["REGION"], env=env)
            assert f'\nname = "{SECOND}"\n' in first.settings(env).read_text()
            named = f'name = "{SECOND}"\n' + settings(empty_cloud, root_domain=f"staging.{deployment.ROOT_DOMAIN}")
            first.settings(env).write_text(settings(empty_cloud))
            for refused in (first.make("plan", env=env), first.make("destroy", "--yes", "1", env=env)):
                assert refused.returncode == 1
                assert "HIPPO_Gym exists in this account and Region and belongs to the state s3://" in refused.stderr
                assert f'name = "{SECOND}"' in refused.stderr
            first.settings(env).write_text(named)
        elif command != "preflight":  # the local cloud has no public DNS and no quotas
            first.done(command, *(("--yes", "1") if command == "deploy" else ()), env=env)
    theirs = second_environment(empty_cloud)
    assert all(theirs.values()), theirs
    assert "No changes" in first.done("plan"), "the second environment has changed nothing of the first"

    # --- on another machine, after a fresh build, there is nothing to deploy
    for file in (tfvars, backend):
        second.file("terraform", "environments", file.name).write_bytes(file.read_bytes())
    said = second.done("plan")
    assert "No changes" in said, said
    review = second.file("build", "plans", "pilot", "review.md").read_text()
    assert review.rstrip().endswith(
        "**No changes.** The deployment matches this checkout, its bundle and its settings."
    )

    # --- changed settings make that plan stale
    second.file("terraform", "environments", tfvars.name).write_text(reviewed + 'log_level = "DEBUG"\n')
    stale = second.make("deploy", "--yes", "1")
    assert stale.returncode == 1
    assert "settings have changed since" in stale.stderr

    # --- a plan without changes is applied, too: terraform writes what it read to the state
    second.file("terraform", "environments", tfvars.name).write_text(reviewed)
    before = serial(s3)
    assert "nothing is deployed" in second.done("deploy", "--yes", "1")
    assert serial(s3) > before
    assert "There is no plan for pilot" in second.make("deploy", "--yes", "1").stderr

    # --- verify passes, and removes its study
    verified = first.make("verify", "--image", "local/examples/grid_world/server", "--short-minutes", "1", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    found = json.loads(verified.stdout)
    assert found["passed"]
    statuses = {check["name"]: check["status"] for check in found["checks"]}
    not_here = {"TLS", "participant page", "DNS", "servers' certificate", "metrics", "alarms", "alarm mail"}
    not_here |= {name for name in statuses if name.startswith("edge: ")}
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
    functions = [each["FunctionName"] for each in empty_cloud.client("lambda").list_functions()["Functions"]]
    assert functions == [name for name in functions if name.startswith(f"{SECOND}_")]
    kept = json.loads(s3.get_object(Bucket=STATE_BUCKET, Key="hippo-gym/pilot/terraform.tfstate")["Body"].read())
    modules = {resource["module"] for resource in kept["resources"] if resource["mode"] == "managed"}
    assert modules == {"module.projects_bucket"}, "a later deploy finds the bucket where it was"

    # --- the second environment is whole, and only its own
    assert second_environment(empty_cloud) == theirs
    assert "No changes" in first.done("plan", env="staging")


def commands_of(section: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the make commands of a section of docs/environments.md: `plan`, {"ENV": "staging"}."""
    text = (REPOSITORY / "docs" / "environments.md").read_text("utf-8")
    _, _, rest = text.partition(f"\n## {section}\n")
    block = re.search(r"(?:^    .*\n)+", rest.partition("\n## ")[0], re.MULTILINE)
    assert block is not None
    for command, variables in re.findall(r"make ([a-z]+)((?: [A-Z]+=\S+)*)", block[0]):
        yield command, dict(each.split("=", 1) for each in variables.split())


def second_environment(cloud: Cloud) -> dict[str, list[str]]:
    """Return everything in AWS that has the name of the second environment's deployment, by kind."""
    found = {
        "functions": [each["FunctionName"] for each in cloud.client("lambda").list_functions()["Functions"]],
        "topics": [each["TopicArn"] for each in cloud.client("sns").list_topics()["Topics"]],
        "queues": list(cloud.client("sqs").list_queues().get("QueueUrls", [])),
        "rules": [each["Name"] for each in cloud.client("events").list_rules()["Rules"]],
        "roles": [each["RoleName"] for each in cloud.client("iam").list_roles()["Roles"]],
        "parameters": [each["Name"] for each in cloud.client("ssm").describe_parameters()["Parameters"]],
        "subscriptions": [each["TopicArn"] for each in cloud.client("sns").list_subscriptions()["Subscriptions"]],
    }
    return {kind: sorted(name for name in names if SECOND in name) for kind, names in found.items()}


def serial(s3: Any) -> int:
    """Return the serial number of the state, which terraform increases when it writes another one."""
    state = json.loads(s3.get_object(Bucket=STATE_BUCKET, Key="hippo-gym/pilot/terraform.tfstate")["Body"].read())
    return int(state["serial"])


def projects_bucket(s3: Any) -> str:
    names = [str(bucket["Name"]) for bucket in s3.list_buckets()["Buckets"]]
    return next(name for name in names if "-projects-" in name and "staging" not in name)
