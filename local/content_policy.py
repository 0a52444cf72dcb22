"""Reads the participant page's content security policy from the website's Terraform module."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from local.places import REPOSITORY

_MODULE: Final = REPOSITORY / "terraform" / "modules" / "website" / "main.tf"
_LIST: Final = re.compile(r'content_security_policy = join\("; ", \[\n(.*?)\n\s*\]\)', re.DOTALL)
_DIRECTIVE: Final = re.compile(r'^\s*"([^"]+)",', re.MULTILINE)


def content_security_policy(connections: Iterable[str]) -> str:
    """Return the policy of a page that no other page may frame.

    Args:
        connections: addresses to which the page may connect besides its own: sources of
            `connect-src`.

    Raises:
        ValueError: the module does not have the form that this function reads.
    """
    found = _LIST.search(_MODULE.read_text())
    policy = "; ".join(_DIRECTIVE.findall(found[1] if found else ""))
    policy = policy.replace("${local.connections}", " ".join(connections)).replace("${local.framed_by}", "'none'")
    if not policy or "${" in policy:
        raise ValueError(f"{_MODULE} has no list content_security_policy that can be read here: {policy!r}")
    return policy
