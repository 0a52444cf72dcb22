"""Checks how pages reach games: the port that participants' networks have to let through, and CloudFront's rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hippo_deploy.preflight import reach
from hippo_deploy.preflight.findings import Finding, ok, problem
from hippo_deploy.preflight.situation import Situation

SUBJECT: Final = "Game route"
PREFIX_LIST: Final = "com.amazonaws.global.cloudfront.origin-facing"

_WHY: Final = "A participant whose network blocks the game's port cannot play; the page tells them, and you."
_WHY_CLOUDFRONT: Final = (
    "Pages reach servers through CloudFront's edges: a server that does not admit them is never ready."
)


def check(situation: Situation) -> Iterator[Finding]:
    """Say which port participants' networks have to let through."""
    wanted = situation.wanted
    if "edge" in wanted.game_routes:
        yield ok(SUBJECT, "port 443 of the page's own name; not proven on a real account yet: make verify", _WHY)
    if "direct" not in wanted.game_routes:
        return
    if 443 in wanted.session_ports:
        yield ok(SUBJECT, "direct; studies with `port: 443` pass most firewalls", _WHY)
        return
    ports = ", ".join(str(port) for port in wanted.session_ports)
    blocked = "which schools and companies often block: add 443, which new studies use, to session_ports"
    found = f"direct, port {ports}, {blocked}"
    yield ok(SUBJECT, found, _WHY)


def given_groups(situation: Situation, inward: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Check that the team's own security groups admit CloudFront's prefix list at every session port."""
    wanted = situation.wanted
    if "edge" not in wanted.game_routes or not wanted.security_group_ids:
        return
    ec2 = situation.cloud.client("ec2")
    filters = [{"Name": "prefix-list-name", "Values": [PREFIX_LIST]}]
    lists = {each["PrefixListId"] for each in ec2.describe_managed_prefix_lists(Filters=filters)["PrefixLists"]}
    for port in wanted.session_ports:
        if any(_admits(permission, port, lists) for permission in inward):
            yield ok("Security groups", f"allow port {port} from CloudFront", _WHY_CLOUDFRONT)
            continue
        source = min(lists, default="<id>")
        permission = f"IpProtocol=tcp,FromPort={port},ToPort={port},PrefixListIds=[{{PrefixListId={source}}}]"
        yield problem(
            "Security groups",
            f"do not allow port {port} from {PREFIX_LIST}",
            _WHY_CLOUDFRONT,
            f"aws ec2 authorize-security-group-ingress --region {wanted.region} "
            f"--group-id {wanted.security_group_ids[0]} --ip-permissions '{permission}'",
        )


def _admits(permission: Mapping[str, Any], port: int, lists: set[str]) -> bool:
    ports = reach.ports_of_permission(permission)
    named = {each["PrefixListId"] for each in permission.get("PrefixListIds", [])}
    return ports is not None and ports[0] <= port <= ports[1] and bool(named & lists)
