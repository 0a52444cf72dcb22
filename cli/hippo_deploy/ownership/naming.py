"""Chooses the name of a new environment's deployment."""

from __future__ import annotations

from typing import Any

from hippo_deploy import environments
from hippo_deploy.bootstrap.files import backend_settings
from hippo_deploy.environments import DEFAULT_DEPLOYMENT, Environment
from hippo_deploy.ownership import judging, records, state


def choose(environment: Environment, ssm: Any, s3: Any) -> str:
    """Return the name for a new environment: the default one for the first, one of its own for each further one.

    Args:
        environment: the environment; it has its backend file already, and no tfvars.
        ssm: a client in the environment's Region.
        s3: a client in the Region of the state bucket.

    Raises:
        ClientError: AWS refuses a call.
    """
    if _taken_in_this_checkout(environment) or _taken_in_the_account(environment, ssm, s3):
        return environment.name_of_its_own
    return DEFAULT_DEPLOYMENT


def _taken_in_this_checkout(environment: Environment) -> bool:
    """Return whether another environment has the default name; its account is not in its files."""
    others = [name for name in environments.names(environment.repository) if name != environment.name]
    return any(Environment(name, environment.repository).deployment == DEFAULT_DEPLOYMENT for name in others)


def _taken_in_the_account(environment: Environment, ssm: Any, s3: Any) -> bool:
    """Return whether a deployment of the default name exists that does not belong to this environment's state."""
    recorded = records.read(ssm, DEFAULT_DEPLOYMENT)
    if not recorded:
        return False
    if recorded.state is not None:
        return recorded.state != state.location_of(environment)
    settings = backend_settings(environment)
    held = state.fetch(s3, settings["bucket"], settings.get("key", environment.state_key))
    return judging.judge(environment, DEFAULT_DEPLOYMENT, recorded, held) is not None
