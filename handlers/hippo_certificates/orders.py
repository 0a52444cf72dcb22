"""What an order needs next. Pure: from the states that the CA reports (RFC 8555, 7.1.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Authorization:
    """The CA's question whether we control one name.

    Attributes:
        name: the name that the order asks for.
        status: `pending`, `valid`, or one of those that end the order.
        text: the TXT record that proves control; empty if the CA offers no DNS challenge.
        challenge: what `Authority.answer` takes.
        answered: the CA was asked to look already.
        error: what the CA found wrong, or an empty text.
    """

    name: str
    status: str
    text: str = ""
    challenge: object = None
    answered: bool = False
    error: str = ""


@dataclass(frozen=True)
class Order:
    """A certificate that the CA is asked for.

    Attributes:
        uri: its address.
        status: `pending`, `ready`, `processing`, `valid` or `invalid`.
        authorizations: addresses of the CA's questions.
        finalize, certificate: addresses; `certificate` is empty before the certificate exists.
        error: why it is invalid, or an empty text.
        wait: seconds that the CA asks to wait before the next look; None if it does not say.
    """

    uri: str
    status: str
    authorizations: tuple[str, ...] = ()
    finalize: str = ""
    certificate: str = ""
    error: str = ""
    wait: float | None = None


class Action(Enum):
    """What to do next."""

    PROVE = "publish the records, and ask the CA to look"
    WAIT = "wait for the CA"
    FINALIZE = "send the certificate request"
    DOWNLOAD = "download the certificate"
    GIVE_UP = "the order has failed: the next one is a new order"


def next_action(order: Order, authorizations: Sequence[Authorization]) -> Action:
    """Decide. `authorizations` are needed only while the order is pending."""
    if order.status == "valid":
        return Action.DOWNLOAD if order.certificate else Action.WAIT
    if order.status == "ready":
        return Action.FINALIZE
    if order.status == "processing":
        return Action.WAIT
    if order.status != "pending" or any(one.status not in ("pending", "valid") for one in authorizations):
        return Action.GIVE_UP
    if any(to_prove(one) and not one.text for one in authorizations):
        return Action.GIVE_UP
    return Action.PROVE if any(to_prove(one) for one in authorizations) else Action.WAIT


def to_prove(authorization: Authorization) -> bool:
    """Return whether the CA waits for our answer."""
    return authorization.status == "pending" and not authorization.answered


def fault(order: Order, authorizations: Sequence[Authorization]) -> str:
    """Return in words why an order has failed."""
    parts = [f"{one.name}: {one.error}" for one in authorizations if one.error]
    parts += [f"{one.name}: the CA offers no DNS challenge" for one in authorizations if to_prove(one) and not one.text]
    if order.error:
        parts.append(order.error)
    return "; ".join(parts) or f"the CA gives no reason (status {order.status})"
