"""The local cloud recognises its processes by their marker, and ends only those."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from local import processes, state
from local.cloud import Cloud
from local.failures import LocalCloudError
from local.state import State

CHILD = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"
SLEEP = ["-c", f"import subprocess, sys, time; child = {CHILD}; time.sleep(600)"]


def start(state_dir: Path) -> processes.Process:
    return processes.spawn(SLEEP, {}, state_dir, state_dir / "log", ephemeral=False)


def test_end_all_ends_children_too_and_no_other_process(tmp_path: Path) -> None:
    ours, theirs = start(tmp_path / "a"), start(tmp_path / "b")
    deadline = time.monotonic() + 300
    while len(processes._marked(tmp_path / "a")) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        assert processes.end_all(tmp_path / "a") == 2
        assert not processes.is_running(ours)
        assert processes.is_running(theirs)
    finally:
        processes.end_all(tmp_path / "b")


def test_another_process_with_the_same_id_is_not_ours(tmp_path: Path) -> None:
    ours = start(tmp_path)
    try:
        assert processes.is_running(ours)
        assert not processes.is_running(replace(ours, started="1"))
    finally:
        processes.end_all(tmp_path)


def test_an_ephemeral_process_dies_with_its_starter(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from local import processes; "
        f"folder = Path({str(tmp_path)!r}); "
        "print(processes.spawn(['-c', 'import time; time.sleep(600)'], {}, folder, folder / 'log', ephemeral=True).pid,"
        " flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        starter.stdout.readline()
        starter.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 300
    while processes._marked(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes._marked(tmp_path) == []


def test_free_ports_differ() -> None:
    assert len(set(processes.free_ports(5))) == 5


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = State(processes.Process(1, "2"), "http://a", processes.Process(3, "4"), "http://b", outputs={"x": [1]})
    state.save(tmp_path, written)
    assert state.load(tmp_path) == written


@pytest.mark.parametrize("content", ["", "{}", '{"gateway": 1}', "no json"])
def test_a_damaged_state_file_loads_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    assert state.load(tmp_path) is None


def test_a_cloud_that_does_not_run_says_how_to_start_it(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match="make up"):
        _ = Cloud(tmp_path).state
    assert Cloud(tmp_path).stop() == 0


def test_a_start_retries_when_another_program_has_taken_a_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = processes.free_ports
    with socket.create_server(("127.0.0.1", 0)) as other:
        given = iter([[other.getsockname()[1], *free(1)]])
        monkeypatch.setattr(processes, "free_ports", lambda count: next(given, None) or free(count))
        cloud = Cloud(tmp_path, ephemeral=True)
        try:
            cloud.start()
            assert cloud.is_running()
            assert next(given, None) is None, "the taken port was never tried"
        finally:
            cloud.stop()
