"""The way from a participant's browser to their server, and from the server to its image."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight import existing, reach, zones
from hippo_deploy.preflight.cloud import is_denied
from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.quotas import capacity
from hippo_deploy.preflight.reach import Gap, Rule
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.sessions.plan import START_LIMIT

_ANYWHERE: Final = "0.0.0.0/0"
_RESERVED: Final = 5
"""Addresses that AWS keeps of each subnet (Amazon VPC user guide, "Subnet sizing for IPv4")."""

_MOST_SUBNETS: Final = 16
_MOST_GROUPS: Final = 5
"""What RunTask takes (Amazon ECS API reference, AwsVpcConfiguration)."""

_ANSWERS_TO_THE_SERVER: Final = (32768, 60999)
"""Where answers to what a Linux container asks for arrive (ip_local_port_range)."""

_HTTPS: Final = 443
_CALLERS: Final = (1024, 65535)
"""Ports from which browsers, NAT gateways and Lambda functions connect, and to which answers go (Amazon VPC user guide,
"Ephemeral ports")."""

WHY_OPEN: Final = (
    "start_server makes a session ready only after it has itself connected to this port of the server. It runs "
    "outside the VPC, at an address that AWS chooses, so the port has to be open to every IPv4 address. Otherwise "
    f"every session fails as NotReady, {int(START_LIMIT.total_seconds() // 60)} minutes after it got its place. "
    "Participants' browsers connect to the same port."
)


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
    if len(situation.subnet_ids) > _MOST_SUBNETS:
        yield problem(
            "Subnets",
            f"{len(situation.subnet_ids)} are given",
            f"ECS takes {_MOST_SUBNETS} for a task at most: it would refuse every start.",
            f"Give {_MOST_SUBNETS} at most in subnet_ids.",
        )
    ports = [port for port, _ in _ports(situation)]
    for subnet in found:
        yield from zones.check(subnet)
        yield _route(ec2, subnet)
        yield from _acl(ec2, subnet, ports)
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
    if len(groups) > _MOST_GROUPS:
        yield problem(
            subject,
            f"{len(groups)} are given",
            f"ECS takes {_MOST_GROUPS} for a task at most: it would refuse every start.",
            f"Give {_MOST_GROUPS} at most in security_group_ids; rules of several groups fit into one.",
        )
    inward = [rule for group in groups for rule in group.get("IpPermissions", [])]
    outward = [rule for group in groups for rule in group.get("IpPermissionsEgress", [])]
    for port, whose in _ports(situation):
        yield _admits(situation, inward, port, whose, groups[0]["GroupId"])
    if reach.gaps(reach.rules_of_groups(outward), _HTTPS, _HTTPS):
        yield warning(
            subject,
            "they let nothing out to port 443 of the internet",
            "A server has to fetch its image and write to the bucket.",
            "Let TCP 443 out to 0.0.0.0/0, unless VPC endpoints for ECR, S3 and CloudWatch Logs take its place.",
        )
    yield from _same_vpc(situation, groups)


def _to_be_made(situation: Situation) -> Finding:
    """Tell of the subnets that modules/network makes: two, of a sixteenth of the VPC each."""
    vpc = ipaddress.ip_network(situation.wanted.vpc_cidr)
    room = 2 * (vpc.num_addresses // 16 - _RESERVED)
    return capacity(
        "Subnets",
        f"two public ones are made in {vpc}, with room for {room} servers",
        "Each participant's server takes an address of a subnet.",
        room,
        situation.wanted.max_sessions,
        "Set vpc_cidr to a larger range before the first deployment.",
    )


def _addresses(situation: Situation, found: Sequence[Mapping[str, Any]]) -> Finding:
    free = sum(int(subnet["AvailableIpAddressCount"]) for subnet in found)
    return capacity(
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


def _acl(ec2: Any, subnet: Mapping[str, Any], ports: Sequence[int]) -> Iterator[Finding]:
    """Look whether the network ACL of a subnet lets everything through that a game needs, both ways."""
    filters = [{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
    acls = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
    if not acls:
        return
    inward, outward = (reach.rules_of_acl(acls[0]["Entries"], egress=egress) for egress in (False, True))
    needed = [(inward, "in", port, port) for port in ports]
    needed += [(inward, "in", *_ANSWERS_TO_THE_SERVER), (outward, "out", _HTTPS, _HTTPS), (outward, "out", *_CALLERS)]
    shut: list[str] = []
    passable = True
    for rules, way, first, last in needed:
        gaps = reach.gaps(rules, first, last)
        shut += [_in_words(gap, way) for gap in gaps]
        passable = passable and reach.is_passable(gaps, first, last)
    if not shut:
        return
    subject, found = f"Network ACL of {subnet['SubnetId']}", f"{acls[0]['NetworkAclId']} shuts TCP {', '.join(shut)}"
    if passable:
        yield warning(
            subject,
            found,
            "start_server connects to each server from an address and a port that AWS chooses, and participants come "
            "from anywhere: a session whose connection falls into this fails, or its game does not open.",
            "Take these rules away, unless they keep out only addresses that you know.",
        )
        return
    session_ports = ", ".join(str(port) for port in ports)
    yield problem(
        subject,
        found,
        f"A network ACL remembers no connections: what goes one way has to be let back the other. {WHY_OPEN}",
        f"Allow TCP {session_ports} and {_range(_ANSWERS_TO_THE_SERVER)} in from {_ANYWHERE}, and TCP {_HTTPS} and "
        f"{_range(_CALLERS)} out to {_ANYWHERE}, by rules with lower numbers than those that deny.",
    )


def _in_words(gap: Gap, way: str) -> str:
    """Say which ports are shut in one direction, and to whom, if not to everybody."""
    if gap.share == 1:
        return f"{gap.ports} {way}"
    side = "from" if way == "in" else "to"
    if gap.is_small:
        return f"{gap.ports} {way} {side} {', '.join(str(network) for network in gap.networks)}"
    return f"{gap.ports} {way} {side} {max(1, math.floor(100 * gap.share))} % of the internet"


def _range(ports: tuple[int, int]) -> str:
    return f"{ports[0]}-{ports[1]}"


def _ports(situation: Situation) -> list[tuple[int, str]]:
    """Return the ports that have to be open, with whose they are where an open study has one of its own.

    Where the list of studies may not be read, the check of the Fargate quota says so.
    """
    wanted = situation.wanted.session_ports
    studies: Mapping[int, str] = {}
    try:
        studies = existing.ports(situation.cloud, situation.existing)
    except ClientError as error:
        if not is_denied(error):
            raise
    others = [(port, f" (of study {study})") for port, study in sorted(studies.items()) if port not in wanted]
    return [*((port, "") for port in wanted), *others]


def _same_vpc(situation: Situation, groups: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Look whether the groups belong to the VPC of the subnets."""
    if not situation.subnet_ids:
        return
    answer = situation.cloud.client("ec2").describe_subnets(SubnetIds=list(situation.subnet_ids))
    vpcs = {subnet["VpcId"] for subnet in answer["Subnets"]}
    strangers = [f"{group['GroupId']} ({group['VpcId']})" for group in groups if group["VpcId"] not in vpcs]
    if strangers:
        yield problem(
            "Security groups",
            f"{', '.join(strangers)} not in the subnets' VPC, {', '.join(sorted(vpcs))}",
            "A task takes groups of its own VPC only: ECS would refuse every start.",
            "Give groups of the subnets' VPC in security_group_ids.",
        )


def _admits(
    situation: Situation, permissions: Sequence[Mapping[str, Any]], port: int, whose: str, group: str
) -> Finding:
    """Look whether the groups, together, let every IPv4 address of the internet in at a port."""
    rules = reach.rules_of_groups(permissions)
    gaps = reach.gaps(rules, port, port)
    subject, where = "Security groups", f"port {port}{whose}"
    if not gaps:
        return ok(subject, f"admit {where} from anywhere", WHY_OPEN)
    fix = _opening(situation, port, group)
    if reach.is_passable(gaps, port, port):
        shut = ", ".join(str(network) for gap in gaps for network in gap.networks)
        return warning(subject, f"admit {where} from anywhere but {shut}", WHY_OPEN, fix)
    sources = _sources(permissions, port, rules)
    found = f"admit {where} from {', '.join(sources)} only" if sources else f"admit no address at {where}"
    if not situation.wanted.security_group_ids and port in situation.wanted.session_ports:
        return warning(subject, f"{found}; make deploy opens it to everybody", WHY_OPEN, fix)
    return problem(subject, found, WHY_OPEN, fix)


def _opening(situation: Situation, port: int, group: str) -> str:
    """Say how to open a port: by hand in a group that is given, by Terraform in the group that it made."""
    wanted = situation.wanted
    if wanted.security_group_ids:
        return (
            f"aws ec2 authorize-security-group-ingress --region {wanted.region} --group-id {group} --protocol tcp "
            f"--port {port} --cidr {_ANYWHERE}"
        )
    ports = ", ".join(str(each) for each in sorted({*wanted.session_ports, port}))
    commands = f"make plan ENV={wanted.environment} && make deploy ENV={wanted.environment}"
    return commands if port in wanted.session_ports else f"Set session_ports = [{ports}], then\n{commands}"


def _sources(permissions: Sequence[Mapping[str, Any]], port: int, rules: Sequence[Rule]) -> list[str]:
    """Name what is admitted at a port: addresses, and what stands for no address of the internet."""
    found = {str(network) for rule in rules if rule.first <= port <= rule.last for network in rule.networks}
    for permission in permissions:
        ports = reach.ports_of_permission(permission)
        if ports is not None and ports[0] <= port <= ports[1]:
            found |= {
                f"{each['CidrIpv6']} (IPv6, which sessions are not reached by)"
                for each in permission.get("Ipv6Ranges", [])
            }
            found |= {f"group {each['GroupId']}" for each in permission.get("UserIdGroupPairs", [])}
            found |= {f"prefix list {each['PrefixListId']}" for each in permission.get("PrefixListIds", [])}
    return sorted(found)
