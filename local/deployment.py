"""Deploys the bundle to the local cloud by the same Terraform root as `make deploy` does to AWS."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from local import kept_deployment
from local.cloud import Cloud
from local.failures import LocalCloudError
from local.places import REGION, REPOSITORY, TASK_EVENT_SOURCE
from local.terraform import TerraformRun
from local.terraform_program import terraform_program

ROOT_DOMAIN: Final = "hippo.test"  # .test is reserved, and means nothing outside (RFC 6761)
BUNDLE: Final = REPOSITORY / "build" / "hippo_gym-local.zip"
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}

#: Called with the name of each part that begins; the local cloud prints nothing itself.
Report = Callable[[str], None]


def deploy(cloud: Cloud, report: Report = lambda _: None, *, fresh: bool = False) -> dict[str, Any]:
    """Start the local cloud with the Terraform root applied; return Terraform's outputs.

    After a change of the sources terraform applies the root, which takes more than a minute: its
    AWS provider waits 25 seconds for a queue and 55 for a bucket's lifecycle. Further clouds start
    from a copy.

    Args:
        cloud: the cloud to start.
        report: called with the name of each part that begins.
        fresh: apply the root even if there is a deployment to copy.

    Raises:
        LocalCloudError: a part fails; the started processes keep running, so that you can inspect
            them.
    """
    terraform_program()  # fails before anything starts if terraform is missing
    name = kept_deployment.fingerprint()
    with kept_deployment.lock():
        kept = None if fresh else kept_deployment.find(name)
        if kept is None:
            outputs = _apply(cloud, report)
            cloud.keep(name, BUNDLE)
            return outputs
        report(f"Starting from a copy of the deployment that terraform applied at {kept.applied_at}")
        seconds: dict[str, float] = {}
        with _timed(seconds, "copy"):
            state = cloud.start(kept, BUNDLE)
    cloud.remember(seconds=seconds)
    return state.outputs


def _apply(cloud: Cloud, report: Report) -> dict[str, Any]:
    """Start the emulators, build the bundle, apply the Terraform root; return its outputs."""
    seconds: dict[str, float] = {}
    with ThreadPoolExecutor() as pool:
        building = pool.submit(build_bundle, cloud.logs / "build.log")  # while the emulators start
        report("Starting MiniStack and the Fargate stand-in")
        with _timed(seconds, "emulators"):
            cloud.start()
        report("Building the bundle")
        with _timed(seconds, "bundle"):
            bundle = building.result()
    hosted_zone_id = make_hosted_zone(cloud)
    cloud.remember(hosted_zone_id=hosted_zone_id)
    terraform = terraform_run(cloud, bundle)
    report("Preparing terraform")
    with _timed(seconds, "terraform init"):
        terraform.init()
    report("Applying the Terraform root")
    with _timed(seconds, "terraform apply"):
        terraform.apply()
        outputs = terraform.outputs()
    cloud.remember(outputs=outputs, seconds=seconds)
    return outputs


def terraform_run(
    cloud: Cloud,
    bundle: Path = BUNDLE,
    changes: Mapping[str, Any] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> TerraformRun:
    """Return terraform for this cloud's deployment, for what needs more than `deploy`.

    Args:
        cloud: the cloud.
        bundle: the functions' bundle.
        changes: values that replace those of `variables`, or are added.
        overrides: an override file, as `TerraformRun` takes it.
    """
    return TerraformRun(
        folder=cloud.state_dir / "terraform",
        variables=variables(cloud, bundle) | dict(changes or {}),
        environment=cloud.environment,
        log=cloud.logs / "terraform.log",
        overrides=overrides,
    )


def variables(cloud: Cloud, bundle: Path) -> dict[str, Any]:
    """Return the root's variables; a comment says why a value differs from a real deployment's."""
    state = cloud.state
    return {
        "region": REGION,
        "root_domain": ROOT_DOMAIN,
        # Made before the apply: terraform's provider would wait 30 seconds for a zone that it makes.
        "hosted_zone_id": state.hosted_zone_id,
        "bundle_path": str(bundle),
        "architecture": _ARCHITECTURES[platform.machine().lower()],
        # The emulators speak plain HTTP.
        "require_tls": False,
        # MiniStack has no X-Ray API for the resource policy; functions and topics still trace.
        "xray_resource_policy": False,
        # MiniStack takes alarms, but describes them without their actions, period and expressions: every plan would
        # show them as changed. tests/terraform applies them to moto instead.
        "alarms": False,
        # PutEvents takes no `aws.` source from anyone but AWS.
        "task_event_sources": ["aws.ecs", TASK_EVENT_SOURCE],
        # MiniStack points its Lambda workers at itself; ECS and EC2 are the stand-in's.
        "function_environment": {
            "AWS_ENDPOINT_URL_ECS": state.fargate_url,
            "AWS_ENDPOINT_URL_EC2": state.fargate_url,
            # Developers and tests need a change to show immediately, not after 15 seconds.
            "CACHE_SECONDS": "2",
        },
    }


def make_hosted_zone(cloud: Cloud) -> str:
    """Make the hosted zone of the sessions' DNS names; return its id."""
    answer = cloud.client("route53").create_hosted_zone(Name=ROOT_DOMAIN, CallerReference=str(uuid.uuid4()))
    return str(answer["HostedZone"]["Id"]).rsplit("/", 1)[-1]


def build_bundle(log: Path) -> Path:
    """Build the bundle for this machine.

    Raises:
        LocalCloudError: build.py fails; its last line says why.
    """
    command = [sys.executable, "build.py", "--local", "--output", str(BUNDLE)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise LocalCloudError(f"Building the bundle failed: {lines[-1] if lines else f'see {log}'}")
    return BUNDLE


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    seconds[part] = round(time.monotonic() - begun, 1)
