"""Keeps a deployment that terraform applied once, so that further clouds start from a copy.

Applying the root takes more than a minute, of which the AWS provider waits 55 seconds for the
bucket's lifecycle rules: 10 seconds, then ten reads, 5 seconds apart, which must all return the
rules as written (waitLifecycleConfigEquals in the provider's
internal/service/s3/bucket_lifecycle_configuration.go). No answer of an emulator shortens that wait.

    build/local-cloud/<fingerprint>/
        kept.json          when terraform applied it, its outputs and hosted zone
        bundle.zip         the bundle that its functions run
        ministack/         MiniStack's own persistence: one JSON file for each service, and the functions' code
        fargate.pickle     state of moto's ECS and EC2 for the Fargate stand-in
        terraform/         Terraform's state, and what `terraform init` installed

The fingerprint is a hash of everything from which the deployment is made. A copy listens on other
ports, so the kept files hold placeholders for the addresses of both emulators.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hippo_deploy.provider_mirror import PROVIDER, plugin_dir
from local.places import REPOSITORY
from local.terraform_program import inherited, terraform_program

FOLDER: Final = REPOSITORY / "build" / "local-cloud"
SOURCES: Final = (
    "build.py",
    "handlers",
    "local",
    "requirements/dev.txt",
    "schemas",
    "terraform/*.tf",
    "terraform/modules",
)
"""Sources of a deployment; requirements/dev.txt pins the versions of both emulators."""

FARGATE_STATE: Final = "fargate.pickle"
_MINISTACK = "ministack"
_TERRAFORM = "terraform"
_MOST_KEPT = 3  # about 20 MB each; a developer switches between a few states of the sources
_PLACEHOLDERS = {"gateway": "<address of MiniStack>", "fargate": "<address of the Fargate stand-in>"}


@dataclass(frozen=True)
class Kept:
    """A kept deployment."""

    folder: Path
    applied_at: str
    """When terraform applied it: UTC, to the second."""
    outputs: dict[str, Any]
    hosted_zone_id: str

    @property
    def bundle(self) -> Path:
        """The bundle that its functions run."""
        return self.folder / "bundle.zip"

    def put(self, state_dir: Path, bundle: Path, addresses: Mapping[str, str]) -> dict[str, Any]:
        """Copy into the state folder of a cloud whose emulators do not run yet; return the outputs.

        Args:
            state_dir: the cloud's folder.
            bundle: the bundle's path in Terraform's state.
            addresses: host and port of `gateway` and `fargate`.
        """
        words = {_PLACEHOLDERS[name]: address for name, address in addresses.items()}
        _copy_texts(self.folder / _MINISTACK, ministack_state(state_dir), words)
        shutil.copyfile(self.folder / FARGATE_STATE, fargate_state(state_dir))
        _copy_texts(self.folder / _TERRAFORM, state_dir / _TERRAFORM, words)
        installed = state_dir / _TERRAFORM / ".terraform"
        shutil.copytree(
            self.folder / _TERRAFORM / ".terraform", installed, ignore=lambda *_: {"providers"}, dirs_exist_ok=True
        )
        (installed / "providers").symlink_to(self.folder / _TERRAFORM / ".terraform" / "providers")
        if not bundle.is_file() or bundle.read_bytes() != self.bundle.read_bytes():
            draft = bundle.with_name(f"{bundle.name}.{os.getpid()}")
            shutil.copyfile(self.bundle, draft)
            draft.replace(bundle)
        outputs: dict[str, Any] = json.loads(_replaced(json.dumps(self.outputs), words))
        return outputs


def ministack_state(state_dir: Path) -> Path:
    """MiniStack's STATE_DIR in a cloud's folder."""
    return state_dir / "data" / "state"


def fargate_state(state_dir: Path) -> Path:
    """The state file that the Fargate stand-in reads at its start, in a cloud's folder."""
    return state_dir / "data" / FARGATE_STATE


def fingerprint(repository: Path = REPOSITORY) -> str:
    """Return a hash of a deployment's sources, the versions, and this repository's path."""
    found = hashlib.sha256()
    for part in (str(repository), sys.version, platform.machine(), _versions()):
        found.update(f"{part}\0".encode())
    for path in _files(repository):
        found.update(f"{path.relative_to(repository)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:20]


def find(name: str, folder: Path = FOLDER) -> Kept | None:
    """Return the kept deployment of a fingerprint; None if there is none."""
    here = folder / name
    try:
        data = json.loads((here / "kept.json").read_text())
        os.utime(here)  # keep() deletes those that were used longest ago
    except (OSError, ValueError):
        return None
    return Kept(folder=here, **data)


def keep(
    name: str,
    *,
    state_dir: Path,
    bundle: Path,
    addresses: Mapping[str, str],
    outputs: Mapping[str, Any],
    hosted_zone_id: str,
    folder: Path = FOLDER,
) -> None:
    """Keep a deployment whose emulators have saved their state.

    Of more than `_MOST_KEPT` kept deployments, delete those that were used longest ago.

    Args:
        name: the fingerprint.
        state_dir: the folder of the cloud on which terraform applied it.
        bundle: the deployment's bundle.
        addresses: host and port of `gateway` and `fargate`.
        outputs: Terraform's outputs.
        hosted_zone_id: the zone made before the apply.
        folder: the folder of kept deployments.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder))
    try:
        words = {address: _PLACEHOLDERS[which] for which, address in addresses.items()}
        _copy_texts(ministack_state(state_dir), draft / _MINISTACK, words)
        shutil.copyfile(fargate_state(state_dir), draft / FARGATE_STATE)
        _copy_texts(state_dir / _TERRAFORM, draft / _TERRAFORM, words)
        shutil.copytree(
            state_dir / _TERRAFORM / ".terraform",
            draft / _TERRAFORM / ".terraform",
            symlinks=True,  # terraform links to a provider that a mirror holds
            copy_function=_link,
            dirs_exist_ok=True,
        )
        shutil.copyfile(bundle, draft / "bundle.zip")
        applied_at = datetime.now(UTC).isoformat(timespec="seconds")
        kept = Kept(draft, applied_at, json.loads(_replaced(json.dumps(outputs), words)), hosted_zone_id)
        data = {key: value for key, value in asdict(kept).items() if key != "folder"}
        (draft / "kept.json").write_text(json.dumps(data, indent=2) + "\n")
        shutil.rmtree(folder / name, ignore_errors=True)
        draft.rename(folder / name)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    by_use = sorted(folder.glob("*/kept.json"), key=lambda file: file.parent.stat().st_mtime, reverse=True)
    for file in by_use[_MOST_KEPT:]:
        shutil.rmtree(file.parent, ignore_errors=True)


@contextlib.contextmanager
def lock(folder: Path = FOLDER) -> Iterator[None]:
    """Lock the kept deployments: of two parallel starts, one applies and the other copies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _files(repository: Path) -> list[Path]:
    found = [path for pattern in SOURCES for path in repository.glob(pattern)]
    inside = [file for path in found if path.is_dir() for file in path.rglob("*")]
    files = {path for path in [*found, *inside] if path.is_file() and "__pycache__" not in path.parts}
    return sorted(files)


def _versions() -> str:
    """Return Terraform's version, and the AWS provider's versions in a mirror on this machine."""
    version = subprocess.run(
        [terraform_program(), "version", "-json"],
        env=inherited(os.environ) | {"CHECKPOINT_DISABLE": "1"},
        cwd=tempfile.gettempdir(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    mirror = plugin_dir()
    providers = sorted(path.name for path in (mirror / PROVIDER).iterdir()) if mirror else []
    return f"{json.loads(version.stdout)['terraform_version']} {providers}"


def _copy_texts(source: Path, target: Path, words: Mapping[str, str]) -> None:
    """Copy a folder and replace words in its JSON files; skip links and installed providers."""
    for path in source.rglob("*"):
        relative = path.relative_to(source)
        if (
            path.is_symlink()
            or not path.is_file()
            or any(part.startswith(".terraform") for part in relative.parts[:-1])
        ):
            continue
        copy = target / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in {".json", ".tfstate"}:
            copy.write_text(_replaced(path.read_text(), words))
        else:
            shutil.copyfile(path, copy)


def _replaced(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def _link(source: str, target: str) -> None:
    """Link a file if the file system can, else copy it: a provider is about 700 MB."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        shutil.copymode(source, target)
