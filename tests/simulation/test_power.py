"""Each test breaks one rule of the lifecycle; the simulation's checks must report it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from hippo_gym.sessions import capacity
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.resources.dns import Dns
from hippo_gym.sessions.resources.fargate import Fargate, TaskRequest
from hippo_gym.sessions.resources.schedules import Schedules
from hippo_gym.sessions.stop import SessionStopper
from hippo_gym.sessions.store import SessionStore, live_key
from hippo_gym.storage.bucket import Bucket
from tests.simulation.crashes import SCENARIOS, faults_of, points, simulate
from tests.simulation.histories import History, planned

pytestmark = pytest.mark.simulation

_SEEDS = 40


def _every_call_its_own_token(run_task: Any) -> Any:
    tokens = itertools.count()

    def broken(self: Fargate, request: TaskRequest) -> str:
        return str(run_task(self, replace(request, client_token=f"token-{next(tokens)}")))

    return broken


def _names_of_any_session(_: Any) -> Any:
    def broken(self: Any, label: str, __: str) -> bool:
        changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in self._records(label)]
        if changes:
            self._change(changes)
        return True

    return broken


def _never_given_back(self: Places, change: Any, called: str | None = None) -> Any:
    stored = self.bucket.get(capacity.KEY)
    before = capacity._read(stored)
    after = capacity.admit(change(before), self.limit)
    if called is not None and after != before:
        if stored is None:
            self.bucket.create_json(capacity.KEY, capacity._to_json(after))
        else:
            self.bucket.replace_json(capacity.KEY, capacity._to_json(after), stored.etag)
    return after


def _no_mark(_: Any) -> Any:
    def broken(self: Any, held: Any) -> None:
        self._bucket.delete(live_key(held.session.user_id), held.etag)

    return broken


_BROKEN: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "each RunTask has its own client token": (Fargate, "run_task", _every_call_its_own_token),
    "tasks that the record does not know are not stopped": (Fargate, "running", lambda _: lambda *__: []),
    "a cluster with tasks counts as deleted": (Fargate, "delete_cluster", lambda _: lambda *__: True),
    "names are never removed": (Dns, "withdraw", lambda _: lambda *__: True),
    "names of other sessions are withdrawn": (Dns, "withdraw", _names_of_any_session),
    "the session does not wait for INSYNC": (Dns, "in_sync", lambda _: lambda *__: True),
    "schedules are never removed": (Schedules, "delete", lambda _: lambda *__: None),
    "a stop ends any session of the user": (
        SessionStopper,
        "_named",
        lambda _: lambda self, message: self.sessions.live(message.user_id),
    ),
    "an ended session leaves no ended record": (SessionStore, "end", _no_mark),
    "records are replaced without a condition": (
        Bucket,
        "replace_json",
        lambda _: lambda self, key, value, etag: self._put(key, value),
    ),
    "limits are ignored": (capacity, "admit", lambda admit: lambda ledger, _: admit(ledger, None)),
    "places are neither given back nor reviewed": (Places, "_change", lambda _: _never_given_back),
    "new records overwrite others": (
        Bucket,
        "create_json",
        lambda _: lambda self, key, value: self._put(key, value),
    ),
}


def _found() -> Iterator[str]:
    """Yield faults; the fastest searches run first."""
    for name in ("start", "start elsewhere", "start while stopping", "stop", "a place is given back"):
        scenario = SCENARIOS[name]
        for crashes in ([], *([point] for point in points(scenario))):
            yield from faults_of(simulate(scenario, crashes))
    for seed in range(_SEEDS):  # the seed decides how close in time the two starts are
        yield from faults_of(simulate(SCENARIOS["two starts at once"], seed=seed))
    for seed in range(_SEEDS):
        yield from History(planned(seed)).play()


@pytest.mark.parametrize("fault", _BROKEN)
def test_a_broken_rule_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name, broken = _BROKEN[fault]
    monkeypatch.setattr(owner, name, broken(owner.__dict__[name]))
    assert next(_found(), None) is not None, f"no check found that {fault}"
