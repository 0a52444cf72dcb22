"""The DNS label of a participant's server: the user id, except for reserved names.

Game clients expect the user id as the label. The deployment itself may use
`api.{rootDomain}` or `study.{rootDomain}`, and participants choose their ids. Such names are
reserved: a participant with a reserved id gets a label that no id can equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final

_LONGEST_LABEL: Final = 63
"""Octets in a label (RFC 1035, 2.3.4). A user id has at most 48 characters, so no id is this long.
"""


def label_of(user_id: str, reserved: Collection[str]) -> str:
    """Return the label before the root domain in the name of a participant's server.

    Args:
        user_id: in lower case.
        reserved: labels, in lower case, that no server gets.
    """
    if user_id not in reserved:
        return user_id
    digest = hashlib.sha256(user_id.encode("utf-8")).hexdigest()
    return f"{user_id}-{digest}"[:_LONGEST_LABEL]
