"""The preview's HTTP server, through the requests of its pages."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from hippo_cli.main import run
from hippo_cli.preview import server as preview_server
from hippo_cli.preview.server import Preview
from hippo_cli.preview.watching import snapshot, wait_for_change
from hippo_cli.study import read
from hippo_common.errors import HippoError
from tests.unit.cli.study.studies import PROJECT, write


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    with preview_server.serve(write(tmp_path, PROJECT)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(preview: Preview, path: str, body: Any = None, **headers: str) -> tuple[int, str, str]:
    """Return a response's status, content type and text."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(preview.address + path.removeprefix("/"), data, headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def ask_json(preview: Preview, path: str, body: Any = None) -> Any:
    return json.loads(ask(preview, path, body)[2])


def test_the_bar_and_the_participants_page_are_served(preview: Preview) -> None:
    assert 'iframe id="page"' in ask(preview, "/")[2]
    assert ask(preview, "/bar.js")[1].startswith("text/javascript")
    assert 'src="modules/main.js"' in ask(preview, "/participant/")[2]
    assert ask(preview, "/participant/modules/main.js")[1].startswith("text/javascript")
    assert ask_json(preview, "/participant/settings.json")["api"] == "/next"


def test_next_answers_as_the_deployed_api_does(preview: Preview) -> None:
    address = "/next?projectId=study_one-2&userId=ada"
    assert ask_json(preview, address)["step"] == "1"
    assert ask_json(preview, address + "&step=1", {"consent": "yes"})["page"] == "show_game_page"
    assert ask_json(preview, "/preview/state?userId=ada")["answers"] == [{"step": "1", "fields": {"consent": "yes"}}]


def test_the_bar_acts_on_the_participant_that_it_names(preview: Preview) -> None:
    assert ask_json(preview, "/preview/go-to", {"userId": "ada", "step": "3"}) == {}
    assert ask_json(preview, "/preview/state?userId=ada")["at"] == "3"
    ask_json(preview, "/preview/start-over", {"userId": "ada"})
    assert ask_json(preview, "/preview/state?userId=ada")["at"] is None
    assert ask_json(preview, "/preview/group", {"groups": {"2": 0}})["userId"].startswith("preview")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/preview/go-to", {"userId": "ada", "step": "99"}),
        ("/preview/go-to", {}),
        ("/preview/go-to", [1]),
        ("/preview/group", {"groups": {"2": "x"}}),
        ("/preview/group", {"groups": {"2": 7}}),
    ],
)
def test_an_invalid_action_is_refused(preview: Preview, path: str, body: Any) -> None:
    assert ask(preview, path, body)[0] == 400


@pytest.mark.parametrize("path", ["/nothing.js", "/preview/nothing", "/participant/../../stage.py", "/%2e%2e/stage.py"])
def test_nothing_else_is_served(preview: Preview, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", preview.server_port, timeout=300)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_a_request_with_another_host_name_is_refused(preview: Preview) -> None:
    assert ask(preview, "/preview/state", Host="evil.example")[0] == 403


def test_a_studys_page_may_not_run_scripts(preview: Preview) -> None:
    with urllib.request.urlopen(preview.address + "participant/", timeout=300) as answer:  # noqa: S310
        policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy


def test_the_bar_gets_an_event_for_a_saved_file(preview: Preview, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", preview.server_port, timeout=300)
    connection.request("GET", "/preview/changes")
    answer = connection.getresponse()
    assert answer.readline() == b'data: {"changes": 0, "moves": 0, "game": 0}\n'
    (tmp_path / "1_consent.html").write_text("<p>Changed</p>")
    answer.readline()
    assert json.loads(answer.readline().removeprefix(b"data: "))["changes"] >= 1
    connection.close()
    assert "Changed" in ask_json(preview, "/next?projectId=study_one-2&userId=ada")["page"]


def test_the_game_is_a_placeholder_that_ends_on_stop(preview: Preview) -> None:
    with connect(ask_json(preview, "/participant/settings.json")["server"]) as game:
        game.send("not JSON")
        game.send(json.dumps({"userId": "ada", "projectId": "study_one-2", "frameCount": 0, "frameId": 0}))
        first = json.loads(game.recv(timeout=300))
        assert first["UI"] == ["stop"]
        assert "hippo preview --game" in " ".join(first["Instructions"])
        game.send(json.dumps({"command": "pause"}))
        game.send(json.dumps({"command": "stop"}))
        assert game.recv(timeout=300) == "done"


def test_a_game_server_on_this_machine_replaces_the_placeholder(tmp_path: Path) -> None:
    with preview_server.serve(write(tmp_path, PROJECT), game="ws://127.0.0.1:5000") as server:
        assert server.settings["server"] == "ws://127.0.0.1:5000"


def test_an_invalid_address_of_a_game_server_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preview", str(write(tmp_path, PROJECT)), "--game", "localhost:5000"]) == 1
    assert "ws://127.0.0.1:5000" in capsys.readouterr().err


def test_a_port_that_is_taken_is_an_error(preview: Preview, tmp_path: Path) -> None:
    with pytest.raises(HippoError, match="cannot be used"), preview_server.serve(tmp_path, preview.server_port):
        pass


def test_the_server_is_on_this_machine_only(preview: Preview) -> None:
    assert preview.server_address[0] == "127.0.0.1"


def test_preview_of_no_study_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preview", str(tmp_path), "--no-open"]) == 1
    assert "has no config.yml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.yml", "project: {}"),
        ("1_consent.html", "new"),
        ("1_consent-1.html", "new"),
        ("server/Dockerfile", "FROM a"),
        ("assets/a.png", "picture"),
    ],
)
def test_a_change_of_any_file_of_the_study_is_detected(tmp_path: Path, file: str, content: str) -> None:
    study = read(write(tmp_path, PROJECT))
    known = snapshot(study)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(content)
    assert wait_for_change(study, known, threading.Event(), pause=0.01)
    assert snapshot(study) != known


def test_a_closed_preview_no_longer_watches(tmp_path: Path) -> None:
    with preview_server.serve(write(tmp_path, PROJECT)) as server:
        watching = threading.Thread(target=server.watch)
        watching.start()
    watching.join()


def test_a_deleted_file_is_a_change(tmp_path: Path) -> None:
    study = read(write(tmp_path, PROJECT))
    known = snapshot(study)
    (tmp_path / "1_consent.html").unlink()
    assert snapshot(study) != known


def test_the_studys_files_are_served_where_the_page_looks_for_them(preview: Preview, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a b.png").write_text("picture")
    preview.reload()
    place = ask_json(preview, "/next?projectId=study_one-2&userId=preview")["assets"]
    assert ask(preview, f"/participant/{place}a%20b.png") == (200, "image/png", "picture")
    assert ask(preview, f"/participant/{place}../config.yml")[0] == 404
    assert ask(preview, f"/participant/{place}config.yml")[0] == 404
