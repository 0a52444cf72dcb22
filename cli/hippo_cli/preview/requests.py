"""Checks what a request to the preview's server says about itself, before anything reads it."""

from __future__ import annotations

from email.message import Message
from io import BufferedIOBase
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

LARGEST_BODY: Final = 1_000_000


class BadRequest(Exception):
    """A request cannot be answered; the text says why.

    Attributes:
        status: the HTTP status of the answer.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def check(target: str, headers: Message, names: tuple[str, ...]) -> None:
    """Refuse requests for another host name, and those that a page of another site sends.

    Args:
        target: the address in the request.
        headers: the request's headers.
        names: the names of this server, each `host:port`.

    Raises:
        BadRequest: the request is not from this machine, or not from the preview's own pages, or
            its address cannot be read.
    """
    if headers.get("Host") not in names:
        raise BadRequest(403, "This preview accepts only requests from this machine.")
    origins = headers.get_all("Origin", [])
    site = headers.get("Sec-Fetch-Site", "none")
    if any(origin not in {f"http://{name}" for name in names} for origin in origins) or site == "cross-site":
        raise BadRequest(403, "This preview accepts only requests from its own pages.")
    try:
        urlsplit(target)
    except ValueError as error:
        raise BadRequest(400, "The address of this request cannot be read.") from error


def body(headers: Message, file: BufferedIOBase) -> bytes:
    """Read a request's body; without `Content-Length` it has none.

    Raises:
        BadRequest: the length is not a number from 0 to `LARGEST_BODY`.
    """
    given = headers.get("Content-Length") or "0"
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(LARGEST_BODY))):
        raise BadRequest(400, f"Content-Length is not a number from 0 to {LARGEST_BODY}.")
    if int(given) > LARGEST_BODY:
        raise BadRequest(413, f"The request is larger than {LARGEST_BODY} bytes.")
    return file.read(int(given))


def file_in(folder: Path, name: str) -> Path | None:
    """Return a file of a folder; None if it has no such file, or the name leads out of it."""
    try:
        path = (folder / name).resolve()
        return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
    except (OSError, ValueError):  # a name that the system refuses: too long, or with a null character
        return None
