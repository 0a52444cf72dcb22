"""No link out of a build context, and no secret in it, gets into an image unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_cli.publish import build_context, secrets
from hippo_cli.study import aws_setup, read
from hippo_common.errors import HippoError
from tests.unit.cli.study.studies import PROJECT, project, write

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n"


@pytest.fixture
def dockerfile(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "main.py").write_text("print()")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder / "Dockerfile"


def put(dockerfile: Path, name: str, content: str = "x") -> None:
    path = dockerfile.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


SECRETS = {
    ".env": "A=1",
    "config/.env.production": "A=1",
    "prod.env": "A=1",
    ".aws/credentials": "[default]",
    "home/.AWS/config": "[default]",
    ".ssh/known_hosts": "x",
    "id_ed25519": "x",
    "deploy/ID_RSA": "x",
    "server.key": "x",
    "store.p12": "x",
    ".netrc": "x",
    ".git-credentials": "x",
    ".docker/config.json": "{}",
    "terraform.tfstate": "{}",
    "certificate.pem": f"-----BEGIN CERTIFICATE-----\n{KEY}",
    "notes.txt": KEY,
    "service.json": '{"private_key": "-----BEGIN PRIVATE KEY-----\\nMII"}',
    "encrypted": "-----BEGIN ENCRYPTED PRIVATE KEY-----",
    "settings.ini": "aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
}
HARMLESS = {
    ".env.example": "A=",
    "config.env.template": "A=",
    "environment.py": "x",
    "monkey.py": "x",
    "keys.py": "x",
    "id_rsa.pub": "ssh-rsa",
    "certificate.pem": "-----BEGIN CERTIFICATE-----",
    "public.pem": "-----BEGIN PUBLIC KEY-----",
    "README.md": "Set aws_secret_access_key = <yours>",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_refused_by_its_path(dockerfile: Path, name: str) -> None:
    put(dockerfile, name, SECRETS[name])
    with pytest.raises(HippoError) as caught:
        build_context.read(dockerfile, "X86_64")
    assert name in caught.value.message
    assert "allowInImage" in str(caught.value.fix)
    assert SECRETS[name] not in caught.value.message or len(SECRETS[name]) < 4


@pytest.mark.parametrize("name", HARMLESS)
def test_other_files_are_not(dockerfile: Path, name: str) -> None:
    put(dockerfile, name, HARMLESS[name])
    assert build_context.read(dockerfile, "X86_64").files == 3


def test_a_secret_may_be_allowed_by_its_path_or_ignored(dockerfile: Path) -> None:
    put(dockerfile, "a/.env")
    put(dockerfile, "b/.env")
    with pytest.raises(HippoError, match=r"b/\.env has the name") as caught:
        build_context.read(dockerfile, "X86_64", ["a/.env"])
    assert "a/.env" not in caught.value.message
    put(dockerfile, ".dockerignore", "b\n")
    assert build_context.read(dockerfile, "X86_64", ["a/.env"]).files == 4


@pytest.mark.parametrize("target", ["../outside.txt", "{absolute}", "/etc/hostname", "sub/../../outside.txt", ".."])
@pytest.mark.parametrize("name", ["link", "sub/link", ".dockerignored-not"])
def test_a_link_out_of_the_context_is_refused(dockerfile: Path, name: str, target: str) -> None:
    (dockerfile.parents[1] / "outside.txt").write_text("x")
    (dockerfile.parent / "sub").mkdir()
    path = dockerfile.parent / name
    leads = target.format(absolute=dockerfile.parents[1] / "outside.txt")
    path.symlink_to(f"../{leads}" if "/" in name and not leads.startswith("/") else leads)
    with pytest.raises(HippoError, match="leads out of the folder of the image"):
        build_context.read(dockerfile, "X86_64")


def test_a_dockerfile_that_is_a_link_out_of_the_context_is_refused(dockerfile: Path) -> None:
    (dockerfile.parents[1] / "outside").write_text("FROM scratch\n")
    dockerfile.unlink()
    dockerfile.symlink_to("../outside")
    with pytest.raises(HippoError, match="leads out of the folder of the image"):
        build_context.read(dockerfile, "X86_64")


def test_a_link_within_the_context_is_allowed(dockerfile: Path) -> None:
    (dockerfile.parent / "again.py").symlink_to("main.py")
    assert build_context.read(dockerfile, "X86_64").files == 3


def test_config_yml_names_the_allowed_files(tmp_path: Path) -> None:
    setup = {**PROJECT["awsSetup"], "allowInImage": [".env"]}
    study = read(write(tmp_path, project(awsSetup=setup)))
    assert study.aws_setup.allow_in_image == (".env",)
    assert not study.findings


@pytest.mark.parametrize("value", [".env", True, [1], [""], ["*"], {".env": True}])
def test_anything_else_under_the_key_is_an_error(tmp_path: Path, value: object) -> None:
    study = read(write(tmp_path, project(awsSetup={**PROJECT["awsSetup"], "allowInImage": value})))
    assert [finding.where for finding in study.errors] == ["project.awsSetup.allowInImage"]
    assert aws_setup.read({"awsSetup": {"allowInImage": value}}).allow_in_image == ()


@given(st.text(min_size=1, max_size=30), st.binary(max_size=100))
@settings(max_examples=200, deadline=None)
def test_no_file_name_and_no_content_raises_an_error(name: str, content: bytes) -> None:
    assert secrets.look(name, lambda: content) is None or secrets.look(name, lambda: content)
