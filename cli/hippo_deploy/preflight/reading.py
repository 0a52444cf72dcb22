"""Reads an environment's settings. Terraform itself evaluates the tfvars, with defaults and validation rules."""

from __future__ import annotations

from typing import Final

from hippo_deploy.bootstrap.files import backend_settings
from hippo_deploy.environments import Environment
from hippo_deploy.preflight.wanted import StateStore, Wanted
from hippo_deploy.settings import evaluating, judging

_VARIABLES: Final = (
    "admitted_task_families",
    "alarm_emails",
    "alarm_topic_arn",
    "api_domain",
    "bucket_name",
    "cluster_mode",
    "hosted_zone_id",
    "former_game_route",
    "game_route",
    "kms_key_arn",
    "max_sessions",
    "name",
    "parent_zone_id",
    "permissions_boundary_arn",
    "region",
    "reserved_concurrency",
    "root_domain",
    "security_group_ids",
    "session_certificate",
    "session_certificate_secret_arn",
    "session_ports",
    "session_task_role",
    "subnet_ids",
    "tracing",
    "vpc_cidr",
    "website",
    "xray_resource_policy",
)


def read(environment: Environment) -> Wanted:
    """Return an environment's settings.

    Raises:
        DeployError: terraform is not installed, or the settings have faults.
    """
    judging.check(environment)
    values = evaluating.values(environment, _VARIABLES)
    certificate = values["session_certificate"] or {}
    return Wanted(
        region=values["region"],
        root_domain=values["root_domain"],
        environment=environment.name,
        name=values["name"],
        hosted_zone_id=values["hosted_zone_id"],
        parent_zone_id=values["parent_zone_id"],
        subnet_ids=tuple(values["subnet_ids"]),
        security_group_ids=tuple(values["security_group_ids"]),
        vpc_cidr=values["vpc_cidr"],
        session_ports=tuple(sorted(values["session_ports"])),
        max_sessions=values["max_sessions"] or None,
        max_sessions_is_default=not environment.assigns("max_sessions"),
        reserved_start_server=values["reserved_concurrency"]["start_server"],
        reserved_next_step=values["reserved_concurrency"]["next_step"],
        cluster_mode=values["cluster_mode"],
        bucket_name=values["bucket_name"],
        website=values["website"] is not None,
        page_domain=(values["website"] or {}).get("domain"),
        api_domain=values["api_domain"],
        kms_key_arn=values["kms_key_arn"],
        permissions_boundary_arn=values["permissions_boundary_arn"],
        alarm_topic_arn=values["alarm_topic_arn"],
        alarm_emails=frozenset(values["alarm_emails"]),
        session_certificate_secret_arn=values["session_certificate_secret_arn"] or certificate.get("secret_arn"),
        certificate_by_acme=certificate.get("acme") is not None,
        game_routes=frozenset(filter(None, (values["game_route"], values["former_game_route"]))),
        session_task_role=values["session_task_role"],
        admitted_task_families=tuple(values["admitted_task_families"]),
        tracing=values["tracing"],
        xray_resource_policy=values["xray_resource_policy"],
        state=_state(environment),
    )


def _state(environment: Environment) -> StateStore | None:
    settings = backend_settings(environment)
    if not {"bucket", "region"} <= settings.keys():
        return None
    return StateStore(settings["bucket"], settings.get("key", environment.state_key), settings["region"])
