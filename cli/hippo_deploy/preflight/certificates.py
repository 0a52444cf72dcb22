"""Checks the certificates of the API's and the participant page's domains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.public_dns import DnsBroken, DnsUnavailable
from hippo_deploy.preflight.situation import Situation

CLOUDFRONT_REGION: Final = "us-east-1"
"""CloudFront accepts only certificates of this Region (Amazon CloudFront developer guide, "Requirements for using
SSL/TLS certificates with CloudFront")."""

RENEWED_BEFORE: Final = timedelta(days=45)
"""ACM begins to renew 60 days before a certificate ends (AWS Certificate Manager user guide, "Managed certificate
renewal"): a certificate that has less time than this is not being renewed."""

AMAZON: Final = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")
"""A CAA record must name one of these for ACM to issue (AWS Certificate Manager user guide, "Configure a CAA record").
"""

_KEYS: Final = ("RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
_WHY: Final = "Browsers refuse to connect without a valid certificate."


def check(situation: Situation) -> Iterator[Finding]:
    """Check the certificate of each domain, and whether Amazon may issue one."""
    wanted = situation.wanted
    for domain, region in ((wanted.api_domain, wanted.region), (wanted.page_domain, CLOUDFRONT_REGION)):
        if domain is not None:
            yield from _certificate(situation, domain, region)
            yield from _may_issue(situation, domain)


def _certificate(situation: Situation, domain: str, region: str) -> Iterator[Finding]:
    acm, subject = situation.cloud.client("acm", region), f"Certificate of {domain}"
    pages = acm.get_paginator("list_certificates").paginate(Includes={"keyTypes": list(_KEYS)})
    arns = [
        each["CertificateArn"] for page in pages for each in page["CertificateSummaryList"] if _is_for(each, domain)
    ]
    found = [acm.describe_certificate(CertificateArn=arn)["Certificate"] for arn in arns]
    if not found:
        why = "ACM validates it by a record in the hosted zone, so the zone has to be delegated by then."
        yield ok(subject, f"none in {region} yet: make deploy requests one", why)
        return
    issued = [certificate for certificate in found if certificate["Status"] == "ISSUED"]
    if issued:
        yield _issued(subject, max(issued, key=_end), situation.clock.now())
    else:
        yield _not_issued(situation, subject, found[0], region)


def _issued(subject: str, certificate: Any, now: datetime) -> Finding:
    left = _end(certificate) - now
    found = f"valid until {_end(certificate):%Y-%m-%d}"
    if left > RENEWED_BEFORE:
        return ok(subject, found, _WHY)
    why = f"{_WHY} ACM renews it 60 days before it ends if the validation record exists; it has not done so."
    reason = certificate.get("RenewalSummary", {}).get("RenewalStatusReason")
    fix = f"Add the validation record again: {_record(certificate)}. make deploy does that if Terraform has the zone."
    not_renewed = f"{found}, and not renewed{f' ({reason})' if reason else ''}"
    make = problem if left < timedelta(days=14) else warning
    return make(subject, not_renewed, why, fix)


def _not_issued(situation: Situation, subject: str, certificate: Any, region: str) -> Finding:
    status, arn = str(certificate["Status"]), certificate["CertificateArn"]
    if status == "PENDING_VALIDATION":
        record = _record(certificate)
        since = certificate.get("CreatedAt")
        waits = f"waits for its validation{f' since {since:%Y-%m-%d %H:%M}' if since else ''}"
        in_dns = _record_in_dns(situation, certificate)
        fix = f"Check that the zone is delegated, and that it holds {record}. ACM gives up after 72 hours."
        return problem(subject, f"{waits}{in_dns}", _WHY, fix)
    reason = certificate.get("FailureReason")
    fix = f"aws acm delete-certificate --region {region} --certificate-arn {arn}   then make plan, for another one."
    return problem(subject, f"{status.lower().replace('_', ' ')}{f': {reason}' if reason else ''}", _WHY, fix)


def _record_in_dns(situation: Situation, certificate: Any) -> str:
    """Return a clause that says whether public DNS has the validation record; "" if that is unknown."""
    record = _resource_record(certificate)
    if record is None:
        return ""
    try:
        answers = situation.dns.look_up(record["Name"].rstrip("."), "CNAME")
    except (DnsUnavailable, DnsBroken):
        return ""
    found = record["Value"].rstrip(".").lower() in answers
    return "; its record is in public DNS" if found else "; its record is not in public DNS"


def _may_issue(situation: Situation, domain: str) -> Iterator[Finding]:
    """Check that the CAA record lets Amazon issue: that of the nearest domain that has one counts (RFC 8659)."""
    labels = domain.split(".")
    try:
        for start in range(len(labels)):
            name = ".".join(labels[start:])
            issuers = [text.split('"')[1] for text in situation.dns.look_up(name, "CAA") if " issue " in f" {text} "]
            if issuers:
                if not any(issuer.split(";")[0].strip() in AMAZON for issuer in issuers):
                    yield problem(
                        f"CAA record of {name}",
                        f"only {', '.join(issuers)} may issue certificates",
                        "ACM checks CAA records before it issues or renews a certificate.",
                        f'Add the record  {name}. CAA 0 issue "amazon.com"',
                    )
                return
    except (DnsUnavailable, DnsBroken):
        return


def _is_for(summary: Any, domain: str) -> bool:
    return str(summary.get("DomainName", "")).lower() == domain


def _end(certificate: Any) -> datetime:
    end: datetime = certificate.get("NotAfter") or datetime.max.replace(tzinfo=UTC)
    return end


def _resource_record(certificate: Any) -> Any:
    for option in certificate.get("DomainValidationOptions", []):
        if "ResourceRecord" in option:
            return option["ResourceRecord"]
    return None


def _record(certificate: Any) -> str:
    record = _resource_record(certificate)
    return f"{record['Name']} {record['Type']} {record['Value']}" if record else "its validation record"
