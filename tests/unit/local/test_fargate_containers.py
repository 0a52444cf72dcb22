"""Containers run as processes on this machine."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.fargate.containers import CannotStartError, Processes, image_command
from local.fargate.tasks import Container

LISTEN = (
    "import os, socket, time; "
    "s = socket.create_server((os.environ['HIPPO_LISTEN_ADDRESS'], 5000)); print('up'); time.sleep(600)"
)


def container(image: str = "local/server", *command: str, **environment: str) -> Container:
    return Container("server", image, command, environment, essential=True, stop_timeout=1, arn="arn:c")


def eventually(question: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 300
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    (tmp_path / "server").mkdir()
    found = Processes(tmp_path, tmp_path / "logs")
    yield found
    found.kill_all()


def accepts(address: str) -> bool:
    try:
        socket.create_connection((address, 5000), timeout=1).close()
    except OSError:
        return False
    return True


def test_a_container_listens_on_exactly_its_tasks_address(processes: Processes) -> None:
    environment = {"HIPPO_LISTEN_ADDRESS": "127.201.7.9", "PATH": os.environ["PATH"]}
    processes.start(container("local/server", "python", "-c", LISTEN), "t1", environment)

    assert eventually(lambda: accepts("127.201.7.9"))
    assert not accepts("127.201.7.10")


def test_a_container_s_exit_code_and_output_are_stored(processes: Processes, tmp_path: Path) -> None:
    command = ("python", "-c", "print('bye'); raise SystemExit(7)")
    processes.start(container("local/server", *command), "t1", {})

    assert eventually(lambda: processes.exit_code("arn:c") == 7)
    assert (tmp_path / "logs" / "t1-server.log").read_text() == "bye\n"


def test_a_container_ended_by_a_signal_has_128_plus_its_number(processes: Processes) -> None:
    processes.start(container("local/server", "python", "-c", "import time; time.sleep(600)"), "t1", {})
    processes.send("arn:c", signal.SIGKILL)

    assert eventually(lambda: processes.exit_code("arn:c") == 137)


def test_an_image_is_a_folder_inside_the_images_folder(processes: Processes) -> None:
    for image in ("repository/study:1", "local/missing", "local/../.."):
        with pytest.raises(CannotStartError, match="CannotPullContainerError"):
            processes.start(container(image, "python"), "t1", {})


def test_without_a_command_the_dockerfile_s_command_runs(tmp_path: Path) -> None:
    dockerfile = 'FROM python\nENTRYPOINT ["python", "-m"]\nCMD ["old"]\nCMD ["server"]\n'
    (tmp_path / "Dockerfile").write_text(dockerfile)

    assert image_command(tmp_path) == ("python", "-m", "server")
