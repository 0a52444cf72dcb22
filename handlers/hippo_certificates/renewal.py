"""One run: looks whether a certificate is due, and gets it.

A run may die after any call. What it needs to continue is kept before the call that makes it
necessary: the account's key before the account, an order's address and key before its proof. The
certificate that servers use is replaced once, by a complete one; until then nothing touches it.
Two runs at once each get a certificate, or the same one; the later of them stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hippo_certificates import certificates, orders, plan
from hippo_certificates.authority import Authority, RateLimited, Refused, make_account_key
from hippo_certificates.certificates import Certificate, KeyPair, NotUsable
from hippo_certificates.orders import Action, Authorization, Order
from hippo_certificates.plan import Window
from hippo_certificates.vault import Account, PendingOrder, StoredCertificate, Vault
from hippo_certificates.zone import ChallengeRecords
from hippo_gym.runtime.clock import Clock, to_text
from hippo_gym.runtime.errors import Transient
from hippo_gym.runtime.logs import logger
from hippo_gym.runtime.metrics import Meter, Metric

_SECONDS_TO_END: Final = 30
"""Kept to delete the records and to write what is to be kept."""

_LONGEST_PAUSE: Final = 60.0  # seconds; a CA that asks for more is asked again by the next run
_PAUSE: Final = 3.0  # seconds, if the CA does not say

_URGENT_PERCENT: Final = 20.0
"""Below it, an error of a CA that may pass is an error of the run; alarms.tf has the same share."""


class OutOfTime(Transient):
    """The run ends before the CA has finished: the next run continues the order."""


@dataclass(frozen=True)
class Report:
    """What a run did.

    Attributes:
        outcome: `kept`, `renewed`, or `waiting` if the next run has to try again.
        reason: why it was renewed, or what it waits for.
        ends: when the certificate ends, as text in UTC; None without one.
        renewAt: when it is renewed, as known today.
        daysLeft: until its end.
    """

    outcome: str
    reason: str
    ends: str | None
    renewAt: str | None  # noqa: N815 - the answer's key
    daysLeft: float  # noqa: N815


@dataclass(frozen=True)
class Renewal:
    """What a run needs.

    Args:
        root_domain: in lower case.
        directory: address of the CA's directory.
        authority: makes the CA's side from an account's key.
        left: how many seconds the run has left.
    """

    root_domain: str
    directory: str
    vault: Vault
    zone: ChallengeRecords
    authority: Callable[[str], Authority]
    clock: Clock
    meter: Meter
    left: Callable[[], float]

    def run(self) -> Report:
        """Look, and renew if it is due.

        Raises:
            Refused: the CA refuses, and will until a person changes something.
            Transient: the CA cannot be used now, and the certificate is close to its end.
        """
        stored = self._stored()
        window: Window | None = None
        try:
            self.zone.withdraw()  # texts of a run that died
            account = self._account()
            ca = self.authority(account.key)
            window = self._window(ca, account, stored)
            reason = plan.reason_to_renew(stored, self.root_domain, self.clock.now(), window)
            if reason is None:
                outcome, reason = "kept", "the certificate is not due"
                if account.pending is not None:  # of a run that died after it had stored the certificate
                    self.vault.keep_account(replace(account, pending=None))
            else:
                logger.info("renewing", reason=reason)
                stored, window = self._renew(ca, account, stored), None
                outcome = "renewed"
            self._copy()
        except Transient as error:
            self._note_pause(error)
            if plan.percent_left(stored, self.clock.now()) < _URGENT_PERCENT and stored is not None:
                raise
            logger.warning("not renewed", reason=str(error))
            outcome, reason = "waiting", str(error)
        finally:
            now = self.clock.now()
            self.meter.add(Metric.CERTIFICATE_DAYS_LEFT, plan.days_left(stored, now))
            self.meter.add(Metric.CERTIFICATE_PERCENT_LEFT, plan.percent_left(stored, now))
        return self._report(outcome, reason, stored, window)

    def _stored(self) -> Certificate | None:
        """Read the certificate; None if servers cannot use it, or if another CA issued it."""
        found = self.vault.certificate()
        if found is None:
            return None
        try:
            certificate = certificates.read(found.pair)
        except NotUsable as error:
            logger.warning("the stored certificate cannot be used", reason=str(error))
            return None
        if found.directory != self.directory:
            logger.info("the stored certificate is from another CA", directory=found.directory)
            return None
        return certificate

    def _account(self) -> Account:
        """Return the account at this CA; its key is kept before the CA gets to know it."""
        found = self.vault.account()
        if found is not None and found.directory == self.directory:
            return found
        account = Account(make_account_key(), self.directory)
        self.vault.keep_account(account)
        return account

    def _window(self, ca: Authority, account: Account, stored: Certificate | None) -> Window | None:
        """Ask the CA for its advice; without an answer, the certificate's life decides."""
        now = self.clock.now()
        if stored is None or now >= stored.ends or _pauses(account, now):
            return None
        try:
            return ca.window(stored)
        except (Transient, Refused) as error:
            logger.warning("no renewal information", reason=str(error))
            return None

    def _renew(self, ca: Authority, account: Account, stored: Certificate | None) -> Certificate:
        if _pauses(account, self.clock.now()):
            raise Transient(f"the CA wants no order before {to_text(account.not_before or self.clock.now())}")
        ca.register()
        order, key, account = self._order(ca, account, stored)
        try:
            chain = self._carry_out(ca, order, certificates.make_request(key, plan.names_of(self.root_domain)))
            pair = KeyPair(chain, key)
            new = certificates.read(pair)
            if fault := plan.reason_to_renew(new, self.root_domain, self.clock.now()):
                raise Refused(f"the CA issued a certificate that is of no use: {fault}")
        except (Refused, NotUsable) as error:
            self.vault.keep_account(replace(account, pending=None))
            raise Refused(str(error)) from error
        self.vault.keep_certificate(StoredCertificate(pair, self.directory))
        self.vault.keep_account(replace(account, pending=None, not_before=None))
        return new

    def _order(self, ca: Authority, account: Account, stored: Certificate | None) -> tuple[Order, str, Account]:
        """Continue the order of a run that died, or begin one and keep it; also return its key."""
        if account.pending is not None:
            found = ca.order(account.pending.uri)
            if found is not None and found.status != "invalid":
                return found, account.pending.key, account
        begun = ca.begin(plan.names_of(self.root_domain), stored.renewal_id if stored else None)
        key = certificates.make_key()
        kept = replace(account, pending=PendingOrder(begun.uri, key), not_before=None)
        self.vault.keep_account(kept)
        return begun, key, kept

    def _carry_out(self, ca: Authority, order: Order, request: bytes) -> str:
        """Bring an order to its end; return the certificate's chain.

        Raises:
            Refused: the order failed.
            OutOfTime: the run has no time left.
        """
        published: set[str] = set()
        try:
            while True:
                asked = order.authorizations if order.status in ("pending", "invalid") else ()
                questions = [ca.authorization(uri) for uri in asked]
                match orders.next_action(order, questions):
                    case Action.PROVE:
                        self._prove(ca, [one for one in questions if orders.to_prove(one)], published)
                        self._sleep(order.wait)
                    case Action.FINALIZE:
                        ca.finalize(order, request)
                    case Action.DOWNLOAD:
                        return ca.download(order)
                    case Action.WAIT:
                        self._sleep(order.wait)
                    case Action.GIVE_UP:
                        raise Refused(f"{self.directory} issues no certificate: {orders.fault(order, questions)}")
                found = ca.order(order.uri)
                if found is None:
                    raise Refused(f"{self.directory} does not know the order {order.uri} any more")
                order = found
        finally:
            if published:
                self.zone.withdraw(published)

    def _prove(self, ca: Authority, questions: list[Authorization], published: set[str]) -> None:
        """Publish the texts, wait until every name server has them, and ask the CA to look."""
        published.update(one.text for one in questions)
        change = self.zone.publish(sorted(published))
        while change is not None and not self.zone.in_sync(change):
            self._sleep(None)
        for one in questions:
            ca.answer(one)

    def _sleep(self, seconds: float | None) -> None:
        pause = min(_PAUSE if seconds is None else max(seconds, 1.0), _LONGEST_PAUSE)
        if self.left() < pause + _SECONDS_TO_END:
            raise OutOfTime("the CA or the zone is slow: the next run continues this order")
        self.clock.sleep(pause)

    def _copy(self) -> None:
        found = self.vault.certificate() if self.vault.bucket else None
        if found is not None and self.vault.copy(found.pair):
            logger.info("copied the certificate to the bucket")

    def _note_pause(self, error: Transient) -> None:
        """Keep until when the CA wants to be left alone."""
        account = self.vault.account() if isinstance(error, RateLimited) else None
        if account is not None and isinstance(error, RateLimited):
            self.vault.keep_account(replace(account, not_before=error.until))

    def _report(self, outcome: str, reason: str, stored: Certificate | None, window: Window | None) -> Report:
        ends = to_text(stored.ends) if stored else None
        due = to_text(plan.renew_at(stored, window)) if stored else None
        return Report(outcome, reason, ends, due, round(plan.days_left(stored, self.clock.now()), 2))


def _pauses(account: Account, now: datetime) -> bool:
    return account.not_before is not None and now < account.not_before
