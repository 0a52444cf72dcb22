"""The environment variables of renew_certificate."""

from __future__ import annotations

from dataclasses import dataclass, field

from hippo_gym.runtime.settings import Settings


@dataclass(frozen=True)
class RenewCertificateSettings(Settings):
    """The environment variables of renew_certificate.

    Attributes:
        hosted_zone_id, root_domain: the certificate is for `*.{root_domain}` and `root_domain`.
        certificate_secret: name or ARN of the secret that containers read, with `fullchain` and `privkey`.
        account_secret: name or ARN of the one with the account's key and an order that is under way.
        acme_directory: address of the CA's directory (RFC 8555, 7.1.1).
        acme_email: where the CA writes to, if it does; empty: nowhere.
        acme_profile: the CA's name of a kind of certificate; empty: the CA's default.
        acme_trusted_roots: PEM of the roots that the directory's own certificate is checked by;
            empty: the public ones.
        acme_external_account_secret_arn: a secret with `kid` and `hmacKey` (RFC 8555, 7.3.4).
        copy_to_bucket: the bucket that also gets `SSL/fullchain.pem` and `SSL/privkey.pem`.
    """

    hosted_zone_id: str
    root_domain: str
    certificate_secret: str
    account_secret: str
    acme_directory: str
    acme_email: str = field(default="", kw_only=True)
    acme_profile: str = field(default="", kw_only=True)
    acme_trusted_roots: str = field(default="", kw_only=True)
    acme_external_account_secret_arn: str = field(default="", kw_only=True)
    copy_to_bucket: str = field(default="", kw_only=True)
