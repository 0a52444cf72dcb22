"""Finds files that look like secrets, by their names and by what they begin with.

Everyone who can pull an image can read every file of it, also one that a later layer deletes (Docker,
"Build secrets").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

_FOLDERS: Final = frozenset({".aws", ".ssh", ".gnupg", ".azure", ".gcloud", ".kube"})
_NAMES: Final = re.compile(
    r"\.env(?:\..+)?|.+\.env|\.envrc|\.?netrc|_netrc|\.pgpass|\.pypirc|\.git-credentials|\.htpasswd|\.vault-token|"
    r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.+\.(?:key|p12|pfx|jks|keystore|ppk|kdbx|tfstate|tfstate\.backup)",
    re.IGNORECASE,
)
_EXAMPLES: Final = re.compile(r".*\.(?:example|sample|template|dist)", re.IGNORECASE)
"""Such as `.env.example`: names without values."""

_CONTENT: Final = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-|\baws_secret_access_key\s*=\s*\S{16}"
)
READ_BYTES: Final = 64 * 1024
"""A file's beginning; a private key in PEM has its first line there."""


def look(name: str, beginning: Callable[[], bytes]) -> str | None:
    """Return why a file looks like a secret; None if it does not.

    Args:
        name: its path in the build context, with `/` between the parts.
        beginning: reads its first `READ_BYTES` bytes.
    """
    path = PurePosixPath(name)
    folder = next((part for part in path.parts[:-1] if part.lower() in _FOLDERS), None)
    if folder is not None:
        return f"is in a folder {folder}"
    if _NAMES.fullmatch(path.name) and not _EXAMPLES.fullmatch(path.name):
        return "has the name of a file with secrets"
    if path.parts[-2:] == (".docker", "config.json"):
        return "has the passwords of registries"
    return "holds a private or secret key" if _CONTENT.search(beginning()) else None
