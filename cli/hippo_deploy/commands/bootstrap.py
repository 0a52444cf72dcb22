"""`make bootstrap`: the bucket for the state, and an environment's two files."""

from __future__ import annotations

from typing import Annotated

import boto3
import typer

from hippo_common import console
from hippo_deploy.bootstrap import files, state_bucket
from hippo_deploy.bootstrap.state_bucket import StateBucket
from hippo_deploy.environments import DEFAULT_DEPLOYMENT, Environment, named
from hippo_deploy.errors import DeployError
from hippo_deploy.ownership.naming import choose


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    region: Annotated[str, typer.Option(help="Region, for an environment that has no tfvars file yet.")] = "",
    bucket: Annotated[str, typer.Option("--state-bucket", help="Name of the bucket, instead of the default.")] = "",
) -> None:
    """Create the bucket for Terraform's state, and the environment's two files. Running it again is harmless."""
    environment = named(env)
    where = _region(environment, region)
    session = boto3.Session(region_name=where)
    identity = session.client("sts").get_caller_identity()
    name = (
        bucket
        or files.bucket_in(environment)
        or state_bucket.default_name(environment.deployment, identity["Account"], where)
    )
    wanted = StateBucket(name, identity["Account"], where, identity["Arn"].split(":")[1])
    console.say(f"Account {identity['Account']}, Region {where}, as {identity['Arn'].split(':', 5)[5]}", "quiet")
    console.say("The bucket for the state", "strong")
    state_bucket.make(session.client("s3"), wanted, lambda line: console.say(f"  {line}"))
    console.say("The environment", "strong")
    new_backend = files.write_backend(environment, wanted)
    new = not environment.tfvars.is_file()
    deployment = choose(environment, session.client("ssm"), session.client("s3")) if new else environment.deployment
    _report(environment, new_backend, files.write_tfvars(environment, where, deployment))


def _report(environment: Environment, new_backend: bool, new_tfvars: bool) -> None:
    backend, tfvars = environment.relative(environment.backend), environment.relative(environment.tfvars)
    console.say(f"  {backend}: {'written' if new_backend else 'exists'}")
    console.say(f"  {tfvars}: {'written, from the example' if new_tfvars else 'exists'}")
    if new_tfvars and environment.deployment != DEFAULT_DEPLOYMENT:
        console.say(
            f"  name = {environment.deployment}: {DEFAULT_DEPLOYMENT} is another environment's. In an account of"
        )
        console.say(f"  its own, {environment.name} may have that name as well: remove the line from {tfvars}.")
    console.say("")
    if new_tfvars:
        console.say("What to do next", "strong")
        console.say(f"  1. In {tfvars} set root_domain, the domain under which participants' servers get names.")
        console.say("     Set hosted_zone_id if that domain's zone is in this account. Other settings have defaults.")
        console.say("  2. git add terraform/environments: both files belong in your repository.")
        console.say(f"  3. make preflight ENV={environment.name}, then make plan ENV={environment.name}")
    else:
        console.say(f"Next: make plan ENV={environment.name}")


def _region(environment: Environment, given: str) -> str:
    """Return the tfvars' Region; for a new environment REGION, or the Region of the shell or the AWS profile."""
    written = environment.setting("region")
    if written and given and given != written:
        raise DeployError(
            f"REGION={given}, but {environment.relative(environment.tfvars)} says {written}.",
            "Omit REGION, or change the file.",
        )
    found = written or given or boto3.Session().region_name
    if not found:
        raise DeployError(
            "The Region is not known.", f"Name it: make bootstrap ENV={environment.name} REGION=ca-central-1"
        )
    return found
