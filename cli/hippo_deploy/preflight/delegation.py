"""The zone of the sessions' names: there, public, and found by the world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.public_dns import DnsBroken, DnsUnavailable
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of

_SUBJECT: Final = "Hosted zone"
_DELEGATION: Final = "Delegation"
_WHY_ZONE: Final = "Each participant's server gets a name in it, under root_domain."
_WHY: Final = "Until the parent domain names the zone's name servers, nobody finds a server by its name."


def check(situation: Situation) -> Iterator[Finding]:
    """Look at the zone that is given or was made; or at what its making will ask for."""
    zone_id = situation.hosted_zone_id
    if zone_id is None:
        yield from _to_be_made(situation)
        return
    try:
        zone = situation.cloud.client("route53").get_hosted_zone(Id=zone_id)
    except ClientError as error:
        if code_of(error) not in {"NoSuchHostedZone", "InvalidInput"}:
            raise
        fix = "Mend hosted_zone_id; aws route53 list-hosted-zones shows the account's."
        yield problem(_SUBJECT, f"there is no zone {zone_id} in this account", _WHY_ZONE, fix)
        return
    name, root = _name(zone["HostedZone"]), situation.wanted.root_domain
    if zone["HostedZone"].get("Config", {}).get("PrivateZone"):
        fix = "Give a public one in hosted_zone_id, or none: then one is made."
        yield problem(_SUBJECT, f"{zone_id} ({name}) is private", "Participants come over the internet.", fix)
    elif not f".{root}".endswith(f".{name}"):
        fix = f"Give the zone of {root}, or of a domain above it."
        yield problem(_SUBJECT, f"{zone_id} is for {name}: it cannot hold names under {root}", _WHY_ZONE, fix)
    else:
        yield ok(_SUBJECT, f"{zone_id} for {name}", _WHY_ZONE)
        yield from _delegated(situation, name, sorted(_names(zone["DelegationSet"]["NameServers"])))


def _delegated(situation: Situation, name: str, own: Sequence[str]) -> Iterator[Finding]:
    """Hold the name servers that the world is told against the zone's own."""
    add = f"At {_parent(name)} put the NS record of {name} to these: {', '.join(own)}"
    try:
        told = situation.dns.look_up(name, "NS")
        root = situation.wanted.root_domain
        below = situation.dns.look_up(root, "NS") if root != name else ()
    except DnsUnavailable as error:
        fix = f"Run `dig +short NS {name}` where there is DNS: it should answer {', '.join(own)}."
        yield warning(_DELEGATION, f"not looked at: there is no DNS here ({error})", _WHY, fix)
        return
    except DnsBroken as error:
        yield problem(_DELEGATION, f"the name servers of {name} do not answer ({error})", _WHY, f"{add}.")
        return
    if below:
        found = f"{root} has name servers of its own: {', '.join(below)}"
        fix = f"Remove the NS record of {root} from the zone {name}, or give {root}'s zone in hosted_zone_id."
        yield problem(_DELEGATION, found, _WHY, fix)
    elif not told:
        yield problem(_DELEGATION, f"the world is told of no name servers for {name}", _WHY, f"{add}.")
    elif set(told) == set(own):
        yield ok(_DELEGATION, f"{name} leads to the zone's own name servers", _WHY)
    elif set(told) & set(own):
        found = f"{name} leads to {', '.join(told)}: some of them are not the zone's"
        yield warning(_DELEGATION, found, _WHY, f"{add}, and to no others.")
    else:
        found = f"{name} leads to {', '.join(told)}: another zone, or another provider"
        fix = f"{add}; or give the zone that is delegated to in hosted_zone_id."
        yield problem(_DELEGATION, found, _WHY, fix)


def _to_be_made(situation: Situation) -> Iterator[Finding]:
    root, route53 = situation.wanted.root_domain, situation.cloud.client("route53")
    zones = route53.list_hosted_zones_by_name(DNSName=root, MaxItems="10")["HostedZones"]
    same = [zone for zone in zones if _name(zone) == root and not zone.get("Config", {}).get("PrivateZone")]
    if same:
        zone_id = same[0]["Id"].rsplit("/", 1)[-1]
        yield warning(
            _SUBJECT,
            f"the account has a zone for {root}, {zone_id}, and hosted_zone_id is not set: a second one would be made",
            "Two zones of one name have different name servers, and only one of them is delegated to.",
            f'Set hosted_zone_id = "{zone_id}".',
        )
        return
    yield ok(_SUBJECT, f"is made for {root}", _WHY_ZONE)
    parent = situation.wanted.parent_zone_id
    if parent is not None:
        yield _parent_zone(situation, parent)
    else:
        yield warning(
            _DELEGATION,
            f"{root} is to be delegated once its zone is made{_who_runs(situation, root)}",
            _WHY,
            f"After make deploy put an NS record for {root}, with the name servers of the output name_servers, at its "
            "parent domain; or set parent_zone_id, if that is a zone in this account.",
        )


def _parent_zone(situation: Situation, zone_id: str) -> Finding:
    """Look at the zone from which Terraform is to delegate."""
    try:
        zone = situation.cloud.client("route53").get_hosted_zone(Id=zone_id)["HostedZone"]
    except ClientError as error:
        if code_of(error) not in {"NoSuchHostedZone", "InvalidInput"}:
            raise
        fix = "Mend parent_zone_id; aws route53 list-hosted-zones shows the account's."
        return problem(_DELEGATION, f"there is no zone {zone_id} in this account", _WHY, fix)
    root, name = situation.wanted.root_domain, _name(zone)
    if zone.get("Config", {}).get("PrivateZone") or root == name or not root.endswith(f".{name}"):
        fix = f"Give the public zone of a domain above {root}."
        return problem(_DELEGATION, f"{zone_id} ({name}) is no public zone above {root}", _WHY, fix)
    return ok(_DELEGATION, f"Terraform delegates to it from {name} ({zone_id})", _WHY)


def _who_runs(situation: Situation, root: str) -> str:
    """Return whose name servers answer for the next domain above that has any, in words; nothing without DNS."""
    labels = root.split(".")
    try:
        for start in range(1, len(labels) - 1):
            name = ".".join(labels[start:])
            servers = situation.dns.look_up(name, "NS")
            if servers:
                return f"; {name} is answered for by {servers[0]}"
    except (DnsUnavailable, DnsBroken):
        pass
    return ""


def _name(zone: Any) -> str:
    return str(zone["Name"]).rstrip(".").lower()


def _names(servers: Sequence[str]) -> list[str]:
    return [server.rstrip(".").lower() for server in servers]


def _parent(name: str) -> str:
    return name.partition(".")[2] or "the registrar"
