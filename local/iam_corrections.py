"""Adds the IAM checks that MiniStack 1.5.33 lacks, for the calls that this product makes.

    route53:GetChange                   it evaluates the resource `*`: AWS evaluates `change/<id>`
    route53:ChangeResourceRecordSets    it supports none of the three condition keys about the records
    scheduler:CreateSchedule, Update…   it does not require iam:PassRole on the role of the target
    logs:GetLogEvents, PutLogEvents …   it evaluates the bare log group: AWS evaluates the log stream in it
    ecr:DescribeRepositories            it evaluates `*`: AWS evaluates each repository in the request
    ecr:TagResource, ListTags…          it evaluates `*`: AWS evaluates the repository
    ecr:CreateRepository                it does not require ecr:TagResource if the request has tags
    aws:ResourceTag of repositories     it stores the tags, and does not evaluate them (fixed in gateway.py)

Without these a policy that is right on AWS would fail here, or a wrong one would pass. The
corrections wrap MiniStack's evaluator. They read the request, which MiniStack does not pass to it,
from a context variable that `local.gateway` sets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from local.places import ACCOUNT_ID, REGION

Enforce = Callable[..., Any]

_SCHEDULER_ACTIONS = ("scheduler:CreateSchedule", "scheduler:UpdateSchedule")
_LOG_TAG_ACTIONS = ("logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource")
#: Paths of Route 53, of schedules, and of ECR and CloudWatch Logs (the root).
_CORRECTED = re.compile(r"^/(2013-04-01/change/|2013-04-01/hostedzone/[^/]+/rrset|schedules/|$)")


@dataclass(frozen=True)
class CurrentRequest:
    """The path and body of the current request."""

    path: str
    body: str


@dataclass(frozen=True)
class Question:
    """One question to IAM: may the caller take this action on this resource?"""

    action: str
    resource: str
    context: Mapping[str, Any]


current_request: ContextVar[CurrentRequest | None] = ContextVar("current_request", default=None)


def concerns(path: str) -> bool:
    """Return whether requests to this path need a correction."""
    return bool(_CORRECTED.match(path))


def corrected(enforce: Enforce) -> Enforce:
    """Return MiniStack's `enforce` with the corrections; same arguments, same kind of verdict."""

    def enforce_corrected(
        access_key_id: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        request, context = current_request.get(), dict(service_context or {})
        original = Question(action, resource_arn, context)
        for question in [original] if request is None else questions(original, request):
            owner = service if question.action == action else question.action.partition(":")[0]
            verdict = enforce(
                access_key_id, question.action, owner, region, question.resource, service_context=question.context
            )
            if verdict is not None:
                return verdict
        return None

    return enforce_corrected


def questions(original: Question, request: CurrentRequest) -> list[Question]:
    """Return the questions that AWS puts to IAM in place of MiniStack's; all must be allowed."""
    action, context = original.action, dict(original.context)
    match action.partition(":")[0]:
        case "route53" if action == "route53:GetChange":
            change = request.path.rstrip("/").rsplit("/", 1)[-1]
            return [replace(original, resource=f"arn:aws:route53:::change/{change}")]
        case "route53" if action == "route53:ChangeResourceRecordSets":
            return [replace(original, context=context | record_conditions(request.body))]
        case "scheduler" if action in _SCHEDULER_ACTIONS:
            role_arn = json.loads(request.body)["Target"]["RoleArn"]
            return [original, Question("iam:PassRole", role_arn, {"iam:PassedToService": "scheduler.amazonaws.com"})]
        case "logs" if action not in _LOG_TAG_ACTIONS:
            return [replace(original, resource=log_stream(original.resource, request.body))]
        case "ecr":
            found = [replace(original, resource=one) for one in repositories(original.resource, request.body)]
            with_tags = action == "ecr:CreateRepository" and json.loads(request.body).get("tags")
            return [*found, replace(original, action="ecr:TagResource")] if with_tags else found
    return [original]


def log_stream(log_group_arn: str, body: str) -> str:
    """Return the resource of a call about a log group or a stream in it.

    Source: CloudWatch Logs API reference, LogGroup: a policy names a log group with `:*` at its end for every action
    except those about tags. A call without a stream has an empty stream name.
    """
    if ":log-group:" not in log_group_arn or ":log-stream:" in log_group_arn:
        return log_group_arn
    return f"{log_group_arn}:log-stream:{json.loads(body or '{}').get('logStreamName', '')}"


def repositories(resource_arn: str, body: str) -> list[str]:
    """Return the repositories of a call to ECR; `*` means all of the account.

    Source: service authorization reference, Amazon Elastic Container Registry.
    """
    parameters = json.loads(body or "{}")
    if resource_arn != "*":
        return [resource_arn]
    if parameters.get("resourceArn"):
        return [parameters["resourceArn"]]
    prefix = f"arn:aws:ecr:{REGION}:{ACCOUNT_ID}:repository/"
    return [f"{prefix}{name}" for name in parameters.get("repositoryNames") or []] or ["*"]


def record_conditions(body: str) -> dict[str, list[str]]:
    r"""Return the condition keys of a change batch.

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
