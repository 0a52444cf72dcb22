"""Checks that the participant page, which is served by https, can connect to the participants' servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hippo_deploy.preflight.findings import Finding, ok, warning
from hippo_deploy.preflight.situation import Situation

SUBJECT: Final = "Certificate of servers"
_WHY: Final = "Browsers refuse ws:// from a page served by https (W3C, Mixed Content): a game would never connect."


def check(situation: Situation) -> Iterator[Finding]:
    """Check that servers get a certificate. Preflight does not read the secret: only ECS may."""
    wanted = situation.wanted
    if not wanted.website:
        return
    if wanted.game_routes == {"edge"}:
        yield ok(SUBJECT, "none needed: pages connect to their own distribution (game_route)", _WHY)
        return
    if wanted.certificate_by_acme:
        yield ok(SUBJECT, "renew_certificate gets one and renews it", _WHY)
        return
    if wanted.session_certificate_secret_arn is not None:
        yield ok(SUBJECT, "servers get the one in session_certificate_secret_arn", _WHY)
        return
    fix = (
        "Set session_certificate = { acme = {} } for one that renews itself, or session_certificate_secret_arn for one "
        "of yours: docs/domains-and-certificates.md (Certificates for the participants' servers). Studies without a "
        "game, and images with their own certificate, need none."
    )
    found = "website is set, but neither session_certificate nor session_certificate_secret_arn"
    yield warning(SUBJECT, found, _WHY, fix)
