"""Looks names up in public DNS, through this machine's resolver."""

from __future__ import annotations

from typing import Final, Protocol

import dns.exception
import dns.resolver

_SECONDS: Final = 6.0
_SURELY_THERE: Final = "amazonaws.com"


class DnsUnavailable(Exception):
    """This machine has no DNS: it has no resolver, or the resolver does not answer."""


class DnsBroken(Exception):
    """The resolver works, but not for this name: the name's servers do not answer, or contradict each other."""


class PublicDns(Protocol):
    """Resolves names in public DNS."""

    def look_up(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the records of a name; none if it has no such record or does not exist.

        Args:
            name: a name without a dot at the end.
            kind: type of the records, such as NS.

        Raises:
            DnsUnavailable: this machine has no DNS.
            DnsBroken: the name's servers do not answer.
        """
        ...


class Resolver:
    """Resolves names with a resolver, by default this machine's.

    Args:
        resolver: the resolver to use instead.
        seconds: the longest wait for an answer, retries included.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None, seconds: float = _SECONDS) -> None:
        self._resolver = resolver
        self._seconds = seconds

    def look_up(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the records of a name; see `PublicDns`."""
        try:
            return self._query(name, kind)
        except DnsBroken:
            self._query(_SURELY_THERE, "NS")  # raises DnsUnavailable if the resolver fails for every name
            raise

    def _query(self, name: str, kind: str) -> tuple[str, ...]:
        try:
            resolver = self._resolver or dns.resolver.Resolver()
            answer = resolver.resolve(f"{name}.", kind, lifetime=self._seconds, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.resolver.NoResolverConfiguration, OSError) as error:
            raise DnsUnavailable(str(error)) from error
        except dns.exception.DNSException as error:
            if name == _SURELY_THERE:
                raise DnsUnavailable(str(error)) from error
            raise DnsBroken(str(error)) from error
        return tuple(sorted(record.to_text().rstrip(".").lower() for record in answer.rrset or ()))
