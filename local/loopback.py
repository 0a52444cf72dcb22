"""HTTP to our own processes on this machine: JSON in, JSON out, never through a proxy."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from local.failures import LocalCloudError


def get(url: str, timeout: float = 10.0) -> Any:
    """GET a URL, and return the JSON of the answer.

    Raises:
        OSError: no server answers within `timeout` seconds.
        LocalCloudError: the answer is an error; the message is the answer's.
    """
    return _exchange("GET", url, None, timeout)


def post(url: str, body: Mapping[str, Any], timeout: float = 10.0) -> Any:
    """POST JSON, and return the JSON of the answer.

    Raises:
        OSError: no server answers within `timeout` seconds.
        LocalCloudError: the answer is an error; the message is the answer's.
    """
    return _exchange("POST", url, json.dumps(dict(body)), timeout)


def _exchange(method: str, url: str, body: str | None, timeout: float) -> Any:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request(method, parts.path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
    except http.client.HTTPException as error:
        raise OSError(f"{url} does not speak HTTP") from error
    finally:
        connection.close()
    if response.status >= 400:
        raise LocalCloudError(f"{method} {url} answered {response.status}: {text}")
    return json.loads(text)
