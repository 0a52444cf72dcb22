"""Gets and renews the certificate of the participants' servers by ACME.

Triggered every six hours, and by `make deploy`. It is in a bundle of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from hippo_certificates import wiring
from hippo_certificates.settings import RenewCertificateSettings
from hippo_gym.runtime import settings
from hippo_gym.runtime.deadline import seconds_left
from hippo_gym.runtime.emf import measured
from hippo_gym.runtime.logs import logged, logger


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Renew the certificate if it is due; return what was done (`renewal.Report`)."""
    left = seconds_left(context, timeout=600)
    report = dataclasses.asdict(wiring.renewal(settings.load(RenewCertificateSettings), left).run())
    logger.info("looked after the certificate", report=report)
    return report
