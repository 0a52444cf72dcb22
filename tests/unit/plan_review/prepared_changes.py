"""What the dangerous and the harmless prepared changes are made with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plan_review.changes import Plan
from tests.unit.plan_review import deployment as d
from tests.unit.plan_review.deployment import created, updated
from tests.unit.plan_review.plans import policy

STATEMENT = json.loads(d.APPLIED[d.TOPIC_POLICY]["policy"])["Statement"][0]


@dataclass(frozen=True)
class Prepared:
    """A change: its subject, its plan, and the lines that the top has to show; none if it is harmless."""

    subject: str
    plan: Plan
    top: tuple[str, ...] = ()


def named(subject: str, plan: Plan, *top: str) -> Prepared:
    return Prepared(subject, plan, top)


def may(**statement: Any) -> dict[str, Any]:
    return updated(d.ROLE_POLICY, policy=policy({**d.READ, **statement}))


def opened(**statement: Any) -> dict[str, Any]:
    return updated(d.TOPIC_POLICY, policy=policy({**STATEMENT, **statement}))


def variables(**more: str) -> dict[str, Any]:
    kept = d.APPLIED[d.FUNCTION]["environment"][0]["variables"]
    return updated(d.FUNCTION, environment=[{"variables": {**kept, **more}}])


def rule(number: int, cidr: str, **more: Any) -> dict[str, Any]:
    settings = {**d.APPLIED[d.INCOMING], "cidr_ipv4": cidr, **more}
    return created(f"module.network.aws_vpc_security_group_ingress_rule.more{number}", **settings)


def expiring(days: int) -> dict[str, Any]:
    old = {"id": "old", "status": "Enabled", "noncurrent_version_expiration": [{"noncurrent_days": days}]}
    return updated(d.EXPIRY, rule=[old])


def configured(address: str, block: Mapping[str, Any]) -> dict[str, Any]:
    return {"configuration": {"root_module": d.configuration({address: block})}}


COMMAND = {"provisioners": [{"type": "local-exec", "expressions": {"command": {"constant_value": "sh ./hook.sh"}}}]}
