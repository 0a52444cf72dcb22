"""The way from a participant's browser to their server, and from the server to its image."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.quotas import bounded
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of

_ANYWHERE: Final = "0.0.0.0/0"
_RESERVED: Final = 5
"""Addresses that AWS keeps of each subnet (Amazon VPC user guide, "Subnet sizing for IPv4")."""

_ANSWERS_TO_THE_SERVER: Final = (32768, 60999)
"""Where answers to what a Linux container asks for arrive (ip_local_port_range)."""

_FROM_THE_SERVER: Final = (443, 1024, 65535)
"""The registry's and S3's port, and the first and last that a browser may call from (Amazon VPC user guide, "Ephemeral
ports")."""


def subnets(situation: Situation) -> Iterator[Finding]:
    """Look whether each subnet has a way to and from the internet, and how many servers their addresses are for."""
    if not situation.subnet_ids:
        yield _to_be_made(situation)
        return
    ec2 = situation.cloud.client("ec2")
    try:
        found = ec2.describe_subnets(SubnetIds=list(situation.subnet_ids))["Subnets"]
    except ClientError as error:
        if not code_of(error).startswith("InvalidSubnet"):
            raise
        fix = (
            f"Mend subnet_ids; aws ec2 describe-subnets --region {situation.wanted.region} shows those that there are."
        )
        yield problem("Subnets", str(error.response["Error"].get("Message", error)), "Servers run in them.", fix)
        return
    vpcs = {subnet["VpcId"] for subnet in found}
    if len(vpcs) > 1:
        yield problem(
            "Subnets",
            f"they are in different VPCs: {', '.join(sorted(vpcs))}",
            "A security group, and so a server, belongs to one VPC.",
            "Give subnets of one VPC.",
        )
    for subnet in found:
        yield _route(ec2, subnet)
        yield from _acl(ec2, subnet, situation.wanted.session_ports)
    yield _addresses(situation, found)


def security_groups(situation: Situation) -> Iterator[Finding]:
    """Look whether the security groups let browsers in at the sessions' ports, and the servers out."""
    if not situation.security_group_ids:
        return
    subject = "Security groups"
    try:
        answer = situation.cloud.client("ec2").describe_security_groups(GroupIds=list(situation.security_group_ids))
    except ClientError as error:
        if not code_of(error).startswith("InvalidGroup"):
            raise
        fix = "Mend security_group_ids; aws ec2 describe-security-groups shows those that there are."
        yield problem(subject, str(error.response["Error"].get("Message", error)), "They guard the servers.", fix)
        return
    groups = answer["SecurityGroups"]
    inward = [rule for group in groups for rule in group.get("IpPermissions", [])]
    outward = [rule for group in groups for rule in group.get("IpPermissionsEgress", [])]
    for port in situation.wanted.session_ports:
        yield _admits(subject, inward, port, groups[0]["GroupId"])
    if not _covers(outward, 443):
        yield warning(
            subject,
            "they let nothing out to port 443 of the internet",
            "A server has to fetch its image and write to the bucket.",
            "Let TCP 443 out to 0.0.0.0/0, unless VPC endpoints for ECR, S3 and CloudWatch Logs take its place.",
        )


def _to_be_made(situation: Situation) -> Finding:
    """Tell of the subnets that modules/network makes: two, of a sixteenth of the VPC each."""
    vpc = ipaddress.ip_network(situation.wanted.vpc_cidr)
    room = 2 * (vpc.num_addresses // 16 - _RESERVED)
    return bounded(
        "Subnets",
        f"two public ones are made in {vpc}, with room for {room} servers",
        "Each participant's server takes an address of a subnet.",
        room,
        situation.wanted.max_sessions,
        "Set vpc_cidr to a larger range before the first deployment.",
    )


def _addresses(situation: Situation, found: Sequence[Mapping[str, Any]]) -> Finding:
    free = sum(int(subnet["AvailableIpAddressCount"]) for subnet in found)
    return bounded(
        "Free addresses",
        f"{free} in {len(found)} subnet{'s' if len(found) > 1 else ''}",
        "Each participant's server takes an address of a subnet.",
        free,
        situation.wanted.max_sessions,
        "Add a subnet to subnet_ids, in the same VPC.",
    )


def _route(ec2: Any, subnet: Mapping[str, Any]) -> Finding:
    """Look where a subnet's default route leads: it has to be an internet gateway."""
    subject = f"Route of {subnet['SubnetId']}"
    why = "Browsers connect straight to the server's own public address: it works through an internet gateway alone."
    routes = _route_table(ec2, subnet).get("Routes", [])
    default = next((route for route in routes if route.get("DestinationCidrBlock") == _ANYWHERE), None)
    fix = "Give a public subnet, or route its 0.0.0.0/0 to the VPC's internet gateway."
    if default is None:
        return problem(subject, "no route to the internet", why, fix)
    target = next(
        (str(default[key]) for key in ("GatewayId", "NatGatewayId", "TransitGatewayId") if default.get(key)), ""
    )
    if default.get("State") == "blackhole":
        return problem(subject, f"0.0.0.0/0 leads to {target or 'a target'} that is gone", why, fix)
    if target.startswith("igw-"):
        return ok(subject, f"0.0.0.0/0 to {target}", why)
    kind = "a NAT gateway, which lets nobody in" if default.get("NatGatewayId") else (target or "something else")
    return problem(subject, f"0.0.0.0/0 leads to {kind}", why, fix)


def _route_table(ec2: Any, subnet: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the route table of a subnet: its own, or the VPC's main one."""
    for name, value in (("association.subnet-id", subnet["SubnetId"]), ("vpc-id", subnet["VpcId"])):
        filters = [{"Name": name, "Values": [value]}]
        if name == "vpc-id":
            filters.append({"Name": "association.main", "Values": ["true"]})
        tables: list[Mapping[str, Any]] = ec2.describe_route_tables(Filters=filters)["RouteTables"]
        if tables:
            return tables[0]
    return {}


def _acl(ec2: Any, subnet: Mapping[str, Any], ports: Iterable[int]) -> Iterator[Finding]:
    """Look whether the network ACL of a subnet lets everything through that a game needs, both ways."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
    acls = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    if not acls:
        return
    entries = acls[0]["Entries"]
    shut = [f"{port} in" for port in (*ports, *_ANSWERS_TO_THE_SERVER) if not _passes(entries, port, egress=False)]
    shut += [f"{port} out" for port in _FROM_THE_SERVER if not _passes(entries, port, egress=True)]
    if shut:
        yield problem(
            f"Network ACL of {subnet['SubnetId']}",
            f"{acls[0]['NetworkAclId']} shuts TCP port {', '.join(shut)}",
            "An ACL remembers no connections: what goes one way has to be let back the other.",
            "Allow the sessions' ports and 1024-65535 in from 0.0.0.0/0, and 443 and 1024-65535 out to 0.0.0.0/0.",
        )


def _passes(entries: Iterable[Mapping[str, Any]], port: int, *, egress: bool) -> bool:
    """Tell whether an ACL lets a TCP port through for everybody: of the rules for all addresses the lowest decides."""
    for entry in sorted(entries, key=lambda each: int(each["RuleNumber"])):
        ports = entry.get("PortRange") or {"From": 0, "To": 65535}
        if (
            entry["Egress"] == egress
            and entry.get("CidrBlock") == _ANYWHERE
            and entry["Protocol"] in {"-1", "6"}
            and ports["From"] <= port <= ports["To"]
        ):
            return bool(entry["RuleAction"] == "allow")
    return False


def _admits(subject: str, rules: Sequence[Mapping[str, Any]], port: int, group: str) -> Finding:
    why = "Each participant's browser connects to this port of their own server, from wherever they are."
    fix = f"aws ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port {port} --cidr {_ANYWHERE}"
    if _covers(rules, port):
        return ok(subject, f"admit port {port} from anywhere", why)
    ranges = [each["CidrIp"] for rule in rules if _is_for(rule, port) for each in rule.get("IpRanges", [])]
    if ranges:
        found = f"admit port {port} from {', '.join(sorted(set(ranges)))} only"
        return warning(subject, found, why, f"If participants play from elsewhere, too: {fix}")
    return problem(subject, f"admit nobody at port {port}", why, fix)


def _covers(rules: Iterable[Mapping[str, Any]], port: int) -> bool:
    return any(
        each.get("CidrIp") == _ANYWHERE for rule in rules if _is_for(rule, port) for each in rule.get("IpRanges", [])
    )


def _is_for(rule: Mapping[str, Any], port: int) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in {"tcp", "6"} and rule.get("FromPort", 0) <= port <= rule.get("ToPort", 65535)
