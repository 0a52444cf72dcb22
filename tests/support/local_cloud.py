"""Local clouds for a whole run of the tests, whatever folders it runs and however many processes it has.

Most of the time that a deployment takes, terraform waits. So each cloud is made in the background, from the moment at
which it is known that a test will need it, and the tests that do not need it run meanwhile. The first one may be
applied; every further one starts from a copy (local/kept_deployment.py).
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

_MOST_SECONDS = 600.0
_LOOK_AGAIN_SECONDS = 0.2


class SharedCloud:
    """The local cloud in `folder`, which is made when the first process joins, and ended once nobody needs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._me = folder / f"user-{os.getpid()}"
        self._maker: subprocess.Popen[bytes] | None = None

    def join(self) -> None:
        """Say that this process will need the cloud; the first one has it made."""
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
        """Take the cloud for this process alone; False if another process has it."""
        try:
            (self._folder / "claimed").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def result(self) -> Cloud:
        """The cloud, with everything deployed.

        Raises:
            LocalCloudError: it cannot be made; the message says why.
        """
        deadline = time.monotonic() + _MOST_SECONDS
        while not (self._folder / "made").exists():
            if (self._folder / "failed").exists():
                raise LocalCloudError(f"The local cloud could not be made: {(self._folder / 'failed').read_text()}")
            if self._maker is not None and self._maker.poll() is not None:
                raise LocalCloudError(f"Whoever made the local cloud has ended with {self._maker.returncode}.")
            if time.monotonic() > deadline:
                raise LocalCloudError("The local cloud is being made, and that does not come to an end.")
            time.sleep(_LOOK_AGAIN_SECONDS)
        return _cloud(self._folder)

    def leave(self) -> None:
        """Say that this process is done with the cloud; the last one waits until it has ended, if it had it made."""
        self._me.unlink(missing_ok=True)
        if self._maker is None:
            return
        if any(_is_running(user) for user in self._folder.glob("user-*")):
            self._maker.returncode = 0  # it ends when they have left, so nobody waits for it
        else:
            self._maker.wait()


def make(folder: Path) -> None:
    """Make the cloud, keep it for as long as a process needs it, and end it."""
    cloud = _cloud(folder)
    try:
        try:
            deploy(cloud)
            (folder / "made").touch()
        except Exception as error:
            (folder / "failed").write_text(f"{type(error).__name__}: {error}")
            raise
        while any(_is_running(user) for user in folder.glob("user-*")):
            time.sleep(_LOOK_AGAIN_SECONDS)
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
