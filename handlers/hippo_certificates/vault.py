"""What a run keeps: the certificate, the account, and an order that is under way.

Two secrets, because ECS reads the certificate's secret for containers, which must not get the
account's key. Each is written as a whole, so a reader finds the former or the new content.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_certificates.certificates import KeyPair
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.clock import from_text, to_text
from hippo_gym.runtime.errors import OperatorError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

_COPIES: Final = {"SSL/fullchain.pem": "fullchain", "SSL/privkey.pem": "privkey"}


@dataclass(frozen=True)
class StoredCertificate:
    """The certificate that servers get, and the directory of the CA that issued it."""

    pair: KeyPair
    directory: str


@dataclass(frozen=True)
class PendingOrder:
    """An order that is under way: its address, and the key that its certificate will have (PEM)."""

    uri: str
    key: str


@dataclass(frozen=True)
class Account:
    """The account at the CA.

    Attributes:
        key: its private key, a JSON Web Key as text.
        directory: the CA's; an account is known at one CA only.
        pending: an order that is under way.
        not_before: no order before this time, UTC: the CA asked to wait.
    """

    key: str
    directory: str
    pending: PendingOrder | None = None
    not_before: datetime | None = None


@dataclass(frozen=True)
class Vault:
    """The secrets of a deployment. `bucket` also gets the certificate as files; empty: none does."""

    secrets: SecretsManagerClient
    s3: S3Client
    certificate_secret: str
    account_secret: str
    bucket: str = ""

    def certificate(self) -> StoredCertificate | None:
        """Read the certificate; None if there is none yet."""
        found = self.read(self.certificate_secret)
        if not found:
            return None
        pair = KeyPair(str(found.get("fullchain", "")), str(found.get("privkey", "")))
        return StoredCertificate(pair, str(found.get("directory", "")))

    def keep_certificate(self, stored: StoredCertificate) -> None:
        """Replace the certificate: sessions that start from now on get this one."""
        content = {"fullchain": stored.pair.fullchain, "privkey": stored.pair.privkey, "directory": stored.directory}
        self._write(self.certificate_secret, content)

    def account(self) -> Account | None:
        """Read the account; None if there is none yet."""
        found = self.read(self.account_secret)
        if not found or "key" not in found:
            return None
        pending, until = found.get("pending"), found.get("notBefore")
        return Account(
            str(found["key"]),
            str(found.get("directory", "")),
            PendingOrder(str(pending["uri"]), str(pending["key"])) if pending else None,
            from_text(until) if until else None,
        )

    def keep_account(self, account: Account) -> None:
        """Replace the account."""
        pending = {"uri": account.pending.uri, "key": account.pending.key} if account.pending else None
        until = to_text(account.not_before) if account.not_before else None
        content = {"key": account.key, "directory": account.directory, "pending": pending, "notBefore": until}
        self._write(self.account_secret, content)

    def copy(self, pair: KeyPair) -> bool:
        """Write the files of the original system into the bucket where they differ; return whether any did."""
        if not self.bucket:
            return False
        wanted = {"fullchain": pair.fullchain, "privkey": pair.privkey}
        stale = [key for key, part in _COPIES.items() if self._object(key) != wanted[part].encode()]
        for key in stale:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=wanted[_COPIES[key]].encode())
        return bool(stale)

    def read(self, secret: str) -> Mapping[str, Any] | None:
        """Read a secret; None if it has no value yet.

        Raises:
            OperatorError: its value is not a JSON object.
        """
        try:
            text = self.secrets.get_secret_value(SecretId=secret)["SecretString"]
        except ClientError as error:
            if code_of(error) == "ResourceNotFoundException":
                return None
            raise
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise OperatorError(f"the secret {secret} does not hold a JSON object: store one, or delete its value")
        return value

    def _write(self, secret: str, content: Mapping[str, Any]) -> None:
        self.secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(content))

    def _object(self, key: str) -> bytes | None:
        try:
            return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if code_of(error) in {"NoSuchKey", "404", "AccessDenied"}:  # denied: S3's answer without ListBucket
                return None
            raise
