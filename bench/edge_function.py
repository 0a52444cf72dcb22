"""Measures the CloudFront Function of the edge route: its size, and what a run takes.

CloudFront limits a function's size and the compute time of a run; for the time it publishes no
number, and shows the share that was used as a percentage (docs/verify.md, "edge: compute time").
What takes the time are the MACs, the bytes in them, reads of the store and calls of functions: these
are counted in Node, and are the same on every machine. Node's time of a run is not CloudFront's, and
only shows what a change of the file does to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.rows import Row, Setup, count, duration
from hippo_gym.sessions.edge import PREFIX, EdgeServer, path_of
from hippo_gym.sessions.edge_keys import EdgeKey
from local.edge.function import FILE, EdgeFunction

COMMAND: Final = "make bench BENCH_ARGS='--only edge'"

_LONGEST_DOMAIN: Final = 253
_NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
_KEY: Final = EdgeKey("202611301200", "K" * 43)
_SERVER: Final = EdgeServer("20261130-0f3c5d7e9a1b2c4d-1", 5000, _NOW + timedelta(hours=2), "T" * 43)
_RUNS: Final = 5000

_PATHS: Final = {
    "a path of the deployment": path_of(_SERVER, _KEY, _SERVER.until),
    "a forged path": path_of(_SERVER, EdgeKey(_KEY.id, "X" * 43), _SERVER.until),
    "an expired path": path_of(_SERVER, _KEY, _NOW),
    "a path of 8,000 characters": PREFIX + "a" * 8000,
}
_USED: Final = {"macs": "MACs", "hashed": "bytes in MACs", "reads": "reads of the store", "calls": "calls"}


def rows(setup: Setup) -> Iterator[Row]:
    """Yield the function's size with the longest root domain, and what it takes for paths of each kind."""
    size = len(FILE.read_bytes().replace(b"{{root_domain}}", b"d" * _LONGEST_DOMAIN))
    yield count("edge function: size", size, "bytes", COMMAND)
    keys, now_ms = {_KEY.id: _KEY.secret}, int(_NOW.timestamp() * 1000)
    counting, timed = EdgeFunction("example.net", counts=True), EdgeFunction("example.net")
    try:
        for kind, path in _PATHS.items():
            used = counting.run(path, keys, now_ms=now_ms).used
            for name, unit in _USED.items():
                yield count(f"edge function, {kind}: {unit}", used[name], unit, COMMAND)
            if not setup.counts_only:
                took = timed.run(path, keys, now_ms=now_ms, times=_RUNS).used["microseconds"]
                yield duration(f"edge function, {kind}: a run in Node", took / 1000, "ms", COMMAND, setup.loop)
    finally:
        counting.close()
        timed.close()
