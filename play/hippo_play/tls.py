"""Loads the certificate chain and its key: pages served over https require TLS.

On AWS, HIPPO Gym sets the two variables with PEM texts when a container starts, if the deployment
has a certificate for the participants' servers; the other two variables name files.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_TEXTS: Final = ("SSL_FULLCHAIN_PEM", "SSL_PRIVKEY_PEM")
_FILES: Final = ("SSL_FULLCHAIN", "SSL_PRIVKEY")


class TlsError(ValueError):
    """The certificate cannot be used. Serving without TLS would hide that."""


def context(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    """Return the server's TLS context, from the texts or else from the files; None without either.

    Raises:
        TlsError: one variable of a pair is missing, or the values are no certificate chain and its
            key.
    """
    if texts := _pair(environment, _TEXTS):
        with tempfile.TemporaryDirectory() as folder:  # the ssl module reads files only
            files = [Path(folder, name) for name in _TEXTS]
            for file, text in zip(files, texts, strict=True):
                file.write_text(text)
            return _load(_TEXTS, *files)
    if paths := _pair(environment, _FILES):
        missing = [name for name, path in zip(_FILES, paths, strict=True) if not Path(path).is_file()]
        if missing:
            raise TlsError(f"{' and '.join(missing)} must name a file")
        return _load(_FILES, *map(Path, paths))
    return None


def _pair(environment: Mapping[str, str], names: tuple[str, str]) -> list[str]:
    """Return the values of both variables; none if neither is set."""
    missing = [name for name in names if not environment.get(name)]
    if len(missing) == 1:
        raise TlsError(f"{missing[0]} is not set: TLS needs both {' and '.join(names)}")
    return [] if missing else [environment[name] for name in names]


def _load(names: tuple[str, str], chain: Path, key: Path) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        found.load_cert_chain(chain, key, password="")  # a key with a passphrase fails, no prompt
    except (OSError, ValueError) as error:  # ssl's errors are OSErrors
        raise TlsError(f"{' and '.join(names)} are no certificate chain and its key: {error}") from error
    return found
