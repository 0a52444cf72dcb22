"""Checks the network between a participant's browser and their server, and from the server to its image."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight import existing, game_route, reach, zones
from hippo_deploy.preflight.cloud import is_denied
from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.quotas import capacity
from hippo_deploy.preflight.reach import Gap, Rule
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.sessions.plan import START_LIMIT

_ANYWHERE: Final = "0.0.0.0/0"
_RESERVED: Final = 5
"""Addresses that AWS reserves in each subnet (Amazon VPC user guide, "Subnet sizing for IPv4")."""

_MAX_SUBNETS: Final = 16
_MAX_GROUPS: Final = 5
"""Limits of RunTask (Amazon ECS API reference, AwsVpcConfiguration)."""

_ANSWERS_TO_THE_SERVER: Final = (32768, 60999)
"""Ports at which a Linux container receives answers to its requests (ip_local_port_range)."""

_HTTPS: Final = 443
_CALLERS: Final = (1024, 65535)
"""Ports from which browsers, NAT gateways and Lambda functions connect, and at which they receive answers (Amazon VPC
user guide, "Ephemeral ports")."""

WHY_OPEN: Final = (
    "start_server marks a session as ready only after it has connected to this port of the server. start_server runs "
    "outside the VPC, at an address that AWS chooses, so the port has to be open to every IPv4 address. Otherwise "
    f"every session fails as NotReady, {int(START_LIMIT.total_seconds() // 60)} minutes after it got its place. "
    "Participants' browsers connect to the same port."
)


def subnets(situation: Situation) -> Iterator[Finding]:
    """Check the subnets' zones, routes and network ACLs, and how many servers their free addresses allow."""
    if not situation.subnet_ids:
        yield _to_be_made(situation)
        return
    ec2 = situation.cloud.client("ec2")
    try:
        found = ec2.describe_subnets(SubnetIds=list(situation.subnet_ids))["Subnets"]
    except ClientError as error:
        if not code_of(error).startswith("InvalidSubnet"):
            raise
        fix = f"Correct subnet_ids; aws ec2 describe-subnets --region {situation.wanted.region} shows existing subnets."
        yield problem("Subnets", str(error.response["Error"].get("Message", error)), "Servers run in them.", fix)
        return
    vpcs = {subnet["VpcId"] for subnet in found}
    if len(vpcs) > 1:
        yield problem(
            "Subnets",
            f"they are in different VPCs: {', '.join(sorted(vpcs))}",
            "A security group, and so a server, belongs to one VPC.",
            "Set subnet_ids to subnets of one VPC.",
        )
    if len(situation.subnet_ids) > _MAX_SUBNETS:
        yield problem(
            "Subnets",
            f"{len(situation.subnet_ids)} are given",
            f"ECS accepts at most {_MAX_SUBNETS} per task: it would refuse every start.",
            f"Set at most {_MAX_SUBNETS} in subnet_ids.",
        )
    ports = [port for port, _ in _ports(situation)]
    for subnet in found:
        yield from zones.check(subnet)
        yield _route(ec2, subnet)
        yield from _acl(ec2, subnet, ports)
    yield _addresses(situation, found)


def security_groups(situation: Situation) -> Iterator[Finding]:
    """Check that the security groups allow browsers to the sessions' ports, and servers to the internet."""
    if not situation.security_group_ids:
        return
    subject = "Security groups"
    try:
        answer = situation.cloud.client("ec2").describe_security_groups(GroupIds=list(situation.security_group_ids))
    except ClientError as error:
        if not code_of(error).startswith("InvalidGroup"):
            raise
        fix = "Correct security_group_ids; aws ec2 describe-security-groups shows existing groups."
        why = "They decide who can connect to the servers."
        yield problem(subject, str(error.response["Error"].get("Message", error)), why, fix)
        return
    groups = answer["SecurityGroups"]
    if len(groups) > _MAX_GROUPS:
        yield problem(
            subject,
            f"{len(groups)} are given",
            f"ECS accepts at most {_MAX_GROUPS} per task: it would refuse every start.",
            f"Set at most {_MAX_GROUPS} in security_group_ids; one group can hold the rules of several.",
        )
    inward = [rule for group in groups for rule in group.get("IpPermissions", [])]
    outward = [rule for group in groups for rule in group.get("IpPermissionsEgress", [])]
    yield from game_route.given_groups(situation, inward)
    for port, study in _ports(situation) if "direct" in situation.wanted.game_routes else ():
        yield _admits(situation, inward, port, study, groups[0]["GroupId"])
    if reach.gaps(reach.rules_of_groups(outward), _HTTPS, _HTTPS):
        yield warning(
            subject,
            "they do not allow port 443 out to the internet",
            "A server has to fetch its image and write to the bucket.",
            "Allow TCP 443 out to 0.0.0.0/0, unless the VPC has endpoints for ECR, S3 and CloudWatch Logs.",
        )
    yield from _same_vpc(situation, groups)


def _to_be_made(situation: Situation) -> Finding:
    """Report the capacity of the subnets that modules/network makes: two, each a sixteenth of the VPC."""
    vpc = ipaddress.ip_network(situation.wanted.vpc_cidr)
    room = 2 * (vpc.num_addresses // 16 - _RESERVED)
    return capacity(
        "Subnets",
        f"make deploy makes two public ones in {vpc}, with room for {room} servers",
        "Each participant's server needs one address of a subnet.",
        room,
        situation.wanted.needed_sessions,
        "Set vpc_cidr to a larger range before the first deployment.",
    )


def _addresses(situation: Situation, found: Sequence[Mapping[str, Any]]) -> Finding:
    free = sum(int(subnet["AvailableIpAddressCount"]) for subnet in found)
    return capacity(
        "Free addresses",
        f"{free} in {len(found)} subnet{'s' if len(found) > 1 else ''}",
        "Each participant's server needs one address of a subnet.",
        free,
        situation.wanted.needed_sessions,
        "Add a subnet of the same VPC to subnet_ids.",
    )


def _route(ec2: Any, subnet: Mapping[str, Any]) -> Finding:
    """Check that the target of a subnet's default route is an internet gateway."""
    subject = f"Route of {subnet['SubnetId']}"
    why = "Browsers connect to the server's public address, which works only through an internet gateway."
    routes = _route_table(ec2, subnet).get("Routes", [])
    default = next((route for route in routes if route.get("DestinationCidrBlock") == _ANYWHERE), None)
    fix = "Use a public subnet, or route the subnet's 0.0.0.0/0 to the VPC's internet gateway."
    if default is None:
        return problem(subject, "no route to the internet", why, fix)
    target = next(
        (str(default[key]) for key in ("GatewayId", "NatGatewayId", "TransitGatewayId") if default.get(key)), ""
    )
    if default.get("State") == "blackhole":
        return problem(subject, f"0.0.0.0/0 leads to {target or 'a target'}, which does not exist any more", why, fix)
    if target.startswith("igw-"):
        return ok(subject, f"0.0.0.0/0 to {target}", why)
    kind = (
        "a NAT gateway, which allows no connection in" if default.get("NatGatewayId") else (target or "something else")
    )
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
    """Check that the network ACL of a subnet allows, in both directions, everything that a game needs."""
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
        shut += [_describe(gap, way) for gap in gaps]
        passable = passable and reach.is_passable(gaps, first, last)
    if not shut:
        return
    subject, found = f"Network ACL of {subnet['SubnetId']}", f"{acls[0]['NetworkAclId']} blocks TCP {', '.join(shut)}"
    if passable:
        yield warning(
            subject,
            found,
            "start_server connects to each server from an address and a port that AWS chooses, and participants "
            "connect from anywhere: a session whose connection is blocked fails, or its game does not open.",
            "Remove these rules, unless they block only addresses that you know.",
        )
        return
    session_ports = ", ".join(str(port) for port in ports)
    yield problem(
        subject,
        found,
        f"A network ACL is stateless: it has to allow requests and answers separately. {WHY_OPEN}",
        f"Allow TCP {session_ports} and {_range(_ANSWERS_TO_THE_SERVER)} in from {_ANYWHERE}, and TCP {_HTTPS} and "
        f"{_range(_CALLERS)} out to {_ANYWHERE}, by rules with lower numbers than the rules that deny.",
    )


def _describe(gap: Gap, way: str) -> str:
    """Return the blocked ports and direction, and the blocked addresses unless all are."""
    if gap.share == 1:
        return f"{gap.ports} {way}"
    side = "from" if way == "in" else "to"
    if gap.is_small:
        return f"{gap.ports} {way} {side} {', '.join(str(network) for network in gap.networks)}"
    return f"{gap.ports} {way} {side} {max(1, math.floor(100 * gap.share))} % of the internet"


def _range(ports: tuple[int, int]) -> str:
    return f"{ports[0]}-{ports[1]}"


def _ports(situation: Situation) -> list[tuple[int, str]]:
    """Return the ports that have to be open, each with a clause that names the study of a port not in session_ports.

    If the list of studies may not be read, only session_ports; the check of the Fargate quota reports the refusal.
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
    """Check that the groups belong to the VPC of the subnets."""
    if not situation.subnet_ids:
        return
    answer = situation.cloud.client("ec2").describe_subnets(SubnetIds=list(situation.subnet_ids))
    vpcs = {subnet["VpcId"] for subnet in answer["Subnets"]}
    strangers = [f"{group['GroupId']} ({group['VpcId']})" for group in groups if group["VpcId"] not in vpcs]
    if strangers:
        yield problem(
            "Security groups",
            f"{', '.join(strangers)} not in the subnets' VPC, {', '.join(sorted(vpcs))}",
            "A task accepts only groups of its own VPC: ECS would refuse every start.",
            "Set security_group_ids to groups of the subnets' VPC.",
        )


def _admits(
    situation: Situation, permissions: Sequence[Mapping[str, Any]], port: int, study: str, group: str
) -> Finding:
    """Check that the groups together allow every IPv4 address of the internet to connect to a port."""
    rules = reach.rules_of_groups(permissions)
    gaps = reach.gaps(rules, port, port)
    subject, where = "Security groups", f"port {port}{study}"
    if not gaps:
        return ok(subject, f"allow {where} from anywhere", WHY_OPEN)
    fix = _opening(situation, port, group)
    if reach.is_passable(gaps, port, port):
        shut = ", ".join(str(network) for gap in gaps for network in gap.networks)
        return warning(subject, f"allow {where} from anywhere except {shut}", WHY_OPEN, fix)
    sources = _sources(permissions, port, rules)
    found = f"allow {where} from {', '.join(sources)} only" if sources else f"allow {where} from no address"
    if not situation.wanted.security_group_ids and port in situation.wanted.session_ports:
        return warning(subject, f"{found}; make deploy opens it to every address", WHY_OPEN, fix)
    return problem(subject, found, WHY_OPEN, fix)


def _opening(situation: Situation, port: int, group: str) -> str:
    """Return how to open a port: a command for a given group, a setting for the group that Terraform makes."""
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
    """Return what the groups allow at a port: IPv4 networks, and sources that are no IPv4 network."""
    found = {str(network) for rule in rules if rule.first <= port <= rule.last for network in rule.networks}
    for permission in permissions:
        ports = reach.ports_of_permission(permission)
        if ports is not None and ports[0] <= port <= ports[1]:
            found |= {
                f"{each['CidrIpv6']} (IPv6, which sessions do not use)" for each in permission.get("Ipv6Ranges", [])
            }
            found |= {f"group {each['GroupId']}" for each in permission.get("UserIdGroupPairs", [])}
            found |= {f"prefix list {each['PrefixListId']}" for each in permission.get("PrefixListIds", [])}
    return sorted(found)
