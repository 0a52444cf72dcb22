"""The server over a real loopback socket, in virtual time, with pages of both older generations."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.typing import Origin

from hippo_play.connection import messages
from hippo_play.connection.leaving import Ending
from hippo_play.steps import Phase
from tests.unit.play.rail import rail
from tests.unit.play.serving import (
    NEW_HELLO,
    OLD_HELLO,
    Message,
    fast,
    is_frame,
    receive,
    receive_done,
    send,
    serving,
    shows,
)
from tests.unit.play.virtual_time import run


def old_command(name: str) -> Message:
    return {"command": name, "frameCount": 1, "frameId": 1}


def new_command(name: str) -> Message:
    return {"action": "command", "command": name, "userId": "u1", "sendTo": "backend"}


@pytest.mark.parametrize("hello", [OLD_HELLO, NEW_HELLO, OLD_HELLO | NEW_HELLO], ids=["old", "new", "union"])
def test_each_first_message_is_answered_with_controls_instructions_and_a_frame(hello: Message, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.connect() as connection:
            await send(connection, **hello)
            welcome = await receive(connection, lambda message: "UI" in message)
            assert {"left", "right", "start", "pause", "stop", "reset", "good", "bad", "fpsUp"} <= set(welcome["UI"])
            assert len(welcome["Instructions"]) > 2
            assert (welcome["gameWindowWidth"], welcome["gameWindowSize"]) == (48, "responsive")
            assert not {"speaks", "keys", "inputs"} & set(welcome)
            frame = await receive(connection, is_frame)
            assert frame["frameId"] == frame["env"]["frameId"] == 1
            assert base64.b64decode(frame["frame"]).startswith(b"\xff\xd8")  # the first bytes of every JPEG
            assert (frame["display"]["Round"], frame["display"]["Steps"]) == ("1 of 5", "0 of 200")
            assert frame["display"]["Score"] == 0
            assert frame["status"] == {"phase": "ready", "round": 1, "pictures": False}

    run(test)


@pytest.mark.parametrize(
    ("hello", "start", "down", "up", "good"),
    [
        pytest.param(
            OLD_HELLO,
            {**old_command("start"), "system": "Linux", "browser": "Firefox", "browserVersion": "150"},
            {"action": "left", "actionType": "leftArrow", "frameCount": 1, "frameId": 1},
            {"action": "noop", "actionType": "leftArrow", "frameCount": 9, "frameId": 9},
            old_command("good"),
            id="to 2023",
        ),
        pytest.param(
            NEW_HELLO,
            new_command("start"),
            {"action": "command", "KeyboardEvent": {"KEYDOWN": ["ArrowLeft", 65]}, "sendTo": "backend"},
            {"action": "command", "KeyboardEvent": {"KEYUP": ["ArrowLeft"]}, "sendTo": "backend"},
            new_command("good"),
            id="since 2023",
        ),
    ],
)
def test_a_whole_game_with_the_messages_of_either_generation(
    hello: Message, start: Message, down: Message, up: Message, good: Message, tmp_path: Path
) -> None:
    async def test() -> None:
        async with serving(tmp_path, rail(100, episodes=1, fps=60)) as served, served.player(hello) as connection:
            await send(connection, **start)
            await send(connection, **down)
            await receive(connection, shows("Steps", "10 of"))
            await send(connection, **up)
            await send(connection, **good)
            await receive_done(connection)
            # The server stores the record before it sends `done`.
            steps = served.bucket.named("step")
            assert [step["step"] for step in steps] == list(range(1, 101))
            driven = [step["source"] for step in steps]
            assert driven.count("human") >= 5
            assert driven[-1] == "nobody"
            assert {step["action"] for step in steps if step["source"] == "human"} == {0}
            assert [step["terminated"] or step["truncated"] for step in steps] == [False] * 99 + [True]
            (feedback,) = served.bucket.named("feedback")
            assert feedback["value"] == 1
            assert sum(step["feedback"] for step in steps) == 1
            assert served.bucket.events[0]["event"] == "connected"
            assert served.bucket.events[-1] == served.bucket.named("server_left")[0]
            assert await served.leaves() is Ending.GAME_OVER
            assert served.bucket.named("server_left")[0]["reason"] == "game over"

    run(test)


def test_each_event_has_the_id_of_the_frame_on_the_screen(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, rail(20, episodes=1)) as served, served.player() as connection:
            await send(connection, command="start")
            frame = await receive(connection, shows("Steps", "3 of"))
            await send(connection, command="bad", frameId=frame["frameId"])
            await receive_done(connection)
            ids = [step["frame_id"] for step in served.bucket.named("step")]
            assert ids == sorted(set(ids))
            (feedback,) = served.bucket.named("feedback")
            assert feedback["seen_frame_id"] == frame["frameId"]
            assert feedback["frame_id"] >= frame["frameId"]

    run(test)


@pytest.mark.parametrize("text", ["not json", "[]", '{"command": "dance"}', "\x00", '{"changeFrameRate": "much"}'])
def test_an_invalid_message_is_answered_and_the_game_continues(text: str, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, fast()) as served, served.player() as connection:
            await connection.send(text)
            answer = await receive(connection, lambda message: "error" in message)
            await connection.send(text.encode())
            assert await receive(connection, lambda message: "error" in message) == answer
            await send(connection, command="stop")
            await receive_done(connection)
            assert served.bucket.named("fault")[0]["fault"] == answer["error"]

    run(test)


@pytest.mark.parametrize(
    "hello",
    [OLD_HELLO | {"userId": "u2"}, NEW_HELLO | {"projectId": "other"}, {"action": "start"}, {"command": "stop"}],
)
def test_a_hello_of_another_participant_or_of_none_is_refused_with_a_reason(hello: Message, tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player() as participant:
            async with served.connect() as connection:
                await send(connection, **hello)
                assert (await receive(connection, lambda message: True)).keys() == {"error"}
                with pytest.raises(ConnectionClosed) as closed:
                    await connection.recv()
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1008
            await send(participant, command="start")
            await receive(participant, shows("Game", "running"))  # the participant's game continues

    run(test)


@pytest.mark.parametrize(
    ("access", "token", "plays"),
    [
        (None, None, True),
        (None, "right", True),
        (None, "wrong", False),
        ("open", None, True),
        ("bound", None, False),
        ("bound", "right", True),
        ("bound", "wrong", False),
        ("bound", 7, False),
        ("bound", "wröng\ud800", False),
        ("signed", "", False),
        ("signed", "right", True),
    ],
)
def test_a_page_plays_with_the_session_s_token_and_without_one_only_where_access_is_open(
    access: str | None, token: Any, plays: bool, tmp_path: Path
) -> None:
    variables = {"HIPPO_SESSION_TOKEN": "right"} | ({} if access is None else {"HIPPO_ACCESS": access})

    async def test() -> None:
        async with serving(tmp_path, variables=variables) as served, served.connect() as connection:
            await send(connection, **NEW_HELLO, **({} if token is None else {"token": token}))
            first = await receive(connection, lambda message: True)
            assert ("UI" in first, "error" in first) == (plays, not plays)
        assert "right" not in json.dumps(served.bucket.events)

    run(test)


@pytest.mark.parametrize(
    ("origin", "connects"),
    [("https://study.example.net", True), ("https://lab.example", True), ("https://evil.example", False), (None, True)],
)
def test_a_browser_s_page_of_another_origin_gets_no_connection(
    origin: str | None, connects: bool, tmp_path: Path
) -> None:
    allowed = "https://study.example.net,https://lab.example"

    async def test() -> None:
        async with serving(tmp_path, variables={"HIPPO_PAGE_ORIGINS": allowed}) as served:
            address = f"ws://127.0.0.1:{served.server.port}"
            page = connect(address, proxy=None, origin=None if origin is None else Origin(origin))
            if connects:
                async with page as connection:
                    await send(connection, **NEW_HELLO)
                    await receive(connection, is_frame)
            else:
                with pytest.raises(InvalidStatus, match="403"):
                    await page

    run(test)


def test_a_client_without_a_hello_is_refused(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.connect() as connection:
            with pytest.raises(ConnectionClosed):
                await connection.recv()
            assert asyncio.get_running_loop().time() == pytest.approx(20, abs=1)

    run(test)


def test_a_participant_who_returns_finds_a_paused_game_and_continues(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, rail(length=400)) as served:
            async with served.player() as connection:
                await send(connection, command="start")
                await send(connection, action="right", actionType="rightArrow")
                await receive(connection, shows("Steps", "3 of"))
            async with served.connect() as connection:
                await send(connection, **NEW_HELLO)
                frame = await receive(connection, is_frame)
                assert frame["display"]["Game"].startswith("paused")
                steps = int(frame["display"]["Steps"].split()[0])
                assert steps >= 3
                await send(connection, command="start")
                await receive(connection, shows("Steps", f"{steps + 1} of"))
                await send(connection, command="stop")
                await receive_done(connection)
            assert [event["again"] for event in served.bucket.named("connected")] == [False, True]
            # The server released the key that was held when the connection broke.
            assert served.bucket.named("step")[-1]["source"] == "nobody"

    run(test)


def test_a_second_window_takes_over_the_game(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player() as first, served.player() as second:
            with pytest.raises(ConnectionClosed) as closed:
                await receive(first, lambda message: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4000
            await send(second, command="start")
            await receive(second, shows("Game", "running"))
            assert served.play.phase is Phase.RUNNING

    run(test)


def test_pause_reset_and_frame_rate_work(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player() as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "2 of"))
            await send(connection, command="pause")
            await receive(connection, shows("Game", "paused"))
            await send(connection, changeFrameRate="faster")
            await receive(connection, shows("Speed", "25 "))
            await send(connection, changeFrameRate="7")
            await receive(connection, shows("Speed", "7 "))
            await send(connection, command="reset")
            frame = await receive(connection, shows("Steps", "0 of"))
            assert frame["display"]["Score"] <= -2
            assert served.play.phase is Phase.PAUSED

    run(test)


def test_the_next_round_waits_for_start(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, fast(episodes=2)) as served, served.player() as connection:
            await send(connection, command="start")
            await receive(connection, shows("Game", "this round's steps are used up"))
            await asyncio.sleep(30)
            assert served.play.phase is Phase.READY
            await send(connection, command="start")
            await receive(connection, shows("Round", "2 of 2"))
            await receive_done(connection)

    run(test)


def test_the_server_keeps_the_frame_rate(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, served.player() as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "1 of"))
            began = asyncio.get_running_loop().time()
            await receive(connection, shows("Steps", "21 of"))
            assert asyncio.get_running_loop().time() - began == pytest.approx(1, abs=0.02)

    run(test)


def test_a_key_held_in_a_browser_that_does_not_answer_stops_driving(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, rail(400, 1000)) as served, served.player() as connection:
            await send(connection, command="start")
            await send(connection, action="right", actionType="rightArrow")
            await receive(connection, shows("Steps", "3 of"))
            connection.transport.pause_reading()  # a stalled network: no close
            await asyncio.sleep(5)
            assert served.play.phase is Phase.PAUSED
            steps = served.play.steps
            assert steps <= 80  # of 100 in this time
            connection.transport.resume_reading()
            await receive(connection, shows("Game", "paused"))
            await send(connection, command="start")
            await receive(connection, shows("Steps", f"{steps + 1} of"))
            await send(connection, command="stop")
            await receive_done(connection)
            assert [event["event"] for event in served.bucket.events if event["event"] in ("silent", "paused")] == [
                "silent",
                "paused",
            ]

    run(test)


def test_a_failed_welcome_leaves_no_connection_in_the_seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served:
            with monkeypatch.context() as broken:
                broken.setattr(messages, "welcome_message", lambda *_, **__: 1 // 0)
                async with served.connect() as connection:
                    await send(connection, **OLD_HELLO)
                    with pytest.raises(ConnectionClosed):
                        await connection.recv()
            served.day.ahead = timedelta(minutes=6)
            assert await served.leaves() is Ending.PARTICIPANT_GONE

    run(test)


def test_frames_are_compressed_with_the_largest_window(tmp_path: Path) -> None:
    async def test() -> None:
        browser = ClientPerMessageDeflateFactory(client_max_window_bits=True)
        async with serving(tmp_path) as served:
            address = f"ws://127.0.0.1:{served.server.port}"
            async with connect(address, proxy=None, compression=None, extensions=[browser]) as connection:
                (extension,) = connection.protocol.extensions
                assert isinstance(extension, PerMessageDeflate)
                assert extension.remote_max_window_bits == 15
                assert not extension.remote_no_context_takeover  # across frames

    run(test)


def test_port_checks_are_answered_and_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served:
            for _ in range(3):
                _, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
                writer.close()
                await writer.wait_closed()
            await asyncio.sleep(1)

    run(test)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
