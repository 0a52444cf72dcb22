"""Where a rehearsed study is: a link to a deployment's participant page, or a preview."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urljoin, urlsplit

from hippo_common.errors import WRONG_USE, HippoError

_SECONDS: Final = 30.0
_LOOPBACK: Final = re.compile(r"localhost|127\.[\d.]+|\[?::1\]?|.*\.localhost")
_EXAMPLE: Final = "https://study.example.net/?projectId=my_study"


@dataclass(frozen=True)
class Place:
    """A study that participants can reach.

    Attributes:
        next_url: the address of `/next`.
        project_id: the study.
        game_template: the address of game servers, with {host}, {port} and {userId}; None: the
            address that `/next` names.
        is_local: it runs on this machine.
    """

    next_url: str
    project_id: str
    game_template: str | None = None
    is_local: bool = True

    def game_address(self, server: Mapping[str, Any], user_id: str) -> str:
        """Return the WebSocket address of a participant's game, as the participant page does.

        Args:
            server: `server` in the answer of `/next`.
            user_id: the participant.
        """
        host, port = str(server.get("host", "")), str(server.get("port", ""))
        if self.game_template is None:
            scheme = "ws" if self.is_local else "wss"  # the servers of a local cloud have no certificate
            return re.sub(r"^wss?:", f"{scheme}:", str(server.get("url") or f"{scheme}://{host}:{port}"))
        values = {"host": host, "port": port, "userId": user_id}
        filled = re.sub(r"\{(host|port|userId)\}", lambda found: values[found[1]], self.game_template)
        return re.sub(r"^http", "ws", filled)


def of_link(link: str) -> Place:
    """Return the place of a participants' link.

    Raises:
        HippoError: it is not such a link, or its page does not answer.
    """
    parts = urlsplit(link)
    projects = parse_qs(parts.query).get("projectId", [])
    if parts.scheme not in ("http", "https") or not parts.netloc or not projects:
        raise HippoError(
            f"{link} is not the link of a study.", f"Write it as participants get it, such as {_EXAMPLE}.", WRONG_USE
        )
    page = f"{parts.scheme}://{parts.netloc}{parts.path or '/'}"
    settings = _settings(urljoin(page, "settings.json"))
    is_local = parts.scheme == "http" and _LOOPBACK.fullmatch(parts.hostname or "") is not None
    return Place(urljoin(page, settings["api"]), projects[0], settings.get("server"), is_local)


def _settings(address: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - http or https, checked above
            settings = json.load(answer)
        if not isinstance(settings, dict) or not isinstance(settings.get("api"), str):
            raise ValueError("it names no api")
    except (OSError, ValueError) as error:
        raise HippoError(
            f"{address} cannot be read: {error}.",
            "Name the address of the participant page, with its projectId; `hippo show` prints it.",
        ) from error
    return settings
