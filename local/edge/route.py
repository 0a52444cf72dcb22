"""Puts a local cloud's deployment on the edge route, as `game_route = "edge"` does on AWS.

Terraform applies the real root with that setting: the security group that admits CloudFront, the
permissions, and the functions' variables. It omits the distribution and the page's bucket, whose
creation takes two minutes: the local page server takes their place, and runs the function's file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hippo_deploy import game_keys
from local import deployment
from local.cloud import Cloud
from local.edge.distribution import Distribution
from local.edge.function import EdgeFunction
from local.failures import LocalCloudError
from local.inspection import Inspector
from local.places import ACCOUNT_ID, LOOPBACK
from local.processes import free_ports

PAGE_NAME: Final = f"study.{deployment.ROOT_DOMAIN}"


def use(cloud: Cloud, report: deployment.Report = lambda _: None, **variables: Any) -> str:
    """Apply the edge route to a deployed cloud, and make its first key; return the page's address.

    Sessions that run go on with the route with which they began. Start the page after it
    (`Cloud.serve_page`): its address has to be known before.

    Args:
        cloud: a cloud on which `deployment.deploy` has run.
        report: called with the name of each part that begins.
        variables: more of the root's variables.

    Raises:
        LocalCloudError: terraform fails, or the key cannot be made.
    """
    report("Applying the edge route")
    (port,) = free_ports(1)
    page = f"http://{LOOPBACK}:{port}"
    settings = {"game_route": "edge", "former_game_route": "direct", "website": {"domain": PAGE_NAME}}
    terraform = deployment.terraform_run(cloud, changes=settings | variables, overrides=_overrides(page))
    terraform.apply()
    name = str(cloud.outputs["name"])
    made = cloud.client("cloudfront").create_key_value_store(Name=f"{name}_game")
    store = str(made["KeyValueStore"]["ARN"])
    cloud.remember(outputs=terraform.outputs() | {"game_key_store_arn": store}, page_url=page)
    kept = game_keys.keep(cloud.outputs, cloud.client("ssm"), stores(cloud), datetime.now(UTC))
    if kept is None or not kept.good:
        raise LocalCloudError(f"There is no key of the edge route: {kept.text if kept else 'no store'}")
    return page


def _overrides(page: str) -> dict[str, Any]:
    """Return what differs from AWS: no distribution, and the page under the local address."""
    return {"module": {"website": {"for_each": {}}}, "locals": {"edge": {"EDGE_URL": page}, "page_origins": [page]}}


def stores(cloud: Cloud) -> Any:
    """Return a client of the key value stores: boto3 puts the account in front of the host name, here an address."""

    def without_account(request: Any, **_: Any) -> None:
        request.url = request.url.replace(f"://{ACCOUNT_ID}.", "://", 1)

    client = cloud.client("cloudfront-keyvaluestore")
    client.meta.events.register("before-send.cloudfront-keyvaluestore", without_account)
    return client


def distribution(cloud: Cloud) -> Distribution | None:
    """Return the edge of a cloud's deployment; None if its sessions do not use one."""
    store = cloud.outputs.get("game_key_store_arn")
    if not store:
        return None
    client, inspector = stores(cloud), Inspector(cloud)

    def keys() -> Mapping[str, str]:
        return {item["Key"]: item["Value"] for item in client.list_keys(KvsARN=store).get("Items", [])}

    return Distribution(EdgeFunction(str(cloud.outputs["root_domain"])), keys, behind(cloud, inspector.address_of))


def behind(cloud: Cloud, address_of: Callable[[str], str]) -> Callable[[str], str]:
    """Return what finds the address at which a name's task listens for what its security group admits."""

    def address(name: str) -> str:
        public = address_of(name)
        listening = {task["address"]: str(task["listens"]) for task in cloud.fargate.tasks() if task["listens"]}
        return listening.get(public, public)

    return address
