"""Loads the certificate chain and its key: pages served over https require TLS.

On AWS, HIPPO Gym sets the two variables with PEM texts when a container starts, if the deployment
has a certificate for the participants' servers; the other two variables name files.

The texts cannot change while a container runs. They need not: a session lasts a day at most
(`max_runtime_minutes`), and a certificate is renewed when a third of its life is left, two days of
the shortest that CAs issue. Files may be renewed under a server that runs for longer, on a team's own
machine: new connections then get the new certificate, and open ones go on.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0
"""Pause between two looks at the files."""

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
            written = [Path(folder, name) for name in _TEXTS]
            for file, text in zip(written, texts, strict=True):
                file.write_text(text)
            return _load(_TEXTS, *written)
    if paths := files(environment):
        missing = [name for name, path in zip(_FILES, paths, strict=True) if not path.is_file()]
        if missing:
            raise TlsError(f"{' and '.join(missing)} must name a file")
        return _load(_FILES, *paths)
    return None


def files(environment: Mapping[str, str]) -> tuple[Path, Path] | None:
    """Return the files that `context` reads; None if it reads texts, or nothing.

    Raises:
        TlsError: one variable of a pair is missing.
    """
    if _pair(environment, _TEXTS) or not (paths := _pair(environment, _FILES)):
        return None
    return Path(paths[0]), Path(paths[1])


async def keep_current(used: ssl.SSLContext | None, pair: tuple[Path, Path] | None) -> None:
    """Load renewed files into a context in use, without end; return at once if there are no files.

    A pair that does not fit together, because only one file is written yet, is tried again: until
    then the context keeps what it has.
    """
    if used is None or pair is None:
        return
    loaded = _stamps(pair)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        found = _stamps(pair)
        if found == loaded or found is None:
            continue
        try:
            _load(_FILES, *pair)  # into a context that is not in use
            used.load_cert_chain(*pair, password="")
        except (TlsError, OSError, ValueError) as error:
            log.warning("the renewed certificate is not used yet: %s", error)
            continue
        loaded = found
        log.info("the certificate was renewed; open connections go on")


def _stamps(pair: tuple[Path, Path]) -> tuple[int, ...] | None:
    """Return when both files were written, in nanoseconds; None while one is missing."""
    try:
        return tuple(path.stat().st_mtime_ns for path in pair)
    except OSError:
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
