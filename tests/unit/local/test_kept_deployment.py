"""A kept deployment: found while its sources are unchanged, and copied to other addresses."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ministack.services import s3
from moto import mock_aws
from moto.ec2.models import ec2_backends

from local import gateway, kept_deployment
from local.fargate import kept_state
from local.places import ACCOUNT_ID, REGION

FIRST = {"gateway": "127.0.0.1:4566", "fargate": "127.0.0.1:4567"}
SECOND = {"gateway": "127.0.0.1:4567", "fargate": "127.0.0.1:9"}  # one new address equals the other old one


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "terraform").write_text("""#!/bin/sh\necho '{"terraform_version": "1.11.4"}'\n""")
    (programs / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    folder = tmp_path / "repository"
    for name in ("build.py", "handlers/a.py", "local/b.py", "schemas/c.json", "terraform/main.tf", "tests/d.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


@pytest.mark.parametrize("name", ["build.py", "handlers/a.py", "local/b.py", "schemas/c.json", "terraform/main.tf"])
def test_a_changed_source_changes_the_fingerprint(repository: Path, name: str) -> None:
    before = kept_deployment.fingerprint(repository)
    (repository / name).write_text("other")
    assert kept_deployment.fingerprint(repository) != before


def test_a_new_or_renamed_module_changes_the_fingerprint(repository: Path) -> None:
    found = {kept_deployment.fingerprint(repository)}
    module = repository / "terraform" / "modules" / "one"
    module.mkdir(parents=True)
    (module / "main.tf").write_text("resource")
    found.add(kept_deployment.fingerprint(repository))
    module.rename(module.with_name("two"))
    found.add(kept_deployment.fingerprint(repository))
    assert len(found) == 3


def test_another_version_of_terraform_changes_the_fingerprint(repository: Path, tmp_path: Path) -> None:
    before = kept_deployment.fingerprint(repository)
    (tmp_path / "programs" / "terraform").write_text("""#!/bin/sh\necho '{"terraform_version": "1.12.0"}'\n""")
    assert kept_deployment.fingerprint(repository) != before


def test_other_files_do_not_change_the_fingerprint(repository: Path) -> None:
    before = kept_deployment.fingerprint(repository)
    (repository / "tests" / "d.py").write_text("other")
    (repository / "handlers" / "__pycache__").mkdir()
    (repository / "handlers" / "__pycache__" / "a.pyc").write_bytes(b"1")
    assert kept_deployment.fingerprint(repository) == before


def cloud(folder: Path) -> Path:
    """The folder of a cloud with a deployment."""
    state = kept_deployment.ministack_state(folder)
    (state / "lambda-blobs").mkdir(parents=True)
    (state / "lambda-blobs" / "1.zip").write_bytes(b"\xff127.0.0.1:4566")
    (state / "lambda.json").write_text(json.dumps({"ecs": "http://127.0.0.1:4567", "api": "http://127.0.0.1:4566/x"}))
    kept_deployment.fargate_state(folder).write_bytes(b"\x80pickled")
    provider = folder / "terraform" / ".terraform" / "providers" / "aws"
    provider.mkdir(parents=True)
    (provider / "program").write_bytes(b"700 MB")
    (folder / "terraform" / ".terraform" / "plugin_path").write_text("[]")
    (folder / "terraform" / ".terraform.lock.hcl").write_text("lock")
    (folder / "terraform" / "main.tf").symlink_to(folder / "nowhere.tf")
    (folder / "terraform" / "terraform.tfstate").write_text(json.dumps({"url": "http://127.0.0.1:4566"}))
    return folder


def keep(name: str, state_dir: Path, bundle: Path, folder: Path) -> None:
    kept_deployment.keep(
        name,
        state_dir=state_dir,
        bundle=bundle,
        addresses=FIRST,
        outputs={"api_url": "http://a.execute-api.127.0.0.1:4566"},
        hosted_zone_id="Z1",
        folder=folder,
    )


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "bundle.zip").write_bytes(b"handlers")
    return tmp_path / "bundle.zip"


def test_a_copy_is_the_deployment_at_other_addresses(tmp_path: Path, bundle: Path) -> None:
    keep("f", cloud(tmp_path / "first"), bundle, tmp_path / "kept")
    bundle.write_bytes(b"built from other sources since")
    found = kept_deployment.find("f", tmp_path / "kept")
    assert found is not None

    outputs = found.put(tmp_path / "second", bundle, SECOND)

    assert outputs == {"api_url": "http://a.execute-api.127.0.0.1:4567"}
    assert found.hosted_zone_id == "Z1"
    assert bundle.read_bytes() == b"handlers"
    state = kept_deployment.ministack_state(tmp_path / "second")
    assert json.loads((state / "lambda.json").read_text()) == {
        "ecs": "http://127.0.0.1:9",
        "api": "http://127.0.0.1:4567/x",
    }
    assert (state / "lambda-blobs" / "1.zip").read_bytes() == b"\xff127.0.0.1:4566"
    assert kept_deployment.fargate_state(tmp_path / "second").read_bytes() == b"\x80pickled"
    terraform = tmp_path / "second" / "terraform"
    assert json.loads((terraform / "terraform.tfstate").read_text()) == {"url": "http://127.0.0.1:4567"}
    assert (terraform / ".terraform" / "providers" / "aws" / "program").read_bytes() == b"700 MB"
    assert (terraform / ".terraform.lock.hcl").read_text() == "lock"
    assert not (terraform / "main.tf").is_symlink()


def test_stopping_a_cloud_does_not_delete_kept_deployments(tmp_path: Path, bundle: Path) -> None:
    from local.cloud import Cloud

    keep("f", cloud(tmp_path / "first"), bundle, tmp_path / "kept")
    found = kept_deployment.find("f", tmp_path / "kept")
    assert found is not None
    found.put(tmp_path / "second", bundle, SECOND)
    Cloud(tmp_path / "second").stop()
    assert not (tmp_path / "second" / "terraform").exists()
    assert (found.folder / "terraform" / ".terraform" / "providers" / "aws" / "program").is_file()


def test_the_most_recently_used_deployments_are_kept(tmp_path: Path, bundle: Path) -> None:
    state_dir, folder = cloud(tmp_path / "first"), tmp_path / "kept"
    for age, name in enumerate("abc"):
        keep(name, state_dir, bundle, folder)
        os.utime(folder / name, (1000 + age, 1000 + age))
    assert kept_deployment.find("a", folder) is not None  # counts as a use
    keep("d", state_dir, bundle, folder)
    assert {path.name for path in folder.iterdir()} == {"a", "c", "d"}


def test_other_fingerprints_and_drafts_are_not_found(tmp_path: Path) -> None:
    (tmp_path / "kept" / "f").mkdir(parents=True)
    assert kept_deployment.find("f", tmp_path / "kept") is None
    assert kept_deployment.find("g", tmp_path / "kept") is None


def test_a_copy_restores_the_network(tmp_path: Path) -> None:
    file = tmp_path / "state" / "fargate.pickle"
    with mock_aws():
        made = ec2_backends[ACCOUNT_ID][REGION].create_vpc("10.7.0.0/16")
        kept_state.write(file)
    with mock_aws():
        assert made.id not in ec2_backends[ACCOUNT_ID][REGION].vpcs
        kept_state.read(file)
        assert ec2_backends[ACCOUNT_ID][REGION].get_vpc(made.id).cidr_block == "10.7.0.0/16"


def test_a_deployment_with_objects_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """MiniStack's persistence omits the bodies of objects."""
    buckets: dict[tuple[str, str], Any] = {("123456789012", "b"): {"objects": {"key": {}}}}
    monkeypatch.setattr(s3._buckets, "_data", buckets)
    assert gateway.keep() == {"error": "there are objects in S3"}
