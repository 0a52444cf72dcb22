"""Names as the world sees them: asked of the resolver of this machine."""

from __future__ import annotations

from typing import Final, Protocol

import dns.exception
import dns.resolver

_SECONDS: Final = 6.0
_SURELY_THERE: Final = "amazonaws.com"


class DnsUnavailable(Exception):
    """There is no DNS on this machine: no resolver, or none that answers."""


class DnsBroken(Exception):
    """The resolver answers, but not about this name: its servers do not answer, or contradict each other."""


class PublicDns(Protocol):
    """Looks names up."""

    def look_up(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the records of a name; none if there are none, or no such name.

        Args:
            name: without a dot at the end.
            kind: such as NS.

        Raises:
            DnsUnavailable, DnsBroken: nobody can tell.
        """
        ...


class Resolver:
    """Asks a resolver, by default the one that this machine is set up with.

    Args:
        resolver: another one.
        seconds: how long to wait for an answer, its repetitions included.
    """

    def __init__(self, resolver: dns.resolver.Resolver | None = None, seconds: float = _SECONDS) -> None:
        self._resolver = resolver
        self._seconds = seconds

    def look_up(self, name: str, kind: str) -> tuple[str, ...]:
        """Return the records of a name; see `PublicDns`."""
        try:
            return self._ask(name, kind)
        except DnsBroken:
            self._ask(_SURELY_THERE, "NS")  # or else it is not the name's fault
            raise

    def _ask(self, name: str, kind: str) -> tuple[str, ...]:
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
