"""`make verify`: prove a deployment by using it."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import boto3
import typer

from hippo_common import console
from hippo_common.errors import INTERRUPTED
from hippo_deploy.environments import Environment, named
from hippo_deploy.errors import DeployError
from hippo_deploy.terraform import Terraform
from hippo_deploy.verify import showing, study, target
from hippo_deploy.verify.cloud import Cloud
from hippo_deploy.verify.running import run
from hippo_deploy.verify.world import World


def command(
    env: Annotated[str, typer.Option("--env", help="Environment, such as prod.")] = "",
    image: Annotated[str, typer.Option(help="Image of the container; it has python 3.8 or newer.")] = "",
    port: Annotated[int, typer.Option(help="Port of the container, one of session_ports.")] = study.DEFAULT_PORT,
    short_minutes: Annotated[
        int, typer.Option(min=1, help="Minutes that the server lives whose schedule is watched.")
    ] = study.DEFAULT_SHORT_MINUTES,
    minutes: Annotated[float, typer.Option(help="Minutes for all checks together.")] = 25,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs to read.")] = False,
) -> None:
    """Prove a deployment by using it as participants do. It fails if a check fails or cannot decide."""
    environment = named(env)
    region = environment.setting("region")
    if region is None:
        raise DeployError(
            f"{environment.relative(environment.tfvars)} is missing, or sets no region.",
            f"make bootstrap ENV={environment.name} makes what is missing of an environment.",
        )
    cloud = Cloud(boto3.Session(), region)
    found = target.find(cloud, _outputs(environment), environment.deployment)
    chosen = study.new(image=image or study.DEFAULT_IMAGE, port=port, short_minutes=short_minutes)
    console.note(f"{found.name}, account {found.account_id}, {found.region}: the study is {chosen.id}", "quiet")
    world = World(found, cloud, chosen, max_minutes=minutes)
    with _ended_as_by_a_key():
        report = run(world, lambda line: console.note(line, "quiet"))
    written = environment.repository / "build" / "verify" / f"{environment.name}.md"
    written.parent.mkdir(parents=True, exist_ok=True)
    written.write_text(showing.as_markdown(report, environment.name, found, world.clock.now()), "utf-8")
    if as_json:
        console.print_json(showing.as_json(report, environment.name, found))
    else:
        showing.as_table(report)
        console.note(f"Written to {environment.relative(written)}", "quiet")
    if report.interrupted:
        raise typer.Exit(INTERRUPTED)
    if not report.passed:
        raise typer.Exit(1)


def _outputs(environment: Environment) -> Mapping[str, Any] | None:
    """Return Terraform's outputs; None where the state cannot be read, which is no reason not to verify."""
    try:
        if not environment.backend.is_file():
            raise DeployError(f"{environment.relative(environment.backend)} is missing")
        terraform = Terraform(environment)
        terraform.init()
        outputs = terraform.outputs()
    except DeployError as error:
        console.warn(f"Terraform's outputs cannot be read, so the deployment's description is used: {error.message}")
        return None
    return outputs or None


@contextmanager
def _ended_as_by_a_key() -> Iterator[None]:
    """Treat SIGTERM, by which a workflow ends a job, as Ctrl-C: the study is removed first."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
