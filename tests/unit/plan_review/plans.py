"""Plans for the tests: prepared ones, and small hand-written ones."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plan_review.changes import Plan
from plan_review.page import Checks, Facts, page
from tests.unit.plan_review.data.patches import patched

PREPARED = Path(__file__).parent / "data" / "plans"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def prepared(name: str) -> Plan:
    """Return a plan that real terraform made (data/make_plans.py)."""
    base = json.loads((PREPARED / "no_change.json").read_text())
    if name == "no_change":
        return Plan(base)
    return Plan(patched(base, json.loads((PREPARED / f"{name}.patch.json").read_text())))


def facts(**others: Any) -> Facts:
    given = {
        "environment": "prod",
        "account_id": "123456789012",
        "region": "ca-central-1",
        "made_at": NOW,
        "versions": "terraform 1.11.4",
        "bundle_sha256": "b" * 64,
        "checks": Checks(10, 2, ()),
    }
    return Facts(**{**given, **others})


def review(plan: Plan) -> str:
    return page(plan, facts())


def change(
    address: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    actions: list[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return one entry of `resource_changes`; by default the actions follow from before and after."""
    module, kind, name = re.fullmatch(r"(?:(.*)\.)?(aws_\w+)\.(\w+)(?:\[.*\])?", address).groups("")  # type: ignore[union-attr]
    done = actions or (
        ["create"] if before is None else ["delete"] if after is None else ["no-op"] if before == after else ["update"]
    )
    found = {"address": address, "mode": "managed", "type": kind, "name": name, "module_address": module}
    return {**found, "change": {"actions": done, "before": before, "after": after, "after_unknown": {}, **more}}


def plan_of(*changes: dict[str, Any], **more: Any) -> Plan:
    return Plan({"resource_changes": list(changes), "configuration": {"root_module": {}}, **more})


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
