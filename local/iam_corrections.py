"""What MiniStack 1.5.33 leaves out of IAM, for the calls that this product makes.

    route53:GetChange                   it evaluates the resource `*`: AWS evaluates `change/<id>`
    route53:ChangeResourceRecordSets    it knows none of the three condition keys about the records
    scheduler:CreateSchedule, Update…   it does not ask for iam:PassRole on the role of the target

Without these a policy that is right on AWS would fail here, or one that is wrong would pass. The corrections wrap
MiniStack's evaluator. What it does not tell it, the request, comes from a context variable that `local.gateway` sets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

Enforce = Callable[..., Any]

_SCHEDULER_ACTIONS = ("scheduler:CreateSchedule", "scheduler:UpdateSchedule")
_CORRECTED = re.compile(r"^/(2013-04-01/change/|2013-04-01/hostedzone/[^/]+/rrset|schedules/)")


@dataclass(frozen=True)
class CurrentRequest:
    """The path and body of the request that is being served."""

    path: str
    body: str


current_request: ContextVar[CurrentRequest | None] = ContextVar("current_request", default=None)


def concerns(path: str) -> bool:
    """Whether requests to this path need a correction."""
    return bool(_CORRECTED.match(path))


def corrected(enforce: Enforce) -> Enforce:
    """MiniStack's `enforce` with the corrections; same arguments, same verdicts."""

    def enforce_corrected(
        access_key_id: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        request = current_request.get()
        context = dict(service_context or {})
        if request is not None and action == "route53:GetChange":
            resource_arn = f"arn:aws:route53:::change/{request.path.rstrip('/').rsplit('/', 1)[-1]}"
        if request is not None and action == "route53:ChangeResourceRecordSets":
            context |= record_conditions(request.body)
        verdict = enforce(access_key_id, action, service, region, resource_arn, service_context=context)
        if verdict is not None or request is None or action not in _SCHEDULER_ACTIONS:
            return verdict
        role_arn = json.loads(request.body)["Target"]["RoleArn"]
        passed_to = {"iam:PassedToService": "scheduler.amazonaws.com"}
        return enforce(access_key_id, "iam:PassRole", "iam", region, role_arn, service_context=passed_to)

    return enforce_corrected


def record_conditions(body: str) -> dict[str, list[str]]:
    r"""The condition keys of a change batch.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html. Normalized names
    are in lower case, without the dot at the end, other characters than letters, digits, `-`, `_` and `.` as \ooo.
    """
    names = {_normalized(name) for name in re.findall(r"<Name>([^<]*)</Name>", body)}
    return {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": sorted(names),
        "route53:ChangeResourceRecordSetsRecordTypes": sorted(set(re.findall(r"<Type>([^<]*)</Type>", body))),
        "route53:ChangeResourceRecordSetsActions": sorted(set(re.findall(r"<Action>([^<]*)</Action>", body))),
    }


def _normalized(name: str) -> str:
    bare = name.lower().removesuffix(".")
    return re.sub(r"[^a-z0-9_.\-\\]", lambda found: f"\\{ord(found.group()):03o}", bare)
