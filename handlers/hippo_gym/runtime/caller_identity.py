"""Asks AWS STS whose signature a request has.

STS checks the signature; this module only passes it on, to the STS of its own configuration, so
that no proof can name another host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

Send = Callable[[str, Mapping[str, str], str], tuple[int, bytes]]
"""Sends a POST request: URL, headers, body → status, body."""

_ARN: Final = re.compile(rb"<Arn>([!-;=?-~]{1,2048})</Arn>")
"""In the answer's XML (AWS STS API reference, GetCallerIdentity)."""

_SECONDS: Final = 2
"""To connect, and to read: the function has 10 seconds in all."""


class IdentityUnknown(Exception):
    """STS does not confirm the signature; the text says why, without the signature."""


def post(url: str, headers: Mapping[str, str], body: str) -> tuple[int, bytes]:
    """Send a POST request, without signing it.

    Raises:
        ConnectionError, HTTPClientError: there is no answer in time.
    """
    request = AWSRequest("POST", url, headers=dict(headers), data=body.encode("ascii")).prepare()
    answer = URLLib3Session(timeout=_SECONDS).send(request)
    return answer.status_code, answer.content


def arn_of(url: str, headers: Mapping[str, str], body: str, send: Send) -> str:
    """Return the ARN of the user or role that signed a request to GetCallerIdentity.

    Args:
        url: of STS.
        headers: of the request, as they were signed.
        body: of the request.
        send: sends it.

    Raises:
        IdentityUnknown: STS refuses the request, or its answer holds no ARN.
        ConnectionError, HTTPClientError: STS does not answer in time.
    """
    status, content = send(url, headers, body)
    if status != 200:
        raise IdentityUnknown(f"AWS STS answers {status}: is your computer's clock right?")
    found = _ARN.search(content)
    if found is None:
        raise IdentityUnknown("AWS STS answers without an ARN")
    return found.group(1).decode("ascii")
