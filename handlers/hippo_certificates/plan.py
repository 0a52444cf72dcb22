"""When a certificate is to be renewed. Pure: from the certificate, the CA's advice and the time.

Shares of a certificate's life, not days: lives of 90, 47 and 6 days are all in use.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hippo_certificates.certificates import Certificate

RENEW_AFTER: Final = 2 / 3
"""Of the life: what CAs recommend, and it leaves a third for tries that fail."""

LATEST: Final = 3 / 4
"""Of the life, whatever the CA advises: before the alarm, which goes off with a fifth left."""


@dataclass(frozen=True)
class Window:
    """When the CA wants a certificate to be renewed (RFC 9773): between `start` and `end`, UTC."""

    start: datetime
    end: datetime


def names_of(root_domain: str) -> tuple[str, str]:
    """Return the names that a certificate of the deployment has."""
    return f"*.{root_domain}", root_domain


def renew_at(certificate: Certificate, window: Window | None) -> datetime:
    """Return when to renew.

    Within the CA's window, the moment derives from the serial number: it differs between
    certificates, as the CA wishes, and two runs agree about it. A window in the past means at once:
    the CA is going to revoke the certificate.
    """
    life = certificate.ends - certificate.begins
    if window is None or window.end < window.start:
        return certificate.begins + life * RENEW_AFTER
    digest = hashlib.sha256(str(certificate.serial).encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    return min(window.start + (window.end - window.start) * share, certificate.begins + life * LATEST)


def reason_to_renew(
    certificate: Certificate | None, root_domain: str, now: datetime, window: Window | None = None
) -> str | None:
    """Return why a certificate is needed now; None if the stored one stays.

    Args:
        certificate: the stored one; None if there is none that servers can use.
        root_domain: in lower case.
        now: UTC.
        window: the CA's advice, if it gives one.
    """
    if certificate is None:
        return "there is no certificate yet"
    if missing := set(names_of(root_domain)) - certificate.names:
        return f"the certificate is not for {' and '.join(sorted(missing))}"
    if now >= certificate.ends:
        return "the certificate has ended"
    if now >= renew_at(certificate, window):
        return "two thirds of the certificate's life are over" if window is None else "the CA advises it"
    return None


def days_left(certificate: Certificate | None, now: datetime) -> float:
    """Return the days until the certificate ends; 0 without one, or after its end."""
    return 0.0 if certificate is None else max(0.0, (certificate.ends - now) / timedelta(days=1))


def percent_left(certificate: Certificate | None, now: datetime) -> float:
    """Return how much of the certificate's life is left, from 100 to 0."""
    if certificate is None or certificate.ends <= certificate.begins:
        return 0.0
    return min(100.0, max(0.0, 100 * (certificate.ends - now) / (certificate.ends - certificate.begins)))
