"""A CA, two secrets and a hosted zone on a virtual clock, for renew_certificate.

The zone is as strict as Route 53 about what a batch may delete and create. `calls` counts every call
of a run, and `die_at` ends the run there, before or after the call had its effect.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hippo_certificates.certificates import Certificate, KeyPair
from hippo_certificates.orders import Authorization, Order
from hippo_certificates.plan import Window
from hippo_certificates.renewal import Renewal
from hippo_certificates.vault import Vault
from hippo_certificates.zone import ChallengeRecords
from hippo_gym.runtime.metrics import Metric, Tally
from tests.support.fake_clock import FakeClock

ROOT = "play.example.net"
DIRECTORY = "https://ca.example/dir"


class Died(BaseException):
    """The run ended in the middle, as at Lambda's timeout."""


@dataclass
class Calls:
    """Counts calls, and ends a run at one of them: what the run still tries then has no effect."""

    count: int = 0
    die_at: int | None = None
    after: bool = False

    def make(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.die_at is None or self.count < self.die_at:
                return call(*args, **kwargs)
            if self.count == self.die_at and self.after:
                with suppress(ClientError):
                    call(*args, **kwargs)
            raise Died

        return counted


@dataclass
class Counted:
    """An object whose methods are counted."""

    real: Any
    calls: Calls

    def __getattr__(self, name: str) -> Any:
        return self.calls.make(getattr(self.real, name))


class FakeSecrets:
    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's names
        if SecretId not in self.values:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.values[SecretId]}

    def put_secret_value(self, SecretId: str, SecretString: str) -> None:  # noqa: N803
        self.values[SecretId] = SecretString


class FakeZone:
    """One TXT record set."""

    def __init__(self) -> None:
        self.record: dict[str, Any] | None = None
        self.before_change: Callable[[], object] = lambda: None

    def values(self) -> list[str]:
        return [value["Value"] for value in self.record["ResourceRecords"]] if self.record else []

    def list_resource_record_sets(self, **_: Any) -> dict[str, Any]:
        return {"ResourceRecordSets": [json.loads(json.dumps(self.record))] if self.record else []}

    def change_resource_record_sets(self, ChangeBatch: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        self.before_change()
        wanted = self.record
        for change in ChangeBatch["Changes"]:
            same = wanted == change["ResourceRecordSet"]
            if (change["Action"] == "DELETE" and not same) or (change["Action"] == "CREATE" and wanted is not None):
                raise ClientError({"Error": {"Code": "InvalidChangeBatch"}}, "ChangeResourceRecordSets")
            wanted = change["ResourceRecordSet"] if change["Action"] == "CREATE" else None
        self.record = wanted
        return {"ChangeInfo": {"Id": "C1"}}

    def get_change(self, **_: Any) -> dict[str, Any]:
        return {"ChangeInfo": {"Status": "INSYNC"}}


@dataclass
class FakeCa:
    """Issues certificates of `life`; a challenge is valid if the zone holds its text when it looks.

    Attributes:
        slow: looks at an order before it is issued, each time.
        fails: raised by the next calls of a method, by its name.
        window: the CA's advice.
    """

    clock: FakeClock
    zone: FakeZone
    life: timedelta = timedelta(days=90)
    slow: int = 0
    fails: dict[str, Exception] = field(default_factory=dict)
    before_answer: Callable[[], object] = lambda: None
    window_of: Callable[[Certificate], Window | None] = lambda _: None
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    issued: list[str] = field(default_factory=list)
    replaced: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fake CA")])

    def window(self, certificate: Certificate) -> Window | None:
        self._fail("window")
        return self.window_of(certificate)

    def register(self) -> None:
        self._fail("register")

    def begin(self, names: tuple[str, ...], replaces: str | None) -> Order:
        self._fail("begin")
        uri = f"order-{len(self.orders)}"
        texts = {name: f"text-{uri}-{index}" for index, name in enumerate(names)}
        answers: dict[str, str] = dict.fromkeys(names, "pending")
        self.orders[uri] = {"status": "pending", "texts": texts, "answers": answers, "looks": self.slow, "chain": ""}
        self.replaced.append(replaces)
        return self._order(uri)

    def order(self, uri: str) -> Order | None:
        self._fail("order")
        order = self.orders[uri]
        if order["status"] == "pending" and set(order["answers"].values()) == {"valid"}:
            order["status"] = "ready"
        if order["status"] == "processing":
            order["looks"] -= 1
            if order["looks"] < 0:
                order["status"] = "valid"
        return self._order(uri)

    def authorization(self, uri: str) -> Authorization:
        order, name = self.orders[uri.split("|")[0]], uri.split("|")[1]
        status = order["answers"][name]
        return Authorization(name, status, order["texts"][name], uri, error="no such record" * (status == "invalid"))

    def answer(self, authorization: Authorization) -> None:
        self._fail("answer")
        self.before_answer()
        order = self.orders[str(authorization.challenge).split("|")[0]]
        found = f'"{authorization.text}"' in self.zone.values()
        order["answers"][authorization.name] = "valid" if found else "invalid"
        if not found:
            order["status"] = "invalid"

    def finalize(self, order: Order, request: bytes) -> None:
        self._fail("finalize")
        kept = self.orders[order.uri]
        kept["chain"], kept["status"] = self._issue(x509.load_der_x509_csr(request)), "processing"

    def download(self, order: Order) -> str:
        self._fail("download")
        return str(self.orders[order.uri]["chain"])

    def _fail(self, method: str) -> None:
        if method in self.fails:
            raise self.fails[method]

    def _order(self, uri: str) -> Order:
        order = self.orders[uri]
        questions = tuple(f"{uri}|{name}" for name in order["texts"])
        return Order(uri, order["status"], questions, f"{uri}/finalize", f"{uri}/certificate")

    def _issue(self, request: x509.CertificateSigningRequest) -> str:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        now = self.clock.now()
        builder = x509.CertificateBuilder(self.name, x509.Name([]), request.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now).not_valid_after(now + self.life).add_extension(names, critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        certificate = builder.add_extension(issuer, critical=False).sign(self.key, hashes.SHA256())
        chain = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.issued.append(chain)
        return chain


class CertificateWorld:
    """One deployment whose certificate is renewed."""

    def __init__(self, life: timedelta = timedelta(days=90)) -> None:
        self.clock, self.secrets, self.zone, self.calls, self.meter = (
            FakeClock(),
            FakeSecrets(),
            FakeZone(),
            Calls(),
            Tally(),
        )
        self.ca = FakeCa(self.clock, self.zone, life)

    def renewal(self, seconds: float = 600) -> Renewal:
        end = self.clock.now() + timedelta(seconds=seconds)
        secrets, zone, ca = (Counted(real, self.calls) for real in (self.secrets, self.zone, self.ca))
        return Renewal(
            ROOT,
            DIRECTORY,
            Vault(secrets, None, "certificate", "account"),  # type: ignore[arg-type]
            ChallengeRecords(zone, "Z1", ROOT, self.clock),  # type: ignore[arg-type]
            lambda _: ca,
            self.clock,
            self.meter,
            lambda: (end - self.clock.now()).total_seconds(),
        )

    def pair(self) -> KeyPair:
        found = json.loads(self.secrets.values["certificate"])
        return KeyPair(found["fullchain"], found["privkey"])

    def measured(self, metric: Metric) -> float:
        return self.meter.take()[(metric, None)][-1]

    def later(self, moment: datetime) -> timedelta:
        return moment - self.clock.now()
