"""Where something new, replaced or changed leads: places outside the deployment that it did not name until now."""

from __future__ import annotations

from typing import Final

from plan_review.changes import Change, Plan
from plan_review.configuration import sets
from plan_review.networks import Network, is_within, network
from plan_review.permissions.documents import REPEATED_POLICIES
from plan_review.places import Own, places
from plan_review.points import LEADS, UNKNOWN, Point, about

_REPEATED: Final = ("ingress", "egress", "inline_policy", "managed_policy_arns", "route")
"""Settings that repeat what other resources set, unless their own block sets them."""

_LEADS_BY: Final = ("alarm_actions", "destination_arn", "endpoint", "integration_uri", "records", "target_arn", "uri")
"""Settings that lead somewhere, and may be known only on apply."""

_CHANGES: Final = frozenset({"create", "update", "replace"})


def destinations(plan: Plan, account_id: str) -> list[Point]:
    """Return a point for each place that a resource names now and did not name before."""
    own = Own(plan, account_id)
    changed = [change for change in plan.resources if change.action in _CHANGES or change.imported]
    found = [about(change, LEADS, place) for change in changed for place in _new(change, plan, own)]
    return found + [
        about(change, UNKNOWN, f"where it leads by `{setting}`")
        for change in changed
        for setting in _LEADS_BY
        if change.existed and change.before.get(setting) and change.is_unknown(setting)
    ]


def _new(change: Change, plan: Plan, own: Own) -> list[str]:
    repeated = {setting for setting in _REPEATED if not sets(change, plan, setting)}
    if change.type in REPEATED_POLICIES and not sets(change, plan, "policy"):
        repeated.add("policy")

    def named(values: object) -> dict[str, None]:
        known = values if isinstance(values, dict) else {}
        kept = {key: value for key, value in known.items() if key not in repeated}
        return dict.fromkeys(places(change.type, kept, own))

    before = named(change.before)
    networks = [one for place in before if (one := _network(place)) is not None]
    return [
        place
        for place in named(change.after)
        if place not in before
        and not ((inner := _network(place)) is not None and any(is_within(inner, outer) for outer in networks))
    ]


def _network(place: str) -> Network | None:
    return network(place.removeprefix("network").strip(" `"))
