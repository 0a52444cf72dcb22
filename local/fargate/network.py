"""A task's network interface and public address, in moto's EC2 for DescribeNetworkInterfaces.

Public addresses are random in 127.0.0.0/8: on Linux a process can listen on each of them, so every
task has a different address on which its port answers, as on AWS.

A task whose security groups do not admit everyone listens behind its public address, on another one:
a connection to the public address is refused. What the groups do admit, such as the local edge,
learns that address from the control route `tasks`.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends

from local.places import ACCOUNT_ID, REGION

_ANYWHERE: Final = "0.0.0.0/0"


class UnknownNetworkError(Exception):
    """A subnet or security group that RunTask names does not exist."""


@dataclass(frozen=True)
class Interface:
    """An elastic network interface."""

    id: str
    mac_address: str
    private_ip: str
    private_dns_name: str


@dataclass(frozen=True)
class Address:
    """An elastic IP address, and the address on which the task listens."""

    allocation_id: str
    ip: str
    listens: str


class Network:
    """Interfaces and addresses of tasks in one account and Region."""

    def __init__(self, account_id: str = ACCOUNT_ID, region: str = REGION) -> None:
        self._account_id = account_id
        self._region = region

    @property
    def _ec2(self) -> Any:
        return ec2_backends[self._account_id][self._region]

    def availability_zone(self, subnet_id: str, security_groups: Sequence[str]) -> str:
        """Return the zone of a subnet.

        Raises:
            UnknownNetworkError: with AWS's wording, when the subnet or a security group does not exist.
        """
        try:
            subnet = self._ec2.get_subnet(subnet_id)
        except EC2ClientError as error:
            reason = f"The subnet ID '{subnet_id}' does not exist"
            message = f"Error retrieving subnet information for [{subnet_id}]: {reason}"
            raise UnknownNetworkError(message) from error
        for group in security_groups:
            if self._ec2.get_security_group_from_id(group) is None:
                reason = f"The security group '{group}' does not exist"
                raise UnknownNetworkError(f"Error retrieving security group information: {reason}")
        return str(subnet.availability_zone)

    def create_interface(self, subnet_id: str, security_groups: Sequence[str], description: str) -> Interface:
        """Make an interface in the subnet, in use, without a public address."""
        subnet = self._ec2.get_subnet(subnet_id)
        created = self._ec2.create_network_interface(
            subnet, private_ip_address=[], group_ids=list(security_groups), description=description
        )
        created.status = "in-use"
        return Interface(
            id=created.id,
            mac_address=created.mac_address,
            private_ip=created.private_ip_address,
            private_dns_name=created.private_dns_name or "",
        )

    def allocate_address(self, security_groups: Sequence[str]) -> Address:
        """Allocate a loopback address that no other task has; it has no interface yet."""
        taken = {address.public_ip for address in self._ec2.addresses}
        ip = _free_address(taken)
        address = self._ec2.allocate_address("vpc", address=ip)
        listens = ip if self._admit_everyone(security_groups) else _free_address(taken | {ip})
        return Address(address.allocation_id, ip, listens)

    def _admit_everyone(self, security_groups: Sequence[str]) -> bool:
        groups = [self._ec2.get_security_group_from_id(each) for each in security_groups]
        return any(rule.cidr_ipv4 == _ANYWHERE for group in groups if group for rule in group.ingress_rules)

    def associate(self, interface_id: str, address_allocation: str) -> None:
        """Make DescribeNetworkInterfaces show the address as the interface's public address."""
        interface = self._ec2.get_network_interface(interface_id)
        self._ec2.associate_address(eni=interface, allocation_id=address_allocation)

    def release(self, interface_id: str, address_allocation: str) -> None:
        """Release a task's interface and address; ignore those that are gone."""
        if address_allocation:
            with contextlib.suppress(EC2ClientError):
                self._ec2.release_address(allocation_id=address_allocation)
        if interface_id:
            self._ec2.enis.pop(interface_id, None)


def _free_address(taken: Collection[str]) -> str:
    while True:
        ip = f"127.{1 + secrets.randbelow(254)}.{1 + secrets.randbelow(254)}.{2 + secrets.randbelow(253)}"
        if ip not in taken:
            return ip
