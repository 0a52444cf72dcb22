"""Finds a deployment by its name, from the description that Terraform publishes.

The description is the SSM parameter `/hippo-gym/<name>`. Credentials, profiles, SSO and endpoints
come from the AWS configuration (`AWS_PROFILE`, `AWS_ENDPOINT_URL`, …), as for the `aws` program.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, InvalidRegionError

from hippo_cli.options import DEFAULT_DEPLOYMENT
from hippo_common.aws_errors import to_hippo_error
from hippo_common.errors import WRONG_USE, HippoError
from hippo_common.names import DESCRIPTION_PREFIX
from hippo_common.reading import json_value
from hippo_gym.studies.task_limits import NO_LIMITS, TaskLimits, in_units

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_FORMAT: Final = 1
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 5},
)
_INFRA: Final = "Ask your infra team"


@dataclass(frozen=True)
class Deployment:
    """One deployment of HIPPO Gym, and its boto3 clients.

    Attributes:
        functions: short name → full name of each Lambda function, for example of
            `update_project_master_list`.
        shared_cluster: the ECS cluster of all sessions; None if each session has its own cluster.
        session_certificate_secret_arn: ARN of the secret whose `fullchain` and `privkey` each
            container gets; None if the deployment has none, or predates them.
        page_url: URL of the participant page; None if the deployment has none, or predates the key.
            The environment variable HIPPO_PAGE_URL names one that is served from elsewhere.
        assets_bucket: the bucket behind the participant page, which serves the files of studies; None
            if the deployment has none, or predates the key. HIPPO_ASSETS_BUCKET names another one.
        limits: the largest server of a study; a deployment that predates them has none.
        keep_addresses, keep_browser: what records keep of clients in studies that do not say; None
            in a deployment that predates the choice.
        retain_days: the retention of studies that do not say; None: their data stays.
        session_ports: the ports on which pages reach servers; None if the team's own security groups
            decide, or in a deployment that predates the key.
    """

    name: str
    region: str
    account_id: str
    bucket: str
    root_domain: str
    api_url: str
    functions: Mapping[str, str]
    execution_role_arn: str
    task_role_arn: str | None
    session_log_group: str
    shared_cluster: str | None
    session_certificate_secret_arn: str | None = None
    page_url: str | None = None
    assets_bucket: str | None = None
    limits: TaskLimits = NO_LIMITS
    keep_addresses: str | None = None
    keep_browser: str | None = None
    retain_days: int | None = None
    session_ports: tuple[int, ...] | None = None
    _session: boto3.Session = field(default_factory=boto3.Session, repr=False, compare=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _making: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False, compare=False)

    def link(self, project_id: str) -> str | None:
        """Return the link under which participants open a study; None without a participant page."""
        if self.page_url is None:
            return None
        return f"{self.page_url.rstrip('/')}/?{urlencode({'projectId': project_id})}"

    def credentials(self) -> Any:
        """Return botocore's frozen credentials; None if there are none."""
        found = self._session.get_credentials()
        return None if found is None else found.get_frozen_credentials()

    def client(self, service: str) -> Any:
        """Return the cached boto3 client of a service in this deployment's Region. Thread-safe."""
        with self._making:
            if service not in self._clients:
                self._clients[service] = _client(self._session, service, self.region)
            return self._clients[service]


def connect(name: str | None = None, region: str | None = None) -> Deployment:
    """Find a deployment by its name.

    Args:
        name: the deployment's name; None takes HIPPO_DEPLOYMENT, or the default.
        region: the Region to search first, such as the one in a config.yml. The Region of the AWS
            configuration is searched after it.

    Raises:
        HippoError: no Region is set, the deployment does not exist, or AWS denies the search.
    """
    name = name or os.environ.get("HIPPO_DEPLOYMENT") or DEFAULT_DEPLOYMENT
    if not _NAME.fullmatch(name):
        raise HippoError(
            f"{name!r} cannot be the name of a deployment.",
            "A name has letters, digits, '_', '-' and '.' only; the default is HIPPO_Gym.",
            WRONG_USE,
        )
    try:
        session = boto3.Session()  # one session: a profile may ask for an MFA code each time its role is assumed
        clients = {place: _client(session, "ssm", place) for place in _regions(session, region)}
        for ssm in clients.values():
            text = _description(ssm, name)
            if text is not None:
                return _read(text, name, session)
        raise _not_found(name, clients)
    except InvalidRegionError as error:
        raise HippoError(
            f"{error}", "Correct awsSetup.region in config.yml, or AWS_REGION; a Region's name is like ca-central-1."
        ) from error
    except (BotoCoreError, ClientError) as error:
        raise _refusal(error, name) from error


def _regions(session: boto3.Session, first: str | None) -> tuple[str, ...]:
    """Return the Regions to search: boto3 ignores AWS_REGION, which other AWS programs read."""
    configured = os.environ.get("AWS_REGION") or session.region_name
    found = tuple(dict.fromkeys(region for region in (first, configured) if region))
    if not found:
        raise HippoError(
            "The AWS Region of the deployment is not known.",
            "Set awsSetup.region in config.yml, or the environment variable AWS_REGION, to the Region that your infra "
            "team named (such as ca-central-1).",
        )
    return found


def _client(session: Any, service: str, region: str) -> Any:
    return session.client(service, region_name=region, config=_CONFIG)


def _description(ssm: SSMClient, name: str) -> str | None:
    try:
        # A team with a KMS key has an encrypted parameter; SSM ignores WithDecryption for plain text.
        return ssm.get_parameter(Name=DESCRIPTION_PREFIX + name, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None


def _refusal(error: BotoCoreError | ClientError, name: str) -> HippoError:
    general = to_hippo_error(error)
    if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "AccessDeniedException":
        return HippoError(
            f"You may not use the deployment {name!r}, or it does not exist: {general.message}",
            "Check its name (--deployment, HIPPO_DEPLOYMENT). If it is right, ask your infra team to attach the "
            "deployment's researcher policy to your user or role.",
        )
    return general


def _not_found(name: str, clients: Mapping[str, SSMClient]) -> HippoError:
    others = [f"{other} ({region})" for region, ssm in clients.items() for other in _names(ssm)]
    where = " or ".join(clients)
    if others:
        fix = f"Deployments found: {', '.join(others)}. Name one with --deployment, or in HIPPO_DEPLOYMENT."
    else:
        fix = (
            f"Check that AWS_REGION, awsSetup.region and AWS_PROFILE are what your infra team named. {_INFRA} "
            "whether the deployment's version works with `hippo` (`make deploy` writes its description)."
        )
    return HippoError(f"There is no deployment {name!r} in {where}.", fix)


def _names(ssm: SSMClient) -> list[str]:
    """Return the names of all deployments of a Region; none if AWS denies the listing."""
    try:
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=DESCRIPTION_PREFIX)
        return sorted(found["Name"].removeprefix(DESCRIPTION_PREFIX) for page in pages for found in page["Parameters"])
    except (BotoCoreError, ClientError):
        return []


def _read(text: str, name: str, session: boto3.Session) -> Deployment:
    try:
        described = json_value(text)
        if not isinstance(described, dict):
            raise TypeError("it is not a JSON object")
        if int(described["version"]) > _FORMAT:
            raise HippoError(
                f"The deployment {name!r} is newer than this `hippo`.",
                "Update `hippo`: run `pip install --upgrade .` in a newer copy of the project, or ask your infra team.",
            )
        return Deployment(
            name=described["name"],
            region=described["region"],
            account_id=described["accountId"],
            bucket=described["bucket"],
            root_domain=described["rootDomain"],
            api_url=described["apiUrl"],
            functions=dict(described["functions"]),
            execution_role_arn=described["executionRoleArn"],
            task_role_arn=described["taskRoleArn"],
            session_log_group=described["sessionLogGroup"],
            shared_cluster=described["sharedCluster"] or None,
            session_certificate_secret_arn=described.get("sessionCertificateSecretArn"),
            page_url=os.environ.get("HIPPO_PAGE_URL") or described.get("pageUrl"),
            assets_bucket=os.environ.get("HIPPO_ASSETS_BUCKET") or described.get("assetsBucket"),
            limits=TaskLimits(in_units(described.get("maxTaskCpu")), in_units(described.get("maxTaskMemory"))),
            keep_addresses=described.get("keepAddresses"),
            keep_browser=described.get("keepBrowser"),
            retain_days=None if described.get("retainDays") is None else int(described["retainDays"]),
            session_ports=tuple(map(int, ports)) if (ports := described.get("sessionPorts")) is not None else None,
            _session=session,
        )
    except KeyError as error:
        raise _broken(name, f"it has no {error.args[0]}") from error
    except (TypeError, ValueError) as error:
        raise _broken(name, str(error)) from error


def _broken(name: str, why: str) -> HippoError:
    return HippoError(
        f"The description of the deployment {name!r} (SSM parameter {DESCRIPTION_PREFIX}{name}) cannot be read: {why}.",
        f"{_INFRA} to run `make deploy` again: it writes the description again.",
    )
