"""EC2: tasks' network interfaces only (Amazon EC2 API reference, DescribeNetworkInterfaces)."""

from __future__ import annotations

from typing import Any, Final

from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.tasks import Interface


class Ec2:
    """The operations of one Region; TaskLives updates `interfaces`."""

    PAGES: Final[dict[str, Any]] = {}

    def __init__(self, interfaces: dict[str, Interface]) -> None:
        self._interfaces = interfaces

    def describe_network_interfaces(self, *, NetworkInterfaceIds: list[str], **_: Any) -> dict[str, Any]:  # noqa: N803
        """DescribeNetworkInterfaces: the association with a public address appears after the interface."""
        shown = []
        for interface_id in NetworkInterfaceIds:
            interface = self._interfaces.get(interface_id)
            if interface is None:
                message = f"The networkInterface ID '{interface_id}' does not exist"
                raise client_error("InvalidNetworkInterfaceID.NotFound", message, "DescribeNetworkInterfaces")
            association = {"Association": {"PublicIp": interface.public_ip}} if interface.public_ip else {}
            shown.append({"NetworkInterfaceId": interface_id, "Status": "in-use", **association})
        return {"NetworkInterfaces": shown}
