"""How a server ends: the game is over, the participant left, the deadline, SIGTERM, an error, a store that is away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from hippo_play.connection.leaving import Ending
from tests.unit.play.serving import (
    OLD_HELLO,
    fast,
    receive,
    receive_done,
    send,
    serving,
    shows,
)
from tests.unit.play.virtual_time import run


def test_the_server_exits_some_minutes_after_its_participant_left(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, HIPPO_AWAY_MINUTES="2") as served:
            async with served.player():
                pass
            served.day.ahead = timedelta(minutes=1)
            await asyncio.sleep(0.7)
            assert not served.ending.done()
            served.day.ahead = timedelta(minutes=4)
            assert await served.leaves() is Ending.PARTICIPANT_GONE
            assert served.bucket.named("server_left")[0]["reason"] == "participant gone"

    run(test)


def test_the_server_waits_longer_for_the_first_connection_but_not_without_end(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, HIPPO_AWAY_MINUTES="2", HIPPO_ARRIVAL_MINUTES="30") as served:
            served.day.ahead = timedelta(minutes=29)
            await asyncio.sleep(0.7)
            assert not served.ending.done()
            served.day.ahead = timedelta(minutes=31)
            assert await served.leaves() is Ending.NO_PARTICIPANT

    run(test)


def test_just_before_the_deadline_the_game_ends_with_done(tmp_path: Path) -> None:
    async def test() -> None:
        async with (
            serving(tmp_path, HIPPO_DEADLINE="2026-11-22T12:30:00Z") as served,
            served.player() as connection,
        ):
            await send(connection, command="start")
            served.day.ahead = timedelta(minutes=29, seconds=45)
            await receive_done(connection)
            assert await served.leaves() is Ending.DEADLINE
            assert served.bucket.named("game_over")[0]["how"] == "deadline"

    run(test)


def test_sigterm_closes_the_connection_without_done_so_that_the_client_reconnects(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player() as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "3 of"))
            served.server.finish(Ending.TERMINATED)
            with pytest.raises(ConnectionClosed) as closed:
                await receive(connection, lambda message: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
            assert await served.leaves() is Ending.TERMINATED
            assert len(served.bucket.named("step")) >= 3
            assert served.bucket.named("game_over") == []

    run(test)


@pytest.mark.parametrize("where", ["advance", "state"], ids=["in a step", "in the display"])
def test_an_error_in_the_game_ends_the_server_with_everything_saved(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player() as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "2 of"))
            monkeypatch.setattr(served.play, where, lambda *_: 1 // 0)
            with pytest.raises(ConnectionClosed) as closed:
                await receive(connection, lambda message: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011
            with pytest.raises(ZeroDivisionError):
                await served.leaves()
            assert served.bucket.events[-1]["reason"] == "failed"
            assert len(served.bucket.named("step")) >= 2

    run(test)


def test_while_the_bucket_fails_the_participant_continues_and_the_record_follows(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, fast()) as served, served.player() as connection:
            served.bucket.fails = True
            await send(connection, command="start")
            await receive_done(connection)
            await asyncio.sleep(20)
            assert not served.ending.done()
            assert served.bucket.parts == {}
            served.bucket.fails = False
            assert await served.leaves() is Ending.GAME_OVER
            assert len(served.bucket.named("step")) == 5

    run(test)


def test_a_participant_whose_network_broke_at_the_end_reconnects_for_done(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, fast()) as served:
            async with served.player() as connection:
                await send(connection, command="start")
                await receive(connection, shows("Steps", "3 of"))
                connection.transport.pause_reading()  # nothing arrives any more
                await asyncio.sleep(8)
                connection.transport.abort()
            assert not served.ending.done()
            async with served.connect() as connection:
                await send(connection, **OLD_HELLO)
                await receive_done(connection)
            assert await served.leaves() is Ending.GAME_OVER

    run(test)


def test_the_server_waits_for_a_participant_who_has_not_received_done(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, fast(), HIPPO_AWAY_MINUTES="5") as served:
            async with served.player() as connection:
                await send(connection, command="stop")  # the tab closes before the answer arrives
                connection.transport.abort()
            await asyncio.sleep(1)
            served.day.ahead = timedelta(minutes=4)
            await asyncio.sleep(0.7)
            assert not served.ending.done()
            served.day.ahead = timedelta(minutes=6)
            assert await served.leaves() is Ending.GAME_OVER

    run(test)
