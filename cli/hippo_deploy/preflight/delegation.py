"""Checks the hosted zone of the sessions' names: that it exists, is public, and is delegated."""

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
_WHY: Final = "Until the parent domain names the zone's name servers, no browser finds a server by its name."


def check(situation: Situation) -> Iterator[Finding]:
    """Check the zone that is given or was made; without one, check what `make deploy` will need to make it."""
    zone_id = situation.hosted_zone_id
    if zone_id is None:
        yield from _to_be_made(situation)
        return
    try:
        zone = situation.cloud.client("route53").get_hosted_zone(Id=zone_id)
    except ClientError as error:
        if code_of(error) not in {"NoSuchHostedZone", "InvalidInput"}:
            raise
        fix = "Correct hosted_zone_id; aws route53 list-hosted-zones shows the account's zones."
        yield problem(_SUBJECT, f"there is no zone {zone_id} in this account", _WHY_ZONE, fix)
        return
    name, root = _name(zone["HostedZone"]), situation.wanted.root_domain
    if zone["HostedZone"].get("Config", {}).get("PrivateZone"):
        fix = "Set hosted_zone_id to a public zone, or remove it: then Terraform makes a zone."
        why = "Participants' browsers look names up in public DNS."
        yield problem(_SUBJECT, f"{zone_id} ({name}) is private", why, fix)
    elif not f".{root}".endswith(f".{name}"):
        fix = f"Set hosted_zone_id to the zone of {root}, or of a domain above it."
        yield problem(_SUBJECT, f"{zone_id} is for {name}: it cannot hold names under {root}", _WHY_ZONE, fix)
    else:
        yield ok(_SUBJECT, f"{zone_id} for {name}", _WHY_ZONE)
        yield from _delegated(situation, name, sorted(_names(zone["DelegationSet"]["NameServers"])))


def _delegated(situation: Situation, name: str, own: Sequence[str]) -> Iterator[Finding]:
    """Compare the name servers in public DNS with the zone's."""
    add = f"At {_parent(name)}, set the NS record of {name} to these: {', '.join(own)}"
    try:
        servers = situation.dns.look_up(name, "NS")
        root = situation.wanted.root_domain
        below = situation.dns.look_up(root, "NS") if root != name else ()
    except DnsUnavailable as error:
        fix = f"Run `dig +short NS {name}` on a machine with DNS: it should answer {', '.join(own)}."
        yield warning(_DELEGATION, f"not checked: this machine has no DNS ({error})", _WHY, fix)
        return
    except DnsBroken as error:
        yield problem(_DELEGATION, f"the name servers of {name} do not answer ({error})", _WHY, f"{add}.")
        return
    if below:
        found = f"{root} has its own name servers: {', '.join(below)}"
        fix = f"Remove the NS record of {root} from the zone {name}, or set hosted_zone_id to {root}'s zone."
        yield problem(_DELEGATION, found, _WHY, fix)
    elif not servers:
        yield problem(_DELEGATION, f"public DNS has no name servers for {name}", _WHY, f"{add}.")
    elif set(servers) == set(own):
        yield ok(_DELEGATION, f"{name} is delegated to the zone's name servers", _WHY)
    elif set(servers) & set(own):
        found = f"{name} is delegated to {', '.join(servers)}: some of them are not the zone's"
        yield warning(_DELEGATION, found, _WHY, f"{add}, and to no others.")
    else:
        found = f"{name} is delegated to {', '.join(servers)}: another zone, or another provider"
        fix = f"{add}; or set hosted_zone_id to the zone that has these servers."
        yield problem(_DELEGATION, found, _WHY, fix)


def _to_be_made(situation: Situation) -> Iterator[Finding]:
    root, route53 = situation.wanted.root_domain, situation.cloud.client("route53")
    zones = route53.list_hosted_zones_by_name(DNSName=root, MaxItems="10")["HostedZones"]
    same = [zone for zone in zones if _name(zone) == root and not zone.get("Config", {}).get("PrivateZone")]
    if same:
        zone_id = same[0]["Id"].rsplit("/", 1)[-1]
        yield warning(
            _SUBJECT,
            f"the account has zone {zone_id} for {root}, but hosted_zone_id is not set: Terraform would make a second",
            "Two zones of one domain have different name servers, and the domain is delegated to only one of them.",
            f'Set hosted_zone_id = "{zone_id}".',
        )
        return
    yield ok(_SUBJECT, f"make deploy makes one for {root}", _WHY_ZONE)
    parent = situation.wanted.parent_zone_id
    if parent is not None:
        yield _parent_zone(situation, parent)
    else:
        yield warning(
            _DELEGATION,
            f"{root} has to be delegated after make deploy{_parent_servers(situation, root)}",
            _WHY,
            f"After make deploy, add an NS record for {root} to its parent domain, with the servers of the output "
            "name_servers; or set parent_zone_id, if the parent is a zone in this account.",
        )


def _parent_zone(situation: Situation, zone_id: str) -> Finding:
    """Check the zone in which Terraform is to add the NS record."""
    try:
        zone = situation.cloud.client("route53").get_hosted_zone(Id=zone_id)["HostedZone"]
    except ClientError as error:
        if code_of(error) not in {"NoSuchHostedZone", "InvalidInput"}:
            raise
        fix = "Correct parent_zone_id; aws route53 list-hosted-zones shows the account's zones."
        return problem(_DELEGATION, f"there is no zone {zone_id} in this account", _WHY, fix)
    root, name = situation.wanted.root_domain, _name(zone)
    if zone.get("Config", {}).get("PrivateZone") or root == name or not root.endswith(f".{name}"):
        fix = f"Set parent_zone_id to the public zone of a domain above {root}."
        return problem(_DELEGATION, f"{zone_id} ({name}) is not a public zone above {root}", _WHY, fix)
    return ok(_DELEGATION, f"Terraform adds the NS record to {name} ({zone_id})", _WHY)


def _parent_servers(situation: Situation, root: str) -> str:
    """Return a clause that names a name server of the nearest parent domain that has one; "" without DNS."""
    labels = root.split(".")
    try:
        for start in range(1, len(labels) - 1):
            name = ".".join(labels[start:])
            servers = situation.dns.look_up(name, "NS")
            if servers:
                return f"; {servers[0]} is a name server of {name}"
    except (DnsUnavailable, DnsBroken):
        pass
    return ""


def _name(zone: Any) -> str:
    return str(zone["Name"]).rstrip(".").lower()


def _names(servers: Sequence[str]) -> list[str]:
    return [server.rstrip(".").lower() for server in servers]


def _parent(name: str) -> str:
    return name.partition(".")[2] or "the registrar"
