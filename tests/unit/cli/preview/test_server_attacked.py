"""The preview's server under requests that no page of its own sends: an answer each, and no traceback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hippo_cli.preview import server as preview_server
from hippo_cli.preview.server import Preview
from tests.unit.cli.study.studies import PROJECT, write

NEXT = "/next?projectId=study_one-2&userId=ada"
DEEP = "[" * 100_000 + "]" * 100_000
NUMBER = '{"a": ' + "7" * 20_000 + "}"


@pytest.fixture(scope="module")
def preview(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    folder: Path = tmp_path_factory.mktemp("study")
    with preview_server.serve(write(folder, PROJECT)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def send(preview: Preview, start: str, body: str = "", **headers: str) -> tuple[int, str]:
    """Send a request as written; return the status and the text of the answer."""
    lines = {"Host": f"127.0.0.1:{preview.server_port}", "Content-Length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection(("127.0.0.1", preview.server_port), timeout=300) as connection:
        connection.sendall(f"{start} HTTP/1.1\r\n{head}\r\n{body}".encode())
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return int(answer.split(b" ", 2)[1]), answer.decode()


@pytest.mark.parametrize(
    ("start", "body", "headers", "status"),
    [
        (f"POST {NEXT}", "{}", {"Content_Length": "-1"}, 400),
        (f"POST {NEXT}", "{}", {"Content_Length": "two"}, 400),
        (f"POST {NEXT}", "{}", {"Content_Length": "²"}, 400),
        (f"POST {NEXT}", "", {"Content_Length": "9" * 5_000}, 400),
        (f"POST {NEXT}", "", {"Content_Length": "1000001"}, 413),
        ("POST /preview/start-over", '{"userId": "ada"}', {"Content_Length": "-1"}, 400),
        (f"GET {NEXT}", "", {"Origin": "https://evil.example"}, 403),
        (f"GET {NEXT}", "", {"Origin": "null"}, 403),
        (f"GET {NEXT}", "", {"Sec_Fetch_Site": "cross-site"}, 403),
        ("POST /preview/start-over", '{"userId": "ada"}', {"Origin": "http://127.0.0.1:1"}, 403),
        ("GET /preview/state", "", {"Host": "evil.example"}, 403),
        ("GET /%00", "", {}, 404),
        ("GET /participant/%00/../index.html", "", {}, 404),
        (f"GET /participant/{'x' * 5_000}", "", {}, 404),
        ("GET http://[/", "", {}, 400),
        ("POST /preview/go-to", DEEP, {}, 400),
        ("POST /preview/go-to", NUMBER, {}, 400),
        ("POST /preview/go-to", '{"userId": [], "step": "1"}', {}, 400),
        ("POST /preview/go-to", '{"userId": "\\ud800", "step": "99"}', {}, 400),
        ("POST /preview/group", '{"groups": {"0": 0}}', {}, 400),
        ("POST /preview/group", '{"groups": {"2": 1e400}}', {}, 400),
        ("POST /preview/group", "\xff", {}, 400),
    ],
)
def test_it_is_refused_without_a_traceback(
    preview: Preview,
    capfd: pytest.CaptureFixture[str],
    start: str,
    body: str,
    headers: dict[str, str],
    status: int,
) -> None:
    found, text = send(preview, start, body, **headers)
    assert (found, "Traceback" in text) == (status, False)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("body", [DEEP, NUMBER])
def test_an_answer_beyond_the_limits_is_refused_with_a_page(
    preview: Preview, capfd: pytest.CaptureFixture[str], body: str
) -> None:
    status, text = send(preview, f"POST {NEXT}", body)
    assert status == 200
    assert "This request was refused" in text
    assert capfd.readouterr().err == ""


def test_the_previews_own_pages_are_served(preview: Preview) -> None:
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{preview.server_port}"
        own = {"Host": host, "Origin": f"http://{host}", "Sec_Fetch_Site": "same-origin"}
        assert send(preview, f"POST {NEXT}", "{}", **own)[0] == 200
    assert send(preview, "GET /", "", Sec_Fetch_Site="none")[0] == 200


def test_half_a_character_in_an_answer_is_shown(preview: Preview, capfd: pytest.CaptureFixture[str]) -> None:
    for body in ("{}", '{"a": "\\ud800"}'):
        send(preview, f"POST {NEXT.replace('ada', 'bob')}", body)
    assert send(preview, "GET /preview/state?userId=bob")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_fault_of_the_preview_is_one_line(
    preview: Preview, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(user_id: str) -> None:
        raise RuntimeError(f"\x1b[31m{user_id}")

    monkeypatch.setattr(preview.stage, "state", fails)
    assert send(preview, "GET /preview/state")[0] == 500
    written = capfd.readouterr().err
    assert written.count("\n") == 1
    assert "\x1b" not in written
