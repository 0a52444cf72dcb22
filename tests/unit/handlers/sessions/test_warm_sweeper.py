"""A warm sweeper keeps the live records of its last sweep and reads only changed ones again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from hippo_gym.sessions.store import SessionStore
from hippo_gym.sessions.sweep import Sweeper
from hippo_gym.storage.bucket import Bucket
from tests.support.moto_world import OTHER_SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import Interposed


@pytest.fixture
def two(world: MotoWorld) -> MotoWorld:
    """Two sessions that are ready."""
    world.register(entry())
    world.start()
    world.start(OTHER_SESSION, user="ben")
    return world


def live_users(world: MotoWorld) -> list[str]:
    return [key.removeprefix("_sessions/live/") for key in world.keys("_sessions/live/")]


def live_reads(world: MotoWorld, sweeper: Sweeper) -> list[str]:
    """Sweep once; return the keys of the live records that were read."""
    read: list[str] = []

    def note(real: Callable[..., Any], **arguments: Any) -> Any:
        read.append(arguments["Key"])
        return real(**arguments)

    watched = Interposed(world.clients.s3, get_object=note)
    bucket = Bucket(cast(Any, watched), "projects.example")
    sessions = SessionStore(bucket, world.clock)
    again = replace(sweeper, sessions=sessions, lifecycle=replace(sweeper.lifecycle, sessions=sessions))
    assert again.sweep(world.seconds(60)).sessions == {"ready": len(live_users(world))}
    return sorted(key.removeprefix("_sessions/live/") for key in read if key.startswith("_sessions/live/"))


def test_a_warm_sweeper_reads_no_live_record_that_has_not_changed(two: MotoWorld) -> None:
    sweeper = two.sweeping()
    assert live_reads(two, sweeper) == ["ada.json", "ben.json"]
    assert live_reads(two, sweeper) == []


def test_a_warm_sweeper_reads_a_record_that_has_changed(two: MotoWorld) -> None:
    sweeper = two.sweeping()
    live_reads(two, sweeper)
    held = sweeper.sessions.live("ben")
    assert held is not None
    two.clock.advance(seconds=1)
    sweeper.sessions.touch(held)
    assert live_reads(two, sweeper) == ["ben.json"]


def test_a_warm_sweeper_forgets_sessions_that_are_over(two: MotoWorld) -> None:
    sweeper = two.sweeping()
    live_reads(two, sweeper)
    two.stop(OTHER_SESSION, user="ben")
    live_reads(two, sweeper)
    assert set(sweeper.known) == {"ada"}


def test_a_warm_sweeper_ends_a_session_whose_record_did_not_change(two: MotoWorld) -> None:
    sweeper = two.sweeping()
    live_reads(two, sweeper)
    two.clock.advance(minutes=61)
    sweeper.sweep(two.seconds(60))
    assert live_users(two) == []
