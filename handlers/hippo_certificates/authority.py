"""A CA that speaks ACME (RFC 8555), through the library acme.

The library signs, repeats a request after a stale nonce, and reads answers. Its own loops are not
used: they wait by the machine's clock, and cannot continue an order of an earlier run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

import requests
from acme import challenges, client, errors, messages
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from josepy import errors as josepy_errors
from josepy import json_util, jwa, jwk, util

from hippo_certificates.certificates import Certificate
from hippo_certificates.orders import Authorization, Order
from hippo_certificates.plan import Window
from hippo_gym.runtime.clock import Clock, from_text
from hippo_gym.runtime.errors import OperatorError, Transient

_SECONDS_OF_A_CALL: Final = 30
_SECONDS_IF_NONE_ARE_SAID: Final = 3600.0
_TRIES_OF_A_NONCE: Final = 4
_NOT_A_RENEWAL: Final = ("alreadyReplaced", "malformed")
_USER_AGENT: Final = "hippo-gym-aws (acme-python)"


class Refused(OperatorError):
    """The CA refused; the text is its own."""


class Unreachable(Transient):
    """The CA did not answer, or has a problem of its own."""


class RateLimited(Transient):
    """The CA wants no request before `until` (UTC)."""

    def __init__(self, text: str, until: datetime) -> None:
        super().__init__(text)
        self.until = until


class Authority(Protocol):
    """A CA. Each method raises `Refused`, `Unreachable` or `RateLimited`."""

    def window(self, certificate: Certificate) -> Window | None:
        """Return when the CA wants a certificate to be renewed; None if it does not say."""
        ...

    def register(self) -> None:
        """Make the account, or find it by its key. Before the following methods."""
        ...

    def begin(self, names: tuple[str, ...], replaces: str | None) -> Order:
        """Ask for a certificate. `replaces`: the `renewal_id` of the one that it replaces."""
        ...

    def order(self, uri: str) -> Order | None:
        """Return the present state of an order; None if the CA does not know it any more."""
        ...

    def authorization(self, uri: str) -> Authorization:
        """Return the present state of one of an order's questions."""
        ...

    def answer(self, authorization: Authorization) -> None:
        """Ask the CA to look for the record."""
        ...

    def finalize(self, order: Order, request: bytes) -> None:
        """Send the certificate request (DER)."""
        ...

    def download(self, order: Order) -> str:
        """Return the certificate with its chain, PEM."""
        ...


@dataclass(frozen=True)
class ExternalAccount:
    """A customer's account at the CA: `hmac_key` is base64url, as the CA gives it."""

    kid: str
    hmac_key: str


class _NewOrder(messages.NewOrder):
    """RFC 9773, 5: with `replaces`, Let's Encrypt counts the order as a renewal, which no limit stops."""

    replaces: str | None = json_util.field("replaces", omitempty=True)


class _Network(client.ClientNetwork):
    """The library repeats a request after a stale nonce once; a CA of several machines refuses more."""

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        """POST, and again while the CA answers `badNonce`."""
        for _ in range(_TRIES_OF_A_NONCE - 1):
            try:
                return super().post(*args, **kwargs)
            except messages.Error as error:
                if error.code != "badNonce":
                    raise
        return super().post(*args, **kwargs)


@dataclass
class AcmeAuthority:
    """One account at one CA.

    Args:
        directory_url: the CA's directory.
        key: the account's private key, from `make_account_key`.
        clock: for Retry-After.
        verify: whether to check the directory's certificate, or a file with the roots to check by.
    """

    directory_url: str
    key: str
    clock: Clock
    email: str = ""
    profile: str = ""
    external: ExternalAccount | None = None
    verify: bool | str = True
    _client: client.ClientV2 | None = field(default=None, init=False)
    _retry_after: str | None = field(default=None, init=False)

    def window(self, certificate: Certificate) -> Window | None:
        """As `Authority` says."""
        with self._explained("renewal information"):
            address = self._renewal_information()
            if certificate.renewal_id is None or address is None:
                return None
            answer = self._net.get(f"{address}/{certificate.renewal_id}").json()
            found = answer["suggestedWindow"]
            return Window(from_text(found["start"]), from_text(found["end"]))

    def register(self) -> None:
        """As `Authority` says."""
        with self._explained("the account"):
            acme, key = self._connected(), self._net.key
            binding = None
            if self.external is not None:
                binding = messages.ExternalAccountBinding.from_data(
                    key.public_key(), self.external.kid, self.external.hmac_key, acme.directory
                )
            wanted = messages.NewRegistration.from_data(
                email=self.email or None, terms_of_service_agreed=True, external_account_binding=binding
            )
            try:
                acme.new_account(wanted)
            except errors.ConflictError as existing:
                self._net.account = messages.RegistrationResource(body=wanted, uri=existing.location)

    def begin(self, names: tuple[str, ...], replaces: str | None) -> Order:
        """As `Authority` says."""
        identifiers = [messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=name) for name in names]
        with self._explained("a new order"):
            known = replaces if self._renewal_information() else None
            wanted = _NewOrder(identifiers=identifiers, profile=self.profile or None, replaces=known)
            try:
                answer = self._post("newOrder", wanted)
            except (messages.Error, errors.ConflictError) as error:
                # RFC 9773, 5: 409 for a certificate that was replaced, which the library raises without its text.
                if known is None or (isinstance(error, messages.Error) and not _is(error, _NOT_A_RENEWAL)):
                    raise
                answer = self._post("newOrder", _NewOrder(identifiers=identifiers, profile=self.profile or None))
            return self._order(answer, answer.headers["Location"])

    def order(self, uri: str) -> Order | None:
        """As `Authority` says."""
        with self._explained("the order"):
            try:
                return self._order(self._post(uri), uri)
            except messages.Error as error:
                if error.code in ("malformed", "unauthorized", "orderDoesNotExist"):
                    return None
                raise

    def authorization(self, uri: str) -> Authorization:
        """As `Authority` says."""
        with self._explained("an authorization"):
            body = messages.Authorization.from_json(self._post(uri).json())
            name = f"*.{body.identifier.value}" if body.wildcard else body.identifier.value
            for offered in body.challenges:
                if isinstance(offered.chall, challenges.DNS01):
                    return Authorization(
                        name,
                        body.status.name,
                        offered.chall.validation(self._net.key),
                        offered,
                        offered.status.name != "pending",
                        _words(offered.error) if offered.error else "",
                    )
            return Authorization(name, body.status.name)

    def answer(self, authorization: Authorization) -> None:
        """As `Authority` says."""
        offered: Any = authorization.challenge
        with self._explained(f"the challenge of {authorization.name}"):
            try:
                self._connected().answer_challenge(offered, offered.response(self._net.key))
            except messages.Error as error:
                if error.code != "malformed" or self._is_pending(offered):
                    raise  # else the CA, or another run, was faster

    def _is_pending(self, offered: Any) -> bool:
        found = messages.ChallengeBody.from_json(self._post(offered.uri).json())
        return bool(found.status.name == "pending")

    def finalize(self, order: Order, request: bytes) -> None:
        """As `Authority` says."""
        with self._explained("the certificate request"):
            csr = x509.load_der_x509_csr(request)
            try:
                self._post(order.finalize, messages.CertificateRequest(csr=csr))
            except messages.Error as error:
                if error.code != "orderNotReady":  # another run was faster, or the CA is slow: look again
                    raise

    def download(self, order: Order) -> str:
        """As `Authority` says."""
        with self._explained("the certificate"):
            return str(self._post(order.certificate).text)

    @property
    def _net(self) -> Any:
        return self._connected().net

    def _connected(self) -> client.ClientV2:
        if self._client is None:
            key = jwk.JWKEC.from_json(json.loads(self.key))
            net = _Network(
                key,
                alg=jwa.ES256,
                verify_ssl=self.verify,  # type: ignore[arg-type] # requests takes a file, too
                user_agent=_USER_AGENT,
                timeout=_SECONDS_OF_A_CALL,
            )
            net.session.hooks["response"].append(self._note_pause)
            with self._explained("the directory"):
                self._client = client.ClientV2(client.ClientV2.get_directory(self.directory_url, net), net)
        return self._client

    def _renewal_information(self) -> str | None:
        try:
            return str(self._connected().directory["renewalInfo"])
        except KeyError:
            return None

    def _post(self, uri: str, content: Any = None) -> Any:
        """POST; without content it is ACME's way to read (RFC 8555, 6.3)."""
        acme = self._connected()
        address = acme.directory[uri] if uri == "newOrder" else uri
        return acme.net.post(address, content, new_nonce_url=acme.directory["newNonce"])

    def _note_pause(self, response: requests.Response, *_: Any, **__: Any) -> None:
        self._retry_after = response.headers.get("Retry-After")

    def _pause(self) -> float | None:
        return seconds_of(self._retry_after, self.clock.now()) if self._retry_after else None

    def _order(self, answer: Any, uri: str) -> Order:
        body = messages.Order.from_json(answer.json())
        return Order(
            uri,
            body.status.name,
            tuple(body.authorizations or ()),
            body.finalize or "",
            body.certificate or "",
            _words(body.error) if body.error else "",
            self._pause(),
        )

    @contextmanager
    def _explained(self, subject: str) -> Iterator[None]:
        """Turn the errors of the library into ours."""
        place = f"{self.directory_url}, {subject}"
        try:
            yield
        except messages.Error as error:
            text = f"{place}: {_words(error)}"
            pause = self._pause()
            if error.code == "rateLimited" or (error.code == "serverInternal" and pause is not None):
                seconds = _SECONDS_IF_NONE_ARE_SAID if pause is None else pause
                raise RateLimited(text, self.clock.now() + timedelta(seconds=seconds)) from error
            if error.code in ("serverInternal", "badNonce"):
                raise Unreachable(text) from error
            raise Refused(text) from error
        except (requests.RequestException, errors.Error) as error:
            pause = self._pause()
            if pause is not None and isinstance(error, errors.ClientError):
                raise RateLimited(f"{place}: {error}", self.clock.now() + timedelta(seconds=pause)) from error
            raise Unreachable(f"{place}: {str(error) or type(error).__name__}") from error
        except (josepy_errors.Error, KeyError, TypeError, ValueError) as error:
            raise Unreachable(f"{place}: the answer is not one of ACME ({type(error).__name__}: {error})") from error


def make_account_key() -> str:
    """Make the key of an account, ECDSA P-256; a JSON Web Key as text."""
    key = jwk.JWKEC(key=util.ComparableECKey(ec.generate_private_key(ec.SECP256R1())))
    return json.dumps(key.to_json())


def seconds_of(retry_after: str, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or a date (RFC 9110, 10.2.3); None if it is neither."""
    read: tuple[Callable[[str], float], ...] = (
        float,
        lambda text: (parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds(),
    )
    for parse in read:
        try:
            return max(0.0, min(parse(retry_after), 7 * 86400.0))
        except (TypeError, ValueError):
            continue
    return None


def _is(error: messages.Error, kinds: tuple[str, ...]) -> bool:
    """Return whether an error is of one of these kinds: `Error.code` knows no kind that is newer than the library."""
    return str(error.typ).rpartition(":")[2] in kinds


def _words(error: Any) -> str:
    """Return the CA's own words, with those about single names."""
    parts = [error.detail or error.typ]
    parts += [f"{one.identifier.value}: {one.detail}" for one in error.subproblems or () if one.identifier]
    return "; ".join(str(part) for part in parts)
