"""The state bucket, on moto: it is created, running again changes nothing, and other settings of a bucket stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hippo_deploy import main
from hippo_deploy.bootstrap import files, state_bucket
from hippo_deploy.bootstrap.state_bucket import StateBucket
from hippo_deploy.commands import bootstrap as command
from hippo_deploy.environments import REPOSITORY, Environment
from hippo_deploy.errors import DeployError

BUCKET = StateBucket("hippo-gym-terraform-state-123456789012-ca-central-1", "123456789012", "ca-central-1")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.client("s3", region_name=BUCKET.region)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    folder = tmp_path / "terraform" / "environments"
    folder.mkdir(parents=True)
    example = REPOSITORY / "terraform" / "environments" / "example.tfvars"
    (folder / "example.tfvars").write_text(example.read_text())
    return Environment("prod", tmp_path)


def seen(s3: Any) -> dict[str, Any]:
    """Return the bucket's settings that matter for a state."""
    name = BUCKET.name
    return {
        "region": s3.get_bucket_location(Bucket=name)["LocationConstraint"],
        "versions": s3.get_bucket_versioning(Bucket=name)["Status"],
        "public": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        "owner": s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"],
        "encryption": s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"],
        "policy": json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"],
        "lifecycle": s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"],
    }


def test_the_bucket_is_versioned_encrypted_and_private(s3: Any) -> None:
    state_bucket.make(s3, BUCKET, lambda _: None)
    found = seen(s3)
    assert found["region"] == "ca-central-1"
    assert found["versions"] == "Enabled"
    assert set(found["public"].values()) == {True}
    assert found["owner"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert found["encryption"][0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    (statement,) = found["policy"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    (rule,) = found["lifecycle"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == state_bucket.OLD_VERSIONS_DAYS
    assert "Expiration" not in rule, "the state itself never expires"


def test_running_it_again_changes_nothing(s3: Any) -> None:
    state_bucket.make(s3, BUCKET, lambda _: None)
    before = seen(s3)
    lines: list[str] = []
    state_bucket.make(s3, BUCKET, lines.append)
    assert seen(s3) == before
    assert lines[0] == f"{BUCKET.name}: exists"


def test_other_statements_rules_and_keys_of_a_bucket_stay(s3: Any) -> None:
    s3.create_bucket(Bucket=BUCKET.name, CreateBucketConfiguration={"LocationConstraint": BUCKET.region})
    own = {"Sid": "Own", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": BUCKET.arn}
    s3.put_bucket_policy(Bucket=BUCKET.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [own]}))
    rule = {"ID": "own", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET.name, LifecycleConfiguration={"Rules": [rule]})
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/own"}
    s3.put_bucket_encryption(
        Bucket=BUCKET.name,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": key}]},
    )
    state_bucket.make(s3, BUCKET, lambda _: None)
    found = seen(s3)
    assert [statement["Sid"] for statement in found["policy"]] == ["Own", "DenyInsecureTransport"]
    assert [rule["ID"] for rule in found["lifecycle"]] == ["own", "expire-old-states"]
    assert found["encryption"][0]["ApplyServerSideEncryptionByDefault"] == key


def test_us_east_1_is_not_sent_as_a_location(s3: Any) -> None:
    east = StateBucket("state-east", "123456789012", "us-east-1")
    client: Any = boto3.client("s3", region_name="us-east-1")
    state_bucket.make(client, east, lambda _: None)
    assert client.get_bucket_versioning(Bucket="state-east")["Status"] == "Enabled"


def test_a_bucket_in_another_region_is_refused(s3: Any) -> None:
    elsewhere: Any = boto3.client("s3", region_name="eu-west-1")
    elsewhere.create_bucket(Bucket=BUCKET.name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    with pytest.raises(DeployError, match="exists in another Region"):
        state_bucket.make(s3, BUCKET, lambda _: None)


def test_a_name_that_is_too_long_is_refused_with_a_fix() -> None:
    assert state_bucket.default_name("HIPPO_Gym", "123456789012", "ca-central-1") == BUCKET.name
    with pytest.raises(DeployError) as raised:
        state_bucket.default_name("a" * 32, "123456789012", "ca-central-1")
    assert raised.value.fix is not None
    assert "STATE_BUCKET=" in raised.value.fix


def test_the_backend_file_locks_and_encrypts(environment: Environment) -> None:
    assert files.write_backend(environment, BUCKET)
    written = environment.backend.read_text()
    assert f'bucket       = "{BUCKET.name}"' in written
    assert 'key          = "hippo-gym/prod/terraform.tfstate"' in written
    assert "use_lockfile = true" in written
    assert "encrypt      = true" in written
    assert not files.write_backend(environment, BUCKET), "the second time it exists"
    assert files.bucket_in(environment) == BUCKET.name


def test_a_backend_file_that_names_another_bucket_stays_unchanged(environment: Environment) -> None:
    files.write_backend(environment, StateBucket("other", "123456789012", "ca-central-1"))
    with pytest.raises(DeployError, match="names another state"):
        files.write_backend(environment, BUCKET)
    assert files.bucket_in(environment) == "other"


def test_new_settings_are_the_example_with_the_region_and_existing_ones_stay(
    environment: Environment,
) -> None:
    assert files.write_tfvars(environment, "eu-west-2")
    written = environment.tfvars.read_text()
    assert environment.setting("region") == "eu-west-2"
    assert written.startswith("# The settings of prod.")
    assert "\nsession_ports = [443, 5000]\n" in written
    example = (environment.root / "environments" / "example.tfvars").read_text()
    assert written.count("\n") >= example.count("\n") - 3, "every explanation is copied"
    environment.tfvars.write_text("mine")
    assert not files.write_tfvars(environment, "eu-west-1")
    assert environment.tfvars.read_text() == "mine"


def test_the_command_creates_everything_and_names_the_next_steps(
    s3: Any, environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "named", lambda _: environment)
    assert main.run(["bootstrap", "--env", "prod", "--region", "ca-central-1"]) == 0
    output = capsys.readouterr().out
    assert f"{BUCKET.name}: created" in output
    assert "set root_domain" in output
    assert "make plan ENV=prod" in output
    assert main.run(["bootstrap", "--env", "prod", "--region", "eu-west-1"]) == 1
    assert "says ca-central-1" in capsys.readouterr().err


def test_without_a_region_the_command_fails_with_an_example(
    s3: Any, environment: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "named", lambda _: environment)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert main.run(["bootstrap", "--env", "prod"]) == 1
    assert "REGION=ca-central-1" in capsys.readouterr().err
