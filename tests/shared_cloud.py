"""One local cloud for a whole run of the tests, whatever folders it runs and however many processes it has.

Most of the time that a deployment takes, terraform waits. So the cloud is made in the background, from the moment at
which it is known that a test will need it, and the tests that do not need it run meanwhile.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from local.cloud import Cloud
from local.deployment import deploy
from local.failures import LocalCloudError

_MOST_SECONDS = 600.0
_LOOK_AGAIN_SECONDS = 0.2


class SharedCloud:
    """The local cloud in `folder`, which the first process that joins makes, and ends once nobody needs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._me = folder / f"user-{os.getpid()}"
        self._made = folder / "made"
        self._failed = folder / "failed"
        self._pool: ThreadPoolExecutor | None = None
        self._making: Future[Cloud] | None = None

    def join(self) -> None:
        """Say that this process will need the cloud; the first one makes it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._me.touch()
        try:
            (self._folder / "maker").touch(exist_ok=False)
        except FileExistsError:
            return
        # The cloud's processes die with the thread that starts them.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="local cloud")
        self._making = self._pool.submit(self._make)

    def result(self) -> Cloud:
        """The cloud, with everything deployed.

        Raises:
            LocalCloudError: it cannot be made; the message says why.
        """
        if self._making is not None:
            return self._making.result(_MOST_SECONDS)
        deadline = time.monotonic() + _MOST_SECONDS
        while not self._made.exists():
            if self._failed.exists():
                raise LocalCloudError(f"Another process could not make the local cloud: {self._failed.read_text()}")
            if time.monotonic() > deadline:
                raise LocalCloudError("Another process makes the local cloud, and does not come to an end.")
            time.sleep(_LOOK_AGAIN_SECONDS)
        return self._cloud()

    def leave(self) -> None:
        """Say that this process is done with the cloud; whoever made it waits for the others, and ends it."""
        self._me.unlink(missing_ok=True)
        if self._making is None or self._pool is None:
            return
        wait([self._making])
        while any(_is_running(user) for user in self._folder.glob("user-*")):
            time.sleep(_LOOK_AGAIN_SECONDS)
        self._cloud().stop()
        self._pool.shutdown()

    def _make(self) -> Cloud:
        try:
            cloud = self._cloud()
            deploy(cloud)
        except BaseException as error:
            self._failed.write_text(str(error))
            raise
        self._made.touch()
        return cloud

    def _cloud(self) -> Cloud:
        return Cloud(self._folder / "cloud", ephemeral=True)


def _is_running(user: Path) -> bool:
    try:
        os.kill(int(user.name.removeprefix("user-")), 0)
    except ProcessLookupError:
        return False
    return True
