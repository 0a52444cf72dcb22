"""Assembles a run from the function's settings."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from hippo_certificates.authority import AcmeAuthority, ExternalAccount
from hippo_certificates.renewal import Renewal
from hippo_certificates.settings import RenewCertificateSettings
from hippo_certificates.vault import Vault
from hippo_certificates.zone import ChallengeRecords
from hippo_gym.runtime.clock import Clock, SystemClock
from hippo_gym.runtime.emf import meter
from hippo_gym.runtime.errors import OperatorError

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 4})


def renewal(
    settings: RenewCertificateSettings,
    left: Callable[[], float],
    clock: Clock | None = None,
    client: Callable[[str], Any] = lambda service: boto3.client(service, config=_CONFIG),  # type: ignore[call-overload]
) -> Renewal:
    """Assemble a run. `client` makes the client of an AWS service; `clock`: None is the machine's."""
    clock = clock or SystemClock()
    root = settings.root_domain.strip(".").lower()
    vault = Vault(
        client("secretsmanager"),
        client("s3"),
        settings.certificate_secret,
        settings.account_secret,
        settings.copy_to_bucket,
    )
    verify = _roots(settings.acme_trusted_roots)

    def authority(key: str) -> AcmeAuthority:
        external = _external(vault, settings.acme_external_account_secret_arn)
        email, profile = settings.acme_email, settings.acme_profile
        return AcmeAuthority(settings.acme_directory, key, clock, email, profile, external, verify)

    zone = ChallengeRecords(client("route53"), settings.hosted_zone_id, root, clock)
    return Renewal(root, settings.acme_directory, vault, zone, authority, clock, meter, left)


def _external(vault: Vault, secret: str) -> ExternalAccount | None:
    if not secret:
        return None
    found = vault.read(secret) or {}
    if not isinstance(found.get("kid"), str) or not isinstance(found.get("hmacKey"), str):
        raise OperatorError(f'the secret {secret} must hold {{"kid": …, "hmacKey": …}}, as the CA gave them')
    return ExternalAccount(found["kid"], found["hmacKey"])


def _roots(pem: str) -> bool | str:
    """Return what requests takes as `verify`: a file with the roots, or True for the public ones."""
    if not pem:
        return True
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write(pem)
    return str(Path(file.name))
