"""The deployment to verify, from Terraform's outputs, or else from its description in SSM.

The description, which `hippo` reads, lacks some outputs. This module finds some of them in AWS; the
others are None, and a check that needs one reports that it is not known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from hippo_deploy.errors import DeployError
from hippo_deploy.preflight.cloud import Cloud

RESERVED: Final = frozenset({"test", "example", "invalid", "localhost"})
"""Top-level domains that no public resolver knows (RFC 6761, section 6)."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Target:
    """A deployment.

    Attributes:
        functions: `sweep_sessions` → the function's full name, and so on.
        api_url: the HTTP API's URL, without a trailing slash.
        execute_api_url: the same API under AWS's own name; None if not known.
        website_url: the participant page's URL; None if there is no page, or if not known.
        complete: the values come from the outputs: a None means that there is no such part.
        shared_cluster: the cluster of all sessions; None if each session has its own.
        alarm_names: the alarms that Terraform makes; None if not known.
        alarm_topic_arn: the topic of the alarms; None if not known.
        emulator: address of the emulator on this machine that replaces AWS; None on AWS.
    """

    name: str
    region: str
    account_id: str
    bucket: str
    root_domain: str
    hosted_zone_id: str
    api_url: str
    functions: Mapping[str, str]
    stop_topic_arn: str
    execution_role_arn: str
    task_role_arn: str | None
    session_log_group: str
    shared_cluster: str | None = None
    certificate_arn: str | None = None
    max_runtime_minutes: int = 60
    execute_api_url: str | None = None
    website_url: str | None = None
    complete: bool = True
    alarm_names: tuple[str, ...] | None = None
    alarm_topic_arn: str | None = None
    emulator: str | None = None

    @property
    def next_url(self) -> str:
        """The route that pages call; path style on an emulator, whose host name needs DNS."""
        return f"{self.reachable(self.api_url)}/next"

    def reachable(self, api_url: str) -> str:
        """Return the URL by which this machine reaches a URL of the API."""
        if self.emulator is None:
            return api_url
        api_id = (urlsplit(api_url).hostname or "").partition(".")[0]
        return f"{self.emulator}/_aws/execute-api/{api_id}/$default"

    @property
    def has_public_names(self) -> bool:
        """Whether public resolvers can resolve the names of the sessions' servers."""
        return self.root_domain.rsplit(".", 1)[-1] not in RESERVED


def find(cloud: Cloud, outputs: Mapping[str, Any] | None, name: str) -> Target:
    """Return the deployment of a name.

    Args:
        cloud: makes the clients, in the deployment's Region.
        outputs: Terraform's outputs; None if they cannot be read.
        name: the deployment's name.

    Raises:
        DeployError: there is no such deployment, or it is not complete.
        ClientError: AWS refuses a call.
    """
    described = _description(cloud, str(outputs["name"]) if outputs and "name" in outputs else name)
    account = str(described["accountId"])
    given = outputs or {}
    partition = str(described["executionRoleArn"]).split(":")[1]
    stop_topic = f"arn:{partition}:sns:{described['region']}:{account}:{described['name']}_stop_server"
    alarms: Mapping[str, str] | None = given.get("alarm_names")
    return Target(
        name=described["name"],
        region=described["region"],
        account_id=account,
        bucket=described["bucket"],
        root_domain=described["rootDomain"],
        hosted_zone_id=str(given.get("hosted_zone_id") or _zone(cloud, described["rootDomain"])),
        api_url=described["apiUrl"],
        functions=dict(described["functions"]),
        stop_topic_arn=str(given.get("stop_server_topic_arn") or stop_topic),
        execution_role_arn=described["executionRoleArn"],
        task_role_arn=described.get("taskRoleArn"),
        session_log_group=described["sessionLogGroup"],
        shared_cluster=described.get("sharedCluster") or None,
        certificate_arn=described.get("sessionCertificateSecretArn"),
        max_runtime_minutes=int(described["maxRuntimeMinutes"]),
        execute_api_url=given.get("execute_api_url"),
        website_url=given.get("website_url"),
        complete=bool(given),
        alarm_names=None if alarms is None else tuple(sorted(alarms.values())),
        alarm_topic_arn=given.get("alarm_topic_arn"),
        emulator=emulator(cloud),
    )


def emulator(cloud: Cloud) -> str | None:
    """Return the address of the emulator that replaces AWS; None if the calls go to AWS.

    An endpoint on this machine without TLS can only be an emulator.
    """
    address = str(cloud.client("lambda").meta.endpoint_url)
    parts = urlsplit(address)
    return address.rstrip("/") if parts.scheme == "http" and parts.hostname in LOOPBACK else None


def _description(cloud: Cloud, name: str) -> dict[str, Any]:
    """Read the description that Terraform publishes as the SSM parameter /hippo-gym/<name>."""
    ssm = cloud.client("ssm")
    try:
        text = ssm.get_parameter(Name=f"/hippo-gym/{name}", WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound as error:
        raise DeployError(
            f"There is no deployment {name} in {cloud.region}.", "make plan and make deploy make it."
        ) from error
    described: dict[str, Any] = json.loads(text)
    return described


def _zone(cloud: Cloud, domain: str) -> str:
    """Return the public hosted zone of a domain; of several, the one with the longest name."""
    pages = cloud.client("route53").get_paginator("list_hosted_zones").paginate()
    found = [
        (zone["Name"].rstrip("."), str(zone["Id"]).rsplit("/", 1)[-1])
        for page in pages
        for zone in page["HostedZones"]
        if not zone["Config"]["PrivateZone"] and f".{domain}".endswith(f".{zone['Name'].rstrip('.')}")
    ]
    if not found:
        raise DeployError(
            f"This account has no hosted zone for {domain}.",
            "Run it where Terraform's outputs can be read: they name the zone.",
        )
    return max(found, key=lambda zone: len(zone[0]))[1]
