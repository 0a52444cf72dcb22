"""Runs containers as processes on this machine.

The image `local/<folder>` means: run the container's command in that folder of the repository, with
this interpreter for `python`, which finds hippo_play; without a command in the task definition, the
ENTRYPOINT and CMD of the folder's Dockerfile; in a folder without one, that of the image which
`hippo submit` makes of the game in config.yml. Pulling any other image fails. The process listens
on HIPPO_LISTEN_ADDRESS, the task's public address, or one behind it if the task's security groups
do not admit everyone (in a real container, where the variable is absent, servers listen on
0.0.0.0). Its output goes to one log file per container, and from there to CloudWatch Logs if the
task definition configures it (task_logs.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from local.fargate.container_secrets import CannotReadSecretError, ContainerSecrets
from local.fargate.task_logs import CannotLogError, TaskLogs
from local.fargate.tasks import Container
from local.places import LOCAL_IMAGE_PREFIX, REPOSITORY

_LAUNCHER = Path(__file__).resolve().parent.parent / "child.py"
_PYTHON_NAMES = ("python", "python3")
_GAME_COMMAND = ("python", "-m", "hippo_play", "config.yml")
_PACKAGES = REPOSITORY / "play"


_UPLOADS = "HIPPO_UPLOAD_URL"


def without_dns(url: str, gateway: str) -> str:
    """Return the address of an HTTP API's route by MiniStack's path: no resolver knows the API's name."""
    api_id, path = urlsplit(url).netloc.partition(".")[0], urlsplit(url).path
    return f"{gateway}/_aws/execute-api/{api_id}/$default{path}"


class CannotStartError(Exception):
    """The container does not start; the message has the wording of ECS's stoppedReason."""


class Processes:
    """The processes of all containers, by container ARN.

    Start them from one long-lived thread: Linux kills a child when the thread that made it ends
    (local/child.py).
    """

    def __init__(
        self,
        images: Path,
        logs: Path,
        task_logs: TaskLogs | None = None,
        gateway: str | None = None,
        secrets: ContainerSecrets | None = None,
    ) -> None:
        """Prepare without starting a process.

        Args:
            images: the folder that contains the images' folders.
            logs: the folder of the containers' output.
            task_logs: sends the output to CloudWatch Logs; None sends it nowhere.
            gateway: address of MiniStack, behind which containers reach the deployment's API.
            secrets: reads the secrets of task definitions; None gives containers none.
        """
        self._images = images.resolve()
        self._logs = logs
        self._task_logs = task_logs
        self._gateway = gateway
        self._secrets = secrets
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, container: Container, log_name: str, environment: Mapping[str, str]) -> None:
        """Start a container.

        Raises:
            CannotStartError: the image is unknown, a secret cannot be read, or the command cannot be run.
        """
        folder = self._folder(container.image)
        words = container.command or image_command(folder)
        if not words:
            message = "CannotStartContainerError: neither the container nor its image has a command"
            raise CannotStartError(message)
        try:
            held = self._secrets.values(container.secrets, container.execution_role_arn) if self._secrets else {}
        except CannotReadSecretError as error:
            raise CannotStartError(str(error)) from error
        program, *arguments = words
        command = [sys.executable if program in _PYTHON_NAMES else program, *arguments]
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / f"{log_name}-{container.name}.log"
        if self._task_logs is not None and container.log is not None:
            try:
                self._task_logs.follow(container.arn, container.log, path)
            except CannotLogError as error:
                raise CannotStartError(str(error)) from error
        variables = {"PYTHONPATH": str(_PACKAGES), **environment, **container.environment, **held}
        if self._gateway is not None and _UPLOADS in variables:
            variables[_UPLOADS] = without_dns(variables[_UPLOADS], self._gateway)
        with path.open("ab") as log:
            self._running[container.arn] = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), *command],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _folder(self, image: str) -> Path:
        if image.startswith(LOCAL_IMAGE_PREFIX):
            name = image.removeprefix(LOCAL_IMAGE_PREFIX).partition(":")[0]
            folder = (self._images / name).resolve()
            if folder.is_dir() and folder.is_relative_to(self._images):
                return folder
        raise CannotStartError(
            f"CannotPullContainerError: the local cloud has no image {image!r}; "
            f"name a folder of this repository as {LOCAL_IMAGE_PREFIX}<folder>"
        )

    def exit_code(self, container_arn: str) -> int | None:
        """Return the exit code of a process, 128 + n if signal n ended it; None while it runs."""
        process = self._running.get(container_arn)
        if process is None:
            return None
        code = process.poll()
        if code is None:
            return None
        return 128 - code if code < 0 else code

    def send(self, container_arn: str, signal_number: signal.Signals) -> None:
        """Signal a container's process and its children."""
        process = self._running.get(container_arn)
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal_number)

    def forget(self, container_arn: str) -> None:
        """Drop a container that has ended."""
        self._running.pop(container_arn, None)
        if self._task_logs is not None:
            self._task_logs.finish(container_arn)

    def pid(self, container_arn: str) -> int | None:
        """Return the process id of a running container."""
        process = self._running.get(container_arn)
        return process.pid if process is not None and process.poll() is None else None

    def kill_all(self) -> None:
        """Kill every process, because the stand-in itself ends."""
        for arn in list(self._running):
            self.send(arn, signal.SIGKILL)
        for process in self._running.values():
            process.wait(timeout=5)
        self._running.clear()


def image_command(folder: Path) -> tuple[str, ...]:
    """Return ENTRYPOINT and CMD, in exec form, of the Dockerfile in an image's folder, or the game's command."""
    dockerfile = folder / "Dockerfile"
    if not dockerfile.is_file():
        return _GAME_COMMAND if (folder / "config.yml").is_file() else ()
    text = dockerfile.read_text(encoding="utf-8")
    words: list[str] = []
    for instruction in ("ENTRYPOINT", "CMD"):
        given = re.findall(rf"^{instruction}\s+(\[.*\])\s*$", text, re.MULTILINE)
        words += json.loads(given[-1]) if given else []
    return tuple(words)
