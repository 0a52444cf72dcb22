"""Measures the bundle: its size, its files, and how long `build.py` takes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.rows import Row, Setup, count, duration
from bench.step import REPOSITORY

COMMAND: Final = "make bench BENCH_ARGS='--only bundle'"


def rows(setup: Setup) -> Iterator[Row]:
    """Yield the rows of the arm64 bundle; the time is that of a build with the dependencies at hand."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        seconds = []
        for _ in range(setup.runs):
            began = time.monotonic()
            command = [sys.executable, "build.py", "--output", str(path)]
            subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
            seconds.append(time.monotonic() - began)
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
        yield count("bundle: packed", path.stat().st_size, "bytes", COMMAND)
        yield count("bundle: unpacked", sum(info.file_size for info in infos), "bytes", COMMAND)
        yield count("bundle: files", len(infos), "files", COMMAND)
        if not setup.counts_only:
            yield duration("bundle: build again", min(seconds) * 1000, "ms", COMMAND, setup.loop)
