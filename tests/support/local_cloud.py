"""Makes local clouds that all processes of a test run share.

During a deployment terraform mostly waits. So a background process makes each cloud as soon as
pytest has selected a test that needs it, while other tests run. Terraform applies the first cloud
at most; further ones start from a copy (local/kept_deployment.py).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from local.cloud import Cloud
from local.deployment import deploy
from local.failures import LocalCloudError
from local.places import REPOSITORY

_MAX_SECONDS = 600.0
_POLL_SECONDS = 0.2


class SharedCloud:
    """The local cloud in `folder`: runs from the first process's join to the last one's leave."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._me = folder / f"user-{os.getpid()}"
        self._maker: subprocess.Popen[bytes] | None = None

    def join(self) -> None:
        """Register this process as a user of the cloud; the first user starts the maker process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._me.touch()
        try:
            (self._folder / "maker").touch(exist_ok=False)
        except FileExistsError:
            return
        path = os.pathsep.join(filter(None, sys.path))
        self._maker = subprocess.Popen(
            [sys.executable, "-m", "tests.support.local_cloud", str(self._folder)],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": path},
        )

    def claim(self) -> bool:
        """Reserve the cloud for this process; return False if another process has it."""
        try:
            (self._folder / "claimed").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def result(self) -> Cloud:
        """Wait for the deployed cloud and return it.

        Raises:
            LocalCloudError: the cloud cannot be made; the message says why.
        """
        deadline = time.monotonic() + _MAX_SECONDS
        while not (self._folder / "made").exists():
            if (self._folder / "failed").exists():
                raise LocalCloudError(f"The local cloud could not be made: {(self._folder / 'failed').read_text()}")
            if self._maker is not None and self._maker.poll() is not None:
                raise LocalCloudError(f"The process that makes the local cloud ended with {self._maker.returncode}.")
            if time.monotonic() > deadline:
                raise LocalCloudError(f"The local cloud is not ready after {_MAX_SECONDS:g} seconds.")
            time.sleep(_POLL_SECONDS)
        return _cloud(self._folder)

    def leave(self) -> None:
        """Unregister this process; if it started the maker and no user is left, wait for its end."""
        self._me.unlink(missing_ok=True)
        if self._maker is None:
            return
        if any(_is_running(user) for user in self._folder.glob("user-*")):
            self._maker.returncode = 0  # it ends after the last user; keeps Popen from warning
        else:
            self._maker.wait()


def make(folder: Path) -> None:
    """Make the cloud, keep it while a process uses it, then stop it."""
    cloud = _cloud(folder)
    try:
        try:
            deploy(cloud)
            (folder / "made").touch()
        except Exception as error:
            (folder / "failed").write_text(f"{type(error).__name__}: {error}")
            raise
        while any(_is_running(user) for user in folder.glob("user-*")):
            time.sleep(_POLL_SECONDS)
    finally:
        cloud.stop()


def _cloud(folder: Path) -> Cloud:
    return Cloud(folder / "cloud", ephemeral=True)


def _is_running(user: Path) -> bool:
    try:
        os.kill(int(user.name.removeprefix("user-")), 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    make(Path(sys.argv[1]))
