"""The preview's HTTP server, which accepts only requests from this machine.

/                    the bar, with the participant's page inside it
/participant/…       the participant page, a folder of static files, with the preview's settings
/participant/assets/…  the files of the study's folder assets
/next                the participant page's API, as deployed
/preview/…           the bar's API: state, log, go-to, start-over, group, restart-game, changes (server-sent events)
"""

from __future__ import annotations

import json
import logging
import mimetypes
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from hippo_cli import participant_page
from hippo_cli.game.missing import Reason
from hippo_cli.game.preview_games import PreviewGames
from hippo_cli.game.python import Python, choose
from hippo_cli.preview import placeholder, requests
from hippo_cli.preview.stage import FIRST_USER, Stage
from hippo_cli.preview.watching import game_snapshot, snapshot, wait_for_change
from hippo_cli.study.assets import FOLDER
from hippo_common import console
from hippo_common.errors import HippoError
from hippo_common.reading import json_value
from hippo_gym.participants import pages
from hippo_gym.participants.answers import notice
from hippo_gym.participants.decisions import Show
from hippo_gym.runtime import http
from hippo_gym.runtime.logs import logger

HOST: Final = "127.0.0.1"
_ASSETS: Final = f"/participant/{FOLDER}/"
_PAGE: Final = Path(__file__).parent / "page"
_SLOWEST: Final = 60.0  # seconds in which a browser sends the next part of a request
_KEEP_ALIVE: Final = 10  # seconds between two keep-alive messages to a page that waits for changes

_PARTICIPANT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self' ws: wss:; style-src 'self' 'unsafe-inline' https:; "
    "img-src 'self' https: data: blob:; media-src 'self' https: data: blob:; font-src 'self' https: data:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The policy of AWS, plus games on any host, and the bar's frame around the page."""

News = tuple[int, int, int]
"""How often the study was reloaded, a participant's page sent a request, and a game's log or state changed."""


class Preview(ThreadingHTTPServer):
    """Serves a study, and reloads it when one of its files changes."""

    daemon_threads = True

    def __init__(self, stage: Stage, port: int, game: str, games: PreviewGames | None) -> None:
        """Listen.

        Args:
            stage: the study.
            port: the port to listen on; 0 takes a free one.
            game: the address of a game server for all participants.
            games: a game server for each; they replace it if the study has a `game`.
        """
        self.stage = stage
        self.participant_page = participant_page.folder()
        self._one_game, self._games = game, games
        self._game = game_snapshot(stage.study)
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._game_news = 0
        super().__init__((HOST, port), _Handler)

    @property
    def games(self) -> PreviewGames | None:
        """The participants' game servers; None if the study has no `game`, or another one serves it."""
        return self._games if self.stage.study.game is not None else None

    @property
    def settings(self) -> dict[str, str]:
        """The settings of the participant page."""
        return {"api": "/next"} | ({"server": self._one_game} if self.games is None else {})

    @property
    def address(self) -> str:
        """The address of the preview's page."""
        return f"http://{HOST}:{self.server_port}/"

    def watch(self) -> None:
        """Reload the study on every change, until the server is closed."""
        known = snapshot(self.stage.study)
        while wait_for_change(self.stage.study, known, self._ended):
            known = snapshot(self.stage.study)
            self.reload()

    def server_close(self) -> None:
        """Close the server, and end `watch`."""
        self._ended.set()
        super().server_close()

    def reload(self) -> None:
        """Reload the study, start its games again if they changed, and notify every bar."""
        before = self._game
        self.stage.reload()
        self._game = game_snapshot(self.stage.study)
        if self._games is not None and self._game != before:
            self._games.restart()
        self.notify()

    def game_changed(self) -> None:
        """Notify every bar that a game's log or state changed."""
        self._game_news += 1
        self.notify()

    def next(self, request: http.HttpRequest) -> dict[str, Any]:
        """Answer a request to `/next`; at the game, as soon as the participant's server listens."""
        answer = self.stage.next(request)
        games = self.games
        if games is None or answer.get("page") != Show.GAME.value:
            return answer
        found = games.address(request.query["userId"].lower())
        if isinstance(found, Reason):
            again = "Then press Restart it, beside the page. Saving a file of the game restarts it, too."
            page = pages.notice("The game does not run", found.what, found.fix, again)
            return notice("serverFailed", page, answer["step"])
        host, port = found
        return {**answer, "server": {"host": host, "port": port, "url": f"ws://{host}:{port}", "protocols": []}}

    def notify(self) -> None:
        """Wake every bar that waits for news."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, seen: News | None) -> News:
        """Return the news as soon as they differ from `seen`, or unchanged after `_KEEP_ALIVE` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._news() != seen, _KEEP_ALIVE)
        return self._news()

    def _news(self) -> News:
        return self.stage.changes, self.stage.moves, self._game_news


@contextmanager
def serve(
    config: Path,
    port: int = 0,
    game: str | None = None,
    *,
    python: Python | None = None,
    on_line: Callable[[str], None] = lambda line: None,
    command: Callable[[Path, int], list[str]] | None = None,
) -> Iterator[Preview]:
    """Create the preview of a study and watch its files; `serve_forever` answers requests.

    Args:
        config: its config.yml, or the folder with it.
        port: the port to listen on; 0 takes a free one.
        game: the address of a game server, ws://…; None runs the game of config.yml, or serves a
            placeholder if there is none.
        python: the Python to run the game in; None: `hippo_cli.game.python.choose`.
        on_line: called with each line that a game prints.
        command: config.yml, port → the command of a game server; None: hippo_play.

    Raises:
        HippoError: the study does not exist, or the port is taken.
    """
    folder = config if config.is_dir() else config.parent
    games = None
    if game is None:
        games = PreviewGames(
            folder / "config.yml" if config.is_dir() else config,
            lambda: python or choose(folder),
            on_change=lambda: server.game_changed(),
            on_line=on_line,
            command=command,
        )
    stage = Stage(config, games)
    with placeholder.running() if game is None else nullcontext(game) as address:
        try:
            server = Preview(stage, port, address, games)
        except OSError as error:
            raise HippoError(
                f"Port {port} cannot be used: {error.strerror}.", "Leave --port out to use a free port."
            ) from error
        functions_log = logging.getLogger(logger.name)
        was_disabled, functions_log.disabled = functions_log.disabled, True
        threading.Thread(target=server.watch, name="watch", daemon=True).start()
        try:
            yield server
        finally:
            functions_log.disabled = was_disabled
            if games is not None:
                games.close()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Preview
    timeout = _SLOWEST  # of each read and write; the base class sets it on the socket

    def do_GET(self) -> None:
        self._guarded()

    def do_POST(self) -> None:
        self._guarded()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the terminal is for the researcher."""

    def _guarded(self) -> None:
        """Answer a request, or say why it is not answered: no request ends in a traceback."""
        names = tuple(f"{name}:{self.server.server_port}" for name in (HOST, "localhost"))
        try:
            requests.check(self.path, self.headers, names)
            self._answer()
        except requests.BadRequest as error:
            self._send_json({"error": str(error)}, error.status)
        except Exception as error:  # noqa: BLE001 - one line in the terminal, and the preview goes on
            console.warn(f"The preview could not answer {self.command} {self.path[:200]}: {error!r}")
            with suppress(OSError):
                self._send_json({"error": "This request cannot be answered."}, 500)

    def _answer(self) -> None:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        path = unquote(address.path)
        try:
            if path == "/next":
                self._next(query)
            elif self.command == "POST":
                self._act(path)
            elif path == "/preview/changes":
                self._changes()
            elif path in self._values:
                self._send_json(self._values[path](self, query))
            elif path.startswith(_ASSETS):
                self._asset(path.removeprefix(_ASSETS))
            elif path.startswith("/participant/"):
                policy = {"Content-Security-Policy": _PARTICIPANT_POLICY}
                self._file(self.server.participant_page, path.removeprefix("/participant/"), policy)
            else:
                self._file(_PAGE, path.removeprefix("/"), {})
        except HippoError as error:
            self._send_json({"error": error.message}, 400)
        except (ConnectionError, TimeoutError):
            return  # the browser closed or reloaded the page

    _values: Final[Mapping[str, Callable[[_Handler, Mapping[str, str]], Any]]] = {
        "/preview/state": lambda self, query: self.server.stage.state(query.get("userId", FIRST_USER)),
        "/preview/log": lambda self, query: self._log(query),
        "/participant/settings.json": lambda self, query: self.server.settings,
    }

    def _next(self, query: Mapping[str, str]) -> None:
        event = {
            "httpMethod": self.command,
            "queryStringParameters": query,
            "headers": dict(self.headers.items()),
            "body": self._body().decode("utf-8", errors="replace") if self.command == "POST" else None,
        }
        self._send_json(self.server.next(http.read_request(event)))
        self.server.notify()

    def _log(self, query: Mapping[str, str]) -> dict[str, Any] | None:
        """Return a participant's game for the bar; None if the study has no `game`."""
        games = self.server.games
        after = query.get("after", "")
        user_id = query.get("userId", FIRST_USER).lower()
        return None if games is None else games.state(user_id, int(after) if after.isdecimal() else 0)

    def _restart_game(self, user_id: str) -> None:
        if self.server.games is not None:
            self.server.games.restart(user_id.lower())

    def _act(self, path: str) -> None:
        stage = self.server.stage
        actions: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "/preview/go-to": lambda asked: stage.go_to(asked["userId"], asked["step"]),
            "/preview/start-over": lambda asked: stage.start_over(asked["userId"]),
            "/preview/restart-game": lambda asked: self._restart_game(asked["userId"]),
            "/preview/group": lambda asked: {
                "userId": stage.user_in_groups(_whole(asked["groups"]), asked.get("conditions"))
            },
        }
        if path not in actions:
            self._send(404, "text/plain", b"Not found.")
            return
        try:
            self._send_json(actions[path](json_value(self._body())) or {})
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            self._send_json({"error": "This request cannot be read."}, 400)

    def _changes(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        seen: News | None = None
        while True:
            news = self.server.wait(seen)
            message = json.dumps({"changes": news[0], "moves": news[1], "game": news[2]})
            self.wfile.write(b": still here\n\n" if news == seen else f"data: {message}\n\n".encode())
            self.wfile.flush()
            seen = news

    def _asset(self, name: str) -> None:
        """Send a file of the study; its name begins with the study's id and the digest of its files."""
        file = f"{FOLDER}/{name.split('/', 2)[-1]}"
        asset = self.server.stage.study.assets.get(file)
        if asset is None:
            self._send(404, "text/plain", b"Not found.")
            return
        headers = {"Content-Security-Policy": _PARTICIPANT_POLICY, "X-Content-Type-Options": "nosniff"}
        self._send(200, asset.content_type, asset.path.read_bytes(), headers)

    def _file(self, folder: Path, name: str, headers: Mapping[str, str]) -> None:
        path = requests.file_in(folder, name or "index.html")
        if path is None:
            self._send(404, "text/plain", b"Not found.")
            return
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._send(200, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, path.read_bytes(), headers)

    def _body(self) -> bytes:
        return requests.body(self.headers, self.rfile)

    def _send_json(self, value: Any, status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))

    def _send(self, status: int, kind: str, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Cache-Control": "no-store", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _whole(groups: Mapping[str, Any]) -> dict[int, int]:
    return {int(count): int(index) for count, index in groups.items()}
