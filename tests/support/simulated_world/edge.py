"""CloudFront in front of the servers: what an edge remembers of names and errors.

Assumed as the least favourable behaviour that the documentation allows (docs/connection.md): the edge
uses a name's address for a minute whatever its TTL, remembers a missing name for five minutes, and
keeps an error for ten seconds, by path.
"""

from __future__ import annotations

from typing import Final

from hippo_gym.sessions.edge_keys import EdgeKey
from hippo_gym.sessions.probe import Asked
from tests.support.simulated_world.kernel import Kernel
from tests.support.simulated_world.route53 import Route53
from tests.support.simulated_world.tasks import TaskLives

KEY: Final = EdgeKey("k1", "A" * 43)
URL: Final = "https://study.example.net"

_NAME_KEPT: Final = 60.0
_MISSING_KEPT: Final = 300.0
_ERROR_KEPT: Final = 10.0


class SimulatedEdge:
    """One edge location.

    Attributes:
        reached: (label, address) of each server that answered through it.
        asked_too_early: labels that it was asked for before every name server had them.
    """

    def __init__(self, kernel: Kernel, route53: Route53, lives: TaskLives, root: str) -> None:
        self._kernel = kernel
        self._route53 = route53
        self._lives = lives
        self._root = root
        self._names: dict[str, tuple[str | None, float]] = {}
        self._errors: dict[str, float] = {}
        self.reached: list[tuple[str, str]] = []
        self.asked_too_early: set[str] = set()

    def ask(self, address: str) -> Asked:
        """Answer a GET: 426 from a game server, 502 from the edge itself."""
        self._kernel.sleep(0.05)
        path = address.removeprefix(URL)
        if self._kernel.seconds < self._errors.get(path, 0.0):
            return Asked(502)
        label = path.split(".")[3]
        ip = self._resolve(label)
        task = self._lives.by_address.get(ip or "")
        if ip is None or task is None or not task.answers:
            self._errors[path] = self._kernel.seconds + _ERROR_KEPT
            return Asked(502)
        self.reached.append((label, ip))
        return Asked(426)

    def _resolve(self, label: str) -> str | None:
        name = f"{label}.{self._root}"
        known, until = self._names.get(name, (None, 0.0))
        if self._kernel.seconds < until:
            return known
        if not self._route53.in_sync(name):
            self.asked_too_early.add(label)
        found = self._route53.address(name) if self._route53.in_sync(name) else None
        self._names[name] = (found, self._kernel.seconds + (_MISSING_KEPT if found is None else _NAME_KEPT))
        return found
