"""The servers' first certificate: `make deploy` runs renew_certificate, which otherwise waits for its schedule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

FUNCTION: Final = "renew_certificate"
SECONDS: Final = 630  # its timeout is 600


@dataclass(frozen=True)
class Looked:
    """What a run of renew_certificate said: whether servers have a certificate, and one line about it."""

    good: bool
    text: str


def look(outputs: Mapping[str, Any], client: Any) -> Looked | None:
    """Run renew_certificate; None if the deployment has no such function.

    Args:
        outputs: Terraform's.
        client: of Lambda, with a read timeout of at least `SECONDS` and without retries.
    """
    name = (outputs.get("function_names") or {}).get(FUNCTION)
    return None if name is None else run(name, client)


def run(name: str, client: Any) -> Looked:
    """Run the function of this name; a run that has nothing to renew changes nothing."""
    try:
        answer = client.invoke(FunctionName=name, Payload=b"{}")
        report = json.loads(answer["Payload"].read() or b"null")
    except (ClientError, BotoCoreError, ValueError) as error:
        return Looked(False, f"{name} could not be run: {error}")
    if answer.get("FunctionError") or not isinstance(report, dict) or "outcome" not in report:
        reason = report.get("errorMessage", report) if isinstance(report, dict) else report
        return Looked(False, f"{name} failed: {str(reason)[:500]}")
    ends = report.get("ends")
    if not ends:
        return Looked(False, f"there is no certificate yet: {report['reason']}")
    when = f"it is valid until {str(ends)[:10]} and renewed by itself from {str(report.get('renewAt'))[:10]}"
    if report["outcome"] == "waiting":
        return Looked(True, f"{when}; now it was not renewed: {report['reason']}")
    return Looked(True, when)
