"""The participant page's content security policy, as the website's module sets it: it is written down there alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from local.places import REPOSITORY

_MODULE: Final = REPOSITORY / "terraform" / "modules" / "website" / "main.tf"
_LIST: Final = re.compile(r'content_security_policy = join\("; ", \[\n(.*?)\n\s*\]\)', re.DOTALL)
_DIRECTIVE: Final = re.compile(r'^\s*"([^"]+)",', re.MULTILINE)


def content_security_policy(connections: Iterable[str]) -> str:
    """Return the policy of a page that nobody shows in a frame.

    Args:
        connections: where the page may connect to, besides its own address: sources of `connect-src`.

    Raises:
        ValueError: the module is not written as this function reads it.
    """
    found = _LIST.search(_MODULE.read_text())
    policy = "; ".join(_DIRECTIVE.findall(found[1] if found else ""))
    policy = policy.replace("${local.connections}", " ".join(connections)).replace("${local.framed_by}", "'none'")
    if not policy or "${" in policy:
        raise ValueError(f"{_MODULE} has no list content_security_policy that can be read here: {policy!r}")
    return policy
